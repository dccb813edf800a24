"""Metrics of ROC and precision-recall curves, on one set of weights or on many draws at once.

Shared by the functions of one set of cases: ``truth`` is an array of shape (cases,) of booleans (or
of numbers that are all 0 or 1), ``confidence`` one of floats of the same shape, finite and
usually in [0, 1]; ``weights`` one of floats >= 0 of the same shape, or None for 1 each. A case
of weight 0 does not count at all. ValueError or TypeError say what does not fit.

The rows are put in order of confidence once (:class:`LabelScores`). What a curve needs of a draw is
then how much weight falls at each confidence that some positive row has, and how much negative
weight falls at it and between it and the next: where between them moves none of the areas. A
formula takes this :class:`Sweep` of some draws and returns (draws,), NaN where it is undefined; 1
is best and the range [0, 1] where nothing else is said.

>>> measure_curve("auc", [0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
0.75
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from isiceval.metrics import arrays
from isiceval.metrics.arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    RocPoints,
    Term,
    check_arrays,
    divide,
)

SENSITIVITY = 0.8
"""Above it lie the partial areas: ISIC 2018/3, 2019 and 2024."""

# Elements of the largest array held at once, confidences x draws: 2 MB of floats, which a
# processor's cache holds.
_BLOCK = 2**18

_TINY = np.finfo(np.float64).tiny


class Curve(NamedTuple):
    """The points of a curve, three arrays of shape (points,); without any where it is undefined.

    A case counts as positive where its confidence is at least the point's threshold; that of the
    first point, which no confidence reaches, is infinite. ``x`` and ``y`` are the false and the
    true positive rate, or recall and precision.
    """

    thresholds: FloatArray
    x: FloatArray
    y: FloatArray

    def list_points(self) -> RocPoints:
        """List the points of a ROC curve by name; an infinite threshold is None."""
        return {
            "thresholds": [t if math.isfinite(t) else None for t in self.thresholds.tolist()],
            "false_positive_rates": self.x.tolist(),
            "true_positive_rates": self.y.tolist(),
        }


class LabelScores(NamedTuple):
    """The rows of one label, (rows,): each counts its weight each time its unit is drawn."""

    truth: BoolArray
    confidence: FloatArray
    weights: FloatArray
    units: IntArray


class Sweep(NamedTuple):
    """One label on some draws, confidences x draws, the threshold sinking from the highest.

    The confidences are those of positive rows. ``tp`` is the positive weight at a confidence,
    ``tp_upto`` that above it or at it, ``fp_above`` the negative weight above it and ``fp_upto``
    that above it or at it; ``positive`` and ``negative`` are all of it, one a draw.
    """

    tp: FloatArray
    tp_upto: FloatArray
    fp_above: FloatArray
    fp_upto: FloatArray
    positive: FloatArray
    negative: FloatArray


_Formula: TypeAlias = Callable[[Sweep], FloatArray]
_Evaluate: TypeAlias = Callable[[FloatArray], dict[str, FloatArray]]


def measure_curve(
    metric: str, truth: ArrayLike, confidence: ArrayLike, *, weights: ArrayLike | None = None
) -> float:
    """Compute one of ``FORMULAS`` on one set of cases."""
    known, given, each = check_arrays(truth, confidence, weights)
    scores = LabelScores(known, given, each, units=np.arange(len(known)))
    return float(measure_curves(scores, [metric])(np.ones((len(known), 1)))[metric][0])


def measure_curves(scores: LabelScores, metrics: Sequence[str]) -> _Evaluate:
    """Prepare some of ``FORMULAS`` of one label; the rows are sorted here, once.

    The result takes weights (units, draws), how often each unit was drawn, and returns the values
    by metric, (draws,) each.
    """
    plain = {name: FORMULAS[name] for name in metrics if name != "partial_auc"}
    prepared = [_prepare(scores, plain)] if plain else []
    if "partial_auc" in metrics:
        # Turned round, as its authors do: confidences below about 1e-16 become equal.
        turned = scores._replace(confidence=np.abs(scores.confidence - 1.0))
        prepared.append(_prepare(turned, {"partial_auc": partial_auc}))
    return lambda weights: {k: v for evaluate in prepared for k, v in evaluate(weights).items()}


def _prepare(scores: LabelScores, formulas: Mapping[str, _Formula]) -> _Evaluate:
    truth, given = scores.truth, -scores.confidence
    keys, places = np.unique(given[truth], return_inverse=True)
    # Negative rows lie at (odd) or between (even) the confidences of positive ones.
    before = np.searchsorted(keys, given[~truth], side="left")
    at = np.searchsorted(keys, given[~truth], side="right") > before
    n_places = 2 * len(keys) + 1
    add_positive = _prepare_sums(scores, truth, places, len(keys))
    add_negative = _prepare_sums(scores, ~truth, 2 * before + at, n_places)

    def evaluate(weights: FloatArray) -> dict[str, FloatArray]:
        if not len(keys):
            return {name: np.full(weights.shape[1], np.nan) for name in formulas}
        blocks = []
        for block in _iter_blocks(weights, max(n_places, len(weights))):
            tp, passed = add_positive(block), np.cumsum(add_negative(block), axis=0)
            found = np.cumsum(tp, axis=0)
            sweep = Sweep(tp, found, passed[0:-1:2], passed[1::2], found[-1], passed[-1])
            blocks.append([formula(sweep) for formula in formulas.values()])
        joined = (np.concatenate(values) for values in zip(*blocks, strict=True))
        return dict(zip(formulas, joined, strict=True))

    return evaluate


def _prepare_sums(
    scores: LabelScores, rows: BoolArray, groups: IntArray, n_groups: int
) -> Callable[[FloatArray], FloatArray]:
    """Prepare what the rows of each group weigh: weights (units, draws) to (groups, draws)."""
    order = np.argsort(groups, kind="stable")
    groups, units, each = groups[order], scores.units[rows][order], scores.weights[rows][order]
    starts = np.flatnonzero(np.diff(groups, prepend=-1))
    weighted = bool((each != 1).any())

    def add_up(weights: FloatArray) -> FloatArray:
        if weights.shape[1] == 1:  # one draw needs no array of rows x draws
            sums = np.bincount(groups, weights=each * weights[units, 0], minlength=n_groups)
            return sums[:, None]
        sums = np.zeros((n_groups, weights.shape[1]))
        rows = weights[units]
        if weighted:
            rows *= each[:, None]
        sums[groups[starts]] = np.add.reduceat(rows, starts, axis=0)
        return sums

    return add_up


def _iter_blocks(weights: FloatArray, height: int) -> Iterator[FloatArray]:
    step = max(1, _BLOCK // height)
    for first in range(0, weights.shape[1], step):
        yield weights[:, first : first + step]


def auc(sweep: Sweep) -> FloatArray:
    """Return the area under the ROC curve.

    It is the chance that a positive case has a higher confidence than a negative one, ties
    counted half; 0.5 is what guessing gets. Undefined without a positive or a negative case.
    Source: Hanley and McNeil 1982, Radiology 143:29; ranking metric of ISIC 2017/2, 2017/3, 2020.
    """
    return divide(_count_pairs(sweep).sum(axis=0), 2 * sweep.positive * sweep.negative)


def _count_pairs(sweep: Sweep) -> FloatArray:
    """Count, twice, the pairs of a positive row at each confidence and a negative one below it.

    Ties count half, so without weights these are whole numbers, thus exact.
    """
    return sweep.tp * (2 * sweep.negative - sweep.fp_above - sweep.fp_upto)


def _compute_share(part: FloatArray, rest: FloatArray) -> FloatArray:
    """Divide a part by itself and the rest; 0 where there is nothing to divide by."""
    return part / np.maximum(part + rest, _TINY)


def average_precision(sweep: Sweep) -> FloatArray:
    """Return the average precision: the sum over steps of recall of the precision reached there.

    As scikit-learn from 0.19 computes it, without interpolation. Range (0, 1]; the share of
    positive cases is what guessing gets. Undefined without a positive case.
    Source: Zhu 2004, Recall, precision and average precision; secondary metric of ISIC 2018/3
    and 2019.
    """
    precision = _compute_share(sweep.tp_upto, sweep.fp_upto)
    return divide((sweep.tp * precision).sum(axis=0), sweep.positive)


def trapezoid_average_precision(sweep: Sweep) -> FloatArray:
    """Return the area under the precision-recall curve, its points joined by straight lines.

    This is what scikit-learn before 0.19 called average precision, and so what ranked ISIC 2016
    tasks 2, 3 and 3B. No classifier reaches the points on the lines (scikit-learn issue 5379):
    equal confidences get (1 + prevalence) / 2. The curve starts at recall 0 and precision 1 and
    ends at the first threshold that finds every positive case. Range (0, 1]. Undefined without a
    positive case. Source: scikit-learn 0.18.1, ``precision_recall_curve`` and ``auc``.
    """
    before = sweep.tp_upto - sweep.tp
    # The curve begins at precision 1, before anything is found or missed.
    begun = before + sweep.fp_above > 0
    start = np.where(begun, _compute_share(before, sweep.fp_above), 1.0)
    end = _compute_share(sweep.tp_upto, sweep.fp_upto)
    return divide((sweep.tp * (start + end)).sum(axis=0), 2 * sweep.positive)


def auc_above_sensitivity(sweep: Sweep) -> FloatArray:
    """Return the area under the ROC curve to the right of where it reaches ``SENSITIVITY``.

    The whole height counts, also the block below the sensitivity; nothing is rescaled.
    :func:`partial_auc` keeps only what lies above. Undefined without a positive or a negative case.
    Source: isic-challenge-scoring 4.3.0 to 5.8.0, ``auc_above_sensitivity``; ISIC 2018/3 and 2019,
    secondary metric "AUC, Sens > 80%".
    """
    short = divide(sweep.tp_upto, sweep.positive) < SENSITIVITY
    # The confidence at which the curve, rising along a slope, reaches the sensitivity.
    first = short.sum(axis=0)
    tp, found, fp_above, fp_upto = (
        np.take_along_axis(rows, first[None], axis=0)[0] for rows in sweep[:4]
    )
    low, high = divide(found - tp, sweep.positive), divide(found, sweep.positive)
    width = (fp_upto - fp_above) * (1 - divide(SENSITIVITY - low, high - low))
    # To the right of it lie the height reached there and what each later confidence adds.
    later = np.where(short[:-1], 0.0, _count_pairs(sweep)[1:]).sum(axis=0)
    right = (sweep.negative - fp_upto) * high + divide(later, 2 * sweep.positive)
    return divide(right + width * (SENSITIVITY + high) / 2, sweep.negative)


def partial_auc(sweep: Sweep) -> FloatArray:
    """Return the area between the ROC curve and the line of ``SENSITIVITY``.

    It is the integral of the specificity over the sensitivities from there to 1. The sweep is of
    the turned confidences: positive rows that a threshold loses come first. Range
    [0, 1 - SENSITIVITY], so [0, 0.2]; 0.02 is what guessing gets. Undefined without a positive or a
    negative case.
    Source: ISIC 2024 ranking metric, ISIC-Research/Challenge-2024-Metrics at 34993a2.
    """
    limit = abs(1.0 - SENSITIVITY)
    lost = divide(sweep.tp_upto - sweep.tp, sweep.positive)
    step = divide(sweep.tp, sweep.positive)
    taken = np.clip(limit - lost, 0.0, step)
    at = sweep.fp_upto - sweep.fp_above
    height = sweep.fp_above + at * np.nan_to_num(divide(taken, step)) / 2
    return divide((taken * height).sum(axis=0), sweep.negative)


_ALL = (auc, average_precision, trapezoid_average_precision, auc_above_sensitivity, partial_auc)
FORMULAS: Mapping[str, _Formula] = {formula.__name__: formula for formula in _ALL}


def split_curve(metric: str, truth: BoolArray, confidence: FloatArray) -> list[Term]:
    """Write an area as a mean over positive and one over negative rows, (rows,), to first order.

    Nothing where a class is absent; the specificity at a sensitivity has values of NaN. A positive
    row has the share of negative rows below it, ties half, and a negative row that of positive rows
    above it: the components of DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44:837.
    """
    places = np.flatnonzero(truth), np.flatnonzero(~truth)
    n_positive, n_negative = map(len, places)
    if not (n_positive and n_negative):
        return []
    if "average_precision" in metric:
        return _split_precision(truth, confidence)
    columns = confidence[None], confidence[truth][None], confidence[~truth][None]
    ranks, own, other = (arrays.rank_rows(column, ties="average")[0] for column in columns)
    below = (ranks[truth] - own) / n_negative
    above = 1 - (ranks[~truth] - other) / n_positive
    if metric == "auc":
        return [Term(below, places[0]), Term(above, places[1])]
    if metric not in ("partial_auc", "auc_above_sensitivity"):
        unknown = (np.full(n, np.nan) for n in (n_positive, n_negative))
        return [Term(*columns) for columns in zip(unknown, places, strict=True)]
    if metric == "auc_above_sensitivity":
        return _split_above(truth, confidence, above)
    # The mean of the lowest fifth of the specificities. The limit is the next value above: with few
    # positive rows the value at a fifth itself, which is the derivative, says too little of what
    # lies above it, and intervals at 6 to 12 positive rows held the truth in .84 to .93.
    share = 1 - SENSITIVITY
    limit = np.sort(below)[min(int(share * n_positive) + 1, n_positive - 1)]
    lost = share * limit - np.maximum(limit - below, 0.0)
    return [
        Term(lost, places[0], (share - 1) * limit, share),
        Term(np.maximum(above - SENSITIVITY, 0.0), places[1], 0.0, share),
    ]


def _split_above(truth: BoolArray, confidence: FloatArray, above: FloatArray) -> list[Term]:
    """Split the area beyond a sensitivity; ``above`` is the share of positive rows above others.

    More or fewer positive rows above the threshold move it along the curve, whose slope is taken
    between sensitivities of 0.7 and 0.9.
    """
    places = np.flatnonzero(truth), np.flatnonzero(~truth)
    ordered, n_positive = np.sort(confidence[truth])[::-1], len(places[0])
    rates = np.clip(SENSITIVITY + np.array([-0.1, 0.0, 0.1]), 1 / n_positive, 1.0)
    low, limit, high = ordered[np.ceil(rates * n_positive - 1e-9).astype(np.int64) - 1]
    between = (confidence[~truth] >= high) & (confidence[~truth] < low)
    moved = SENSITIVITY * float(between.mean()) / 0.2
    right = above >= SENSITIVITY
    kept = np.sort(confidence[~truth][right])
    first, last = (np.searchsorted(kept, confidence[truth], side) for side in ("left", "right"))
    found = (first + last) / (2 * len(right))
    found += moved * ((confidence[truth] >= limit) - SENSITIVITY)
    ends = -moved * SENSITIVITY, float(right.mean()) + moved * (1 - SENSITIVITY)
    return [Term(found, places[0], *ends), Term(above * right, places[1])]


def _split_precision(truth: BoolArray, confidence: FloatArray) -> list[Term]:
    """Split average precision by its derivatives; a row moves the precision at and below it."""
    keys, at = np.unique(-confidence, return_inverse=True)
    steps = np.bincount(at[truth], minlength=len(keys)).astype(np.float64)
    tp, n = np.cumsum(steps), np.cumsum(np.bincount(at, minlength=len(keys)))
    n_positive, precision = int(tp[-1]), tp / n
    score = float(steps @ precision) / n_positive
    # What one more row changes: a positive one has a precision of its own, and raises that of the
    # positive rows below it, which a negative one lowers.
    gained = np.cumsum((steps * (n - tp) / n**2)[::-1])[::-1]
    lost = np.cumsum((steps * tp / n**2)[::-1])[::-1] * (n[-1] - n_positive) / n_positive
    own, low, high = (precision + gained)[at[truth]], float(precision[-1]), float(1 + gained[0])
    return [
        Term(own, np.flatnonzero(truth), low, high, centre=score),
        Term(
            score - lost[at[~truth]], np.flatnonzero(~truth), score - lost[0], score, centre=score
        ),
    ]


def measure_specificities(
    scores: LabelScores, sensitivities: Sequence[float]
) -> Callable[[FloatArray], FloatArray]:
    """Prepare the specificity at the first vertex of the ROC curve that is sensitive enough.

    The result takes weights (units, draws) and returns (sensitivities, draws). The vertices are
    those of :func:`roc_curve`: where a point on a straight line between others would have been
    sensitive enough, the next vertex answers, as in the scorers of 2016 and 2017. Undefined without
    a positive or a negative case (the official code said 0 without a positive one).
    Source: ISIC 2016/3 (0.95, 0.98, 0.99) and 2017/3 (0.82, 0.89, 0.95), secondary metric.
    """
    keys, places = np.unique(-scores.confidence, return_inverse=True)
    truth, n_keys = scores.truth, len(keys)
    add_positive = _prepare_sums(scores, truth, places[truth], n_keys)
    add_negative = _prepare_sums(scores, ~truth, places[~truth], n_keys)

    def evaluate(weights: FloatArray) -> FloatArray:
        columns = []
        for block in _iter_blocks(weights, max(n_keys, len(weights))):
            steps = zip(add_positive(block).T, add_negative(block).T, strict=True)
            columns += [_find_specificities(*step, sensitivities) for step in steps]
        return np.array(columns).T

    return evaluate


def _find_specificities(
    tp: FloatArray, fp: FloatArray, sensitivities: Sequence[float]
) -> list[float]:
    drawn = (tp + fp) > 0
    tp, fp = tp[drawn], fp[drawn]
    hits, wrong = np.cumsum(tp), np.cumsum(fp)
    if not len(hits) or not hits[-1] or not wrong[-1]:
        return [math.nan] * len(sensitivities)
    values, last = [], len(tp) - 1
    for reached in np.searchsorted(hits / hits[-1], sensitivities).tolist():
        vertex = reached
        # The middle of two equal steps is no vertex; the ends always are.
        while 0 < vertex < last and tp[vertex] == tp[vertex + 1] and fp[vertex] == fp[vertex + 1]:
            vertex += 1
        values.append(float(1.0 - wrong[vertex] / wrong[-1]))
    return values


def _count_steps(
    truth: BoolArray, confidence: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Count the positive and negative weight down to each distinct confidence, highest first."""
    order = np.argsort(-confidence, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(confidence[order])), confidence.size - 1)
    tp = np.cumsum(np.where(truth, weights, 0.0)[order])[ends]
    fp = np.cumsum(np.where(truth, 0.0, weights)[order])[ends]
    return confidence[order][ends], tp, fp


def roc_curve(
    truth: ArrayLike, confidence: ArrayLike, *, weights: ArrayLike | None = None
) -> Curve:
    """Return the vertices of the ROC curve, points on a straight line between others left out.

    Both rates rise from 0 to 1. Undefined where the truth has no positive or no negative case.
    Source: Fawcett 2006, Pattern Recognition Letters 27:861; isic-challenge-scoring 4 and 5.
    """
    known, given, each = check_arrays(truth, confidence, weights)
    if not known.any() or known.all():
        return Curve(*[np.empty(0)] * 3)
    thresholds, tp, fp = _count_steps(known, given, each)
    # A point in the middle of two equal steps lies on a straight line between its neighbours.
    bends = (np.diff(fp, 2) != 0) | (np.diff(tp, 2) != 0)
    kept = np.concatenate(([True], bends, [True])) if len(tp) > 2 else slice(None)
    wrong, found = (np.append(0.0, column[kept]) for column in (fp, tp))
    return Curve(np.append(np.inf, thresholds[kept]), wrong / wrong[-1], found / found[-1])


def precision_recall_curve(
    truth: ArrayLike, confidence: ArrayLike, *, weights: ArrayLike | None = None
) -> Curve:
    """Return the recall (x) and precision (y) at each confidence as threshold.

    Recall rises from 0 to 1; precision is 1 in the first point. Of the thresholds that find every
    positive case the highest is the last point. Undefined where the truth has no positive case.
    Source: Davis and Goadrich 2006, ICML.
    """
    known, given, each = check_arrays(truth, confidence, weights)
    if not known.any():
        return Curve(*[np.empty(0)] * 3)
    thresholds, tp, fp = _count_steps(known, given, each)
    last = int(np.searchsorted(tp, tp[-1])) + 1
    return Curve(
        np.append(np.inf, thresholds[:last]),
        np.append(0.0, tp[:last] / tp[-1]),
        np.append(1.0, (tp / (tp + fp))[:last]),
    )


def thin_curve(curve: Curve, *, tolerance: float = 0.001, above: int = 100) -> Curve:
    """Leave out points of a curve of more than ``above`` that lie within ``tolerance`` of it.

    Distances are taken at right angles to the line between the points that stay. Not
    skimage.measure.approximate_polygon: its import alone takes about as long as scoring a
    table, and it measures to the segment where the official code measures to the line.
    Source: Douglas and Peucker 1973, Cartographica 10:112; isic-challenge-scoring 4 and 5.
    """
    points = np.column_stack([curve.x, curve.y])
    if len(points) <= above:
        return curve
    kept = np.ones(len(points), dtype=np.bool_)
    pending = [(0, len(points) - 1)]
    while pending:
        first, last = pending.pop()
        line, offsets = points[last] - points[first], points[first + 1 : last] - points[first]
        across = np.abs(line[0] * offsets[:, 1] - line[1] * offsets[:, 0])
        distances = across / float(np.hypot(line[0], line[1]))
        farthest = int(np.argmax(distances)) if len(distances) else 0
        if len(distances) and distances[farthest] > tolerance:
            corner = first + 1 + farthest
            pending += [(first, corner), (corner, last)]
        else:
            kept[first + 1 : last] = False
    return Curve(*(column[kept] for column in curve))
