"""How much of a ranking is chance: intervals of scores and of ranks, and rank stability.

Every number here comes from drawing the cases anew, with replacement, all teams on the same
draw, and doing the whole computation again on each draw. A case that is drawn three times is
three cases. In challengeR 1.0.5 this is so for aggregate-then-rank only: its rank-then-aggregate
pools the repeats of a case before ranking within it (ranks 1, 4, 7 in place of 1, 2, 3), and its
test-then-rank drops them, so that a test sees only the distinct two thirds of the cases. On its
own example (``c_random``, 5 teams, 50 cases, 1000 draws) the interval of team A1's rank under
rank-then-aggregate is [1, 5] there and [1, 3] with the cases redrawn as cases, its share of
first ranks 0.448 and 0.580; under test-then-rank that share is 0.898 there and 0.773.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from isiceval.metrics.arrays import Statistic, as_matrix, make_mean, make_median
from isiceval.statistics.bootstrap import Resampling, bootstrap, iter_weights
from isiceval.statistics.ordering import Better, FloatArray, IntArray
from isiceval.statistics.ranking import Method, UndefinedRank, prepare

Center = Literal["mean", "median"]
LEVEL = 0.95

# Elements of the largest array held at once while rankings are compared pair by pair.
_BLOCK = 2**22


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Intervals:
    """Estimates with their intervals, arrays of one shape; NaN where undefined."""

    estimate: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RankStability:
    """How the rank of each team holds when the cases are drawn anew.

    ``ranks``: the ranks on the cases as they are, ties sharing the lowest.
    ``low``, ``high``: whole ranks that hold at least the asked share of draws between them.
    ``p_first``: the share of draws in which the team is first, alone or tied.
    ``frequencies``: teams x ranks, the share of draws in which the team has that rank.
    ``tau``: Kendall's tau-b of each draw's ranking with ``ranks``; NaN where either ranking is
    one single tie.
    """

    method: str
    ranks: IntArray
    low: IntArray
    high: IntArray
    p_first: FloatArray
    frequencies: FloatArray
    tau: FloatArray


def estimate_intervals(
    values: ArrayLike,
    *,
    center: Center = "mean",
    resampling: Resampling | None = None,
    level: float = LEVEL,
) -> Intervals:
    """Estimate each team's mean or median over cases with its percentile bootstrap interval.

    Args:
        values: teams x cases, NaN where a case is undefined and left out.
        center: the aggregate over cases.
        resampling: how cases are redrawn; 1000 draws of single cases unless told.
        level: the share of draws within the interval.

    Returns:
        Arrays of one number a team; NaN for a team without a defined case.

    Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 13.
    """
    matrix = as_matrix(values)
    statistic = make_mean(matrix) if center == "mean" else make_median(matrix)
    return estimate_interval(statistic, matrix.shape[1], resampling=resampling, level=level)


def estimate_interval(
    statistic: Statistic,
    n_cases: int,
    *,
    resampling: Resampling | None = None,
    level: float = LEVEL,
) -> Intervals:
    """Estimate any statistic of the cases with its percentile bootstrap interval.

    ``statistic`` takes weights, draws x cases, how often each case counts, and returns its
    value for each draw, draws x anything, NaN where it is undefined: a mean, a ratio of sums, or
    an AUC computed anew on each draw. Draws in which it is undefined do not count.

    >>> hits, pixels = np.array([3, 4, 5]), np.array([4, 8, 5])
    >>> pooled = lambda weights: (weights @ hits) / (weights @ pixels)
    >>> float(estimate_interval(pooled, 3).estimate) == 12 / 17
    True
    """
    estimate = statistic(np.ones((1, n_cases), dtype=np.int64))[0]
    if n_cases == 1:  # every draw is that one case
        return Intervals(estimate=estimate, low=estimate, high=estimate)
    draws = bootstrap(statistic, n_cases, resampling or Resampling())
    low, high = find_percentiles(draws, level=level)
    return Intervals(estimate=np.asarray(estimate), low=low, high=high)


def find_percentiles(draws: FloatArray, *, level: float = LEVEL) -> tuple[FloatArray, FloatArray]:
    """Return the ends of the middle ``level`` of the draws (the first axis), NaN left out."""
    if len(draws) == 1:
        return draws[0], draws[0]
    shape = draws.shape[1:]
    columns = draws.reshape(len(draws), -1).T
    ends = np.array([_find_ends(column[~np.isnan(column)], level) for column in columns])
    low, high = ends.reshape(*shape, 2)[..., 0], ends.reshape(*shape, 2)[..., 1]
    return low, high


def _find_ends(defined: FloatArray, level: float) -> FloatArray:
    if not len(defined):
        return np.full(2, np.nan)
    return np.quantile(defined, _tails(level))


def _tails(level: float) -> tuple[float, float]:
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, not {level}")
    return (1 - level) / 2, (1 + level) / 2


def estimate_rank_stability(
    values: ArrayLike,
    method: Method = "mean_then_rank",
    *,
    better: Better = "higher",
    undefined: UndefinedRank = "omit",
    resampling: Resampling | None = None,
    level: float = LEVEL,
) -> RankStability:
    """Run a ranking method on every draw of the cases and see how the ranks move.

    Args:
        values: teams x cases, NaN where a case is undefined.
        method: one of ``isiceval.statistics.ranking.list_methods()``.
        better: whether high or low values are good.
        undefined: as for ``rank_teams``.
        resampling: how cases are redrawn; 1000 draws of single cases unless told.
        level: the share of draws that the interval of ranks holds at least.

    A team without a defined case in a draw is last in it. Wiesenfarth et al. 2021, Sci Rep
    11:2369, with the cases redrawn as cases for every method.
    """
    matrix = as_matrix(values)
    n_cases = matrix.shape[1]
    scoring = prepare(matrix, method, better=better, undefined=undefined)
    ranks = scoring.rank(np.ones((1, n_cases), dtype=np.int64))[0]
    drawn = np.concatenate(
        [scoring.rank(block) for block in iter_weights(n_cases, resampling or Resampling())]
    )
    return summarise_ranks(ranks, drawn, method=method, level=level)


def summarise_ranks(
    ranks: IntArray, drawn: IntArray, *, method: str, level: float = LEVEL
) -> RankStability:
    """Summarise the ranks of the teams in each draw (draws x teams) beside their ranks."""
    low, high = _find_rank_ends(drawn, level)
    counted = range(1, len(ranks) + 1)
    frequencies = np.stack([(drawn == rank).mean(axis=0) for rank in counted], axis=1)
    return RankStability(
        method=method,
        ranks=ranks,
        low=low,
        high=high,
        p_first=frequencies[:, 0],
        frequencies=frequencies,
        tau=correlate_rankings(ranks, drawn),
    )


def _find_rank_ends(drawn: IntArray, level: float) -> tuple[IntArray, IntArray]:
    tails = _tails(level)
    low = np.quantile(drawn, tails[0], axis=0, method="lower")
    high = np.quantile(drawn, tails[1], axis=0, method="higher")
    return low.astype(np.int64), high.astype(np.int64)


def correlate_rankings(ranks: IntArray, others: IntArray) -> FloatArray:
    """Return Kendall's tau-b of a ranking with each of others (rankings x teams).

    1 is the same order, -1 the reverse; NaN where either ranking is one single tie.
    Kendall 1945, Biometrika 33:239.

    >>> correlate_rankings(np.array([1, 2, 3]), np.array([[1, 2, 3], [3, 2, 1], [1, 1, 1]]))
    array([ 1., -1., nan])
    """
    one, other = np.triu_indices(len(ranks), k=1)
    reference = np.sign(ranks[one] - ranks[other])
    step = max(1, _BLOCK // max(1, len(one)))
    blocks = [others[first : first + step] for first in range(0, len(others), step)]
    return np.concatenate([_tau(reference, np.sign(b[:, one] - b[:, other])) for b in blocks])


def _tau(reference: IntArray, signs: IntArray) -> FloatArray:
    untied = np.count_nonzero(reference) * np.count_nonzero(signs, axis=1)
    tau = np.full(len(signs), np.nan)
    np.divide(signs @ reference, np.sqrt(untied), out=tau, where=untied > 0)
    return tau
