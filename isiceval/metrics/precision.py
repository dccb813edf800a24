"""The curve of precision over recall, which the average precision sums up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from isiceval.metrics.probability import Floats, check_arrays, find_corners

__all__ = ["PrecisionRecall", "draw_precision_recall", "thin_precision_recall"]


@dataclass(frozen=True, slots=True, eq=False)
class PrecisionRecall:
    """The points of a precision-recall curve, recall rising from 0 to 1; arrays (points,).

    The first point is recall 0 and precision 1, which no threshold reaches; of the thresholds
    that find every positive case the highest is the last point.
    """

    recalls: Floats
    precisions: Floats


def draw_precision_recall(
    truth: ArrayLike, confidence: ArrayLike, *, weights: ArrayLike | None = None
) -> PrecisionRecall:
    """Return the precision and recall at each confidence as threshold.

    Arrays of shape (cases,) as in :mod:`isiceval.metrics.probability`. Precision is the share of
    positive cases among those taken, recall the share of positive cases that are taken; both
    in [0, 1], 1 is best. Undefined (no point at all) when the truth has no positive case.
    Source: Davis and Goadrich 2006, ICML; computed by scikit-learn.

    >>> drawn = draw_precision_recall([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> drawn.recalls.tolist(), [round(value, 3) for value in drawn.precisions.tolist()]
    ([0.0, 0.5, 0.5, 1.0], [1.0, 1.0, 0.5, 0.667])
    """
    from sklearn.metrics import precision_recall_curve

    known, given, counting = check_arrays(truth, confidence, weights)
    if not known.any():
        empty = np.empty(0)
        return PrecisionRecall(empty, empty)
    falling, rising, _ = precision_recall_curve(known, given, sample_weight=counting)
    precisions, recalls = falling[::-1], rising[::-1]
    last = int(np.searchsorted(recalls, recalls[-1])) + 1
    return PrecisionRecall(recalls[:last], precisions[:last])


def thin_precision_recall(
    curve: PrecisionRecall, *, tolerance: float = 0.001, above: int = 100
) -> PrecisionRecall:
    """Leave out points of a curve of more than ``above`` that lie within ``tolerance`` of it.

    Distances are taken at right angles to the line between the points that stay.
    Source: Douglas and Peucker 1973, Cartographica 10:112.

    >>> flat = PrecisionRecall(np.array([0.0, 0.5, 1.0]), np.array([1.0, 1.0, 1.0]))
    >>> thin_precision_recall(flat, above=2).recalls.tolist()
    [0.0, 1.0]
    """
    if curve.recalls.size <= above:
        return curve
    kept = find_corners(np.column_stack((curve.recalls, curve.precisions)), tolerance)
    return PrecisionRecall(curve.recalls[kept], curve.precisions[kept])
