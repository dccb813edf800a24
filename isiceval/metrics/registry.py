"""Every metric and aggregate: its name, title, direction and range.

An aggregate is called by its metric, ``auc``; that of one class, feature or attribute has its
label behind it, ``auc.MEL``; that of the cases with a validation weight ``validation`` before it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Literal

from isiceval.errors import IsicevalError
from isiceval.tasks.task import Task

VALIDATION = "validation."
AT = "specificity_at_"  # and the sensitivity in percent


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: what it is called and how to read it.

    ``undefined`` says where the formula is 0/0, ``missing`` what an image that was not sent counts.
    """

    name: str
    title: str
    undefined: str = ""
    better: Literal["higher", "lower"] = "higher"
    range: tuple[float, float] = (0.0, 1.0)
    missing: float = 0.0


def _index(*metrics: Metric) -> dict[str, Metric]:
    return {metric.name: metric for metric in metrics}


_EMPTY = "truth and prediction are both empty"
_ONE_VALUE = "truth or prediction are all positive or all negative"
_ONE_SIDED = "the truth has no positive or no negative case"
_NO_PATIENT = "no patient has a malignancy"
_RETRIEVAL = "Top-15 retrieval sensitivity"
METRICS = _index(
    Metric("jaccard", "Jaccard", _EMPTY),
    Metric("threshold_jaccard", "Thresholded Jaccard", _EMPTY),
    Metric("dice", "Dice", _EMPTY),
    Metric("accuracy", "Accuracy", "the image has no pixel"),
    Metric("sensitivity", "Sensitivity", "the truth is empty"),
    Metric("specificity", "Specificity", "the truth is all foreground"),
)
"""The metrics of one mask, in the order of the columns of a CSV of cases."""

MEASURES = {"counts": "isiceval.readers.bitmask:count_packed"}
"""The functions that take a truth mask and a prediction: the counts, of which the metrics above are
formulas, and under its own name each metric that needs the masks themselves."""

AGGREGATES = METRICS | _index(
    Metric("failure_rate", "Failure rate", better="lower", missing=1.0),
    Metric("median_jaccard", "Median Jaccard"),
)
"""The aggregates of a task of one mask an image, in the order of reports."""

COUNTED = ("accuracy", "sensitivity", "specificity", "dice", "ppv", "npv", "matthews")
"""The metrics of a table that are computed from the counts of each label."""

_OTHERS = _index(
    Metric("ppv", "PPV", "nothing was predicted positive"),
    Metric("npv", "NPV", "nothing was predicted negative"),
    Metric("matthews", "Matthews correlation", _ONE_VALUE, range=(-1.0, 1.0)),
    Metric("auc", "AUC", _ONE_SIDED),
    Metric("auc_above_sensitivity", "AUC beyond 80% sensitivity", _ONE_SIDED),
    Metric(
        "partial_auc",
        "Partial AUC above 80% sensitivity",
        _ONE_SIDED,
        range=(0.0, 0.2),
    ),
    Metric("average_precision", "Average precision", "no positive case"),
    Metric("balanced_accuracy", "Balanced accuracy", "no class in the truth"),
    Metric("weighted_accuracy", "Weighted accuracy", "there is no case"),
    Metric("retrieval_sensitivity", _RETRIEVAL, _NO_PATIENT),
    Metric("ranked_retrieval_sensitivity", f"{_RETRIEVAL} by place", _NO_PATIENT),
)

RETRIEVAL = ("retrieval_sensitivity", "ranked_retrieval_sensitivity")
WHOLE = ("balanced_accuracy", "weighted_accuracy", *RETRIEVAL)
"""The metrics of a table that are of all its labels together."""
POOLED_MASKS = ("jaccard", "dice", "accuracy", "sensitivity", "specificity")
POOLED_SUPERPIXELS = ("average_precision", "auc", "accuracy", "sensitivity", "specificity")
_CURVES = ("auc", "auc_above_sensitivity", "average_precision", "partial_auc")
_OF_TABLES = (*COUNTED, *_CURVES, *WHOLE)


def find_aggregate(name: str) -> Metric:
    """Find an aggregate by its full name; KeyError where there is none of that name."""
    plain = name.removeprefix(VALIDATION)
    metric, _, label = plain.partition(".")
    if metric.startswith(AT):
        title = f"Specificity at {metric.removeprefix(AT)}% sensitivity"
        found = Metric(metric, title, _ONE_SIDED)
    else:
        found = AGGREGATES.get(metric) or _OTHERS[metric]
    title = f"{found.title} ({label})" if label else found.title
    return replace(found, name=name, title=title if plain == name else f"{title}, validation")


def list_metrics(task: Task) -> tuple[str, ...]:
    """List the metrics of a task, without labels, in the order of reports."""
    if task.table is None:
        of_labels = POOLED_MASKS if task.reader == "masks" else POOLED_SUPERPIXELS
        return of_labels if task.labels else tuple(AGGREGATES)
    return (*task.metrics, *(f"{AT}{each * 100:g}" for each in task.sensitivities))


def describe_aggregates(task: Task) -> Mapping[str, Metric]:
    """Describe every aggregate that a scorecard of the task may have, by its full name."""
    validation = [] if task.table is None else [f"{VALIDATION}{task.ranking}"]
    return {name: find_aggregate(name) for name in (*_iter_names(task), *validation)}


def _iter_names(task: Task) -> Iterator[str]:
    for metric in list_metrics(task):
        yield metric
        if metric not in WHOLE and len(task.labels) > 1:
            yield from (f"{metric}.{label}" for label in task.labels)


def has_classes_in_cells(task: Task) -> bool:
    """Tell whether a table holds numbers of classes, not confidences or 0 and 1."""
    return task.table is not None and not set(task.table.labels) <= {0.0, 1.0}


def require_known(task: Task) -> Task:
    """Return the task if all metrics it names are ours; raise IsicevalError otherwise."""
    for name in task.metrics:
        _require(name, _OF_TABLES if task.labels else METRICS, task, "report")
    single = {"weighted_accuracy", *RETRIEVAL}
    several = sorted(single & set(task.metrics)) if len(task.labels) > 1 else []
    if several:
        raise IsicevalError(f"task {task.id}: {several[0]} is of one column, not of several")
    alone = task.metrics == ("weighted_accuracy",) and not task.sensitivities
    classes = has_classes_in_cells(task)
    if classes != ("weighted_accuracy" in task.metrics) or (classes and not alone):
        raise IsicevalError(
            f"task {task.id}: weighted_accuracy and labels other than 0 and 1 belong together, "
            "and no other metric to them"
        )
    names = tuple(_iter_names(task)) if task.labels else tuple(METRICS)
    for name in (task.ranking, *task.rankings):
        _require(name, names, task, "rank on")
    return task


def _require(name: str, known: Collection[str], task: Task, use: str) -> None:
    if name not in known:
        near = get_close_matches(name, list(known), n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known)}"
        raise IsicevalError(f"task {task.id}: there is no metric '{name}' to {use}; {hint}")
