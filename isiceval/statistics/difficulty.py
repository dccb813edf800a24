"""How hard each image of a leaderboard is: the values of all ranked submissions, side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isiceval.metrics.arrays import FloatArray
from isiceval.model import Case, Standing

__all__ = ["Difficulty", "compute_difficulty"]


@dataclass(frozen=True, slots=True, eq=False)
class Difficulty:
    """The images from the hardest to the easiest, by their mean over submissions.

    ``values`` has shape (submissions, images), NaN where undefined; ``means`` shape (images,).
    Where an image has several masks, each is an image of its own, with its label behind the id.
    """

    images: tuple[str, ...]
    values: FloatArray
    means: FloatArray


def compute_difficulty(standings: Sequence[Standing], metric: str) -> Difficulty | None:
    """Order the images by the mean of a metric; None where no case has a value of it.

    An image whose value is undefined in every submission comes last.
    """
    rows = [
        {_name(case): case.values[metric] for case in standing.cases if metric in case.values}
        for standing in standings
    ]
    images = sorted({image for row in rows for image in row})
    if not images:
        return None
    values = np.array([[row.get(image, math.nan) for image in images] for row in rows])
    defined = ~np.isnan(values)
    n_defined = defined.sum(axis=0)
    totals = np.where(defined, values, 0.0).sum(axis=0)
    means = np.where(n_defined > 0, totals / np.maximum(n_defined, 1), np.nan)
    order = np.argsort(means, kind="stable")  # NaN sorts last
    return Difficulty(tuple(images[n] for n in order), values[:, order], means[order])


def _name(case: Case) -> str:
    return f"{case.image} {case.label}" if case.label else case.image
