"""isiceval: validate, score and rank submissions to the ISIC skin-lesion challenges.

The names below are loaded on first use, so ``import isiceval`` itself loads nothing heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isiceval.errors import InvalidSubmission, IsicevalError
    from isiceval.model import (
        Case,
        Comparison,
        Counts,
        Diagnosis,
        Leaderboard,
        Problem,
        Standing,
        Validation,
    )
    from isiceval.pipeline import compare, get_task, list_tasks, rank, score, validate
    from isiceval.scorecard import Scorecard
    from isiceval.tasks.task import Task

__version__ = "0.1.0"

_NAMES = {
    "isiceval.errors": "InvalidSubmission IsicevalError",
    "isiceval.model": "Case Comparison Counts Diagnosis Leaderboard Problem Standing Validation",
    "isiceval.pipeline": "compare get_task list_tasks rank score validate",
    "isiceval.scorecard": "Scorecard",
    "isiceval.tasks.task": "Task",
}
"""The public names by the module that has them."""

__all__ = [
    "Case",
    "Comparison",
    "Counts",
    "Diagnosis",
    "InvalidSubmission",
    "IsicevalError",
    "Leaderboard",
    "Problem",
    "Scorecard",
    "Standing",
    "Task",
    "Validation",
    "__version__",
    "compare",
    "get_task",
    "list_tasks",
    "rank",
    "score",
    "validate",
]


def __getattr__(name: str) -> object:
    """Load a public name on first use (PEP 562)."""
    for module, names in _NAMES.items():
        if name in names.split():
            globals()[name] = value = getattr(import_module(module), name)
            return value
    raise AttributeError(f"module 'isiceval' has no attribute '{name}'")


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
