"""Formulas of confidences: NumPy arrays in, one number out, NaN where it is undefined.

Shared by every function here: ``truth`` is an array of shape (cases,) of booleans (or of
numbers that are all 0 or 1), ``confidence`` one of floats of the same shape, finite and
usually in [0, 1]; ``weights`` one of floats >= 0 of the same shape, or None for 1 each. A case
of weight 0 does not count at all. ValueError or TypeError say what does not fit.

scikit-learn draws the curves and computes the area under the ROC curve and the stepwise
average precision, as it did in the official scorers; what it no longer does, or never did, is
computed here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Roc",
    "auc",
    "auc_above_sensitivity",
    "average_precision",
    "draw_roc",
    "partial_auc",
    "specificity_at_sensitivity",
    "thin_roc",
    "trapezoid_average_precision",
]

Truth = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Roc:
    """The points of a ROC curve, from (0, 0) to (1, 1); three arrays of shape (points,).

    A case counts as positive where its confidence is at least the point's threshold; the
    threshold of (0, 0) is infinite.
    """

    thresholds: Floats
    false_positive_rates: Floats
    true_positive_rates: Floats


def auc(truth: ArrayLike, confidence: ArrayLike, *, weights: ArrayLike | None = None) -> float:
    """Return the area under the ROC curve.

    It is the chance that a positive case has a higher confidence than a negative one, ties
    counted half. Range [0, 1], 1 is best, 0.5 is what guessing gets. Undefined (NaN) when the
    truth has no positive or no negative case.
    Source: Hanley and McNeil 1982, Radiology 143:29; ranking metric of ISIC 2017/2, 2017/3, 2020.

    >>> auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """
    from sklearn.metrics import roc_auc_score

    known, given, counting = check_arrays(truth, confidence, weights)
    if not _has_both(known):
        return math.nan
    return float(roc_auc_score(known, given, sample_weight=counting))


def average_precision(
    truth: ArrayLike, confidence: ArrayLike, *, weights: ArrayLike | None = None
) -> float:
    """Return the average precision: the sum over steps of recall of the precision reached there.

    As scikit-learn from 0.19 computes it, without interpolation. Range (0, 1], 1 is best, the
    share of positive cases is what guessing gets. Undefined (NaN) when the truth has no
    positive case.
    Source: Zhu 2004, Recall, precision and average precision; secondary metric of ISIC 2018/3
    and 2019.

    >>> round(average_precision([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), 4)
    0.8333
    """
    from sklearn.metrics import average_precision_score

    known, given, counting = check_arrays(truth, confidence, weights)
    if not known.any():
        return math.nan
    return float(average_precision_score(known, given, sample_weight=counting))


def trapezoid_average_precision(truth: ArrayLike, confidence: ArrayLike) -> float:
    """Return the area under the precision-recall curve, its points joined by straight lines.

    This is what scikit-learn before 0.19 called average precision, and so what ranked ISIC 2016
    tasks 2, 3 and 3B; scikit-learn has since given it up, because no classifier reaches the
    points on the lines (issue 5379): a file of equal confidences gets (1 + prevalence) / 2 here,
    and the prevalence from :func:`average_precision`. The curve starts at recall 0 and
    precision 1 and ends at the first threshold that finds every positive case.

    Range (0, 1], 1 is best. Undefined (NaN) when the truth has no positive case.
    Source: scikit-learn 0.18.1, ``precision_recall_curve`` and ``auc``.

    >>> round(trapezoid_average_precision([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), 4)
    0.7917
    >>> trapezoid_average_precision([1, 0, 0, 0], [0.5, 0.5, 0.5, 0.5])
    0.625
    """
    known, given, _ = check_arrays(truth, confidence, None)
    if not known.any():
        return math.nan
    found, taken = _count_down(known, given)
    last = int(np.searchsorted(found, found[-1])) + 1
    recall = np.concatenate(([0.0], found[:last] / found[-1]))
    precision = np.concatenate(([1.0], found[:last] / taken[:last]))
    return float(np.trapezoid(precision, recall))


def _count_down(truth: Truth, confidence: Floats) -> tuple[Floats, Floats]:
    """Count, at each distinct confidence from the highest, the positives and all cases so far."""
    order = np.argsort(-confidence, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(confidence[order])), confidence.size - 1)
    found = np.cumsum(truth[order], dtype=np.float64)[ends]
    return found, ends + 1.0


def specificity_at_sensitivity(
    truth: ArrayLike, confidence: ArrayLike, *, sensitivity: float
) -> float:
    """Return the specificity at the first vertex of the ROC curve that is sensitive enough.

    The vertices are those of scikit-learn's ``roc_curve``, which leaves out points on a straight
    line between others: where such a point would have been sensitive enough, the next vertex
    answers, with a lower specificity. So did the scorers of 2016 and 2017.

    Range [0, 1], 1 is best. Undefined (NaN) when the truth has no positive or no negative case
    (the official code said 0 without a positive one). ``sensitivity`` is in (0, 1].
    Source: ISIC 2016/3 (0.95, 0.98, 0.99) and 2017/3 (0.82, 0.89, 0.95), secondary metric.

    >>> specificity_at_sensitivity([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], sensitivity=0.95)
    0.5
    """
    _require_sensitivity(sensitivity)
    known, given, _ = check_arrays(truth, confidence, None)
    if not _has_both(known):
        return math.nan
    roc = _draw(known, given, None, drop=True)
    vertex = int(np.argmax(roc.true_positive_rates >= sensitivity))
    return float(1.0 - roc.false_positive_rates[vertex])


def auc_above_sensitivity(
    truth: ArrayLike,
    confidence: ArrayLike,
    *,
    sensitivity: float = 0.8,
    weights: ArrayLike | None = None,
) -> float:
    """Return the area under the ROC curve to the right of where it reaches ``sensitivity``.

    The whole height counts, also the block below ``sensitivity``; nothing is rescaled. So the
    official scorer has done from version 4.3.0. It is not :func:`partial_auc`, which keeps
    only what lies above. Range [0, 1], 1 is best. Undefined (NaN) when the truth has no positive
    or no negative case. ``sensitivity`` is in (0, 1].
    Source: isic-challenge-scoring 4.3.0 to 5.8.0, ``auc_above_sensitivity``; ISIC 2018/3 and
    2019, secondary metric "AUC, Sens > 80%".

    >>> auc_above_sensitivity([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.5
    """
    _require_sensitivity(sensitivity)
    known, given, counting = check_arrays(truth, confidence, weights)
    if not _has_both(known):
        return math.nan
    roc = _draw(known, given, counting, drop=False)
    found, wrong = roc.true_positive_rates, roc.false_positive_rates
    start = int(np.searchsorted(found, sensitivity, side="left"))
    around = slice(start - 1, start + 1)
    edge = np.interp(sensitivity, found[around], wrong[around])
    heights = np.concatenate(([sensitivity], found[start:]))
    return float(np.trapezoid(heights, np.concatenate(([edge], wrong[start:]))))


def partial_auc(truth: ArrayLike, confidence: ArrayLike, *, min_sensitivity: float = 0.8) -> float:
    """Return the area between the ROC curve and the line of ``min_sensitivity``.

    It is the integral of the specificity over the sensitivities from ``min_sensitivity`` to 1.
    Computed as its authors do, on truth and confidence turned round (1 - confidence): in that
    step confidences below about 1e-16 become equal. Range [0, 1 - min_sensitivity], so
    [0, 0.2]; the upper end is best, 0.02 is what guessing gets. Undefined (NaN) when the truth
    has no positive or no negative case. ``min_sensitivity`` is in (0, 1).
    Source: ISIC 2024 ranking metric, ISIC-Research/Challenge-2024-Metrics at 34993a2.

    >>> round(partial_auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), 4)
    0.1
    >>> round(partial_auc([0, 0, 1, 1], [0.1, 0.2, 0.7, 0.8]), 4)
    0.2
    """
    if not 0 < min_sensitivity < 1:
        raise ValueError(f"min_sensitivity must lie between 0 and 1, it is {min_sensitivity}")
    known, given, _ = check_arrays(truth, confidence, None)
    if not _has_both(known):
        return math.nan
    roc = _draw(~known, np.abs(given - 1.0), None, drop=True)
    wrong, found = roc.false_positive_rates, roc.true_positive_rates
    limit = abs(1.0 - min_sensitivity)
    stop = int(np.searchsorted(wrong, limit, side="right"))
    edge = np.interp(limit, wrong[stop - 1 : stop + 1], found[stop - 1 : stop + 1])
    return float(np.trapezoid(np.append(found[:stop], edge), np.append(wrong[:stop], limit)))


def draw_roc(truth: ArrayLike, confidence: ArrayLike, *, weights: ArrayLike | None = None) -> Roc:
    """Return the vertices of the ROC curve, points on a straight line between others left out.

    Each rate is in [0, 1] and rises from 0 to 1. Undefined (no point at all) when the truth has
    no positive or no negative case.
    Source: Fawcett 2006, Pattern Recognition Letters 27:861; isic-challenge-scoring 4 and 5.

    >>> draw_roc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).true_positive_rates.tolist()
    [0.0, 0.5, 0.5, 1.0, 1.0]
    """
    known, given, counting = check_arrays(truth, confidence, weights)
    if not _has_both(known):
        empty = np.empty(0)
        return Roc(empty, empty, empty)
    return _draw(known, given, counting, drop=True)


def thin_roc(roc: Roc, *, tolerance: float = 0.001, above: int = 100) -> Roc:
    """Leave out points of a curve of more than ``above`` that lie within ``tolerance`` of it.

    Distances are taken at right angles to the line between the points that stay.
    Source: Douglas and Peucker 1973, Cartographica 10:112; isic-challenge-scoring 4 and 5.

    >>> flat = Roc(np.array([3.0, 2.0, 1.0]), np.array([0, 0.5, 1]), np.array([0, 0.5, 1]))
    >>> thin_roc(flat, above=2).thresholds.tolist()
    [3.0, 1.0]
    """
    if roc.thresholds.size <= above:
        return roc
    points = np.column_stack((roc.false_positive_rates, roc.true_positive_rates))
    kept = find_corners(points, tolerance)
    return Roc(roc.thresholds[kept], roc.false_positive_rates[kept], roc.true_positive_rates[kept])


def find_corners(points: Floats, tolerance: float) -> Truth:
    """Find the points, of shape (points, 2), that a line must keep to stay within ``tolerance``."""
    kept = np.ones(len(points), dtype=np.bool_)
    pending = [(0, len(points) - 1)]
    while pending:
        first, last = pending.pop()
        between = points[first + 1 : last]
        distances = _measure_distances(between, points[first], points[last])
        farthest = int(np.argmax(distances)) if len(between) else 0
        if len(between) and distances[farthest] > tolerance:
            corner = first + 1 + farthest
            pending += [(first, corner), (corner, last)]
        else:
            kept[first + 1 : last] = False
    return kept


def _measure_distances(points: Floats, start: Floats, end: Floats) -> Floats:
    line, offsets = end - start, points - start
    across: Floats = np.abs(line[0] * offsets[:, 1] - line[1] * offsets[:, 0])
    return across / float(np.hypot(line[0], line[1]))


def _draw(truth: Truth, confidence: Floats, weights: Floats | None, *, drop: bool) -> Roc:
    from sklearn.metrics import roc_curve

    wrong, found, thresholds = roc_curve(
        truth, confidence, sample_weight=weights, drop_intermediate=drop
    )
    return Roc(thresholds, wrong, found)


def check_arrays(
    truth: ArrayLike, confidence: ArrayLike, weights: ArrayLike | None
) -> tuple[Truth, Floats, Floats | None]:
    """Return the arrays in their types, without cases of weight 0; weights of 1 become None."""
    known, given = check_truth(truth), _check_floats(confidence, "confidence")
    _require_shape(given, known, "confidence")
    if weights is None:
        return known, given, None
    counting = check_weights(weights, known)
    used = counting > 0
    if (counting[used] == 1).all():
        return known[used], given[used], None
    return known[used], given[used], counting[used]


def check_truth(truth: ArrayLike, *, dimensions: int = 1) -> Truth:
    """Return the truth as booleans; refuse numbers other than 0 and 1."""
    array = np.asarray(truth)
    if array.ndim != dimensions:
        raise ValueError(f"truth must have {dimensions} dimension(s), it has {array.ndim}")
    if array.dtype == np.bool_:
        return array
    if array.dtype.kind not in "iuf" or not np.isin(array, (0, 1)).all():
        raise TypeError("truth must be booleans, for example truth > 0.5")
    return array.astype(np.bool_)


def check_weights(weights: ArrayLike, truth: NDArray[Any]) -> Floats:
    """Return the weights as floats; refuse another length and negative ones."""
    array = _check_floats(weights, "weights")
    _require_shape(array, truth[..., 0] if truth.ndim > 1 else truth, "weights")
    if (array < 0).any():
        raise ValueError("weights must not be negative")
    return array


def _check_floats(values: ArrayLike, name: str) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite numbers")
    return array


def _require_shape(array: Floats, truth: NDArray[Any], name: str) -> None:
    if array.shape != truth.shape:
        raise ValueError(f"{name} has shape {array.shape}, the truth needs {truth.shape}")


def _require_sensitivity(sensitivity: float) -> None:
    if not 0 < sensitivity <= 1:
        raise ValueError(f"sensitivity must be above 0 and at most 1, it is {sensitivity}")


def _has_both(truth: Truth) -> bool:
    return bool(truth.any()) and not bool(truth.all())
