"""Where masks come from: a folder, a zip read in place, or arrays in memory.

All three give names and bytes by name; what is wrong with the whole stands in ``faults``.
Opening and reading never raise for what a submission holds, except ReadError with its fault.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NoReturn, Protocol

from isiceval.errors import UsageError
from isiceval.model import Form, Problem
from isiceval.sources.folder import open_folder
from isiceval.sources.limits import DEFAULT_LIMITS, Limits, ReadError

__all__ = [
    "DEFAULT_LIMITS",
    "ArrayContainer",
    "Container",
    "EmptyContainer",
    "Limits",
    "ReadError",
    "open_container",
]


class Container(Protocol):
    """Files by name; picklable, and a copy in another process opens its file anew.

    ``name`` is what to call it in messages; ``names`` are relative paths with ``/``, sorted;
    ``ignored`` are the names left out because operating systems leave such files behind.
    """

    @property
    def name(self) -> str:
        """Return the last part of the path."""

    @property
    def form(self) -> Form:
        """Return which kind of container this is."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all files."""

    @property
    def ignored(self) -> tuple[str, ...]:
        """Return the names of the files left out as junk."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong with the whole, all at once."""

    def size(self, name: str) -> int:
        """Return the size of a file in bytes, as announced."""

    def head(self, name: str, n: int) -> bytes:
        """Read the first ``n`` bytes of a file; raises ReadError."""

    def read(self, name: str) -> bytes:
        """Read a whole file; raises ReadError."""

    def close(self) -> None:
        """Let go of the open file; reading again opens it again."""


@dataclass(frozen=True, slots=True)
class ArrayContainer:
    """Masks in memory, a mapping of image id to array."""

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

    def head(self, name: str, n: int) -> bytes:  # noqa: ARG002 - no array has a first byte
        """Refuse: an array is not a file."""
        self._refuse(name)

    def read(self, name: str) -> bytes:
        """Refuse: an array is not a file."""
        self._refuse(name)

    def close(self) -> None:
        """Let go of nothing; the arrays are the caller's."""

    def _refuse(self, name: str) -> NoReturn:
        raise ReadError(Problem("wrong-array", name, "is an array in memory and holds no file"))


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyContainer:
    """What could not be opened; its faults say why, and it holds no file."""

    names: ClassVar[tuple[str, ...]] = ()
    ignored: ClassVar[tuple[str, ...]] = ()
    name: str
    form: Form = "none"
    problems: tuple[Problem, ...] = ()

    def size(self, name: str) -> int:
        """Refuse: there is no file of any name."""
        raise KeyError(name)

    def head(self, name: str, n: int) -> bytes:  # noqa: ARG002 - no file has a first byte
        """Refuse: there is no file of any name."""
        raise KeyError(name)

    def read(self, name: str) -> bytes:
        """Refuse: there is no file of any name."""
        raise KeyError(name)

    def close(self) -> None:
        """Let go of nothing."""


def open_container(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> Container:
    """Open a folder or a zip; whatever is wrong with it is in its faults, never raised."""
    name = _name(path)
    try:
        if path.is_dir():
            return open_folder(path, name=name, limits=limits)
        if path.is_file():
            return _open_file(path, name=name, limits=limits)
        detail = "is neither a file nor a folder" if path.exists() else "is not there"
    except OSError as error:
        detail = f"cannot be opened: {error.strerror}"
    return _refuse(name, detail)


def _name(path: Path) -> str:
    name = path.name if path.name not in ("", "..") else Path(os.path.abspath(path)).name  # noqa: PTH100 - Path.resolve may raise
    # A name that is not valid text could not be printed; what cannot be shown becomes "?".
    return (name or str(path)).encode("utf-8", "replace").decode("utf-8")


def _refuse(name: str, detail: str) -> EmptyContainer:
    return EmptyContainer(name=name, problems=(Problem("not-a-submission", name, detail),))


def _open_file(path: Path, *, name: str, limits: Limits) -> Container:
    from isiceval.sources.archive import open_zip

    with path.open("rb") as file:
        start = file.read(_SNIFFED_BYTES)
    kind = _recognise(start, _ARCHIVES)
    if not kind:
        try:
            return open_zip(path, name=name, limits=limits)
        except ReadError as error:
            kind = _recognise(start, _OTHERS)
            if not kind and _claims_zip(path, start, error.problem):
                return EmptyContainer(name=name, form="zip", problems=(error.problem,))
    if not kind and path.suffix.lower() in _TEXTS:
        kind = f"a {_TEXTS[path.suffix.lower()]}, as other tasks take,"
    return _refuse(name, f"is {kind or 'a file of unknown kind'}, neither a folder nor a zip")


_TEXTS = {".csv": "table (CSV)", ".json": "JSON file"}


def _claims_zip(path: Path, start: bytes, fault: Problem) -> bool:
    named = path.suffix.lower() == ".zip"
    return named or start.startswith(_ZIP_STARTS) or fault.code != "unreadable-zip"


def _recognise(start: bytes, kinds: Mapping[tuple[int, bytes], str]) -> str:
    if not start:
        return "an empty file" if kinds is _OTHERS else ""
    for (offset, magic), kind in kinds.items():
        if start[offset : offset + len(magic)].lower() == magic.lower():
            return kind
    return ""


_SNIFFED_BYTES = 512
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_ARCHIVES: Mapping[tuple[int, bytes], str] = {
    (0, b"7z\xbc\xaf\x27\x1c"): "a 7z archive",
    (0, b"Rar!\x1a\x07"): "a RAR archive",
    (0, b"\x1f\x8b"): "a gzip file (.gz or .tar.gz)",
    (0, b"BZh"): "a bzip2 file (.bz2 or .tar.bz2)",
    (0, b"\xfd7zXZ\x00"): "an xz file (.xz or .tar.xz)",
    (0, b"\x28\xb5\x2f\xfd"): "a Zstandard file (.zst)",
    (257, b"ustar"): "a tar archive",
}
_OTHERS: Mapping[tuple[int, bytes], str] = {
    (0, b"\x89PNG\r\n\x1a\n"): "a single PNG image",
    (0, b"\xff\xd8\xff"): "a single JPEG image",
    (0, b"GIF8"): "a single GIF image",
    (0, b"II*\x00"): "a single TIFF image",
    (0, b"MM\x00*"): "a single TIFF image",
    (0, b"%PDF"): "a PDF",
    (0, b"<!doctype html"): "a web page (HTML), perhaps a download that failed",
    (0, b"<html"): "a web page (HTML), perhaps a download that failed",
    (0, b"version https://git-lfs"): "a git-lfs pointer, not the file itself (run: git lfs pull)",
}
