"""A submission in a zip, read in place: nothing is extracted, and no size is believed."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from isiceval.model import Form, Problem
from isiceval.sources.limits import DEFAULT_LIMITS, Limits, ReadError, say_bytes
from isiceval.sources.members import (
    LOCAL_HEADER_BYTES,
    STORED,
    Contents,
    Member,
    list_contents,
)

_CHUNK_BYTES = 1 << 16


@dataclass(slots=True, eq=False)
class ZipContainer:
    """The files of a zip; a copy carries the table of contents, so it only opens the file."""

    form: ClassVar[Form] = "zip"
    path: Path
    name: str
    contents: Contents
    _file: BinaryIO | None = field(default=None, init=False, repr=False)
    _owner: int = field(default=0, init=False, repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all files."""
        return self.contents.names

    @property
    def ignored(self) -> tuple[str, ...]:
        """Return the names of the files left out as junk."""
        return self.contents.ignored

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return all that the table of contents gives away."""
        return self.contents.problems

    def size(self, name: str) -> int:
        """Return the size of a file in bytes, as the zip announces it."""
        return self.contents.members[name].size

    def head(self, name: str, n: int) -> bytes:
        """Unpack the first ``n`` bytes of a file, or all where it has fewer; no checksum."""
        return self._guard(name, lambda file, member: read_start(file, member, n))

    def read(self, name: str) -> bytes:
        """Unpack a whole file and hold it against its announced size and checksum."""
        return self._guard(name, read_member)

    def close(self) -> None:
        """Close the zip; reading again opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _guard(self, name: str, unpack: Callable[[BinaryIO, Member], bytes]) -> bytes:
        member = self.contents.members[name]
        if name in self.contents.refused:
            raise ReadError(self.contents.refused[name], told=True)
        try:
            return unpack(self._open(), member)
        except OSError as error:
            detail = f"cannot be read: {error.strerror}"
            raise ReadError(Problem("unreadable-file", name, detail)) from error

    def _open(self) -> BinaryIO:
        # A forked process shares the place in the file with its parent, so it opens its own.
        if self._file is None or self._owner != os.getpid():
            self.close()
            self._file = self.path.open("rb")
            self._owner = os.getpid()
        return self._file

    def __reduce__(self) -> tuple[type[ZipContainer], tuple[Any, ...]]:
        """Leave the open file behind on the way to another process."""
        return type(self), (self.path, self.name, self.contents)


def open_zip(path: Path, *, name: str, limits: Limits = DEFAULT_LIMITS) -> ZipContainer:
    """Read the table of contents of a zip; raises ReadError where there is none."""
    with path.open("rb") as file:
        contents = list_contents(file, limits, where=name)
    return ZipContainer(path.absolute(), name, contents)


def read_member(file: BinaryIO, member: Member) -> bytes:
    """Unpack a member whole; what differs from its announcement is a ReadError."""
    data, ended = _unpack(file, member, limit=member.size + 1)
    if len(data) > member.size:
        detail = f"announces {say_bytes(member.size)} and holds more"
        raise ReadError(Problem("oversized-member", member.name, detail))
    if len(data) < member.size or not ended:
        raise _damage(member, f"ends after {len(data)} of {member.size} bytes")
    if zlib.crc32(data) != member.crc:
        raise _damage(member, "does not fit its checksum: its bytes changed since it was zipped")
    return data


def read_start(file: BinaryIO, member: Member, n: int) -> bytes:
    """Unpack the first ``n`` bytes of a member."""
    wanted = min(n, member.size)
    data, _ = _unpack(file, member, limit=wanted)
    if len(data) < wanted:
        raise _damage(member, f"ends after {len(data)} of {member.size} bytes")
    return data


def _unpack(file: BinaryIO, member: Member, *, limit: int) -> tuple[bytes, bool]:
    """Unpack at most ``limit`` bytes, and tell whether the data came to their end."""
    _seek_data(file, member)
    if member.method == STORED:
        return file.read(min(limit, member.packed)), True
    try:
        return _inflate(file, member.packed, limit=limit)
    except zlib.error as error:
        raise _damage(member, "its compressed bytes are damaged") from error


def _seek_data(file: BinaryIO, member: Member) -> None:
    """Go to the first byte of a member's data, past a header that must be its own."""
    file.seek(member.offset)
    header = file.read(LOCAL_HEADER_BYTES)
    if len(header) < LOCAL_HEADER_BYTES or not header.startswith(b"PK\x03\x04"):
        raise _damage(member, "does not lie where the zip's list of files says")
    name_length, extra_length = struct.unpack_from("<HH", header, 26)
    if file.read(name_length) != member.stored_name:
        raise _damage(member, "has another name in the zip's list of files than at its place")
    start = member.offset + LOCAL_HEADER_BYTES + name_length + extra_length
    if start + member.packed > member.end:
        detail = "its bytes lie over those of another file, or of the zip's own records"
        raise ReadError(Problem("overlapping-members", member.name, detail))
    file.seek(start)


def _inflate(file: BinaryIO, packed: int, *, limit: int) -> tuple[bytes, bool]:
    """Inflate from where the file stands, never more than ``limit`` bytes."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    parts: list[bytes] = []
    while limit > 0 and not stream.eof:
        chunk = file.read(min(packed, _CHUNK_BYTES))
        if not chunk:
            break
        part = stream.decompress(chunk, limit)
        packed -= len(chunk)
        limit -= len(part)
        parts.append(part)
    return b"".join(parts), stream.eof


def _damage(member: Member, detail: str) -> ReadError:
    return ReadError(Problem("damaged-member", member.name, detail))
