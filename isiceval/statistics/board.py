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
from isiceval.metrics.arrays import Aggregator, BoolArray, FloatArray, as_costs, rank_rows
from isiceval.metrics.registry import find_aggregate
from isiceval.model import Leaderboard, Significance, Standing
from isiceval.statistics.bootstrap import (
    MIN_DEFINED,
    Progress,
    Resampling,
    plan_bootstrap,
    resample_all,
)
from isiceval.statistics.intervals import find_intervals
from isiceval.statistics.pairwise import Pairs, analyse_pairs, compare
from isiceval.statistics.ranking import METHODS, RankStability, measure_stability, rank_teams
from isiceval.statistics.significance import (
    ALPHA,
    adjust_holm,
    compute_signed_rank_matrix,
    group_not_different,
)

if TYPE_CHECKING:
    from isiceval.options import BootstrapOptions

# The differences of all pairs of more submissions would make a document of megabytes.
MOST_IN_FULL = 100


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
    intervals, terms = [], []
    for aggregator, own in zip(teams, draws, strict=True):
        found = aggregator.compute_terms()
        intervals.append(
            find_intervals(aggregator, found, own, resampling=resampling, method=options.interval)
        )
        terms.append(found.get(metric, []))
    differences = compare(terms, -costs, -drawn, resampling=resampling, n_units=bootstrap.n_units)
    pairs = analyse_pairs(differences, span=find_aggregate(metric).range)
    different = pairs.better | pairs.better.T
    ranks = _rank_otherwise(metric, ranked, teams, pairs, resampling)
    stability = measure_stability(costs, drawn) if enough else None
    first, last = pairs.sure_ranks
    known = {
        name: replace(
            ranked[team],
            intervals=intervals[team],
            tied_with=tuple(names[n] for n in np.flatnonzero(~different[team]) if n != team),
            rank_low_sure=int(first[team]),
            rank_high_sure=int(last[team]),
            ranks={method: int(own[team]) for method, own in ranks.items()},
            **_describe_ranks(stability, team),
        )
        for team, name in enumerate(names)
    }
    return replace(
        board,
        standings=tuple(known.get(s.submission, s) for s in board.standings),
        bootstrap=bootstrap,
        significance=_describe_pairs(names, pairs, different),
        tau=stability.tau if stability else None,
    )


def _describe_pairs(names: Sequence[str], pairs: Pairs, different: BoolArray) -> Significance:
    own = np.eye(len(names), dtype=bool)
    p_values = np.where(own, None, pairs.adjusted).tolist()
    matrices: dict[str, Any] = {
        name: tuple(map(tuple, getattr(pairs, name).tolist()))
        for name in ("differences", "low", "high")
        if len(names) <= MOST_IN_FULL
    }
    return Significance(
        submissions=tuple(names),
        p_values=tuple(map(tuple, p_values)),
        groups=tuple(tuple(names[n] for n in group) for group in group_not_different(different)),
        critical=pairs.critical,
        detectable=pairs.find_detectable(),
        **matrices,
    )


def _rank_otherwise(
    metric: str,
    standings: Sequence[Standing],
    teams: Sequence[Aggregator],
    pairs: Pairs,
    resampling: Resampling,
) -> dict[str, FloatArray]:
    """Rank by other methods where the score is a mean over units, else by other metrics.

    Ranks by tests are challengeR's, of single cases, where there are such; else of the pairs.
    """
    ranks: dict[str, FloatArray] = {}
    if metric in teams[0].unit_values:
        values, better = [own.unit_values[metric] for own in teams], find_aggregate(metric).better
        p_values = compute_signed_rank_matrix(values, better=better, groups=resampling.groups)
        for method in METHODS:
            if "test" not in method:
                ranks[method] = rank_teams(values, method, better=better).ranks
    else:
        p_values = pairs.p_values
        np.fill_diagonal(p_values, math.nan)
        for name in standings[0].aggregates:
            own = np.array([standing.aggregates.get(name, math.nan) for standing in standings])
            if (name == metric or "." not in name) and not np.isnan(own).all():
                ranks[f"{name}_then_rank"] = rank_rows(as_costs(own, find_aggregate(name).better))
    for test, p in (("test_then_rank", p_values), ("test_then_rank_holm", adjust_holm(p_values))):
        ranks[test] = rank_rows(-(p <= ALPHA).sum(axis=1).astype(np.float64))
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
