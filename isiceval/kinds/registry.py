"""Kinds by name, and the signature: every choice of a task and its kind that moves a number.

A signature is one line, ``key:value`` joined by ``|``. Nothing heavy is loaded here.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, cast

from isiceval import __version__
from isiceval.model import Kind as KindName
from isiceval.tasks.task import Task

if TYPE_CHECKING:
    from isiceval.kinds.kind import Kind

_MODULES = {
    "mask": "segmentation",
    "masks": "segmentation",
    "table": "classification",
    "superpixels": "superpixels",
}
"""By the name that task files and documents of version 1 use: one or several masks an image are
segmentation; a table and superpixels are classification, which differ in how they are read."""


def find_kind(name: KindName) -> Kind:
    """Find the kind of that name; its module is loaded only now."""
    return cast("Kind", import_module(f"isiceval.kinds.{_MODULES[name]}"))


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
