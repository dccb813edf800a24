"""Tests of single cases, and what follows from p-values: challengeR's rankings, letters.

A matrix of p-values, (teams, teams), holds the one-sided p of "the row is better than the column";
its diagonal is NaN. It is unadjusted unless :func:`adjust_holm` made it.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import combinations_with_replacement
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike

from isiceval.metrics import arrays
from isiceval.metrics.arrays import Better, BoolArray, FloatArray
from isiceval.statistics.bootstrap import number_labels

ALPHA = 0.05


class SignedRank(NamedTuple):
    """Wilcoxon's signed rank test of several sets of differences, each array of shape (sets,).

    ``p_greater``, ``p_less``: one-sided p that the differences lie above, or below, 0;
    ``rank_biserial``: the difference of the rank sums over their total; NaN where nothing differs.
    """

    p_greater: FloatArray
    p_less: FloatArray
    rank_biserial: FloatArray


def compute_signed_rank(
    differences: ArrayLike, *, groups: Sequence[Hashable] | None = None
) -> SignedRank:
    """Test paired differences, (sets, cases), with Wilcoxon's signed rank test.

    With ``groups``, the group of each case, the mean difference of each group is tested. NaN and 0
    are left out, tied differences share their mean rank, and p comes from the normal approximation
    with correction for ties and continuity; with nothing left every p is 1. This is R's
    ``wilcox.test(exact=FALSE)``, as in challengeR; only exactly equal differences are tied, so that
    those of decimals are rounded before. Wilcoxon 1945, Biometrics Bulletin 1:80.
    """
    from scipy.special import ndtr

    matrix = np.asarray(differences, dtype=np.float64)
    if groups is not None:  # cases of one group are not independent
        matrix = average_groups(matrix, groups)
    sizes = np.abs(matrix)
    sizes[~(sizes > 0)] = np.inf  # 0 and NaN come after all others, where their ranks do not count
    order = np.argsort(sizes, axis=1, kind="stable")
    first, last = arrays.find_runs(np.take_along_axis(sizes, order, axis=1))
    signs = np.sign(np.nan_to_num(np.take_along_axis(matrix, order, axis=1), nan=0.0))
    ranks = (first + last) / 2 + 1
    # Sums of whole and half numbers, exact in any order.
    sums = np.stack([np.where(signs == sign, ranks, 0.0).sum(axis=1) for sign in (1, -1)])
    counted = signs != 0
    n = counted.sum(axis=1)
    # Summed over the members of each run of t ties: t^3 - t.
    ties = np.where(counted, (last - first + 1) ** 2 - 1, 0).sum(axis=1)
    variance = n * (n + 1) * (2 * n + 1) / 24 - ties / 48
    z = np.full(sums.shape, np.inf)
    np.divide(n * (n + 1) / 4 + 0.5 - sums, np.sqrt(variance), out=z, where=n > 0)
    p_greater, p_less = ndtr(z)
    return SignedRank(p_greater, p_less, arrays.divide(sums[0] - sums[1], sums[0] + sums[1]))


def double_p(p_greater: ArrayLike, p_less: ArrayLike) -> FloatArray:
    """Return the two-sided p of two one-sided ones; NaN where either is."""
    return cast("FloatArray", np.minimum(1.0, 2 * np.minimum(p_greater, p_less)))


def average_groups(differences: ArrayLike, groups: Sequence[Hashable]) -> FloatArray:
    """Average differences, (sets, cases), over the cases of each group: (sets, groups).

    NaN is left out, and is the mean of a group without any other value. Rounded to 12 decimals:
    what is 0 but for rounding is 0.
    """
    matrix = np.asarray(differences, dtype=np.float64)
    numbers, n_groups = number_labels(groups)
    means = np.full((len(matrix), n_groups), np.nan)
    for own, row in zip(means, matrix, strict=True):
        defined = ~np.isnan(row)
        sums = np.bincount(numbers[defined], weights=row[defined], minlength=n_groups)
        sizes = np.bincount(numbers[defined], minlength=n_groups)
        np.divide(sums, sizes, out=own, where=sizes > 0)
    return np.round(means, 12)


def compute_signed_rank_matrix(
    values: ArrayLike, *, better: Better = "higher", groups: Sequence[Hashable] | None = None
) -> FloatArray:
    """Test each pair of teams with Wilcoxon's signed rank test over the cases defined for both.

    ``values`` is (teams, cases), NaN where a case is undefined. Returns a matrix of p-values.
    Wiesenfarth et al. 2021, Sci Rep 11:2369.
    """
    costs = arrays.as_costs(arrays.as_matrix(values), better)
    p_values = np.full((len(costs), len(costs)), np.nan)
    for one in range(len(costs) - 1):
        test = compute_signed_rank(costs[one + 1 :] - costs[one], groups=groups)
        p_values[one, one + 1 :], p_values[one + 1 :, one] = test.p_greater, test.p_less
    return p_values


def compute_mcnemar_p(only_first: int, only_second: int) -> float:
    """Return McNemar's exact two-sided p from how many cases only one of two is right in.

    1 where there is no such case. McNemar 1947, Psychometrika 12:153, by the binomial distribution.
    """
    from scipy.special import bdtr

    n = only_first + only_second
    return min(1.0, 2 * float(bdtr(min(only_first, only_second), n, 0.5))) if n else 1.0


def adjust_holm(p_values: ArrayLike) -> FloatArray:
    """Adjust p-values of any shape for their number by Holm's method; NaN stays and is no test.

    The i-th smallest of m is multiplied by m - i + 1, never less than those before it and at
    most 1. Holm 1979, Scandinavian Journal of Statistics 6:65.
    """
    adjusted = np.array(p_values, dtype=np.float64)
    tested = ~np.isnan(adjusted)
    p = adjusted[tested]
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    p[order] = np.minimum(stepped, 1.0)
    adjusted[tested] = p
    return adjusted


def group_not_different(different: BoolArray) -> tuple[tuple[int, ...], ...]:
    """Group the teams that are not significantly different, best first: compact letters.

    Two teams share a group exactly where they are not ``different``, (teams, teams), symmetric, in
    order of rank; a team may be in several groups, as with the letters beside the rows of a table,
    and is alone in one where it differs from all. Groups are of team indices, in order.
    """
    alike = ~different
    np.fill_diagonal(alike, val=True)
    # A group grows from a pair by all teams that are alike to the whole group, those near in rank
    # first, until every pair that is alike has one.
    groups, covered, teams = list[tuple[int, ...]](), np.zeros_like(alike), range(len(alike))
    for one, other in combinations_with_replacement(teams, 2):
        if covered[one, other] or not alike[one, other]:
            continue
        fits, grown = alike[one] & alike[other], {one, other}
        for team in sorted(teams, key=lambda team: (max(one - team, team - other), team)):
            if fits[team]:
                grown.add(team)
                fits = fits & alike[team]
        groups.append(tuple(sorted(grown)))
        covered[np.ix_(groups[-1], groups[-1])] = True
    # Drop, the smallest first, each group all of whose pairs are in other groups too.
    cover = np.zeros(alike.shape, dtype=np.int64)
    for group in groups:
        cover[np.ix_(group, group)] += 1
    for group in sorted(groups, key=lambda g: (len(g), g)):
        pairs = np.ix_(group, group)
        if (cover[pairs] > 1).all():
            cover[pairs] -= 1
            groups.remove(group)
    return tuple(sorted(groups))
