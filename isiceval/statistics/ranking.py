"""The ranking methods: from a matrix of teams x cases to a rank for each team."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from isiceval.metrics.arrays import Statistic, as_matrix, make_mean, make_median
from isiceval.statistics.ordering import Better, FloatArray, IntArray, TiedRank, as_costs, rank_rows
from isiceval.statistics.significance import make_win_share

Method = Literal[
    "mean_then_rank",
    "median_then_rank",
    "rank_then_mean",
    "rank_then_median",
    "test_then_rank",
    "test_then_rank_holm",
]
UndefinedRank = Literal["omit", "worst"]


@dataclass(frozen=True, slots=True, eq=False)
class Scoring:
    """A method made ready for one matrix: its score on any draw, and which scores are good."""

    statistic: Statistic
    better: Better

    def rank(self, weights: IntArray) -> IntArray:
        """Rank the teams in each draw: draws x cases to draws x teams, ties share a rank."""
        costs = as_costs(self.statistic(weights), self.better)
        return rank_rows(costs).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ranking:
    """The teams under one method: what it ranks on, and the rank of each team.

    ``scores`` are means or medians of values (as good as the metric says), means or medians of
    ranks (low is good), or shares of significant wins (high is good).
    """

    method: Method
    scores: FloatArray
    ranks: FloatArray


def rank_teams(
    values: ArrayLike,
    method: Method,
    *,
    better: Better = "higher",
    undefined: UndefinedRank = "omit",
    ties: TiedRank = "lowest",
) -> Ranking:
    """Rank teams by one method; ``list_methods`` names them all.

    The methods and, with ``undefined="worst"``, every rank are those of challengeR 1.0.5
    (Wiesenfarth et al. 2021, Sci Rep 11:2369); its ``na.treat`` is the caller's, who puts a
    number where one is wanted.

    Args:
        values: teams x cases, NaN where a case is undefined. Means, medians and tests leave
            such a case out for that team; a team that is undefined in every case is last.
        method: one of ``list_methods()``.
        better: whether high or low values are good.
        undefined: for the methods that rank within each case, whether an undefined one is left
            out of the team's mean rank or gets the worst rank of the case, plus one.
        ties: whether tied teams share the lowest or the average rank, both within a case and
            in the end; only exactly equal scores are tied.

    Returns:
        The score and rank (from 1) of each team.

    >>> rank_teams([[0.9, 0.8], [0.6, 0.9], [0.2, 0.1]], "rank_then_mean").ranks
    array([1., 1., 3.])
    """
    matrix = as_matrix(values)
    scoring = prepare(matrix, method, better=better, undefined=undefined, ties=ties)
    scores = scoring.statistic(np.ones((1, matrix.shape[1]), dtype=np.int64))[0]
    if method == "mean_then_rank":
        scores = np.array([_mean_exactly(row) for row in matrix])
    ranks = rank_rows(as_costs(scores, scoring.better), ties=ties)
    return Ranking(method=method, scores=scores, ranks=ranks)


def _mean_exactly(row: FloatArray) -> float:
    """Return the mean as the leaderboard computes it, to the last digit."""
    defined = row[~np.isnan(row)]
    return math.fsum(defined) / len(defined) if len(defined) else math.nan


def list_methods() -> tuple[Method, ...]:
    """Return the names of all ranking methods."""
    return tuple(_BUILDERS)


def prepare(
    values: ArrayLike,
    method: Method,
    *,
    better: Better = "higher",
    undefined: UndefinedRank = "omit",
    ties: TiedRank = "lowest",
) -> Scoring:
    """Make a method ready for one matrix, to be run on many draws of its cases.

    Takes what ``rank_teams`` takes. Cases are redrawn as cases: one drawn three times counts
    as three cases, ranked or tested like any other.
    """
    if method not in _BUILDERS:
        raise ValueError(f"there is no method '{method}'; known: {', '.join(_BUILDERS)}")
    choices = _Choices(better=better, undefined=undefined, ties=ties)
    return _BUILDERS[method](as_matrix(values), choices)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choices:
    better: Better
    undefined: UndefinedRank
    ties: TiedRank


def _prepare_mean(values: FloatArray, choices: _Choices) -> Scoring:
    return Scoring(make_mean(values), choices.better)


def _prepare_median(values: FloatArray, choices: _Choices) -> Scoring:
    return Scoring(make_median(values), choices.better)


def _prepare_mean_rank(values: FloatArray, choices: _Choices) -> Scoring:
    return Scoring(make_mean(_rank_cases(values, choices)), "lower")


def _prepare_median_rank(values: FloatArray, choices: _Choices) -> Scoring:
    return Scoring(make_median(_rank_cases(values, choices)), "lower")


def _prepare_tests(values: FloatArray, choices: _Choices) -> Scoring:
    return Scoring(make_win_share(values, better=choices.better, adjust="none"), "higher")


def _prepare_tests_holm(values: FloatArray, choices: _Choices) -> Scoring:
    return Scoring(make_win_share(values, better=choices.better, adjust="holm"), "higher")


_BUILDERS: Mapping[Method, Callable[[FloatArray, _Choices], Scoring]] = MappingProxyType(
    {
        "mean_then_rank": _prepare_mean,
        "median_then_rank": _prepare_median,
        "rank_then_mean": _prepare_mean_rank,
        "rank_then_median": _prepare_median_rank,
        "test_then_rank": _prepare_tests,
        "test_then_rank_holm": _prepare_tests_holm,
    }
)


def _rank_cases(values: FloatArray, choices: _Choices) -> FloatArray:
    """Rank the teams within each case: teams x cases, as the values."""
    undefined = np.isnan(values)
    ranks = rank_rows(as_costs(values, choices.better).T, ties=choices.ties).T
    if choices.undefined == "omit":
        return np.where(undefined, np.nan, ranks)
    if choices.undefined != "worst":
        raise ValueError(f"undefined must be 'omit' or 'worst', not '{choices.undefined}'")
    worst = np.where(undefined, 0.0, ranks).max(axis=0)
    n_undefined = undefined.sum(axis=0)
    behind = 1.0 if choices.ties == "lowest" else (n_undefined + 1) / 2
    return np.where(undefined, worst + behind, ranks)
