import math
import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from isiceval.metrics.calibration import draw_reliability
from isiceval.reports.figures.cases import (
    draw_calibration,
    draw_confidences,
    draw_histogram,
    draw_precision_recall,
    draw_rocs,
    draw_sizes,
)
from isiceval.reports.figures.style import embed

SVG = "{http://www.w3.org/2000/svg}"


def list_words(drawn):
    return [title.text for title in ET.fromstring(drawn).iter(f"{SVG}title")]


def read_bars(drawn):
    found = (re.fullmatch(r"(.*) to (.*): (\d+) images?", words) for words in list_words(drawn))
    return {float(match[1]): int(match[3]) for match in found}


def test_bars_count_every_value_and_part_at_the_threshold():
    drawn = embed(draw_histogram, [0.0, 0.6499, 0.65, 0.65, 1.0], threshold=0.65)
    assert read_bars(drawn) == {0.0: 1, 0.6: 1, 0.65: 2, 0.95: 1}
    bars = [g for g in ET.fromstring(drawn).iter(f"{SVG}path") if g.find(f"{SVG}title") is not None]
    assert [bar.get("class") for bar in bars] == ["fill-bad"] * 2 + ["fill-good"] * 2
    assert "of 5 images in bars of 0.05; 2 lie below 0.65" in ET.fromstring(drawn).get("aria-label")


def test_bars_are_those_of_numpy():
    values = np.random.default_rng(5).random(500).tolist() + [k / 20 for k in range(21)]
    counts, edges = np.histogram(values, [k / 20 for k in range(21)])
    expected = {round(float(e), 2): int(n) for e, n in zip(edges, counts, strict=False) if n}
    assert read_bars(embed(draw_histogram, values, threshold=0.65)) == expected


def test_no_value_is_an_empty_histogram():
    assert read_bars(embed(draw_histogram, [], threshold=0.65)) == {}


def list_points(drawn):
    uses = ET.fromstring(drawn).iter(f"{SVG}use")
    return [use for use in uses if use.find(f"{SVG}title") is not None]


def test_every_image_is_a_point_that_says_its_numbers():
    images, jaccards = ["ISIC_0000000", "ISIC_0000001", "ISIC_0000002"], [1.0, 0.5, 0.649]
    drawn = embed(draw_sizes, images, [0.2, 0.2, 0.01], jaccards, threshold=0.65)
    words = list_words(drawn)
    assert {text.split(":")[0] for text in words} == set(images)
    assert "ISIC_0000000: Jaccard 1.0000, lesion 20.0 % of the image" in words
    points = list_points(drawn)
    bad = [p.find(f"{SVG}title").text[:12] for p in points if "fill-bad" in p.get("class")]
    assert bad == images[1:]


def test_points_stand_on_a_log_axis_that_ends_at_a_thousandth():
    shares = (1e-6, 0.001, 0.01, 0.1, 1.0)
    drawn = embed(draw_sizes, [str(share) for share in shares], shares, [0.9] * 5, threshold=0.65)
    x = [float(point.get("x")) for point in list_points(drawn)]
    assert x[0] == x[1]
    assert np.diff(x[1:]) == pytest.approx(np.diff(x[1:])[0], abs=0.03)


def test_an_image_that_was_not_counted_is_no_point():
    assert (
        list_words(embed(draw_sizes, ["a", "b"], [math.nan, 0.5], [0.5, math.nan], threshold=0.65))
        == []
    )


def test_image_ids_do_nothing():
    (words,) = list_words(embed(draw_sizes, ['"><script>\x00\u202e'], [0.5], [0.5], threshold=0.65))
    assert words.startswith('"><script>\\x00\\u202e: Jaccard')


def test_bars_of_masks_have_no_threshold():
    drawn = embed(draw_histogram, [0.1, 0.9, math.nan], noun="mask", small=True)
    assert "Histogram of the Jaccard index of 2 masks" in drawn
    assert "fill-bad" not in drawn


def test_each_curve_has_a_line_of_its_own():
    curves = {f"class {n}": ([0, 0.5, 1], [0, 0.8, 1]) for n in range(8)}
    drawn = embed(draw_rocs, curves | {"empty": ([], [])})
    for n in range(6):
        assert f"stroke-c{n}" in drawn
    assert drawn.count('stroke-dasharray="12 6"') + drawn.count("stroke-dasharray") >= 2
    assert "ROC curves of class 0, class 1" in drawn


@pytest.mark.parametrize("steps", [False, True])
def test_precision_recall_curves_go_in_steps_or_lines(steps):
    drawn = embed(draw_precision_recall, {"a": ([0, 0.5, 1], [1, 0.5, 0.25])}, steps=steps)
    paths = [
        p for p in ET.fromstring(drawn).iter(f"{SVG}path") if "stroke-c0" in p.get("class", "")
    ]
    points = re.findall(r"[ML]", paths[0].get("d"))
    assert len(points) == (5 if steps else 3)


@pytest.mark.parametrize("n", [10, 2000])
def test_each_bin_says_what_it_holds(n):
    rng = np.random.default_rng(3)
    given = np.append(rng.random(n) * 0.1, [0.55, 0.95])
    found = draw_reliability(given > 0.5, given)
    titles = list_words(embed(draw_calibration, found, owner="the chosen class"))
    assert len(titles) == 3
    assert titles[-1] == ("0.9 to 1.0: 1 case, mean confidence 0.9500, observed frequency 100.0 %")


def test_a_calibration_of_nothing_is_a_figure_too():
    found = draw_reliability(np.zeros(0, dtype=bool), np.zeros(0))
    assert "Reliability diagram of x" in embed(draw_calibration, found, owner="x")


def test_confidences_are_counted_on_both_sides():
    drawn = embed(draw_confidences, [0.9, 0.8], [0.1], label="a <b>", threshold=0.5)
    assert "2 cases that have it above the axis, 1 case without it below" in drawn
    assert "a &lt;b&gt;" in drawn
