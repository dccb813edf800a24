"""Curves of confidences against their definitions, computed the slow way."""

import math
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

from isiceval.metrics import curves
from isiceval.metrics.curves import Curve, roc_curve, thin_curve
from tests.builders import (
    auc,
    auc_above_sensitivity,
    average_precision,
    measure_specificity,
    partial_auc,
    trapezoid_average_precision,
)

TOLERANCE = 1e-12
CURVES = (auc, average_precision, trapezoid_average_precision, partial_auc, auc_above_sensitivity)


@st.composite
def cases(draw, both=True):
    """Truth and confidences with many ties, in steps of 1/8 that floats hold exactly."""
    n = draw(st.integers(2, 40))
    drawn = np.frombuffer(draw(st.binary(min_size=n, max_size=n)), np.uint8)
    truth, steps = drawn % 2 == 1, drawn // 2 % 9
    if both:
        truth[0], truth[1] = True, False
    return truth, steps / 8


@st.composite
def weighted_cases(draw):
    truth, confidence = draw(cases())
    n = len(truth)
    repeats = np.frombuffer(draw(st.binary(min_size=n, max_size=n)), np.uint8) % 4
    repeats[0], repeats[1] = 1, 2
    return truth, confidence, repeats


def compare_pairs(truth, confidence):
    above = confidence[truth][:, None] - confidence[~truth][None, :]
    return float(((above > 0) + 0.5 * (above == 0)).mean())


def list_steps(truth, confidence):
    """Return recall and precision at every distinct confidence, from the highest."""
    for threshold in sorted(set(confidence.tolist()), reverse=True):
        taken = confidence >= threshold
        found = int((taken & truth).sum())
        yield found / int(truth.sum()), found / int(taken.sum())


def test_values_of_the_example_of_scikit_learn():
    example = [0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]
    assert [round(curve(*example), 4) for curve in CURVES] == [0.75, 0.8333, 0.7917, 0.1, 0.5]
    assert measure_specificity(*example, sensitivity=0.95) == 0.5


@settings(deadline=None)
@given(cases())
def test_auc_is_the_chance_of_the_right_order(case):
    assert auc(*case) == pytest.approx(compare_pairs(*case), abs=TOLERANCE)
    assert auc(*case) == pytest.approx(roc_auc_score(*case), abs=TOLERANCE)


@settings(deadline=None)
@given(cases())
def test_auc_of_turned_confidences_is_its_complement(case):
    truth, confidence = case
    assert auc(truth, 1 - confidence) == pytest.approx(1 - auc(*case), abs=TOLERANCE)


@settings(deadline=None)
@given(cases(both=False))
def test_average_precision_is_a_sum_of_steps(case):
    truth, confidence = case
    if not truth.any():
        assert math.isnan(average_precision(truth, confidence))
        return
    total, before = 0.0, 0.0
    for recall, precision in list_steps(truth, confidence):
        total += (recall - before) * precision
        before = recall
    assert average_precision(truth, confidence) == pytest.approx(total, abs=TOLERANCE)
    assert total == pytest.approx(average_precision_score(truth, confidence), abs=TOLERANCE)


@settings(deadline=None)
@given(cases(both=False))
def test_the_trapezoid_joins_the_points_up_to_full_recall(case):
    truth, confidence = case
    if not truth.any():
        assert math.isnan(trapezoid_average_precision(truth, confidence))
        return
    area, last = 0.0, (0.0, 1.0)
    for recall, precision in list_steps(truth, confidence):
        area += (recall - last[0]) * (precision + last[1]) / 2
        last = (recall, precision)
    measured = trapezoid_average_precision(truth, confidence)
    assert measured == pytest.approx(area, abs=TOLERANCE)
    precision, recall, _ = precision_recall_curve(truth, confidence)
    assert measured == pytest.approx(-np.trapezoid(precision, recall), abs=TOLERANCE)


@pytest.mark.parametrize(("n_positive", "n"), [(75, 379), (1, 4), (3, 3)])
def test_a_constant_file_gains_from_the_trapezoid(n_positive, n):
    truth, constant = np.arange(n) < n_positive, np.full(n, 0.5)
    prevalence = n_positive / n
    assert trapezoid_average_precision(truth, constant) == pytest.approx((1 + prevalence) / 2)
    assert average_precision(truth, constant) == pytest.approx(prevalence)


@settings(deadline=None)
@given(cases(), st.sampled_from([0.5, 0.8, 0.95, 1.0]))
def test_specificity_is_that_of_a_vertex_that_is_sensitive_enough(case, sensitivity):
    truth, confidence = case
    measured = measure_specificity(truth, confidence, sensitivity=sensitivity)
    points = [
        (float((confidence[truth] >= t).mean()), float((confidence[~truth] < t).mean()))
        for t in set(confidence.tolist())
    ]
    reached = [specificity for found, specificity in points if found >= sensitivity]
    assert measured in [pytest.approx(value, abs=TOLERANCE) for value in reached]
    roc = roc_curve(truth, confidence)
    vertices = zip(roc.y, roc.x, strict=True)
    assert measured == next(1 - wrong for found, wrong in vertices if found >= sensitivity)


def test_specificity_passes_over_points_on_a_straight_line():
    truth = np.array([True, False] * 4)
    confidence = np.repeat([0.8, 0.6, 0.4, 0.2], 2)
    assert measure_specificity(truth, confidence, sensitivity=0.5) == 0.0


@settings(deadline=None)
@given(cases(), st.sampled_from([0.5, 0.8, 0.9]))
def test_the_area_to_the_right_and_that_to_the_left_make_the_whole(case, sensitivity):
    truth, confidence = case
    roc = roc_curve(truth, confidence)
    points = zip(roc.x, roc.y, strict=True)
    area, last = 0.0, (0.0, 0.0)
    for wrong, found in points:
        share = min(1.0, (sensitivity - last[1]) / (found - last[1])) if found > last[1] else 1.0
        end = (last[0] + share * (wrong - last[0]), last[1] + share * (found - last[1]))
        area += (end[0] - last[0]) * (end[1] + last[1]) / 2
        if found >= sensitivity:
            break
        last = end
    with patch.object(curves, "SENSITIVITY", sensitivity):
        measured = auc_above_sensitivity(truth, confidence)
    assert measured + area == pytest.approx(auc(truth, confidence), abs=TOLERANCE)


def test_the_whole_area_stands_right_of_the_edge_of_a_perfect_curve():
    assert auc_above_sensitivity([0, 1, 1], [0.1, 0.8, 0.9]) == 1.0
    assert auc_above_sensitivity([1, 0, 0], [0.1, 0.8, 0.9]) == 0.0


@settings(deadline=None)
@given(cases(), st.sampled_from([0.5, 0.8, 0.88]))
def test_partial_auc_is_the_area_above_a_line(case, min_sensitivity):
    truth, confidence = case
    roc = roc_curve(truth, confidence)
    found, wrong = roc.y, roc.x
    grid = np.linspace(min_sensitivity, 1, 40_001)
    middle = (grid[1:] + grid[:-1]) / 2
    place = np.searchsorted(found, middle)
    share = (middle - found[place - 1]) / (found[place] - found[place - 1])
    across = wrong[place - 1] + share * (wrong[place] - wrong[place - 1])
    integral = float(((1 - across) * np.diff(grid)).sum())
    with patch.object(curves, "SENSITIVITY", min_sensitivity):
        measured = partial_auc(truth, confidence)
    assert measured == pytest.approx(integral, abs=1e-4)
    assert 0 <= measured <= 1 - min_sensitivity + TOLERANCE


def test_partial_auc_of_guessing_is_a_fiftieth():
    assert partial_auc([0, 1, 0, 1], [0.5] * 4) == pytest.approx(0.02)


@pytest.mark.parametrize("curve", CURVES)
@settings(deadline=None)
@given(case=cases(), seed=st.integers(0, 1000))
def test_the_order_of_the_cases_does_not_matter(curve, case, seed):
    truth, confidence = case
    order = np.random.default_rng(seed).permutation(len(truth))
    shuffled = curve(truth[order], confidence[order])
    assert shuffled == pytest.approx(curve(truth, confidence), abs=TOLERANCE)


@pytest.mark.parametrize("curve", [auc, average_precision, auc_above_sensitivity])
@settings(deadline=None)
@given(case=weighted_cases())
def test_a_weight_counts_as_repeated_cases(curve, case):
    truth, confidence, repeats = case
    repeated = curve(np.repeat(truth, repeats), np.repeat(confidence, repeats))
    assert curve(truth, confidence, weights=repeats) == pytest.approx(repeated, abs=TOLERANCE)


@pytest.mark.parametrize("curve", [auc, trapezoid_average_precision, auc_above_sensitivity])
@pytest.mark.parametrize("dtype", [bool, np.uint8, np.float32, np.int64])
def test_truth_may_be_of_any_type_that_holds_0_and_1(curve, dtype):
    truth = np.array([0, 1, 1, 0])
    assert curve(truth.astype(dtype), [0.1, 0.3, 0.6, 0.2]) == 1.0


@pytest.mark.parametrize("curve", [auc, partial_auc, auc_above_sensitivity])
@pytest.mark.parametrize("truth", [[0, 0], [1, 1], []])
def test_a_curve_needs_both_kinds_of_cases(curve, truth):
    assert math.isnan(curve(truth, [0.5] * len(truth)))


@pytest.mark.parametrize("truth", [[0, 0], [1, 1]])
def test_specificity_at_sensitivity_needs_both_kinds_of_cases(truth):
    assert math.isnan(measure_specificity(truth, [0.1, 0.2], sensitivity=0.9))
    assert roc_curve(truth, [0.1, 0.2]).thresholds.size == 0


def test_cases_of_weight_0_do_not_make_a_metric_defined():
    assert math.isnan(auc([0, 0, 1], [0.1, 0.2, 0.3], weights=[1, 1, 0]))
    assert math.isnan(average_precision([0, 0, 1], [0.1, 0.2, 0.3], weights=[1, 1, 0]))
    assert math.isnan(auc([0, 1], [0.1, 0.2], weights=[0, 0]))


def test_a_positive_case_alone_has_a_perfect_average_precision():
    assert average_precision([1, 1], [0.3, 0.4]) == 1.0
    assert trapezoid_average_precision([1, 1], [0.3, 0.4]) == 1.0


@pytest.mark.parametrize(
    ("truth", "confidence", "weights", "error", "words"),
    [
        ([0, 2], [0.1, 0.2], None, TypeError, "truth must be booleans"),
        (["a", "b"], [0.1, 0.2], None, TypeError, "truth must be booleans"),
        ([[0], [1]], [0.1, 0.2], None, ValueError, "truth must have 1 dimension"),
        ([0, 1], [0.1], None, ValueError, "confidence has shape (1,)"),
        ([0, 1], [0.1, math.nan], None, ValueError, "confidence must be finite"),
        ([0, 1], [0.1, math.inf], None, ValueError, "confidence must be finite"),
        ([0, 1], [0.1, 0.2], [1], ValueError, "weights has shape (1,)"),
        ([0, 1], [0.1, 0.2], [1, -1], ValueError, "weights must not be negative"),
        ([0, 1], [0.1, 0.2], [1, math.nan], ValueError, "weights must be finite"),
    ],
)
def test_what_does_not_fit_is_refused(truth, confidence, weights, error, words):
    with pytest.raises(error) as caught:
        auc(truth, confidence, weights=weights)
    assert words in str(caught.value)


def test_a_short_curve_is_not_thinned():
    roc = roc_curve([0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4])
    assert thin_curve(roc) is roc


def test_thinning_keeps_the_ends_and_every_corner_beyond_the_tolerance():
    wrong = np.linspace(0, 1, 201)
    found = np.where(wrong < 0.5, np.minimum(1, wrong * 1.6), 0.8 + (wrong - 0.5) * 0.4)
    thin = thin_curve(Curve(np.arange(201.0), wrong, found))
    assert thin.thresholds.tolist() == [0.0, 100.0, 200.0]
    assert thin.y.tolist() == [0.0, 0.8, 1.0]
