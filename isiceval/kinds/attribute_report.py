"""The report of attribute masks, from its files to HTML."""

from __future__ import annotations

from contextlib import ExitStack

from isiceval.insight import Overlay
from isiceval.kinds.attributes import expand, split_name
from isiceval.kinds.overlays import draw_overlays
from isiceval.kinds.report_requests import ReportRequest
from isiceval.kinds.requests import open_source
from isiceval.model import Case
from isiceval.reports.html import masks_page
from isiceval.scorecard import Scorecard
from isiceval.scoring import choose_rules
from isiceval.sources.expected import find_files
from isiceval.studies.labels import pick_masks, study_masks
from isiceval.tasks.task import Task


def write_report(scorecard: Scorecard, *, task: Task, request: ReportRequest) -> str:
    """Write the report; the chosen masks of each attribute are read again for their pictures."""
    insight = study_masks(
        scorecard,
        task=task,
        columns=request.read_columns(scorecard, task=task),
        overlays=_draw(scorecard, task, request),
        redrawing=request.redrawing,
    )
    return masks_page.write_masks(scorecard, task=task, insight=insight)


def _draw(scorecard: Scorecard, task: Task, request: ReportRequest) -> list[Overlay]:
    examples: dict[str, list[Case]] = {}
    for label in task.labels:
        for place, cases in pick_masks(scorecard.cases, label).items():
            examples.setdefault(place, []).extend(cases)
    with ExitStack() as stack:
        truth = open_source(stack, request.truth)
        names = {split_name(name, task=task): name for name in find_files(truth, task=expand(task))}
        return draw_overlays(
            expand(task),
            examples,
            truth=truth,
            prediction=open_source(stack, request.prediction),
            images=open_source(stack, request.images) if request.images is not None else None,
            rules=choose_rules(task, lenient=request.lenient),
            photo_task=task,
            name_mask=lambda case: names.get((case.image, case.label), ""),
        )
