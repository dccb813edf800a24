"""Statistics of a leaderboard: intervals, rank stability, paired tests and other rankings.

All submissions meet the same draws of the cases, so that comparisons between them are paired.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from isiceval.errors import UsageError
from isiceval.metrics.arrays import Aggregator, FloatArray, as_costs, rank_rows
from isiceval.metrics.registry import find_aggregate
from isiceval.model import Leaderboard, Significance, Standing
from isiceval.statistics import significance
from isiceval.statistics.bootstrap import (
    MIN_DEFINED,
    Progress,
    find_intervals,
    plan_bootstrap,
    resample_all,
)
from isiceval.statistics.ranking import METHODS, RankStability, measure_stability, rank_teams

if TYPE_CHECKING:
    from isiceval.options import BootstrapOptions


def add_statistics(
    board: Leaderboard,
    aggregators: Mapping[str, Aggregator],
    options: BootstrapOptions,
    *,
    progress: Progress | None = None,
) -> Leaderboard:
    """Add to a leaderboard intervals, rank probabilities, and which differences are significant.

    ``aggregators`` has each submission that has a rank, by its name; the others get no statistics.
    Raises UsageError where submissions were scored on different images.
    """
    metric = board.metric
    ranked = [standing for standing in board.standings if standing.rank is not None]
    if not ranked:
        return board
    names = [standing.submission for standing in ranked]
    teams = [aggregators[name] for name in names]
    for name, aggregator in zip(names, teams, strict=True):
        if aggregator.units != teams[0].units:
            raise UsageError(f"{name} was scored on other images than {names[0]}")
    resampling, bootstrap = plan_bootstrap(options, teams[0].units)
    draws = resample_all(teams, resampling, progress=progress)
    better, place = find_aggregate(metric).better, teams[0].names.index(metric)
    costs = as_costs(np.array([standing.aggregates[metric] for standing in ranked]), better)
    drawn = as_costs(np.stack([own[:, place] for own in draws], axis=1), better)
    enough = True
    if metric not in teams[0].unit_values:
        drawn = np.round(drawn, 12)  # what differs by rounding alone is a tie
        # A draw in which no team has a score does not count.
        scored = ~np.isnan(drawn).all(axis=1)
        drawn, enough = drawn[scored], bool(scored.mean() >= MIN_DEFINED)
    test, p_values = significance.compute_p_values(
        metric, teams, costs, drawn, resampling=resampling, n_units=bootstrap.n_units
    )
    adjusted = significance.adjust_holm(p_values)
    significant = adjusted <= significance.ALPHA
    different = significant | significant.T
    tests = {"test_then_rank": p_values, "test_then_rank_holm": adjusted}
    ranks = _rank_otherwise(metric, ranked, teams, tests)
    stability = measure_stability(costs, drawn) if enough else None
    known = {
        name: replace(
            ranked[team],
            intervals=find_intervals(teams[team].names, draws[team]),
            tied_with=tuple(names[n] for n in np.flatnonzero(~different[team]) if n != team),
            ranks={method: int(own[team]) for method, own in ranks.items()},
            **_describe_ranks(stability, team),
        )
        for team, name in enumerate(names)
    }
    p_rows = ([None if math.isnan(p) else p for p in row] for row in adjusted.tolist())
    return replace(
        board,
        standings=tuple(known.get(s.submission, s) for s in board.standings),
        bootstrap=bootstrap,
        significance=Significance(
            submissions=tuple(names),
            p_values=tuple(map(tuple, p_rows)),
            groups=tuple(
                tuple(names[team] for team in group)
                for group in significance.group_not_different(different)
            ),
            test=f"{test} (by group)" if bootstrap.grouped else test,
        ),
        tau=stability.tau if stability else None,
    )


def _rank_otherwise(
    metric: str,
    standings: Sequence[Standing],
    teams: Sequence[Aggregator],
    tests: Mapping[str, FloatArray],
) -> dict[str, FloatArray]:
    """Rank by other methods where the score is a mean over units, else by other metrics.

    ``tests`` has the p-values of the methods that rank by tests, which take long, by method.
    """
    ranks: dict[str, FloatArray] = {}
    if metric in teams[0].unit_values:
        values, better = [own.unit_values[metric] for own in teams], find_aggregate(metric).better
        for method in METHODS:
            if method not in tests:
                ranks[method] = rank_teams(values, method, better=better).ranks
    else:
        for name in standings[0].aggregates:
            own = np.array([standing.aggregates.get(name, math.nan) for standing in standings])
            if (name == metric or "." not in name) and not np.isnan(own).all():
                ranks[f"{name}_then_rank"] = rank_rows(as_costs(own, find_aggregate(name).better))
    for test, p_values in tests.items():
        wins = (p_values <= significance.ALPHA).sum(axis=1)
        ranks[test] = rank_rows(-wins.astype(np.float64))
    return ranks


def _describe_ranks(stability: RankStability | None, team: int) -> dict[str, Any]:
    if stability is None:
        return {}
    return {
        "rank_low": int(stability.low[team]),
        "rank_high": int(stability.high[team]),
        "p_first": float(stability.frequencies[team, 0]),
        "rank_shares": tuple(stability.frequencies[team].tolist()),
    }
