import base64
import io
import math
import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from isiceval.model import Interval, Standing
from isiceval.reports.figures.board import (
    LABEL_CELLS,
    Line,
    draw_distributions,
    draw_heat_map,
    draw_intervals,
    draw_methods,
    draw_stability,
)
from isiceval.reports.figures.style import embed

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
METRIC = "auc"


def make_line(label, place, *, values=(), shares=(), score=None, interval=True, ranks=None):
    score = 0.9 - place / 20 if score is None else score
    return Line(
        label=label,
        standing=Standing(
            rank=place,
            submission=label,
            aggregates={METRIC: score},
            intervals={METRIC: Interval(score - 0.1, score + 0.05)} if interval else {},
            rank_low=max(1, place - 1),
            rank_high=place + 1,
            rank_shares=tuple(shares),
        ),
        values=values,
        ranks=ranks or {},
    )


def list_marks(drawn):
    """List what the marks of a figure say, with the marks."""
    marks = ET.fromstring(drawn).iter()
    return {t.text: mark for mark in marks for t in mark.findall(f"{SVG}title")}


def list_texts(drawn):
    return [element.text for element in ET.fromstring(drawn).iter(f"{SVG}text")]


def find_height(drawn):
    return int(ET.fromstring(drawn).get("height"))


def test_every_score_stands_with_its_interval():
    lines = [make_line("north", 1), make_line("south", 2, interval=False)]
    drawn = embed(draw_intervals, lines, metric=METRIC, title="AUC")
    words = list(list_marks(drawn))
    assert words.count("north: 0.8500 [0.7500, 0.9000]") == 1
    assert "south: 0.8000" in words
    paths = ET.fromstring(drawn).iter(f"{SVG}path")
    assert sum("fill-band" in path.get("class", "") for path in paths) == 1


def test_without_an_interval_of_the_first_there_is_no_band():
    drawn = embed(draw_intervals, [make_line("a", 1, interval=False)], metric=METRIC, title="AUC")
    assert "fill-band" not in drawn


def test_larger_dots_are_more_draws():
    lines = [make_line("a", 1, shares=(0.9, 0.1, 0.0)), make_line("b", 2, shares=(0.1, 0.5, 0.4))]
    drawn = embed(draw_stability, [*lines, make_line("c", 3, shares=(0.0, 0.4, 0.6))])
    marks = list_marks(drawn)
    assert "a: rank 3 in 0 % of the resamples" not in marks
    assert {"b: rank 2", "a: ranks 1 to 2 in 95 % of the resamples"} <= set(marks)

    def measure(words):
        numbers = re.findall(r"-?[0-9.]+", marks[f"a: {words} of the resamples"].get("d"))
        return np.ptp([float(x) for x in numbers[::2]])

    assert measure("rank 1 in 90 %") == pytest.approx(3 * measure("rank 2 in 10 %"), rel=0.02)


def test_ranks_alone_make_a_figure_too():
    marks = list_marks(embed(draw_stability, [make_line("a", 1), make_line("b", 2)]))
    assert "a: rank 1" in marks
    assert not any("of the resamples" in words and "rank " in words[:8] for words in marks)


def test_lines_go_through_the_ranks_of_every_method():
    ranks = [
        {"one": 1, "two": 2, "three": 2},
        {"one": 2, "two": 1},
        {"one": 2, "two": 3, "three": 1},
    ]
    lines = [make_line(f"t{n}", n + 1, ranks=found) for n, found in enumerate(ranks)]
    drawn = embed(
        draw_methods, lines, methods={"one": "mean", "two": "median rank", "three": "tests"}
    )
    marks = list_marks(drawn)
    told = {
        f"t{n}: rank {rank}, {name}"
        for n, found in enumerate(ranks)
        for rank, name in zip(found.values(), ("mean", "median rank", "tests"), strict=False)
    }
    assert set(marks) == told
    heights = {words: float(mark.get("y")) for words, mark in marks.items()}
    assert heights["t1: rank 1, median rank"] < heights["t0: rank 2, median rank"]
    assert heights["t1: rank 2, mean"] < heights["t2: rank 2, mean"], "names are not shared"
    assert heights["t0: rank 2, tests"] == heights["t0: rank 2, median rank"]


def test_many_rankings_have_slanted_names():
    names = [f"metric {n}" for n in range(9)]
    lines = [make_line(t, n + 1, ranks=dict.fromkeys(names, n + 1)) for n, t in enumerate("ab")]
    drawn = embed(draw_methods, lines, methods=dict(zip(names, names, strict=True)))
    slanted = [t for t in ET.fromstring(drawn).iter(f"{SVG}text") if t.text in names]
    assert len(slanted) == 9
    assert all("rotate(-30" in text.get("transform") for text in slanted)


def test_distributions_part_at_the_threshold():
    lines = [make_line("a", 1, values=(0.2, 0.65, 0.9, math.nan)), make_line("b", 2, values=(0.7,))]
    drawn = embed(draw_distributions, lines, title="Jaccard", threshold=0.65, noun="image")
    assert set(list_marks(drawn)) == {
        "a: median 0.6500, 33 % below 0.65",
        "b: median 0.7000, 0 % below 0.65",
    }
    assert "fill-bad" in drawn
    assert "0.65" in list_texts(drawn)


def test_distributions_without_a_threshold_have_one_colour():
    lines = [make_line("a", 1, values=(0.2, 0.9)), make_line("b", 2, values=(math.nan,))]
    drawn = embed(draw_distributions, lines, title="Jaccard", threshold=None, noun="mask")
    assert set(list_marks(drawn)) == {"a: median 0.5500, 2 masks"}
    assert "fill-bad" not in drawn


def read_pixels(drawn):
    image = next(ET.fromstring(drawn).iter(f"{SVG}image"))
    content = base64.b64decode(image.get(LINK).partition(",")[2])
    assert image.get("image-rendering") == "pixelated"
    with Image.open(io.BytesIO(content)) as picture:
        return np.asarray(picture.convert("RGBA"))


def test_the_heat_map_is_a_picture_with_a_pixel_a_value():
    lines = [
        make_line("a", 1, values=(0.0, 0.5, 1.0, math.nan)),
        make_line("b", 2, values=(1.0,) * 4),
    ]
    pixels = read_pixels(embed(draw_heat_map, lines, title="Jaccard", noun="image"))
    assert pixels.shape[:2] == (2, 4)
    brightness = pixels[0, :3, :3].astype(int).sum(axis=1)
    assert brightness.tolist() == sorted(brightness.tolist())
    assert pixels[0, :, 3].tolist() == [255, 255, 255, 0]
    assert pixels[1].tolist() == [pixels[0, 2].tolist()] * 4


@pytest.mark.parametrize("name", ["a" * 300, "$x$" * 40, "皮" * 90, "فريق الجلد " * 20])
def test_long_names_are_clipped_and_move_nothing(name):
    from rich.cells import cell_len

    drawn = embed(draw_intervals, [make_line(name, 1)], metric=METRIC, title="AUC")
    texts = list_texts(drawn)
    assert max(map(cell_len, texts)) <= LABEL_CELLS
    assert any("…" in text for text in texts)
    (left,) = (float(t.get("x")) for t in ET.fromstring(drawn).iter(f"{SVG}text") if "…" in t.text)
    assert 100 < left < 220


def test_figures_grow_with_the_submissions():
    heights = [
        find_height(embed(draw_stability, [make_line(f"t{n}", n) for n in range(1, size + 1)]))
        for size in (2, 10, 50)
    ]
    assert heights[1] - heights[0] == 8 * 24
    assert heights[2] > 50 * 15
