"""Two teams compared case by case."""

from __future__ import annotations

import math
from dataclasses import astuple, replace
from itertools import product

import numpy as np
import pytest
from scipy.stats import wilcoxon

from isiceval.statistics.bootstrap import Resampling, iter_weights
from isiceval.statistics.comparison import compare_values


def make_pair(n_cases=40, *, gain=0.02, seed=0):
    rng = np.random.default_rng(seed)
    first = rng.beta(8, 2, n_cases)
    return first, first + gain + 0.05 * rng.normal(size=n_cases)


def test_the_difference_is_second_minus_first():
    first, second = make_pair()
    comparison = compare_values(first, second)
    gaps = second - first
    assert comparison.n_cases == 40
    assert comparison.difference == pytest.approx(gaps.mean(), abs=1e-15)
    assert comparison.low < comparison.difference < comparison.high
    assert comparison.effect_size == pytest.approx(gaps.mean() / gaps.std(ddof=1))
    expected = wilcoxon(gaps, zero_method="wilcox", correction=True, method="asymptotic").pvalue
    assert comparison.p_signed_rank == pytest.approx(expected, abs=1e-14)


def test_the_interval_is_that_of_the_drawn_differences():
    first, second = make_pair()
    resampling = Resampling(draws=300, seed=4)
    drawn = [
        np.repeat(second - first, weights).mean()
        for block in iter_weights(40, resampling)
        for weights in block
    ]
    comparison = compare_values(first, second, resampling=resampling)
    ends = np.quantile(drawn, [0.025, 0.975])
    assert (comparison.low, comparison.high) == pytest.approx(tuple(ends))


def test_p_is_near_that_of_all_flips():
    gaps = np.array([0.3, -0.1, 0.25, 0.4, -0.05, 0.2, 0.15, 0.1])
    flips = np.array(list(product([-1, 1], repeat=8))) @ gaps
    exact = np.mean(np.abs(flips) >= abs(gaps.sum()) - 1e-12)
    comparison = compare_values(np.zeros(8), gaps, resampling=Resampling(draws=20_000))
    assert comparison.p_value == pytest.approx(exact, abs=0.01)


def test_p_counts_flips_as_far_and_is_never_zero():
    resampling = Resampling(draws=499)
    clear = compare_values(np.zeros(60), np.full(60, 0.1), resampling=resampling)
    assert clear.p_value == 1 / 500
    # Every flip of a lone difference is exactly as far from 0.
    assert compare_values([0.0], [0.1], resampling=resampling).p_value == 1
    assert compare_values([0.1, 0.2], [0.1, 0.2], resampling=resampling).p_value == 1


def test_p_is_even_where_nothing_differs_but_chance():
    rng = np.random.default_rng(3)
    p_values = [
        compare_values(*rng.random((2, 15)), resampling=Resampling(draws=199)).p_value
        for _ in range(200)
    ]
    assert 0.01 <= np.mean(np.array(p_values) <= 0.05) <= 0.1
    assert 0.4 <= np.mean(np.array(p_values) <= 0.5) <= 0.6


def test_groups_are_flipped_and_drawn_whole():
    rng = np.random.default_rng(6)
    patients = np.repeat(np.arange(8), 10)
    gaps = rng.normal(0.3, 1, 8)[patients]
    free = compare_values(np.zeros(80), gaps)
    clustered = compare_values(np.zeros(80), gaps, resampling=Resampling(groups=patients.tolist()))
    assert clustered.p_value > free.p_value
    assert clustered.high - clustered.low > 2 * (free.high - free.low)


def test_wins_follow_the_direction_of_the_metric():
    first, second = [0.5, 0.5, 0.5, 0.5, np.nan], [0.6, 0.7, 0.4, 0.5, 0.9]
    higher = compare_values(first, second)
    lower = compare_values(first, second, better="lower")
    assert (higher.first_wins, higher.second_wins, higher.ties, higher.n_cases) == (1, 2, 1, 4)
    assert (lower.first_wins, lower.second_wins, lower.ties, lower.n_cases) == (2, 1, 1, 4)
    assert higher.difference == lower.difference == pytest.approx(0.05)


def test_what_differs_by_rounding_alone_is_a_tie():
    found = compare_values([0.1 + 0.2, 0.3, 0.5], [0.3, 0.1 + 0.2, 0.75])
    assert (found.first_wins, found.second_wins, found.ties) == (0, 1, 2)


def test_equal_differences_of_decimals_share_their_rank():
    first, second = np.array([[75, 10, 45, 40], [85, 20, 35, 30]]) / 100
    assert len(set(np.abs(second - first).tolist())) > 1  # all are 0.1, but not quite
    found = compare_values(first, second)
    assert (found.rank_biserial, found.p_signed_rank) == (0.0, 1.0)


def test_undefined_cases_are_left_out():
    first, second = make_pair(20)
    first[3], second[7] = math.nan, math.nan
    kept = ~np.isnan(second - first)
    comparison, expected = (
        compare_values(first, second),
        compare_values(first[kept], second[kept]),
    )
    assert comparison.n_cases == expected.n_cases == 18
    assert comparison.difference == expected.difference
    assert comparison.effect_size == expected.effect_size
    assert comparison.p_signed_rank == expected.p_signed_rank


def test_exchanging_the_teams_turns_the_signs():
    first, second = make_pair()
    there, back = compare_values(first, second), compare_values(second, first)
    assert back.difference == -there.difference
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))
    assert back.effect_size == -there.effect_size
    assert back.rank_biserial == -there.rank_biserial
    assert (back.p_value, back.p_signed_rank) == (there.p_value, there.p_signed_rank)
    assert (back.first_wins, back.second_wins) == (there.second_wins, there.first_wins)


@pytest.mark.parametrize(
    ("first", "second"), [([0.5], [0.6]), ([0.1, 0.2], [0.1, 0.2]), ([0.1, 0.7], [0.2, 0.8])]
)
def test_differences_that_do_not_vary_have_no_effect_size(first, second):
    assert math.isnan(compare_values(first, second).effect_size)


def test_equal_teams_differ_in_nothing():
    comparison = compare_values([0.1, 0.2, 0.3], [0.1, 0.2, 0.3])
    assert (comparison.difference, comparison.low, comparison.high) == (0, 0, 0)
    assert (comparison.p_value, comparison.p_signed_rank) == (1, 1)
    assert math.isnan(comparison.rank_biserial)
    assert comparison.ties == 3


def test_the_signed_rank_test_is_of_the_mean_difference_of_each_group():
    first, second = make_pair()
    groups = [place % 6 for place in range(len(first))]
    found = compare_values(first, second, resampling=Resampling(draws=100, groups=groups))
    gaps = np.asarray(second) - np.asarray(first)
    means = [np.nanmean(gaps[cluster::6]) for cluster in range(6)]
    expected = wilcoxon(means, correction=True, method="asymptotic").pvalue
    assert found.p_signed_rank == pytest.approx(expected, abs=1e-12)
    assert found.p_signed_rank != compare_values(first, second).p_signed_rank


def test_every_number_is_a_plain_one():
    numbers = astuple(replace(compare_values(*make_pair()), p_delong=0.5))
    assert {type(number) for number in numbers} == {int, float}


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        ([1, 2], [1, 2, 3], r"two rows of equal length are needed, not \(2,\) and \(3,\)"),
        ([[1, 2]], [[1, 2]], "two rows of equal length"),
        ([np.nan, 1], [1, np.nan], "no case is defined for both teams"),
        ([], [], "no case is defined for both teams"),
    ],
)
def test_what_cannot_be_compared_is_refused(first, second, sentence):
    with pytest.raises(ValueError, match=sentence):
        compare_values(first, second)
