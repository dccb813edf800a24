"""Which aggregates of a table are areas under the ROC curve of one label, and their cases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from isiceval.metrics.aggregates import list_metrics
from isiceval.metrics.tables import gather_answers
from isiceval.model import Case
from isiceval.statistics.aggregation import order_cases
from isiceval.statistics.ordering import BoolArray, FloatArray
from isiceval.tasks.task import Task

__all__ = ["Area", "gather_areas"]


class Area(NamedTuple):
    """Truth and confidence of one label, one a case, in order of image id."""

    truth: BoolArray
    confidence: FloatArray


def gather_areas(cases: Iterable[Case], *, task: Task) -> dict[str, Area]:
    """Gather truth and confidence of each aggregate that is the AUC of one label.

    DeLong's test compares two such areas. Cases without weight are left out; where others weigh
    more or less than 1 there is none, and none in a task that is no table.
    """
    if task.kind != "table" or "auc" not in list_metrics(task):
        return {}
    answers = gather_answers(order_cases(cases), task=task).take_counted()
    if (answers.weights != 1).any():
        return {}
    labels = [f"auc.{label}" for label in task.labels] if len(task.labels) > 1 else ["auc"]
    columns = zip(answers.truth.T, answers.confidences.T, strict=True)
    return {
        name: Area(np.asarray(known > 0.5), given)
        for name, (known, given) in zip(labels, columns, strict=True)
    }
