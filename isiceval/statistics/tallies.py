"""Formulas of counts on many draws at once: arrays of TP, FP, FN and TN in, one value a draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from isiceval.statistics.ordering import FloatArray
from isiceval.tasks.task import Undefined

__all__ = ["Tally", "add_tallies", "average_values", "divide", "measure_tally"]


class Tally(NamedTuple):
    """Weights by truth and prediction, four arrays of one shape: what ``Counts`` is, in draws."""

    tp: FloatArray
    fp: FloatArray
    fn: FloatArray
    tn: FloatArray


def add_tallies(tallies: Sequence[Tally]) -> Tally:
    """Add up tallies, such as those of several labels."""
    return Tally(*(np.sum(parts, axis=0) for parts in zip(*tallies, strict=True)))


def measure_tally(metric: str, tally: Tally, *, undefined: Undefined = "omit") -> FloatArray:
    """Compute one metric of counts on each draw, as ``isiceval.metrics.pooling`` does on one.

    Where the formula is 0/0 the value is ``undefined``, or NaN where that is ``"omit"``.

    >>> ones = np.ones(1)
    >>> measure_tally("dice", Tally(tp=ones, fp=ones, fn=ones, tn=ones))
    array([0.5])
    """
    values = _FORMULAS[metric](tally)
    return values if undefined == "omit" else np.where(np.isnan(values), undefined, values)


def divide(above: FloatArray, below: FloatArray) -> FloatArray:
    """Divide; NaN where there is nothing to divide by."""
    result = np.full(np.broadcast_shapes(above.shape, below.shape), np.nan)
    np.divide(above, below, out=result, where=np.broadcast_to(below > 0, result.shape))
    return result


def average_values(values: Sequence[FloatArray]) -> FloatArray:
    """Average values over labels or classes, on each draw over those that are defined there."""
    stacked = np.stack(values)
    defined = ~np.isnan(stacked)
    return divide(np.where(defined, stacked, 0.0).sum(axis=0), defined.sum(axis=0).astype(float))


def _measure_matthews(tally: Tally) -> FloatArray:
    tp, fp, fn, tn = tally
    sums = (tp + fp, tp + fn, tn + fp, tn + fn)
    # Roots of products of two, as the formula of one draw takes them.
    scale = np.sqrt(sums[0] * sums[1]) * np.sqrt(sums[2] * sums[3])
    return np.clip(divide(tp * tn - fp * fn, scale), -1.0, 1.0)


_FORMULAS: Mapping[str, Callable[[Tally], FloatArray]] = {
    "accuracy": lambda t: divide(t.tp + t.tn, t.tp + t.fp + t.fn + t.tn),
    "sensitivity": lambda t: divide(t.tp, t.tp + t.fn),
    "specificity": lambda t: divide(t.tn, t.tn + t.fp),
    "jaccard": lambda t: divide(t.tp, t.tp + t.fp + t.fn),
    "dice": lambda t: divide(2 * t.tp, 2 * t.tp + t.fp + t.fn),
    "ppv": lambda t: divide(t.tp, t.tp + t.fp),
    "npv": lambda t: divide(t.tn, t.tn + t.fn),
    "matthews": _measure_matthews,
}
