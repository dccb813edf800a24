"""Terms of metrics of summed counts, against the derivative of the metric itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isiceval.metrics.counts import FORMULAS, CountArrays, split_counts

SUMMED = [name for name in FORMULAS if name != "threshold_jaccard"]
STEP = 1e-6


@pytest.mark.parametrize("metric", SUMMED)
@given(seed=st.integers(0, 10_000), most=st.integers(2, 50))
def test_terms_are_the_derivative(metric, seed, most):
    counts = np.random.default_rng(seed).integers(0, most, (4, 30)).astype(float) + np.eye(4, 30)
    weights = np.hstack([np.ones((30, 1)), 1 + STEP * np.eye(30)])
    values = FORMULAS[metric](CountArrays(*(counts @ weights)))
    (term,) = split_counts(metric, counts, size=2)
    assert term.values.mean() == pytest.approx(values[0], abs=1e-5)
    found = np.zeros(30)
    found[term.places] = (term.values - values[0]) / len(term.values)
    assert found == pytest.approx((values[1:] - values[0]) / STEP, abs=1e-4)
    assert term.low < values[0] < term.high


@pytest.mark.parametrize("metric", SUMMED)
def test_rows_are_counted_where_they_are_in_the_denominator(metric):
    """TP, FP, FN, TN of six rows of a table."""
    cells = np.eye(4)[:, [0, 0, 1, 2, 3, 3]]
    (term,) = split_counts(metric, cells)
    rows = {"sensitivity": [0, 1, 3], "specificity": [2, 4, 5], "ppv": [0, 1, 2]}
    rows |= {"npv": [3, 4, 5], "jaccard": [0, 1, 2, 3], "dice": [0, 1, 2, 3]}
    assert term.places.tolist() == rows.get(metric, list(range(6)))
    if metric in ("sensitivity", "specificity", "ppv", "npv", "accuracy"):
        assert set(term.values.round(12)) == {0, 1}
        assert (term.low, term.high) == pytest.approx((0, 1))


@pytest.mark.parametrize(("metric", "cell"), [("sensitivity", 1), ("ppv", 2), ("matthews", 0)])
def test_what_is_0_by_0_has_no_terms(metric, cell):
    assert split_counts(metric, np.eye(4)[:, [cell] * 5]) == []


@pytest.mark.parametrize("metric", SUMMED)
def test_a_perfect_score_may_fall(metric):
    cells = np.eye(4)[:, [0] * 10 + [3] * 10]
    (term,) = split_counts(metric, cells)
    assert term.values == pytest.approx(1.0, abs=1e-5)
    assert term.low < 0.5
