"""Intervals of scores and ranks against brute force, theory and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from isiceval.metrics.arrays import make_mean
from isiceval.statistics import stability as statistics
from isiceval.statistics.bootstrap import Resampling, bootstrap, iter_weights
from isiceval.statistics.ranking import list_methods, rank_teams
from isiceval.statistics.stability import (
    correlate_rankings,
    estimate_interval,
    estimate_intervals,
    estimate_rank_stability,
    find_percentiles,
)


def make_values(n_teams, n_cases, *, seed=0, step=0.02):
    rng = np.random.default_rng(seed)
    return np.clip(rng.beta(8, 2, (n_teams, n_cases)) - step * np.arange(n_teams)[:, None], 0, 1)


@pytest.mark.parametrize("center", ["mean", "median"])
def test_intervals_are_percentiles_over_the_drawn_cases(center):
    values = make_values(3, 15)
    values[1, 4:6] = np.nan
    resampling = Resampling(draws=200, seed=3)
    function = {"mean": np.nanmean, "median": np.nanmedian}[center]
    drawn = [
        [function(np.repeat(row, weights)) for row in values]
        for block in iter_weights(15, resampling)
        for weights in block
    ]
    intervals = estimate_intervals(values, center=center, resampling=resampling, level=0.9)
    assert intervals.estimate == pytest.approx(function(values, axis=1), abs=1e-14)
    assert intervals.low == pytest.approx(np.quantile(drawn, 0.05, axis=0), abs=1e-14)
    assert intervals.high == pytest.approx(np.quantile(drawn, 0.95, axis=0), abs=1e-14)


@pytest.mark.parametrize("n_cases", [50, 100, 400])
def test_intervals_cover_the_mean_about_as_often_as_they_say(n_cases):
    populations = np.random.default_rng(n_cases).beta(8, 2, (400, n_cases))
    intervals = estimate_intervals(populations)
    covered = np.mean((intervals.low <= 0.8) & (intervals.high >= 0.8))
    assert 0.91 <= covered <= 0.985


def test_intervals_of_clusters_cover_where_those_of_cases_do_not():
    rng = np.random.default_rng(5)
    patients = np.repeat(np.arange(60), 5)
    populations = rng.normal(size=(300, 60))[:, patients] + 0.3 * rng.normal(size=(300, 300))
    covered = {}
    for clusters in (None, patients.tolist()):
        intervals = estimate_intervals(populations, resampling=Resampling(clusters=clusters))
        covered[clusters is None] = np.mean((intervals.low <= 0) & (intervals.high >= 0))
    assert covered[True] < 0.75
    assert covered[False] > 0.9


def test_strata_take_the_spread_between_them_out_of_the_interval():
    values = np.concatenate([np.zeros(20), np.ones(20)])[None, :]
    free = estimate_intervals(values)
    stratified = estimate_intervals(values, resampling=Resampling(strata=values[0].tolist()))
    assert free.low[0] < 0.5 < free.high[0]
    assert stratified.low[0] == stratified.estimate[0] == stratified.high[0] == 0.5


def test_a_team_without_a_defined_case_has_no_interval():
    intervals = estimate_intervals([[np.nan, np.nan], [0.25, 0.25]])
    assert np.isnan([intervals.estimate[0], intervals.low[0], intervals.high[0]]).all()
    assert intervals.low[1] == intervals.high[1] == 0.25


def test_draws_without_a_defined_case_do_not_count():
    intervals = estimate_intervals([[0.5, np.nan, np.nan]])
    assert (intervals.low[0], intervals.high[0]) == (0.5, 0.5)


def test_any_statistic_has_an_interval():
    truth = np.array([0, 0, 1, 0, 1, 1, 0, 1])
    confidence = np.array([0.1, 0.6, 0.4, 0.3, 0.8, 0.9, 0.2, 0.7])
    wins = (confidence[:, None] > confidence) * (truth[:, None] > truth)

    def auc(weights):
        pairs = (weights * truth).sum(axis=1) * (weights * (1 - truth)).sum(axis=1)
        won = np.einsum("bi,ij,bj->b", weights, wins, weights)
        return np.divide(won, pairs, out=np.full(len(weights), np.nan), where=pairs > 0)

    interval = estimate_interval(auc, 8)
    assert float(interval.estimate) == 15 / 16
    assert interval.low.shape == interval.high.shape == ()
    assert 0 < interval.low < 15 / 16 < interval.high == 1


def test_percentiles_keep_the_shape_of_what_is_drawn():
    draws = np.arange(101.0)[:, None, None] * np.array([[1.0, 2.0, 3.0], [4.0, 5.0, np.nan]])
    low, high = find_percentiles(draws)
    assert low == pytest.approx(np.array([[2.5, 5, 7.5], [10, 12.5, np.nan]]), nan_ok=True)
    assert high == pytest.approx(np.array([[97.5, 195, 292.5], [390, 487.5, np.nan]]), nan_ok=True)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_is_a_share(level):
    with pytest.raises(ValueError, match=f"level must be between 0 and 1, not {level}"):
        estimate_intervals([[1.0, 2.0]], level=level)


@pytest.mark.parametrize("method", list_methods())
def test_stability_sums_up_the_ranks_of_every_draw(method):
    values = np.round(make_values(4, 12), 1)
    resampling = Resampling(draws=60, seed=2)
    drawn = np.array(
        [
            rank_teams(np.repeat(values, weights, axis=1), method).ranks
            for block in iter_weights(12, resampling)
            for weights in block
        ]
    )
    stability = estimate_rank_stability(values, method, resampling=resampling)
    assert stability.method == method
    assert stability.ranks.tolist() == rank_teams(values, method).ranks.tolist()
    assert stability.p_first == pytest.approx((drawn == 1).mean(axis=0))
    for rank in range(1, 5):
        assert stability.frequencies[:, rank - 1] == pytest.approx((drawn == rank).mean(axis=0))
    inside = (drawn >= stability.low) & (drawn <= stability.high)
    assert (inside.mean(axis=0) >= 0.95).all()
    for team in range(4):
        ordered = np.sort(drawn[:, team])
        assert (stability.low[team], stability.high[team]) == (ordered[1], ordered[58])


@pytest.mark.parametrize("method", ["mean_then_rank", "rank_then_mean"])
def test_stability_agrees_with_a_bootstrap_of_its_own_making(method):
    values = make_values(5, 40, step=0.01)
    rng = np.random.default_rng(99)
    drawn = np.array(
        [rank_teams(values[:, rng.integers(0, 40, 40)], method).ranks for _ in range(2000)]
    )
    stability = estimate_rank_stability(values, method, resampling=Resampling(draws=4000))
    expected = np.stack([(drawn == rank).mean(axis=0) for rank in range(1, 6)], axis=1)
    assert np.abs(stability.frequencies - expected).max() < 0.05
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    assert np.abs(stability.low - low).max() <= 1
    assert np.abs(stability.high - high).max() <= 1


def test_equal_teams_share_every_rank():
    row = make_values(1, 33)
    stability = estimate_rank_stability(np.vstack([row, row, row - 0.1, row]))
    assert stability.ranks.tolist() == [1, 1, 4, 1]
    assert stability.low.tolist() == stability.high.tolist() == [1, 1, 4, 1]
    assert stability.p_first.tolist() == [1, 1, 0, 1]
    assert (stability.tau == 1).all()


def test_where_all_teams_are_equal_no_tau_is_defined():
    stability = estimate_rank_stability(np.full((3, 5), 0.5))
    assert np.isnan(stability.tau).all()
    assert stability.p_first.tolist() == [1, 1, 1]


def test_lower_values_rank_first_where_they_are_better():
    values = np.array([[0.9, 0.8], [0.1, 0.2]])
    assert estimate_rank_stability(values, better="lower").p_first.tolist() == [0, 1]
    assert estimate_rank_stability(values).p_first.tolist() == [1, 0]


def test_the_rank_of_undefined_cases_is_passed_on():
    values = [[0.9, np.nan, np.nan], [0.8, 0.2, 0.3]]
    omitted = estimate_rank_stability(values, "rank_then_mean")
    worst = estimate_rank_stability(values, "rank_then_mean", undefined="worst")
    assert omitted.ranks.tolist() == [1, 2]
    assert worst.ranks.tolist() == [2, 1]


def test_the_seed_and_the_level_are_heeded():
    values = make_values(4, 30, step=0.01)
    one = estimate_rank_stability(values, resampling=Resampling(seed=1))
    again = estimate_rank_stability(values, resampling=Resampling(seed=1))
    other = estimate_rank_stability(values, resampling=Resampling(seed=2))
    narrow = estimate_rank_stability(values, resampling=Resampling(seed=1), level=0.2)
    assert np.array_equal(one.frequencies, again.frequencies)
    assert not np.array_equal(one.frequencies, other.frequencies)
    assert ((narrow.low >= one.low) & (narrow.high <= one.high)).all()
    assert (narrow.high - narrow.low).sum() < (one.high - one.low).sum()


def test_clusters_widen_the_interval_of_ranks():
    rng = np.random.default_rng(8)
    patients = np.repeat(np.arange(20), 10)
    values = rng.normal(size=(5, 20))[:, patients] * 0.2 + 0.02 * rng.normal(size=(5, 200))
    free = estimate_rank_stability(values)
    clustered = estimate_rank_stability(values, resampling=Resampling(clusters=patients.tolist()))
    assert (clustered.high - clustered.low).sum() > (free.high - free.low).sum()


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
        patch.setattr(statistics, "_BLOCK", block)
        tau = correlate_rankings(reference, np.array(others))
    for found, other in zip(tau, others, strict=True):
        constant = len(set(reference)) == 1 or len(set(other)) == 1
        expected = np.nan if constant else kendalltau(reference, other).statistic
        assert found == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_a_lone_team_has_no_order_to_keep():
    stability = estimate_rank_stability([[0.5, 0.6]])
    assert np.isnan(stability.tau).all()
    assert stability.p_first.tolist() == [1]


@pytest.mark.parametrize("value", [0.25, np.nan])
def test_the_interval_of_one_case_is_that_of_its_draws(value):
    mean = make_mean([[value]])
    interval = estimate_interval(mean, 1)
    low, high = find_percentiles(bootstrap(mean, 1, Resampling()))
    assert np.array_equal(interval.low, low, equal_nan=True)
    assert np.array_equal(interval.high, high, equal_nan=True)
