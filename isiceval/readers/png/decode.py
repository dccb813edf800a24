"""PNG to pixels: black-and-white masks straight to bits, all others to grey values.

A mask is taken to be binary only with an exact proof: every stored byte is compared with the one
that the decoded pixels require. What cannot be proved is decoded byte by byte; what NumPy cannot
do quickly is left to Pillow, which never gets the participant's file but one written anew from
the rows that were read and checked here.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isiceval.model import Size
from isiceval.readers.bitmask import WORD, BitMask, count_bits, count_words
from isiceval.readers.png.chunks import SIGNATURE, Header, PngFile, engine
from isiceval.readers.png.rows import (
    AVERAGE,
    PAETH,
    UP,
    Block,
    RowReader,
    unfilter_bits,
    unfilter_bytes,
)

# A mask has few stored bytes of value 1 (see _is_proved), mostly two a row at its outline; of an
# image with more the attempt is given up, since listing them takes longer than it saves.
MANY_ONES = 20_000
# Every byte with its bits in reverse order: PNG has the first pixel in the highest bit.
_REVERSED = np.packbits(np.unpackbits(np.arange(256, dtype=np.uint8)).reshape(256, 8)[:, ::-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Pixels:
    """What decoding gave: a binary mask, or an array of values, or neither if damaged."""

    bits: BitMask | None = None
    array: NDArray[Any] | None = None
    damage: tuple[str, ...] = ()


def decode_grey(png: PngFile, header: Header) -> Pixels:
    """Decode an image of mode 1 or L: to a binary mask if it is one, else to grey values."""
    if header.depth == 8 and not header.interlaced:
        reader = RowReader(png.parts, header.passes)
        mask = _read_binary(reader, header)
        if mask or reader.damage:
            return Pixels(damage=tuple(reader.damage), bits=mask)
        return _decode_bytes(RowReader(png.parts, header.passes), header.size)
    return decode_other(png, header)


def decode_other(png: PngFile, header: Header) -> Pixels:
    """Decode an image of any mode: to bits if it has one bit a pixel, else to an array.

    The array has the shape and type that Pillow gives it; colours of palettes are looked up.
    """
    reader = RowReader(png.parts, header.passes)
    blocks = list(reader.read())
    if reader.damage:
        return Pixels(damage=tuple(reader.damage))
    if header.mode == "1" and not header.interlaced and np.max(reader.filters) <= UP:
        pixels = unfilter_bytes(np.concatenate([block.rows for block in blocks]))
        return Pixels(bits=_pack_single_bits(pixels, header))
    return _decode_with_pillow(png, header, blocks)


def check_rows(png: PngFile, header: Header) -> tuple[str, ...]:
    """Inflate and check all rows, and keep none."""
    reader = RowReader(png.parts, header.passes)
    for _ in reader.read():
        pass
    return tuple(reader.damage)


def _decode_bytes(reader: RowReader, size: Size) -> Pixels:
    """Decode 8-bit grey values block by block, so that the work stays in the cache."""
    pixels = np.empty((size.height, size.width), np.uint8)
    above = np.zeros(size.width, np.uint8)
    first = 0
    for block in reader.read():
        filters = block.rows[:, 0]
        if np.max(filters) > PAETH:
            continue  # the reader adds it to the damage at its end
        quick = np.max(filters) <= UP
        last = first + len(block.rows)
        unfilter = unfilter_bytes if quick else _unfilter_with_pillow
        pixels[first:last] = unfilter(block.rows, above)
        above, first = pixels[last - 1], last
    damage = tuple(reader.damage)
    return Pixels(damage=damage) if damage else Pixels(array=pixels)


def _unfilter_with_pillow(rows: NDArray[np.uint8], above: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Undo any filter; the row above, which is known, goes before the others unfiltered."""
    from PIL import Image

    height, length = rows.shape
    known = b"\0" + above.tobytes()
    data = b"".join(_store([known, rows.tobytes()]))
    image = Image.frombytes("L", (length - 1, height + 1), data, "zip", "L", 0)
    return np.asarray(image)[1:]


def _read_binary(reader: RowReader, header: Header) -> BitMask | None:
    """Read an 8-bit grey image that holds only 0 and 255; None if that cannot be proved."""
    width, height = header.size.width, header.size.height
    used = -(-width // 8)
    planes = np.empty((height, count_words(width) * WORD.itemsize), np.uint8)
    planes[:, used:] = 0
    limit = MANY_ONES + header.size.pixels // 64
    ones: list[int] = []
    first = 0
    for block in reader.read():
        last = first + len(block.rows)
        if not _may_be_binary(block.rows) or len(ones) > limit:
            return None
        planes[first:last, :used] = np.packbits(block.rows[:, 1:], axis=1, bitorder="little")
        ones.extend(_find_ones(block.data, first * (width + 1)))
        first = last
    if reader.damage or (reader.filters == AVERAGE).any():
        return None
    differs = planes.view(WORD)
    bits = differs.copy()
    unfilter_bits(bits, reader.filters, width)
    mask = BitMask.from_bits(header.size, bits)
    return mask if _is_proved(mask, differs, np.array(ones, np.int64)) else None


def _may_be_binary(rows: NDArray[np.uint8]) -> bool:
    """Tell whether all filtered bytes are 0, 1 or 255: in signed numbers, from -1 to 1."""
    signed = rows.view(np.int8)
    return bool(np.min(signed.reshape(-1)) >= -1 and np.max(signed[:, 1:]) <= 1)


def _find_ones(data: bytes, start: int) -> Iterator[int]:
    """Yield the places of bytes of value 1, counted from ``start``; a mask has few of them."""
    place = data.find(b"\x01")
    while place >= 0:
        yield start + place
        place = data.find(b"\x01", place + 1)


def _is_proved(mask: BitMask, differs: NDArray[np.uint64], ones: NDArray[np.int64]) -> bool:
    """Tell whether each stored byte is the one that pixels of 0 and 255 require.

    Where the guess was wrong and the pixel is 255, the byte must be 255 - 0; where the pixel
    is 0, it must be 0 - 255, which is 1. So the bytes of value 1 must be exactly those.
    ``differs`` is used up.
    """
    row, column = np.divmod(ones, mask.size.width + 1)
    row, column = row[column > 0], column[column > 0] - 1
    either = np.bitwise_or(differs, mask.bits, out=differs)
    if count_bits(either) - mask.foreground != len(row):
        return False
    around = mask.bits.view(np.uint8)[row, column >> 3]
    return not ((around >> (column & 7).astype(np.uint8)) & np.uint8(1)).any()


def _pack_single_bits(rows: NDArray[np.uint8], header: Header) -> BitMask:
    """Pack rows of eight pixels a byte, the first pixel in the highest bit, as PNG has them."""
    width = header.size.width
    bits = np.zeros((len(rows), count_words(width) * WORD.itemsize), np.uint8)
    bits[:, : rows.shape[1]] = _REVERSED[rows]
    if width % 8:
        bits[:, rows.shape[1] - 1] &= np.uint8((1 << width % 8) - 1)
    return BitMask.from_bits(header.size, bits.view(WORD))


def _decode_with_pillow(png: PngFile, header: Header, blocks: list[Block]) -> Pixels:
    from PIL import Image

    clean = _write_clean(png, header, blocks)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(clean), formats=["PNG"]) as image:
                if image.mode == "P":
                    look = "RGBA" if "transparency" in image.info else "RGB"
                    return Pixels(array=np.asarray(image.convert(look)))
                if image.mode == "1":
                    return Pixels(bits=BitMask.from_array(np.asarray(image)))
                return Pixels(array=np.asarray(image))
    except Exception as error:  # noqa: BLE001 - odd chunks may break the decoder in any way
        return Pixels(damage=(f"it cannot be decoded ({type(error).__name__})",))


def _write_clean(png: PngFile, header: Header, blocks: list[Block]) -> bytes:
    """Write the rows as a plain PNG, not deflated.

    ``blocks`` is emptied on the way, so that memory holds the rows no more than twice.
    """
    size = struct.pack(">II", header.size.width, header.size.height)
    options = bytes([header.depth, header.colour, 0, 0, header.interlaced])
    extras = png.extras if header.mode == "P" else ()
    pieces = [
        SIGNATURE,
        *_write_chunk(b"IHDR", [size + options]),
        *(piece for kind, body in extras for piece in _write_chunk(kind, [body])),
        *_write_chunk(b"IDAT", list(_store(blocks.pop(0).data for _ in range(len(blocks))))),
        *_write_chunk(b"IEND", []),
    ]
    return b"".join(pieces)


def _store(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Wrap the rows as a zlib stream without compressing them."""
    stream = engine.compressobj(0)
    yield from map(stream.compress, blocks)
    yield stream.flush()


def _write_chunk(kind: bytes, pieces: Sequence[bytes]) -> Iterator[bytes]:
    checksum = engine.crc32(kind)
    yield struct.pack(">I", sum(map(len, pieces))) + kind
    for piece in pieces:
        checksum = engine.crc32(piece, checksum)
        yield piece
    yield struct.pack(">I", checksum)
