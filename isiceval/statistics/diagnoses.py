"""Every aggregate of a table of diagnoses on many draws at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from isiceval.metrics.aggregates import (
    AT,
    COUNTED,
    VALIDATION,
    WHOLE,
    has_classes_in_cells,
    list_metrics,
)
from isiceval.metrics.diagnosis import choose_class
from isiceval.metrics.tables import RETRIEVAL, Answers
from isiceval.statistics.curves import (
    CURVE_METRICS,
    Evaluate,
    Rows,
    make_curves,
    make_specificities,
)
from isiceval.statistics.ordering import BoolArray, FloatArray, IntArray
from isiceval.statistics.tallies import Tally, average_values, divide, measure_tally
from isiceval.tasks.task import Task

__all__ = ["make_table"]


def make_table(answers: Answers, units: IntArray, n_units: int, *, task: Task) -> Evaluate:
    """Make the statistic that computes every aggregate of a table task on each draw.

    ``units`` holds the unit of each row of the answers. It takes weights, units x draws, and
    returns the values by the aggregate's full name, as
    ``isiceval.metrics.tables.summarise_answers`` names them. What a row weighs in the score is
    multiplied by how often it was drawn.

    The retrieval metrics are means over patients, so patients are what is redrawn there: each
    as often as the draw has its first row, by order of unit. Where whole patients are drawn
    that is how often the patient was drawn; else every patient is drawn independently.
    """
    parts = [_make_metrics(answers, units, n_units, list_metrics(task), task)]
    if answers.validation is not None:
        metric = task.ranking.partition(".")[0]
        chosen = replace(answers, weights=answers.validation)
        parts.append(_pick(_make_metrics(chosen, units, n_units, [metric], task), task.ranking))
    return _join(parts)


def _pick(evaluate: Evaluate, name: str) -> Evaluate:
    return lambda weights: {f"{VALIDATION}{name}": evaluate(weights)[name]}


def _join(parts: Iterable[Evaluate]) -> Evaluate:
    listed = list(parts)
    return lambda weights: {name: v for part in listed for name, v in part(weights).items()}


def _make_metrics(
    answers: Answers, units: IntArray, n_units: int, metrics: Sequence[str], task: Task
) -> Evaluate:
    used = answers.weights > 0
    kept, columns = answers.take_counted(), units[used]
    parts = [_make_labels(kept, columns, n_units, [m for m in metrics if m not in WHOLE], task)]
    if "balanced_accuracy" in metrics:
        right = choose_class(kept.truth > 0.5)
        chosen, n = choose_class(kept.confidences), kept.truth.shape[1]
        recall = _make_recall(right, chosen, kept.weights, columns, (n, n_units))
        parts.append(_name("balanced_accuracy", recall))
    if "weighted_accuracy" in metrics:
        # With weights from the drawn truth, each class there weighs the same: the mean recall.
        known, places = np.unique(kept.truth[:, 0], return_inverse=True)
        hits = np.where(kept.truth[:, 0] == kept.confidences[:, 0], places, -1)
        recall = _make_recall(places, hits, kept.weights, columns, (len(known), n_units))
        parts.append(_name("weighted_accuracy", recall))
    parts += [
        _name(metric, _make_retrieval(metric, kept, columns))
        for metric in RETRIEVAL
        if metric in metrics and kept.patients is not None
    ]
    return _join(parts)


def _name(name: str, statistic: Callable[[FloatArray], FloatArray]) -> Evaluate:
    return lambda weights: {name: statistic(weights)}


def _make_labels(
    answers: Answers, columns: IntArray, n_units: int, metrics: Sequence[str], task: Task
) -> Evaluate:
    """Make the metrics of single labels, and of each the mean over the labels."""
    if has_classes_in_cells(task) or not metrics:
        return lambda _: {}
    rows = [
        Rows(
            truth=known > 0.5,
            confidence=given,
            weights=answers.weights,
            units=columns,
            n_units=n_units,
        )
        for known, given in zip(answers.truth.T, answers.confidences.T, strict=True)
    ]
    labels = [_make_label(own, metrics, task) for own in rows]

    def evaluate(weights: FloatArray) -> dict[str, FloatArray]:
        found = [label(weights) for label in labels]
        return join_labels(found, metrics, task)

    return evaluate


def join_labels(
    found: Sequence[dict[str, FloatArray]], metrics: Sequence[str], task: Task
) -> dict[str, FloatArray]:
    """Join the values of labels under their full names, and of each metric the mean over them."""
    values: dict[str, FloatArray] = {}
    for metric in metrics:
        of_labels = [label[metric] for label in found]
        values[metric] = average_values(of_labels)
        if len(found) > 1:
            names = (f"{metric}.{label}" for label in task.labels)
            values |= dict(zip(names, of_labels, strict=True))
    return values


def _make_label(rows: Rows, metrics: Sequence[str], task: Task) -> Evaluate:
    tally, curves = make_tally(rows, task), _make_drawn(rows, metrics, task)
    at = [metric for metric in metrics if metric.startswith(AT)]
    specificities = make_specificities(rows, task.sensitivities)
    counted = [metric for metric in metrics if metric in COUNTED]

    def evaluate(weights: FloatArray) -> dict[str, FloatArray]:
        values = curves(weights)
        if counted:
            drawn = tally(weights)
            values |= {m: measure_tally(m, drawn, undefined=task.undefined) for m in counted}
        if at:
            values |= dict(zip(at, specificities(weights), strict=True))
        return values

    return evaluate


def _make_drawn(rows: Rows, metrics: Sequence[str], task: Task) -> Evaluate:
    """Make the metrics of curves; the average precision is the task's."""
    named = {m: name_curve(m, task) for m in metrics if m in CURVE_METRICS}
    curves = make_curves(rows, list(named.values()))

    def evaluate(weights: FloatArray) -> dict[str, FloatArray]:
        values = curves(weights)
        return {metric: values[name] for metric, name in named.items()}

    return evaluate


def name_curve(metric: str, task: Task) -> str:
    """Name the formula behind a metric of curves of a task."""
    joined = metric == "average_precision" and task.average_precision == "trapezoid"
    return f"trapezoid_{metric}" if joined else metric


def make_tally(rows: Rows, task: Task) -> Callable[[FloatArray], Tally]:
    """Make the statistic that counts one label on each draw."""
    limit, given = task.confidence_threshold, rows.confidence
    taken = given >= limit if task.inclusive else given > limit
    sums = [rows.truth & taken, ~rows.truth & taken, rows.truth & ~taken, ~rows.truth & ~taken]
    matrix = np.stack([_add_up(chosen, rows) for chosen in sums])
    return lambda weights: Tally(*(matrix @ weights))


def _add_up(chosen: BoolArray, rows: Rows) -> FloatArray:
    total: FloatArray = np.bincount(
        rows.units, weights=rows.weights * chosen, minlength=rows.n_units
    )
    return total


def _make_recall(
    right: IntArray, chosen: IntArray, each: FloatArray, columns: IntArray, shape: tuple[int, int]
) -> Callable[[FloatArray], FloatArray]:
    """Make the mean over classes of their recall; a class that the draw lacks is left out."""
    totals, hits = np.zeros(shape), np.zeros(shape)
    known = right >= 0
    np.add.at(totals, (right[known], columns[known]), each[known])
    hit = known & (right == chosen)
    np.add.at(hits, (right[hit], columns[hit]), each[hit])
    return lambda weights: average_values(list(divide(hits @ weights, totals @ weights)))


def _make_retrieval(
    metric: str, answers: Answers, columns: IntArray
) -> Callable[[FloatArray], FloatArray]:
    rows: dict[str, list[int]] = {}
    for row, patient in enumerate(answers.patients or ()):
        rows.setdefault(patient, []).append(row)
    values = {
        min(columns[own].tolist()): RETRIEVAL[metric](
            answers.truth[own, 0], answers.confidences[own, 0], patients=[0] * len(own)
        )
        for own in rows.values()
        if answers.truth[own, 0].any()
    }
    first, found = np.array(list(values), dtype=np.int64), np.array(list(values.values()))

    def retrieve(weights: FloatArray) -> FloatArray:
        drawn = weights[first]
        return divide(found @ drawn, drawn.sum(axis=0))

    return retrieve
