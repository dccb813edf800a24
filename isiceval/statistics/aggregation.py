"""Aggregates on draws of the images, and their intervals."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import numpy as np

from isiceval.errors import UsageError
from isiceval.metrics.arrays import Aggregator, FloatArray
from isiceval.model import Interval
from isiceval.scorecard import Scorecard
from isiceval.statistics.bootstrap import Resampling, iter_weights
from isiceval.statistics.stability import find_percentiles
from isiceval.tasks.task import Task

__all__ = ["draw_all", "find_intervals", "prepare_aggregation"]

# With fewer of the draws defined an interval would speak of an odd choice of them.
LEAST_DEFINED = 0.5


def prepare_aggregation(
    scorecard: Scorecard, *, task: Task | None = None, images: Collection[str] | None = None
) -> Aggregator:
    """Prepare the aggregates of a scorecard to be computed on draws of its images.

    On weights of 1 they are the scorecard's aggregates; on others what the formulas
    give where each image counts as often as its weight says. ``task`` is the one it was scored
    on, None finds it by its id; ``images`` restricts it to a subgroup, by id. A task of tables
    draws rows; the retrieval metrics, means over patients, draw patients: each counts as often
    as its first row.

    Raises CannotResample where the scorecard no longer holds what its aggregates were made of.
    """
    if images is not None:
        chosen = set(images)
        rows = [row for row, image in enumerate(scorecard.measured.images) if image in chosen]
        if not rows:
            raise UsageError(f"{scorecard.submission} has none of these images")
        scorecard = replace(scorecard, measured=scorecard.measured.take(rows))
    return scorecard.prepare(task)


def draw_all(
    aggregations: Sequence[Aggregator],
    resampling: Resampling,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> list[FloatArray]:
    """Compute the aggregates of several submissions, all on the same draws: draws x names each.

    ``progress`` is called with the draws done and all draws.
    """
    found: list[list[FloatArray]] = [[] for _ in aggregations]
    done = 0
    for block in iter_weights(len(aggregations[0].units), resampling):
        for own, aggregation in zip(found, aggregations, strict=True):
            own.append(aggregation.evaluate(block))
        done += len(block)
        if progress is not None:
            progress(done, resampling.draws)
    return [np.concatenate(own) for own in found]


def find_intervals(names: Sequence[str], draws: FloatArray) -> dict[str, Interval]:
    """Find the 95 % interval of each aggregate from its draws, by name.

    Draws in which it is undefined do not count; one that is undefined in most has no interval.
    """
    low, high = find_percentiles(draws)
    known = 1 - np.isnan(draws).mean(axis=0)
    return {
        name: Interval(float(a), float(b))
        for name, share, a, b in zip(names, known, low, high, strict=True)
        if share >= LEAST_DEFINED
    }
