"""How sure the numbers are: intervals of a scorecard, and the statistics of a leaderboard.

All submissions meet the same draws of the cases, so that comparisons between them are paired.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from isiceval.errors import UsageError
from isiceval.metrics.catalogue import AGGREGATES, METRICS
from isiceval.model import Case, Interval, Leaderboard, Significance
from isiceval.ranking.groups import Redrawing, plan_redrawing
from isiceval.ranking.methods import Method, list_methods, rank_teams
from isiceval.ranking.ordering import Better, FloatArray, IntArray, rank_rows
from isiceval.ranking.resampling import Resampling, Statistic, make_mean, make_median
from isiceval.ranking.significance import (
    adjust_pairs,
    count_wins,
    find_different,
    group_indistinct,
    map_significance,
)
from isiceval.ranking.statistics import estimate_interval, estimate_rank_stability
from isiceval.scorecard import Scorecard

MEANS = (*METRICS, "failure_rate")


def add_intervals(scorecard: Scorecard, redrawing: Redrawing) -> Scorecard:
    """Add to a scorecard the interval of each aggregate that is defined."""
    cases = order_cases(scorecard.cases)
    resampling, bootstrap = plan_redrawing(redrawing, [case.image for case in cases])
    (intervals,) = _estimate([cases], scorecard.jaccard_threshold, resampling)
    return replace(scorecard, intervals=intervals, bootstrap=bootstrap)


def order_cases(cases: Iterable[Case]) -> list[Case]:
    """Order cases by image id, so that the same seed draws the same images everywhere."""
    return sorted(cases, key=lambda case: case.image)


def list_values(cases: Iterable[Case], name: str, *, jaccard_threshold: float) -> list[float]:
    """List what each case counts in the mean that is the aggregate; NaN where it is left out."""
    if name != "failure_rate":
        return [case.values[name] for case in cases]
    jaccards = (case.values["jaccard"] for case in cases)
    return [value if math.isnan(value) else float(value < jaccard_threshold) for value in jaccards]


def find_direction(name: str) -> Better:
    """Find whether high or low values of an aggregate are good."""
    return "lower" if AGGREGATES[name].better == "lower" else "higher"


def _estimate(
    teams: Sequence[Sequence[Case]], jaccard_threshold: float, resampling: Resampling
) -> list[dict[str, Interval]]:
    """Estimate the intervals of every aggregate of each team, all on the same draws."""
    names = (*MEANS, "median_jaccard")
    rows = [
        [list_values(cases, name, jaccard_threshold=jaccard_threshold) for name in MEANS]
        for cases in teams
    ]
    statistic = _make_aggregates(np.array(rows))
    found = estimate_interval(statistic, len(teams[0]), resampling=resampling)
    ends = zip(found.low.reshape(len(teams), -1), found.high.reshape(len(teams), -1), strict=True)
    return [
        {
            name: Interval(float(a), float(b))
            for name, a, b in zip(names, low, high, strict=True)
            if not math.isnan(a)
        }
        for low, high in ends
    ]


def _make_aggregates(values: FloatArray) -> Statistic:
    """Make the statistic "every mean, then the median Jaccard", of teams x means x cases."""
    n_teams, n_means, n_cases = values.shape
    mean = make_mean(values.reshape(n_teams * n_means, n_cases))
    median = make_median(values[:, MEANS.index("jaccard")])

    def aggregate(weights: IntArray) -> FloatArray:
        means = mean(weights).reshape(len(weights), n_teams, n_means)
        together = np.concatenate([means, median(weights)[:, :, None]], axis=2)
        return together.reshape(len(weights), -1)

    return aggregate


def add_statistics(
    board: Leaderboard, scorecards: Mapping[str, Scorecard], redrawing: Redrawing
) -> Leaderboard:
    """Add to a leaderboard intervals, the chances of each rank, and who can be told apart.

    ``scorecards`` are by the name of the submission. A submission without a rank has none of
    these. Raises UsageError where scorecards do not hold the same images.
    """
    ranked = [standing for standing in board.standings if standing.rank is not None]
    if not ranked:
        return board
    names = [standing.submission for standing in ranked]
    teams = _align(names, scorecards)
    resampling, bootstrap = plan_redrawing(redrawing, [case.image for case in teams[0]])
    threshold = scorecards[names[0]].jaccard_threshold
    values = np.array(
        [list_values(cases, board.metric, jaccard_threshold=threshold) for cases in teams]
    )
    better = find_direction(board.metric)
    unadjusted = map_significance(values, better=better, adjust="none")
    adjusted = adjust_pairs(unadjusted)
    ranks = _rank_otherwise(values, better, unadjusted, adjusted)
    stability = estimate_rank_stability(values, better=better, resampling=resampling)
    different = find_different(adjusted)
    intervals = _estimate(teams, threshold, resampling)
    known = {
        standing.submission: replace(
            standing,
            intervals=intervals[place],
            rank_low=int(stability.low[place]),
            rank_high=int(stability.high[place]),
            p_first=float(stability.p_first[place]),
            tied_with=tuple(
                n
                for n, apart in zip(names, different[place], strict=True)
                if not apart and n != standing.submission
            ),
            ranks={method: int(found[place]) for method, found in ranks.items()},
        )
        for place, standing in enumerate(ranked)
    }
    return replace(
        board,
        standings=tuple(known.get(s.submission, s) for s in board.standings),
        bootstrap=bootstrap,
        significance=_describe_tests(names, adjusted),
        tau=_average(stability.tau),
    )


def _align(names: Sequence[str], scorecards: Mapping[str, Scorecard]) -> list[list[Case]]:
    """Return the cases of each submission, all in one order."""
    teams = [order_cases(scorecards[name].cases) for name in names]
    images = [case.image for case in teams[0]]
    for name, cases in zip(names, teams, strict=True):
        if [case.image for case in cases] != images:
            raise UsageError(f"{name} was scored on other images than {names[0]}")
    return teams


def _rank_otherwise(
    values: FloatArray, better: Better, unadjusted: FloatArray, adjusted: FloatArray
) -> dict[Method, FloatArray]:
    """Rank under every method; the tests, which take long, are those made already."""
    tested: dict[Method, FloatArray] = {
        "test_then_rank": rank_rows(-count_wins(unadjusted).astype(np.float64)),
        "test_then_rank_holm": rank_rows(-count_wins(adjusted).astype(np.float64)),
    }
    others = (method for method in list_methods() if method not in tested)
    return {
        **{method: rank_teams(values, method, better=better).ranks for method in others},
        **tested,
    }


def _describe_tests(names: Sequence[str], p_values: FloatArray) -> Significance:
    groups = group_indistinct(find_different(p_values), np.arange(len(names)))
    return Significance(
        submissions=tuple(names),
        p_values=tuple(tuple(None if math.isnan(p) else float(p) for p in row) for row in p_values),
        groups=tuple(tuple(names[team] for team in group) for group in groups),
    )


def _average(taus: FloatArray) -> float | None:
    defined = taus[~np.isnan(taus)]
    return math.fsum(defined) / len(defined) if len(defined) else None
