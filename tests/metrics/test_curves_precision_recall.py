"""The precision-recall curve by counting, and against the average precision."""

import numpy as np
import pytest

from isiceval.metrics.curves import Curve, precision_recall_curve, thin_curve
from tests.builders import average_precision, trapezoid_average_precision


def make(seed, n=300):
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < 0.2
    return truth, np.round(np.clip(truth * 0.3 + rng.random(n), 0, 1), 2)


@pytest.mark.parametrize("seed", range(6))
def test_every_point_is_counted(seed):
    truth, confidence = make(seed)
    drawn = precision_recall_curve(truth, confidence)
    points = {(0.0, 1.0)}
    for threshold in np.unique(confidence):
        taken = confidence >= threshold
        found = (truth & taken).sum()
        points.add((found / truth.sum(), found / taken.sum()))
    assert set(zip(drawn.x.tolist(), drawn.y.tolist(), strict=True)) <= points
    assert (np.diff(drawn.x) >= 0).all()
    assert (drawn.x[0], drawn.y[0], drawn.x[-1]) == (0, 1, 1)
    assert (drawn.x < 1).sum() == len(drawn.x) - 1


@pytest.mark.parametrize("seed", range(6))
def test_both_average_precisions_are_areas_under_it(seed):
    truth, confidence = make(seed)
    drawn = precision_recall_curve(truth, confidence)
    steps = np.sum(np.diff(drawn.x) * drawn.y[1:])
    assert steps == pytest.approx(average_precision(truth, confidence), abs=1e-12)
    area = np.trapezoid(drawn.y, drawn.x)
    assert area == pytest.approx(trapezoid_average_precision(truth, confidence), abs=1e-12)


def test_weights_count_a_case_as_often():
    truth, confidence = make(9)
    times = np.arange(len(truth)) % 3
    weighted = precision_recall_curve(truth, confidence, weights=times)
    repeated = precision_recall_curve(np.repeat(truth, times), np.repeat(confidence, times))
    assert weighted.x == pytest.approx(repeated.x)
    assert weighted.y == pytest.approx(repeated.y)


def test_without_a_positive_case_there_is_no_curve():
    assert precision_recall_curve([0, 0], [0.1, 0.9]).x.size == 0
    assert precision_recall_curve([1, 0], [0.1, 0.9], weights=[0, 1]).x.size == 0


def test_thinned_it_stays_within_the_tolerance():
    truth, confidence = make(1, n=4000)
    drawn = precision_recall_curve(truth, confidence + np.linspace(0, 1e-6, 4000))
    thinned = thin_curve(drawn)
    assert len(thinned.x) < len(drawn.x) / 3
    kept = set(zip(drawn.x.tolist(), drawn.y.tolist(), strict=True))
    assert set(zip(thinned.x.tolist(), thinned.y.tolist(), strict=True)) <= kept
    areas = [np.trapezoid(curve.y, curve.x) for curve in (drawn, thinned)]
    assert areas[0] == pytest.approx(areas[1], abs=0.001)
    few = Curve(*(column[:50] for column in drawn))
    assert thin_curve(few) is few
