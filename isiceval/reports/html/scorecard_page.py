"""The report of one submission as a page."""

from __future__ import annotations

import math
from typing import NamedTuple

from isiceval.insight import Overlay, ScorecardInsight
from isiceval.metrics.catalogue import METRICS
from isiceval.reports.html import charts
from isiceval.reports.html.page import render
from isiceval.reports.html.provenance import list_rules
from isiceval.reports.html.scorecard_figures import draw_histogram, draw_sizes, find_share
from isiceval.reports.rows import (
    find_title,
    group_problems,
    iter_metrics,
    say_scored,
    say_verdict,
)
from isiceval.scorecard import Scorecard
from isiceval.tasks.task import Task


def write_scorecard(scorecard: Scorecard, *, task: Task, insight: ScorecardInsight) -> str:
    """Write the report of one submission: one file of HTML that needs nothing beside it."""
    threshold = scorecard.jaccard_threshold
    defined = [case for case in scorecard.cases if not math.isnan(case.values["jaccard"])]
    values = [case.values["jaccard"] for case in defined]
    return render(
        "scorecard.html.j2",
        card=scorecard,
        task=task,
        insight=insight,
        title=find_title(scorecard.metric),
        found=say_scored(scorecard),
        verdict=say_verdict(scorecard.problems),
        failures=scorecard.intervals.get("failure_rate"),
        n_failed=sum(value < threshold for value in values),
        n_defined=len(defined),
        metrics=list(iter_metrics(scorecard)),
        metric_names=[(name, metric.title) for name, metric in METRICS.items()],
        scale=charts.Scale(),
        histogram=draw_histogram(values, threshold=threshold),
        sizes=draw_sizes(defined, threshold=threshold),
        places=[place for place in _group_overlays(insight.overlays) if place.overlays],
        groups=group_problems(scorecard.problems),
        rules=list_rules(task, scorecard.signature),
        shares={case.image: find_share(case) for case in scorecard.cases},
    )


class _Picture(NamedTuple):
    overlay: Overlay
    source: str


class _Place(NamedTuple):
    name: str
    overlays: list[_Picture]


def _group_overlays(overlays: tuple[Overlay, ...]) -> list[_Place]:
    return [
        _Place(
            name,
            [
                _Picture(overlay, charts.write_data_uri("image/webp", overlay.content))
                for overlay in overlays
                if overlay.place == name
            ],
        )
        for name in ("worst", "median", "best")
    ]
