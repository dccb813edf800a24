"""Metrics of ROC and precision-recall curves on many draws at once.

The cases are put in order once. What a curve needs of a draw is then how much weight falls at
each confidence that some positive case has, and how much negative weight falls at it and between
it and the next: two products of a sparse matrix with the weights. Negative cases between two such
confidences move none of the areas, wherever they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from isiceval.statistics.ordering import BoolArray, FloatArray, IntArray
from isiceval.statistics.tallies import divide

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["CURVE_METRICS", "Rows", "make_curves", "make_specificities"]

CURVE_METRICS = (
    "auc",
    "average_precision",
    "trapezoid_average_precision",
    "auc_above_sensitivity",
    "partial_auc",
)
SENSITIVITY = 0.8

# Elements of the largest array held at once: confidences x draws.
_BLOCK = 2**20

Evaluate = Callable[[FloatArray], dict[str, FloatArray]]
"""Takes weights, units x draws, and returns named values, one a draw."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rows:
    """The rows of one label: arrays of shape (rows,), and the unit that each row belongs to.

    A unit is what is redrawn; ``weights`` are what a row counts each time its unit is drawn.
    """

    truth: BoolArray
    confidence: FloatArray
    weights: FloatArray
    units: IntArray
    n_units: int


class _Trace(NamedTuple):
    """One label on some draws, confidences x draws, the highest confidence first.

    ``found`` is the positive weight at a confidence, ``above`` the negative weight above it and
    ``upto`` that above it or at it; ``positive`` and ``negative`` are all of it, one a draw.
    """

    found: FloatArray
    above: FloatArray
    upto: FloatArray
    positive: FloatArray
    negative: FloatArray


def make_curves(rows: Rows, metrics: Sequence[str]) -> Evaluate:
    """Make the statistic that computes some of ``CURVE_METRICS`` of one label on each draw.

    On whole weights each value is that of the function of the same name in
    ``isiceval.metrics.probability`` on the rows, each as often as its unit was drawn; NaN where
    that is undefined.
    """
    plain = [metric for metric in metrics if metric != "partial_auc"]
    parts = [_make_traced(rows, {name: _FORMULAS[name] for name in plain})] if plain else []
    if "partial_auc" in metrics:
        # Its authors turn truth and confidence round, which makes tiny confidences equal.
        turned = Rows(
            truth=rows.truth,
            confidence=np.abs(rows.confidence - 1.0),
            weights=rows.weights,
            units=rows.units,
            n_units=rows.n_units,
        )
        parts.append(_make_traced(turned, {"partial_auc": _measure_partial_auc}))
    return lambda weights: {name: v for part in parts for name, v in part(weights).items()}


def _make_traced(rows: Rows, formulas: Mapping[str, Callable[[_Trace], FloatArray]]) -> Evaluate:
    keys = np.unique(rows.confidence[rows.truth])[::-1]
    if not len(keys):
        return lambda weights: {name: np.full(weights.shape[1], np.nan) for name in formulas}
    found, missed = _place_positives(rows, keys), _place_negatives(rows, keys)

    def evaluate(weights: FloatArray) -> dict[str, FloatArray]:
        blocks = []
        for block in _iter_blocks(weights, 2 * len(keys) + 1):
            trace = _trace(found @ block, missed @ block)
            blocks.append([formula(trace) for formula in formulas.values()])
        joined = (np.concatenate(values) for values in zip(*blocks, strict=True))
        return dict(zip(formulas, joined, strict=True))

    return evaluate


def _iter_blocks(weights: FloatArray, height: int) -> Iterator[FloatArray]:
    step = max(1, _BLOCK // height)
    for first in range(0, weights.shape[1], step):
        yield np.ascontiguousarray(weights[:, first : first + step])


def _place_positives(rows: Rows, keys: FloatArray) -> csr_array:
    places = np.searchsorted(-keys, -rows.confidence[rows.truth])
    return _build_sparse(rows, rows.truth, places, len(keys))


def _place_negatives(rows: Rows, keys: FloatArray) -> csr_array:
    """Place each negative row at a confidence (odd) or before, between or after them (even)."""
    given = -rows.confidence[~rows.truth]
    before = np.searchsorted(-keys, given, side="left")
    at = np.searchsorted(-keys, given, side="right") > before
    return _build_sparse(rows, ~rows.truth, 2 * before + at, 2 * len(keys) + 1)


def _build_sparse(rows: Rows, chosen: BoolArray, places: IntArray, height: int) -> csr_array:
    from scipy.sparse import csr_array

    cells = (rows.weights[chosen], (places, rows.units[chosen]))
    return csr_array(cells, shape=(height, rows.n_units))


def _trace(found: FloatArray, missed: FloatArray) -> _Trace:
    passed = np.cumsum(missed, axis=0)
    return _Trace(
        found=found,
        above=passed[0:-1:2],
        upto=passed[1::2],
        positive=found.sum(axis=0),
        negative=passed[-1],
    )


def _accumulate(trace: _Trace) -> FloatArray:
    """Return the positive weight found down to each confidence."""
    return np.cumsum(trace.found, axis=0)


def _measure_auc(trace: _Trace) -> FloatArray:
    # Twice the count of pairs in the right order, ties half: whole numbers, thus exact.
    pairs = trace.found * (2 * trace.negative - trace.above - trace.upto)
    return divide(pairs.sum(axis=0), 2 * trace.positive * trace.negative)


def _measure_average_precision(trace: _Trace) -> FloatArray:
    found = _accumulate(trace)
    precision = np.nan_to_num(divide(found, found + trace.upto))
    return divide((trace.found * precision).sum(axis=0), trace.positive)


def _measure_trapezoids(trace: _Trace) -> FloatArray:
    found = _accumulate(trace)
    before = found - trace.found
    # The curve begins at precision 1, before anything is found or missed.
    start = np.where(
        before + trace.above > 0, np.nan_to_num(divide(before, before + trace.above)), 1.0
    )
    end = np.nan_to_num(divide(found, found + trace.upto))
    return divide((trace.found * (start + end)).sum(axis=0), 2 * trace.positive)


def _measure_auc_above(trace: _Trace) -> FloatArray:
    """Add up what lies under the curve to the right of where it reaches the sensitivity."""
    rates = divide(_accumulate(trace), trace.positive)
    before = np.vstack([np.zeros_like(rates[:1]), rates[:-1]])
    left = np.vstack([np.zeros_like(rates[:1]), trace.upto[:-1]])
    flat, slope = (trace.above - left) * before, (trace.upto - trace.above) * (before + rates) / 2
    first = np.argmax(rates >= SENSITIVITY, axis=0)
    later = np.arange(len(rates))[:, None] > first
    right = np.where(later, flat + slope, 0.0).sum(axis=0)
    right += (trace.negative - trace.upto[-1]) * rates[-1]

    def pick(rows: FloatArray) -> FloatArray:
        picked: FloatArray = np.take_along_axis(rows, first[None], axis=0)[0]
        return picked

    share = divide(SENSITIVITY - pick(before), pick(rates) - pick(before))
    width = (pick(trace.upto) - pick(trace.above)) * (1 - share)
    return divide(right + width * (SENSITIVITY + pick(rates)) / 2, trace.negative)


def _measure_partial_auc(trace: _Trace) -> FloatArray:
    """Add up the specificity over the sensitivities above the limit, from the lowest confidence.

    The trace is of the turned confidences: positive cases that a threshold loses come first.
    """
    limit = abs(1.0 - SENSITIVITY)
    lost, step = (
        divide(_accumulate(trace) - trace.found, trace.positive),
        divide(trace.found, trace.positive),
    )
    taken = np.clip(limit - lost, 0.0, step)
    height = trace.above + (trace.upto - trace.above) * np.nan_to_num(divide(taken, step)) / 2
    return divide((taken * height).sum(axis=0), trace.negative)


_FORMULAS: Mapping[str, Callable[[_Trace], FloatArray]] = {
    "auc": _measure_auc,
    "average_precision": _measure_average_precision,
    "trapezoid_average_precision": _measure_trapezoids,
    "auc_above_sensitivity": _measure_auc_above,
}


def make_specificities(
    rows: Rows, sensitivities: Sequence[float]
) -> Callable[[FloatArray], FloatArray]:
    """Make the statistic "specificity at each sensitivity": units x draws to sensitivities x draws.

    The vertices of the curve are those of the draw, those on a straight line left out, as in
    ``isiceval.metrics.probability.specificity_at_sensitivity``; draw by draw, since every draw
    has vertices of its own.
    """
    keys, places = np.unique(-rows.confidence, return_inverse=True)
    found, missed = (
        _build_sparse(rows, chosen, places[chosen], len(keys))
        for chosen in (rows.truth, ~rows.truth)
    )

    def evaluate(weights: FloatArray) -> FloatArray:
        columns = []
        for block in _iter_blocks(weights, len(keys)):
            steps = zip((found @ block).T, (missed @ block).T, strict=True)
            columns += [_find_specificities(*step, sensitivities) for step in steps]
        return np.array(columns).T

    return evaluate


def _find_specificities(
    found: FloatArray, missed: FloatArray, sensitivities: Sequence[float]
) -> list[float]:
    drawn = (found + missed) > 0
    found, missed = found[drawn], missed[drawn]
    hits, wrong = np.cumsum(found), np.cumsum(missed)
    if not len(hits) or not hits[-1] or not wrong[-1]:
        return [np.nan] * len(sensitivities)
    rates = hits / hits[-1]
    values = []
    for sensitivity in sensitivities:
        vertex = _skip_straight(int(np.argmax(rates >= sensitivity)), found, missed)
        values.append(float(1.0 - wrong[vertex] / wrong[-1]))
    return values


def _skip_straight(vertex: int, found: FloatArray, missed: FloatArray) -> int:
    """Go on to the next vertex that is no middle of two equal steps; the ends always are one."""
    while (
        0 < vertex < len(found) - 1
        and found[vertex] == found[vertex + 1]
        and missed[vertex] == missed[vertex + 1]
    ):
        vertex += 1
    return vertex
