"""Ranks with ties, and what may stand in a matrix."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import rankdata

from isiceval.metrics.arrays import as_matrix
from isiceval.statistics.ordering import as_costs, rank_rows

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


def test_unknown_choices_are_refused():
    with pytest.raises(ValueError, match="better must be 'higher' or 'lower', not 'up'"):
        as_costs(np.zeros(2), "up")
    with pytest.raises(ValueError, match="ties must be 'lowest' or 'average', not 'min'"):
        rank_rows(np.zeros((1, 2)), ties="min")
