"""Builders of the values that tests need: cases, columns, scorecards."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from isiceval.kinds.kind import UNKNOWN, MeasuredConfidences, MeasuredCounts, Scores, Words
from isiceval.kinds.segmentation import build_counts
from isiceval.kinds.superpixels import prepare as prepare_superpixels
from isiceval.metrics import classes, curves
from isiceval.metrics.arrays import FloatArray, average, check_arrays, make_sum
from isiceval.metrics.counts import FORMULAS, CountArrays
from isiceval.metrics.registry import METRICS
from isiceval.model import Case, Counts, Size
from isiceval.options import BootstrapOptions
from isiceval.scorecard import Scorecard, compute_scorecard
from isiceval.statistics.intervals import compute_intervals
from isiceval.tasks.task import Task

auc, average_precision, trapezoid_average_precision, auc_above_sensitivity, partial_auc = (
    partial(curves.measure_curve, name) for name in curves.FORMULAS
)


def recall_classes(truth, confidences, *, weights=None):
    """Return the recall of each class of one set of cases, arrays of (cases, classes)."""
    right, n = classes.choose_class(truth), len(truth)
    own = np.ones(n) if weights is None else np.asarray(weights, float)
    shape = (np.shape(truth)[1], n)
    recalls = classes.measure_recalls(
        right, classes.choose_class(confidences), own, np.arange(n), shape
    )
    return recalls(np.ones((n, 1)))[:, 0]


def balanced_accuracy(truth, confidences, *, weights=None):
    return float(average(list(recall_classes(truth, confidences, weights=weights))))


def measure_specificity(truth, confidence, *, sensitivity):
    n = len(truth)
    rows = curves.LabelScores(
        np.array(truth, bool), np.array(confidence, float), np.ones(n), np.arange(n)
    )
    return float(curves.measure_specificities(rows, [sensitivity])(np.ones((n, 1)))[0, 0])


def count_class(truth, confidence, *, weights=None, threshold=0.5, inclusive=False):
    """Count one class: positive is a confidence above the threshold, or from it on."""
    known, given, each = check_arrays(truth, confidence, weights)
    taken = given >= threshold if inclusive else given > threshold
    cells = (known & taken, ~known & taken, known & ~taken, ~known & ~taken)
    return CountArrays(*(float(each[cell].sum()) for cell in cells))


def measure(task: Task, image: str, counts: Counts, size: Size) -> Case:
    """Make the case of one mask, with the task's rule for 0/0 applied."""
    return _build(task, image, [counts.tp, counts.fp, counts.fn, counts.tn], size)


def miss(image: str, size: Size | None = None) -> Case:
    """Make the case of an image that was left out: a failure in every metric."""
    return _build(Task(id="t", title="t"), image, [UNKNOWN] * 4, size)


def _build(task: Task, image: str, counts: Sequence[int], size: Size | None) -> Case:
    measured = build_counts(
        task,
        images=[image],
        label=[0],
        columns={"counts": np.array([counts], dtype=np.int64)},
        sizes=[(size.width, size.height) if size else (0, 0)],
    )
    return measured.cases[0]


def from_cases(
    cases: Iterable[Case],
    *,
    labels: Sequence[str] = (),
    superpixels: Scores | None = None,
) -> MeasuredCounts:
    """Store cases of counts as columns."""
    rows = list(cases)
    names = dict.fromkeys(name for case in rows for name in case.values) or METRICS
    counts = [case.counts for case in rows]
    unknown = (UNKNOWN,) * 4
    return MeasuredCounts(
        images=tuple(case.image for case in rows),
        labels=tuple(labels),
        label=np.array([labels.index(c.label) if labels else 0 for c in rows], dtype=np.int64),
        counts=np.array(
            [(c.tp, c.fp, c.fn, c.tn) if c else unknown for c in counts], dtype=np.int64
        ).reshape(len(rows), 4),
        sizes=np.array(
            [(c.size.width, c.size.height) if c.size else (0, 0) for c in rows], dtype=np.int64
        ).reshape(len(rows), 2),
        missing=np.array([case.status == "missing" for case in rows], dtype=np.bool_),
        values={name: np.array([c.values.get(name, np.nan) for c in rows]) for name in names},
        superpixels=superpixels,
    )


def from_diagnoses(cases: Iterable[Case], *, labels: Sequence[str]) -> MeasuredConfidences:
    """Store cases of a table as columns."""
    rows = [
        {
            "image": case.image,
            "truth": case.diagnosis.truth,
            **dict(zip(labels, case.diagnosis.confidences, strict=True)),
            "chosen": case.diagnosis.chosen,
            "correct": case.diagnosis.correct,
            "weight": case.diagnosis.weight,
            "validation_weight": case.diagnosis.validation_weight,
            "patient": case.diagnosis.patient,
        }
        for case in cases
    ]
    return MeasuredConfidences.from_rows(rows, labels=labels)


def make_scorecard(
    task: Task, cases: Iterable[Case], submission: str = "a", **fields: Any
) -> Scorecard:
    """Make the scorecard of cases; fields given stand in place of computed ones."""
    store = from_diagnoses if task.kind == "table" else from_cases
    card = compute_scorecard(task, store(cases, labels=task.labels), submission=submission)
    return replace(card, **fields)


def summarise(cases: Iterable[Case], *, jaccard_threshold: float = 0.65) -> dict[str, float]:
    """Compute the aggregates of one mask an image."""
    task = Task(id="t", title="t", jaccard_threshold=jaccard_threshold)
    return make_scorecard(task, cases).aggregates


def add_intervals(card: Scorecard, options: BootstrapOptions, *, task: Task) -> Scorecard:
    """Add the interval of each aggregate."""
    intervals, bootstrap = compute_intervals(card.prepare(task), options)
    return replace(card, intervals=intervals, bootstrap=bootstrap)


def store_table(task: Task, truth: FloatArray, confidences: FloatArray) -> MeasuredConfidences:
    """Store truth and confidences, arrays of shape (rows, labels), as columns."""
    n = len(truth)
    known = ["+".join(np.array(task.labels)[row > 0.5]) or "none" for row in truth]
    return MeasuredConfidences(
        images=tuple(f"ISIC_{row:07d}" for row in range(n)),
        labels=task.labels,
        confidences=confidences,
        truth=Words.encode(known),
        chosen=Words.encode(known),
        correct=np.ones(n, dtype=np.bool_),
        weights=np.ones(n),
    )


def measure_class(truth, confidence, *, weights=None, undefined=math.nan) -> dict[str, float]:
    """Compute the metrics of one class that isic-challenge-scoring 4 and 5 report."""
    counts = count_class(truth, confidence, weights=weights)
    names = ("accuracy", "sensitivity", "specificity", "dice", "ppv", "npv")
    values = {name: float(FORMULAS[name](counts)) for name in names}
    areas = ("auc", "auc_above_sensitivity", "average_precision")
    return {
        **{name: undefined if math.isnan(value) else value for name, value in values.items()},
        **{k: curves.measure_curve(k, truth, confidence, weights=weights) for k in areas},
    }


def average_classes(classes: Iterable[dict[str, float]]) -> dict[str, float]:
    """Average each metric over classes; where it is undefined a class is left out."""
    measured = list(classes)
    names = measured[0] if measured else ()
    return {name: float(average([np.array(own[name]) for own in measured])) for name in names}


def pool(counts: Iterable[CountArrays]) -> CountArrays:
    """Add up counts, exactly, as draws of images do."""
    rows = [tuple(map(float, (one.tp, one.fp, one.fn, one.tn))) for one in counts]
    if not rows:
        return CountArrays(0.0, 0.0, 0.0, 0.0)
    (sums,) = make_sum(np.array(rows).T)(np.ones((1, len(rows)), dtype=np.int64))
    return CountArrays(*sums.tolist())


def aggregate_superpixels(pooled: Scores, *, task: Task) -> dict[str, float]:
    """Compute the aggregates of superpixels, each of its own image."""
    cases = [Case(image=image, status="scored", label=task.labels[0]) for image in pooled.images]
    measured = from_cases(cases, labels=task.labels, superpixels=pooled)
    return prepare_superpixels(task, measured).measure()
