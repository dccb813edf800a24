"""Every aggregate of every kind of task: its name, title and direction; nothing is computed.

An aggregate is called by its metric, ``auc``; that of one class, feature or attribute has its
label behind it, ``auc.MEL``; that of the cases with a validation weight ``validation`` before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from isiceval.errors import IsicevalError
from isiceval.metrics.catalogue import AGGREGATES, METRICS, Aggregate, Metric
from isiceval.tasks.task import Task

VALIDATION = "validation."
AT = "specificity_at_"
COUNTED = ("accuracy", "sensitivity", "specificity", "dice", "ppv", "npv", "matthews")
DRAWN = ("auc", "auc_above_sensitivity", "average_precision", "partial_auc")
WHOLE = (
    "balanced_accuracy",
    "weighted_accuracy",
    "retrieval_sensitivity",
    "ranked_retrieval_sensitivity",
)
POOLED_MASKS = ("jaccard", "dice", "accuracy", "sensitivity", "specificity")
POOLED_SUPERPIXELS = ("average_precision", "auc", "accuracy", "sensitivity", "specificity")

_TITLES = {
    "auc": "AUC",
    "auc_above_sensitivity": "AUC beyond 80% sensitivity",
    "average_precision": "Average precision",
    "balanced_accuracy": "Balanced accuracy",
    "matthews": "Matthews correlation",
    "npv": "NPV",
    "partial_auc": "Partial AUC above 80% sensitivity",
    "ppv": "PPV",
    "ranked_retrieval_sensitivity": "Top-15 retrieval sensitivity by place",
    "retrieval_sensitivity": "Top-15 retrieval sensitivity",
    "weighted_accuracy": "Weighted accuracy",
}
_RANGES = {"matthews": (-1.0, 1.0), "partial_auc": (0.0, 0.2)}
_OTHERS: Mapping[str, Aggregate] = {
    name: Aggregate(name=name, title=title, better="higher", range=_RANGES.get(name, (0.0, 1.0)))
    for name, title in _TITLES.items()
}


def find_aggregate(name: str) -> Metric | Aggregate:
    """Find an aggregate by its full name; KeyError where there is none of that name."""
    plain = name.removeprefix(VALIDATION)
    metric, _, label = plain.partition(".")
    found = _find(metric)
    if not label and plain == name:
        return found
    title = f"{found.title} ({label})" if label else found.title
    title = f"{title}, validation" if plain != name else title
    return Aggregate(name=name, title=title, better=found.better, range=found.range)


def _find(metric: str) -> Metric | Aggregate:
    if metric in AGGREGATES:
        return AGGREGATES[metric]
    if metric.startswith(AT):
        percent = metric.removeprefix(AT)
        return Aggregate(
            name=metric, title=f"Specificity at {percent}% sensitivity", better="higher"
        )
    return _OTHERS[metric]


def name_sensitivity(sensitivity: float) -> str:
    """Name the specificity at a sensitivity.

    >>> name_sensitivity(0.95)
    'specificity_at_95'
    """
    return f"{AT}{sensitivity * 100:g}"


def list_metrics(task: Task) -> tuple[str, ...]:
    """List the metrics of a task, without labels, in the order of reports."""
    if task.kind == "mask":
        return tuple(AGGREGATES)
    if task.kind == "masks":
        return POOLED_MASKS
    if task.kind == "superpixels":
        return POOLED_SUPERPIXELS
    return (*task.metrics, *map(name_sensitivity, task.sensitivities))


def describe_aggregates(task: Task) -> Mapping[str, Metric | Aggregate]:
    """Describe every aggregate that a scorecard of the task may have, by its full name."""
    return {name: find_aggregate(name) for name in _iter_names(task)}


def _iter_names(task: Task) -> Iterator[str]:
    for metric in list_metrics(task):
        yield metric
        if task.kind != "mask" and metric not in WHOLE and len(task.labels) > 1:
            yield from (f"{metric}.{label}" for label in task.labels)
    if task.kind == "table":
        yield f"{VALIDATION}{task.ranking}"


def has_classes_in_cells(task: Task) -> bool:
    """Tell whether a table holds numbers of classes, not confidences or 0 and 1."""
    return task.table is not None and not set(task.table.labels) <= {0.0, 1.0}


def require_known(task: Task) -> Task:
    """Return the task if all metrics it names are ours; its author is told otherwise."""
    known = METRICS if task.kind == "mask" else (*COUNTED, *DRAWN, *WHOLE)
    for name in task.metrics:
        _require(name, known, task, "report")
    _require_columns(task)
    names = METRICS if task.kind == "mask" else list(_iter_rankable(task))
    for name in (task.ranking, *task.rankings):
        _require(name, list(names), task, "rank on")
    return task


def _require_columns(task: Task) -> None:
    """Refuse metrics that do not go with the columns of the task's table."""
    single = {"weighted_accuracy", "retrieval_sensitivity", "ranked_retrieval_sensitivity"}
    several = sorted(single & set(task.metrics)) if len(task.labels) > 1 else []
    if several:
        raise IsicevalError(f"task {task.id}: {several[0]} is of one column, not of several")
    alone = task.metrics == ("weighted_accuracy",) and not task.sensitivities
    if has_classes_in_cells(task) != ("weighted_accuracy" in task.metrics) or (
        has_classes_in_cells(task) and not alone
    ):
        raise IsicevalError(
            f"task {task.id}: weighted_accuracy and labels other than 0 and 1 belong together, "
            "and no other metric to them"
        )


def _iter_rankable(task: Task) -> Iterator[str]:
    return (name for name in _iter_names(task) if not name.startswith(VALIDATION))


def _require(name: str, known: Sequence[str] | Mapping[str, object], task: Task, use: str) -> None:
    if name not in known:
        near = get_close_matches(name, list(known), n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known)}"
        raise IsicevalError(f"task {task.id}: there is no metric '{name}' to {use}; {hint}")
