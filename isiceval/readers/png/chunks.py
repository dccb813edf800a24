"""The header and chunks of a PNG file, and what is wrong with them.

The checksum of every chunk is compared before a pixel is decoded. Nothing is inflated here, so
the time depends on the size of the file, whatever its header claims.
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from isiceval.model import Size

# Several times faster than zlib; zlib does the same work where it cannot be imported.
engine: Any
try:
    from zlib_ng import zlib_ng

    engine = zlib_ng
except ImportError:
    engine = zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER_END = 33
MAX_CHUNKS = 200_000
"""Encoders write image data in chunks of 8 KiB and more: so many would hold 1.6 GB."""

_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_MODES = {2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}
_GREY_MODES = {1: "1", 16: "I;16"}
_KNOWN_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
# First column and row, and distance between columns and rows, of the seven interlaced passes.
_ADAM7 = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The fields of IHDR: size, bits a channel, PNG's colour type, interlaced or not."""

    size: Size
    depth: int
    colour: int
    interlaced: bool

    @property
    def mode(self) -> str:
        """Return the mode by Pillow's name for it."""
        if self.colour == 0:
            return _GREY_MODES.get(self.depth, "L")
        return _MODES[self.colour]

    @property
    def passes(self) -> tuple[tuple[int, int], ...]:
        """Return, for each pass that has pixels, its rows and the bytes a row takes.

        The bytes include the filter byte. An image that is not interlaced has one pass.
        """
        width, height = self.size.width, self.size.height
        if not self.interlaced:
            return ((height, self._count_bytes(width)),)
        sizes = (
            (-(-(height - y) // down), -(-(width - x) // across)) for x, y, across, down in _ADAM7
        )
        return tuple((rows, self._count_bytes(n)) for rows, n in sizes if rows > 0 and n > 0)

    def _count_bytes(self, pixels: int) -> int:
        return 1 + -(-pixels * self.depth * _CHANNELS[self.colour] // 8)


class Chunk(NamedTuple):
    """One chunk; ``announced`` is the length it claims, ``end`` is -1 where the file ends in it."""

    kind: bytes
    body: memoryview
    announced: int
    intact: bool
    end: int

    @property
    def name(self) -> str:
        """Return the four letters of its type."""
        return self.kind.decode("ascii")

    @property
    def cut_off(self) -> bool:
        """Tell whether the file ends inside it."""
        return self.end < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PngFile:
    """The parts of a PNG file: header, image data still deflated, and all that is wrong or odd.

    ``parts`` are the bodies of the IDAT chunks, in order, the last one perhaps cut off;
    ``n_trailing`` counts the bytes after IEND.
    """

    header: Header | None
    parts: tuple[memoryview, ...] = ()
    damage: tuple[str, ...] = ()
    oddities: tuple[str, ...] = ()
    extras: tuple[tuple[bytes, bytes], ...] = ()
    n_trailing: int = 0


def parse_header(data: bytes) -> PngFile:
    """Read the header alone, from the first bytes of a file."""
    if not SIGNATURE.startswith(data[:8]):
        detail = "its first bytes were changed, as by a transfer in text mode"
        return PngFile(header=None, damage=(detail,))
    if len(data) < HEADER_END:
        return PngFile(header=None, damage=(f"the file ends after {len(data)} bytes",))
    first = next(_walk(data[:HEADER_END]), None)
    if first is None or first.kind != b"IHDR" or first.announced != 13:
        return PngFile(header=None, damage=("the file does not begin with a header (IHDR)",))
    if not first.intact:
        return PngFile(header=None, damage=("wrong checksum in chunk IHDR",))
    return _parse_fields(first.body)


def parse_png(data: bytes) -> PngFile:
    """Walk all chunks of a file and compare every checksum."""
    start = parse_header(data)
    if start.header is None:
        return start
    chunks, stray = _collect(data)
    last = chunks[-1]
    return PngFile(
        header=start.header,
        parts=tuple(chunk.body for chunk in chunks if chunk.kind == b"IDAT"),
        damage=(*_find_damage(chunks, start.header), *stray),
        oddities=tuple(_find_oddities(chunks)),
        extras=tuple(
            (chunk.kind, bytes(chunk.body)) for chunk in chunks if chunk.kind in (b"PLTE", b"tRNS")
        ),
        n_trailing=len(data) - last.end if last.kind == b"IEND" and not last.cut_off else 0,
    )


def _parse_fields(body: memoryview) -> PngFile:
    width, height, depth, colour, compression, filtering, interlace = struct.unpack(
        ">IIBBBBB", body
    )
    damage = []
    if not 0 < width < 2**31 or not 0 < height < 2**31:
        damage.append(f"its header says {width} x {height} pixels")
    if depth not in _DEPTHS.get(colour, ()):
        damage.append(f"its header says colour type {colour} with {depth} bits, which is not PNG")
    if compression or filtering or interlace > 1:
        methods = f"{compression}, {filtering}, {interlace}"
        damage.append(
            f"its header names unknown methods (compression, filter, interlace {methods})"
        )
    if damage:
        return PngFile(header=None, damage=tuple(damage))
    size = Size(width, height)
    return PngFile(header=Header(size=size, depth=depth, colour=colour, interlaced=bool(interlace)))


def _walk(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks up to IEND, the end of the file, or where no chunk begins."""
    view = memoryview(data)
    at = len(SIGNATURE)
    while at + 8 <= len(data) and data[at + 4 : at + 8].isalpha():
        announced = int.from_bytes(data[at : at + 4], "big")
        end = at + 12 + announced
        kind, body = data[at + 4 : at + 8], view[at + 8 : at + 8 + announced]
        if end > len(data):
            yield Chunk(kind, body, announced, intact=False, end=-1)
            return
        checksum = int.from_bytes(data[end - 4 : end], "big")
        intact = engine.crc32(view[at + 4 : end - 4]) == checksum
        yield Chunk(kind, body, announced, intact, end)
        if kind == b"IEND":
            return
        at = end


def _collect(data: bytes) -> tuple[list[Chunk], tuple[str, ...]]:
    """Return the chunks, and what follows the last one if it is not a proper end."""
    chunks: list[Chunk] = []
    for chunk in _walk(data):
        chunks.append(chunk)
        if len(chunks) == MAX_CHUNKS:
            return chunks, (f"it has {MAX_CHUNKS:,} chunks or more",)
    last = chunks[-1]
    if last.cut_off:
        there = f"{len(last.body)} of its {last.announced} bytes are there"
        return chunks, (f"the file ends inside chunk {last.name}: {there}",)
    if last.kind == b"IEND":
        return chunks, ()
    if last.end + 8 <= len(data):
        return chunks, (f"what follows chunk {last.name} at byte {last.end} is not a chunk",)
    return chunks, (f"the file ends without an end mark (IEND), after chunk {last.name}",)


def _find_damage(chunks: list[Chunk], header: Header) -> Iterator[str]:
    wrong = Counter(chunk.name for chunk in chunks if not (chunk.intact or chunk.cut_off))
    for name, n in wrong.items():
        yield f"wrong checksum in {f'{n} chunks' if n > 1 else 'chunk'} {name}"
    kinds = [chunk.kind for chunk in chunks]
    if kinds.count(b"IHDR") > 1:
        yield f"it has {kinds.count(b'IHDR')} headers (IHDR)"
    unknown = {
        kind.decode("ascii") for kind in kinds if kind[:1].isupper() and kind not in _KNOWN_CRITICAL
    }
    if unknown:
        yield f"it needs chunks that PNG does not define: {', '.join(sorted(unknown)[:3])}"
    if b"IDAT" not in kinds:
        yield "it holds no image data (IDAT)"
    starts = sum(after == b"IDAT" != before for before, after in pairwise(kinds))
    if starts > 1:
        yield f"its image data (IDAT) is in {starts} places"
    palettes = [chunk for chunk in chunks if chunk.kind == b"PLTE"]
    if header.colour == 3 and not palettes:
        yield "its palette (PLTE) is missing"
    if len(palettes) > 1:
        yield f"it has {len(palettes)} palettes (PLTE)"
    if any(len(chunk.body) % 3 or not 0 < len(chunk.body) <= 768 for chunk in palettes):
        yield "its palette (PLTE) has an impossible length"


def _find_oddities(chunks: list[Chunk]) -> Iterator[str]:
    bodies = {chunk.kind: chunk.body for chunk in chunks}
    if b"acTL" in bodies:
        yield "animation (APNG: acTL), only its first picture counts"
    orientation = _read_orientation(bytes(bodies.get(b"eXIf", b"")))
    if orientation not in (0, 1):
        yield f"EXIF orientation {orientation}, not applied"
    if b"gAMA" in bodies and b"sRGB" not in bodies:
        yield "gamma (gAMA), not applied"
    if b"iCCP" in bodies:
        yield "ICC colour profile (iCCP), not applied"
    if b"tRNS" in bodies:
        yield "transparency (tRNS), not applied"


def _read_orientation(exif: bytes) -> int:
    """Return the orientation of an EXIF block, 0 where it has none or cannot be read."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return 0
    try:
        (at,) = struct.unpack_from(f"{order}I", exif, 4)
        (n,) = struct.unpack_from(f"{order}H", exif, at)
        for entry in range(at + 2, at + 2 + 12 * n, 12):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", exif, entry)
            if (tag, kind) == (0x0112, 3):
                return int(value)
    except struct.error:
        return 0
    return 0
