"""The report of attribute masks as a page."""

from __future__ import annotations

from typing import NamedTuple

from isiceval.insight import Overlay
from isiceval.label_insight import MasksInsight
from isiceval.model import Case
from isiceval.reports.html import label_figures
from isiceval.reports.html.charts import write_data_uri
from isiceval.reports.html.label_words import describe
from isiceval.reports.html.page import render
from isiceval.scorecard import Scorecard
from isiceval.tasks.task import Task


def write_masks(scorecard: Scorecard, *, task: Task, insight: MasksInsight) -> str:
    """Write the report of attribute masks: one file of HTML that needs nothing beside it."""
    return render(
        "masks.html.j2",
        **describe(scorecard, task),
        insight=insight,
        histograms=label_figures.draw_each(
            label_figures.draw_jaccards, insight.labels, name="jaccards"
        ),
        galleries=[g for label in task.labels if (g := _collect(insight, label)).pictures],
        shares=[_describe_case(case) for case in scorecard.cases],
    )


class _Picture(NamedTuple):
    overlay: Overlay
    source: str


class _Gallery(NamedTuple):
    label: str
    pictures: list[_Picture]


def _collect(insight: MasksInsight, label: str) -> _Gallery:
    own = [overlay for overlay in insight.overlays if overlay.label == label]
    return _Gallery(label, [_Picture(o, write_data_uri("image/webp", o.content)) for o in own])


class _Row(NamedTuple):
    case: Case
    truth: float
    prediction: float
    status: str


def _describe_case(case: Case) -> _Row:
    counts = case.counts
    if counts is None or not counts.total:
        return _Row(case, float("nan"), float("nan"), "-")
    status = "compared"
    if not counts.truth:
        status = "invented" if counts.prediction else "empty in both"
    elif not counts.prediction:
        status = "missed"
    return _Row(case, counts.truth / counts.total, counts.prediction / counts.total, status)
