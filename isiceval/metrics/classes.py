"""Metrics of chosen classes and of patients' short lists, on one set of weights or many draws.

Functions named ``measure_`` take the rows of a table, arrays of shape (rows,): ``weights`` and
``units`` are what a row counts each time its unit is drawn. Values lie in [0, 1] and 1 is best.

>>> truth, chosen = np.array([0, 0, 1]), choose_class([[0.9, 0.1], [0.5, 0.5], [0.3, 0.6]])
>>> measure_recalls(truth, chosen, np.ones(3), np.arange(3), (2, 3))(np.ones((3, 1)))
array([[0.5],
       [1. ]])
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isiceval.metrics.arrays import BoolArray, FloatArray, IntArray, Term, divide

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

    ``truth`` and ``chosen`` are classes, of :func:`choose_class`; ``shape`` is (classes, units).
    A case whose truth is UNDECIDED counts nowhere, a choice that is UNDECIDED is wrong. NaN for a
    class that a draw lacks. The mean of the others is the balanced accuracy; 1 / classes is what
    guessing gets.
    Source: ISIC 2018/3 and 2019, ranking metric (Codella et al. 2019, arXiv:1902.03368).
    """
    totals, hits = np.zeros(shape), np.zeros(shape)
    known = truth != UNDECIDED
    np.add.at(totals, (truth[known], units[known]), weights[known])
    hit = known & (truth == chosen)
    np.add.at(hits, (truth[hit], units[hit]), weights[hit])
    return lambda drawn: divide(hits @ drawn, totals @ drawn)


def measure_label_recalls(
    truth: NDArray[np.generic],
    prediction: NDArray[np.generic],
    weights: FloatArray,
    units: IntArray,
    n_units: int,
) -> Callable[[FloatArray], FloatArray]:
    """Prepare the recall of each label of the truth, of any type, as :func:`measure_recalls`.

    Their mean is the weighted accuracy, in which a right case counts all cases / (labels x cases
    of its label).
    Source: ima205/2022, ranking metric: (1/N) sum of w_i where prediction and truth agree.
    """
    labels, places = np.unique(truth, return_inverse=True)
    chosen = np.where(truth == prediction, places, UNDECIDED)
    return measure_recalls(places, chosen, weights, units, (len(labels), n_units))


def split_recalls(
    truth: NDArray[np.generic], chosen: NDArray[np.generic], units: IntArray
) -> list[Term]:
    """Write balanced accuracy as a mean over the cases of each class, arrays of shape (rows,).

    A class of the truth without a case is left out, as in the metric, and UNDECIDED is no class.
    """
    labels = [label for label in np.unique(truth) if label != UNDECIDED]
    hits, share = (truth == chosen).astype(np.float64), 1 / max(1, len(labels))
    rows = [np.flatnonzero(truth == label) for label in labels]
    return [Term(hits[own], units[own], least=1).scale(share) for own in rows]


def measure_retrieval(
    truth: BoolArray,
    confidence: FloatArray,
    patients: Sequence[Hashable],
    units: IntArray,
    *,
    ranked: bool,
    n: int = N_RETRIEVED,
) -> tuple[IntArray, FloatArray]:
    """Measure the share of a patient's malignancies among the ``n`` most suspicious lesions.

    Returns the first unit of each patient who has a malignancy, and the value. The aggregate is the
    mean of the values, a patient counting as often as the first of its units is drawn. At equal
    confidence the earlier row is taken first. ``ranked`` weighs each malignancy by its place from
    below, 1 for the lowest distinct confidence on the list, divided by ``n``; it separates
    submissions that tie otherwise.
    Source: ISIC 2024 secondary prize, ISIC-Research/Challenge-2024-Metrics at 34993a2,
    ``SecondaryMetric-TopNSensitivity.py`` ("average ranks" and "weighted ranks").
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
