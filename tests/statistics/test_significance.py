"""Paired tests, their adjustment, and the groups that follow from them."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import wilcoxon

from isiceval.statistics.significance import (
    adjust_holm,
    average_groups,
    compute_signed_rank,
    compute_signed_rank_matrix,
    double_p,
    group_not_different,
)

coarse = st.integers(-4, 4).map(lambda step: step / 8)
differences = arrays.arrays(float, st.integers(1, 25), elements=coarse)


class Measured:
    """The test of one set of differences, each number a plain one."""

    def __init__(self, values):
        test = compute_signed_rank([values])
        for name in ("p_greater", "p_less", "rank_biserial"):
            (number,) = getattr(test, name).tolist()
            setattr(self, name, number)
        self.p_two_sided = float(double_p(self.p_greater, self.p_less))


def ask_scipy(values, alternative):
    choices = {"zero_method": "wilcox", "correction": True, "method": "asymptotic"}
    return wilcoxon(values, alternative=alternative, **choices).pvalue


@given(differences)
def test_p_is_that_of_scipy(values):
    assume(values.any())
    test = Measured(values)
    assert test.p_greater == pytest.approx(ask_scipy(values, "greater"), abs=1e-14)
    assert test.p_less == pytest.approx(ask_scipy(values, "less"), abs=1e-14)
    assert test.p_two_sided == pytest.approx(ask_scipy(values, "two-sided"), abs=1e-14)


def test_p_is_that_of_scipy_without_ties():
    values = np.random.default_rng(0).normal(0.2, 1, 80)
    test = Measured(values)
    assert test.p_greater == pytest.approx(ask_scipy(values, "greater"), abs=1e-14)


@pytest.mark.parametrize("values", [[0.0, 0.0, 0.0], [math.nan, 0.0], []])
def test_nothing_but_zeros_gives_no_evidence(values):
    test = Measured(values)
    assert (test.p_greater, test.p_less, test.p_two_sided) == (1.0, 1.0, 1.0)
    assert math.isnan(test.rank_biserial)


def test_undefined_differences_are_left_out():
    assert vars(Measured([0.1, math.nan, -0.2, 0.3])) == vars(Measured([0.1, -0.2, 0.3]))


def test_the_differences_of_a_group_are_one():
    generator = np.random.default_rng(6)
    values = generator.random((3, 40)).round(2)
    values[0, ::7] = np.nan
    groups = [f"p{place % 9}" for place in range(40)]
    found = compute_signed_rank_matrix(values, groups=groups)
    for one in range(3):
        for other in range(3):
            if one == other:
                continue
            gaps = {}
            for place, group in enumerate(groups):
                gap = values[one, place] - values[other, place]
                if not math.isnan(gap):
                    gaps.setdefault(group, []).append(gap)
            means = np.array([np.mean(own) for own in gaps.values()]).round(12)
            expected = wilcoxon(means, alternative="greater", correction=True, method="asymptotic")
            assert found[one, other] == pytest.approx(expected.pvalue, abs=1e-12)


def test_a_group_each_is_no_group_at_all():
    values = np.random.default_rng(2).random((4, 30))
    plain = compute_signed_rank_matrix(values)
    alone = compute_signed_rank_matrix(values, groups=range(30))
    assert np.allclose(plain, alone, atol=1e-12, equal_nan=True)


def test_groups_that_differ_by_rounding_alone_do_not_differ():
    assert average_groups([[0.1, 0.2, -0.3]], ["a", "a", "a"]).tolist() == [[0.0]]
    values = np.array([[0.1, 0.2, 0.3], [0.0, 0.0, 0.6]])
    assert compute_signed_rank_matrix(values, groups=["a", "a", "a"])[0, 1] == 1.0


def test_rank_biserial_is_the_balance_of_the_rank_sums():
    assert Measured([1, 2, 3]).rank_biserial == 1
    assert Measured([-1, -2, -3]).rank_biserial == -1
    assert Measured([1, 2, -3]).rank_biserial == 0
    assert Measured([1, 2, -4, 3]).rank_biserial == pytest.approx(0.2)


def test_a_map_tests_each_ordered_pair_on_its_common_cases():
    values = np.random.default_rng(2).random((4, 30))
    values[1, 3:9] = math.nan
    values[2] = values[0]
    p_values = compute_signed_rank_matrix(values)
    assert np.isnan(np.diag(p_values)).all()
    for one, other in combinations(range(4), 2):
        gap = values[one] - values[other]
        test = Measured(gap[~np.isnan(gap)])
        assert p_values[one, other] == test.p_greater
        assert p_values[other, one] == test.p_less
    assert p_values[0, 2] == p_values[2, 0] == 1


def test_a_map_turns_with_the_metric():
    values = np.random.default_rng(3).random((3, 20))
    higher = compute_signed_rank_matrix(values)
    lower = compute_signed_rank_matrix(values, better="lower")
    assert np.array_equal(higher, lower.T, equal_nan=True)


def test_a_map_adjusts_over_all_ordered_pairs():
    values = np.random.default_rng(4).random((3, 12)) + np.array([[0.0], [0.3], [0.5]])
    raw = compute_signed_rank_matrix(values)
    adjusted = adjust_holm(raw)
    off_diagonal = ~np.eye(3, dtype=bool)
    assert np.array_equal(adjusted[off_diagonal], adjust_holm(raw[off_diagonal]))
    assert adjusted[off_diagonal].min() == raw[off_diagonal].min() * 6
    assert np.isnan(np.diag(adjusted)).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_rejects_what_the_stepwise_procedure_rejects(p_values):
    adjusted = adjust_holm(p_values)
    assert ((adjusted >= p_values) & (adjusted <= 1)).all()
    for alpha in (0.01, 0.05, 0.5):
        rejected = set()
        for step, place in enumerate(np.argsort(p_values, kind="stable")):
            if p_values[place] * (len(p_values) - step) > alpha:
                break
            rejected.add(place)
        assert {int(place) for place in np.flatnonzero(adjusted <= alpha)} == rejected


def make_different(n_teams, pairs):
    different = np.zeros((n_teams, n_teams), dtype=bool)
    for one, other in pairs:
        different[one, other] = different[other, one] = True
    return different


@pytest.mark.parametrize(
    ("n_teams", "pairs", "expected"),
    [
        (1, [], ((0,),)),
        (3, [], ((0, 1, 2),)),
        (3, [(0, 1), (0, 2), (1, 2)], ((0,), (1,), (2,))),
        (4, [(0, 2), (0, 3), (1, 3)], ((0, 1), (1, 2), (2, 3))),
        (3, [(0, 1)], ((0, 2), (1, 2))),
        (4, [(0, 1), (2, 3)], ((0, 2), (0, 3), (1, 2), (1, 3))),
    ],
)
def test_groups_of_small_boards(n_teams, pairs, expected):
    assert group_not_different(make_different(n_teams, pairs)) == expected


@given(st.integers(1, 9), st.data())
def test_two_teams_share_a_group_exactly_where_they_do_not_differ(n_teams, data):
    pairs = list(combinations(range(n_teams), 2))
    chosen = data.draw(st.lists(st.sampled_from(pairs), max_size=30) if pairs else st.just([]))
    groups = [set(group) for group in group_not_different(make_different(n_teams, chosen))]
    assert set().union(*groups) == set(range(n_teams))
    for pair in pairs:
        assert any(set(pair) <= group for group in groups) == (pair not in chosen)
    for group in groups:
        others = [other for other in groups if other != group]
        own = [{one, other} for one in group for other in group]
        assert not all(any(pair <= other for other in others) for pair in own)


def test_many_teams_that_differ_in_pairs_only_are_grouped_soon():
    different = make_different(60, [(2 * k, 2 * k + 1) for k in range(30)])
    groups = group_not_different(different)
    assert all(not different[np.ix_(group, group)].any() for group in groups)
    assert len(groups) <= 60 * 59 / 2
