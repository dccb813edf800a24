"""Metrics of chosen classes and of patients' short lists, on one set of weights or many draws.

A function named ``measure_`` takes the rows of a table, arrays of shape (rows,): ``weights`` and
``units`` are what a row counts each time its unit is drawn. The others take one set of cases:
arrays of shape (cases,), ``truth`` and ``confidences`` of several classes (cases, classes);
``weights`` or None for 1 each. Their range is [0, 1], 1 is best; NaN where they are undefined.

>>> balanced_accuracy([[1, 0], [1, 0], [0, 1]], [[0.9, 0.1], [0.5, 0.5], [0.3, 0.6]])
0.75
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isiceval.metrics.arrays import BoolArray, FloatArray, IntArray, average, check_arrays, divide

UNDECIDED = -1
N_RETRIEVED = 15
"""How many lesions of a patient a doctor looks at: the secondary prize of ISIC 2024."""


def choose_class(confidences: ArrayLike) -> NDArray[np.intp]:
    """Return, for each case, the column of its highest confidence, or UNDECIDED where two share it.

    Source: isic-challenge-scoring, all versions from 2018: a tie for the top is always wrong.
    """
    array = np.asarray(confidences, dtype=np.float64)
    if array.ndim != 2 or not array.shape[1]:
        raise ValueError(f"confidences must have shape (cases, classes), not {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError("confidences must be finite numbers")
    top = array.max(axis=1, keepdims=True)
    shared = (array == top).sum(axis=1) > 1
    return np.where(shared, UNDECIDED, array.argmax(axis=1))


def measure_recalls(
    truth: IntArray, chosen: IntArray, weights: FloatArray, units: IntArray, shape: tuple[int, int]
) -> Callable[[FloatArray], FloatArray]:
    """Prepare each class's recall: weights (units, draws) to (classes, draws).

    ``truth`` and ``chosen`` are classes, UNDECIDED counts nowhere; ``shape`` is (classes, units).
    NaN for a class that a draw lacks.
    """
    totals, hits = np.zeros(shape), np.zeros(shape)
    known = truth != UNDECIDED
    np.add.at(totals, (truth[known], units[known]), weights[known])
    hit = known & (truth == chosen)
    np.add.at(hits, (truth[hit], units[hit]), weights[hit])
    return lambda drawn: divide(hits @ drawn, totals @ drawn)


def recall_classes(
    truth: ArrayLike, confidences: ArrayLike, *, weights: ArrayLike | None = None
) -> FloatArray:
    """Return each class's share of cases, by weight, that were given that class: (classes,).

    A case whose truth has no single highest class counts nowhere. Undefined for a class without
    weight in the truth.
    """
    known, given, each = check_arrays(truth, confidences, weights, dimensions=2)
    n, n_classes = known.shape
    right, chosen = choose_class(known), choose_class(given)
    return measure_recalls(right, chosen, each, np.arange(n), (n_classes, n))(np.ones((n, 1)))[:, 0]


def balanced_accuracy(
    truth: ArrayLike, confidences: ArrayLike, *, weights: ArrayLike | None = None
) -> float:
    """Return the mean over classes of their recall, each case given its class of top confidence.

    A tie for the top is wrong, whatever shares it. 1 / classes is what guessing gets. A class
    that is absent from the truth is left out; undefined when all are.
    Source: ISIC 2018/3 and 2019, ranking metric (Codella et al. 2019, arXiv:1902.03368).
    """
    return float(average(list(recall_classes(truth, confidences, weights=weights))))


def weighted_accuracy(truth: ArrayLike, prediction: ArrayLike) -> float:
    """Return the accuracy of labels where every label of the truth weighs the same.

    ``truth`` and ``prediction`` are labels of any type that sorts. A right case counts all cases /
    (labels x cases of its label), which makes it the mean recall. Undefined without a case.
    Source: ima205/2022, ranking metric: (1/N) sum of w_i where prediction and truth agree.
    """
    known, given = np.asarray(truth), np.asarray(prediction)
    if known.ndim != 1 or known.shape != given.shape:
        raise ValueError(f"truth has shape {known.shape}, prediction {given.shape}")
    n = len(known)
    if not n:
        return math.nan
    recalls = measure_label_recalls(known, given, np.ones(n), np.arange(n), n)
    return float(average(list(recalls(np.ones((n, 1)))[:, 0])))


def measure_label_recalls(
    truth: NDArray[np.generic],
    prediction: NDArray[np.generic],
    weights: FloatArray,
    units: IntArray,
    n_units: int,
) -> Callable[[FloatArray], FloatArray]:
    """Prepare the recall of each label of the truth, as :func:`measure_recalls`."""
    labels, places = np.unique(truth, return_inverse=True)
    chosen = np.where(truth == prediction, places, UNDECIDED)
    return measure_recalls(places, chosen, weights, units, (len(labels), n_units))


def measure_retrieval(
    truth: BoolArray,
    confidence: FloatArray,
    patients: Sequence[Hashable],
    units: IntArray,
    *,
    ranked: bool,
    n: int = N_RETRIEVED,
) -> tuple[IntArray, FloatArray]:
    """Measure each patient who has a malignancy: the first unit of each, and the value.

    The aggregate is the mean of the values, a patient counting as often as the first of its
    units is drawn. ``ranked`` weighs what is found by its place.
    """
    rows: dict[Hashable, list[int]] = {}
    for row, patient in enumerate(patients):
        rows.setdefault(patient, []).append(row)
    firsts, values = [], []
    for own in rows.values():
        cases = np.array(own)
        n_positive = int(truth[cases].sum())
        if not n_positive:
            continue
        listed = cases[np.argsort(-confidence[cases], kind="stable")[:n]]
        hit = truth[listed]
        if ranked:
            _, places = np.unique(confidence[listed], return_inverse=True)
            values.append(int((places + 1)[hit].sum()) / (n_positive * n))
        else:
            values.append(int(hit.sum()) / n_positive)
        firsts.append(int(units[cases].min()))
    return np.array(firsts, dtype=np.int64), np.array(values, dtype=np.float64)


def retrieval_sensitivity(
    truth: ArrayLike,
    confidence: ArrayLike,
    *,
    patients: Sequence[Hashable],
    n: int = N_RETRIEVED,
    ranked: bool = False,
) -> float:
    """Return the mean over patients of the share of malignancies among the ``n`` most suspicious.

    ``patients`` names each case's patient; patients without a malignancy do not count. At equal
    confidence the earlier case is taken first. Undefined when no patient has a malignancy.
    ``ranked`` weighs what is found: :func:`ranked_retrieval_sensitivity`.
    Source: ISIC 2024 secondary prize, ISIC-Research/Challenge-2024-Metrics at 34993a2,
    ``SecondaryMetric-TopNSensitivity.py`` ("average ranks").
    """
    known, given, _ = check_arrays(truth, confidence, None)
    if len(patients) != len(known):
        raise ValueError(f"{len(patients)} patients for {len(known)} cases")
    if n < 1:
        raise ValueError(f"n must be at least 1, it is {n}")
    _, values = measure_retrieval(known, given, patients, np.arange(len(known)), ranked=ranked, n=n)
    return float(values.mean()) if len(values) else math.nan


def ranked_retrieval_sensitivity(
    truth: ArrayLike, confidence: ArrayLike, *, patients: Sequence[Hashable], n: int = N_RETRIEVED
) -> float:
    """Return the same with every found malignancy weighed by its place among the ``n``.

    The weight is the place from below, 1 for the lowest distinct confidence on the list, divided
    by ``n``; it separates submissions that tie in :func:`retrieval_sensitivity`. Undefined when no
    patient has a malignancy. Source: as :func:`retrieval_sensitivity` ("weighted ranks").
    """
    return retrieval_sensitivity(truth, confidence, patients=patients, n=n, ranked=True)
