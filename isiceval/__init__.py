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

_HOMES = {
    "Case": "isiceval.model",
    "Comparison": "isiceval.model",
    "Counts": "isiceval.model",
    "Diagnosis": "isiceval.model",
    "InvalidSubmission": "isiceval.errors",
    "IsicevalError": "isiceval.errors",
    "Leaderboard": "isiceval.model",
    "Problem": "isiceval.model",
    "Scorecard": "isiceval.scorecard",
    "Standing": "isiceval.model",
    "Task": "isiceval.tasks.task",
    "Validation": "isiceval.model",
    "compare": "isiceval.pipeline",
    "get_task": "isiceval.pipeline",
    "list_tasks": "isiceval.pipeline",
    "rank": "isiceval.pipeline",
    "score": "isiceval.pipeline",
    "validate": "isiceval.pipeline",
}

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
    if name not in _HOMES:
        raise AttributeError(f"module 'isiceval' has no attribute '{name}'")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
