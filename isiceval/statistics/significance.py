"""Which differences between teams are more than chance: paired tests over the cases."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from isiceval.metrics.arrays import Statistic, as_matrix
from isiceval.statistics.ordering import (
    Better,
    BoolArray,
    FloatArray,
    IntArray,
    as_costs,
    find_starts,
)

Adjustment = Literal["holm", "none"]
ALPHA = 0.05

# Elements of the largest array of p-values held at once: draws x teams x teams.
_BLOCK = 2**22

# From this many draws on, adding row by row beats one call of cumsum.
_WIDE = 100


def map_significance(
    values: ArrayLike,
    *,
    better: Better = "higher",
    adjust: Adjustment = "holm",
    clusters: Sequence[Hashable] | None = None,
) -> FloatArray:
    """Test for each ordered pair of teams whether the first is better than the second.

    Each test is Wilcoxon's signed rank test, one-sided, paired over the cases defined for both
    teams: cases without a difference are dropped, tied differences share their mean rank, and
    p comes from the normal approximation with correction for ties and continuity. Where no
    difference is left p is 1. This is ``wilcox.test(exact=FALSE)`` of R, as challengeR uses it.

    Args:
        values: teams x cases, NaN where a case is undefined.
        better: whether high or low values are good.
        adjust: ``"holm"`` adjusts over all teams x (teams - 1) tests, ``"none"`` does not.
        clusters: the group of each case; with them the test is of the mean difference of each
            group, since cases of one group are no independent witnesses.

    Returns:
        teams x teams, in [0, 1]: p of "row is better than column"; the diagonal is NaN.

    Wilcoxon 1945, Biometrics Bulletin 1:80; Wiesenfarth et al. 2021, Sci Rep 11:2369.
    """
    costs = as_costs(as_matrix(values), better)
    if clusters is None:
        p_values = _test_pairs(costs, np.ones((1, costs.shape[1]), dtype=np.int64))
    else:
        p_values = _test_groups(costs, clusters)[None]
    adjusted: FloatArray = _adjust_map(p_values, adjust)[0]
    return adjusted


def _test_groups(costs: FloatArray, clusters: Sequence[Hashable]) -> FloatArray:
    """Return p of teams x teams, from the mean difference of each group."""
    p_values = np.full((len(costs), len(costs)), np.nan)
    for one, other in combinations(range(len(costs)), 2):
        test = measure_signed_rank(average_groups(costs[other] - costs[one], clusters))
        p_values[one, other], p_values[other, one] = test.p_greater, test.p_less
    return p_values


def average_groups(differences: ArrayLike, clusters: Sequence[Hashable]) -> FloatArray:
    """Average paired differences over the cases of each group that have one; NaN where none has.

    Rounded to 12 decimals: what is 0 but for rounding is 0.

    >>> average_groups([0.5, 0.25, -0.5, np.nan], ["a", "b", "a", "c"])
    array([0.  , 0.25,  nan])
    """
    numbers: dict[Hashable, int] = {}
    groups = np.array([numbers.setdefault(label, len(numbers)) for label in clusters])
    column = np.asarray(differences, dtype=np.float64)
    defined = ~np.isnan(column)
    sums = np.bincount(groups[defined], weights=column[defined], minlength=len(numbers))
    sizes = np.bincount(groups[defined], minlength=len(numbers))
    means = np.full(len(numbers), np.nan)
    np.divide(sums, sizes, out=means, where=sizes > 0)
    return np.round(means, 12)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRank:
    """Wilcoxon's signed rank test of one set of differences.

    ``positive``, ``negative``: rank sums by sign; ``n``: differences other than 0;
    ``p_greater``, ``p_less``: one-sided p that the differences lie above, or below, 0.
    """

    positive: float
    negative: float
    n: int
    p_greater: float
    p_less: float

    @property
    def p_two_sided(self) -> float:
        """Return p that the differences lie on either side of 0."""
        return min(1.0, 2 * min(self.p_greater, self.p_less))

    @property
    def rank_biserial(self) -> float:
        """Return the difference of the rank sums over their total; NaN where n is 0."""
        total = self.positive + self.negative
        return (self.positive - self.negative) / total if total else math.nan


def measure_signed_rank(differences: ArrayLike) -> SignedRank:
    """Test paired differences with Wilcoxon's signed rank test, as ``map_significance`` does.

    NaN and 0 are left out; with nothing left every p is 1.

    >>> measure_signed_rank([0.1, 0.2, -0.3, 0.0]).positive
    3.0
    """
    column = np.asarray(differences, dtype=np.float64)
    ranks = _sum_ranks(column, np.ones((column.size, 1)))
    return SignedRank(
        positive=float(ranks.ahead[0]),
        negative=float(ranks.behind[0]),
        n=int(ranks.n[0]),
        p_greater=float(_find_p(ranks.ahead, ranks)[0]),
        p_less=float(_find_p(ranks.behind, ranks)[0]),
    )


def adjust_holm(p_values: ArrayLike) -> FloatArray:
    """Adjust the p-values of each row (the last axis) for their number by Holm's method.

    The i-th smallest of m is multiplied by m - i + 1, never less than those before it and at
    most 1. Holm 1979, Scandinavian Journal of Statistics 6:65.

    >>> adjust_holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, axis=-1, kind="stable")
    factors = np.arange(p.shape[-1], 0, -1)
    raised = np.maximum.accumulate(np.take_along_axis(p, order, axis=-1) * factors, axis=-1)
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, np.minimum(raised, 1.0), axis=-1)
    return adjusted


def make_win_share(
    values: ArrayLike,
    *,
    better: Better = "higher",
    adjust: Adjustment = "none",
    alpha: float = ALPHA,
) -> Statistic:
    """Make the statistic "share of the other teams that a team significantly beats".

    It takes weights of draws x cases to draws x teams, in [0, 1]; a case drawn three times
    counts as three cases in the test. A lone team has 0.
    """
    costs = as_costs(as_matrix(values), better)
    others = max(1, len(costs) - 1)
    step = max(1, _BLOCK // len(costs) ** 2)

    def win_share(weights: IntArray) -> FloatArray:
        blocks = [weights[first : first + step] for first in range(0, len(weights), step)]
        tests = (_adjust_map(_test_pairs(costs, block), adjust) for block in blocks)
        return np.concatenate([(p <= alpha).sum(axis=2) for p in tests]) / others

    return win_share


def _adjust_map(p_values: FloatArray, adjust: Adjustment) -> FloatArray:
    """Adjust draws x teams x teams over all ordered pairs of a draw."""
    if adjust not in ("holm", "none"):
        raise ValueError(f"adjust must be 'holm' or 'none', not '{adjust}'")
    if adjust == "none":
        return p_values
    off_diagonal = ~np.eye(p_values.shape[1], dtype=bool)
    adjusted = p_values.copy()
    adjusted[:, off_diagonal] = adjust_holm(p_values[:, off_diagonal])
    return adjusted


def _test_pairs(costs: FloatArray, weights: IntArray) -> FloatArray:
    """Return p of draws x teams x teams: whether the row's costs are below the column's."""
    columns = np.ascontiguousarray(weights.T.astype(np.float64))
    n_teams = len(costs)
    p_values = np.full((len(weights), n_teams, n_teams), np.nan)
    for one, other in combinations(range(n_teams), 2):
        ranks = _sum_ranks(costs[other] - costs[one], columns)
        for first, second, ahead in ((one, other, ranks.ahead), (other, one, ranks.behind)):
            p_values[:, first, second] = _find_p(ahead, ranks)
    return p_values


class _RankSums(NamedTuple):
    """Signed ranks of one pair in each draw; n counts the cases that differ."""

    ahead: FloatArray
    behind: FloatArray
    n: FloatArray
    ties: FloatArray


def _sum_ranks(advantage: FloatArray, columns: FloatArray) -> _RankSums:
    """Sum the ranks of the differences by sign, each case as often as it was drawn.

    ``columns`` is cases x draws. Every sum is of whole or half numbers, thus exact.
    """
    size = np.abs(advantage)
    order = np.argsort(size, kind="stable")
    order = order[np.count_nonzero(size == 0) : np.count_nonzero(~np.isnan(size))]
    drawn = columns[order]
    ahead = drawn * (advantage[order] > 0)[:, None]
    groups = np.unique(find_starts(size[order]))
    if len(groups) < len(order):
        drawn, ahead = np.add.reduceat(drawn, groups), np.add.reduceat(ahead, groups)
    n = drawn.sum(axis=0)
    ties = np.einsum("ij,ij,ij->j", drawn, drawn, drawn) - n
    # A group's mean rank is what is drawn up to its end, less half of the rest of the group.
    rest = np.einsum("ij,ij->j", drawn, ahead) - ahead.sum(axis=0)
    _accumulate(drawn)
    sum_ahead = np.einsum("ij,ij->j", drawn, ahead) - rest / 2
    return _RankSums(sum_ahead, n * (n + 1) / 2 - sum_ahead, n, ties)


def _accumulate(rows: FloatArray) -> None:
    """Add to each row, in place, all rows above it; for wide rows faster than cumsum."""
    if rows.shape[1] < _WIDE:
        np.cumsum(rows, axis=0, out=rows)
        return
    for above, row in pairwise(rows):
        np.add(above, row, out=row)


def _find_p(rank_sum: FloatArray, ranks: _RankSums) -> FloatArray:
    """Return the chance of a rank sum as large as this one; 1 where nothing differs."""
    from scipy.special import ndtr

    n = ranks.n
    variance = n * (n + 1) * (2 * n + 1) / 24 - ranks.ties / 48
    short = n * (n + 1) / 4 + 0.5 - rank_sum
    z = np.full(n.shape, np.inf)
    np.divide(short, np.sqrt(variance), out=z, where=n > 0)
    p_values: FloatArray = ndtr(z)
    return p_values


def adjust_pairs(p_values: FloatArray) -> FloatArray:
    """Adjust a map of unadjusted p-values, teams x teams, over all its tests by Holm's method."""
    adjusted: FloatArray = _adjust_map(p_values[None], "holm")[0]
    return adjusted


def count_wins(p_values: FloatArray, *, alpha: float = ALPHA) -> IntArray:
    """Count the teams that each team significantly beats, from a map of p-values."""
    wins: IntArray = (p_values <= alpha).sum(axis=1)
    return wins


def find_different(p_values: FloatArray, *, alpha: float = ALPHA) -> BoolArray:
    """Tell for each pair of teams whether either is significantly better than the other.

    Takes what ``map_significance`` returns; the answer is symmetric, False on the diagonal.
    """
    significant: BoolArray = p_values <= alpha
    return significant | significant.T


def group_indistinct(different: BoolArray, ranks: ArrayLike) -> tuple[tuple[int, ...], ...]:
    """Group the teams that cannot be told apart, best first.

    Two teams share a group exactly where they are not ``different``; a team may stand in
    several groups, as with the letters beside the rows of a table. Within a group, and among
    the groups, teams go by rank.

    Args:
        different: teams x teams, symmetric.
        ranks: the rank of each team.

    Returns:
        Groups of team indices. Every team is in at least one, alone where it differs from all.
    """
    order = [int(team) for team in np.argsort(np.asarray(ranks), kind="stable")]
    alike = ~np.asarray(different)[np.ix_(order, order)]
    np.fill_diagonal(alike, val=True)
    groups = _drop_redundant(list(_iter_groups(alike)), len(order))
    return tuple(tuple(order[place] for place in group) for group in sorted(groups))


def _iter_groups(alike: BoolArray) -> Iterator[tuple[int, ...]]:
    """Yield groups that no further team fits into, until every pair that is alike has one."""
    covered = np.zeros_like(alike)
    for one in range(len(alike)):
        for other in range(one, len(alike)):
            if alike[one, other] and not covered[one, other]:
                group = _grow(one, other, alike)
                covered[np.ix_(group, group)] = True
                yield tuple(group)


def _grow(one: int, other: int, alike: BoolArray) -> list[int]:
    """Add to a pair all teams that are alike to the whole group, those near in rank first."""
    fits = alike[one] & alike[other]
    group = {one, other}
    for team in sorted(range(len(alike)), key=lambda place: max(one - place, place - other)):
        if fits[team]:
            group.add(team)
            fits = fits & alike[team]
    return sorted(group)


def _drop_redundant(groups: list[tuple[int, ...]], n_teams: int) -> list[tuple[int, ...]]:
    """Drop, the smallest first, each group all of whose pairs stand in other groups too."""
    cover = np.zeros((n_teams, n_teams), dtype=np.int64)
    for group in groups:
        cover[np.ix_(group, group)] += 1
    kept = list(groups)
    for group in sorted(groups, key=lambda g: (len(g), g)):
        pairs = np.ix_(group, group)
        if (cover[pairs] > 1).all():
            cover[pairs] -= 1
            kept.remove(group)
    return kept
