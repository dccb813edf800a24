"""Whether confidences can be taken at their word: formulas of how often a confidence is right.

Shared by every function here: ``outcome`` is an array of shape (cases,) of booleans (or numbers
that are all 0 or 1), whether what the confidence speaks of is so; ``confidence`` one of floats of
the same shape, in [0, 1]; ``weights`` one of floats >= 0, or None for 1 each. A case of weight 0
does not count at all. ``n_bins``, at least 1, are of equal width. ValueError or TypeError say what
does not fit. Range [0, 1], 0 is best; NaN without a case.

>>> outcome, confidence = [0, 1, 1, 1], [0.2, 0.2, 0.9, 0.7]
>>> round(draw_reliability(outcome, confidence, n_bins=2).error, 6)
0.25
>>> brier_score([0, 1], [0.5, 1.0])
0.125
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isiceval.metrics.arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    Statistic,
    check_arrays,
    divide,
    make_sum,
)
from isiceval.model import Interval

N_BINS = 10


class Reliability(NamedTuple):
    """Confidences in bins of equal width; arrays of shape (bins,), or (bins + 1,) for ``edges``.

    A bin holds the confidences above its lower edge and up to its upper one, the first 0 too.
    ``counts`` are cases, ``weights`` what they weigh; ``confidences`` the mean confidence and
    ``shares`` the share of cases whose outcome is true, both weighted, NaN in an empty bin.
    """

    edges: FloatArray
    counts: NDArray[np.intp]
    weights: FloatArray
    confidences: FloatArray
    shares: FloatArray

    @property
    def error(self) -> float:
        """Return the expected calibration error: the mean gap between confidence and outcome.

        sum over bins of their share of the cases x |share that came true - mean confidence|. It
        depends on the number of bins (Guo et al. take 15).
        Source: Guo et al. 2017, On calibration of modern neural networks, ICML, equation 3;
        Naeini et al. 2015, AAAI.
        """
        filled = self.counts > 0
        if not filled.any():
            return math.nan
        gaps = np.abs(self.shares - self.confidences)[filled] * self.weights[filled]
        return math.fsum(gaps) / math.fsum(self.weights)


class CalibrationError(NamedTuple):
    """An expected calibration error, and what chance alone makes of one; all in [0, 1].

    ``interval`` is that of 95 %, None where the cases are too few. ``perfect`` is the mean that a
    model gets whose confidences are exactly right, ``perfect_range`` holds it in 95 % of test sets.
    """

    error: float
    interval: Interval | None
    perfect: float
    perfect_range: Interval


def draw_reliability(
    outcome: ArrayLike,
    confidence: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    n_bins: int = N_BINS,
) -> Reliability:
    """Return the reliability diagram: per bin the mean confidence and how often it came true.

    A confidence that means what it says lies on the diagonal.
    Source: Murphy and Winkler 1977, Applied Statistics 26:41; bins as in Guo et al. 2017.
    """
    if n_bins < 1:
        raise ValueError(f"there must be at least one bin, not {n_bins}")
    known, given, each = _check(outcome, confidence, weights)
    edges = np.linspace(0.0, 1.0, n_bins + 1)
    place = _find_bins(given, edges)
    columns = (each, each * given, each * known)
    totals, sums, right = (np.bincount(place, own, minlength=n_bins) for own in columns)
    counts = np.bincount(place, minlength=n_bins)
    return Reliability(edges, counts, totals, divide(sums, totals), divide(right, totals))


def make_gaps(columns: Sequence[tuple[BoolArray, FloatArray]], weights: FloatArray) -> Statistic:
    """Make the statistic "gap of each bin": weights (draws, cases) to (draws, columns, bins).

    ``columns`` are outcomes and confidences. A gap is what a bin adds to the expected calibration
    error, with its sign: the share of its cases x (share that came true - mean confidence). The
    error is the sum of their sizes. Each case is taken to 25 binary places, right to 1e-7.
    """
    # So few places are summed exactly in one product of matrices, in place of three.
    gaps = [np.rint(weights * (came - given) * 2.0**25) / 2.0**25 for came, given in columns]
    bins = [_split(own, given) for own, (_, given) in zip(gaps, columns, strict=True)]
    sums = make_sum(np.concatenate([*bins, weights[None]]))

    def measure(drawn: IntArray) -> FloatArray:
        found = sums(drawn)
        shares = divide(found[:, :-1], found[:, -1:])
        return shares.reshape(len(drawn), len(columns), N_BINS)

    return measure


def make_gaps_of_outcomes(confidence: FloatArray, weights: FloatArray) -> Statistic:
    """Make the gaps of one column whose cases are fixed: outcomes (draws, cases), 0 or 1.

    The error of outcomes drawn from the confidences is that of a perfectly calibrated model.
    """
    came_true, every = make_sum(_split(weights, confidence)), np.ones((1, len(weights)), np.int64)
    expected = make_sum(_split(weights * confidence, confidence))(every)
    total = math.fsum(weights)
    return lambda drawn: divide(came_true(drawn) - expected, total)


def _find_bins(given: FloatArray, edges: FloatArray) -> NDArray[np.intp]:
    return np.searchsorted(edges[1:-1], given, side="left")


def _split(values: FloatArray, given: FloatArray) -> FloatArray:
    """Put the value of each case into the row of its bin: (bins, cases), 0 elsewhere."""
    rows = np.zeros((N_BINS, len(given)))
    rows[_find_bins(given, np.linspace(0.0, 1.0, N_BINS + 1)), np.arange(len(given))] = values
    return rows


def brier_score(
    outcome: ArrayLike, confidence: ArrayLike, *, weights: ArrayLike | None = None
) -> float:
    """Return the Brier score: the mean squared difference of confidence and outcome.

    Half of what Brier wrote, who summed over the event and its opposite. It is low where
    confidences are both right and sharp; 0.25 is what a confidence of 0.5 for every case gets.
    Source: Brier 1950, Monthly Weather Review 78:1.
    """
    known, given, each = _check(outcome, confidence, weights)
    if not known.size:
        return math.nan
    return math.fsum(each * (given - known) ** 2) / math.fsum(each)


def _check(
    outcome: ArrayLike, confidence: ArrayLike, weights: ArrayLike | None
) -> tuple[BoolArray, FloatArray, FloatArray]:
    known, given, each = check_arrays(outcome, confidence, weights)
    if ((given < 0) | (given > 1)).any():
        raise ValueError("confidence must lie between 0 and 1")
    return known, given, each
