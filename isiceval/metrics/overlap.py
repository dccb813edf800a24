"""Formulas of four counts: plain Python, one number out, NaN for 0/0.

Each takes a :class:`isiceval.model.Counts` (pixels, whole numbers >= 0) and returns a float
in [0, 1], or NaN where the formula is 0/0. What an undefined case counts as is the task's
matter (``isiceval.metrics.catalogue.measure``), not the formula's.

Source: the scorers of the ISIC challenges 2016 to 2018 (isic-challenge-scoring, tags
2016-final, 2017-final and v5.8.0, ``scoreCommon.py`` and ``metrics.py``).
"""

from __future__ import annotations

import math

from isiceval.model import Counts

__all__ = ["accuracy", "dice", "jaccard", "sensitivity", "specificity", "threshold_jaccard"]


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


def jaccard(counts: Counts) -> float:
    """Return TP / (TP + FP + FN), the Jaccard index or intersection over union.

    Range [0, 1], 1 is best. Undefined (NaN) when truth and prediction are both empty.
    Source: Jaccard 1912, New Phytologist 11:37; ranking metric of ISIC 2016/1 and 2017/1.

    >>> jaccard(Counts(tp=6, fp=2, fn=2, tn=0))
    0.6
    """
    return _ratio(counts.tp, counts.tp + counts.fp + counts.fn)


def threshold_jaccard(counts: Counts, *, threshold: float = 0.65) -> float:
    """Return the Jaccard index, or 0 where it is below ``threshold``.

    Range {0} and [threshold, 1], 1 is best; a Jaccard of exactly ``threshold`` counts.
    Undefined (NaN) when truth and prediction are both empty.
    Source: ISIC 2018 task 1, ranking metric (Codella et al. 2019, arXiv:1902.03368).

    >>> threshold_jaccard(Counts(tp=13, fp=7, fn=0, tn=0))
    0.65
    >>> threshold_jaccard(Counts(tp=12, fp=8, fn=0, tn=0))
    0.0
    """
    value = jaccard(counts)
    return 0.0 if value < threshold else value


def dice(counts: Counts) -> float:
    """Return 2 TP / (2 TP + FP + FN), the Dice coefficient or F1 of the foreground.

    Range [0, 1], 1 is best. Undefined (NaN) when truth and prediction are both empty.
    Source: Dice 1945, Ecology 26:297.

    >>> dice(Counts(tp=6, fp=2, fn=2, tn=0))
    0.75
    """
    return _ratio(2 * counts.tp, 2 * counts.tp + counts.fp + counts.fn)


def accuracy(counts: Counts) -> float:
    """Return (TP + TN) / all pixels.

    Range [0, 1], 1 is best. Undefined (NaN) only for an image without pixels.
    Source: ISIC 2016 task 1, secondary metric (Gutman et al. 2016, arXiv:1605.01397).

    >>> accuracy(Counts(tp=1, fp=1, fn=0, tn=2))
    0.75
    """
    return _ratio(counts.tp + counts.tn, counts.total)


def sensitivity(counts: Counts) -> float:
    """Return TP / (TP + FN), the share of the truth's foreground that was found; also recall.

    Range [0, 1], 1 is best. Undefined (NaN) when the truth is empty.
    Source: ISIC 2016 task 1, secondary metric (Gutman et al. 2016, arXiv:1605.01397).

    >>> sensitivity(Counts(tp=3, fp=9, fn=1, tn=0))
    0.75
    """
    return _ratio(counts.tp, counts.tp + counts.fn)


def specificity(counts: Counts) -> float:
    """Return TN / (TN + FP), the share of the truth's background that was left alone.

    Range [0, 1], 1 is best. Undefined (NaN) when the truth is all foreground.
    Source: ISIC 2016 task 1, secondary metric (Gutman et al. 2016, arXiv:1605.01397).

    >>> specificity(Counts(tp=0, fp=1, fn=5, tn=3))
    0.75
    """
    return _ratio(counts.tn, counts.tn + counts.fp)
