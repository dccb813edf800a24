"""Counts that are weights rather than pixels: of weighted cases, or masks made equal in size."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from isiceval.metrics import overlap
from isiceval.model import Counts

__all__ = ["FORMULAS", "WeightedCounts", "normalise", "npv", "pool", "ppv", "resize_nearest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedCounts:
    """Weights by truth and prediction: what :class:`isiceval.model.Counts` is, with fractions."""

    tp: float
    fp: float
    fn: float
    tn: float

    @property
    def total(self) -> float:
        """Return the weight of everything."""
        return self.tp + self.fp + self.fn + self.tn


def normalise(counts: Counts) -> WeightedCounts:
    """Divide the counts of one mask by its pixels, so that every mask weighs 1.

    Each field is in [0, 1] and they add up to 1. Raises ValueError for a mask without pixels.
    Source: isic-challenge-scoring, tags 2018.1 to v5.8.0, ``task2.py``. The rules of ISIC 2018/2
    speak of masks resized to 256 x 256; no code did that.

    >>> normalise(Counts(tp=1, fp=1, fn=0, tn=2))
    WeightedCounts(tp=0.25, fp=0.25, fn=0.0, tn=0.5)
    """
    total = counts.total
    if not total:
        raise ValueError("a mask without pixels has no shares")
    return WeightedCounts(
        tp=counts.tp / total, fp=counts.fp / total, fn=counts.fn / total, tn=counts.tn / total
    )


def pool(counts: Iterable[WeightedCounts]) -> WeightedCounts:
    """Add up counts, exactly, so that their order moves no digit.

    >>> pool([WeightedCounts(tp=0.1, fp=0.9, fn=0, tn=0)] * 10)
    WeightedCounts(tp=1.0, fp=9.0, fn=0.0, tn=0.0)
    """
    parts = list(counts)
    return WeightedCounts(
        tp=math.fsum(part.tp for part in parts),
        fp=math.fsum(part.fp for part in parts),
        fn=math.fsum(part.fn for part in parts),
        tn=math.fsum(part.tn for part in parts),
    )


def resize_nearest(
    mask: NDArray[np.bool_], *, width: int = 512, height: int = 512
) -> NDArray[np.bool_]:
    """Resize a mask to ``width`` x ``height`` by taking the pixel under each new pixel's centre.

    ``mask`` has shape (rows, columns), the result (height, width). Where the new size is a power
    of two, as 512 is, this is bit for bit what Pillow's ``NEAREST`` does.
    Source: ISIC 2016/2B, isic-challenge-scoring, tag 2016-final, ``scoreP2B.py``, which pools the
    pixels of all masks of a feature at that size.

    >>> resize_nearest(np.array([[True, False]]), width=4, height=1).tolist()
    [[True, True, False, False]]
    """
    if mask.ndim != 2 or not mask.size:
        raise ValueError(f"a mask has two dimensions and some pixels, not shape {mask.shape}")
    rows, columns = mask.shape
    down = (2 * np.arange(height) + 1) * rows // (2 * height)
    across = (2 * np.arange(width) + 1) * columns // (2 * width)
    resized: NDArray[np.bool_] = mask[down[:, None], across]
    return resized


def ppv(counts: WeightedCounts) -> float:
    """Return TP / (TP + FP), the positive predictive value or precision.

    Range [0, 1], 1 is best. Undefined (NaN) when nothing was predicted positive.
    Source: isic-challenge-scoring 4 and 5, secondary metric of ISIC 2018/3 and 2019.

    >>> ppv(WeightedCounts(tp=3, fp=1, fn=0, tn=0))
    0.75
    """
    taken = counts.tp + counts.fp
    return counts.tp / taken if taken else math.nan


def npv(counts: WeightedCounts) -> float:
    """Return TN / (TN + FN), the negative predictive value.

    Range [0, 1], 1 is best. Undefined (NaN) when nothing was predicted negative.
    Source: isic-challenge-scoring 4 and 5, secondary metric of ISIC 2018/3 and 2019.

    >>> npv(WeightedCounts(tp=0, fp=0, fn=1, tn=3))
    0.75
    """
    left = counts.tn + counts.fn
    return counts.tn / left if left else math.nan


_Formula = Callable[[WeightedCounts], float]


def _take_weights(formula: Callable[[Counts], float]) -> _Formula:
    # The overlap formulas read nothing of their argument but the four numbers and their total.
    return cast("_Formula", formula)


FORMULAS: Mapping[str, _Formula] = {
    "accuracy": _take_weights(overlap.accuracy),
    "sensitivity": _take_weights(overlap.sensitivity),
    "specificity": _take_weights(overlap.specificity),
    "jaccard": _take_weights(overlap.jaccard),
    "dice": _take_weights(overlap.dice),
    "ppv": ppv,
    "npv": npv,
}
