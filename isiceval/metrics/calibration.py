"""Whether confidences can be taken at their word: formulas of how often a confidence is right.

Shared by every function here: ``outcome`` is an array of shape (cases,) of booleans (or numbers
that are all 0 or 1), whether what the confidence speaks of is so; ``confidence`` one of floats of
the same shape, in [0, 1]; ``weights`` one of floats >= 0, or None for 1 each. A case of weight 0
does not count at all. ValueError or TypeError say what does not fit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isiceval.metrics.arrays import BoolArray, FloatArray, check_arrays

__all__ = ["N_BINS", "Reliability", "brier_score", "draw_reliability", "expected_calibration_error"]

N_BINS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """Confidences in bins of equal width; arrays of shape (bins,), or (bins + 1,) for ``edges``.

    A bin holds the confidences above its lower edge and up to its upper one, the first those of
    0 too. ``counts`` are cases, ``weights`` what they weigh; ``confidences`` the mean confidence
    and ``shares`` the share of cases whose outcome is true, both weighted, NaN in an empty bin.
    """

    edges: FloatArray
    counts: NDArray[np.intp]
    weights: FloatArray
    confidences: FloatArray
    shares: FloatArray

    @property
    def error(self) -> float:
        """Return the expected calibration error; NaN without a case."""
        filled = self.counts > 0
        if not filled.any():
            return math.nan
        gaps = np.abs(self.shares - self.confidences)[filled] * self.weights[filled]
        return math.fsum(gaps.tolist()) / math.fsum(self.weights.tolist())


def draw_reliability(
    outcome: ArrayLike,
    confidence: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    n_bins: int = N_BINS,
) -> Reliability:
    """Return the reliability diagram: per bin the mean confidence and how often it came true.

    A confidence that means what it says lies on the diagonal. Undefined (NaN) in a bin without
    cases. ``n_bins`` is at least 1.
    Source: Murphy and Winkler 1977, Applied Statistics 26:41; bins as in Guo et al. 2017.

    >>> drawn = draw_reliability([0, 1, 1, 1], [0.2, 0.2, 0.9, 0.7], n_bins=2)
    >>> drawn.counts.tolist(), drawn.shares.tolist()
    ([2, 2], [0.5, 1.0])
    """
    if n_bins < 1:
        raise ValueError(f"there must be at least one bin, not {n_bins}")
    known, given, counting = _check(outcome, confidence, weights)
    edges = np.linspace(0.0, 1.0, n_bins + 1)
    place = np.searchsorted(edges[1:-1], given, side="left")
    totals = np.bincount(place, weights=counting, minlength=n_bins)
    means = (np.full(n_bins, math.nan), np.full(n_bins, math.nan))
    for mean, values in zip(means, (given, known.astype(np.float64)), strict=True):
        sums = np.bincount(place, weights=counting * values, minlength=n_bins)
        np.divide(sums, totals, out=mean, where=totals > 0)
    return Reliability(edges, np.bincount(place, minlength=n_bins), totals, *means)


def expected_calibration_error(
    outcome: ArrayLike,
    confidence: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    n_bins: int = N_BINS,
) -> float:
    """Return the expected calibration error: the mean gap between confidence and outcome.

    sum over bins of their share of the cases x |share that came true - mean confidence|. It
    depends on the number of bins of equal width (Guo et al. take 15). Range [0, 1], 0 is best.
    Undefined (NaN) without a case.
    Source: Guo et al. 2017, On calibration of modern neural networks, ICML, equation 3; Naeini
    et al. 2015, AAAI.

    >>> round(expected_calibration_error([0, 1, 1, 1], [0.2, 0.2, 0.9, 0.7], n_bins=2), 6)
    0.25
    """
    return draw_reliability(outcome, confidence, weights=weights, n_bins=n_bins).error


def brier_score(
    outcome: ArrayLike, confidence: ArrayLike, *, weights: ArrayLike | None = None
) -> float:
    """Return the Brier score: the mean squared difference of confidence and outcome.

    Half of what Brier wrote, who summed over the event and its opposite. It is low where
    confidences are both right and sharp. Range [0, 1], 0 is best, 0.25 is what a confidence of
    0.5 for every case gets. Undefined (NaN) without a case.
    Source: Brier 1950, Monthly Weather Review 78:1.

    >>> brier_score([0, 1], [0.5, 1.0])
    0.125
    """
    known, given, counting = _check(outcome, confidence, weights)
    if not known.size:
        return math.nan
    squares = counting * (given - known) ** 2
    return math.fsum(squares.tolist()) / math.fsum(counting.tolist())


def _check(
    outcome: ArrayLike, confidence: ArrayLike, weights: ArrayLike | None
) -> tuple[BoolArray, FloatArray, FloatArray]:
    known, given, counting = check_arrays(outcome, confidence, weights)
    if ((given < 0) | (given > 1)).any():
        raise ValueError("confidence must lie between 0 and 1")
    return known, given, counting
