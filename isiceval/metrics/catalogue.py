"""Every metric: its name, title, direction and range, and the formula behind it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from isiceval.metrics import overlap
from isiceval.model import Case, Counts, Size
from isiceval.tasks.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric of counts: what it is called, how to read it, how it is computed."""

    name: str
    title: str
    formula: Callable[[Counts], float]
    undefined: str
    better: str = "higher"
    range: tuple[float, float] = (0.0, 1.0)


METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            name="jaccard",
            title="Jaccard",
            formula=overlap.jaccard,
            undefined="truth and prediction are both empty",
        ),
        Metric(
            name="threshold_jaccard",
            title="Thresholded Jaccard",
            formula=overlap.threshold_jaccard,
            undefined="truth and prediction are both empty",
        ),
        Metric(
            name="dice",
            title="Dice",
            formula=overlap.dice,
            undefined="truth and prediction are both empty",
        ),
        Metric(
            name="accuracy",
            title="Accuracy",
            formula=overlap.accuracy,
            undefined="the image has no pixel",
        ),
        Metric(
            name="sensitivity",
            title="Sensitivity",
            formula=overlap.sensitivity,
            undefined="the truth is empty",
        ),
        Metric(
            name="specificity",
            title="Specificity",
            formula=overlap.specificity,
            undefined="the truth is all foreground",
        ),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """A number over all cases that is not simply the mean of a metric."""

    name: str
    title: str
    better: str
    range: tuple[float, float] = (0.0, 1.0)


AGGREGATES: Mapping[str, Metric | Aggregate] = {
    **METRICS,
    "failure_rate": Aggregate(name="failure_rate", title="Failure rate", better="lower"),
    "median_jaccard": Aggregate(name="median_jaccard", title="Median Jaccard", better="higher"),
}


def measure(task: Task, image: str, counts: Counts, size: Size) -> Case:
    """Turn the counts of one image into its case, with the task's rule for 0/0 applied."""
    values = {name: _evaluate(metric, counts, task) for name, metric in METRICS.items()}
    undefined = tuple(name for name, value in values.items() if math.isnan(value))
    if task.undefined != "omit":
        values.update(dict.fromkeys(undefined, task.undefined))
    return Case(
        image=image, status="scored", counts=counts, size=size, values=values, undefined=undefined
    )


def miss(image: str, size: Size | None = None) -> Case:
    """Make the case of an image that the submission left out: a failure, 0 in every metric."""
    return Case(image=image, status="missing", size=size, values=dict.fromkeys(METRICS, 0.0))


def _evaluate(metric: Metric, counts: Counts, task: Task) -> float:
    if metric.name == "threshold_jaccard":
        return overlap.threshold_jaccard(counts, threshold=task.jaccard_threshold)
    return metric.formula(counts)
