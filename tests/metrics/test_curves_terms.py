"""Terms of areas under curves, against the derivative of the metric itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isiceval.metrics.curves import LabelScores, measure_curves, split_curve

STEP = 1e-6


def make_table(seed, n=120, *, decimals=2):
    rng = np.random.default_rng(seed)
    truth = np.append([True, False], rng.random(n - 2) < 0.3)
    return truth, np.clip(0.3 * truth + 0.6 * rng.random(n), 0, 1).round(decimals)


def find_derivative(metric, truth, confidence):
    """Measure what one more of each case adds."""
    n = len(truth)
    scores = LabelScores(truth, confidence, np.ones(n), np.arange(n))
    weights = np.hstack([np.ones((n, 1)), 1 + STEP * np.eye(n)])
    values = measure_curves(scores, [metric])(weights)[metric]
    return values[0], (values[1:] - values[0]) / STEP


def add_up(terms, n):
    found = np.zeros(n)
    for term in terms:
        centre = term.values.mean() if term.centre is None else term.centre
        np.add.at(found, term.places, (term.values - centre) / len(term.values))
    return found


@given(st.integers(0, 10_000), st.integers(1, 3))
def test_terms_are_the_derivative(seed, decimals):
    truth, confidence = make_table(seed, decimals=decimals)
    for metric in ("auc", "average_precision"):
        value, expected = find_derivative(metric, truth, confidence)
        terms = split_curve(metric, truth, confidence)
        assert add_up(terms, len(truth)) == pytest.approx(expected, abs=1e-5)
        assert all(term.values.mean() == pytest.approx(value) for term in terms if not term.centre)
        for term in terms:
            assert (term.low - 1e-9 <= term.values).all()
            assert (term.values <= term.high + 1e-9).all()


def test_terms_of_a_partial_area_are_nearly_the_derivative():
    """The limit is the value above that of a fifth: as near as one positive case of many."""
    truth, confidence = make_table(3, n=4000, decimals=6)
    _, expected = find_derivative("partial_auc", truth, confidence)
    found = add_up(split_curve("partial_auc", truth, confidence), len(truth))
    assert found == pytest.approx(expected, abs=0.02 * np.abs(expected).max())


def test_terms_beyond_a_sensitivity_have_the_spread_of_draws():
    """It jumps from case to case, so that it has no derivative by a single one."""
    truth, confidence = make_table(5, n=800, decimals=6)
    metric, n = "auc_above_sensitivity", len(truth)
    weights = np.random.default_rng(0).standard_exponential((n, 2000))
    scores = LabelScores(truth, confidence, np.ones(n), np.arange(n))
    drawn = measure_curves(scores, [metric])(weights)[metric]
    found = add_up(split_curve(metric, truth, confidence), n)
    assert np.sqrt((found**2).sum()) == pytest.approx(drawn.std(), rel=0.15)


def place_by_pairs(truth, confidence):
    """Place each case by its definition: psi over all pairs of a positive and a negative one."""
    positive, negative = confidence[truth], confidence[~truth]
    psi = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    return psi.mean(axis=1), psi.mean(axis=0)


@given(st.integers(0, 10_000))
def test_terms_of_an_area_are_the_placements_of_delong(seed):
    truth, confidence = make_table(seed, n=30, decimals=1)
    for term, expected in zip(
        split_curve("auc", truth, confidence), place_by_pairs(truth, confidence), strict=True
    ):
        assert term.values == pytest.approx(expected)


def test_what_has_no_derivative_has_values_that_say_so():
    truth, confidence = make_table(1)
    terms = split_curve("specificity_at_80", truth, confidence)
    assert [len(term.values) for term in terms] == [truth.sum(), (~truth).sum()]
    assert all(np.isnan(term.values).all() for term in terms)


@pytest.mark.parametrize("metric", ["auc", "average_precision", "partial_auc"])
@pytest.mark.parametrize("value", [True, False])
def test_one_class_alone_has_no_terms(metric, value):
    assert split_curve(metric, np.full(6, value), np.linspace(0, 1, 6)) == []
