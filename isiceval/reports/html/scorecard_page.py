"""The report of one submission as a page."""

from __future__ import annotations

import math
from typing import NamedTuple

from isiceval.insight import Interval, Overlay, ScorecardInsight
from isiceval.metrics.catalogue import METRICS
from isiceval.model import Case
from isiceval.reports.html import charts
from isiceval.reports.html.page import render
from isiceval.reports.html.provenance import list_choices, list_rules
from isiceval.reports.rows import (
    MetricRow,
    find_title,
    group_problems,
    iter_metrics,
    say_scored,
    say_verdict,
)
from isiceval.reports.wording import show
from isiceval.scorecard import Scorecard
from isiceval.tasks.spec import Task


def write_scorecard(scorecard: Scorecard, *, task: Task, insight: ScorecardInsight) -> str:
    """Write the report of one submission: one file of HTML that needs nothing beside it."""
    threshold = scorecard.jaccard_threshold
    defined = [case for case in scorecard.cases if not math.isnan(case.values["jaccard"])]
    bars = charts.lay_bars((case.values["jaccard"] for case in defined), threshold=threshold)
    return render(
        "scorecard.html.j2",
        card=scorecard,
        task=task,
        insight=insight,
        title=find_title(scorecard.metric),
        found=say_scored(scorecard),
        verdict=say_verdict(scorecard.problems),
        score=insight.intervals[scorecard.metric],
        failures=insight.intervals["failure_rate"],
        n_failed=sum(case.values["jaccard"] < threshold for case in defined),
        n_defined=len(defined),
        metrics=[_Metric(row, insight.intervals[row.name]) for row in iter_metrics(scorecard)],
        metric_names=[(name, metric.title) for name, metric in METRICS.items()],
        scale=charts.Scale(),
        bars=bars,
        most=charts.round_up(max(bar.n for bar in bars)),
        points=[_place(case, threshold) for case in defined if case.counts],
        places=[place for place in _group_overlays(insight.overlays) if place.overlays],
        groups=group_problems(scorecard.problems),
        rules=list_rules(task, scorecard.signature),
        choices=list_choices(scorecard.signature),
        shares={case.image: _find_share(case) for case in scorecard.cases},
    )


class _Metric(NamedTuple):
    row: MetricRow
    interval: Interval


class _Point(NamedTuple):
    x: float
    y: float
    failed: bool
    words: str


def _place(case: Case, threshold: float) -> _Point:
    share, jaccard = _find_share(case), case.values["jaccard"]
    return _Point(
        x=charts.place_share(share),
        y=round(100 - charts.Scale().place(jaccard), 2),
        failed=jaccard < threshold,
        words=f"{case.image}: Jaccard {show(jaccard)}, lesion {100 * share:.1f} % of the image",
    )


def _find_share(case: Case) -> float:
    if case.counts is None or not case.counts.total:
        return math.nan
    return case.counts.truth / case.counts.total


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
