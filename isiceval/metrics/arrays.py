"""Arrays that all formulas share: checks, exact weighted sums, means and medians.

A statistic takes weights of shape (draws, units), whole numbers of 0 and above: how often each
unit counts in each draw. The score is one draw of ones.

``make_`` functions make the statistic of each row of a matrix: weights (draws, cases) to (draws,
rows). Undefined cases (NaN) are left out; a row without a defined case in a draw has a mean and a
median of NaN there.

>>> make_mean([[0.5, 1.0], [0.25, np.nan]])(np.array([[1, 1], [0, 2]]))
array([[0.75, 0.25],
       [1.  ,  nan]])
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]

Statistic: TypeAlias = Callable[[IntArray], FloatArray]
"""Takes weights, (draws, units), and returns its value for each draw, (draws, anything)."""

RocPoints: TypeAlias = dict[str, list[float | None]]
"""The points of a ROC curve as scorecards hold them, by name of the column."""

Better = Literal["higher", "lower"]
TiedRank = Literal["lowest", "average"]


class Term(NamedTuple):
    """One term of a score: the mean of ``values``, (n,), as a function of what each counts.

    A score that is a sum of means has its means as terms. Of any other score the terms are what it
    is to first order: a value is the score plus n times the derivative by the weight of its case
    (the empirical influence function: Efron and Tibshirani 1993, chapter 21), so that their mean
    is the score. ``places`` (n,) are the units that values belong to; ``low`` and ``high`` what
    one more value could be. With fewer values than ``least`` the score has no interval. ``centre``
    is the score where only the values of all terms together have it as their mean.
    """

    values: FloatArray
    places: IntArray
    low: float = 0.0
    high: float = 1.0
    least: int = 5
    centre: float | None = None

    def scale(self, share: float) -> Term:
        """Return the term of a score that is ``share`` times this one."""
        ends = {name: getattr(self, name) * share for name in ("values", "low", "high")}
        return self._replace(**ends, centre=None if self.centre is None else self.centre * share)


class Outcomes(NamedTuple):
    """What a table says of each unit, (units,): whether it is right, and has a weight in the score.

    ``confidence`` is that in the truth, None where the table holds labels instead of confidences.
    """

    correct: BoolArray
    counted: BoolArray
    confidence: FloatArray | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Aggregator:
    """Every aggregate of one submission, ready to be computed on any draw of its units.

    ``units``: the ids of what is drawn (images, or rows of a table), sorted.
    ``names``: the aggregates by their full names, in the order of reports.
    ``evaluate``: takes weights (draws, units); returns (draws, names), NaN where an aggregate is
    undefined on that draw.
    ``unit_values``: by name, for each aggregate that is a mean over units, the value of each unit,
    (units,); NaN where a unit is left out. Empty where no aggregate is such a mean.
    ``compute_terms`` computes the terms of each aggregate, by name; none where rows weigh, or where
    an aggregate is 0/0. The values are NaN where an aggregate has no simple derivative.
    ``outcomes``: what a table says of each unit; None of masks and superpixels.
    ``undefined``: by metric, in how many cases of masks, or labels of a table, it was 0/0.
    ``compute_rocs`` computes the points of the ROC curve of each label that has confidences.
    """

    units: tuple[str, ...]
    names: tuple[str, ...]
    evaluate: Statistic
    unit_values: dict[str, FloatArray] = field(default_factory=dict)
    outcomes: Outcomes | None = None
    undefined: dict[str, int] = field(default_factory=dict)
    compute_rocs: Callable[[], dict[str, RocPoints]] = dict
    compute_terms: Callable[[], dict[str, list[Term]]] = dict

    def measure(self) -> dict[str, float]:
        """Compute the aggregates themselves: one draw in which every unit counts once."""
        (row,) = self.evaluate(np.ones((1, len(self.units)), dtype=np.int64)).tolist()
        return dict(zip(self.names, row, strict=True))


def as_matrix(values: ArrayLike) -> FloatArray:
    """Return ``values`` as a float matrix of teams x cases, NaN where a case is undefined.

    Raises ValueError where it is not a matrix, where it is empty, or where a value is infinite.
    """
    matrix = np.asarray(values, dtype=np.float64)
    if matrix.ndim != 2 or matrix.size == 0:
        shape = " x ".join(map(str, matrix.shape)) or "a single number"
        raise ValueError(f"values must be a matrix of teams x cases, not {shape}")
    if np.isinf(matrix).any():
        raise ValueError("values must be finite, or NaN where a case is undefined")
    return matrix


def check_arrays(
    truth: ArrayLike, confidence: ArrayLike, weights: ArrayLike | None
) -> tuple[BoolArray, FloatArray, FloatArray]:
    """Return truth, confidence and weights in their types, without cases of weight 0.

    Raises TypeError where the truth holds other numbers than 0 and 1; ValueError where shapes do
    not fit, numbers are not finite, or weights are negative.
    """
    known, given = np.asarray(truth), np.asarray(confidence, dtype=np.float64)
    if known.ndim != 1:
        raise ValueError(f"truth must have 1 dimension, it has {known.ndim}")
    kind = known.dtype.kind
    if kind != "b" and not (kind in "iuf" and np.isin(known, (0, 1)).all()):
        raise TypeError("truth must be booleans, for example truth > 0.5")
    each = np.ones(len(known)) if weights is None else np.asarray(weights, dtype=np.float64)
    for name, array, shape in (
        ("confidence", given, known.shape),
        ("weights", each, known.shape[:1]),
    ):
        if array.shape != shape:
            raise ValueError(f"{name} has shape {array.shape}, the truth needs {shape}")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} must be finite numbers")
    if (each < 0).any():
        raise ValueError("weights must not be negative")
    used = each > 0
    return known[used].astype(np.bool_), given[used], each[used]


def divide(above: ArrayLike, below: ArrayLike) -> FloatArray:
    """Divide; NaN where there is nothing to divide by. Two plain numbers give a plain number."""
    part, whole = np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return unwrap(np.where(whole > 0, part / whole, np.nan))


def unwrap(values: ArrayLike) -> FloatArray:
    """Return an array of no dimensions as a plain float, any other array as it is."""
    array = np.asarray(values, dtype=np.float64)
    return array if array.ndim else cast("FloatArray", array.item())


def average(values: Sequence[FloatArray]) -> FloatArray:
    """Average values over labels or classes, on each draw over those that are defined there."""
    stacked = np.stack(values)
    defined = ~np.isnan(stacked)
    return divide(np.where(defined, stacked, 0.0).sum(axis=0), defined.sum(axis=0))


def average_terms(terms: Sequence[list[Term]], *, omit: bool) -> list[Term]:
    """Return the terms of the mean over labels; labels without any are left out with ``omit``."""
    n = sum(map(bool, terms)) if omit else len(terms)
    return [term.scale(1 / n) for own in terms for term in own]


def make_sum(values: ArrayLike) -> Statistic:
    """Make the statistic "sum of each row".

    Values are taken to 78 binary places of the largest one and summed as three parts whose sums are
    exact, rounded once in the end: equal teams are exactly equal in every draw, and the digits
    depend neither on the order of summation nor on the machine.
    """
    rest = np.nan_to_num(as_matrix(values), nan=0.0)
    scale = 2.0 ** int(np.frexp(np.abs(rest).max())[1])
    rest, parts = rest / scale, list[FloatArray]()
    for places in (26, 52, 78):
        part = np.rint(rest * 2.0**places) / 2.0**places
        rest = rest - part
        # Whole numbers have no finer parts, which need not be summed.
        if part.any() or not parts:
            parts.append(part)
    columns = np.ascontiguousarray(np.vstack(parts).T)

    def total(weights: IntArray) -> FloatArray:
        found = np.split(weights.astype(np.float64) @ columns, len(parts), axis=1)
        zero = np.zeros_like(found[0])
        large, middle, small = (*found, zero, zero)[:3]
        # Added with one rounding: Knuth's two-sum, then the error and the small.
        rounded = large + middle
        added = rounded - large
        error = (large - (rounded - added)) + (middle - added)
        return cast("FloatArray", (rounded + (error + small)) * scale)

    return total


def make_mean(values: ArrayLike) -> Statistic:
    """Make the statistic "mean of each row"; sums are those of :func:`make_sum`."""
    total, count = make_sum(values), make_sum(~np.isnan(as_matrix(values)))
    return lambda weights: divide(total(weights), count(weights))


def make_median(values: ArrayLike) -> Statistic:
    """Make the statistic "median of each row", of an even number the mean of the middle two."""
    rows = []
    for row in as_matrix(values):
        order = np.argsort(row, kind="stable")[: np.count_nonzero(~np.isnan(row))]
        rows.append((order, np.append(row[order], np.nan)))

    def median(weights: IntArray) -> FloatArray:
        columns, medians = np.ascontiguousarray(weights.T), []
        for order, ordered in rows:
            passed, total = np.cumsum(columns[order], axis=0), columns[order].sum(axis=0)
            # With no weight at all, both indices run past the end, to the NaN that waits there.
            low = ordered[(passed <= (total - 1) // 2).sum(axis=0)]
            high = ordered[(passed <= total // 2).sum(axis=0)]
            medians.append(np.where(total > 0, (low + high) / 2, np.nan))
        return np.stack(medians, axis=1)

    return median


def as_costs(values: FloatArray, better: Better) -> FloatArray:
    """Return ``values`` with the sign that makes small ones good."""
    return values if better == "lower" else -values


def rank_rows(costs: FloatArray, *, ties: TiedRank = "lowest") -> FloatArray:
    """Rank the values of each row (the last axis), the smallest first, from 1.

    Only exactly equal values are tied: they share the lowest of their ranks (1, 2, 2, 4), or
    with ``ties="average"`` the mean of them (1, 2.5, 2.5, 4). NaN counts as the largest value.
    """
    filled = np.where(np.isnan(costs), np.inf, costs)
    order = np.argsort(filled, axis=-1, kind="stable")
    first, last = find_runs(np.take_along_axis(filled, order, axis=-1))
    ranks = np.empty_like(costs)
    places = first if ties == "lowest" else (first + last) / 2
    np.put_along_axis(ranks, order, places + 1.0, axis=-1)
    return ranks


def find_runs(ordered: FloatArray) -> tuple[IntArray, IntArray]:
    """Return, for each value of ordered rows, the places of the first and last one equal to it."""
    width, differs = ordered.shape[-1], ordered[..., 1:] != ordered[..., :-1]
    first = np.zeros(ordered.shape, dtype=np.int64)
    first[..., 1:] = np.where(differs, np.arange(1, width), 0)
    last = np.full(ordered.shape, width - 1, dtype=np.int64)
    last[..., :-1] = np.where(differs, np.arange(width - 1), width - 1)
    return (
        np.maximum.accumulate(first, axis=-1),
        np.minimum.accumulate(last[..., ::-1], axis=-1)[..., ::-1],
    )
