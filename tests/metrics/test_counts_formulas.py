"""Formulas of counts against their definition in pixels, and their bounds."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isiceval.metrics.counts import (
    accuracy,
    dice,
    jaccard,
    matthews,
    npv,
    ppv,
    sensitivity,
    specificity,
    threshold_jaccard,
)
from isiceval.model import Counts

FORMULAS = [accuracy, dice, jaccard, sensitivity, specificity, threshold_jaccard]
pixels = st.integers(0, 10**8)
some_counts = st.builds(Counts, tp=pixels, fp=pixels, fn=pixels, tn=pixels)
untimed = settings(deadline=None)
MIXED = Counts(tp=30, fp=10, fn=20, tn=40)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        (jaccard, 0.5),
        (threshold_jaccard, 0.0),
        (dice, 2 / 3),
        (accuracy, 0.7),
        (sensitivity, 0.6),
        (specificity, 0.8),
        (ppv, 0.75),
        (npv, 2 / 3),
        (matthews, 1000 / 6e6**0.5),
    ],
)
def test_values_worked_out_by_hand(formula, value):
    assert formula(MIXED) == pytest.approx(value, abs=1e-15)
    assert isinstance(formula(MIXED), float)


@pytest.mark.parametrize("formula", FORMULAS)
@untimed
@given(counts=some_counts)
def test_values_lie_in_the_range_or_are_undefined(formula, counts):
    value = formula(counts)
    assert math.isnan(value) or 0.0 <= value <= 1.0


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_perfect_prediction_scores_one(formula):
    assert formula(Counts(tp=5, fp=0, fn=0, tn=7)) == 1.0


@pytest.mark.parametrize("formula", FORMULAS)
def test_an_inverted_prediction_scores_zero(formula):
    assert formula(Counts(tp=0, fp=5, fn=7, tn=0)) == 0.0


@pytest.mark.parametrize("formula", FORMULAS)
@untimed
@given(counts=some_counts)
def test_exactly_one_only_when_nothing_is_wrong(formula, counts):
    wrong = {sensitivity: counts.fn, specificity: counts.fp}.get(formula, counts.fp + counts.fn)
    if formula(counts) == 1.0:
        assert wrong == 0


@untimed
@given(counts=some_counts)
def test_dice_follows_from_jaccard(counts):
    value = jaccard(counts)
    if not math.isnan(value):
        assert dice(counts) == pytest.approx(2 * value / (1 + value), abs=1e-12)


@untimed
@given(counts=some_counts)
def test_truth_and_prediction_may_change_places_in_what_is_symmetric(counts):
    swapped = Counts(tp=counts.tp, fp=counts.fn, fn=counts.fp, tn=counts.tn)
    for formula in (jaccard, threshold_jaccard, dice, accuracy):
        assert formula(counts) == pytest.approx(formula(swapped), nan_ok=True, abs=0)


@untimed
@given(counts=some_counts, threshold=st.floats(0, 1))
def test_threshold_keeps_or_clears(counts, threshold):
    value, kept = jaccard(counts), threshold_jaccard(counts, threshold=threshold)
    if math.isnan(value):
        assert math.isnan(kept)
    else:
        assert kept == (value if value >= threshold else 0.0)


@pytest.mark.parametrize("scale", [1, 7, 1_000_003])
def test_exactly_at_the_threshold_counts(scale):
    at = Counts(tp=13 * scale, fp=4 * scale, fn=3 * scale, tn=0)
    assert Fraction(at.tp, at.tp + at.fp + at.fn) == Fraction(65, 100)
    assert threshold_jaccard(at) == 0.65
    assert threshold_jaccard(at + Counts(tp=0, fp=1, fn=0, tn=0)) == 0.0


@pytest.mark.parametrize("formula", FORMULAS)
def test_an_image_without_pixels_has_no_value(formula):
    assert math.isnan(formula(Counts(tp=0, fp=0, fn=0, tn=0)))
