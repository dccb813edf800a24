"""The reports of tables, attribute masks and superpixels in a real browser."""

import pytest

pytestmark = pytest.mark.browser
TASKS = ("2018/3", "2017/3", "2018/2", "2017/2")
EACH = pytest.mark.parametrize("name", TASKS)


@pytest.fixture
def show_task(show, labels):
    """Open the report of a task."""
    return lambda name, **options: show(labels.made_page(name), **options)


@EACH
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_loaded_and_nothing_goes_wrong(show_task, name, scheme):
    page = show_task(name, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('th button').forEach((head) => head.click())")
    assert page.said == []
    assert [url for url in page.asked if not url.startswith(("file:", "data:"))] == []


@EACH
def test_the_page_does_not_scroll_sideways(show_task, name):
    page = show_task(name)
    for width in (320, 360, 768, 1200):
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") == width


@EACH
def test_paper_is_white_and_holds_the_page(show_task, name):
    page = show_task(name, viewport={"width": 724, "height": 1000})
    page.emulate_media(media="print", color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    assert page.evaluate("document.documentElement.scrollWidth") == 724


@EACH
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_of_tables_has_enough_contrast(show_task, name, scheme):
    page = show_task(name, color_scheme=scheme)
    assert page.evaluate(CONTRAST) == []


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
  const shades = ["blank"].concat(...["good", "bad"].map((w) => [1, 2, 3, 4, 5].map((n) => w + "-" + n)));
  const cells = Array.from(document.querySelectorAll(".matrix td"));
  cells.slice(0, shades.length).forEach((cell, k) => { cell.className = shades[k]; });
  for (const element of document.querySelectorAll("td, th, caption, code, .mark, .below, p, dd, figcaption")) {
    const own = Array.from(element.childNodes).some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || element.closest(".unseen")) continue;
    const pair = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (ratio < 4.5) poor.push([element.className, element.textContent.slice(0, 40), ratio]);
  }
  return poor;
}"""


@EACH
def test_text_of_figures_can_be_read_on_a_phone(show_task, name):
    page = show_task(name, viewport={"width": 360, "height": 740})
    sizes = page.evaluate(
        """Array.from(document.querySelectorAll("svg.drawn text")).map((text) =>
            parseFloat(getComputedStyle(text).fontSize) * Math.hypot(
              text.getScreenCTM().a, text.getScreenCTM().b))"""
    )
    assert len(sizes) > 10
    assert min(sizes) > 8


def test_words_of_the_filter_may_name_a_column(show_task, list_shown, labels):
    page = show_task("2018/3")
    cases = {case.image: case.diagnosis for case in labels.card("2018/3").cases}
    field = page.get_by_label("Filter")
    field.fill("truth:MEL")
    shown = list_shown(page, "all-images")
    assert shown == [image for image, one in cases.items() if one.truth == "MEL"] != []
    field.fill("prediction:bcc truth:nv")
    assert list_shown(page, "all-images") == [
        image for image, one in cases.items() if (one.truth, one.chosen) == ("NV", "BCC")
    ]
    field.fill("MEL>0.5 nv<=0.4")
    expected = [
        image
        for image, one in cases.items()
        if one.confidences[0] > 0.5 and one.confidences[1] <= 0.4
    ]
    assert list_shown(page, "all-images") == expected != []
    field.fill("mel>")
    assert len(list_shown(page, "all-images")) == len(cases)
    field.fill("unknown:mel")
    assert list_shown(page, "all-images") == []
    field.fill("isic_0000007")
    assert list_shown(page, "all-images") == ["ISIC_0000007"]
    field.fill("")
    page.get_by_label("only misclassified").check()
    wrong = [image for image, one in cases.items() if not one.correct and one.weight]
    assert list_shown(page, "all-images") == wrong


def test_several_labels_are_found_by_each(show_task, list_shown, labels):
    page = show_task("2017/3")
    cases = labels.card("2017/3").cases
    page.get_by_label("Filter").fill("prediction:seb")
    expected = [c.image for c in cases if "seborrheic_keratosis" in c.diagnosis.chosen]
    both = [c.image for c in cases if "+" in c.diagnosis.chosen]
    assert list_shown(page, "all-images") == expected
    assert set(both) <= set(expected)


def test_a_click_sorts_by_a_confidence(show_task, labels):
    page = show_task("2018/3")
    page.locator("#all-images thead th", has_text="VASC").locator("button").click()
    cells = page.query_selector_all("#all-images td:last-child")
    values = [float(cell.inner_text()) for cell in cells]
    assert values == sorted(values)
    assert len(values) == len(labels.card("2018/3").cases)


def test_without_script_the_tables_are_whole(show_task, list_shown, labels):
    page = show_task("2018/3", java_script_enabled=False)
    assert len(list_shown(page, "all-images")) == len(labels.card("2018/3").cases)
    assert not page.locator(".filter").is_visible()


def test_bins_say_what_they_hold_when_pointed_at(show_task):
    page = show_task("2018/3")
    titles = page.locator("#calibration svg title").all_text_contents()
    assert titles
    assert all("observed frequency" in title for title in titles)
