"""Counts of all images added up by label, and every aggregate of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from isiceval.metrics.aggregates import POOLED_MASKS
from isiceval.metrics.pooling import FORMULAS, WeightedCounts, normalise, pool
from isiceval.model import Case, Counts
from isiceval.tasks.task import Task

__all__ = ["measure_counts", "pool_masks"]


def measure_counts(
    counts: Counts | WeightedCounts, metrics: Sequence[str], *, task: Task
) -> dict[str, float]:
    """Compute metrics of counts; one that is undefined has the value that the task gives it."""
    weighted = WeightedCounts(
        tp=float(counts.tp), fp=float(counts.fp), fn=float(counts.fn), tn=float(counts.tn)
    )
    values = {name: FORMULAS[name](weighted) for name in metrics}
    if task.undefined == "omit":
        return values
    return {n: task.undefined if math.isnan(value) else value for n, value in values.items()}


def pool_masks(cases: Sequence[Case], *, task: Task) -> dict[str, float]:
    """Compute every aggregate of a task of several masks an image.

    Each label's masks are added up, by pixels or by shares of the mask. The overall value of a
    metric is the mean over the labels where pixels are pooled, as in 2016, and that of all
    masks of all labels together where shares are, as in 2018.
    """
    parts = {label: [c for c in cases if c.label == label] for label in task.labels}
    pooled = {label: pool(_weigh(case, task) for case in own) for label, own in parts.items()}
    by_label = {
        label: measure_counts(counts, POOLED_MASKS, task=task) for label, counts in pooled.items()
    }
    overall = (
        measure_counts(pool(pooled.values()), POOLED_MASKS, task=task)
        if task.pooling == "shares"
        else {name: average_labels(by_label, name) for name in POOLED_MASKS}
    )
    return join_labels(overall, by_label)


def average_labels(by_label: Mapping[str, Mapping[str, float]], name: str) -> float:
    """Average a metric over the labels where it is defined."""
    values = [values[name] for values in by_label.values() if not math.isnan(values[name])]
    return math.fsum(values) / len(values) if values else math.nan


def join_labels(
    overall: Mapping[str, float], by_label: Mapping[str, Mapping[str, float]]
) -> dict[str, float]:
    """Join overall values and those of labels under their full names, in the order of reports."""
    joined: dict[str, float] = {}
    for name, value in overall.items():
        joined[name] = value
        if len(by_label) > 1:
            joined |= {f"{name}.{label}": values[name] for label, values in by_label.items()}
    return joined


def _weigh(case: Case, task: Task) -> WeightedCounts:
    counts = case.counts or Counts(tp=0, fp=0, fn=0, tn=0)
    if task.pooling == "shares":
        return normalise(counts)
    return WeightedCounts(tp=counts.tp, fp=counts.fp, fn=counts.fn, tn=counts.tn)
