"""Percentile intervals of the draws against brute force, theory and simulation."""

from __future__ import annotations

import numpy as np
import pytest

from isiceval.metrics.arrays import make_mean, make_median
from isiceval.statistics.bootstrap import Resampling, compute_percentiles, iter_weights, resample


def estimate(values, make=make_mean, **choices):
    """Return the ends of the interval of each team."""
    n_cases = np.shape(values)[1]
    return compute_percentiles(resample(make(values), n_cases, Resampling(**choices)))


@pytest.mark.parametrize(
    ("make", "function"), [(make_mean, np.nanmean), (make_median, np.nanmedian)]
)
def test_intervals_are_percentiles_over_the_drawn_cases(make, function):
    values = np.clip(np.random.default_rng(0).beta(8, 2, (3, 15)), 0, 1)
    values[1, 4:6] = np.nan
    drawn = [
        [function(np.repeat(row, weights)) for row in values]
        for block in iter_weights(15, Resampling(draws=200, seed=3))
        for weights in block
    ]
    low, high = estimate(values, make, draws=200, seed=3)
    assert low == pytest.approx(np.quantile(drawn, 0.025, axis=0), abs=1e-14)
    assert high == pytest.approx(np.quantile(drawn, 0.975, axis=0), abs=1e-14)


@pytest.mark.parametrize("n_cases", [50, 100, 400])
def test_intervals_cover_the_mean_about_as_often_as_they_say(n_cases):
    low, high = estimate(np.random.default_rng(n_cases).beta(8, 2, (400, n_cases)))
    assert 0.91 <= np.mean((low <= 0.8) & (high >= 0.8)) <= 0.985


def test_intervals_of_groups_cover_where_those_of_cases_do_not():
    rng = np.random.default_rng(5)
    patients = np.repeat(np.arange(60), 5)
    populations = rng.normal(size=(300, 60))[:, patients] + 0.3 * rng.normal(size=(300, 300))
    covered = {}
    for groups in (None, patients.tolist()):
        low, high = estimate(populations, groups=groups)
        covered[groups is None] = np.mean((low <= 0) & (high >= 0))
    assert covered[True] < 0.75
    assert covered[False] > 0.9


def test_strata_take_the_spread_between_them_out_of_the_interval():
    values = np.concatenate([np.zeros(20), np.ones(20)])[None, :]
    low, high = estimate(values)
    assert low[0] < 0.5 < high[0]
    low, high = estimate(values, strata=values[0].tolist())
    assert low[0] == high[0] == 0.5


def test_a_team_without_a_defined_case_has_no_interval():
    low, high = estimate([[np.nan, np.nan], [0.25, 0.25]])
    assert np.isnan([low[0], high[0]]).all()
    assert low[1] == high[1] == 0.25


def test_draws_without_a_defined_case_do_not_count():
    low, high = estimate([[0.5, np.nan, np.nan]])
    assert (low[0], high[0]) == (0.5, 0.5)


def test_percentiles_keep_the_shape_of_what_is_drawn():
    draws = np.arange(101.0)[:, None, None] * np.array([[1.0, 2.0, 3.0], [4.0, 5.0, np.nan]])
    low, high = compute_percentiles(draws)
    assert low == pytest.approx(np.array([[2.5, 5, 7.5], [10, 12.5, np.nan]]), nan_ok=True)
    assert high == pytest.approx(np.array([[97.5, 195, 292.5], [390, 487.5, np.nan]]), nan_ok=True)
