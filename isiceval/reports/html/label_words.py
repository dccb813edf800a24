"""What the reports of tasks with labels have alike: metrics, labels, groups, rules."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from isiceval.insight import Interval
from isiceval.metrics.aggregates import VALIDATION, find_aggregate
from isiceval.reports.html.provenance import list_rules
from isiceval.reports.numbers import say_bootstrap
from isiceval.reports.rows import (
    MetricRow,
    find_title,
    group_problems,
    iter_metrics,
    say_scored,
    say_verdict,
)
from isiceval.scorecard import Scorecard
from isiceval.tasks.task import Task


class MetricLine(NamedTuple):
    """One line of the table of metrics; ``place`` where it stands on an axis from 0 to 1."""

    row: MetricRow
    interval: Interval
    whole: bool


class LabelLine(NamedTuple):
    """One label in the table of labels: a value and its interval for each metric."""

    label: str
    cells: tuple[Interval, ...]


def describe(scorecard: Scorecard, task: Task) -> dict[str, Any]:
    """Describe what stands on every report of a task with labels, for its template."""
    metrics = list_label_metrics(scorecard)
    return {
        "card": scorecard,
        "task": task,
        "title": find_title(scorecard.metric),
        "found": say_scored(scorecard),
        "verdict": say_verdict(scorecard.problems),
        "score": find_interval(scorecard, scorecard.metric),
        "sampled": say_bootstrap(scorecard.bootstrap) if scorecard.bootstrap else "",
        "metrics": list(_iter_lines(scorecard)),
        "label_titles": [find_title(name) for name in metrics],
        "label_lines": [
            LabelLine(label, tuple(find_interval(scorecard, f"{name}.{label}") for name in metrics))
            for label in scorecard.labels
        ],
        "averaged": "." not in task.ranking and task.pooling != "shares",
        "groups": group_problems(scorecard.problems),
        "rules": list_rules(task, scorecard.signature),
    }


def find_interval(scorecard: Scorecard, name: str) -> Interval:
    """Find an aggregate with its interval, whose ends are NaN where there is none."""
    value, found = scorecard.aggregates.get(name, math.nan), scorecard.intervals.get(name)
    low, high = (found.low, found.high) if found else (math.nan, math.nan)
    return Interval(estimate=value, low=low, high=high)


def list_label_metrics(scorecard: Scorecard) -> list[str]:
    """List the metrics that single labels have a value of."""
    first = f".{scorecard.labels[0]}" if scorecard.labels else "."
    found = [name for name in scorecard.aggregates if name.endswith(first)]
    return [n.removesuffix(first) for n in found if not n.startswith(VALIDATION)]


def _iter_lines(scorecard: Scorecard) -> Iterator[MetricLine]:
    for row in iter_metrics(scorecard):
        whole = find_aggregate(row.name).range == (0.0, 1.0)
        yield MetricLine(row, find_interval(scorecard, row.name), whole)


def say_limit(task: Task) -> str:
    """Say from where on a confidence counts as yes."""
    limit = f"{task.confidence_threshold:g}"
    return f"a confidence of {limit} or more" if task.inclusive else f"a confidence above {limit}"


def shade(share: float, *, right: bool) -> str:
    """Name the shade of a cell of a confusion matrix by its share of the row.

    >>> shade(0.9, right=True), shade(0.1, right=False), shade(0.0, right=False)
    ('right-5', 'wrong-2', 'blank')
    """
    if math.isnan(share) or share == 0:
        return "blank"
    steps: Iterable[float] = (0.05, 0.2, 0.4, 0.7)
    return f"{'right' if right else 'wrong'}-{1 + sum(share > step for step in steps)}"
