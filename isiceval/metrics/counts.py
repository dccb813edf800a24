"""Two masks to four counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isiceval.model import Counts

__all__ = ["count"]


def count(truth: ArrayLike, prediction: ArrayLike, *, threshold: int = 128) -> Counts:
    """Count the pixels of one case by truth and prediction.

    Args:
        truth: The true mask, shape (height, width). Booleans are taken as they are; of
            whole numbers, those greater than ``threshold`` are foreground.
        prediction: The predicted mask, of the same shape and under the same rules; the
            two need not have the same dtype.
        threshold: The greatest value that is still background.

    Returns:
        TP, FP, FN and TN in pixels; together they are all pixels.

    Raises:
        TypeError: A mask holds neither booleans nor whole numbers.
        ValueError: A mask is not 2-D, the shapes differ, or a mask of whole numbers
            holds only 0 and 1, which no threshold from 1 up can tell apart.

    >>> import numpy as np
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


def _binarise(mask: ArrayLike, role: str, *, threshold: int) -> NDArray[np.bool_]:
    array: NDArray[Any] = np.asarray(mask)
    if array.ndim != 2:
        raise ValueError(f"{role} has {array.ndim} dimensions: a mask has 2, (height, width)")
    if array.dtype.kind == "b":
        return array
    if array.dtype.kind not in "iu":
        raise TypeError(f"{role} holds {array.dtype} values: pass booleans, for example mask > 0.5")
    if threshold > 0 and array.size and array.max() == 1 and array.min() >= 0:
        raise ValueError(f"{role} holds only 0 and 1: pass booleans, mask.astype(bool)")
    foreground: NDArray[np.bool_] = array > threshold
    return foreground
