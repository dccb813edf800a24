"""Where masks come from: containers of files, folders, arrays in memory, and the limits.

What is wrong with the whole is in ``problems``, what is wrong with one file is a ReadError. Nothing
else is raised for what a submission holds.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from isiceval.errors import UsageError
from isiceval.model import Form, Problem, Size

MIB = 1024**2
GIB = 1024**3

MAX_PIXELS = 2**27
"""Of images with more nothing is decoded; ISIC's largest have 2**25 pixels."""


def is_too_large(size: Size) -> bool:
    """Tell whether an image has too many pixels; its rows are kept in words of 64."""
    return size.height * (-size.width // 64 * -64) > MAX_PIXELS


# The largest ISIC segmentation set has 2,594 images, and the images of 2019 and 2020, of which
# manifests are made, are 25,331 and 33,126; more than 50,000 files in one submission, without those
# that are ignored, are a mistake or an attack.
MAX_MEMBERS = 50_000
# The largest ISIC images have about 24 megapixels; as an uncompressed 16-bit mask that is 48 MB,
# as a binary PNG it is some 100 KB.
MAX_MEMBER_BYTES = 64 * MIB

# Left behind by operating systems and by downloads from the ISIC archive, in lower case.
_JUNK_NAMES = frozenset({".ds_store", "thumbs.db", "desktop.ini", "attribution.txt", "license.txt"})


class ReadError(Exception):
    """A file of a submission cannot be read; ``problem`` says why."""

    def __init__(self, code: str, where: str, detail: str) -> None:
        """Make the problem of these; all are kept, so that another process can be sent it."""
        super().__init__(code, where, detail)
        self.problem = Problem(code, where, detail)


def fold_name(name: str) -> str:
    """Return a name as it is compared: in any case, with accents in one form."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def is_junk(name: str) -> bool:
    """Tell whether a posix path, in any case, names a file that nobody meant to submit."""
    parts = name.lower().split("/")
    return parts[-1] in _JUNK_NAMES or parts[-1].startswith("._") or "__macosx" in parts


def format_bytes(count: int) -> str:
    """Write a number of bytes with a unit: 512 bytes, 3.4 KiB, 64.0 MiB."""
    for unit, size in (("GiB", GIB), ("MiB", MIB), ("KiB", 1024)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"


@dataclass(slots=True, kw_only=True)
class Container:
    """Files by name, or none where a source could not be opened.

    It holds no file open and can be pickled. ``name`` is what to call it in messages; ``names``
    are relative paths with ``/``, sorted; ``ignored`` are the names of the files left out (see
    :func:`is_junk`); ``problems`` is what is wrong with the whole.
    """

    name: str
    form: Form = "none"
    names: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    def size(self, name: str) -> int:
        """Return the size of a file in bytes, as announced."""
        return len(self.read(name))

    def head(self, name: str, n: int) -> bytes:
        """Read the first ``n`` bytes of a file, or all where it has fewer; raises ReadError."""
        return self.read(name)[:n]

    def read(self, name: str) -> bytes:
        """Read a whole file; raises ReadError."""
        raise ReadError("unreadable-file", name, "is not there")


@dataclass(slots=True, kw_only=True)
class FolderContainer(Container):
    """The files of a folder, by their path below it."""

    form: Form = "folder"
    root: str

    # Both take plain paths: making a Path object takes longer than reading a header.
    def size(self, name: str) -> int:
        """Return the size of a file in bytes; ReadError where it is not an ordinary one."""
        try:
            found = os.stat(f"{self.root}/{name}")  # noqa: PTH116 - see above
        except OSError as error:
            raise ReadError("unreadable-file", name, f"cannot be read: {error.strerror}") from error
        # Opening a named pipe would wait for its writer, so the type is checked first.
        if not stat.S_ISREG(found.st_mode):
            raise ReadError("unreadable-file", name, "is not an ordinary file")
        return found.st_size

    def head(self, name: str, n: int) -> bytes:
        """Read the first ``n`` bytes of a file, or all where it has fewer."""
        self.size(name)
        try:
            with open(f"{self.root}/{name}", "rb") as file:  # noqa: PTH123 - see above
                return file.read(n)
        except OSError as error:
            raise ReadError("unreadable-file", name, f"cannot be read: {error.strerror}") from error

    def read(self, name: str) -> bytes:
        """Read a whole file."""
        size = self.size(name)
        if size > MAX_MEMBER_BYTES:
            limit = format_bytes(MAX_MEMBER_BYTES)
            detail = f"has {format_bytes(size)}; at most {limit} are read"
            raise ReadError("oversized-member", name, detail)
        return self.head(name, size)


def open_folder(path: Path, *, name: str) -> FolderContainer:
    """List a folder with all folders below it; raises OSError where it cannot be opened.

    Links to folders are not followed. Listing stops past ``MAX_MEMBERS`` files.
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
        if max(len(names), len(ignored)) > MAX_MEMBERS:
            detail = f"holds more than {MAX_MEMBERS} files; the others are ignored"
            problems.append(Problem("too-many-members", name, detail))
            del names[MAX_MEMBERS:]
            break
    names.sort()
    problems.sort(key=attrgetter("code", "where"))
    alone = "is a zip, and the only file of the folder: give the zip itself"
    detail = alone if len(names) == 1 else "is a zip inside the folder"
    zips = (below for below in names if below.lower().endswith(".zip"))
    return FolderContainer(
        root=root,
        name=name,
        names=tuple(names),
        ignored=tuple(sorted(ignored)),
        problems=(*problems, *(Problem("nested-zip", below, detail) for below in zips)),
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


class ArrayContainer(Container):
    """Masks in memory by image id; they are read with :meth:`array`, they have no bytes."""

    __slots__ = ("arrays",)

    def __init__(self, arrays: Mapping[str, object], name: str = "masks in memory") -> None:
        """Take a mapping; UsageError for keys that cannot be image ids."""
        keys: Iterable[object] = arrays
        for key in keys:
            if not isinstance(key, str):
                kind = type(key).__name__
                raise UsageError(f"masks in memory are a mapping by image id; {key!r} is {kind}")
        super().__init__(name=name, form="memory", names=tuple(sorted(arrays)))
        self.arrays = arrays

    def array(self, name: str) -> object:
        """Return the array of that key."""
        return self.arrays[name]

    def read(self, name: str) -> bytes:
        """Raise ReadError: an array is not a file."""
        raise ReadError("wrong-array", name, "is an array in memory and holds no file")
