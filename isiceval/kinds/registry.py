"""Which kind a task is of: the one place that branches on it. Only what is asked for is loaded."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from isiceval.kinds.kind import Kind
from isiceval.model import Kind as KindName

_MODULES = {
    "mask": "segmentation",
    "masks": "segmentation",
    "table": "classification",
    "superpixels": "superpixels",
}
"""By the name that task files and documents of version 1 use: one or several masks an image are
segmentation; a table and superpixels are classification, which differ in how they are read."""


def find_kind(name: KindName) -> Kind:
    """Find the kind of that name."""
    return cast("Kind", import_module(f"isiceval.kinds.{_MODULES[name]}"))
