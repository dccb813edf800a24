"""Pages of HTML: what they show is computed here, laid out in reports, and rendered."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from isiceval.errors import UsageError
from isiceval.kinds.describe_classification import describe_classification
from isiceval.kinds.describe_segmentation import describe_segmentation, list_columns
from isiceval.kinds.requests import PageSources, Source
from isiceval.metrics.aggregates import AT
from isiceval.model import DRAWS, SEED, Leaderboard
from isiceval.pipeline import Grouping, choose_task
from isiceval.reports.board_page import describe_board_page
from isiceval.reports.html import render_html
from isiceval.reports.numbers import show
from isiceval.reports.registry import ReportInputs, Result
from isiceval.reports.rows import find_title
from isiceval.reports.scorecard_page import describe_scorecard_page
from isiceval.scorecard import Scorecard
from isiceval.sources.sidecars import read_metadata
from isiceval.statistics.aggregation import Aggregation, prepare_aggregation
from isiceval.statistics.bootstrap import make_mean
from isiceval.statistics.difficulty import compute_difficulty
from isiceval.statistics.groups import Redrawing, choose_redrawing, plan_redrawing
from isiceval.statistics.ordering import FloatArray, IntArray
from isiceval.statistics.subgroups import Breakdown, compute_breakdown
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
    the misclassified cases of a table, and ``metadata``, a CSV of image ids and facts, to compute
    the score of subgroups. ``bootstrap`` (at least 1), ``seed`` and ``groups`` are as for
    ``isiceval.score``.
    """
    chosen = choose_task(task, profile, rank_by)
    resampled = choose_redrawing(bootstrap, seed, groups)
    if resampled is None:
        raise UsageError("a page shows intervals: bootstrap must be at least 1")
    sources = PageSources(truth=truth, prediction=prediction, images=images, lenient=lenient)
    of_masks = chosen.kind in ("mask", "masks")
    describe = describe_segmentation if of_masks else describe_classification
    known = list(dict.fromkeys(case.image for case in scorecard.cases))
    columns: dict[str, dict[str, str]] = {}
    if metadata is not None:
        columns = read_metadata(Path(metadata), task=chosen, images=known)
    if of_masks:
        columns |= list_columns(scorecard)
    blocks = describe_scorecard_page(
        scorecard,
        chosen,
        details=describe(scorecard, task=chosen, sources=sources),
        breakdowns=_compute_breakdowns(scorecard, columns, chosen, resampled),
        bootstrap=plan_redrawing(resampled, known)[1],
    )
    title = f"{scorecard.submission}: {find_title(scorecard.metric)} {show(scorecard.score)}"
    return render_html(blocks, title=f"{title} on {scorecard.task}")


def _compute_breakdowns(
    card: Scorecard, columns: Mapping[str, Mapping[str, str]], task: Task, resampled: Redrawing
) -> list[Breakdown]:
    """Compute the score, and the share of failed or misclassified cases, of each subgroup."""
    counted = (c for c in card.cases if c.diagnosis is None or c.diagnosis.weight > 0)
    images = list(dict.fromkeys(case.image for case in counted))
    narrow = _narrow(task)

    def prepare(own: Sequence[str]) -> Aggregation:
        chosen = frozenset(own)
        cases = tuple(case for case in card.cases if case.image in chosen)
        group = replace(card, cases=cases, aggregates={card.metric: math.nan})
        made = prepare_aggregation(group, task=narrow, images=chosen)
        return _add_share(made, group)

    return [
        compute_breakdown(name, values, images=images, prepare=prepare, bootstrap=resampled)
        for name, values in columns.items()
    ]


def _narrow(task: Task) -> Task:
    """Narrow a task of tables to its ranking metric; computing the others would take time."""
    metric = task.ranking.partition(".")[0]
    if task.kind != "table":
        return task
    if metric.startswith(AT):
        return replace(task, metrics=())
    return replace(task, metrics=(metric,), sensitivities=())


def _add_share(made: Aggregation, group: Scorecard) -> Aggregation:
    """Keep the score, and add the share of failed masks or of misclassified cases."""
    at = [made.names.index(group.metric)]
    share: Callable[[IntArray], FloatArray] | None = None
    if group.kind == "mask":
        at.append(made.names.index("failure_rate"))
    elif group.kind == "table":
        wrong = {c.image: c.diagnosis is not None and not c.diagnosis.correct for c in group.cases}
        share = make_mean([[wrong[image] for image in made.units]])

    def measure(weights: IntArray) -> FloatArray:
        values = made.statistic(weights)[:, at]
        return values if share is None else np.column_stack((values, share(weights)))

    names = (group.metric, "share") if group.kind in ("mask", "table") else (group.metric,)
    return Aggregation(made.units, names, measure)


def write_leaderboard(
    board: Leaderboard,
    *,
    task: str | Task,
    profile: str | None = None,
    rank_by: str | None = None,
) -> str:
    """Write a leaderboard of any kind of task as one file of HTML; it holds all that is shown."""
    chosen = choose_task(task, profile, rank_by)
    ranked = [standing for standing in board.standings if standing.rank is not None]
    shown = "jaccard" if board.metric == "threshold_jaccard" else board.metric
    difficulty = compute_difficulty(ranked, shown)
    blocks = describe_board_page(board, chosen, difficulty=difficulty, shown=shown)
    return render_html(blocks, title=f"Leaderboard of {board.task}")
