"""A submission in a zip, read in place: nothing is extracted, and announced sizes are not trusted.

The list of files is parsed by the standard library; every check of it is made here, so that all
versions of Python give the same answer. Announced sizes only bound what is read.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import unicodedata
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import IO, Any, BinaryIO, ClassVar, cast

from isiceval.model import Form, Problem
from isiceval.sources.container import (
    DEFAULT_LIMITS,
    RATIO_FREE_BYTES,
    Limits,
    ReadError,
    format_bytes,
    is_junk,
    unreadable_file,
)

# Deflated data is read from the file in pieces of this size, so that a bomb is stopped early.
_CHUNK_BYTES = 1 << 16

# Real lists of files take about 100 bytes a member: 46 and the name, perhaps times and ids.
_DIRECTORY_BYTES_A_MEMBER = 256

_LOCAL_HEADER_BYTES = 30
_STORED = 0
_DEFLATED = 8
_METHODS = {
    1: "the ancient method Shrink",
    6: "the ancient method Implode",
    9: "Deflate64, which Windows Explorer uses for large archives",
    12: "bzip2",
    14: "LZMA",
    93: "Zstandard",
    95: "XZ",
    98: "PPMd",
}
# Bits of the general purpose flag: encrypted in any of three ways, a patch, name in UTF-8.
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_PATCHED = 0x0020
_UTF8 = 0x0800
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_OVERLAP = "its bytes lie over those of another file, or of the zip's own records"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of a zip: where its data is, and what the list of files says of it.

    ``raw_name`` is the name as listed and ``stored_name`` its bytes in the zip; ``name`` is the
    relative path made of it. ``end`` is where the next thing in the zip begins; ``packed`` and
    ``size`` are bytes before and after unpacking.
    """

    name: str
    raw_name: str
    stored_name: bytes
    offset: int
    end: int
    flags: int
    method: int
    packed: int
    size: int
    crc: int
    is_link: bool
    overlaps: bool


@dataclass(slots=True, eq=False)
class ZipContainer:
    """The files of a zip; a copy carries the list of files, so it only opens the file.

    ``refused`` are the members that must not be read, each with the reason.
    """

    form: ClassVar[Form] = "zip"
    path: Path
    name: str
    members: Mapping[str, Member]
    ignored: tuple[str, ...]
    refused: Mapping[str, Problem]
    problems: tuple[Problem, ...]
    _file: BinaryIO | None = field(default=None, init=False, repr=False)
    _owner: int = field(default=0, init=False, repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all files, sorted."""
        return tuple(self.members)

    def size(self, name: str) -> int:
        """Return the size of a file in bytes, as the zip announces it."""
        return self.members[name].size

    def head(self, name: str, n: int) -> bytes:
        """Unpack the first ``n`` bytes of a file, or all where it has fewer; no checksum."""
        member = self.members[name]
        wanted = min(n, member.size)
        data, _ = self._unpack(member, limit=wanted)
        if len(data) < wanted:
            raise _damage(member, f"ends after {len(data)} of {member.size} bytes")
        return data

    def read(self, name: str) -> bytes:
        """Unpack a whole file and compare it with its announced size and checksum."""
        member = self.members[name]
        data, ended = self._unpack(member, limit=member.size + 1)
        if len(data) > member.size:
            detail = f"declares {format_bytes(member.size)} and has more"
            raise ReadError(Problem("oversized-member", name, detail))
        if len(data) < member.size or not ended:
            raise _damage(member, f"ends after {len(data)} of {member.size} bytes")
        if zlib.crc32(data) != member.crc:
            detail = "does not match its checksum: its bytes changed since it was zipped"
            raise _damage(member, detail)
        return data

    def close(self) -> None:
        """Close the zip; reading again opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _unpack(self, member: Member, *, limit: int) -> tuple[bytes, bool]:
        if member.name in self.refused:
            raise ReadError(self.refused[member.name])
        try:
            # A forked process shares the position in the file with its parent: open it anew.
            if self._file is None or self._owner != os.getpid():
                self.close()
                self._file = self.path.open("rb")
                self._owner = os.getpid()
            return _unpack(self._file, member, limit=limit)
        except OSError as error:
            raise unreadable_file(member.name, error) from error

    def __reduce__(self) -> tuple[type[ZipContainer], tuple[Any, ...]]:
        """Leave the open file behind on the way to another process."""
        fields = (self.path, self.name, self.members, self.ignored, self.refused, self.problems)
        return type(self), fields


def open_zip(path: Path, *, name: str, limits: Limits = DEFAULT_LIMITS) -> ZipContainer:
    """Read the list of files of a zip and check it; raises ReadError where there is none."""
    with path.open("rb") as file:
        infos, start = _read_directory(file, limits, where=name)
    listed = [member for member in _list_members(infos, start) if not member.raw_name.endswith("/")]
    members = [member for member in listed if not is_junk(member.name)]
    ignored = tuple(sorted(member.name for member in listed if is_junk(member.name)))
    problems: list[Problem] = []
    if len(members) > limits.max_members:
        detail = f"holds {len(members)} files; only the first {limits.max_members} are read"
        problems.append(Problem("too-many-members", name, detail))
        del members[limits.max_members :]
    problems.extend(_check_names(members))
    refused = list(_check_data(members, limits))
    readable: dict[str, Member] = {}
    for member in members:
        if member.name and not member.is_link:
            readable.setdefault(member.name, member)
    return ZipContainer(
        path=path.absolute(),
        name=name,
        members=dict(sorted(readable.items())),
        ignored=ignored,
        refused={problem.where: problem for problem in reversed(refused)},
        problems=tuple(sorted({*problems, *refused}, key=attrgetter("code", "where", "detail"))),
    )


class _BoundedFile:
    """A file that refuses to read more at once than a list of files may take."""

    def __init__(self, file: BinaryIO, limit: int, *, where: str) -> None:
        self.seek = file.seek
        self.tell = file.tell
        self._read = file.read
        self._limit = limit
        self._where = where

    def read(self, n: int = -1) -> bytes:
        if n > self._limit:
            announced = f"its list of files takes {format_bytes(n)}"
            detail = f"{announced}; at most {format_bytes(self._limit)} are read"
            raise ReadError(Problem("too-many-members", self._where, detail))
        return self._read(n)


def _read_directory(
    file: BinaryIO, limits: Limits, *, where: str
) -> tuple[list[zipfile.ZipInfo], int]:
    """Return the entries in order, and where the list of files starts."""
    # The end record may claim any size; the comment of a zip alone takes up to 64 KiB.
    bound = max(limits.max_members * _DIRECTORY_BYTES_A_MEMBER, 1 << 17)
    bounded = cast("IO[bytes]", _BoundedFile(file, bound, where=where))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with zipfile.ZipFile(bounded) as archive:
                return archive.infolist(), archive.start_dir
    # All that zipfile raises for damaged bytes, found by fuzzing.
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        OSError,
        ValueError,
        struct.error,
        OverflowError,
        EOFError,
    ) as error:
        detail = "its list of files, at the end of a zip, is missing or damaged: was it cut off?"
        raise ReadError(Problem("unreadable-zip", where, detail)) from error


def _list_members(infos: Sequence[zipfile.ZipInfo], start: int) -> Iterator[Member]:
    """Make a member of every entry, with the place where it must end; folders end in ``/``.

    Entries may not share bytes, as they do in a bomb that names one stream many times. The
    smallest extent an entry can have is compared here: the length of its own header is known
    only when it is read, where the exact extent is compared once more (``_seek_data``).
    """
    order = sorted(range(len(infos)), key=lambda index: infos[index].header_offset)
    followers = dict(pairwise(order))
    ends, overlapping = [start] * len(infos), set[int]()
    names = [
        info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437") for info in infos
    ]
    furthest = 0
    for index in order:
        info = infos[index]
        if index in followers:
            ends[index] = infos[followers[index]].header_offset
        least = info.header_offset + _LOCAL_HEADER_BYTES + len(names[index]) + info.compress_size
        if info.header_offset < furthest or least > ends[index]:
            overlapping.add(index)
        furthest = max(furthest, least)
    for index, info in enumerate(infos):
        mode = info.external_attr >> 16
        raw = info.orig_filename.replace("\\", "/")
        yield Member(
            # A relative path with "/"; no file on disk is ever opened by it.
            name="/".join(part for part in raw.split("/") if part not in ("", ".")),
            raw_name=f"{raw}/" if stat.S_ISDIR(mode) else raw,
            stored_name=names[index],
            offset=info.header_offset,
            end=ends[index],
            flags=info.flag_bits,
            method=info.compress_type,
            packed=info.compress_size,
            size=info.file_size,
            crc=info.CRC,
            is_link=stat.S_ISLNK(mode),
            overlaps=index in overlapping,
        )


def _check_names(members: Sequence[Member]) -> Iterator[Problem]:
    """Yield what is wrong with names and links; such files are still read by their name."""
    for member in members:
        if reason := _find_danger(member):
            yield Problem("unsafe-name", member.name, reason)
        if member.name.lower().endswith(".zip"):
            yield Problem("nested-zip", member.name, "is a zip inside the zip")
        if member.is_link:
            detail = "is a link; a zip holds only where it pointed to, not the file itself"
            yield Problem("symbolic-link", member.name, detail)
    first: dict[str, str] = {}
    for name in dict.fromkeys(member.name for member in members):
        key = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
        twin = first.setdefault(key, name)
        if twin != name:
            yield Problem("duplicate-member", name, f"is the same name as {twin} on many computers")


def _find_danger(member: Member) -> str:
    raw = member.raw_name
    if not member.name:
        return "a file in the zip has no name"
    if raw.startswith("/"):
        return "its name starts with /, a place outside the zip"
    if re.match("[A-Za-z]:", raw):
        return "its name starts with a drive letter, a place outside the zip"
    if ".." in raw.split("/"):
        return "its name holds .. and leads out of the zip"
    if _CONTROL.search(raw):
        return "its name holds control characters"
    return ""


def _check_data(members: Sequence[Member], limits: Limits) -> Iterator[Problem]:
    """Yield every reason why the bytes of a file must not be read."""
    for name, count in Counter(member.name for member in members if member.name).items():
        if count > 1:
            yield Problem("duplicate-member", name, f"is in the zip {count} times")
    total = 0
    for member in members:
        if member.is_link:
            continue
        if member.flags & _ENCRYPTED:
            yield Problem("encrypted-member", member.name, "is encrypted with a password")
        elif member.flags & _PATCHED:
            detail = "is stored as a patch to another file"
            yield Problem("unsupported-compression", member.name, detail)
        elif member.method not in (_STORED, _DEFLATED):
            method = _METHODS.get(member.method, f"method {member.method}")
            yield Problem("unsupported-compression", member.name, f"is compressed with {method}")
        if member.overlaps:
            yield Problem("overlapping-members", member.name, _OVERLAP)
        total += member.size
        if detail := _check_size(member, total, limits):
            yield Problem("oversized-member", member.name, detail)


def _check_size(member: Member, total: int, limits: Limits) -> str:
    largest = max(member.size, member.packed)
    if largest > limits.max_member_bytes:
        limit = format_bytes(limits.max_member_bytes)
        return f"unpacks to {format_bytes(largest)}; at most {limit} are read"
    if member.size > RATIO_FREE_BYTES and member.size > member.packed * limits.max_ratio:
        sizes = f"{format_bytes(member.size)} in {format_bytes(member.packed)}"
        return f"declares {sizes}, more than compression can reach"
    if total > limits.max_total_bytes:
        limit = format_bytes(limits.max_total_bytes)
        return f"up to here the files unpack to {format_bytes(total)}; at most {limit} are read"
    return ""


def _unpack(file: BinaryIO, member: Member, *, limit: int) -> tuple[bytes, bool]:
    """Unpack at most ``limit`` bytes, and tell whether the data came to its end."""
    _seek_data(file, member)
    if member.method == _STORED:
        return file.read(min(limit, member.packed)), True
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    packed = member.packed
    parts: list[bytes] = []
    try:
        while limit > 0 and not stream.eof:
            chunk = file.read(min(packed, _CHUNK_BYTES))
            if not chunk:
                break
            parts.append(stream.decompress(chunk, limit))
            packed -= len(chunk)
            limit -= len(parts[-1])
    except zlib.error as error:
        raise _damage(member, "its compressed bytes are damaged") from error
    return b"".join(parts), stream.eof


def _seek_data(file: BinaryIO, member: Member) -> None:
    """Go to the first byte of a member's data, past a local header that must be its own."""
    file.seek(member.offset)
    header = file.read(_LOCAL_HEADER_BYTES)
    if len(header) < _LOCAL_HEADER_BYTES or not header.startswith(b"PK\x03\x04"):
        raise _damage(member, "is not where the zip's list of files says")
    name_length, extra_length = struct.unpack_from("<HH", header, 26)
    if file.read(name_length) != member.stored_name:
        raise _damage(member, "has another name in the zip's list of files than at its place")
    start = member.offset + _LOCAL_HEADER_BYTES + name_length + extra_length
    if start + member.packed > member.end:
        raise ReadError(Problem("overlapping-members", member.name, _OVERLAP))
    file.seek(start)


def _damage(member: Member, detail: str) -> ReadError:
    return ReadError(Problem("damaged-member", member.name, detail))
