"""A submission in a folder: every file below it, read in place."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import ClassVar

from isiceval.model import Form, Problem
from isiceval.sources.limits import DEFAULT_LIMITS, Limits, ReadError, format_bytes, is_junk


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderContainer:
    """The files of a folder, by their path below it."""

    form: ClassVar[Form] = "folder"
    root: str
    name: str
    names: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    limits: Limits = DEFAULT_LIMITS

    def size(self, name: str) -> int:
        """Return the size of a file in bytes."""
        return self._stat(name).st_size

    def head(self, name: str, n: int) -> bytes:
        """Read the first ``n`` bytes of a file, or all where it has fewer."""
        self._stat(name)
        return self._read(name, n)

    def read(self, name: str) -> bytes:
        """Read a whole file."""
        size = self._stat(name).st_size
        if size > self.limits.max_member_bytes:
            limit = format_bytes(self.limits.max_member_bytes)
            detail = f"has {format_bytes(size)}; at most {limit} are read"
            raise ReadError(Problem("oversized-member", name, detail))
        return self._read(name, size)

    def close(self) -> None:
        """Do nothing; no file is kept open."""

    # Both take plain paths: making a Path object takes longer than reading a header.
    def _read(self, name: str, n: int) -> bytes:
        try:
            with open(f"{self.root}/{name}", "rb") as file:  # noqa: PTH123 - see above
                return file.read(n)
        except OSError as error:
            raise _unreadable(name, f"cannot be read: {error.strerror}") from error

    def _stat(self, name: str) -> os.stat_result:
        try:
            found = os.stat(f"{self.root}/{name}")  # noqa: PTH116 - see above
        except OSError as error:
            raise _unreadable(name, f"cannot be read: {error.strerror}") from error
        # Opening a named pipe would wait for its writer, so the type is checked first.
        if not stat.S_ISREG(found.st_mode):
            raise _unreadable(name, "is not an ordinary file")
        return found


def _unreadable(name: str, detail: str) -> ReadError:
    return ReadError(Problem("unreadable-file", name, detail))


def open_folder(path: Path, *, name: str, limits: Limits = DEFAULT_LIMITS) -> FolderContainer:
    """List a folder with all folders below it; raises OSError where it cannot be opened.

    Links to folders are not followed. Listing stops past ``limits.max_members`` files.
    """
    os.scandir(path).close()
    root = os.path.realpath(path)
    names: list[str] = []
    ignored: list[str] = []
    problems: list[Problem] = []
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(f"{root}/{folder}") as found:
                entries = sorted(found, key=attrgetter("name"))
            for entry in entries:
                below = f"{folder}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    folders.append(f"{below}/")
                elif is_junk(below):
                    ignored.append(below)
                elif entry.is_symlink() and (detail := _check_link(entry.path, root)):
                    problems.append(Problem("symbolic-link", below, detail))
                else:
                    names.append(below)
        except OSError as error:
            detail = f"this folder cannot be opened: {error.strerror}"
            problems.append(Problem("unreadable-file", folder.rstrip("/"), detail))
        if max(len(names), len(ignored)) > limits.max_members:
            detail = f"holds more than {limits.max_members} files; the others are ignored"
            problems.append(Problem("too-many-members", name, detail))
            del names[limits.max_members :]
            break
    names.sort()
    return FolderContainer(
        root=root,
        name=name,
        names=tuple(names),
        ignored=tuple(sorted(ignored)),
        problems=(*sorted(problems, key=attrgetter("code", "where")), *_find_zips(names)),
        limits=limits,
    )


def _check_link(link: str, root: str) -> str:
    """Say what is wrong with a link; empty if it names a file inside the submission."""
    target = Path(os.path.realpath(link))
    if not os.path.exists(link):  # noqa: PTH110 - Path.exists raises where a link loops
        return "is a link to a file that does not exist"
    if target.is_dir():
        return "is a link to a folder; links to folders are not followed"
    if not target.is_relative_to(root):
        return "is a link to a file outside the submission"
    return ""


def _find_zips(names: list[str]) -> Iterator[Problem]:
    detail = "is a zip inside the folder"
    if len(names) == 1:
        detail = "is a zip, and the only file of the folder: give the zip itself"
    for name in names:
        if name.lower().endswith(".zip"):
            yield Problem("nested-zip", name, detail)
