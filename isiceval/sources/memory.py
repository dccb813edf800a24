"""Masks in memory: a mapping of image id to array."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from isiceval.errors import UsageError
from isiceval.model import Form, Problem
from isiceval.sources.limits import ReadError


@dataclass(frozen=True, slots=True)
class ArrayContainer:
    """Masks in memory by image id; they are read with :meth:`array`, they have no bytes."""

    form: ClassVar[Form] = "memory"
    ignored: ClassVar[tuple[str, ...]] = ()
    problems: ClassVar[tuple[Problem, ...]] = ()
    arrays: Mapping[str, object]
    name: str = "masks in memory"

    def __post_init__(self) -> None:
        """Refuse keys that cannot be image ids."""
        keys: Iterable[object] = self.arrays
        for key in keys:
            if not isinstance(key, str):
                kind = type(key).__name__
                raise UsageError(f"masks in memory are a mapping by image id; {key!r} is {kind}")

    @property
    def names(self) -> tuple[str, ...]:
        """Return the keys, sorted."""
        return tuple(sorted(self.arrays))

    def array(self, name: str) -> object:
        """Return the array of that key."""
        return self.arrays[name]

    def size(self, name: str) -> int:
        """Return the bytes an array takes; 0 where it does not say."""
        return int(getattr(self.arrays[name], "nbytes", 0))

    def head(self, name: str, n: int) -> bytes:  # noqa: ARG002 - an array has no bytes to give
        """Raise ReadError: an array is not a file."""
        return self.read(name)

    def read(self, name: str) -> bytes:
        """Raise ReadError: an array is not a file."""
        raise ReadError(Problem("wrong-array", name, "is an array in memory and holds no file"))

    def close(self) -> None:
        """Do nothing; the arrays belong to the caller."""
