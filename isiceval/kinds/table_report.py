"""The report of a table, from its scorecard and the photos of its mistakes to HTML."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from isiceval.errors import UsageError
from isiceval.kinds.report_requests import ReportRequest
from isiceval.kinds.requests import open_source
from isiceval.kinds.thumbnails import draw_thumbnails
from isiceval.label_insight import TableInsight
from isiceval.reports.html import table_page
from isiceval.scorecard import Scorecard
from isiceval.studies.tables import study_table
from isiceval.tasks.task import Task


def write_report(scorecard: Scorecard, *, task: Task, request: ReportRequest) -> str:
    """Write the report; truth and prediction are in the scorecard and are not read again."""
    if request.lenient:
        raise UsageError(f"lenient reading is for masks; task {task.id} takes a table")
    insight = study_table(
        scorecard,
        task=task,
        columns=request.read_columns(scorecard, task=task),
        redrawing=request.redrawing,
    )
    if request.images is not None:
        insight = _add_photos(insight, scorecard, request.images)
    return table_page.write_table(scorecard, task=task, insight=insight)


def _add_photos(insight: TableInsight, scorecard: Scorecard, images: str | Path) -> TableInsight:
    shown = [mistake.image for mistake in insight.mistakes[: table_page.N_PICTURES]]
    known = [case.image for case in scorecard.cases]
    with ExitStack() as stack:
        photos = draw_thumbnails(open_source(stack, images), shown, known=known)
    first = insight.mistakes[: table_page.N_PICTURES]
    pictured = tuple(replace(one, thumbnail=photos.get(one.image)) for one in first)
    return replace(insight, mistakes=pictured + insight.mistakes[table_page.N_PICTURES :])
