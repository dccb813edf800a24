"""The report of superpixels, from its scorecard to HTML."""

from __future__ import annotations

from isiceval.errors import UsageError
from isiceval.kinds.report_requests import ReportRequest
from isiceval.reports.html import superpixels_page
from isiceval.scorecard import Scorecard
from isiceval.studies.labels import study_superpixels
from isiceval.tasks.task import Task


def write_report(scorecard: Scorecard, *, task: Task, request: ReportRequest) -> str:
    """Write the report; all it shows is in the scorecard."""
    if request.lenient:
        raise UsageError(f"lenient reading is for masks; task {task.id} takes JSON")
    if request.images is not None:
        raise UsageError("the page of superpixels shows no photos: leave --images out")
    insight = study_superpixels(
        scorecard,
        task=task,
        columns=request.read_columns(scorecard, task=task),
        redrawing=request.redrawing,
    )
    return superpixels_page.write_superpixels(scorecard, task=task, insight=insight)
