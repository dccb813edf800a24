"""The report of superpixels as a page."""

from __future__ import annotations

from isiceval.label_insight import SuperpixelsInsight
from isiceval.reports.html import label_figures
from isiceval.reports.html.label_words import describe, say_limit
from isiceval.reports.html.page import render
from isiceval.scorecard import Scorecard
from isiceval.tasks.task import Task


def write_superpixels(scorecard: Scorecard, *, task: Task, insight: SuperpixelsInsight) -> str:
    """Write the report of superpixels: one file of HTML that needs nothing beside it."""
    drawn = insight.labels
    return render(
        "superpixels.html.j2",
        **describe(scorecard, task),
        insight=insight,
        drawn=drawn,
        strokes=[label_figures.choose_stroke(place) for place in range(len(drawn))],
        roc=label_figures.draw_rocs(drawn),
        limit=say_limit(task),
    )
