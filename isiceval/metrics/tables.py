"""The confidences of a whole table to every aggregate of its task."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isiceval.errors import CannotResample, IsicevalError
from isiceval.metrics.aggregates import (
    AT,
    COUNTED,
    VALIDATION,
    has_classes_in_cells,
    list_metrics,
    name_sensitivity,
)
from isiceval.metrics.diagnosis import (
    balanced_accuracy,
    choose_class,
    count_class,
    matthews,
    weighted_accuracy,
)
from isiceval.metrics.pooling import FORMULAS
from isiceval.metrics.probability import (
    Floats,
    Roc,
    auc,
    auc_above_sensitivity,
    average_precision,
    draw_roc,
    partial_auc,
    specificity_at_sensitivity,
    thin_roc,
    trapezoid_average_precision,
)
from isiceval.metrics.retrieval import ranked_retrieval_sensitivity, retrieval_sensitivity
from isiceval.model import Case
from isiceval.tasks.task import Task

__all__ = [
    "Answers",
    "count_undefined",
    "draw_rocs",
    "gather_answers",
    "list_points",
    "measure_label",
    "name_cases",
    "summarise_answers",
]

RETRIEVAL = {
    "retrieval_sensitivity": retrieval_sensitivity,
    "ranked_retrieval_sensitivity": ranked_retrieval_sensitivity,
}
SEVERAL, NONE, TIE = "+", "none", "tie"
UNWEIGHTED = frozenset({"partial_auc", "weighted_accuracy", *RETRIEVAL})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """Truth and confidences of all cases of a table, arrays of shape (cases, labels).

    ``weights`` and ``validation`` have shape (cases,), ``patients`` one name a case; validation
    and patients are None where the truth does not give them.
    """

    truth: Floats
    confidences: Floats
    weights: Floats
    validation: Floats | None = None
    patients: tuple[str, ...] | None = None

    def take_counted(self) -> Answers:
        """Return the cases with a weight."""
        used = self.weights > 0
        if used.all():
            return self
        kept = self.patients and tuple(p for p, use in zip(self.patients, used, strict=True) if use)
        return Answers(
            truth=self.truth[used],
            confidences=self.confidences[used],
            weights=self.weights[used],
            patients=kept,
        )


def gather_answers(cases: Sequence[Case], *, task: Task) -> Answers:
    """Gather truth and confidences from the cases of a scorecard.

    Raises CannotResample where it was made public, and its cases hold no truth.
    """
    found = [case.diagnosis for case in cases if case.diagnosis is not None]
    if not all(case.truth for case in found):
        raise CannotResample(
            "this scorecard was made public: it does not hold the truth of its cases"
        )
    validation = [case.validation_weight for case in found]
    patients = tuple(case.patient for case in found)
    truth = [_read_truth(case.truth, task) for case in found]
    known = [weight for weight in validation if weight is not None]
    return Answers(
        truth=np.array(truth, dtype=np.float64).reshape(len(found), -1),
        confidences=np.array([case.confidences for case in found], dtype=np.float64),
        weights=np.array([case.weight for case in found], dtype=np.float64),
        validation=np.array(known, dtype=np.float64) if len(known) == len(found) else None,
        patients=patients if all(patients) else None,
    )


def _read_truth(text: str, task: Task) -> list[float]:
    if has_classes_in_cells(task):
        return [float(text)]
    given = text.split(SEVERAL)
    return [float(label in given) for label in task.labels]


def name_cases(answers: Answers, *, task: Task) -> Iterator[tuple[str, str, bool]]:
    """Name, for each case, the true labels, the chosen ones, and whether they are the same."""
    if has_classes_in_cells(task):
        for known, given in zip(answers.truth[:, 0], answers.confidences[:, 0], strict=True):
            yield f"{known:g}", f"{given:g}", bool(known == given)
        return
    words: dict[bytes, str] = {}
    true = answers.truth > 0.5
    if task.table is not None and task.table.one_class:
        chosen = [task.labels[k] if k >= 0 else TIE for k in choose_class(answers.confidences)]
        for row, name in zip(true, chosen, strict=True):
            known = _join(row, task, words)
            yield known, name, known == name
        return
    limit = task.confidence_threshold
    given = answers.confidences >= limit if task.inclusive else answers.confidences > limit
    for row, taken in zip(true, given, strict=True):
        known, name = _join(row, task, words), _join(taken, task, words)
        yield known, name, known == name


def _join(row: NDArray[np.bool_], task: Task, words: dict[bytes, str]) -> str:
    """Join the labels of a row, each combination once."""
    key = row.tobytes()
    if key not in words:
        names = [label for label, is_true in zip(task.labels, row, strict=True) if is_true]
        words[key] = SEVERAL.join(names) or NONE
    return words[key]


def summarise_answers(answers: Answers, *, task: Task) -> dict[str, float]:
    """Compute every aggregate of a table task, by its full name, in the order of reports.

    That of a metric over labels is the mean over those where it is defined.
    """
    counted = answers.take_counted()
    values = {
        name: value
        for metric in list_metrics(task)
        for name, value in _iter_values(metric, counted, task)
    }
    if answers.validation is not None:
        chosen = replace(answers, weights=answers.validation).take_counted()
        metric = task.ranking.partition(".")[0]
        values[f"{VALIDATION}{task.ranking}"] = dict(_iter_values(metric, chosen, task))[
            task.ranking
        ]
    return values


def _iter_values(metric: str, answers: Answers, task: Task) -> Iterator[tuple[str, float]]:
    _require_weightless(metric, answers, task)
    if metric in RETRIEVAL:
        if answers.patients is not None:
            truth, given = answers.truth[:, 0], answers.confidences[:, 0]
            yield metric, RETRIEVAL[metric](truth, given, patients=answers.patients)
    elif metric == "balanced_accuracy":
        yield metric, _balance(answers)
    elif metric == "weighted_accuracy":
        yield metric, weighted_accuracy(answers.truth[:, 0], answers.confidences[:, 0])
    else:
        values = [
            measure_label(metric, known, given, weights=answers.weights, task=task)
            for known, given in zip(answers.truth.T, answers.confidences.T, strict=True)
        ]
        defined = [value for value in values if not math.isnan(value)]
        yield metric, math.fsum(defined) / len(defined) if defined else math.nan
        if len(values) > 1:
            yield from zip((f"{metric}.{label}" for label in task.labels), values, strict=True)


def _balance(answers: Answers) -> float:
    return balanced_accuracy(answers.truth, answers.confidences, weights=answers.weights)


def _require_weightless(metric: str, answers: Answers, task: Task) -> None:
    joined = metric == "average_precision" and task.average_precision == "trapezoid"
    weightless = metric in UNWEIGHTED or metric.startswith(AT) or joined
    if weightless and (answers.weights != 1).any():
        raise IsicevalError(
            f"the truth gives weights other than 0 and 1, and {metric} of task {task.id} "
            "cannot be weighted; leave score_weight and validation_weight out of the truth"
        )


def measure_label(
    metric: str,
    truth: NDArray[Any],
    confidence: Floats,
    *,
    weights: Floats | None = None,
    task: Task,
) -> float:
    """Compute one metric of one label, arrays of shape (cases,); NaN where it is undefined.

    A formula of counts that is undefined has the value that the task gives it.
    """
    if metric in COUNTED:
        value = _measure_counts(metric, truth, confidence, weights, task)
        return task.undefined if math.isnan(value) and task.undefined != "omit" else value
    for sensitivity in task.sensitivities:
        if metric == name_sensitivity(sensitivity):
            return specificity_at_sensitivity(truth, confidence, sensitivity=sensitivity)
    if metric == "partial_auc":
        return partial_auc(truth, confidence)
    if metric == "average_precision" and task.average_precision == "trapezoid":
        return trapezoid_average_precision(truth, confidence)
    return _DRAWN[metric](truth, confidence, weights=weights)


_DRAWN: Mapping[str, Callable[..., float]] = {
    "auc": auc,
    "auc_above_sensitivity": auc_above_sensitivity,
    "average_precision": average_precision,
}


def _measure_counts(
    metric: str, truth: NDArray[Any], confidence: Floats, weights: Floats | None, task: Task
) -> float:
    counts = count_class(
        truth,
        confidence,
        weights=weights,
        threshold=task.confidence_threshold,
        inclusive=task.inclusive,
    )
    return matthews(counts) if metric == "matthews" else FORMULAS[metric](counts)


def count_undefined(answers: Answers, *, task: Task) -> dict[str, int]:
    """Count, for each metric of counts, the labels in which its formula was 0/0.

    Only those metrics are named in which the task gives such a label a value.
    """
    if task.undefined == "omit":
        return {}
    used = answers.take_counted()
    pairs = list(zip(used.truth.T, used.confidences.T, strict=True))
    found = {}
    for metric in (name for name in task.metrics if name in COUNTED):
        values = [_measure_counts(metric, *pair, used.weights, task) for pair in pairs]
        found[metric] = sum(map(math.isnan, values))
    return {metric: n for metric, n in found.items() if n}


def list_points(roc: Roc) -> dict[str, list[float | None]]:
    """List the points of a ROC curve by name; an infinite threshold is None."""
    return {
        "thresholds": [t if math.isfinite(t) else None for t in roc.thresholds.tolist()],
        "false_positive_rates": roc.false_positive_rates.tolist(),
        "true_positive_rates": roc.true_positive_rates.tolist(),
    }


def draw_rocs(answers: Answers, *, task: Task) -> dict[str, Roc]:
    """Draw the ROC curve of each label, thinned; of labels in place of confidences none."""
    if task.table is None or task.table.labels:
        return {}
    used = answers.take_counted()
    return {
        label: thin_roc(draw_roc(known, given, weights=used.weights))
        for label, known, given in zip(task.labels, used.truth.T, used.confidences.T, strict=True)
    }
