"""From a figure of matplotlib to SVG within a page: no style attribute, colours as classes."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from isiceval.reports.figures.style import INKS, clip, embed, new_figure

SVG = "{http://www.w3.org/2000/svg}"


def sketch(*, name="one", title="a title", tooltips=None, **options):
    def draw():
        figure, axes = new_figure(**options)
        axes.plot([0, 1], [0, 1], color=INKS["good"])
        axes.scatter([0, 1, 2], [1, 0, 1], color=INKS["bad"], gid="dots")
        axes.imshow(np.eye(2), interpolation="none")
        axes.set_xlabel("share of $5$ & <b>more</b>")
        return figure, title, tooltips or {}

    return embed(draw, name=name)


def test_no_style_stands_in_an_attribute_and_nothing_points_outside():
    root = ET.fromstring(sketch())
    for element in root.iter():
        assert element.tag.removeprefix(SVG) not in ("style", "metadata", "script", "a")
        assert "style" not in element.attrib
        for key, value in element.attrib.items():
            if key.endswith("href"):
                assert value.startswith(("#", "data:image/png;base64,"))


def test_the_colours_of_the_page_are_classes():
    root = ET.fromstring(sketch())
    classes = {word for e in root.iter() for word in e.get("class", "").split()}
    assert {"stroke-good", "fill-bad", "fill-soft", "stroke-line", "drawn"} <= classes
    left = {e.get(key) for e in root.iter() for key in ("fill", "stroke")}
    assert left & set(INKS.values()) == set()


def test_every_colour_is_in_the_style_sheet_of_the_page(root):
    style = (root / "isiceval/reports/templates/page.css").read_text(encoding="utf-8")
    for name in INKS:
        assert f".fill-{name} {{ fill: var(--{name}); }}" in style
        assert f".stroke-{name} {{ stroke: var(--{name}); }}" in style
        assert style.count(f"--{name}:") == 2, "one for light, one for dark"
    assert len(set(INKS.values())) == len(INKS)


def test_ids_of_two_figures_do_not_meet():
    found = [set(re.findall(r'\bid="([^"]+)"', sketch(name=name))) for name in ("one", "two")]
    assert found[0] & found[1] == set()
    assert found[0] != set()


def test_text_stays_text():
    texts = [element.text for element in ET.fromstring(sketch()).iter(f"{SVG}text")]
    assert "share of $5$ & <b>more</b>" in texts


@pytest.mark.parametrize("name", ["$\\frac{1}{0}$", "فريق", "皮肤", "\U0001f9a0", "</svg><script>"])
def test_names_in_any_script_are_drawn_without_a_warning(name):
    def draw():
        figure, axes = new_figure()
        axes.set_yticks([0], [name])
        return figure, name, {}

    root = ET.fromstring(embed(draw))
    assert name in [element.text for element in root.iter(f"{SVG}text")]
    assert root.get("aria-label") == name
    assert root.get("role") == "img"


def test_marks_say_their_words():
    words = ["first", "second <b>", "third"]
    root = ET.fromstring(sketch(tooltips={"dots": words}))
    assert [title.text for title in root.iter(f"{SVG}title")] == words
    with pytest.raises(ValueError, match="no group 'lines'"):
        sketch(tooltips={"lines": []})
    with pytest.raises(ValueError, match="zip"):
        sketch(tooltips={"dots": ["one"]})


def test_the_same_figure_is_the_same_bytes():
    assert sketch() == sketch()


def test_places_are_short():
    for element in ET.fromstring(sketch()).iter():
        for key in ("x", "y", "d"):
            assert not re.search(r"\.[0-9]{3}", element.get(key, ""))


def test_a_figure_is_as_large_as_asked():
    root = ET.fromstring(sketch(width=321, height=123))
    assert (root.get("width"), root.get("height")) == ("321", "123")
    assert root.get("viewBox") == "0 0 321 123"


def test_given_margins_hold():
    figure, axes = new_figure(width=200, height=100, margins=(20, 30, 10, 5))
    axes.set_ylabel("a long name that would move them")
    figure.draw_without_rendering()
    box = axes.get_window_extent()
    assert box.bounds == pytest.approx((20, 30, 170, 65))


def test_the_style_holds_for_our_figures_only():
    from matplotlib import rcParams

    before = dict(rcParams)
    sketch()
    assert dict(rcParams) == before


@pytest.mark.parametrize(
    ("text", "cells", "short"),
    [
        ("short", 22, "short"),
        ("submission-of-the-first-team", 12, "submissi…eam"),
        ("皮肤皮肤皮肤皮肤", 9, "皮肤皮…肤"),
    ],
)
def test_long_names_lose_their_middle(text, cells, short):
    from rich.cells import cell_len

    assert clip(text, cells).replace(" ", "") == short
    assert cell_len(clip(text, cells)) <= cells
