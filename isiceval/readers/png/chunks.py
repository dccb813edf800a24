"""The header and chunks of a PNG file, and what is wrong with them.

The checksum of every chunk is compared before a pixel is decoded. Nothing is inflated here, so
the time depends on the size of the file, whatever its header claims.
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise
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

# Pillow's names for the mode of an image and for how PNG stores it, by colour type and depth.
PILLOW_MODES = {
    0: {1: ("1", "1"), 2: ("L", "L;2"), 4: ("L", "L;4"), 8: ("L", "L"), 16: ("I;16", "I;16B")},
    2: {8: ("RGB", "RGB"), 16: ("RGB", "RGB;16B")},
    3: {1: ("P", "P;1"), 2: ("P", "P;2"), 4: ("P", "P;4"), 8: ("P", "P")},
    4: {8: ("LA", "LA"), 16: ("RGBA", "LA;16B")},
    6: {8: ("RGBA", "RGBA"), 16: ("RGBA", "RGBA;16B")},
}
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
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
        # Pillow decodes LA of 16 bits to RGBA, so its mode is that of 8 bits.
        return "LA" if self.colour == 4 else PILLOW_MODES[self.colour][self.depth][0]

    @property
    def passes(self) -> tuple[tuple[int, int], ...]:
        """Return the rows, and the bytes a row with its filter byte, of each pass with pixels."""
        width, height = self.size.width, self.size.height
        starts = _ADAM7 if self.interlaced else ((0, 0, 1, 1),)
        sizes = [
            (-(-(height - y) // down), -(-(width - x) // right)) for x, y, right, down in starts
        ]
        bits = self.depth * _CHANNELS[self.colour]
        return tuple((rows, 1 + -(-n * bits // 8)) for rows, n in sizes if rows > 0 and n > 0)


class Chunk(NamedTuple):
    """One chunk; ``announced`` is the length it claims, ``end`` is -1 where the file ends in it."""

    name: str
    body: memoryview
    announced: int
    intact: bool
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PngFile:
    """The parts of a PNG file: header, image data still deflated, and all that is wrong or odd.

    ``parts`` are the bodies of the IDAT chunks, in order, the last one perhaps cut off;
    ``extras`` are those of PLTE and tRNS; ``n_trailing`` counts the bytes after IEND.
    """

    header: Header | None
    parts: tuple[memoryview, ...] = ()
    damage: tuple[str, ...] = ()
    oddities: tuple[str, ...] = ()
    extras: Mapping[str, bytes] = field(default_factory=dict)
    n_trailing: int = 0


def parse_header(data: bytes) -> PngFile:
    """Read the header alone, from the first bytes of a file."""
    damage = []
    if not SIGNATURE.startswith(data[:8]):
        damage.append("its first bytes were changed, as by a transfer in text mode")
    elif len(data) < HEADER_END:
        damage.append(f"the file ends after {len(data)} bytes")
    elif data[8:16] != b"\x00\x00\x00\x0dIHDR":
        damage.append("the file does not begin with a header (IHDR)")
    elif engine.crc32(data[12:29]) != int.from_bytes(data[29:HEADER_END], "big"):
        damage.append("wrong checksum in chunk IHDR")
    if damage:
        return PngFile(header=None, damage=tuple(damage))
    width, height, depth, colour, *methods = struct.unpack_from(">IIBBBBB", data, 16)
    if not 0 < width < 2**31 or not 0 < height < 2**31:
        damage.append(f"its header says {width} x {height} pixels")
    if depth not in PILLOW_MODES.get(colour, ()):
        damage.append(f"its header says colour type {colour} with {depth} bits, which is not PNG")
    if methods not in ([0, 0, 0], [0, 0, 1]):
        named = ", ".join(map(str, methods))
        damage.append(f"its header names unknown methods (compression, filter, interlace {named})")
    if damage:
        return PngFile(header=None, damage=tuple(damage))
    size, interlaced = Size(width, height), bool(methods[2])
    return PngFile(header=Header(size=size, depth=depth, colour=colour, interlaced=interlaced))


def parse_png(data: bytes) -> PngFile:
    """Walk all chunks of a file and compare every checksum."""
    start = parse_header(data)
    if start.header is None:
        return start
    chunks = list(islice(_walk(data), MAX_CHUNKS))
    last = chunks[-1]
    return replace(
        start,
        parts=tuple(chunk.body for chunk in chunks if chunk.name == "IDAT"),
        damage=(*_find_damage(chunks, start.header), *_find_wrong_end(chunks, len(data))),
        oddities=tuple(_find_oddities(chunks)),
        extras={one.name: bytes(one.body) for one in chunks if one.name in ("PLTE", "tRNS")},
        n_trailing=len(data) - last.end if last.name == "IEND" and last.end > 0 else 0,
    )


def _walk(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks up to IEND, the end of the file, or where no chunk begins."""
    view = memoryview(data)
    at = len(SIGNATURE)
    while at + 8 <= len(data) and data[at + 4 : at + 8].isalpha():
        announced = int.from_bytes(data[at : at + 4], "big")
        end = at + 12 + announced
        name, body = data[at + 4 : at + 8].decode("ascii"), view[at + 8 : at + 8 + announced]
        if end > len(data):
            yield Chunk(name, body, announced, intact=False, end=-1)
            return
        intact = engine.crc32(view[at + 4 : end - 4]) == int.from_bytes(view[end - 4 : end], "big")
        yield Chunk(name, body, announced, intact, end)
        if name == "IEND":
            return
        at = end


def _find_wrong_end(chunks: list[Chunk], n_bytes: int) -> Iterator[str]:
    last = chunks[-1]
    if len(chunks) == MAX_CHUNKS:
        yield f"it has {MAX_CHUNKS:,} chunks or more"
    elif last.end < 0:
        there = f"{len(last.body)} of its {last.announced} bytes are there"
        yield f"the file ends inside chunk {last.name}: {there}"
    elif last.name != "IEND" and last.end + 8 <= n_bytes:
        yield f"what follows chunk {last.name} at byte {last.end} is not a chunk"
    elif last.name != "IEND":
        yield f"the file ends without an end mark (IEND), after chunk {last.name}"


def _find_damage(chunks: list[Chunk], header: Header) -> Iterator[str]:
    wrong = Counter(chunk.name for chunk in chunks if not chunk.intact and chunk.end > 0)
    for name, n in wrong.items():
        yield f"wrong checksum in {f'{n} chunks' if n > 1 else 'chunk'} {name}"
    names = [chunk.name for chunk in chunks]
    if names.count("IHDR") > 1:
        yield f"it has {names.count('IHDR')} headers (IHDR)"
    defined = {"IHDR", "PLTE", "IDAT", "IEND"}
    if unknown := {name for name in names if name[0].isupper()} - defined:
        yield f"it needs chunks that PNG does not define: {', '.join(sorted(unknown)[:3])}"
    if "IDAT" not in names:
        yield "it holds no image data (IDAT)"
    starts = sum(after == "IDAT" != before for before, after in pairwise(names))
    if starts > 1:
        yield f"its image data (IDAT) is in {starts} places"
    palettes = [chunk for chunk in chunks if chunk.name == "PLTE"]
    if header.colour == 3 and not palettes:
        yield "its palette (PLTE) is missing"
    if len(palettes) > 1:
        yield f"it has {len(palettes)} palettes (PLTE)"
    if any(len(chunk.body) % 3 or not 0 < len(chunk.body) <= 768 for chunk in palettes):
        yield "its palette (PLTE) has an impossible length"
    if header.colour == 3 and any(c.name == "tRNS" and len(c.body) > 256 for c in chunks):
        yield "its transparency (tRNS) has an impossible length"


def _find_oddities(chunks: list[Chunk]) -> Iterator[str]:
    bodies = {chunk.name: chunk.body for chunk in chunks}
    if "acTL" in bodies:
        yield "animation (APNG: acTL), only its first picture counts"
    orientation = _read_orientation(bytes(bodies.get("eXIf", b"")))
    if orientation not in (0, 1):
        yield f"EXIF orientation {orientation}, not applied"
    if "gAMA" in bodies and "sRGB" not in bodies:
        yield "gamma (gAMA), not applied"
    if "iCCP" in bodies:
        yield "ICC colour profile (iCCP), not applied"
    if "tRNS" in bodies:
        yield "transparency (tRNS), not applied"


def _read_orientation(exif: bytes) -> int:
    """Return the orientation of an EXIF block, 0 where it has none or cannot be read."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return 0
    with suppress(struct.error):
        (at,) = struct.unpack_from(f"{order}I", exif, 4)
        (n,) = struct.unpack_from(f"{order}H", exif, at)
        for entry in range(at + 2, at + 2 + 12 * n, 12):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", exif, entry)
            if (tag, kind) == (0x0112, 3):
                return int(value)
    return 0
