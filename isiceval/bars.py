"""Bars: minimums that an aggregate, or every single image, has to reach."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from isiceval.errors import UsageError
from isiceval.metrics.aggregates import describe_aggregates
from isiceval.metrics.catalogue import AGGREGATES, METRICS, Aggregate, Metric
from isiceval.tasks.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A bar that was not reached: the metric, its minimum and the value (NaN: undefined)."""

    metric: str
    minimum: float
    value: float

    def __str__(self) -> str:
        """Say it on one plain line."""
        found = "undefined" if math.isnan(self.value) else repr(self.value)
        return f"{self.metric} is {found}, the minimum is {self.minimum}"


def read_bars(
    texts: Iterable[str], *, per_image: bool = False, task: Task | None = None
) -> dict[str, float]:
    """Read bars written as ``metric=number``, several in one text parted by spaces or commas.

    ``task`` says which metrics there are; without one they are those of masks.

    >>> read_bars(["threshold_jaccard=0.75 dice=0.85"])
    {'threshold_jaccard': 0.75, 'dice': 0.85}
    """
    parts = [part for text in texts for part in text.replace(",", " ").split()]
    if parts and per_image and task is not None and task.kind != "mask":
        raise UsageError(f"task {task.id} has no metric of single images to set a minimum for")
    known = METRICS if per_image else describe_aggregates(task) if task else AGGREGATES
    return dict(_read_bar(part, known) for part in parts)


def _read_bar(text: str, known: Mapping[str, Metric | Aggregate]) -> tuple[str, float]:
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
    return name, minimum


def find_misses(values: Mapping[str, float], bars: Mapping[str, float]) -> list[Miss]:
    """Find the bars that the values do not reach; an undefined value reaches none."""
    return [
        Miss(metric=name, minimum=minimum, value=values.get(name, math.nan))
        for name, minimum in bars.items()
        if not values.get(name, math.nan) >= minimum
    ]
