"""Put numbers in order: the matrix every ranking starts from, and ranks with ties."""

from __future__ import annotations

from typing import Literal

import numpy as np

from isiceval.metrics.arrays import BoolArray, FloatArray, IntArray

__all__ = [
    "Better",
    "BoolArray",
    "FloatArray",
    "IntArray",
    "TiedRank",
    "as_costs",
    "find_starts",
    "rank_rows",
]

Better = Literal["higher", "lower"]
TiedRank = Literal["lowest", "average"]


def as_costs(values: FloatArray, better: Better) -> FloatArray:
    """Return ``values`` turned so that small is good.

    >>> as_costs(np.array([0.5, 0.25]), "higher")
    array([-0.5 , -0.25])
    """
    if better not in ("higher", "lower"):
        raise ValueError(f"better must be 'higher' or 'lower', not '{better}'")
    return values if better == "lower" else -values


def rank_rows(costs: FloatArray, *, ties: TiedRank = "lowest") -> FloatArray:
    """Rank the values of each row (the last axis), the smallest first, from 1.

    Only exactly equal values are tied: they share the lowest of their ranks (1, 2, 2, 4), or
    with ``ties="average"`` the mean of them (1, 2.5, 2.5, 4). NaN counts as the largest value.

    >>> rank_rows(np.array([[0.1, 0.4, 0.4, np.nan], [2.0, 1.0, 0.0, 0.0]]))
    array([[1., 2., 2., 4.],
           [4., 3., 1., 1.]])
    """
    if ties not in ("lowest", "average"):
        raise ValueError(f"ties must be 'lowest' or 'average', not '{ties}'")
    filled = np.where(np.isnan(costs), np.inf, costs)
    order = np.argsort(filled, axis=-1, kind="stable")
    first = find_starts(np.take_along_axis(filled, order, axis=-1))
    ranked = first if ties == "lowest" else (first + _find_ends(first)) / 2
    ranks = np.empty_like(costs)
    np.put_along_axis(ranks, order, ranked + 1.0, axis=-1)
    return ranks


def find_starts(ordered: FloatArray) -> IntArray:
    """Return, for each value of ordered rows, the position of the first one equal to it."""
    new = np.ones(ordered.shape, dtype=bool)
    new[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    starts = np.where(new, np.arange(ordered.shape[-1]), 0)
    return np.maximum.accumulate(starts, axis=-1)


def _find_ends(starts: IntArray) -> IntArray:
    """Return, for each position, the last one of its group of equals."""
    width = starts.shape[-1]
    last = np.full(starts.shape, width - 1)
    differs = starts[..., 1:] != starts[..., :-1]
    last[..., :-1] = np.where(differs, np.arange(width - 1), width - 1)
    return np.minimum.accumulate(last[..., ::-1], axis=-1)[..., ::-1]
