"""How hard each image of a leaderboard is: the values of all ranked submissions, side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from isiceval.metrics.arrays import FloatArray

__all__ = ["Difficulty", "compute_difficulty"]


@dataclass(frozen=True, slots=True, eq=False)
class Difficulty:
    """The images from the hardest to the easiest, by their mean over submissions.

    ``values`` has shape (submissions, images), NaN where undefined; ``means`` shape (images,).
    """

    images: tuple[str, ...]
    values: FloatArray
    means: FloatArray


def compute_difficulty(rows: Sequence[Mapping[str, float]]) -> Difficulty | None:
    """Order the images by their mean; ``rows`` has the value of each image for each submission.

    An image whose value is undefined in every submission comes last. None where there is no value.
    """
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
