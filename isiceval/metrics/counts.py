"""Two masks to four counts, and the formulas of counts.

A formula takes :class:`isiceval.model.Counts` of one mask, or :class:`CountArrays` of many cases or
draws. It returns floats of that shape, NaN for 0/0, where it is undefined; in words that is
:attr:`isiceval.metrics.registry.Metric.undefined`. What it counts as is the task's matter
(:func:`measure_counts`). Values lie in [0, 1] and 1 is best where nothing else is said.

Source where no other is given: the scorers of the ISIC challenges 2016 to 2019
(isic-challenge-scoring, tags 2016-final, 2017-final and v5.8.0, ``scoreCommon.py`` and
``metrics.py``); metrics of ISIC 2016/1 are those of Gutman et al. 2016, arXiv:1605.01397.

>>> jaccard(Counts(tp=6, fp=2, fn=2, tn=0))
0.6
>>> threshold_jaccard(CountArrays(np.array([13, 12]), np.array([7, 8]), 0, 0))
array([0.65, 0.  ])
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isiceval.metrics.arrays import BoolArray, FloatArray, Term, divide, unwrap
from isiceval.model import Counts
from isiceval.tasks.task import Undefined

JACCARD_THRESHOLD = 0.65
"""Below it an image has failed, unless its task says another: the rules of ISIC 2018 task 1."""


class CountArrays(NamedTuple):
    """Weights by truth and prediction: what ``Counts`` is, in floats or arrays of one shape."""

    tp: Any
    fp: Any
    fn: Any
    tn: Any

    @property
    def total(self) -> Any:
        """Return the weight of everything."""
        return self.tp + self.fp + self.fn + self.tn


AnyCounts: TypeAlias = Counts | CountArrays


def count(truth: ArrayLike, prediction: ArrayLike, *, threshold: int = 128) -> Counts:
    """Count the pixels of one case by truth and prediction.

    ``truth`` and ``prediction`` are masks of one shape (height, width): booleans are taken as they
    are; of whole numbers, those greater than ``threshold`` are foreground. Raises TypeError where a
    mask holds neither; ValueError where a mask is not 2-D, the shapes differ, or a mask of whole
    numbers holds only 0 and 1, which no threshold from 1 up can separate.

    >>> truth = np.array([[255, 255, 0], [255, 0, 0]], dtype=np.uint8)
    >>> prediction = np.array([[True, True, True], [False, False, False]])
    >>> count(truth, prediction)
    Counts(tp=2, fp=1, fn=1, tn=2)
    """
    truth_mask = _binarise(truth, "truth", threshold=threshold)
    prediction_mask = _binarise(prediction, "prediction", threshold=threshold)
    if truth_mask.shape != prediction_mask.shape:
        raise ValueError(
            f"truth and prediction differ in shape: {truth_mask.shape} and {prediction_mask.shape}"
        )
    tp = int(np.count_nonzero(truth_mask & prediction_mask))
    fp = int(np.count_nonzero(prediction_mask)) - tp
    fn = int(np.count_nonzero(truth_mask)) - tp
    return Counts(tp=tp, fp=fp, fn=fn, tn=truth_mask.size - tp - fp - fn)


def _binarise(mask: ArrayLike, role: str, *, threshold: int) -> BoolArray:
    array: NDArray[Any] = np.asarray(mask)
    if array.ndim != 2:
        raise ValueError(f"{role} has {array.ndim} dimensions: a mask has 2, (height, width)")
    if array.dtype.kind == "b":
        return array
    if array.dtype.kind not in "iu":
        raise TypeError(f"{role} holds {array.dtype} values: pass booleans, for example mask > 0.5")
    if threshold > 0 and array.size and array.max() == 1 and array.min() >= 0:
        raise ValueError(f"{role} holds only 0 and 1: pass booleans, mask.astype(bool)")
    return array > threshold


def normalise(counts: AnyCounts) -> CountArrays:
    """Divide the counts of one mask by its pixels, so that every mask weighs 1.

    Raises ValueError for a mask without pixels.
    Source: isic-challenge-scoring, tags 2018.1 to v5.8.0, ``task2.py``. The rules of ISIC 2018/2
    speak of masks resized to 256 x 256; no code did that.
    """
    if not np.all(counts.total):
        raise ValueError("a mask without pixels has no shares")
    four = (counts.tp, counts.fp, counts.fn, counts.tn)
    return CountArrays(*(number / counts.total for number in four))


def resize_nearest(mask: BoolArray, *, width: int = 512, height: int = 512) -> BoolArray:
    """Resize a mask to ``width`` x ``height`` by taking the pixel under each new pixel's centre.

    ``mask`` has shape (rows, columns), the result (height, width). Where the new size is a power
    of two, as 512 is, this is bit for bit what Pillow's ``NEAREST`` does.
    Source: ISIC 2016/2B, isic-challenge-scoring, tag 2016-final, ``scoreP2B.py``, which pools the
    pixels of all masks of a feature at that size.
    """
    if mask.ndim != 2 or not mask.size:
        raise ValueError(f"a mask has two dimensions and some pixels, not shape {mask.shape}")
    rows, columns = mask.shape
    down = (2 * np.arange(height) + 1) * rows // (2 * height)
    across = (2 * np.arange(width) + 1) * columns // (2 * width)
    return cast("BoolArray", mask[down[:, None], across])


def jaccard(counts: AnyCounts) -> FloatArray:
    """Return TP / (TP + FP + FN), the Jaccard index or intersection over union.

    Source: Jaccard 1912, New Phytologist 11:37; ranking metric of ISIC 2016/1 and 2017/1.
    """
    return divide(counts.tp, counts.tp + counts.fp + counts.fn)


def threshold_jaccard(counts: AnyCounts, *, threshold: float = JACCARD_THRESHOLD) -> FloatArray:
    """Return the Jaccard index, or 0 where it is below ``threshold``; one exactly there counts.

    Range {0} and [threshold, 1]. Undefined where that is.
    Source: ISIC 2018 task 1, ranking metric (Codella et al. 2019, arXiv:1902.03368).
    """
    value = jaccard(counts)
    return unwrap(np.where(value < threshold, 0.0, value))


def dice(counts: AnyCounts) -> FloatArray:
    """Return 2 TP / (2 TP + FP + FN), Dice or F1 of the foreground: Dice 1945, Ecology 26:297."""
    return divide(2 * counts.tp, 2 * counts.tp + counts.fp + counts.fn)


def accuracy(counts: AnyCounts) -> FloatArray:
    """Return (TP + TN) / all pixels; secondary metric of ISIC 2016/1."""
    return divide(counts.tp + counts.tn, counts.total)


def sensitivity(counts: AnyCounts) -> FloatArray:
    """Return TP / (TP + FN), the recall of the foreground; secondary metric of ISIC 2016/1."""
    return divide(counts.tp, counts.tp + counts.fn)


def specificity(counts: AnyCounts) -> FloatArray:
    """Return TN / (TN + FP), the recall of the background; secondary metric of ISIC 2016/1."""
    return divide(counts.tn, counts.tn + counts.fp)


def ppv(counts: AnyCounts) -> FloatArray:
    """Return TP / (TP + FP), precision, or positive predictive value; of ISIC 2018/3 and 2019."""
    return divide(counts.tp, counts.tp + counts.fp)


def npv(counts: AnyCounts) -> FloatArray:
    """Return TN / (TN + FN), the negative predictive value; of ISIC 2018/3 and 2019."""
    return divide(counts.tn, counts.tn + counts.fn)


def matthews(counts: AnyCounts) -> FloatArray:
    """Return Matthews correlation of one class, from its counts.

    (TP TN - FP FN) / sqrt((TP + FP)(TP + FN)(TN + FP)(TN + FN)). Range [-1, 1], 0 is what
    guessing gets. Where this is 0/0, scikit-learn and Kaggle say 0.
    Source: Matthews 1975, Biochim. Biophys. Acta 405:442; ranking metric of ima205/2019.
    """
    four = (counts.tp, counts.fp, counts.fn, counts.tn)
    tp, fp, fn, tn = (np.asarray(number, np.float64) for number in four)
    # Roots of products of two: exact where truth and prediction agree, and none overflows.
    scale = np.sqrt((tp + fp) * (tp + fn)) * np.sqrt((tn + fp) * (tn + fn))
    return unwrap(np.clip(divide(tp * tn - fp * fn, scale), -1.0, 1.0))


_ALL = (jaccard, threshold_jaccard, dice, accuracy, sensitivity, specificity, ppv, npv, matthews)
FORMULAS: Mapping[str, Callable[[AnyCounts], FloatArray]] = {own.__name__: own for own in _ALL}


def measure_counts(
    metric: str,
    counts: AnyCounts,
    *,
    undefined: Undefined = "omit",
    threshold: float = JACCARD_THRESHOLD,
) -> FloatArray:
    """Compute one metric of counts; where it is 0/0 its value is ``undefined``, NaN if omitted."""
    if metric == "threshold_jaccard":
        values = threshold_jaccard(counts, threshold=threshold)
    else:
        values = FORMULAS[metric](counts)
    if undefined == "omit":
        return values
    return unwrap(np.where(np.isnan(values), undefined, values))


# The numbers of TP, FP, FN and TN in the numerator and in the denominator of each ratio.
_RATIOS: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "jaccard": ((1, 0, 0, 0), (1, 1, 1, 0)),
    "dice": ((2, 0, 0, 0), (2, 1, 1, 0)),
    "accuracy": ((1, 0, 0, 1), (1, 1, 1, 1)),
    "sensitivity": ((1, 0, 0, 0), (1, 0, 1, 0)),
    "specificity": ((0, 0, 0, 1), (0, 1, 0, 1)),
    "ppv": ((1, 0, 0, 0), (1, 1, 0, 0)),
    "npv": ((0, 0, 0, 1), (0, 0, 1, 1)),
}


def split_counts(metric: str, counts: FloatArray, *, size: float = 1.0) -> list[Term]:
    """Write a metric of summed counts as a mean over units; nothing where it is 0/0.

    ``counts`` is (4, units). One more unit is taken to be ``size`` times as large as the mean of
    those that are in the denominator.
    """
    sums, n_units = counts.sum(axis=1), counts.shape[1]
    score = float(FORMULAS[metric](CountArrays(*sums)))
    if np.isnan(score):
        return []
    if metric == "matthews":
        step = sums.sum() * 1e-6
        moved = CountArrays(*(sums[:, None] + step * np.eye(4)))
        slopes = (matthews(moved) - score) / step * n_units
        mean_size = sums.sum() / n_units * size
        ends = score + mean_size * slopes.min(), score + mean_size * slopes.max()
        return [Term(score + slopes @ counts, np.arange(n_units), *ends)]
    above, below = (np.array(numbers) @ counts for numbers in _RATIOS[metric])
    places = np.flatnonzero(below > 0)
    values = score + (above - score * below)[places] / below[places].mean()
    return [Term(values, places, score * (1 - size), score + (1 - score) * size)]
