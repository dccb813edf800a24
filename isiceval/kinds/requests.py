"""What the stages are asked for, alike for every kind of task."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from isiceval.compute.executor import Progress
from isiceval.errors import UsageError
from isiceval.model import Validation
from isiceval.scoring import Options, Scored
from isiceval.sources import container as containers
from isiceval.sources.container import Container
from isiceval.tasks.task import Task

if TYPE_CHECKING:
    import pandas as pd

Source: TypeAlias = "str | Path | Mapping[str, object] | pd.DataFrame"


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """What a submission is held against: exactly one of the three."""

    truth: Source | None = None
    images: str | Path | None = None
    manifest: str | Path | None = None

    def require_one(self) -> None:
        """Raise UsageError unless exactly one is given."""
        given = [name for name in (self.truth, self.images, self.manifest) if name is not None]
        if len(given) != 1:
            raise UsageError(
                "give exactly one of truth, images and manifest to check against "
                "(--truth, --images or --manifest)"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How closely a submission is looked at when nothing is scored."""

    lenient: bool = False
    regions: bool = True
    headers_only: bool = False
    workers: int | None = None
    progress: Progress | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How many processes work on it, and who is told how far they are."""

    workers: int | None = None
    progress: Progress | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """What there is to do for one kind of task.

    ``validate`` checks one submission, ``score`` scores many against one truth, ``list_cases``
    names the ids of a truth, ``write_manifest`` writes ids (and sizes, where there are any).
    """

    validate: Callable[[Task, Source, Against, Look], Validation]
    score: Callable[[Task, Source, Sequence[Source], Options, Effort], list[Scored]]
    list_cases: Callable[[Task, Source], list[str]]
    write_manifest: Callable[[Task, Against], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSources:
    """What the pictures of a page are made from: truth, prediction and photos are read again.

    Without truth or prediction there are no overlays.
    """

    truth: Source | None = None
    prediction: Source | None = None
    images: str | Path | None = None
    lenient: bool = False


def open_source(stack: ExitStack, source: Source) -> Container:
    """Open a folder or zip, or take masks in memory; the stack closes it."""
    container = containers.open_source(source)
    stack.callback(container.close)
    return container
