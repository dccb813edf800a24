"""Formulas of diagnoses: confidences made into a yes or no per class, or into one chosen class."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isiceval.metrics.pooling import FORMULAS, WeightedCounts
from isiceval.metrics.probability import (
    Floats,
    auc,
    auc_above_sensitivity,
    average_precision,
    check_arrays,
    check_truth,
    check_weights,
)

__all__ = [
    "CLASS_METRICS",
    "UNDECIDED",
    "average_classes",
    "balanced_accuracy",
    "choose_class",
    "count_class",
    "matthews",
    "measure_class",
    "recall_classes",
    "weigh_classes",
    "weighted_accuracy",
]

UNDECIDED = -1
_COUNTED = ("accuracy", "sensitivity", "specificity", "dice", "ppv", "npv")
_DRAWN = {
    "auc": auc,
    "auc_above_sensitivity": auc_above_sensitivity,
    "average_precision": average_precision,
}
CLASS_METRICS = (*_COUNTED, *_DRAWN)


def count_class(
    truth: ArrayLike,
    confidence: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    threshold: float = 0.5,
    inclusive: bool = False,
) -> WeightedCounts:
    """Count one class: a case is predicted positive where its confidence is above ``threshold``.

    Arrays of shape (cases,) as in :mod:`isiceval.metrics.probability`. ``inclusive`` lets a
    confidence of exactly ``threshold`` count as positive too.
    Source: ISIC 2016/3 to 2019, ``> 0.5``; the rules of MILK10k say ``>= 0.5``, its code ``> 0.5``.

    >>> count_class([1, 1, 0, 0], [0.9, 0.5, 0.6, 0.1])
    WeightedCounts(tp=1.0, fp=1.0, fn=1.0, tn=1.0)
    >>> count_class([1, 1, 0, 0], [0.9, 0.5, 0.6, 0.1], inclusive=True)
    WeightedCounts(tp=2.0, fp=1.0, fn=0.0, tn=1.0)
    """
    known, given, counting = check_arrays(truth, confidence, weights)
    taken = given >= threshold if inclusive else given > threshold
    each = np.ones(known.shape) if counting is None else counting
    return WeightedCounts(
        tp=float(each[known & taken].sum()),
        fp=float(each[~known & taken].sum()),
        fn=float(each[known & ~taken].sum()),
        tn=float(each[~known & ~taken].sum()),
    )


def measure_class(
    truth: ArrayLike,
    confidence: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    threshold: float = 0.5,
    inclusive: bool = False,
    undefined: float = math.nan,
) -> dict[str, float]:
    """Compute every metric of :data:`CLASS_METRICS` for one class.

    Arrays of shape (cases,). ``undefined`` is what a formula of counts gives for 0/0: 1.0 in
    isic-challenge-scoring 4 and 5, left out (NaN) in 2016 and 2017. The metrics of curves stay
    NaN where the truth lacks positive or negative cases.

    >>> measured = measure_class([1, 1, 0, 0], [0.9, 0.5, 0.6, 0.1])
    >>> measured["dice"], measured["auc"]
    (0.5, 0.75)
    """
    counts = count_class(
        truth, confidence, weights=weights, threshold=threshold, inclusive=inclusive
    )
    values = {name: FORMULAS[name](counts) for name in _COUNTED}
    filled = {name: undefined if math.isnan(value) else value for name, value in values.items()}
    drawn = {name: draw(truth, confidence, weights=weights) for name, draw in _DRAWN.items()}
    return filled | drawn


def average_classes(classes: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Average each metric over classes; where it is undefined (NaN) a class is left out.

    The names are those of the first class. NaN where no class has a value.

    >>> average_classes([{"auc": 0.5}, {"auc": 1.0}, {"auc": math.nan}])
    {'auc': 0.75}
    """
    measured = list(classes)
    names = list(measured[0]) if measured else []
    return {name: _mean([values[name] for values in measured]) for name in names}


def _mean(values: Sequence[float]) -> float:
    defined = [value for value in values if not math.isnan(value)]
    return math.fsum(defined) / len(defined) if defined else math.nan


def choose_class(confidences: ArrayLike) -> NDArray[np.intp]:
    """Return, for each case, the column of its highest confidence, or UNDECIDED where two share it.

    ``confidences`` has shape (cases, classes), floats; the result shape (cases,).
    Source: isic-challenge-scoring, all versions from 2018: a tie for the top is always wrong.

    >>> choose_class([[0.2, 0.7, 0.1], [0.4, 0.4, 0.2]]).tolist()
    [1, -1]
    """
    array = np.asarray(confidences, dtype=np.float64)
    if array.ndim != 2 or not array.shape[1]:
        raise ValueError(f"confidences must have shape (cases, classes), not {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError("confidences must be finite numbers")
    top = array.max(axis=1, keepdims=True)
    shared = (array == top).sum(axis=1) > 1
    return np.where(shared, UNDECIDED, array.argmax(axis=1))


def recall_classes(
    truth: ArrayLike, confidences: ArrayLike, *, weights: ArrayLike | None = None
) -> Floats:
    """Return each class's share of cases, by weight, that were given that class.

    ``truth`` and ``confidences`` have shape (cases, classes), the result (classes,), range
    [0, 1]. A case whose truth has no single highest class counts nowhere. Undefined (NaN) for a
    class without weight in the truth.

    >>> recall_classes([[1, 0], [1, 0], [0, 1]], [[0.9, 0.1], [0.5, 0.5], [0.3, 0.6]]).tolist()
    [0.5, 1.0]
    """
    known = check_truth(truth, dimensions=2)
    given = np.asarray(confidences, dtype=np.float64)
    if given.shape != known.shape:
        raise ValueError(f"confidences has shape {given.shape}, the truth needs {known.shape}")
    each = np.ones(len(known)) if weights is None else check_weights(weights, known)
    right, chosen = choose_class(known), choose_class(given)
    totals = _add_up(right, each, known.shape[1])
    hits = _add_up(np.where(chosen == right, right, UNDECIDED), each, known.shape[1])
    recalls = np.full(totals.shape, math.nan)
    np.divide(hits, totals, out=recalls, where=totals > 0)
    return recalls


def _add_up(classes: NDArray[np.intp], weights: Floats, n_classes: int) -> Floats:
    sums: Floats = np.bincount(classes + 1, weights=weights, minlength=n_classes + 1)
    return sums[1:]


def balanced_accuracy(
    truth: ArrayLike, confidences: ArrayLike, *, weights: ArrayLike | None = None
) -> float:
    """Return the mean over classes of their recall, each case given its class of top confidence.

    Shapes as in :func:`recall_classes`. A tie for the top is wrong, whatever shares it. Range
    [0, 1], 1 is best, 1 / classes is what guessing gets. A class that is absent from the truth
    is left out; undefined (NaN) when all are.
    Source: ISIC 2018/3 and 2019, ranking metric (Codella et al. 2019, arXiv:1902.03368).

    >>> balanced_accuracy([[1, 0], [1, 0], [0, 1]], [[0.9, 0.1], [0.5, 0.5], [0.3, 0.6]])
    0.75
    """
    return _mean(recall_classes(truth, confidences, weights=weights).tolist())


def matthews(counts: WeightedCounts) -> float:
    """Return Matthews correlation of one class, from its counts.

    (TP TN - FP FN) / sqrt((TP + FP)(TP + FN)(TN + FP)(TN + FN)). Range [-1, 1], 1 is best, 0 is
    what guessing gets. Undefined (NaN) when truth or prediction are all positive or all
    negative (scikit-learn and Kaggle say 0).
    Source: Matthews 1975, Biochim. Biophys. Acta 405:442; ranking metric of ima205/2019.

    >>> matthews(WeightedCounts(tp=3, fp=1, fn=1, tn=3))
    0.5
    """
    sums = (
        counts.tp + counts.fp,
        counts.tp + counts.fn,
        counts.tn + counts.fp,
        counts.tn + counts.fn,
    )
    if not all(sums):
        return math.nan
    # Roots of products of two: exact where truth and prediction agree, and none overflows.
    scale = math.sqrt(sums[0] * sums[1]) * math.sqrt(sums[2] * sums[3])
    value = (counts.tp * counts.tn - counts.fp * counts.fn) / scale
    return max(-1.0, min(1.0, value))


def weigh_classes(labels: ArrayLike) -> dict[Any, float]:
    """Return the weight of each label: all cases / (labels x cases of that label).

    ``labels`` has shape (cases,), of any type that sorts. With these weights every class weighs
    the same, and :func:`weighted_accuracy` is the balanced accuracy.

    >>> weigh_classes([1, 1, 1, 2])
    {1: 0.6666666666666666, 2: 2.0}
    """
    found, counts = np.unique(np.asarray(labels), return_counts=True)
    total = int(counts.sum())
    return {
        label: total / (len(found) * n)
        for label, n in zip(found.tolist(), counts.tolist(), strict=True)
    }


def weighted_accuracy(
    truth: ArrayLike, prediction: ArrayLike, *, weights: Mapping[Any, float] | None = None
) -> float:
    """Return the mean over cases of the weight of their true label where the prediction is right.

    ``truth`` and ``prediction`` are labels of shape (cases,); ``weights`` gives each true label's
    weight, by default that of :func:`weigh_classes` on the truth. Range [0, 1] with those
    weights, 1 is best. Undefined (NaN) without a case. A label without a weight is a KeyError.
    Source: ima205/2022, ranking metric: (1/N) sum of w_i where prediction and truth agree.

    >>> weighted_accuracy([1, 1, 1, 2], [1, 1, 2, 2])
    0.8333333333333333
    """
    known, given = np.asarray(truth), np.asarray(prediction)
    if known.ndim != 1 or known.shape != given.shape:
        raise ValueError(f"truth has shape {known.shape}, prediction {given.shape}")
    each = weigh_classes(known) if weights is None else weights
    right = known == given
    gained = [each[label] * hit for label, hit in zip(known.tolist(), right.tolist(), strict=True)]
    return math.fsum(gained) / len(gained) if gained else math.nan
