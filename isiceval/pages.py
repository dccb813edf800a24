"""Pages of HTML in one call: what they show is worked out, then written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from isiceval.errors import UsageError
from isiceval.kinds.report_requests import ReportRequest
from isiceval.kinds.requests import Source
from isiceval.model import DRAWS, SEED, Leaderboard
from isiceval.pipeline import Grouping, choose_task
from isiceval.reports.html import leaderboard_page
from isiceval.reports.registry import ReportInputs, Result
from isiceval.scorecard import Scorecard
from isiceval.statistics.groups import Redrawing, choose_redrawing
from isiceval.studies.leaderboards import study_leaderboard
from isiceval.tasks.task import Task


def render(result: Result, inputs: ReportInputs) -> str:
    """Write the page of a scorecard or a leaderboard."""
    if isinstance(result, Leaderboard):
        return write_leaderboard(result, task=inputs.task)
    if not isinstance(result, Scorecard):
        raise TypeError(f"there is no page of a {type(result).__name__}")
    return write_scorecard(
        result,
        task=inputs.task,
        truth=inputs.truth,
        prediction=inputs.prediction,
        images=inputs.images,
        metadata=inputs.metadata,
        lenient=inputs.lenient,
        bootstrap=inputs.bootstrap,
        seed=inputs.seed,
        groups=inputs.groups,
    )


def write_scorecard(
    scorecard: Scorecard,
    *,
    task: str | Task,
    truth: Source,
    prediction: Source,
    images: str | Path | None = None,
    metadata: str | Path | None = None,
    profile: str | None = None,
    rank_by: str | None = None,
    lenient: bool = False,
    bootstrap: int = DRAWS,
    seed: int = SEED,
    groups: Grouping | None = None,
) -> str:
    """Write the report of a scored submission as one file of HTML.

    Takes what ``isiceval.score`` took, so that what is shown as a picture can be read again,
    with ``images`` (folder or zip of dermoscopic images) to draw masks on or to show beside
    the mistakes of a table, and ``metadata``, a CSV of image ids and facts, to break the score
    down by. ``bootstrap`` (at least 1), ``seed`` and ``groups`` are as for ``isiceval.score``.
    """
    chosen = choose_task(task, profile, rank_by)
    request = ReportRequest(
        truth=truth,
        prediction=prediction,
        images=images,
        metadata=metadata,
        lenient=lenient,
        redrawing=_choose(bootstrap, seed, groups),
    )
    return _choose_report(chosen)(scorecard, task=chosen, request=request)


def _choose_report(task: Task) -> Callable[..., str]:
    """Choose how the report of a kind of task is written; only that one is loaded."""
    match task.kind:
        case "mask":
            from isiceval.kinds.mask_report import write_report as write_masks

            return write_masks
        case "masks":
            from isiceval.kinds.attribute_report import write_report as write_attributes

            return write_attributes
        case "superpixels":
            from isiceval.kinds.superpixel_report import write_report as write_superpixels

            return write_superpixels
        case "table":
            from isiceval.kinds.table_report import write_report as write_table

            return write_table


def write_leaderboard(
    board: Leaderboard,
    *,
    task: str | Task,
    profile: str | None = None,
    rank_by: str | None = None,
) -> str:
    """Write a leaderboard of any kind of task as one file of HTML; it holds all that is shown."""
    chosen = choose_task(task, profile, rank_by)
    insight = study_leaderboard(board)
    return leaderboard_page.write_leaderboard(board, task=chosen, insight=insight)


def _choose(bootstrap: int, seed: int, groups: Grouping | None) -> Redrawing:
    redrawing = choose_redrawing(bootstrap, seed, groups)
    if redrawing is None:
        raise UsageError("a page shows intervals: bootstrap must be at least 1")
    return redrawing
