"""Rank stability: how the ranks of submissions change from draw to draw of the cases.

Every draw takes the cases with replacement, all submissions meet the same one, and the whole
computation is done again on it: a case that is drawn three times is three cases. In challengeR
1.0.5 this is so for aggregate-then-rank only: its rank-then-aggregate pools the repeats of a case
before ranking within it (ranks 1, 4, 7 in place of 1, 2, 3), and its test-then-rank drops them, so
that a test sees only the distinct two thirds of the cases.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from isiceval.metrics.arrays import FloatArray, IntArray, rank_rows
from isiceval.statistics.bootstrap import LEVEL, split_tails

# Elements of the largest array held at once while rankings are compared pair by pair: 32 MB.
_BLOCK = 2**22


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RankStability:
    """The ranks of each team over the draws of the cases, arrays of shape (teams,).

    ``low``, ``high``: whole ranks that hold at least the asked share of draws between them.
    ``p_first``: the share of draws in which the team is first, alone or tied.
    ``frequencies``: (teams, ranks), the share of draws in which the team has that rank.
    ``tau``: (draws,), Kendall's tau-b of each draw's ranking with that of all cases; NaN where
    either is one single tie.
    """

    low: IntArray
    high: IntArray
    p_first: FloatArray
    frequencies: FloatArray
    tau: FloatArray

    @property
    def mean_tau(self) -> float | None:
        """Return the mean of tau over the draws that have one; None where none has."""
        defined = self.tau[~np.isnan(self.tau)]
        return math.fsum(defined) / len(defined) if len(defined) else None


def measure_stability(
    costs: FloatArray, drawn: FloatArray, *, level: float = LEVEL
) -> RankStability:
    """Measure how ranks change from draw to draw; ties share the lowest rank.

    ``costs`` is (teams,), small is good; ``drawn`` (draws, teams), NaN where a team's score is
    undefined on a draw, which puts it last. Wiesenfarth et al. 2021, Sci Rep 11:2369.
    """
    reference, ranks = rank_rows(costs), rank_rows(drawn)
    low, high = split_tails(level)
    every_rank = range(1, len(costs) + 1)
    frequencies = np.stack([(ranks == rank).mean(axis=0) for rank in every_rank], axis=1)
    return RankStability(
        low=np.quantile(ranks, low, axis=0, method="lower").astype(np.int64),
        high=np.quantile(ranks, high, axis=0, method="higher").astype(np.int64),
        p_first=frequencies[:, 0],
        frequencies=frequencies,
        tau=compute_tau(reference, ranks),
    )


def compute_tau(ranks: FloatArray, others: FloatArray) -> FloatArray:
    """Compute Kendall's tau-b of a ranking, (teams,), with each of others, (rankings, teams).

    1 is the same order, -1 the reverse; NaN where either ranking is one single tie.
    Kendall 1945, Biometrika 33:239.

    >>> compute_tau(np.array([1, 2, 3]), np.array([[1, 2, 3], [3, 2, 1], [1, 1, 1]]))
    array([ 1., -1., nan])
    """
    one, other = np.triu_indices(len(ranks), k=1)
    reference = np.sign(ranks[one] - ranks[other])
    step = max(1, _BLOCK // max(1, len(one)))
    tau = np.full(len(others), np.nan)
    for start in range(0, len(others), step):
        block = others[start : start + step]
        signs = np.sign(block[:, one] - block[:, other])
        untied = np.count_nonzero(reference) * np.count_nonzero(signs, axis=1)
        out = tau[start : start + step]
        np.divide(signs @ reference, np.sqrt(untied), out=out, where=untied > 0)
    return tau
