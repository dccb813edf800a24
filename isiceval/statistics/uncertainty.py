"""How sure the numbers are: intervals of a scorecard, and the statistics of a leaderboard.

All submissions meet the same draws of the cases, so that comparisons between them are paired.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from isiceval.errors import CannotResample, UsageError
from isiceval.metrics.arrays import Aggregator
from isiceval.metrics.registry import find_aggregate
from isiceval.model import Leaderboard, Significance, Standing
from isiceval.scorecard import Scorecard
from isiceval.statistics.aggregation import (
    LEAST_DEFINED,
    draw_all,
    find_intervals,
    prepare_aggregation,
)
from isiceval.statistics.bootstrap import Resampling
from isiceval.statistics.groups import Redrawing, plan_redrawing
from isiceval.statistics.ordering import (
    Better,
    BoolArray,
    FloatArray,
    IntArray,
    as_costs,
    rank_rows,
)
from isiceval.statistics.paired_tests import map_aucs, map_draws
from isiceval.statistics.ranking import list_methods, rank_teams
from isiceval.statistics.significance import (
    adjust_pairs,
    count_wins,
    find_different,
    group_indistinct,
    map_significance,
)
from isiceval.statistics.stability import RankStability, estimate_rank_stability, summarise_ranks
from isiceval.tasks.task import Task

Progress = Callable[[int, int], None]
WILCOXON = "one-sided Wilcoxon signed rank"
DELONG = "one-sided DeLong"
BOOTSTRAP = "one-sided paired bootstrap"


def add_intervals(
    scorecard: Scorecard,
    redrawing: Redrawing,
    *,
    task: Task | None = None,
    progress: Progress | None = None,
) -> Scorecard:
    """Add to a scorecard the interval of each aggregate that is defined.

    ``task`` is the one it was scored on; None finds it by its id. ``progress`` is called with
    draws done and draws in all.
    """
    aggregation = prepare_aggregation(scorecard, task=task)
    resampling, bootstrap = plan_redrawing(redrawing, aggregation.units)
    if len(aggregation.units) == 1:  # every draw is that one image
        draws = aggregation.evaluate(np.ones((1, 1), dtype=np.int64))
    else:
        (draws,) = draw_all([aggregation], resampling, progress=progress)
    intervals = find_intervals(aggregation.names, draws)
    return replace(scorecard, intervals=intervals, bootstrap=bootstrap)


def find_direction(name: str) -> Better:
    """Find whether high or low values of an aggregate are good."""
    return "lower" if find_aggregate(name).better == "lower" else "higher"


def add_statistics(
    board: Leaderboard,
    scorecards: Mapping[str, Scorecard],
    redrawing: Redrawing,
    *,
    task: Task | None = None,
    progress: Progress | None = None,
) -> Leaderboard:
    """Add to a leaderboard intervals, the chances of each rank, and who can be told apart.

    ``scorecards`` are by the name of the submission; ``task`` and ``progress`` are as for
    :func:`add_intervals`. A submission without a rank has none of these. Where a scorecard no
    longer holds what draws are computed from, the board has no more than the intervals that its
    scorecards bring along, and its note says so.
    Raises UsageError where scorecards do not hold the same images.
    """
    ranked = [standing for standing in board.standings if standing.rank is not None]
    if not ranked:
        return board
    names = [standing.submission for standing in ranked]
    try:
        named = [replace(scorecards[name], submission=name) for name in names]
        prepared = [prepare_aggregation(card, task=task) for card in named]
    except CannotResample as error:
        return _keep_intervals(board, scorecards, f"No rank intervals and tests: {error}.")
    _require_same(names, prepared)
    resampling, bootstrap = plan_redrawing(redrawing, prepared[0].units)
    draws = draw_all(prepared, resampling, progress=progress)
    cards = [scorecards[name] for name in names]
    if board.kind == "mask":
        found = _study_cases(board.metric, prepared, resampling)
    else:
        found = _study_draws(board.metric, cards, prepared, draws, resampling=resampling)
    different = find_different(found.adjusted)
    known = {
        standing.submission: replace(
            _add_ranks(standing, found, place),
            intervals=find_intervals(prepared[place].names, draws[place]),
            tied_with=_list_tied(names, different[place], own=place),
        )
        for place, standing in enumerate(ranked)
    }
    return replace(
        board,
        standings=tuple(known.get(s.submission, s) for s in board.standings),
        bootstrap=bootstrap,
        significance=_describe_tests(names, found),
        tau=_average(found.stability.tau) if found.stability else None,
    )


def _list_tied(names: Sequence[str], apart: BoolArray, *, own: int) -> tuple[str, ...]:
    """List the others from which a submission cannot be told apart."""
    return tuple(name for place, name in enumerate(names) if place != own and not apart[place])


def _keep_intervals(
    board: Leaderboard, scorecards: Mapping[str, Scorecard], note: str
) -> Leaderboard:
    """Keep the intervals that the scorecards were made with."""
    standings = (
        standing
        if standing.rank is None
        else replace(standing, intervals=scorecards[standing.submission].intervals)
        for standing in board.standings
    )
    return replace(board, standings=tuple(standings), note=note)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Findings:
    """What the draws and the tests say of the ranked teams; ``adjusted`` p-values by Holm.

    ``ranks`` are by method; ``stability`` is None where most draws have no ranking.
    """

    test: str
    adjusted: FloatArray
    ranks: Mapping[str, FloatArray]
    stability: RankStability | None


def _add_ranks(standing: Standing, found: _Findings, place: int) -> Standing:
    ranks = {method: int(own[place]) for method, own in found.ranks.items()}
    stability = found.stability
    if stability is None:
        return replace(standing, ranks=ranks)
    return replace(
        standing,
        ranks=ranks,
        rank_low=int(stability.low[place]),
        rank_high=int(stability.high[place]),
        p_first=float(stability.p_first[place]),
        rank_shares=tuple(stability.frequencies[place].tolist()),
    )


def _require_same(names: Sequence[str], prepared: Sequence[Aggregator]) -> None:
    for name, aggregation in zip(names, prepared, strict=True):
        if aggregation.units != prepared[0].units:
            raise UsageError(f"{name} was scored on other images than {names[0]}")


def _study_cases(metric: str, prepared: Sequence[Aggregator], resampling: Resampling) -> _Findings:
    """Study teams whose score is a mean over cases, by what each case counts in it."""
    values = np.array([own.unit_values[metric] for own in prepared])
    better = find_direction(metric)
    unadjusted = map_significance(
        values, better=better, adjust="none", clusters=resampling.clusters
    )
    adjusted = adjust_pairs(unadjusted)
    others = [method for method in list_methods() if not method.startswith("test_then_rank")]
    return _Findings(
        test=_name_test(WILCOXON, resampling),
        adjusted=adjusted,
        ranks={
            **{method: rank_teams(values, method, better=better).ranks for method in others},
            **_rank_by_wins(unadjusted, adjusted),
        },
        stability=estimate_rank_stability(values, better=better, resampling=resampling),
    )


def _name_test(test: str, resampling: Resampling) -> str:
    return test if resampling.clusters is None else f"{test} (by group)"


def _rank_by_wins(unadjusted: FloatArray, adjusted: FloatArray) -> dict[str, FloatArray]:
    """Rank by the tests, which take long and are made already."""
    return {
        "test_then_rank": rank_rows(-count_wins(unadjusted).astype(np.float64)),
        "test_then_rank_holm": rank_rows(-count_wins(adjusted).astype(np.float64)),
    }


def _study_draws(
    metric: str,
    cards: Sequence[Scorecard],
    prepared: Sequence[Aggregator],
    draws: Sequence[FloatArray],
    *,
    resampling: Resampling,
) -> _Findings:
    """Study teams whose score is no mean over cases, by its value on each draw."""
    better = find_direction(metric)
    place = prepared[0].names.index(metric)
    values = np.array([card.aggregates[metric] for card in cards])
    # What differs by rounding alone is a tie.
    costs = as_costs(np.round(np.stack([own[:, place] for own in draws], axis=1), 12), better)
    n_units = len(set(resampling.clusters or prepared[0].units))
    unadjusted = map_draws(-costs, -as_costs(values, better), n_units=n_units)
    test, areas = _name_test(BOOTSTRAP, resampling), _map_aucs(metric, prepared, resampling)
    if areas is not None:
        # Where DeLong's variance says nothing, the draws still do.
        test, unadjusted = DELONG, np.where(np.isnan(areas), unadjusted, areas)
    adjusted = adjust_pairs(unadjusted)
    return _Findings(
        test=test,
        adjusted=adjusted,
        ranks={**_rank_by_metrics(cards), **_rank_by_wins(unadjusted, adjusted)},
        stability=_find_stability(metric, as_costs(values, better), costs),
    )


def _map_aucs(
    metric: str, prepared: Sequence[Aggregator], resampling: Resampling
) -> FloatArray | None:
    """Test areas by DeLong; None where the score is no area of one label, or cases are grouped."""
    if resampling.clusters is not None or metric.partition(".")[0] != "auc":
        return None
    areas = [own.roc_inputs.get(metric) for own in prepared]
    known = [area for area in areas if area is not None]
    if len(known) < len(areas):
        return None
    return map_aucs(known[0].truth, [area.score for area in known])


def _rank_by_metrics(cards: Sequence[Scorecard]) -> dict[str, FloatArray]:
    """Rank by each aggregate that is not of one label alone, and by the ranking metric."""
    names = [n for n in cards[0].aggregates if "." not in n or n == cards[0].metric]
    ranks = {}
    for name in names:
        values = np.array([card.aggregates.get(name, math.nan) for card in cards])
        if not np.isnan(values).all():
            ranks[f"{name}_then_rank"] = rank_rows(as_costs(values, find_direction(name)))
    return ranks


def _find_stability(metric: str, costs: FloatArray, drawn: FloatArray) -> RankStability | None:
    """See how the ranks move; a draw in which the score of no team is defined does not count."""
    defined = ~np.isnan(drawn).all(axis=1)
    if defined.mean() < LEAST_DEFINED:
        return None
    ranks, others = (_rank(rows) for rows in (costs[None], drawn[defined]))
    return summarise_ranks(ranks[0], others, method=f"{metric}_then_rank")


def _rank(costs: FloatArray) -> IntArray:
    ranks: IntArray = rank_rows(costs).astype(np.int64)
    return ranks


def _describe_tests(names: Sequence[str], found: _Findings) -> Significance:
    p_values = found.adjusted
    groups = group_indistinct(find_different(p_values), np.arange(len(names)))
    return Significance(
        submissions=tuple(names),
        p_values=tuple(tuple(None if math.isnan(p) else float(p) for p in row) for row in p_values),
        groups=tuple(tuple(names[team] for team in group) for group in groups),
        test=found.test,
    )


def _average(taus: FloatArray) -> float | None:
    defined = taus[~np.isnan(taus)]
    return math.fsum(defined) / len(defined) if len(defined) else None
