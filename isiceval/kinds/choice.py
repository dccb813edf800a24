"""Which strategy a kind of task has; only the one that is asked for is loaded."""

from __future__ import annotations

from isiceval.kinds.requests import Strategy
from isiceval.tasks.task import Task


def choose_strategy(task: Task) -> Strategy:
    """Choose how a task is read, checked and scored."""
    match task.kind:
        case "mask":
            from isiceval.kinds.masks import MASKS

            return MASKS
        case "masks":
            from isiceval.kinds.attributes import ATTRIBUTES

            return ATTRIBUTES
        case "superpixels":
            from isiceval.kinds.superpixels import SUPERPIXELS

            return SUPERPIXELS
        case "table":
            from isiceval.kinds.tables import TABLES

            return TABLES
