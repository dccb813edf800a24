"""Compare two submissions whose scores are no means over cases: by paired draws of the images."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from isiceval.errors import UsageError
from isiceval.metrics.arrays import Aggregator, divide
from isiceval.model import Agreement, Bootstrap, Change, Compared, Difference
from isiceval.scorecard import Scorecard
from isiceval.statistics.aggregation import (
    LEAST_DEFINED,
    draw_all,
    prepare_aggregation,
)
from isiceval.statistics.bootstrap import Resampling, bootstrap
from isiceval.statistics.ordering import BoolArray, FloatArray, IntArray
from isiceval.statistics.paired_tests import compare_aucs, measure_draws, measure_labels
from isiceval.statistics.stability import find_percentiles
from isiceval.tasks.task import Task

__all__ = ["Findings", "compare_drawn", "prepare_pair"]

MCNEMAR = "exact McNemar"
CLUSTERS = "paired bootstrap of groups"

Pair = tuple[Scorecard, Scorecard]
Progress = Callable[[int, int], None]


class Findings(NamedTuple):
    """What was found of two submissions, for the fields of a comparison of these names."""

    differences: Mapping[str, Difference]
    changes: tuple[Change, ...]
    improved: tuple[str, ...]
    worsened: tuple[str, ...]
    compared: Compared
    agreement: Agreement | None


def prepare_pair(
    pair: Pair, *, task: Task, names: tuple[str, str]
) -> tuple[Aggregator, Aggregator]:
    """Prepare two scorecards to be drawn together; UsageError where their images differ."""
    named = (replace(card, submission=name) for card, name in zip(pair, names, strict=True))
    first, second = (prepare_aggregation(card, task=task) for card in named)
    if first.units != second.units:
        raise UsageError(f"{names[0]} and {names[1]} were scored on different images")
    return first, second


def compare_drawn(
    pair: Pair,
    prepared: tuple[Aggregator, Aggregator],
    resampling: Resampling,
    how: Bootstrap,
    *,
    task: Task,
    progress: Progress | None = None,
) -> Findings:
    """Compare the second of two scorecards with the first, every aggregate on the same draws."""
    drawn = draw_all(prepared, resampling, progress=progress)
    table = task.kind == "table"
    alone = None if table else _evaluate_alone(prepared)
    areas = _test_areas(prepared) if table and not how.grouped else {}
    differences = {}
    for place, name in enumerate(prepared[0].names):
        values = [card.aggregates.get(name, math.nan) for card in pair]
        draws = drawn[1][:, place] - drawn[0][:, place]
        if not math.isnan(values[1] - values[0]):
            wins = None if alone is None else alone[1][:, place] - alone[0][:, place]
            differences[name] = _measure(
                draws,
                values[1] - values[0],
                wins,
                n_cases=len(prepared[0].units),
                n_units=how.n_units,
                p_delong=areas.get(name),
            )
    if table:
        return _judge(prepared, differences, resampling, how)
    place = prepared[0].names.index(task.ranking)
    changes = _list_changes(prepared[0].units, *(own[:, place] for own in alone or ()))
    return Findings(differences, changes, (), (), "metric", None)


def _evaluate_alone(prepared: Sequence[Aggregator]) -> list[FloatArray]:
    """Evaluate each image by itself: images x names."""
    each = np.eye(len(prepared[0].units), dtype=np.int64)
    return [aggregation.evaluate(each) for aggregation in prepared]


def _test_areas(prepared: tuple[Aggregator, Aggregator]) -> dict[str, float]:
    first, second = (own.roc_inputs for own in prepared)
    tested = {
        name: compare_aucs(area.truth, area.score, second[name].score)
        for name, area in first.items()
    }
    return {name: p_value for name, p_value in tested.items() if not math.isnan(p_value)}


def _measure(
    draws: FloatArray,
    difference: float,
    wins: FloatArray | None,
    *,
    n_cases: int,
    n_units: int,
    p_delong: float | None,
) -> Difference:
    low, high, p_value = math.nan, math.nan, math.nan
    if np.isnan(draws).mean() <= 1 - LEAST_DEFINED:
        low, high = (float(end) for end in find_percentiles(draws))
        p_value = _test_draws(draws, difference, n_units)
    counted = [None] * 3 if wins is None else [int(n) for n in _count_signs(wins)]
    return Difference(
        n_cases=n_cases if wins is None else int((~np.isnan(wins)).sum()),
        difference=difference,
        low=low,
        high=high,
        p_value=p_value,
        first_wins=counted[0],
        second_wins=counted[1],
        ties=counted[2],
        p_delong=p_delong,
    )


def _count_signs(wins: FloatArray) -> tuple[int, int, int]:
    rounded = np.round(wins, 12)
    return int((rounded < 0).sum()), int((rounded > 0).sum()), int((rounded == 0).sum())


def _test_draws(draws: FloatArray, difference: float, n_units: int) -> float:
    """Return the two-sided p of a difference on paired draws."""
    smaller = min(
        measure_draws(draws, difference, n_units=n_units),
        measure_draws(-draws, -difference, n_units=n_units),
    )
    return min(1.0, 2 * smaller)


def _list_changes(
    images: Sequence[str], first: Sequence[float] | FloatArray, second: Sequence[float] | FloatArray
) -> tuple[Change, ...]:
    return tuple(
        Change(image=image, first=float(one), second=float(other))
        for image, one, other in zip(images, first, second, strict=True)
    )


def _judge(
    prepared: tuple[Aggregator, Aggregator],
    differences: Mapping[str, Difference],
    resampling: Resampling,
    how: Bootstrap,
) -> Findings:
    """Find which cases of a table went from wrong to right and back, and where trust moved."""
    images, outcomes = prepared[0].units, [own.outcomes for own in prepared if own.outcomes]
    right = np.array([own.correct for own in outcomes], dtype=np.float64)
    weight = outcomes[0].counted
    mended, broken = (weight & (right[a] > right[b]) for a, b in ((1, 0), (0, 1)))
    confidences = [own.confidence for own in outcomes if own.confidence is not None]
    return Findings(
        differences=differences,
        changes=_list_changes(images, *(confidences or right)),
        improved=tuple(image for image, is_so in zip(images, mended, strict=True) if is_so),
        worsened=tuple(image for image, is_so in zip(images, broken, strict=True) if is_so),
        compared="confidence" if confidences else "right",
        agreement=_decide(right[:, weight], right, weight, resampling, how),
    )


def _decide(
    counted: FloatArray,
    right: FloatArray,
    weight: BoolArray,
    resampling: Resampling,
    how: Bootstrap,
) -> Agreement:
    """Count in how many cases each is right, and test whether one is more often."""
    only_first, only_second = (int((counted[a] > counted[b]).sum()) for a, b in ((0, 1), (1, 0)))
    p_value = measure_labels(only_first, only_second)
    apart = only_first + only_second
    if how.grouped:
        gains, each = np.where(weight, right[1] - right[0], 0.0), weight.astype(np.float64)

        def share(drawn: IntArray) -> FloatArray:
            rows = drawn.astype(np.float64)
            return divide(rows @ gains, rows @ each)

        draws = bootstrap(share, len(gains), resampling)
        p_value = _test_draws(draws, float(gains.sum() / each.sum()), how.n_units)
    return Agreement(
        both_right=int((counted.sum(axis=0) == 2).sum()),
        only_first=only_first,
        only_second=only_second,
        both_wrong=int((counted.sum(axis=0) == 0).sum()),
        p_value=p_value,
        test=CLUSTERS if how.grouped else MCNEMAR,
        effect_size=only_second / apart - 0.5 if apart else math.nan,
    )
