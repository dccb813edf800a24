"""Rank stability against brute force and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau, rankdata

from isiceval.metrics.arrays import as_costs, make_mean
from isiceval.statistics import ranking
from isiceval.statistics.bootstrap import Resampling, iter_weights, resample
from isiceval.statistics.ranking import compute_tau, measure_stability, rank_teams


def make_values(n_teams, n_cases, *, seed=0, step=0.02):
    rng = np.random.default_rng(seed)
    return np.clip(rng.beta(8, 2, (n_teams, n_cases)) - step * np.arange(n_teams)[:, None], 0, 1)


def measure(values, *, better="higher", **choices):
    """Measure how the ranks by the mean change over the draws."""
    mean, n_cases = make_mean(values), np.shape(values)[1]
    costs = as_costs(mean(np.ones((1, n_cases), dtype=int))[0], better)
    drawn = as_costs(resample(mean, n_cases, Resampling(**choices)), better)
    return measure_stability(costs, drawn)


def test_stability_sums_up_the_ranks_of_every_draw():
    values = np.round(make_values(4, 12), 1)
    drawn = np.array(
        [
            rank_teams(np.repeat(values, weights, axis=1), "mean_then_rank").ranks
            for block in iter_weights(12, Resampling(draws=60, seed=2))
            for weights in block
        ]
    )
    found = measure(values, draws=60, seed=2)
    for rank in range(1, 5):
        assert found.frequencies[:, rank - 1] == pytest.approx((drawn == rank).mean(axis=0))
    inside = (drawn >= found.low) & (drawn <= found.high)
    assert (inside.mean(axis=0) >= 0.95).all()
    for team in range(4):
        ordered = np.sort(drawn[:, team])
        assert (found.low[team], found.high[team]) == (ordered[1], ordered[58])


def test_stability_agrees_with_a_bootstrap_of_its_own_making():
    values = make_values(5, 40, step=0.01)
    rng = np.random.default_rng(99)
    drawn = np.array(
        [
            rankdata(-values[:, rng.integers(0, 40, 40)].mean(axis=1), method="min")
            for _ in range(2000)
        ]
    )
    found = measure(values, draws=4000)
    expected = np.stack([(drawn == rank).mean(axis=0) for rank in range(1, 6)], axis=1)
    assert np.abs(found.frequencies - expected).max() < 0.05
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    assert np.abs(found.low - low).max() <= 1
    assert np.abs(found.high - high).max() <= 1


def test_equal_teams_share_every_rank():
    row = make_values(1, 33)
    found = measure(np.vstack([row, row, row - 0.1, row]))
    assert found.low.tolist() == found.high.tolist() == [1, 1, 4, 1]
    assert found.frequencies[:, 0].tolist() == [1, 1, 0, 1]
    assert found.tau == 1


def test_where_all_teams_are_equal_no_tau_is_defined():
    found = measure(np.full((3, 5), 0.5))
    assert found.tau is None
    assert found.frequencies[:, 0].tolist() == [1, 1, 1]


def test_lower_values_rank_first_where_they_are_better():
    values = np.array([[0.9, 0.8], [0.1, 0.2]])
    assert measure(values, better="lower").frequencies[:, 0].tolist() == [0, 1]
    assert measure(values).frequencies[:, 0].tolist() == [1, 0]


def test_a_team_without_a_score_is_last_in_that_draw():
    drawn = np.array([[0.1, np.nan], [0.2, 0.1]])
    found = measure_stability(np.array([0.1, 0.2]), drawn)
    assert found.frequencies.tolist() == [[0.5, 0.5], [0.5, 0.5]]


def test_the_seed_is_heeded():
    values = make_values(4, 30, step=0.01)
    one, again, other = (measure(values, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.frequencies, again.frequencies)
    assert not np.array_equal(one.frequencies, other.frequencies)


def test_groups_widen_the_interval_of_ranks():
    rng = np.random.default_rng(8)
    patients = np.repeat(np.arange(20), 10)
    values = rng.normal(size=(5, 20))[:, patients] * 0.2 + 0.02 * rng.normal(size=(5, 200))
    free, grouped = measure(values), measure(values, groups=patients.tolist())
    assert (grouped.high - grouped.low).sum() > (free.high - free.low).sum()


@given(
    st.integers(2, 6).flatmap(
        lambda n: st.lists(
            st.lists(st.integers(1, 4), min_size=n, max_size=n), min_size=2, max_size=4
        )
    ),
    st.sampled_from([1, 2**22]),
)
def test_tau_is_that_of_scipy(rankings, block):
    reference, *others = (np.array(ranking) for ranking in rankings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "_BLOCK", block)
        tau = compute_tau(reference, np.array(others))
    for found, other in zip(tau, others, strict=True):
        constant = len(set(reference)) == 1 or len(set(other)) == 1
        expected = np.nan if constant else kendalltau(reference, other).statistic
        assert found == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_a_lone_team_has_no_order_to_keep():
    found = measure([[0.5, 0.6]])
    assert found.tau is None
    assert found.frequencies[:, 0].tolist() == [1]
