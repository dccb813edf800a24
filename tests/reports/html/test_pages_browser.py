"""The pages in a real browser: sorting, filtering, nothing loaded, nothing complained of."""

import pytest

pytestmark = pytest.mark.browser
NAMES = "table#{} tbody th"


@pytest.fixture
def show(chromium, tmp_path):
    """Open a page from disk; what it says on the console and asks the network for is kept."""
    contexts = []

    def open_page(text, **options):
        path = tmp_path / "page.html"
        path.write_text(text, encoding="utf-8")
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.said, page.asked = [], []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.log(e.violatedDirective))"
        )
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def report(pages):
    return pages.report(pages.card(shift=3))


@pytest.fixture
def board_page(pages):
    return pages.board_page(pages.board(*(pages.entry(f"model-{k}.zip", k) for k in range(4))))


def list_shown(page, table):
    return [
        cell.inner_text()
        for cell in page.query_selector_all(NAMES.format(table))
        if cell.is_visible()
    ]


def test_what_breaks_the_policy_would_be_seen(show, report):
    evil = report.replace("</main>", "<script>alert(1)</script><img src='https://a.test/x'></main>")
    said = " ".join(show(evil).said)
    assert "script-src" in said
    assert "img-src" in said


@pytest.mark.parametrize("name", ["report", "board_page"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_loaded_and_nothing_goes_wrong(request, show, name, scheme):
    page = show(request.getfixturevalue(name), color_scheme=scheme)
    for head in page.query_selector_all("th button"):
        head.click()
    assert page.said == []
    assert [url for url in page.asked if not url.startswith(("file:", "data:"))] == []


def test_a_click_sorts_and_another_turns_it_around(show, report):
    page = show(report)
    head = page.locator("#all-images thead th", has_text="Thresholded").first

    def values():
        cells = page.query_selector_all("#all-images td:nth-child(3)")
        return [float(cell.inner_text()) for cell in cells]

    before = values()
    assert before not in (sorted(before), sorted(before, reverse=True))
    head.locator("button").click()
    assert values() == sorted(before)
    assert head.get_attribute("aria-sort") == "ascending"
    head.locator("button").press("Enter")
    assert values() == sorted(before, reverse=True)
    assert head.get_attribute("aria-sort") == "descending"


def test_what_has_no_value_sorts_last(show, pages, make):
    broken = make.problem("damaged-png", "a.png")
    board = pages.board(
        pages.entry("b.zip", 1), pages.entry("a.zip", problems=[broken]), pages.entry("c.zip", 3)
    )
    page = show(pages.board_page(board))
    button = page.locator("#board thead th", has_text="Thresholded Jaccard").first.locator("button")
    button.click()
    rising = list_shown(page, "board")
    button.click()
    assert rising[2] == "a.zip"
    assert list_shown(page, "board") == [rising[1], rising[0], "a.zip"]


def test_the_filter_keeps_what_has_every_word(show, report):
    page = show(report)
    assert len(list_shown(page, "all-images")) == 12
    page.get_by_label("Filter").fill("isic_0000003 25")
    assert list_shown(page, "all-images") == ["ISIC_0000003"]
    page.get_by_label("Filter").fill("isic_0000003 26")
    assert list_shown(page, "all-images") == []
    page.get_by_label("Filter").fill("0000003")
    assert page.locator(".filter output").inner_text() == "1 of 12 shown"
    page.get_by_label("Filter").fill("")
    page.get_by_label("only below 0.65").check()
    failed = page.locator("#all-images .mark", has_text="failed").count()
    assert 0 < len(list_shown(page, "all-images")) == failed < 12


def test_without_script_the_tables_are_whole(show, report):
    page = show(report, java_script_enabled=False)
    assert len(list_shown(page, "all-images")) == 12
    assert page.locator("th button").count() == 0
    assert not page.locator(".filter").is_visible()


@pytest.mark.parametrize("name", ["report", "board_page"])
def test_a_phone_does_not_scroll_sideways(request, show, name):
    page = show(request.getfixturevalue(name), viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("name", ["report", "board_page"])
def test_paper_is_white_and_holds_the_page(request, show, name):
    page = show(request.getfixturevalue(name), viewport={"width": 724, "height": 1000})
    page.emulate_media(media="print", color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    assert page.evaluate("document.documentElement.scrollWidth") == 724
    assert not page.locator("nav").is_visible()


@pytest.mark.parametrize("name", ["report", "board_page"])
def test_the_keyboard_reaches_the_skip_link_first(request, show, name):
    page = show(request.getfixturevalue(name))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


CONTRAST = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, k) => sum + c * [0.2126, 0.7152, 0.0722][k], 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = Array.from(element.childNodes).some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || element.closest("svg, script, style, .unseen")) continue;
    const pair = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (ratio < 4.5) poor.push([element.textContent.slice(0, 40), ratio]);
  }
  return poor;
}"""


@pytest.mark.parametrize("name", ["report", "board_page"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(request, show, name, scheme):
    page = show(request.getfixturevalue(name), color_scheme=scheme)
    assert page.evaluate(CONTRAST) == []


def test_hostile_names_do_nothing(show, pages, make):
    evil = '"><img src=x onerror=alert(1)></script><script>alert(2)</script>'
    board = pages.board(
        pages.entry(evil, 1, team=evil),
        pages.entry(f"{evil}2", problems=[make.problem("damaged-png", evil, message=evil)]),
    )
    page = show(pages.board_page(board))
    assert page.said == []
    assert page.locator("img[onerror]").count() == 0
    assert page.locator("#board tbody th").first.inner_text() == evil
