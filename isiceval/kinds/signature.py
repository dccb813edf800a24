"""The signature: every choice that moves a number, on one line, ``key:value`` joined by ``|``."""

from __future__ import annotations

from collections.abc import Mapping

from isiceval import __version__
from isiceval.tasks.task import Task


def write_signature(**choices: object) -> str:
    """Write choices as one line."""
    return "|".join(f"{key}:{value}" for key, value in choices.items())


def read_signature(line: str) -> dict[str, str]:
    """Read a signature line back into its choices."""
    parts = (part.partition(":") for part in line.split("|") if ":" in part)
    return {key: value for key, _, value in parts}


def sign(task: Task, choices: Mapping[str, object], *, n: int, truth_digest: str) -> str:
    """Write the signature of a task, the choices of its kind in the middle; ``n`` counts cases."""
    head = {"task": task.id, "profile": task.profile, "metric": task.ranking}
    tail: dict[str, object] = {"n": n, "truth": truth_digest[:16]}
    if task.digest:
        tail["taskfile"] = task.digest
    return write_signature(**head, **choices, **tail, isiceval=__version__)
