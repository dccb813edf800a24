"""The report of masks of lesions, from its files to HTML."""

from __future__ import annotations

from contextlib import ExitStack

from isiceval.kinds.overlays import draw_overlays
from isiceval.kinds.report_requests import ReportRequest
from isiceval.kinds.requests import open_source
from isiceval.reports.html import scorecard_page
from isiceval.scorecard import Scorecard
from isiceval.scoring import choose_rules
from isiceval.studies.lesions import study_scorecard
from isiceval.summary import pick_examples
from isiceval.tasks.task import Task

N_WORST = 8
N_OTHER = 4


def write_report(scorecard: Scorecard, *, task: Task, request: ReportRequest) -> str:
    """Write the report; the worst, median and best images are read again for their pictures."""
    columns = request.read_columns(scorecard, task=task)
    with ExitStack() as stack:
        overlays = draw_overlays(
            task,
            pick_examples(scorecard.cases, n_worst=N_WORST, n_other=N_OTHER),
            truth=open_source(stack, request.truth),
            prediction=open_source(stack, request.prediction),
            images=open_source(stack, request.images) if request.images is not None else None,
            rules=choose_rules(task, lenient=request.lenient),
        )
    insight = study_scorecard(
        scorecard, task=task, columns=columns, overlays=overlays, redrawing=request.redrawing
    )
    return scorecard_page.write_scorecard(scorecard, task=task, insight=insight)
