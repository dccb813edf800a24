"""Pages of HTML: what they show is computed here, laid out in reports, and rendered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from functools import partial
from pathlib import Path

import numpy as np

from isiceval.errors import UsageError
from isiceval.kinds.classification import SEVERAL
from isiceval.kinds.describe_classification import describe_classification
from isiceval.kinds.describe_segmentation import describe_segmentation, list_columns
from isiceval.kinds.kind import Measured, MeasuredConfidences, MeasuredCounts
from isiceval.metrics.arrays import Aggregator, FloatArray, IntArray, Term, make_mean
from isiceval.metrics.registry import AT, has_classes_in_cells
from isiceval.model import DRAWS, SEED, Leaderboard, Standing
from isiceval.numbers import format_value
from isiceval.options import BootstrapOptions, Grouping, PageSources, Source, choose_bootstrap
from isiceval.pipeline import choose_task, group_by_patient
from isiceval.reports.html import render_html
from isiceval.reports.leaderboard import describe_board_page
from isiceval.reports.registry import ReportInputs, Result
from isiceval.reports.scorecard import describe_scorecard_page, find_title
from isiceval.scorecard import Scorecard
from isiceval.sources.sidecars import read_metadata
from isiceval.statistics.bootstrap import plan_bootstrap
from isiceval.statistics.calibration import measure_calibration
from isiceval.statistics.subgroups import (
    SHARE,
    Breakdown,
    LabelCounts,
    compute_breakdown,
    compute_difficulty,
)
from isiceval.tasks.task import Task


def render(result: Result, inputs: ReportInputs) -> str:
    """Write the page of a scorecard or a leaderboard."""
    if isinstance(result, Leaderboard):
        return write_leaderboard(result, task=inputs.task)
    if not isinstance(result, Scorecard):
        raise TypeError(f"there is no page of a {type(result).__name__}")
    return write_scorecard(
        result, **{one.name: getattr(inputs, one.name) for one in fields(inputs)}
    )


def write_scorecard(
    scorecard: Scorecard,
    *,
    task: str | Task,
    truth: Source | None = None,
    prediction: Source | None = None,
    images: str | Path | None = None,
    metadata: str | Path | Mapping[str, Mapping[str, str]] | None = None,
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
    the misclassified cases of a table, and ``metadata``, a CSV of image ids and facts, or a mapping
    of fact to image to value, to compute the score of subgroups. ``bootstrap`` (at least 1),
    ``seed`` and ``groups`` are as for ``isiceval.score``.
    """
    chosen = choose_task(task, profile, rank_by)
    interval = scorecard.bootstrap.interval if scorecard.bootstrap else "pseudo-case"
    resampled = choose_bootstrap(bootstrap, seed, groups, interval=interval, task=chosen)
    if resampled is None:
        raise UsageError("a page shows intervals: bootstrap must be at least 1")
    resampled = group_by_patient(resampled, [scorecard])
    known = list(dict.fromkeys(scorecard.measured.images))
    columns = metadata if isinstance(metadata, Mapping) else {}
    if isinstance(metadata, str | Path):
        columns = read_metadata(Path(metadata), task=chosen, images=known)
    sources = PageSources(truth=truth, prediction=prediction, images=images, lenient=lenient)
    if chosen.reader == "masks":
        columns = {**columns, **list_columns(scorecard)}
        details = describe_segmentation(scorecard, task=chosen, sources=sources)
    else:
        calibration = partial(measure_calibration, bootstrap=resampled)
        details = describe_classification(
            scorecard, task=chosen, sources=sources, measure_calibration=calibration
        )
    blocks = describe_scorecard_page(
        scorecard,
        chosen,
        details=details,
        breakdowns=compute_breakdowns(scorecard, columns, task=chosen, bootstrap=resampled),
        bootstrap=plan_bootstrap(resampled, known)[1],
    )
    score = f"{find_title(scorecard.metric)} {format_value(scorecard.score)}"
    return render_html(blocks, title=f"{scorecard.submission}: {score} on {scorecard.task}")


def compute_breakdowns(
    card: Scorecard,
    columns: Mapping[str, Mapping[str, str]],
    *,
    task: Task,
    bootstrap: BootstrapOptions,
) -> list[Breakdown]:
    """Compute the score, and the share of failed or misclassified cases, of each subgroup."""
    measured = card.measured
    used = np.ones(len(measured), dtype=np.bool_)
    if isinstance(measured, MeasuredConfidences):
        used = measured.weights > 0
        # The other metrics of a table would take time.
        metric = task.ranking.partition(".")[0]
        at = task.sensitivities if metric.startswith(AT) else ()
        task = replace(task, metrics=() if at else (metric,), sensitivities=at)
    rows: dict[str, list[int]] = {}
    for row in np.flatnonzero(used).tolist():
        rows.setdefault(measured.images[row], []).append(row)

    def prepare(images: Sequence[str]) -> Aggregator:
        own = measured.take([row for image in images for row in rows[image]])
        return _add_share(replace(card, measured=own).prepare(task), card.metric, own)

    def count_labels(images: Sequence[str]) -> LabelCounts:
        if not isinstance(measured, MeasuredConfidences):
            return {}
        codes = measured.truth.codes[[row for image in images for row in rows[image]]]
        counts = np.bincount(codes, minlength=len(measured.truth.names)).tolist()
        found: Counter[str] = Counter()
        for name, n in zip(measured.truth.names, counts, strict=True):
            found.update(dict.fromkeys(name.split(SEVERAL), n))
        known = measured.truth.names if has_classes_in_cells(task) else task.labels
        return {label: (found[label], len(codes) - found[label]) for label in known}

    return [
        compute_breakdown(
            name,
            values,
            images=list(rows),
            prepare=prepare,
            bootstrap=bootstrap,
            count_labels=count_labels,
        )
        for name, values in columns.items()
    ]


def _add_share(made: Aggregator, metric: str, measured: Measured) -> Aggregator:
    """Keep the score, and add the share of failed masks or of misclassified cases."""
    at = [made.names.index(name) for name in (metric, SHARE) if name in made.names]
    wrong, values = None, np.zeros(0)
    if isinstance(measured, MeasuredConfidences):
        correct = dict(zip(measured.images, measured.correct.tolist(), strict=True))
        values = np.array([not correct[image] for image in made.units], dtype=np.float64)
        wrong = make_mean([values])

    def compute_terms() -> dict[str, list[Term]]:
        return {SHARE: [Term(values, np.arange(len(values)))], **made.compute_terms()}

    def evaluate(weights: IntArray) -> FloatArray:
        kept = made.evaluate(weights)[:, at]
        return kept if wrong is None else np.column_stack((kept, wrong(weights)))

    names = (metric, SHARE) if len(at) > 1 or wrong else (metric,)
    return Aggregator(units=made.units, names=names, evaluate=evaluate, compute_terms=compute_terms)


def write_leaderboard(
    board: Leaderboard, *, task: str | Task, profile: str | None = None, rank_by: str | None = None
) -> str:
    """Write a leaderboard of any kind of task as one file of HTML; it holds all that is shown."""
    chosen = choose_task(task, profile, rank_by)
    ranked = [standing for standing in board.standings if standing.rank is not None]
    shown = "jaccard" if board.metric == "threshold_jaccard" else board.metric
    difficulty = compute_difficulty([_list_values(standing, shown) for standing in ranked])
    blocks = describe_board_page(board, chosen, difficulty=difficulty, shown=shown)
    return render_html(blocks, title=f"Leaderboard of {board.task}")


def _list_values(standing: Standing, metric: str) -> dict[str, float]:
    """List the value of each image; of several masks each is one, with its label behind the id."""
    measured = standing.measured
    if not isinstance(measured, MeasuredCounts) or metric not in measured.values:
        return {}
    names: Iterable[str] = measured.images
    if measured.labels:
        labels = (measured.labels[at] for at in measured.label)
        names = (f"{image} {label}" for image, label in zip(measured.images, labels, strict=True))
    return dict(zip(names, measured.values[metric].tolist(), strict=True))
