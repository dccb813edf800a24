"""Sums, means and medians of draws, ranks with ties, and what a matrix may hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import rankdata

from isiceval.metrics.arrays import as_costs, as_matrix, make_mean, make_median, make_sum, rank_rows
from isiceval.statistics.bootstrap import Resampling, resample

matrices = arrays.arrays(
    float,
    arrays.array_shapes(min_dims=2, max_dims=2, max_side=8),
    elements=st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 1.0]) | st.floats(-10, 10),
)


@pytest.mark.parametrize(("ties", "name"), [("lowest", "min"), ("average", "average")])
@given(matrix=matrices)
def test_ranks_are_those_of_scipy(matrix, ties, name):
    assert np.array_equal(rank_rows(matrix, ties=ties), rankdata(matrix, method=name, axis=1))


def test_nan_counts_as_the_largest_and_is_left_as_it_was():
    costs = np.array([[np.nan, 0.5, np.nan, 0.1]])
    assert rank_rows(costs).tolist() == [[3, 2, 3, 1]]
    assert rank_rows(costs, ties="average").tolist() == [[3.5, 2, 3.5, 1]]
    assert np.isnan(costs).sum() == 2


def test_only_exactly_equal_values_are_tied():
    assert rank_rows(np.array([[0.3, 0.1 + 0.2]])).tolist() == [[1, 2]]


def test_ranks_of_three_dimensions_go_along_the_last():
    costs = np.arange(12.0).reshape(2, 2, 3)
    assert rank_rows(costs).tolist() == [[[1, 2, 3]] * 2] * 2


def test_high_values_cost_little_where_higher_is_better():
    values = np.array([1.0, 2.0])
    assert as_costs(values, "higher").tolist() == [-1, -2]
    assert as_costs(values, "lower").tolist() == [1, 2]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ([1, 2], "teams x cases, not 2$"),
        (3, "not a single number$"),
        (np.zeros((2, 0)), "not 2 x 0$"),
        ([[1, np.inf]], "must be finite"),
    ],
)
def test_what_is_no_matrix_is_refused(values, sentence):
    with pytest.raises(ValueError, match=sentence):
        as_matrix(values)


values = st.lists(
    st.lists(st.floats(0, 1) | st.just(math.nan), min_size=4, max_size=4), min_size=1, max_size=4
).map(np.array)
weight_rows = st.lists(
    st.lists(st.integers(0, 3), min_size=4, max_size=4), min_size=1, max_size=5
).map(np.array)


def repeat(row, weights):
    repeated = np.repeat(row, weights)
    return repeated[~np.isnan(repeated)]


@given(values, weight_rows)
def test_a_mean_is_that_of_the_cases_as_often_as_drawn(matrix, weights):
    means = make_mean(matrix)(weights)
    for row, counts in enumerate(weights):
        for team, cases in enumerate(matrix):
            drawn = repeat(cases, counts)
            expected = math.fsum(drawn) / len(drawn) if len(drawn) else math.nan
            assert means[row, team] == pytest.approx(expected, abs=1e-15, nan_ok=True)


@given(values, weight_rows)
def test_a_median_is_that_of_the_cases_as_often_as_drawn(matrix, weights):
    medians = make_median(matrix)(weights)
    for row, counts in enumerate(weights):
        for team, cases in enumerate(matrix):
            drawn = repeat(cases, counts)
            expected = np.median(drawn) if len(drawn) else math.nan
            assert medians[row, team] == pytest.approx(expected, abs=0, nan_ok=True)


@given(values, weight_rows, st.randoms(use_true_random=False))
def test_the_order_of_the_cases_moves_no_digit(matrix, weights, random):
    order = random.sample(range(4), 4)
    for make in (make_mean, make_median, make_sum):
        before, after = make(matrix)(weights), make(matrix[:, order])(weights[:, order])
        assert np.array_equal(before, after, equal_nan=True)


def test_equal_teams_are_exactly_equal_in_every_draw():
    row = np.random.default_rng(0).random(101)
    matrix = np.tile(row, (7, 1))
    for make in (make_mean, make_median):
        drawn = resample(make(matrix), 101, Resampling(draws=50))
        assert (drawn == drawn[:, :1]).all()


def test_a_sum_without_middle_part_keeps_its_finest():
    value = 0.5 + 2.0**-53
    total = make_sum([[value, 0.0]])(np.array([[1, 5], [3, 0]]))
    assert total[:, 0].tolist() == [value, math.fsum([value] * 3)]


@pytest.mark.parametrize("scale", [1e-300, 1e-6, 1.0, 3e7, 1e300])
def test_sums_are_good_to_the_last_digits_at_any_scale(scale):
    row = np.random.default_rng(1).normal(size=500) * scale
    total = make_sum(row[None, :])(np.ones((1, 500), dtype=int))[0, 0]
    assert abs(total - math.fsum(row)) <= 500 * 2.0**-53 * np.abs(row).max()


@given(values, weight_rows)
def test_a_sum_is_the_exactly_rounded_one(matrix, weights):
    matrix = np.round(matrix, 3)
    totals = make_sum(matrix)(weights)
    for row, counts in zip(totals, weights, strict=True):
        assert row.tolist() == [math.fsum(repeat(cases, counts)) for cases in matrix]


def test_decimals_that_add_up_to_the_same_are_tied():
    matrix = [[0.1, 0.2, 0.3, 0.7], [0.3, 0.3, 0.3, 0.4], [0.9, 0.2, 0.1, 0.1]]
    assert len(set(make_sum(matrix)(np.array([[1, 1, 1, 1]]))[0])) == 1


def test_a_team_of_zeros_has_zero():
    assert make_mean([[0.0, 0.0]])(np.array([[1, 1]])).tolist() == [[0.0]]
