"""Statistics of a leaderboard: intervals, rank stability, paired tests and other rankings.

All submissions meet the same draws of the cases, so that comparisons between them are paired.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from isiceval.errors import UsageError
from isiceval.metrics.arrays import Aggregator, FloatArray, as_costs, rank_rows
from isiceval.model import Interval, Leaderboard, Significance, Standing
from isiceval.statistics.bootstrap import (
    MIN_DEFINED,
    Progress,
    Resampling,
    find_intervals,
    plan_bootstrap,
    resample_all,
)
from isiceval.statistics.ranking import METHODS, rank_teams
from isiceval.statistics.significance import (
    adjust_matrix,
    compute_bootstrap_matrix,
    compute_delong_matrix,
    compute_signed_rank_matrix,
    count_wins,
    find_different,
    group_not_different,
)
from isiceval.statistics.stability import RankStability, measure_stability

if TYPE_CHECKING:
    from isiceval.metrics.registry import Metric
    from isiceval.options import BootstrapOptions

WILCOXON = "one-sided Wilcoxon signed rank"
DELONG = "one-sided DeLong"
BOOTSTRAP = "one-sided paired bootstrap"


def add_statistics(
    board: Leaderboard,
    aggregators: Mapping[str, Aggregator],
    options: BootstrapOptions,
    *,
    metrics: Mapping[str, Metric],
    progress: Progress | None = None,
) -> Leaderboard:
    """Add to a leaderboard intervals, rank probabilities, and which differences are significant.

    ``aggregators`` has each submission that has a rank, by its name; the others get no statistics.
    ``metrics`` are by the names of the aggregators. Raises UsageError where submissions were scored
    on different images.
    """
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

    found = _analyse(
        board.metric,
        ranked,
        teams,
        draws,
        resampling=resampling,
        n_units=bootstrap.n_units,
        metrics=metrics,
    )
    different = find_different(found.adjusted)
    known = {
        standing.submission: replace(
            _add_ranks(standing, found, team),
            intervals=find_intervals(teams[team].names, draws[team]),
            tied_with=tuple(
                name
                for other, name in enumerate(names)
                if other != team and not different[team, other]
            ),
        )
        for team, standing in enumerate(ranked)
    }
    groups = group_not_different(different, np.arange(len(names)))
    return replace(
        board,
        standings=tuple(known.get(s.submission, s) for s in board.standings),
        bootstrap=bootstrap,
        significance=Significance(
            submissions=tuple(names),
            p_values=tuple(
                tuple(None if math.isnan(p) else p for p in row) for row in found.adjusted.tolist()
            ),
            groups=tuple(tuple(names[team] for team in group) for group in groups),
            test=f"{found.test} (by group)" if bootstrap.grouped else found.test,
        ),
        tau=found.stability.mean_tau if found.stability else None,
    )


class _Analysis(NamedTuple):
    """The tests and ranks of the teams that have a rank.

    ``adjusted`` is the matrix of p-values adjusted by Holm's method; ``ranks`` are by method;
    ``stability`` is None where most draws have no ranking.
    """

    test: str
    adjusted: FloatArray
    ranks: Mapping[str, FloatArray]
    stability: RankStability | None


def _analyse(
    metric: str,
    standings: Sequence[Standing],
    teams: Sequence[Aggregator],
    draws: Sequence[FloatArray],
    *,
    resampling: Resampling,
    n_units: int,
    metrics: Mapping[str, Metric],
) -> _Analysis:
    """Test and rank by the values of the units where the score is their mean, else by the draws."""
    better, place = metrics[metric].better, teams[0].names.index(metric)
    costs = as_costs(np.array([standing.aggregates[metric] for standing in standings]), better)
    drawn = as_costs(np.stack([own[:, place] for own in draws], axis=1), better)
    ranks: dict[str, FloatArray] = {}
    enough = True
    if metric in teams[0].unit_values:
        values = np.array([own.unit_values[metric] for own in teams])
        test = WILCOXON
        p_values = compute_signed_rank_matrix(values, better=better, groups=resampling.groups)
        for method in METHODS:
            if not method.startswith("test"):
                ranks[method] = rank_teams(values, method, better=better).ranks
    else:
        test, drawn = BOOTSTRAP, np.round(drawn, 12)  # what differs by rounding alone is a tie
        p_values = compute_bootstrap_matrix(-drawn, -costs, n_units=n_units)
        if resampling.groups is None and all(metric in own.roc_inputs for own in teams):
            rocs = [own.roc_inputs[metric] for own in teams]
            delong = compute_delong_matrix(rocs[0].truth, [roc.score for roc in rocs])
            # Where DeLong's variance says nothing, the draws still do.
            test, p_values = DELONG, np.where(np.isnan(delong), p_values, delong)
        for name in standings[0].aggregates:
            own = np.array([standing.aggregates.get(name, math.nan) for standing in standings])
            if (name == metric or "." not in name) and not np.isnan(own).all():
                ranks[f"{name}_then_rank"] = rank_rows(as_costs(own, metrics[name].better))
        # A draw in which no team has a score does not count.
        scored = ~np.isnan(drawn).all(axis=1)
        drawn, enough = drawn[scored], bool(scored.mean() >= MIN_DEFINED)
    adjusted = adjust_matrix(p_values)
    # By the tests that are made already, since they take long.
    for method, tests in (("test_then_rank", p_values), ("test_then_rank_holm", adjusted)):
        ranks[method] = rank_rows(-count_wins(tests).astype(np.float64))
    stability = measure_stability(costs, drawn) if enough else None
    return _Analysis(test, adjusted, ranks, stability)


def _add_ranks(standing: Standing, found: _Analysis, team: int) -> Standing:
    ranks = {method: int(own[team]) for method, own in found.ranks.items()}
    stability = found.stability
    if stability is None:
        return replace(standing, ranks=ranks)
    return replace(
        standing,
        ranks=ranks,
        rank_low=int(stability.low[team]),
        rank_high=int(stability.high[team]),
        p_first=float(stability.p_first[team]),
        rank_shares=tuple(stability.frequencies[team].tolist()),
    )


def keep_intervals(
    board: Leaderboard, intervals: Mapping[str, Mapping[str, Interval]], *, note: str
) -> Leaderboard:
    """Give each standing with a rank the intervals that its scorecard brought along, by name."""
    standings = (
        standing
        if standing.rank is None
        else replace(standing, intervals=intervals[standing.submission])
        for standing in board.standings
    )
    return replace(board, standings=tuple(standings), note=note)
