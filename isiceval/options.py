"""What a caller may choose, checked once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from isiceval.errors import UsageError
from isiceval.metrics.aggregates import describe_aggregates
from isiceval.metrics.catalogue import METRICS, Aggregate, Metric
from isiceval.tasks.task import Task


@dataclass(frozen=True, slots=True)
class Threshold:
    """The minimum of an aggregate, or of a metric of every single image."""

    metric: str
    minimum: float


def parse_thresholds(
    texts: Iterable[str], *, task: Task, per_image: bool = False
) -> tuple[Threshold, ...]:
    """Parse thresholds written as ``metric=number``, separated by blanks or commas.

    With ``per_image`` the metrics are those of single images, else the aggregates of the task.
    Where a metric is named twice, the last one counts. Raises UsageError for what is written
    wrong, an unknown metric, and a metric that is better when lower.
    """
    parts = [part for text in texts for part in text.replace(",", " ").split()]
    if parts and per_image and task.kind != "mask":
        raise UsageError(f"task {task.id} has no metric of single images to set a minimum for")
    known = METRICS if per_image else describe_aggregates(task)
    parsed = {threshold.metric: threshold for threshold in (_parse(part, known) for part in parts)}
    return tuple(parsed.values())


def _parse(text: str, known: Mapping[str, Metric | Aggregate]) -> Threshold:
    name, sign, number = text.partition("=")
    if not sign:
        raise UsageError(f"a minimum is written as metric=number, not '{text}'")
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known)}"
        raise UsageError(f"there is no metric '{name}' to set a minimum for; {hint}")
    if known[name].better == "lower":
        raise UsageError(f"{name} is better when lower, a minimum makes no sense for it")
    try:
        minimum = float(number)
    except ValueError:
        minimum = math.nan
    if not math.isfinite(minimum):
        raise UsageError(f"the minimum in '{text}' is not a number")
    return Threshold(name, minimum)


def find_unmet(values: Mapping[str, float], thresholds: Iterable[Threshold]) -> list[str]:
    """Find the thresholds that the values do not meet, one sentence each.

    An undefined value (NaN, or no value) meets none. Values are given in full, so that 0.7499999
    does not read as 0.75.
    """
    found = [(threshold, values.get(threshold.metric, math.nan)) for threshold in thresholds]
    return [
        f"{threshold.metric} is {'undefined' if math.isnan(value) else repr(value)}, "
        f"the minimum is {threshold.minimum}"
        for threshold, value in found
        if not value >= threshold.minimum
    ]
