"""Draws of the cases, and aggregates of a draw."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isiceval.metrics.arrays import make_mean, make_median, make_sum
from isiceval.statistics import bootstrap as resampling
from isiceval.statistics.bootstrap import Resampling, bootstrap, iter_signs, iter_weights


def draw(n_cases, **choices):
    return np.concatenate(list(iter_weights(n_cases, Resampling(**choices))))


def test_the_seed_fixes_the_draws():
    expected = [[0, 2, 0, 2, 1], [1, 0, 1, 1, 2], [0, 3, 2, 0, 0]]
    assert draw(5, draws=3, seed=7).tolist() == expected
    assert draw(5, draws=3, seed=8).tolist() != expected


def test_more_draws_begin_with_the_same_ones():
    assert np.array_equal(draw(7, draws=40)[:15], draw(7, draws=15))


@pytest.mark.parametrize("block", [1, 20, 1000])
def test_the_size_of_the_blocks_moves_nothing(monkeypatch, block):
    labels = list("aabbbcd")
    expected = draw(7, draws=25, clusters=labels)
    signs = np.concatenate(list(iter_signs(7, Resampling(draws=25))))
    monkeypatch.setattr(resampling, "_BLOCK", block)
    assert np.array_equal(draw(7, draws=25, clusters=labels), expected)
    assert np.array_equal(np.concatenate(list(iter_signs(7, Resampling(draws=25)))), signs)


def test_blocks_are_bounded_whatever_the_number_of_draws(monkeypatch):
    monkeypatch.setattr(resampling, "_BLOCK", 30)
    sizes = [block.shape for block in iter_weights(10, Resampling(draws=7))]
    assert sizes == [(3, 10), (3, 10), (1, 10)]


def test_every_draw_takes_as_many_cases_as_there_are():
    weights = draw(9, draws=200)
    assert weights.shape == (200, 9)
    assert (weights.sum(axis=1) == 9).all()
    assert weights.min() == 0


def test_every_case_is_as_likely():
    weights = draw(20, draws=20_000)
    assert np.abs(weights.mean(axis=0) - 1).max() < 0.03
    assert np.abs(weights.var(axis=0) - 19 / 20).max() < 0.05
    pairs = np.corrcoef(weights.T)[np.triu_indices(20, k=1)]
    assert np.abs(pairs + 1 / 19).max() < 0.04


def test_clusters_are_drawn_whole():
    labels = ["p1", "p2", "p1", "p3", "p2", "p1"]
    weights = draw(6, draws=300, clusters=labels)
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, 0] == weights[:, 5]).all()
    assert (weights[:, 1] == weights[:, 4]).all()
    assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all()
    assert len(np.unique(weights.sum(axis=1))) > 1


def test_each_stratum_keeps_its_number_of_cases():
    labels = np.array(list("xyxzyx"))
    weights = draw(6, draws=300, strata=list(labels))
    for label, size in Counter(labels.tolist()).items():
        assert (weights[:, labels == label].sum(axis=1) == size).all()
    assert (weights[:, 3] == 1).all()
    assert all(weights[:, place].max() > 1 for place in (0, 1, 2, 4, 5))


def test_clusters_are_drawn_within_strata():
    clusters = [1, 1, 2, 3, 3, 4]
    weights = draw(6, draws=300, clusters=clusters, strata=list("aaabbb"))
    units = weights[:, [0, 2, 3, 5]]
    assert (units[:, :2].sum(axis=1) == 2).all()
    assert (units[:, 2:].sum(axis=1) == 2).all()
    assert (weights[:, 3] == weights[:, 4]).all()


def test_one_label_each_is_no_label():
    assert np.array_equal(draw(6, draws=50, clusters=range(6)), draw(6, draws=50))
    assert np.array_equal(draw(6, draws=50, strata=["s"] * 6), draw(6, draws=50))


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ({"clusters": [1, 2]}, "clusters must name one label a case: 2 for 3 cases"),
        ({"strata": [1] * 4}, "strata must name one label a case: 4 for 3 cases"),
        ({"clusters": "aab", "strata": "xyy"}, "a cluster has cases in two strata"),
        ({"draws": 0}, "draws must be at least 1, not 0"),
    ],
)
def test_labels_that_do_not_fit_are_refused(choices, sentence):
    with pytest.raises(ValueError, match=sentence):
        draw(3, **choices)


def test_signs_are_as_likely_and_shared_by_a_cluster():
    signs = np.concatenate(list(iter_signs(6, Resampling(draws=4000, clusters="aabbcd"))))
    assert set(np.unique(signs)) == {-1, 1}
    assert np.abs(signs.mean(axis=0)).max() < 0.06
    assert (signs[:, 0] == signs[:, 1]).all()
    assert (signs[:, 2] == signs[:, 3]).all()
    assert abs((signs[:, 0] * signs[:, 2]).mean()) < 0.06
    assert abs((signs[:, 4] * signs[:, 5]).mean()) < 0.06


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
        drawn = bootstrap(make(matrix), 101, Resampling(draws=50))
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
