"""Pages of HTML in one call: what they show is worked out, then written."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from isiceval.errors import UsageError
from isiceval.inputs.metadata import read_metadata_file
from isiceval.inputs.overlays import draw_overlays
from isiceval.insight import ScorecardInsight
from isiceval.kinds.requests import Source, open_source
from isiceval.model import DRAWS, SEED, Leaderboard
from isiceval.pipeline import Grouping, choose_task
from isiceval.ranking.groups import Redrawing, choose_redrawing
from isiceval.ranking.insight import study_leaderboard, study_scorecard
from isiceval.reports.html import leaderboard_page, scorecard_page
from isiceval.scorecard import Scorecard
from isiceval.scoring import choose_rules
from isiceval.summary import pick_examples
from isiceval.tasks.spec import Task

N_WORST = 8
N_OTHER = 4


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

    Takes what ``isiceval.score`` took, so that the worst, median and best images can be read
    again, with ``images`` (folder or zip of dermoscopic images) to draw them on, and
    ``metadata``, a CSV of image ids and facts, to break the score down by. ``bootstrap`` (at
    least 1), ``seed`` and ``groups`` are as for ``isiceval.score``.
    """
    chosen = _choose_task(task, profile, rank_by)
    insight = _study(
        chosen,
        scorecard,
        truth=truth,
        prediction=prediction,
        images=images,
        metadata=metadata,
        lenient=lenient,
        redrawing=_choose(bootstrap, seed, groups),
    )
    return scorecard_page.write_scorecard(scorecard, task=chosen, insight=insight)


def _study(
    task: Task,
    scorecard: Scorecard,
    *,
    truth: Source,
    prediction: Source,
    images: str | Path | None = None,
    metadata: str | Path | None = None,
    lenient: bool = False,
    redrawing: Redrawing,
) -> ScorecardInsight:
    """Work out what the report shows beside the scorecard; read the examples again for pictures."""
    known = [case.image for case in scorecard.cases]
    columns = (
        read_metadata_file(Path(metadata), task=task, images=known) if metadata is not None else {}
    )
    with ExitStack() as stack:
        overlays = draw_overlays(
            task,
            pick_examples(scorecard.cases, n_worst=N_WORST, n_other=N_OTHER),
            truth=open_source(stack, truth),
            prediction=open_source(stack, prediction),
            images=open_source(stack, images) if images is not None else None,
            rules=choose_rules(task, lenient=lenient),
        )
    return study_scorecard(scorecard, columns=columns, overlays=overlays, redrawing=redrawing)


def write_leaderboard(
    board: Leaderboard,
    *,
    task: str | Task,
    profile: str | None = None,
    rank_by: str | None = None,
    groups: Grouping | None = None,
) -> str:
    """Write a leaderboard of any kind of task as one file of HTML.

    Takes what ``isiceval.rank`` took: ``groups`` are for how often each rank is taken when the
    images are drawn anew, which the board itself does not hold.
    """
    chosen = choose_task(task, profile, rank_by)
    redrawing = choose_redrawing(DRAWS, SEED, groups)
    insight = study_leaderboard(board, groups=redrawing.groups if redrawing else None)
    return leaderboard_page.write_leaderboard(board, task=chosen, insight=insight)


def _choose(bootstrap: int, seed: int, groups: Grouping | None) -> Redrawing:
    redrawing = choose_redrawing(bootstrap, seed, groups)
    if redrawing is None:
        raise UsageError("a page shows intervals: bootstrap must be at least 1")
    return redrawing


def _choose_task(task: str | Task, profile: str | None, rank_by: str | None) -> Task:
    chosen = choose_task(task, profile, rank_by)
    if chosen.kind != "mask":
        raise UsageError(f"there are no pages for task {chosen.id}: they show masks of lesions")
    return chosen
