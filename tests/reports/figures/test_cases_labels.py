import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from isiceval.metrics.calibration import draw_reliability
from isiceval.reports.figures.cases import (
    draw_calibration,
    draw_confidences,
    draw_precision_recall,
    draw_rocs,
)

SVG = "{http://www.w3.org/2000/svg}"


def list_titles(drawn):
    return [title.text for title in ET.fromstring(drawn).iter(f"{SVG}title")]


def test_each_curve_has_a_line_of_its_own():
    curves = {f"class {n}": ([0, 0.5, 1], [0, 0.8, 1]) for n in range(8)}
    drawn = draw_rocs(curves | {"empty": ([], [])})
    for n in range(6):
        assert f"stroke-c{n}" in drawn
    assert drawn.count('stroke-dasharray="12 6"') + drawn.count("stroke-dasharray") >= 2
    assert "ROC curves of class 0, class 1" in drawn


@pytest.mark.parametrize("steps", [False, True])
def test_precision_recall_curves_go_in_steps_or_lines(steps):
    drawn = draw_precision_recall({"a": ([0, 0.5, 1], [1, 0.5, 0.25])}, steps=steps)
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
    titles = list_titles(draw_calibration(found, owner="the chosen class"))
    assert len(titles) == 3
    assert titles[-1] == ("0.9 to 1.0: 1 case, mean confidence 0.9500, observed frequency 100.0 %")


def test_a_calibration_of_nothing_is_a_figure_too():
    found = draw_reliability(np.zeros(0, dtype=bool), np.zeros(0))
    assert "Reliability diagram of x" in draw_calibration(found, owner="x")


def test_confidences_are_counted_on_both_sides():
    drawn = draw_confidences([0.9, 0.8], [0.1], label="a <b>", threshold=0.5)
    assert "2 cases that have it above the axis, 1 case without it below" in drawn
    assert "a &lt;b&gt;" in drawn
