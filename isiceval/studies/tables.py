"""Work out what the report of a table shows: curves, calibration, confusion, mistakes, groups."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from isiceval.insight import Interval
from isiceval.label_insight import (
    Bin,
    Calibration,
    Confusion,
    Curve,
    LabelInsight,
    Mistake,
    TableInsight,
)
from isiceval.metrics.aggregates import has_classes_in_cells
from isiceval.metrics.calibration import brier_score, draw_reliability
from isiceval.metrics.diagnosis import choose_class, count_class
from isiceval.metrics.precision import draw_precision_recall, thin_precision_recall
from isiceval.metrics.probability import draw_roc, thin_roc
from isiceval.metrics.tables import (
    NONE,
    TIE,
    Answers,
    gather_answers,
    measure_label,
)
from isiceval.model import Counts
from isiceval.scorecard import Scorecard
from isiceval.statistics.groups import Redrawing, plan_redrawing
from isiceval.statistics.ordering import FloatArray
from isiceval.studies.subgroups import break_down
from isiceval.tasks.task import Task

MOST_MISTAKES = 2000
N_BARS = 20
WHOLE_WITHIN = 0.01
YES_NO = ("yes", "no")


def study_table(
    scorecard: Scorecard,
    *,
    task: Task,
    columns: Mapping[str, Mapping[str, str]] | None = None,
    redrawing: Redrawing | None = None,
) -> TableInsight:
    """Work out the curves of each label, how cases were taken for others, and the groups.

    Cases without weight count nowhere. ``columns`` maps the name of a column to the value of
    each image. Raises UsageError where the scorecard does not hold the truth of its cases.
    """
    chosen = redrawing or Redrawing()
    answers, images, wrong = _take_counted(scorecard, task)
    confidences = task.table is not None and not task.table.labels
    one_class = task.table is not None and task.table.one_class
    mistakes, n_mistakes = _find_mistakes(answers, images, wrong, task=task)
    sums = answers.confidences.sum(axis=1)
    return TableInsight(
        bootstrap=plan_redrawing(chosen, images)[1],
        n_counted=len(images),
        n_wrong=int(wrong.sum()),
        n_whole=int((np.abs(sums - 1) <= WHOLE_WITHIN).sum()),
        weighted=bool((answers.weights != 1).any()),
        labels=() if has_classes_in_cells(task) else _study_labels(scorecard, answers, task),
        chosen=(
            calibrate(~wrong, answers.confidences.max(axis=1, initial=0.0), answers.weights)
            if one_class and confidences
            else None
        ),
        confusion=_confuse(scorecard, task) if one_class or has_classes_in_cells(task) else None,
        mistakes=mistakes,
        n_mistakes=n_mistakes,
        breakdowns=tuple(
            break_down(scorecard, name, values, task=task, redrawing=chosen)
            for name, values in (columns or {}).items()
        ),
    )


def _take_counted(scorecard: Scorecard, task: Task) -> tuple[Answers, list[str], NDArray[np.bool_]]:
    """Return the cases with a weight: their answers, ids, and whether each was told wrong."""
    counted = [c for c in scorecard.cases if c.diagnosis is not None and c.diagnosis.weight > 0]
    wrong = [c.diagnosis is not None and not c.diagnosis.correct for c in counted]
    answers = replace(gather_answers(counted, task=task), validation=None)
    shape = (len(counted), len(task.labels))
    answers = replace(answers, confidences=answers.confidences.reshape(shape))
    return answers, [case.image for case in counted], np.array(wrong, dtype=np.bool_)


def _study_labels(scorecard: Scorecard, answers: Answers, task: Task) -> tuple[LabelInsight, ...]:
    return tuple(
        _study_label(scorecard, label, answers.truth[:, n] > 0.5, answers, task=task)
        for n, label in enumerate(task.labels)
    )


def _study_label(
    scorecard: Scorecard,
    label: str,
    truth: NDArray[np.bool_],
    answers: Answers,
    *,
    task: Task,
) -> LabelInsight:
    given = answers.confidences[:, task.labels.index(label)]
    counts = count_class(
        truth, given, threshold=task.confidence_threshold, inclusive=task.inclusive
    )
    whole = Counts(tp=int(counts.tp), fp=int(counts.fp), fn=int(counts.fn), tn=int(counts.tn))
    if task.table is not None and task.table.labels:
        nothing = Interval(estimate=math.nan, low=math.nan, high=math.nan)
        return LabelInsight(label=label, auc=nothing, average_precision=nothing, counts=whole)
    weights = answers.weights
    roc = thin_roc(draw_roc(truth, given, weights=weights))
    precise = thin_precision_recall(draw_precision_recall(truth, given, weights=weights))
    one_class = task.table is not None and task.table.one_class

    def look_up(metric: str) -> Interval:
        name = f"{metric}.{label}" if len(task.labels) > 1 else metric
        value = scorecard.aggregates.get(name)
        if value is None:
            value = measure_label(metric, truth, given, weights=weights, task=task)
        return find_interval(scorecard, name, value)

    return LabelInsight(
        label=label,
        auc=look_up("auc"),
        average_precision=look_up("average_precision"),
        roc=_trace(roc.false_positive_rates, roc.true_positive_rates),
        precision_recall=_trace(precise.recalls, precise.precisions),
        positives=_count_bars(given[truth]),
        negatives=_count_bars(given[~truth]),
        counts=whole,
        calibration=None if one_class else calibrate(truth, given, weights),
    )


def find_interval(scorecard: Scorecard, name: str, value: float) -> Interval:
    """Find the interval of an aggregate of a scorecard; its ends are NaN where there is none."""
    found = scorecard.intervals.get(name)
    low, high = (found.low, found.high) if found else (math.nan, math.nan)
    return Interval(estimate=value, low=low, high=high)


def _trace(across: FloatArray, up: FloatArray) -> Curve:
    return Curve(across=tuple(across.tolist()), up=tuple(up.tolist()))


def _count_bars(values: FloatArray) -> tuple[int, ...]:
    return tuple(np.histogram(values, bins=N_BARS, range=(0.0, 1.0))[0].tolist())


def calibrate(
    outcome: NDArray[np.bool_], confidence: FloatArray, weights: FloatArray
) -> Calibration:
    """Compare confidences with what came true; arrays of shape (cases,)."""
    drawn = draw_reliability(outcome, confidence, weights=weights)
    columns = (drawn.edges[:-1], drawn.edges[1:], drawn.counts, drawn.confidences, drawn.shares)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return Calibration(
        bins=tuple(Bin(low=a, high=b, n=n, confidence=c, share=s) for a, b, n, c, s in rows),
        error=drawn.error,
        brier=brier_score(outcome, confidence, weights=weights),
    )


def _confuse(scorecard: Scorecard, task: Task) -> Confusion:
    """Count who was taken for whom; what is no label of the task comes last."""
    told = [case.diagnosis for case in scorecard.cases if case.diagnosis is not None]
    counted = Counter((one.truth, one.chosen) for one in told if one.weight > 0)
    if task.table is not None and has_classes_in_cells(task):
        known = [f"{label:g}" for label in task.table.labels]
    else:
        known = list(task.labels)
    rows = _order({truth for truth, _ in counted}, known)
    columns = _order({chosen for _, chosen in counted}, known)
    counts = tuple(tuple(counted[row, column] for column in columns) for row in rows)
    return Confusion(rows=rows, columns=columns, counts=counts)


def _order(found: set[str], known: Sequence[str]) -> tuple[str, ...]:
    return (*known, *sorted(found - set(known), key=lambda name: (name == TIE, name)))


def _find_mistakes(
    answers: Answers, images: Sequence[str], wrong: NDArray[np.bool_], *, task: Task
) -> tuple[tuple[Mistake, ...], int]:
    """Find the most confident wrong answers, the most confident first, and count all of them."""
    if task.table is not None and task.table.one_class:
        return _find_wrong_classes(answers, images, wrong, task)
    if has_classes_in_cells(task):
        return _find_wrong_cells(answers, images, wrong)
    true, limit = answers.truth > 0.5, task.confidence_threshold
    given = answers.confidences >= limit if task.inclusive else answers.confidences > limit
    gaps = np.abs(answers.confidences - true)
    found = [
        Mistake(
            image=images[row],
            label=task.labels[column],
            truth=YES_NO[not true[row, column]],
            chosen=YES_NO[not given[row, column]],
            confidence=float(answers.confidences[row, column]),
            gap=float(gaps[row, column]),
        )
        for row, column in _pick(gaps, true != given, images)
    ]
    return tuple(found), int((true != given).sum())


def _find_wrong_classes(
    answers: Answers, images: Sequence[str], wrong: NDArray[np.bool_], task: Task
) -> tuple[tuple[Mistake, ...], int]:
    top = answers.confidences.max(axis=1, initial=0.0)
    right, said = choose_class(answers.truth), choose_class(answers.confidences)
    found = []
    for row, _ in _pick(top[:, None], wrong[:, None], images):
        labels = [n for n, true in zip(task.labels, answers.truth[row] > 0.5, strict=True) if true]
        known = right[row]
        found.append(
            Mistake(
                image=images[row],
                label="",
                truth="+".join(labels) or NONE,
                chosen=task.labels[said[row]] if said[row] >= 0 else TIE,
                confidence=float(top[row]),
                gap=float(top[row]),
                own=float(answers.confidences[row, known]) if known >= 0 else None,
            )
        )
    return tuple(found), int(wrong.sum())


def _find_wrong_cells(
    answers: Answers, images: Sequence[str], wrong: NDArray[np.bool_]
) -> tuple[tuple[Mistake, ...], int]:
    found = [
        Mistake(
            image=images[row],
            label="",
            truth=f"{answers.truth[row, 0]:g}",
            chosen=f"{answers.confidences[row, 0]:g}",
            confidence=math.nan,
            gap=math.nan,
        )
        for row, _ in _pick(np.ones((len(images), 1)), wrong[:, None], images)
    ]
    return tuple(found), int(wrong.sum())


def _pick(
    gaps: FloatArray, wrong: NDArray[np.bool_], images: Sequence[str]
) -> list[tuple[int, int]]:
    """Pick rows and columns of wrong answers: the largest gaps first, ties by image id."""
    rows, columns = np.nonzero(wrong)
    found = sorted(
        zip(rows.tolist(), columns.tolist(), strict=True),
        key=lambda cell: (-gaps[cell], images[cell[0]], cell[1]),
    )
    return found[:MOST_MISTAKES]
