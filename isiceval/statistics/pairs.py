"""Compare two submissions image by image: what changed, by how much, and whether by chance."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from isiceval.errors import UsageError
from isiceval.metrics.arrays import Aggregator
from isiceval.metrics.registry import find_aggregate
from isiceval.model import Bootstrap, Change, Comparison, Difference
from isiceval.scorecard import Scorecard
from isiceval.statistics.bootstrap import Resampling
from isiceval.statistics.comparison import compare_teams
from isiceval.statistics.drawn_pairs import Findings, Progress, compare_drawn, prepare_pair
from isiceval.statistics.groups import Redrawing, plan_redrawing
from isiceval.statistics.significance import ALPHA
from isiceval.statistics.uncertainty import find_direction
from isiceval.tasks.task import Task

# With fewer flips of signs, no p-value could come near 0.05.
LEAST_DRAWS = 100


def name_pair(first: object, second: object) -> tuple[str, str]:
    """Name two submissions, each a path, a scorecard or masks in memory, so that they differ.

    >>> name_pair("a.zip", "runs/b.zip"), name_pair("old/masks", "new/masks")
    (('a.zip', 'b.zip'), ('old/masks', 'new/masks'))
    """
    one, other = _find_name(first, "first"), _find_name(second, "second")
    if one == other:
        one, other = _write_path(first, one), _write_path(second, other)
    return (one, other) if one != other else (f"{one} (first)", f"{other} (second)")


def _find_name(source: object, place: str) -> str:
    if isinstance(source, Scorecard):
        return source.submission
    return Path(source).resolve().name if isinstance(source, str | Path) else place


def _write_path(source: object, name: str) -> str:
    return Path(source).as_posix() if isinstance(source, str | Path) else name


def compare_scorecards(
    first: Scorecard,
    second: Scorecard,
    *,
    task: Task,
    names: tuple[str, str],
    redrawing: Redrawing,
    progress: Progress | None = None,
) -> Comparison:
    """Compare the second of two scorecards with the first; ``progress`` is told of the draws.

    Raises UsageError where they were not made for this task, on one truth and in one way, or
    where they no longer hold what draws of the images are computed from.
    """
    _require_alike(first, second, task, names)
    pair = (first, second)
    if task.kind == "mask":
        found, bootstrap = _compare_cases(pair, task, names, redrawing)
    else:
        prepared = prepare_pair(pair, task=task, names=names)
        resampling, bootstrap = plan_redrawing(redrawing, prepared[0].units)
        found = compare_drawn(pair, prepared, resampling, bootstrap, task=task, progress=progress)
    if task.ranking not in found.differences:
        title = find_aggregate(task.ranking).title
        where = "defined in no image of both submissions"
        raise UsageError(
            f"{title} is {where if task.kind == 'mask' else 'undefined in one of the two'}"
        )
    ranking = found.differences[task.ranking]
    sure = ranking.p_value <= ALPHA
    return Comparison(
        task=task.id,
        profile=task.profile,
        metric=task.ranking,
        first=names[0],
        second=names[1],
        first_aggregates=first.aggregates,
        second_aggregates=second.aggregates,
        worse=sure and ranking.high < 0,
        better=sure and ranking.low > 0,
        jaccard_threshold=task.jaccard_threshold,
        bootstrap=bootstrap,
        truth_digest=max(first.truth_digest, second.truth_digest, key=len),
        first_signature=first.signature,
        second_signature=second.signature,
        kind=task.kind,
        **found._asdict(),
    )


def _compare_cases(
    pair: tuple[Scorecard, Scorecard], task: Task, names: tuple[str, str], redrawing: Redrawing
) -> tuple[Findings, Bootstrap]:
    """Compare two submissions whose aggregates are means over images."""
    first, second = prepare_pair(pair, task=task, names=names)
    resampling, bootstrap = plan_redrawing(redrawing, first.units)
    columns = [
        own.unit_values[name] for name in (task.ranking, "jaccard") for own in (first, second)
    ]
    rows = zip(first.units, *(column.tolist() for column in columns), strict=True)
    changes = tuple(
        Change(image=image, first=one, second=other, first_jaccard=before, second_jaccard=after)
        for image, one, other, before, after in rows
    )
    found = Findings(
        differences=_measure(first, second, resampling),
        changes=changes,
        improved=tuple(c.image for c in changes if _crosses(c, task.jaccard_threshold) > 0),
        worsened=tuple(c.image for c in changes if _crosses(c, task.jaccard_threshold) < 0),
        compared="metric",
        agreement=None,
    )
    return found, bootstrap


def _require_alike(first: Scorecard, second: Scorecard, task: Task, names: tuple[str, str]) -> None:
    for name, card in zip(names, (first, second), strict=True):
        pairs = (
            ("task", card.task, task.id),
            ("profile", card.profile, task.profile),
            ("ranking metric", card.metric, task.ranking),
            ("Jaccard threshold", card.jaccard_threshold, task.jaccard_threshold),
        )
        for what, found, expected in pairs:
            if found != expected:
                raise UsageError(
                    f"{name} cannot be compared: its {what} is {found}, not {expected}"
                )
    # A CSV carries only the beginning of the digest.
    known = min(len(first.truth_digest), len(second.truth_digest))
    if first.truth_digest[:known] != second.truth_digest[:known]:
        raise UsageError(f"{names[0]} and {names[1]} were scored against different truths")


def _measure(
    first: Aggregator, second: Aggregator, resampling: Resampling
) -> dict[str, Difference]:
    return {
        name: compare_teams(
            values,
            second.unit_values[name],
            better=find_direction(name),
            resampling=resampling,
        )
        for name, values in first.unit_values.items()
        if not np.isnan(values + second.unit_values[name]).all()
    }


def _crosses(change: Change, threshold: float) -> int:
    """Return 1 where the Jaccard rises to the threshold, -1 where it falls below it, else 0."""
    if math.isnan(change.first_jaccard + change.second_jaccard):
        return 0
    return (change.second_jaccard >= threshold) - (change.first_jaccard >= threshold)
