"""What a zip says it holds, judged before a byte of it is unpacked.

The table of contents is parsed by the standard library; every judgement about it is made here,
so that all versions of Python give the same verdict. Announced sizes bound what is read, they
are not believed.
"""

from __future__ import annotations

import re
import stat
import struct
import unicodedata
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from typing import IO, BinaryIO, NamedTuple, cast

from isiceval.model import Problem
from isiceval.sources.junk import is_junk
from isiceval.sources.limits import RATIO_FREE_BYTES, Limits, ReadError, say_bytes

STORED = 0
DEFLATED = 8
LOCAL_HEADER_BYTES = 30
DIRECTORY_BYTES_A_MEMBER = 256

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
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_PATCHED = 0x0020
_UTF8 = 0x0800
_DRIVE = re.compile(r"[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of a zip: where it lies, and what the table of contents says of it.

    ``stored_name`` are the bytes of its name in the zip; ``end`` is where the next thing in
    the zip begins; ``packed`` and ``size`` are bytes before and after unpacking.
    """

    name: str
    stored_name: bytes
    offset: int
    end: int
    method: int
    packed: int
    size: int
    crc: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The files of a zip by name, those that must not be read with the reason, and all faults."""

    members: Mapping[str, Member]
    names: tuple[str, ...]
    ignored: tuple[str, ...]
    refused: Mapping[str, Problem]
    problems: tuple[Problem, ...]


class _Entry(NamedTuple):
    name: str
    info: zipfile.ZipInfo
    member: Member
    overlaps: bool


def list_contents(file: BinaryIO, limits: Limits, *, where: str) -> Contents:
    """Read the table of contents and judge it; raises ReadError where there is none."""
    infos, start = _read_directory(file, limits, where=where)
    entries = [entry for entry in _locate(infos, start) if not _is_folder(entry.info)]
    ignored = tuple(sorted(entry.name for entry in entries if is_junk(entry.name)))
    entries = [entry for entry in entries if not is_junk(entry.name)]
    faults = list(_count(entries, limits, where=where))
    entries = entries[: limits.max_members]
    faults.extend(fault for entry in entries for fault in _judge_name(entry))
    faults.extend(_find_twins(entries))
    blocking = [*_find_repeats(entries), *_judge_data(entries, limits)]
    members = _index(entries)
    return Contents(
        members=members,
        names=tuple(sorted(members)),
        ignored=ignored,
        refused={fault.where: fault for fault in reversed(blocking)},
        problems=tuple(sorted({*faults, *blocking}, key=attrgetter("code", "where", "detail"))),
    )


def _index(entries: Iterable[_Entry]) -> dict[str, Member]:
    """Index by name what may be read or at least missed; links and the nameless are neither."""
    members: dict[str, Member] = {}
    for entry in entries:
        if entry.name and not _is_link(entry.info):
            members.setdefault(entry.name, entry.member)
    return members


class _BoundedFile:
    """A file that refuses to read more at once than a table of contents may take."""

    def __init__(self, file: BinaryIO, limit: int, *, where: str) -> None:
        self.seek = file.seek
        self.tell = file.tell
        self._read = file.read
        self._limit = limit
        self._where = where

    def read(self, n: int = -1) -> bytes:
        if n > self._limit:
            announced = f"its list of files takes {say_bytes(n)}"
            detail = f"{announced}; at most {say_bytes(self._limit)} are read"
            raise ReadError(Problem("too-many-members", self._where, detail))
        return self._read(n)


_UNREADABLE = (
    zipfile.BadZipFile,
    NotImplementedError,
    OSError,
    ValueError,
    struct.error,
    OverflowError,
    EOFError,
)


def _read_directory(
    file: BinaryIO, limits: Limits, *, where: str
) -> tuple[list[zipfile.ZipInfo], int]:
    """Return the entries in order, and where the table of contents starts."""
    # The end record may claim any size; ZIP archive comments alone take up to 64 KiB.
    bound = max(limits.max_members * DIRECTORY_BYTES_A_MEMBER, 1 << 17)
    bounded = cast("IO[bytes]", _BoundedFile(file, bound, where=where))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with zipfile.ZipFile(bounded) as archive:
                return archive.infolist(), archive.start_dir
    except _UNREADABLE as error:
        detail = "its list of files, at the end of a zip, is missing or damaged: was it cut off?"
        raise ReadError(Problem("unreadable-zip", where, detail)) from error


def _locate(infos: Sequence[zipfile.ZipInfo], start: int) -> Iterator[_Entry]:
    """Give every entry the place where it must end, and tell which share bytes.

    The smallest extent an entry can have is compared here: the length of its own header is
    known only when it is read, where the exact extent is compared once more.
    """
    order = sorted(range(len(infos)), key=lambda index: infos[index].header_offset)
    ends, overlapping = [start] * len(infos), set[int]()
    furthest = 0
    followers = dict(pairwise(order))
    for index in order:
        info = infos[index]
        if index in followers:
            ends[index] = infos[followers[index]].header_offset
        least = info.header_offset + LOCAL_HEADER_BYTES + len(_stored_name(info))
        least += info.compress_size
        if info.header_offset < furthest or least > ends[index]:
            overlapping.add(index)
        furthest = max(furthest, least)
    for index, info in enumerate(infos):
        member = _build_member(info, ends[index])
        yield _Entry(member.name, info, member, index in overlapping)


def _build_member(info: zipfile.ZipInfo, end: int) -> Member:
    return Member(
        name=_normalise(info.orig_filename),
        stored_name=_stored_name(info),
        offset=info.header_offset,
        end=end,
        method=info.compress_type,
        packed=info.compress_size,
        size=info.file_size,
        crc=info.CRC,
    )


def _stored_name(info: zipfile.ZipInfo) -> bytes:
    return info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437")


def _normalise(name: str) -> str:
    """Write a member's name as a relative path with ``/``; no file is opened by it."""
    parts = name.replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", "."))


def _is_folder(info: zipfile.ZipInfo) -> bool:
    return info.orig_filename.endswith(("/", "\\")) or stat.S_ISDIR(info.external_attr >> 16)


def _is_link(info: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(info.external_attr >> 16)


def _count(entries: Sequence[_Entry], limits: Limits, *, where: str) -> Iterator[Problem]:
    if len(entries) > limits.max_members:
        detail = f"holds {len(entries)} files; only the first {limits.max_members} are looked at"
        yield Problem("too-many-members", where, detail)


def _judge_name(entry: _Entry) -> Iterator[Problem]:
    raw = entry.info.orig_filename.replace("\\", "/")
    if reason := _find_danger(raw, entry.name):
        yield Problem("unsafe-name", entry.name, reason)
    if entry.name.lower().endswith(".zip"):
        yield Problem("nested-zip", entry.name, "is a zip inside the zip")
    if _is_link(entry.info):
        detail = "is a link; a zip holds only where it pointed to, not the file itself"
        yield Problem("symbolic-link", entry.name, detail)


def _find_danger(raw: str, name: str) -> str:
    if not name:
        return "a file in the zip has no name"
    if raw.startswith("/"):
        return "its name starts with /, a place outside the zip"
    if _DRIVE.match(raw):
        return "its name starts with a drive letter, a place outside the zip"
    if ".." in raw.split("/"):
        return "its name holds .. and leads out of the zip"
    if _CONTROL.search(raw):
        return "its name holds control characters"
    return ""


def _judge_data(entries: Sequence[_Entry], limits: Limits) -> Iterator[Problem]:
    """Yield every reason why the bytes of a file must not be read."""
    total = 0
    for entry in entries:
        if _is_link(entry.info):
            continue
        if code_and_detail := _judge_format(entry.info):
            yield Problem(code_and_detail[0], entry.name, code_and_detail[1])
        if entry.overlaps:
            detail = "its bytes lie over those of another file, or of the zip's own records"
            yield Problem("overlapping-members", entry.name, detail)
        total += entry.info.file_size
        if detail := _judge_size(entry.info, total, limits):
            yield Problem("oversized-member", entry.name, detail)


def _judge_format(info: zipfile.ZipInfo) -> tuple[str, str] | None:
    if info.flag_bits & _ENCRYPTED:
        return "encrypted-member", "is locked with a password"
    if info.flag_bits & _PATCHED:
        return "unsupported-compression", "is stored as a patch to another file"
    if info.compress_type not in (STORED, DEFLATED):
        method = _METHODS.get(info.compress_type, f"method {info.compress_type}")
        return "unsupported-compression", f"is compressed with {method}"
    return None


def _judge_size(info: zipfile.ZipInfo, total: int, limits: Limits) -> str:
    size, packed = info.file_size, info.compress_size
    if max(size, packed) > limits.max_member_bytes:
        limit = say_bytes(limits.max_member_bytes)
        return f"unpacks to {say_bytes(max(size, packed))}; at most {limit} are read"
    if size > RATIO_FREE_BYTES and size > packed * limits.max_ratio:
        return f"announces {say_bytes(size)} in {say_bytes(packed)}, more than can be packed"
    if total > limits.max_total_bytes:
        limit = say_bytes(limits.max_total_bytes)
        return f"up to here the files unpack to {say_bytes(total)}; at most {limit} are read"
    return ""


def _find_repeats(entries: Iterable[_Entry]) -> Iterator[Problem]:
    """Yield a fault for every name that stands in the zip more than once; which is meant?"""
    for name, count in Counter(entry.name for entry in entries if entry.name).items():
        if count > 1:
            yield Problem("duplicate-member", name, f"is in the zip {count} times")


def _find_twins(entries: Iterable[_Entry]) -> Iterator[Problem]:
    """Yield a fault for every name that is one with an earlier one on many computers."""
    first: dict[str, str] = {}
    for name in dict.fromkeys(entry.name for entry in entries):
        key = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
        twin = first.setdefault(key, name)
        if twin != name:
            yield Problem("duplicate-member", name, f"is the same name as {twin} on many computers")
