"""A submission in a zip, read in place: nothing is extracted, and announced sizes are not trusted.

The list of files is parsed by the standard library; every check of it is made here, so that all
versions of Python give the same answer. Announced sizes only bound what is read.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import IO, NamedTuple, cast

from isiceval.model import Form, Problem
from isiceval.sources.container import (
    GIB,
    MAX_MEMBER_BYTES,
    MAX_MEMBERS,
    MIB,
    Container,
    ReadError,
    fold_name,
    format_bytes,
    is_junk,
)

# 1,000 masks saved without any compression at the mean ISIC size (5 megapixels) are 5 GB.
MAX_TOTAL_BYTES = 8 * GIB
_LOCAL_HEADER_BYTES = 30
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
_DRIVE = re.compile("[A-Za-z]:")
# Bits of the general purpose flag: encrypted in any of three ways, a patch, name in UTF-8.
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_PATCHED = 0x0020
_UTF8 = 0x0800
# All that zipfile raises for damaged bytes, found by fuzzing.
_DAMAGED = (
    zipfile.BadZipFile,
    struct.error,
    NotImplementedError,
    OSError,
    ValueError,
    OverflowError,
    EOFError,
)
_OVERLAP = "its bytes lie over those of another file, or of the zip's own records"


class Member(NamedTuple):
    """One file of a zip, as its list of files has it.

    ``listed`` is its name there, with ``/``, which ends the names of folders; ``name`` is the
    relative path made of it, by which no file on disk is ever opened. ``end`` is where the next
    thing in the zip begins.
    """

    info: zipfile.ZipInfo
    listed: str
    name: str
    is_link: bool
    end: int
    overlaps: bool


@dataclass(slots=True, kw_only=True)
class ZipContainer(Container):
    """The files of a zip, opened anew for each; ``refused`` must not be read, for that reason."""

    form: Form = "zip"
    path: Path
    members: Mapping[str, Member]
    refused: Mapping[str, Problem]

    def size(self, name: str) -> int:
        """Return the size of a file in bytes, as the zip announces it."""
        return self.members[name].info.file_size

    def head(self, name: str, n: int) -> bytes:
        """Unpack the first ``n`` bytes of a file, or all where it has fewer; no checksum."""
        size = self.members[name].info.file_size
        data, _ = self._unpack(name, limit=min(n, size))
        if len(data) < min(n, size):
            raise ReadError("damaged-member", name, f"ends after {len(data)} of {size} bytes")
        return data

    def read(self, name: str) -> bytes:
        """Unpack a whole file and compare it with its announced size and checksum."""
        info = self.members[name].info
        data, ended = self._unpack(name, limit=info.file_size + 1)
        if len(data) > info.file_size:
            detail = f"declares {format_bytes(info.file_size)} and has more"
            raise ReadError("oversized-member", name, detail)
        if len(data) < info.file_size or not ended:
            detail = f"ends after {len(data)} of {info.file_size} bytes"
            raise ReadError("damaged-member", name, detail)
        if zlib.crc32(data) != info.CRC:
            detail = "does not match its checksum: its bytes changed since it was zipped"
            raise ReadError("damaged-member", name, detail)
        return data

    def _unpack(self, name: str, *, limit: int) -> tuple[bytes, bool]:
        """Unpack at most ``limit`` bytes, and tell whether the data came to its end."""
        if name in self.refused:
            problem = self.refused[name]
            raise ReadError(problem.code, name, problem.detail)
        member = self.members[name]
        packed = member.info.compress_size
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        parts: list[bytes] = []
        try:
            # Without a buffer, which would be filled for every header; Path.open is slower.
            with open(self.path, "rb", buffering=0) as file:  # noqa: PTH123 - see above
                _seek_data(file, member)
                if member.info.compress_type == zipfile.ZIP_STORED:
                    return file.read(min(limit, packed)), True
                while limit > 0 and not stream.eof:
                    chunk = file.read(min(packed, 1 << 16))  # so a bomb is stopped early
                    if not chunk:
                        break
                    parts.append(stream.decompress(chunk, limit))
                    packed -= len(chunk)
                    limit -= len(parts[-1])
        except OSError as error:
            raise ReadError("unreadable-file", name, f"cannot be read: {error.strerror}") from error
        except zlib.error as error:
            raise ReadError("damaged-member", name, "its compressed bytes are damaged") from error
        return b"".join(parts), stream.eof


def open_zip(path: Path, *, name: str) -> ZipContainer:
    """Read the list of files of a zip and check it; raises ReadError where there is none."""
    files = [member for member in _read_members(path, name) if not member.listed.endswith("/")]
    members = [member for member in files if not is_junk(member.name)]
    ignored = tuple(sorted(member.name for member in files if is_junk(member.name)))
    problems: list[Problem] = []
    if len(members) > MAX_MEMBERS:
        detail = f"holds {len(members)} files; only the first {MAX_MEMBERS} are read"
        problems.append(Problem("too-many-members", name, detail))
        del members[MAX_MEMBERS:]
    problems.extend(_check_names(members))
    refused = list(_check_data(members))
    # Of several members of the same name the first one counts.
    readable = {one.name: one for one in reversed(members) if one.name and not one.is_link}
    return ZipContainer(
        path=path.absolute(),
        name=name,
        names=tuple(sorted(readable)),
        members=readable,
        ignored=ignored,
        refused={problem.where: problem for problem in reversed(refused)},
        problems=tuple(sorted({*problems, *refused}, key=attrgetter("code", "where", "detail"))),
    )


class _BoundedFile(io.FileIO):
    """A file that refuses to read more at once than a list of files may take."""

    where = ""

    def read(self, size: int | None = -1, /) -> bytes:
        # The end record may claim any size. Real lists of files take about 100 bytes a member (46
        # and the name, perhaps times and ids); the comment of a zip alone takes up to 64 KiB.
        limit = max(MAX_MEMBERS * 256, 1 << 17)
        if size is not None and size > limit:
            announced = f"its list of files takes {format_bytes(size)}"
            detail = f"{announced}; at most {format_bytes(limit)} are read"
            raise ReadError("too-many-members", self.where, detail)
        return super().read(size)


def _encode_name(info: zipfile.ZipInfo) -> bytes:
    return info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437")


def _read_members(path: Path, where: str) -> list[Member]:
    """Read the list of files; make a member of every entry, with the place where it must end.

    Entries may not share bytes, as they do in a bomb that names one stream many times. The
    smallest extent an entry can have is compared here: the length of its own header is known
    only when it is read, where the exact extent is compared once more (``_seek_data``).
    """
    with _BoundedFile(path) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file.where = where
        try:
            with zipfile.ZipFile(cast("IO[bytes]", file)) as archive:
                infos, start = archive.infolist(), archive.start_dir
        except _DAMAGED as error:
            damage = "is missing or damaged: was it cut off?"
            detail = f"its list of files, at the end of a zip, {damage}"
            raise ReadError("unreadable-zip", where, detail) from error
    order = sorted(range(len(infos)), key=lambda index: infos[index].header_offset)
    ends = [*(infos[index].header_offset for index in order[1:]), start]
    members: dict[int, Member] = {}
    furthest = 0
    for index, end in zip(order, ends, strict=False):
        info = infos[index]
        mode = info.external_attr >> 16
        listed = info.orig_filename.replace("\\", "/") + "/" * stat.S_ISDIR(mode)
        name = "/".join(part for part in listed.split("/") if part not in ("", "."))
        stored = _LOCAL_HEADER_BYTES + len(_encode_name(info)) + info.compress_size
        least = info.header_offset + stored
        overlaps = info.header_offset < furthest or least > end
        members[index] = Member(info, listed, name, stat.S_ISLNK(mode), end, overlaps)
        furthest = max(furthest, least)
    return [members[index] for index in range(len(infos))]


def _check_names(members: Sequence[Member]) -> Iterator[Problem]:
    """Yield what is wrong with names and links; such files are still read by their name."""
    for member in members:
        listed = member.listed
        dangers = {
            "a file in the zip has no name": not member.name,
            "its name starts with /, a place outside the zip": listed.startswith("/"),
            "its name starts with a drive letter, a place outside the zip": _DRIVE.match(listed),
            "its name holds .. and leads out of the zip": ".." in listed.split("/"),
            "its name holds control characters": re.search(r"[\x00-\x1f\x7f-\x9f]", listed),
        }
        if reason := next((text for text, found in dangers.items() if found), ""):
            yield Problem("unsafe-name", member.name, reason)
        if member.name.lower().endswith(".zip"):
            yield Problem("nested-zip", member.name, "is a zip inside the zip")
        if member.is_link:
            detail = "is a link; a zip holds only where it pointed to, not the file itself"
            yield Problem("symbolic-link", member.name, detail)
    first: dict[str, str] = {}
    for name in dict.fromkeys(member.name for member in members):
        twin = first.setdefault(fold_name(name), name)
        if twin != name:
            yield Problem("duplicate-member", name, f"is the same name as {twin} on many computers")


def _check_data(members: Sequence[Member]) -> Iterator[Problem]:
    """Yield every reason why the bytes of a file must not be read."""
    for name, count in Counter(member.name for member in members if member.name).items():
        if count > 1:
            yield Problem("duplicate-member", name, f"is in the zip {count} times")
    total = 0
    for member in members:
        info = member.info
        if member.is_link:
            continue
        if info.flag_bits & _ENCRYPTED:
            yield Problem("encrypted-member", member.name, "is encrypted with a password")
        elif info.flag_bits & _PATCHED:
            detail = "is stored as a patch to another file"
            yield Problem("unsupported-compression", member.name, detail)
        elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            method = _METHODS.get(info.compress_type, f"method {info.compress_type}")
            yield Problem("unsupported-compression", member.name, f"is compressed with {method}")
        if member.overlaps:
            yield Problem("overlapping-members", member.name, _OVERLAP)
        total += info.file_size
        if detail := _check_size(info, total):
            yield Problem("oversized-member", member.name, detail)


def _check_size(info: zipfile.ZipInfo, total: int) -> str:
    largest = max(info.file_size, info.compress_size)
    if largest > MAX_MEMBER_BYTES:
        limit = format_bytes(MAX_MEMBER_BYTES)
        return f"unpacks to {format_bytes(largest)}; at most {limit} are read"
    # Deflate cannot shrink data more than 1032 to 1; small files are not checked.
    if info.file_size > max(MIB, info.compress_size * 1_100):
        sizes = f"{format_bytes(info.file_size)} in {format_bytes(info.compress_size)}"
        return f"declares {sizes}, more than compression can reach"
    if total > MAX_TOTAL_BYTES:
        limit = format_bytes(MAX_TOTAL_BYTES)
        return f"up to here the files unpack to {format_bytes(total)}; at most {limit} are read"
    return ""


def _seek_data(file: io.FileIO, member: Member) -> None:
    """Go to the first byte of a member's data, past a local header that must be its own."""
    file.seek(member.info.header_offset)
    name = _encode_name(member.info)
    header = file.read(_LOCAL_HEADER_BYTES + len(name))
    if len(header) < _LOCAL_HEADER_BYTES or not header.startswith(b"PK\x03\x04"):
        raise ReadError("damaged-member", member.name, "is not where the zip's list of files says")
    name_length, extra_length = struct.unpack_from("<HH", header, 26)
    if name_length != len(name) or header[_LOCAL_HEADER_BYTES:] != name:
        detail = "has another name in the zip's list of files than at its place"
        raise ReadError("damaged-member", member.name, detail)
    start = member.info.header_offset + _LOCAL_HEADER_BYTES + name_length + extra_length
    if start + member.info.compress_size > member.end:
        raise ReadError("overlapping-members", member.name, _OVERLAP)
    file.seek(start)
