"""Every aggregate of a scorecard as a function of how often each image counts.

This is what intervals, ranks over draws and paired differences are made of, for every kind of
task alike: nothing is averaged over cases that is no mean over cases.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from isiceval.errors import CannotResample, UsageError
from isiceval.kinds.kind import MeasuredCounts
from isiceval.metrics.arrays import Aggregator
from isiceval.metrics.catalogue import METRICS
from isiceval.model import Case, Interval, Kind
from isiceval.scorecard import Scorecard
from isiceval.statistics.bootstrap import (
    Resampling,
    iter_weights,
    make_mean,
    make_median,
)
from isiceval.statistics.ordering import FloatArray, IntArray
from isiceval.statistics.stability import find_percentiles
from isiceval.tasks.catalogue import find_task
from isiceval.tasks.task import Task

if TYPE_CHECKING:
    from isiceval.statistics.curves import Evaluate

__all__ = [
    "MEANS",
    "draw_all",
    "find_intervals",
    "list_values",
    "order_cases",
    "prepare_aggregation",
]

MEANS = (*METRICS, "failure_rate")
# With fewer of the draws defined an interval would speak of an odd choice of them.
LEAST_DEFINED = 0.5


def prepare_aggregation(
    scorecard: Scorecard, *, task: Task | None = None, images: Collection[str] | None = None
) -> Aggregator:
    """Prepare the aggregates of a scorecard to be computed on draws of its images.

    On weights of 1 the statistic gives the scorecard's aggregates; on others what the formulas
    give where each image counts as often as its weight says. ``task`` is the one it was scored
    on, None finds it by its id; ``images`` restricts it to a subgroup, by id. A task of tables
    draws rows; the retrieval metrics, means over patients, draw patients: each counts as often
    as its first row.

    Raises CannotResample where the scorecard no longer holds what its aggregates were made of.
    """
    cases = [case for case in scorecard.cases if images is None or case.image in images]
    if not cases:
        raise UsageError(f"{scorecard.submission} has none of these images")
    if scorecard.kind == "mask":
        return _prepare_means(order_cases(cases), scorecard.jaccard_threshold)
    units = tuple(sorted({case.image for case in cases}))
    chosen = task or _find_task(scorecard)
    evaluate = _PREPARERS[scorecard.kind](scorecard, cases, units, chosen)
    names = tuple(scorecard.aggregates)

    def aggregate(weights: IntArray) -> FloatArray:
        values = evaluate(np.ascontiguousarray(weights.T, dtype=np.float64))
        return np.stack([values[name] for name in names], axis=1)

    return Aggregator(units=units, names=names, evaluate=aggregate)


def _find_task(scorecard: Scorecard) -> Task:
    found = find_task(scorecard.task, profile=scorecard.profile)
    return replace(found, ranking=scorecard.metric)


def draw_all(
    aggregations: Sequence[Aggregator],
    resampling: Resampling,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> list[FloatArray]:
    """Compute the aggregates of several submissions, all on the same draws: draws x names each.

    ``progress`` is called with the draws done and all draws.
    """
    found: list[list[FloatArray]] = [[] for _ in aggregations]
    done = 0
    for block in iter_weights(len(aggregations[0].units), resampling):
        for own, aggregation in zip(found, aggregations, strict=True):
            own.append(aggregation.evaluate(block))
        done += len(block)
        if progress is not None:
            progress(done, resampling.draws)
    return [np.concatenate(own) for own in found]


def find_intervals(names: Sequence[str], draws: FloatArray) -> dict[str, Interval]:
    """Find the 95 % interval of each aggregate from its draws, by name.

    Draws in which it is undefined do not count; one that is undefined in most has no interval.
    """
    low, high = find_percentiles(draws)
    known = 1 - np.isnan(draws).mean(axis=0)
    return {
        name: Interval(float(a), float(b))
        for name, share, a, b in zip(names, known, low, high, strict=True)
        if share >= LEAST_DEFINED
    }


def order_cases(cases: Iterable[Case]) -> list[Case]:
    """Order cases by image id, so that the same seed draws the same images everywhere."""
    return sorted(cases, key=lambda case: case.image)


def list_values(cases: Iterable[Case], name: str, *, jaccard_threshold: float) -> list[float]:
    """List what each case counts in the mean that is the aggregate; NaN where it is left out."""
    if name != "failure_rate":
        return [case.values[name] for case in cases]
    jaccards = (case.values["jaccard"] for case in cases)
    return [value if math.isnan(value) else float(value < jaccard_threshold) for value in jaccards]


def _prepare_means(cases: Sequence[Case], jaccard_threshold: float) -> Aggregator:
    """Prepare every mean over cases, and the median Jaccard."""
    values = [list_values(cases, n, jaccard_threshold=jaccard_threshold) for n in MEANS]
    mean, median = make_mean(values), make_median([values[MEANS.index("jaccard")]])

    def aggregate(weights: IntArray) -> FloatArray:
        return np.concatenate([mean(weights), median(weights)], axis=1)

    units = tuple(case.image for case in cases)
    return Aggregator(
        units=units,
        names=(*MEANS, "median_jaccard"),
        evaluate=aggregate,
        unit_values=dict(zip(MEANS, np.array(values, dtype=np.float64), strict=True)),
    )


def _prepare_table(
    scorecard: Scorecard, cases: Sequence[Case], units: Sequence[str], task: Task
) -> Evaluate:
    from isiceval.metrics.tables import gather_answers
    from isiceval.statistics.diagnoses import make_table

    if any(case.diagnosis is None for case in cases):
        raise _lack(scorecard, "the diagnoses of single cases")
    places = _place(units)
    columns = np.array([places[case.image] for case in cases], dtype=np.int64)
    return make_table(gather_answers(cases, task=task), columns, len(units), task=task)


def _prepare_attributes(
    scorecard: Scorecard, cases: Sequence[Case], units: Sequence[str], task: Task
) -> Evaluate:
    from isiceval.statistics.labelled import make_attributes

    if any(case.counts is None for case in cases):
        raise _lack(scorecard, "the pixel counts of single masks")
    return make_attributes(cases, _place(units), task=task)


def _prepare_superpixels(
    scorecard: Scorecard, _: Sequence[Case], units: Sequence[str], task: Task
) -> Evaluate:
    from isiceval.statistics.labelled import make_superpixels

    measured = scorecard.measured
    if not isinstance(measured, MeasuredCounts) or measured.superpixels is None:
        raise _lack(scorecard, "the confidence of every superpixel")
    return make_superpixels(measured.superpixels, _place(units), task=task)


_PREPARERS: Mapping[Kind, Callable[[Scorecard, Sequence[Case], Sequence[str], Task], Evaluate]] = {
    "table": _prepare_table,
    "masks": _prepare_attributes,
    "superpixels": _prepare_superpixels,
}


def _place(units: Iterable[str]) -> dict[str, int]:
    return {image: place for place, image in enumerate(units)}


def _lack(scorecard: Scorecard, what: str) -> CannotResample:
    return CannotResample(
        f"{scorecard.submission} is a scorecard without {what}, which draws of the images need: "
        "give the submission itself, and the truth, in its place"
    )
