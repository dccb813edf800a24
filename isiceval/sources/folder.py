"""A submission in a folder: every file below it, read where it lies."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import ClassVar

from isiceval.model import Form, Problem
from isiceval.sources.junk import is_junk
from isiceval.sources.limits import DEFAULT_LIMITS, Limits, ReadError, say_bytes


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
        return self._read(name, n)

    def read(self, name: str) -> bytes:
        """Read a whole file."""
        return self._read(name)

    def close(self) -> None:
        """Let go of everything; a folder holds nothing open."""

    def _read(self, name: str, n: int | None = None) -> bytes:
        found = self._stat(name)
        # Opening a named pipe would wait for its writer, so the kind is asked first.
        if not stat.S_ISREG(found.st_mode):
            raise ReadError(Problem("unreadable-file", name, "is not an ordinary file"))
        if n is None and found.st_size > self.limits.max_member_bytes:
            limit = say_bytes(self.limits.max_member_bytes)
            detail = f"has {say_bytes(found.st_size)}; at most {limit} are read"
            raise ReadError(Problem("oversized-member", name, detail))
        try:
            # Plain paths: a Path object takes longer to make than a header to read.
            with open(self._locate(name), "rb") as file:  # noqa: PTH123 - see above
                return file.read(found.st_size if n is None else n)
        except OSError as error:
            raise _tell(error, name) from error

    def _stat(self, name: str) -> os.stat_result:
        try:
            return os.stat(self._locate(name))  # noqa: PTH116 - as below
        except OSError as error:
            raise _tell(error, name) from error

    def _locate(self, name: str) -> str:
        return f"{self.root}/{name}"


def _tell(error: OSError, name: str) -> ReadError:
    return ReadError(Problem("unreadable-file", name, f"cannot be read: {error.strerror}"))


def open_folder(path: Path, *, name: str, limits: Limits = DEFAULT_LIMITS) -> FolderContainer:
    """List a folder with all folders below it; raises OSError where it cannot be opened."""
    os.scandir(path).close()
    walk = _Walk(root=os.path.realpath(path), name=name, limit=limits.max_members)
    walk.run()
    names = tuple(sorted(walk.names))
    return FolderContainer(
        root=walk.root,
        name=name,
        names=names,
        ignored=tuple(sorted(walk.ignored)),
        problems=(*sorted(walk.problems, key=attrgetter("code", "where")), *_find_zips(names)),
        limits=limits,
    )


@dataclass(slots=True, kw_only=True)
class _Walk:
    """One walk through a folder, and what it met so far; stops past ``limit`` files."""

    root: str
    name: str
    limit: int
    names: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def run(self) -> None:
        """Visit every folder, none of them through a link."""
        folders = [""]
        while folders:
            folders.extend(self._visit(folders.pop()))
            if max(len(self.names), len(self.ignored)) > self.limit:
                detail = f"holds more than {self.limit} files; the others are not looked at"
                self.problems.append(Problem("too-many-members", self.name, detail))
                del self.names[self.limit :]
                return

    def _visit(self, folder: str) -> list[str]:
        """Take note of the files of one folder and return the folders in it."""
        try:
            with os.scandir(f"{self.root}/{folder}") as found:
                entries = sorted(found, key=attrgetter("name"))
            return [f"{path}/" for entry in entries if (path := self._note(entry, folder))]
        except OSError as error:
            detail = f"this folder cannot be opened: {error.strerror}"
            self.problems.append(Problem("unreadable-file", folder.rstrip("/"), detail))
            return []

    def _note(self, entry: os.DirEntry[str], folder: str) -> str:
        """Take note of one entry; return its path if it is a folder to visit."""
        path = f"{folder}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            return path
        if is_junk(path):
            self.ignored.append(path)
        elif entry.is_symlink() and (detail := self._judge_link(entry.path)):
            self.problems.append(Problem("symbolic-link", path, detail))
        else:
            self.names.append(path)
        return ""

    def _judge_link(self, link: str) -> str:
        """Say what is wrong with a link, or nothing if it stays inside and names a file."""
        target = Path(os.path.realpath(link))
        if not os.path.exists(link):  # noqa: PTH110 - Path.exists raises where a link loops
            return "is a link to a file that is not there"
        if target.is_dir():
            return "is a link to a folder; links to folders are not followed"
        if not target.is_relative_to(self.root):
            return "is a link to a file outside the submission"
        return ""


def _find_zips(names: tuple[str, ...]) -> Iterator[Problem]:
    detail = "is a zip inside the folder"
    if len(names) == 1:
        detail = "is a zip, and the only file of the folder: give the zip itself"
    for name in names:
        if name.lower().endswith(".zip"):
            yield Problem("nested-zip", name, detail)
