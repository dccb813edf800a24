"""The pages in a real browser: sorting, filtering, nothing loaded, nothing complained of."""

import io
import re

import pytest
from PIL import Image

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(pages):
    return pages.report(pages.card(shift=3))


@pytest.fixture(scope="module")
def board_page(pages):
    return pages.board_page(pages.board(*(pages.entry(f"model-{k}.zip", k) for k in range(4))))


def test_what_breaks_the_policy_would_be_seen(show, report):
    evil = report.replace("</main>", "<script>alert(1)</script><img src='https://a.test/x'></main>")
    said = " ".join(show(evil).said)
    assert "script-src" in said
    assert "img-src" in said


@pytest.mark.parametrize("name", ["report", "board_page"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_loaded_and_nothing_goes_wrong(request, show, name, scheme):
    page = show(request.getfixturevalue(name), color_scheme=scheme)
    page.evaluate("document.querySelectorAll('th button').forEach((head) => head.click())")
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


def test_what_has_no_value_sorts_last(show, list_shown, pages, make):
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


def test_the_filter_keeps_what_has_every_word(show, list_shown, report):
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


def test_without_script_the_tables_are_whole(show, list_shown, report):
    page = show(report, java_script_enabled=False)
    assert len(list_shown(page, "all-images")) == 12
    assert page.locator("th button").count() == 0
    assert not page.locator(".filter").is_visible()


@pytest.fixture(scope="module")
def long_board(pages, make):
    """A board of many submissions with names that do not break, and a broken one."""
    broken = make.problem("damaged-png", "a" * 90, detail="b" * 90)
    names = ["m" * 80, "皮肤" * 30, *(f"model-{k}.zip" for k in range(24))]
    entries = [pages.entry(f"{n}{k}", k, team=n, approach=n) for k, n in enumerate(names)]
    last = pages.entry("x" * 90, problems=[broken], columns={"notes": "n" * 90})
    return pages.board_page(pages.board(*entries, last, columns=("notes",)))


@pytest.mark.parametrize("name", ["report", "board_page", "long_board"])
def test_no_width_makes_the_page_scroll_sideways(request, show, name):
    page = show(request.getfixturevalue(name))
    for width in (320, 360, 768, 1200):
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.evaluate("scrollTo(500, document.body.scrollHeight)")
        assert page.evaluate("scrollX") == 0


@pytest.mark.parametrize("name", ["report", "board_page", "long_board"])
def test_text_in_figures_keeps_a_readable_size_on_a_phone(request, show, name):
    page = show(request.getfixturevalue(name), viewport={"width": 360, "height": 740})
    sizes = page.evaluate(
        """Array.from(document.querySelectorAll("svg.drawn text")).map((t) =>
            parseFloat(getComputedStyle(t).fontSize) * t.getScreenCTM().a /
            Math.cos(Math.atan2(t.getScreenCTM().b, t.getScreenCTM().a)))
           .filter((size) => size > 0)"""
    )
    assert min(sizes) > 8.5


@pytest.mark.parametrize("name", ["report", "board_page", "long_board"])
def test_no_text_of_a_figure_leaves_it(request, show, name):
    page = show(request.getfixturevalue(name))
    outside = page.evaluate(
        """Array.from(document.querySelectorAll("svg.drawn text")).filter((text) => {
             const box = text.getBoundingClientRect();
             const whole = text.ownerSVGElement.getBoundingClientRect();
             return box.left < whole.left - 1 || box.right > whole.right + 1;
           }).map((text) => text.textContent)"""
    )
    assert outside == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_take_the_colours_of_the_page(show, board_page, scheme):
    page = show(board_page, color_scheme=scheme)
    for mark, key, variable in (
        ("svg.drawn text.fill-ink", "fill", "--ink"),
        ("svg.drawn .stroke-c0", "stroke", "--c0"),
        ("svg.drawn .fill-band", "fill", "--band"),
        ("svg.drawn .stroke-line", "stroke", "--line"),
    ):
        found, expected = page.evaluate(
            """([mark, key, variable]) => {
                 const style = getComputedStyle(document.documentElement);
                 const probe = document.createElement("i");
                 document.body.append(probe);
                 probe.className = "fill-" + variable.slice(2);
                 const wanted = getComputedStyle(probe).fill;
                 return [getComputedStyle(document.querySelector(mark))[key], wanted];
               }""",
            [mark, key, variable],
        )
        assert found == expected
    dark = page.evaluate("getComputedStyle(document.querySelector('svg.drawn text')).fill")
    assert (sum(map(int, re.findall(r"[0-9]+", dark))) > 382) == (scheme == "dark")


def test_the_heat_map_is_painted(show, board_page):
    """A strict policy must let the picture within the SVG through."""
    page = show(board_page)
    shown = page.locator("svg.drawn image").first
    shown.scroll_into_view_if_needed()
    with Image.open(io.BytesIO(shown.screenshot())) as picture:
        colours = picture.convert("RGB").getcolors(maxcolors=2**24)
    assert len(colours) > 5
    assert page.said == []


def test_marks_of_figures_say_what_they_are(show, board_page):
    page = show(board_page)
    words = page.locator("svg.drawn title").all_text_contents()
    assert any(text.startswith("model-3.zip: rank ") for text in words)
    assert page.get_by_role("img", name="Line plot of the rank").count() == 1


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
    page.wait_for_url("**#main")


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
    if (!own || element.closest("script, style, title, .unseen")) continue;
    const style = getComputedStyle(element);
    const paint = element instanceof SVGElement ? style.fill : style.color;
    const pair = [light(parse(paint)), light(behind(element))];
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
        pages.entry(f"{evil}2", problems=[make.problem("damaged-png", evil, detail=evil)]),
    )
    page = show(pages.board_page(board))
    assert page.said == []
    assert page.locator("img[onerror]").count() == 0
    assert page.locator("#board tbody th").first.inner_text() == evil
