"""DeLong against its definition and its own example, McNemar against SciPy, the bootstrap's p."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from isiceval.metrics.arrays import Aggregator
from isiceval.statistics.bootstrap import Resampling
from isiceval.statistics.significance import (
    compute_bootstrap_p,
    compute_delong_matrix,
    compute_delong_p,
    compute_mcnemar_p,
    compute_p_values,
)
from tests.builders import auc

# DeLong et al. 1988: 43 patients with ovarian cancer (albumin, total protein, K-G score, benefit),
# as the SAS/STAT User's Guide prints them beside "Comparing Receiver Operating Characteristic
# Curves" of PROC LOGISTIC.
OVARIAN = """
3.0 5.8 10 0  3.2 6.3 5 1  3.9 6.8 3 1  2.8 4.8 6 0  3.2 5.8 3 1  0.9 4.0 5 0  2.5 5.7 8 0
1.6 5.6 5 1  3.8 5.7 5 1  3.7 6.7 6 1  3.2 5.4 4 1  3.8 6.6 6 1  4.1 6.6 5 1  3.6 5.7 5 1
4.3 7.0 4 1  3.6 6.7 4 0  2.3 4.4 6 1  4.2 7.6 4 0  4.0 6.6 6 0  3.5 5.8 6 1  3.8 6.8 7 1
3.0 4.7 8 0  4.5 7.4 5 1  3.7 7.4 5 1  3.1 6.6 6 1  4.1 8.2 6 1  4.3 7.0 5 1  4.3 6.5 4 1
3.2 5.1 5 1  2.6 4.7 6 1  3.3 6.8 6 0  1.7 4.0 7 0  3.7 6.1 5 1  3.3 6.3 7 1  4.2 7.7 6 1
3.5 6.2 5 1  2.9 5.7 9 0  2.1 4.8 7 1  2.8 6.2 8 0  4.0 7.0 7 1  3.3 5.7 6 1  3.7 6.9 5 1
3.6 6.6 5 1
"""


def place_by_pairs(truth, confidence):
    """Place each case by its definition: psi over all pairs of a positive and a negative one."""
    positive, negative = confidence[truth], confidence[~truth]
    psi = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    return psi.mean(axis=1), psi.mean(axis=0)


def compare_by_pairs(truth, first, second):
    """Return z of the difference of two areas, from the covariances of the placements."""
    placed = [place_by_pairs(truth, row) for row in (first, second)]
    covariance = sum(np.cov([placed[0][k], placed[1][k]]) / len(placed[0][k]) for k in (0, 1))
    difference = placed[0][0].mean() - placed[1][0].mean()
    return difference / math.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])


def test_the_example_of_its_authors():
    albumin, protein, score, benefit = np.array(OVARIAN.split(), float).reshape(-1, 4).T
    truth, score = benefit == 1, 10 - score
    areas = [auc(truth, confidence) for confidence in (albumin, protein, score)]
    assert [round(area, 4) for area in areas] == [0.7366, 0.6478, 0.7258]
    # "ROC Contrast Estimation": albumin - K-G score p 0.9102, total protein - K-G score p 0.4561.
    assert round(compute_delong_p(truth, score, albumin), 4) == 0.9102
    assert round(compute_delong_p(truth, score, protein), 4) == 0.4561


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3))
def test_delong_is_its_definition(seed, digits):
    generator = np.random.default_rng(seed)
    truth = np.array([True, True, False, False, *(generator.random(26) < 0.4)])
    rows = (generator.random((3, 30)) + 0.2 * truth).round(digits)
    found = compute_delong_matrix(truth, rows)
    assert np.isnan(np.diag(found)).all()
    for one in range(3):
        for other in range(3):
            if one != other:
                z = compare_by_pairs(truth, rows[one], rows[other])
                assert found[one, other] == pytest.approx(norm.sf(z), abs=1e-9)
    z = compare_by_pairs(truth, rows[0], rows[1])
    assert compute_delong_p(truth, rows[0], rows[1]) == pytest.approx(2 * norm.sf(abs(z)), abs=1e-9)


def test_delong_keeps_its_level_where_there_is_no_difference():
    generator = np.random.default_rng(3)
    truth = np.arange(120) % 3 == 0
    p_values = []
    for _ in range(400):
        signal = truth + generator.normal(size=120)
        first, second = (signal + generator.normal(size=120) for _ in range(2))
        p_values.append(compute_delong_p(truth, first, second))
    assert 0.02 <= np.mean(np.array(p_values) <= 0.05) <= 0.09


def test_equal_confidences_cannot_be_told_apart():
    truth = np.array([0, 1, 0, 1, 1])
    row = np.array([0.1, 0.4, 0.3, 0.2, 0.9])
    assert compute_delong_matrix(truth, [row, row])[0, 1] == 1.0
    assert compute_delong_p(truth, row, row) == 1.0


def test_where_delong_has_no_variance_it_says_nothing():
    truth = np.array([0, 0, 1, 1])
    assert math.isnan(compute_delong_p(truth, truth, np.zeros(4)))
    assert math.isnan(compute_delong_p([0, 1, 0], [0.1, 0.2, 0.3], [0.3, 0.2, 0.1]))
    assert math.isnan(compute_delong_p([0, 0, 0], [0.1, 0.2, 0.3], [0.3, 0.2, 0.1]))


@given(st.integers(0, 300), st.integers(0, 300))
def test_mcnemar_is_the_binomial_test(only_first, only_second):
    found = compute_mcnemar_p(only_first, only_second)
    total = only_first + only_second
    expected = binomtest(only_first, total).pvalue if total else 1.0
    assert found == pytest.approx(expected, abs=1e-12)


def test_p_of_draws_counts_those_that_do_not_reach():
    draws = np.concatenate([np.full(97, 0.2), [-0.1, 0.0, np.nan]])
    assert compute_bootstrap_p(draws, 0.19, n_units=50) == pytest.approx((3 / 100, 99 / 100))
    assert compute_bootstrap_p(-draws, -0.19, n_units=50) == pytest.approx((99 / 100, 3 / 100))
    assert compute_bootstrap_p(np.full(10, np.nan), math.nan, n_units=50) == (1.0, 1.0)
    assert compute_bootstrap_p(np.zeros(10), 0.0, n_units=50) == (1.0, 1.0)


def test_beyond_all_draws_p_is_the_tail_of_a_normal():
    draws = np.random.default_rng(0).normal(5.0, 1.0, 1000)
    assert draws.min() > 0
    found, _ = compute_bootstrap_p(draws, 5.0, n_units=50)
    assert found == pytest.approx(norm.sf(5.0 / draws.std(ddof=1)), rel=1e-9)
    assert compute_bootstrap_p(np.full(1000, 0.5), 0.5, n_units=50)[0] == pytest.approx(1 / 1001)


def test_few_units_prove_nothing():
    draws = np.random.default_rng(0).normal(5.0, 0.1, 1000)
    assert compute_bootstrap_p(draws, 5.0, n_units=3) == (1 / 8, 1.0)


def test_rounding_is_no_difference():
    assert compute_bootstrap_p(np.full(100, 1e-16), 1e-16, n_units=50) == (1.0, 1.0)


def test_the_map_of_draws_is_of_ordered_pairs():
    generator = np.random.default_rng(1)
    draws = generator.normal([0.5, 0.45, 0.1], 0.05, (500, 3))
    values = np.array([0.5, 0.45, 0.1])
    # Of a team whose score is neither a mean over units nor an area under one ROC curve.
    team = Aggregator(units=("a",), names=("dice",), evaluate=lambda drawn: drawn * 0.5)
    test, found = compute_p_values(
        "dice", [team] * 3, -values, -draws, resampling=Resampling(), n_units=40
    )
    assert test == "one-sided paired bootstrap"
    assert np.isnan(np.diag(found)).all()
    for one in range(3):
        for other in range(3):
            if one != other:
                difference = draws[:, one] - draws[:, other]
                observed = values[one] - values[other]
                expected, _ = compute_bootstrap_p(difference, observed, n_units=40)
                assert found[one, other] == expected
    assert found[0, 2] < 0.001
    assert found[0, 1] > 0.05
