"""Which strategy a kind of task has."""

from __future__ import annotations

from collections.abc import Mapping

from isiceval.kinds.attributes import ATTRIBUTES
from isiceval.kinds.masks import MASKS
from isiceval.kinds.requests import Strategy
from isiceval.kinds.superpixels import SUPERPIXELS
from isiceval.kinds.tables import TABLES
from isiceval.model import Kind
from isiceval.tasks.spec import Task

STRATEGIES: Mapping[Kind, Strategy] = {
    "mask": MASKS,
    "masks": ATTRIBUTES,
    "superpixels": SUPERPIXELS,
    "table": TABLES,
}


def choose_strategy(task: Task) -> Strategy:
    """Choose how a task is read, checked and scored."""
    return STRATEGIES[task.kind]
