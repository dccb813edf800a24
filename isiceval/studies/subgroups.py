"""Break the score of a submission down by the values of a column: categories or bands."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from isiceval.errors import NotRedrawable
from isiceval.insight import Breakdown, Interval, Subgroup
from isiceval.metrics.aggregates import AT
from isiceval.metrics.arrays import Aggregator
from isiceval.metrics.tables import SEVERAL
from isiceval.model import Case
from isiceval.model import Interval as Ends
from isiceval.scorecard import Scorecard
from isiceval.statistics.aggregation import (
    draw_all,
    find_intervals,
    prepare_aggregation,
)
from isiceval.statistics.bootstrap import Statistic, make_mean
from isiceval.statistics.groups import Redrawing, plan_redrawing
from isiceval.statistics.ordering import FloatArray, IntArray
from isiceval.tasks.task import Task

SCORE, FAILED = "score", "failed"
MOST_CATEGORIES = 12
LEAST_FOR_BANDS = 7
LEAST_FOR_INTERVAL = 5
CROWDED = 0.7
NOT_GIVEN = "not given"
OTHER = "all others"

_NUMBER = re.compile(r"\s*([-+]?[0-9]+(?:[.,][0-9]+)?)\s*(%?)\s*")


def break_down(
    scorecard: Scorecard,
    column: str,
    values: Mapping[str, str],
    *,
    task: Task,
    redrawing: Redrawing,
) -> Breakdown:
    """Break the score down by one column, given as the value of each image.

    Numbers (with or without a percent sign) of more than six different values go into bands.
    An image without a value is "not given"; one that has no weight in the score is left out.
    The score of a group is computed as the task says from the images of the group alone. A group
    of fewer than five has no interval. Where the scorecard no longer holds what its score was
    made of, the note says so.
    """
    images = _list_counted(scorecard)
    found = split_images(images, values)
    if isinstance(found, str):
        return Breakdown(column=column, note=found)
    of_image: dict[str, list[int]] = {image: [] for image in images}
    for row, image in enumerate(scorecard.measured.images):
        if image in of_image:
            of_image[image].append(row)
    try:
        groups = [
            _describe(
                name,
                replace(
                    scorecard,
                    measured=scorecard.measured.take([n for image in own for n in of_image[image]]),
                ),
                task=task,
                redrawing=redrawing,
            )
            for name, own in found
        ]
    except NotRedrawable as error:
        return Breakdown(column=column, note=f"not broken down: {error}")
    return Breakdown(column=column, subgroups=tuple(groups))


def _list_counted(scorecard: Scorecard) -> list[str]:
    """List the images that count in the score; those of a table may have no weight."""
    counted = (c for c in scorecard.cases if c.diagnosis is None or c.diagnosis.weight > 0)
    return list(dict.fromkeys(case.image for case in counted))


def split_images(
    images: Sequence[str], values: Mapping[str, str]
) -> list[tuple[str, tuple[str, ...]]] | str:
    """Split images into named groups by the values of a column, in the order of a report.

    Where nearly every value is different, it is said why there are no groups.
    """
    texts = {image: values.get(image, "").strip() for image in images}
    name_of = _choose_names([text for text in texts.values() if text])
    if name_of is None:
        n = len(set(texts.values()) - {""})
        return f"not broken down: it has {n} different values"
    groups: dict[tuple[int, float, str], list[str]] = {}
    for image, text in texts.items():
        key = name_of(text) if text else (2, 0.0, NOT_GIVEN)
        groups.setdefault(key, []).append(image)
    return [(key[2], tuple(groups[key])) for key in sorted(groups)]


_Name = Callable[[str], tuple[int, float, str]]
"""From a value to the key of its group: what sorts first, then by number, then by name."""


def _choose_names(texts: Sequence[str]) -> _Name | None:
    """Choose how values are grouped; None where nearly every one is different."""
    numbers = [_read_number(text) for text in texts]
    if len(set(texts)) >= LEAST_FOR_BANDS and all(number is not None for number in numbers):
        defined = np.array([number for number in numbers if number is not None])
        return _Bands(_find_edges(defined), _find_unit(texts)).name
    counted = Counter(texts)
    if len(counted) <= MOST_CATEGORIES:
        return _name_category
    kept = {text for text, n in counted.most_common(MOST_CATEGORIES - 1) if n > 1}
    if sum(counted[text] for text in kept) * 2 < len(texts):
        return None
    return lambda text: _name_category(text) if text in kept else (1, 0.0, OTHER)


def _name_category(text: str) -> tuple[int, float, str]:
    sizes = re.fullmatch(r"([0-9]+) x ([0-9]+)", text)
    number = float(sizes[1]) * float(sizes[2]) if sizes else _read_number(text)
    return 0, math.inf if number is None else number, text


def _read_number(text: str) -> float | None:
    match = _NUMBER.fullmatch(text)
    return float(match[1].replace(",", ".")) if match else None


def _find_unit(texts: Sequence[str]) -> str:
    return " %" if all(text.endswith("%") for text in texts) else ""


class _Bands(NamedTuple):
    """Bands of numbers: each from its edge up to the next, the last one's end included."""

    edges: tuple[float, ...]
    unit: str

    def name(self, text: str) -> tuple[int, float, str]:
        number = _read_number(text) or 0.0
        inner = self.edges[1:-1]
        place = sum(number >= edge for edge in inner)
        low, high = self.edges[place], self.edges[place + 1]
        sign = "≤" if place == len(inner) else "<"
        return 0, low, f"{low:g} to {sign} {high:g}{self.unit}"


def _find_edges(numbers: FloatArray) -> tuple[float, ...]:
    """Find round edges of equal distance, or rounded quartiles where one band held nearly all."""
    low, high = min(numbers.tolist()), max(numbers.tolist())
    step = _round_up((high - low) / 5)
    first = math.floor(low / step) * step
    count = max(1, math.ceil((high - first) / step - 1e-9))
    edges = [round(first + n * step, 10) for n in range(count + 1)]
    if max(np.histogram(numbers, edges)[0].tolist()) <= CROWDED * len(numbers):
        return tuple(edges)
    quartiles = [float(f"{q:.2g}") for q in np.quantile(numbers, (0.25, 0.5, 0.75))]
    inner = sorted({quartile for quartile in quartiles if low < quartile < high})
    return (low, *inner, high)


def _round_up(width: float) -> float:
    power = 10.0 ** math.floor(math.log10(width))
    return next(n * power for n in (1, 2, 5, 10) if n * power >= width * (1 - 1e-9))


def _describe(name: str, group: Scorecard, *, task: Task, redrawing: Redrawing) -> Subgroup:
    """Measure a group: a scorecard of its cases alone, whose aggregates are not its own."""
    measured = _prepare(group, task)
    units = measured.units
    score, failed = measured.evaluate(np.ones((1, len(units)), dtype=np.int64))[0].tolist()
    ends: Mapping[str, Ends] = {}
    if len(units) >= LEAST_FOR_INTERVAL:
        resampling, _ = plan_redrawing(redrawing, units)
        (draws,) = draw_all([measured], resampling)
        ends = find_intervals(measured.names, draws)
    return Subgroup(
        name=name,
        n=len(units),
        score=score,
        failure_rate=failed,
        score_interval=_join(score, ends.get(SCORE)),
        failure_interval=_join(failed, ends.get(FAILED)),
        n_labels=_count_labels(group.cases, task) if len(task.labels) > 1 else None,
    )


def _join(estimate: float, ends: Ends | None) -> Interval | None:
    return None if ends is None else Interval(estimate=estimate, low=ends.low, high=ends.high)


def _prepare(group: Scorecard, task: Task) -> Aggregator:
    """Prepare the ranking metric and the share that failed (NaN where there is none) for draws."""
    narrow = replace(group, aggregates={group.metric: math.nan})
    images = frozenset(case.image for case in group.cases)
    made = prepare_aggregation(narrow, task=_narrow(task), images=images)
    place, failed = made.names.index(group.metric), _prepare_failed(group, made)

    def measure(weights: IntArray) -> FloatArray:
        return np.column_stack((made.evaluate(weights)[:, place], failed(weights)))

    return Aggregator(units=made.units, names=(SCORE, FAILED), evaluate=measure)


def _narrow(task: Task) -> Task:
    """Narrow a task of tables to its ranking metric; the others take no time of their own."""
    metric = task.ranking.partition(".")[0]
    if task.kind != "table":
        return task
    if metric.startswith(AT):
        return replace(task, metrics=())
    return replace(task, metrics=(metric,), sensitivities=())


def _prepare_failed(group: Scorecard, made: Aggregator) -> Statistic:
    if group.kind == "mask":
        place = made.names.index("failure_rate")
        return lambda weights: made.evaluate(weights)[:, place]
    if group.kind == "table":
        wrong = {c.image: c.diagnosis is not None and not c.diagnosis.correct for c in group.cases}
        return make_mean([[wrong[image] for image in made.units]])
    return lambda weights: np.full(len(weights), np.nan)


def _count_labels(cases: Iterable[Case], task: Task) -> int:
    """Count the labels that the truth of some cases has."""
    present: set[str] = set()
    for case in cases:
        if case.diagnosis is not None:
            present.update(case.diagnosis.truth.split(SEVERAL))
        elif case.counts is not None and case.counts.truth:
            present.add(case.label)
    return len(present.intersection(task.labels))
