"""Intervals of the ranking metric over a group of cases, computed anew on each draw of them.

Counts are summed and confidences sorted once; a draw is then a row of weights on either. What
no statistic is made for here has no interval.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from isiceval.insight import Interval
from isiceval.metrics.aggregates import COUNTED
from isiceval.metrics.diagnosis import choose_class
from isiceval.metrics.pooling import normalise
from isiceval.metrics.tables import Answers, gather_answers
from isiceval.model import Case
from isiceval.ranking.groups import Redrawing, plan_redrawing
from isiceval.ranking.ordering import FloatArray, IntArray
from isiceval.ranking.resampling import Statistic, make_mean
from isiceval.ranking.statistics import estimate_interval
from isiceval.ranking.subgroups import LEAST_FOR_INTERVAL
from isiceval.scorecard import Scorecard
from isiceval.tasks.spec import Task

_Labels: TypeAlias = Callable[[IntArray], FloatArray]
"""Takes weights, draws x cases, and returns draws x labels."""


def estimate_group(
    scorecard: Scorecard,
    images: Collection[str],
    *,
    task: Task,
    redrawing: Redrawing,
    metric: str | None = None,
) -> dict[str, Interval]:
    """Estimate a metric over some images of a scorecard, and of a table the share told wrong.

    The intervals are by name: that of the metric (the task's ranking where none is named), and
    ``wrong``. One is left out where there are fewer than five images, where no draw defines it,
    and where the metric has no statistic over draws.
    """
    name = metric or task.ranking
    wanted = set(images)
    cases = sorted((c for c in scorecard.cases if c.image in wanted), key=lambda c: c.image)
    units = list(dict.fromkeys(case.image for case in cases))
    if len(units) < LEAST_FOR_INTERVAL:
        return {}
    made = _prepare_table(cases, name, task) if task.kind == "table" else None
    if task.kind != "table":
        made = {name: prepare_counts(_count_units(cases, task), name, task=task)}
    resampling, _ = plan_redrawing(redrawing, units)
    found = {}
    for key, statistic in (made or {}).items():
        one = estimate_interval(statistic, len(units), resampling=resampling)
        low, high = float(one.low.ravel()[0]), float(one.high.ravel()[0])
        if low <= high:
            found[key] = Interval(estimate=float(one.estimate.ravel()[0]), low=low, high=high)
    return found


def _prepare_table(cases: Sequence[Case], name: str, task: Task) -> dict[str, Statistic]:
    wrong = [float(c.diagnosis is not None and not c.diagnosis.correct) for c in cases]
    weighted = [c.diagnosis.weight if c.diagnosis else 0.0 for c in cases]
    counted = np.where(np.array(weighted) > 0, wrong, np.nan)
    statistic = prepare_table(gather_answers(cases, task=task), name, task=task)
    found: dict[str, Statistic] = {"wrong": make_mean(counted[None, :])}
    return found if statistic is None else {name: statistic, **found}


def prepare_table(answers: Answers, name: str, *, task: Task) -> Statistic | None:
    """Make the statistic "aggregate of that name" of a table; None where there is none for it.

    It takes weights, draws x cases, and returns draws x 1.
    """
    metric, _, label = name.partition(".")
    if metric == "balanced_accuracy":
        return _make_balanced(answers)
    if metric == "auc":
        pairs = zip(answers.truth.T > 0.5, answers.confidences.T, strict=True)
        return _average([_make_auc(*pair, answers.weights) for pair in pairs], label, task)
    if metric in COUNTED:
        return prepare_counts(_count_cases(answers, task), name, task=task)
    return None


def _count_cases(answers: Answers, task: Task) -> FloatArray:
    """Count each case at the task's threshold, as weights: cases x labels x (tp, fp, fn, tn)."""
    true, limit = answers.truth > 0.5, task.confidence_threshold
    given = answers.confidences >= limit if task.inclusive else answers.confidences > limit
    cells = (true & given, ~true & given, true & ~given, ~true & ~given)
    return np.stack(cells, axis=2) * answers.weights[:, None, None]


def _count_units(cases: Sequence[Case], task: Task) -> FloatArray:
    """Collect the counts of masks or superpixels: images x labels x (tp, fp, fn, tn)."""
    places = {image: n for n, image in enumerate(dict.fromkeys(case.image for case in cases))}
    counts = np.zeros((len(places), len(task.labels), 4))
    for case in cases:
        if case.counts is not None:
            one = normalise(case.counts) if task.pooling == "shares" else case.counts
            counts[places[case.image], task.labels.index(case.label)] = (
                one.tp,
                one.fp,
                one.fn,
                one.tn,
            )
    return counts


def prepare_counts(counts: FloatArray, name: str, *, task: Task) -> Statistic:
    """Make the statistic "metric of added-up counts", from units x labels x (tp, fp, fn, tn).

    It takes weights, draws x units, and returns draws x 1: the value of one label where the name
    has one, that of all labels together where the task pools shares, else the mean over labels.
    """
    metric, _, label = name.partition(".")
    n_units, n_labels, _ = counts.shape
    flat = counts.reshape(n_units, -1)

    def add_up(weights: IntArray) -> FloatArray:
        sums: FloatArray = (weights.astype(np.float64) @ flat).reshape(len(weights), n_labels, 4)
        return sums

    def measure(weights: IntArray) -> FloatArray:
        sums = add_up(weights)
        if task.pooling == "shares" and not label:
            sums = sums.sum(axis=1, keepdims=True)
        return _measure(metric, sums, task)

    return _average([measure], label, task)


def _measure(metric: str, sums: FloatArray, task: Task) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore"):
        values = _correlate(sums) if metric == "matthews" else _divide(sums, _RATIOS[metric])
    if task.undefined == "omit":
        return values
    return np.where(np.isnan(values), task.undefined, values)


def _divide(sums: FloatArray, ratio: _Ratio) -> FloatArray:
    above, below = (sums @ np.array(part, dtype=np.float64) for part in ratio)
    values: FloatArray = above / below
    return values


def _correlate(sums: FloatArray) -> FloatArray:
    tp, fp, fn, tn = np.moveaxis(sums, -1, 0)
    scale = np.sqrt((tp + fp) * (tp + fn)) * np.sqrt((tn + fp) * (tn + fn))
    values: FloatArray = (tp * tn - fp * fn) / scale
    return values


_Ratio: TypeAlias = tuple[tuple[int, int, int, int], tuple[int, int, int, int]]
_RATIOS: Mapping[str, _Ratio] = {
    "accuracy": ((1, 0, 0, 1), (1, 1, 1, 1)),
    "sensitivity": ((1, 0, 0, 0), (1, 0, 1, 0)),
    "specificity": ((0, 0, 0, 1), (0, 1, 0, 1)),
    "jaccard": ((1, 0, 0, 0), (1, 1, 1, 0)),
    "dice": ((2, 0, 0, 0), (2, 1, 1, 0)),
    "ppv": ((1, 0, 0, 0), (1, 1, 0, 0)),
    "npv": ((0, 0, 0, 1), (0, 0, 1, 1)),
}
"""How often true and false positives, false and true negatives count above and below the line."""


def _make_balanced(answers: Answers) -> Statistic:
    right, chosen = choose_class(answers.truth), choose_class(answers.confidences)
    classes = np.arange(answers.truth.shape[1])
    own = (right[:, None] == classes) * answers.weights[:, None]
    hit = own * (chosen == right)[:, None]

    def measure(weights: IntArray) -> FloatArray:
        rows = weights.astype(np.float64)
        with np.errstate(invalid="ignore"):
            recalls = (rows @ hit) / (rows @ own)
        return _mean_defined(recalls)

    return measure


def _make_auc(truth: NDArray[np.bool_], confidence: FloatArray, weights: FloatArray) -> _Labels:
    """Make the statistic "area under the ROC curve": sorted once, then two sums a draw."""
    order = np.argsort(confidence, kind="stable")
    starts = np.flatnonzero(np.diff(confidence[order], prepend=-np.inf))
    true, base = truth[order], weights[order]

    def measure(draws: IntArray) -> FloatArray:
        rows = draws[:, order] * base
        positive = np.add.reduceat(np.where(true, rows, 0.0), starts, axis=1)
        negative = np.add.reduceat(np.where(true, 0.0, rows), starts, axis=1)
        below = np.cumsum(negative, axis=1) - negative / 2
        totals = positive.sum(axis=1) * negative.sum(axis=1)
        with np.errstate(invalid="ignore"):
            area: FloatArray = (positive * below).sum(axis=1) / totals
        return area[:, None]

    return measure


def _average(parts: Sequence[_Labels], label: str, task: Task) -> Statistic:
    def average(weights: IntArray) -> FloatArray:
        values = np.concatenate([part(weights) for part in parts], axis=1)
        return values[:, [task.labels.index(label)]] if label else _mean_defined(values)

    return average


def _mean_defined(values: FloatArray) -> FloatArray:
    """Average the last axis, NaN left out; NaN where all are."""
    defined = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        means: FloatArray = np.where(defined, values, 0.0).sum(axis=1) / defined.sum(axis=1)
    return means[:, None]
