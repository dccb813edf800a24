"""PNG to pixels: black-and-white masks straight to bits, all others to grey values or colours.

Rows are inflated in blocks that stay in the processor's cache, never beyond their announced end.
A mask is taken to be binary only with an exact proof: every stored byte is compared with the one
that the decoded pixels require. What cannot be proved is decoded byte by byte; what NumPy cannot
do quickly is left to Pillow, which gets the rows that were checked here and no chunk of the file.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isiceval.model import Size
from isiceval.readers.bitmask import WORD, BitMask, count_words
from isiceval.readers.png.chunks import PILLOW_MODES, Header, PngFile, engine

# The filter types of PNG.
NONE, SUB, UP, AVERAGE, PAETH = range(5)

# Fits the second-level cache of common processors (1 MiB) with room for the results.
BLOCK_BYTES = 512 * 1024
# zlib copies at every call what the call before did not use up, so it is given little at a time.
PIECE_BYTES = 32 * 1024
# Nearly all stored bytes of a mask are 0; the others, mostly two a row at its outline, are looked
# at one by one. Where more words of a block than this hold one, decoding all bytes is quicker.
MANY_WORDS = 4096
WRONG_FRAME = "the header or checksum of its image data (IDAT) is wrong"

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
    if header.depth != 8 or header.interlaced:
        return decode_other(png, header)
    reader = RowReader(png, header)
    mask = _read_binary(reader, header)
    if mask or reader.damage:
        return Pixels(damage=tuple(reader.damage), bits=mask)
    reader = RowReader(png, header)
    pixels = np.empty((header.size.height, header.size.width), np.uint8)
    above = np.zeros(header.size.width, np.uint8)
    first = 0
    for _, rows in reader.read():
        highest = np.max(rows[:, 0])
        if highest > PAETH:
            continue  # the reader adds it to the damage at its end
        last = first + len(rows)
        unfilter = unfilter_bytes if highest <= UP else _unfilter_with_pillow
        pixels[first:last] = unfilter(rows, above)
        above, first = pixels[last - 1], last
    damage = tuple(reader.damage)
    return Pixels(damage=damage) if damage else Pixels(array=pixels)


def decode_other(png: PngFile, header: Header) -> Pixels:
    """Decode an image of any mode: to bits if it has one bit a pixel, else to an array.

    The array has the shape and type that Pillow gives it; colours of palettes are looked up.
    """
    reader = RowReader(png, header)
    blocks = list(reader.read())
    if reader.damage:
        return Pixels(damage=tuple(reader.damage))
    if header.mode == "1" and not header.interlaced and np.max(reader.filters) <= UP:
        rows = unfilter_bytes(np.concatenate([rows for _, rows in blocks]))
        width = header.size.width
        packed = np.zeros((len(rows), count_words(width) * WORD.itemsize), np.uint8)
        packed[:, : rows.shape[1]] = _REVERSED[rows]
        if width % 8:
            packed[:, rows.shape[1] - 1] &= np.uint8((1 << width % 8) - 1)
        return Pixels(bits=BitMask.from_bits(header.size, packed.view(WORD)))
    # Blocks are dropped on the way, so that memory holds the rows no more than twice.
    array = _decode_with_pillow((blocks.pop(0)[0] for _ in range(len(blocks))), header)
    if header.mode == "P":
        palette = np.full((256, 4), (0, 0, 0, 255), np.uint8)
        colours = np.frombuffer(png.extras["PLTE"], np.uint8).reshape(-1, 3)
        if (most := int(array.max())) >= len(colours):
            # Other programs take these pixels for black.
            damage = f"a pixel has colour {most}, its palette (PLTE) has only {len(colours)}"
            return Pixels(damage=(damage,))
        palette[: len(colours), :3] = colours
        alpha = np.frombuffer(png.extras.get("tRNS", b""), np.uint8)
        palette[: len(alpha), 3] = alpha
        return Pixels(array=palette[:, : 4 if "tRNS" in png.extras else 3][array])
    return Pixels(bits=BitMask.from_array(array)) if header.mode == "1" else Pixels(array=array)


def check_rows(png: PngFile, header: Header) -> tuple[str, ...]:
    """Inflate and check all rows, and keep none."""
    reader = RowReader(png, header)
    for _ in reader.read():
        pass
    return tuple(reader.damage)


def _decode_with_pillow(rows: Iterable[bytes], header: Header) -> NDArray[Any]:
    """Decode rows with their filter bytes, given in blocks, to the array that Pillow makes."""
    from PIL import Image

    stored = engine.compressobj(0)
    data = b"".join([*map(stored.compress, rows), stored.flush()])
    mode, raw_mode = PILLOW_MODES[header.colour][header.depth]
    size = (header.size.width, header.size.height)
    return np.asarray(Image.frombytes(mode, size, data, "zip", raw_mode, int(header.interlaced)))


def _unfilter_with_pillow(rows: NDArray[np.uint8], above: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Undo any filter; the row above, which is known, goes before the others unfiltered."""
    size = Size(rows.shape[1] - 1, len(rows) + 1)
    header = Header(size=size, depth=8, colour=0, interlaced=False)
    return _decode_with_pillow((b"\0" + above.tobytes(), rows.tobytes()), header)[1:]


class _Inflater:
    """One deflated stream, given in parts and asked for so many bytes at a time."""

    def __init__(self, parts: Iterable[memoryview], *, wbits: int = zlib.MAX_WBITS) -> None:
        self.pieces = (
            part[at : at + PIECE_BYTES] for part in parts for at in range(0, len(part), PIECE_BYTES)
        )
        self.stream = engine.decompressobj(wbits=wbits)
        self._input: bytes | memoryview = b""

    def read(self, n: int) -> bytes:
        """Return ``n`` bytes, or fewer if the stream has no more to give."""
        found: list[bytes] = []
        while n and not self.stream.eof:
            self._input = self._input or next(self.pieces, b"")
            piece = self.stream.decompress(self._input, n)
            if not piece and not self._input:
                break
            self._input = self.stream.unconsumed_tail
            found.append(piece)
            n -= len(piece)
        return found[0] if len(found) == 1 else b"".join(found)


class RowReader:
    """Reads the rows of an image once, in order.

    ``damage``, and ``filters`` with the filter byte of every row, are complete after the last
    block.
    """

    def __init__(self, png: PngFile, header: Header) -> None:
        """Take the image data of a file, still deflated."""
        self._parts = png.parts
        self._passes = header.passes
        self._inflater = _Inflater(png.parts)
        self.filters = np.empty(0, np.uint8)
        self.damage: list[str] = []

    def read(self) -> Iterator[tuple[bytes, NDArray[np.uint8]]]:
        """Yield blocks of whole rows: as bytes, and as rows with a first column of filter bytes."""
        filters = [self.filters]
        n_read, n_passes = 0, len(self._passes)
        for index, first, asked, length in self._list_blocks():
            data = self._read_rows(asked, length, n_read)
            rows = np.frombuffer(data, np.uint8).reshape(-1, length)
            n_read += len(data)
            if len(rows):
                filters.append(rows[:, 0].copy())
                yield data, rows
            if len(rows) < asked:
                row, last = first + len(rows) + 1, self._passes[index][0]
                missing = f"rows {row} to {last} of {last} are missing"
                if n_passes > 1:
                    where = f"of pass {index + 1} of {n_passes}, and all that follows,"
                    missing = f"row {row} {where} is missing"
                elif row == last:
                    missing = f"row {last} of {last} is missing"
                self.damage.append(missing)
            if self.damage:
                break
        self.filters = np.concatenate(filters)
        complete = not self.damage
        wrong = np.flatnonzero(self.filters > PAETH)
        if wrong.size:
            found, row = self.filters[wrong[0]], int(wrong[0])
            self.damage.append(f"row {row + 1} has filter type {found}, PNG knows 0 to {PAETH}")
        if complete:
            self._check_end()

    def _list_blocks(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield pass, first row, number of rows and bytes a row of each block."""
        for index, (rows, length) in enumerate(self._passes):
            step = max(1, BLOCK_BYTES // length & ~7)  # whole words, see _read_binary
            for first in range(0, rows, step):
                yield index, first, min(step, rows - first), length

    def _read_rows(self, n: int, length: int, n_read: int) -> bytes:
        """Return ``n`` rows from byte ``n_read``, or those before the stream ends or is corrupt."""
        try:
            data = self._inflater.read(n * length)
        except engine.error:
            # Read again, without header and checksum, the rows of this block one by one.
            bare = _Inflater([memoryview(b"".join(self._parts))[2:]], wbits=-zlib.MAX_WBITS)
            rows = []
            with suppress(engine.error):
                for at in range(0, n_read, BLOCK_BYTES):
                    bare.read(min(BLOCK_BYTES, n_read - at))
                for _ in range(n):
                    rows.append(bare.read(length))  # noqa: PERF401 - keeps the rows before an error
            data = b"".join(rows)
            whole = len(data) == n * length
            self.damage.append(WRONG_FRAME if whole else "its image data (IDAT) is corrupt")
        return data[: len(data) - len(data) % length]

    def _check_end(self) -> None:
        inflater = self._inflater
        try:
            excess = inflater.read(1)
        except engine.error:
            self.damage.append(WRONG_FRAME)
            return
        rest = len(inflater.stream.unused_data) + sum(map(len, inflater.pieces))
        if excess:
            self.damage.append("its image data (IDAT) holds more than the rows of the image")
        elif not inflater.stream.eof:
            self.damage.append("its image data (IDAT) ends before its checksum")
        elif rest:
            self.damage.append(f"its image data (IDAT) is followed by {rest} more bytes in IDAT")


def _read_binary(reader: RowReader, header: Header) -> BitMask | None:
    """Read an 8-bit grey image that holds only 0 and 255; None if that cannot be proved.

    Where a guess was wrong and the pixel is 255, the stored byte must be 255 - 0; where the pixel
    is 0, it must be 0 - 255, which is 1. All other bytes must be 0.
    """
    width, height = header.size.width, header.size.height
    found = []
    start = 0
    for data, _ in reader.read():
        words = np.frombuffer(data.ljust(-(-len(data) // 8) * 8, b"\0"), WORD)
        busy = np.flatnonzero(words != 0)
        stored = words[busy].view(np.uint8)
        # A byte from 5 to 254 is neither a filter nor of a mask: one more than it exceeds 5.
        if len(busy) > MANY_WORDS or np.max(stored + np.uint8(1), initial=0) > PAETH + 1:
            return None
        found.append((start + 8 * busy, stored))
        start += len(data)
    if reader.damage or (reader.filters == AVERAGE).any():
        return None
    starts, stored = map(np.concatenate, zip(*found, strict=True))
    at = np.flatnonzero(stored)
    row, column = np.divmod(starts[at >> 3] + (at & 7), width + 1)
    is_pixel = column > 0  # before the first column stands the filter byte
    n_words = count_words(width)
    value, place = stored[at][is_pixel], (64 * n_words * row + column - 1)[is_pixel]
    bits = np.zeros((height, n_words), WORD)
    firsts = np.flatnonzero(np.diff(place >> 6, prepend=-1))
    each = np.uint64(1) << (place & 63).astype(np.uint64)
    bits.reshape(-1)[place[firsts] >> 6] = np.bitwise_or.reduceat(each, firsts)
    unfilter_bits(bits, reader.filters, width)
    pixel = bits.view(np.uint8).reshape(-1)[place >> 3] >> (place & 7).astype(np.uint8) & 1
    is_proved = (value == np.where(pixel, 255, 1)).all()
    return BitMask.from_bits(header.size, bits) if is_proved else None


# A filter stores each byte as its difference (modulo 256) from a guess made of the byte to the
# left, the byte above, and the one above left. In a mask of 0 and 255 the guess is 0 or 255 too
# (unless the filter is Average), so the difference is 0 where guess and pixel are equal and
# otherwise 1 or 255: one bit, "the guess was wrong", says it all, and exclusive or undoes it.
def unfilter_bits(bits: NDArray[np.uint64], filters: NDArray[np.uint8], width: int) -> None:
    """Turn "the guess was wrong" into pixels, in place; no filter may be Average."""
    sub = np.flatnonzero(filters == SUB)
    if sub.size:
        # Each bit becomes the exclusive or of itself and all bits before it in its row.
        rows = bits[sub]
        for shift in (1, 2, 4, 8, 16, 32):
            rows ^= rows << np.uint64(shift)
        odd = np.bitwise_xor.accumulate(rows >> np.uint64(63), axis=1)
        rows[:, 1:] ^= np.negative(odd[:, :-1])
        bits[sub] = rows & _pack_integer((1 << width) - 1, bits.shape[1])
    # Then come runs of rows of one filter.
    ends = [0, *(np.flatnonzero(filters[1:] != filters[:-1]) + 1).tolist(), len(filters)]
    for first, last in pairwise(ends):
        if filters[first] == PAETH:
            _unfilter_paeth(bits, first, last, width)
        elif filters[first] == UP:
            start = max(first - 1, 0)
            np.bitwise_xor.accumulate(bits[start:last], axis=0, out=bits[start:last])


def _unfilter_paeth(bits: NDArray[np.uint64], first: int, last: int, width: int) -> None:
    """Undo Paeth row by row, each row as one whole number.

    Of a binary image Paeth's guess is the pixel above where that differs from the one above
    left, and else the pixel to the left. So a pixel differs from the one above it where an odd
    number of guesses was wrong since the row above last changed: an exclusive or scan that
    starts anew at every change, made in steps that double.
    """
    ones = (1 << width) - 1
    above = int.from_bytes(bits[first - 1].tobytes(), "little") if first else 0
    for row in range(first, last):
        differs = int.from_bytes(bits[row].tobytes(), "little")
        goes_on = ~(above ^ (above << 1)) & ones
        shift = 1
        while moved := (differs << shift) & goes_on:
            differs ^= moved
            goes_on &= goes_on << shift
            shift *= 2
        above ^= differs
        bits[row] = _pack_integer(above, bits.shape[1])


def _pack_integer(number: int, words: int) -> NDArray[np.uint64]:
    return np.frombuffer(number.to_bytes(words * WORD.itemsize, "little"), WORD)


def unfilter_bytes(
    rows: NDArray[np.uint8], above: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    """Undo None, Sub and Up, the only filters here, where a pixel takes at most a byte.

    ``rows`` has the filter bytes in its first column; ``above``, the row before the first, and
    the result do not. None stands for a row of zeros.
    """
    filters = rows[:, 0]
    pixels = rows[:, 1:].copy()
    sub = np.flatnonzero(filters == SUB)
    if sub.size:
        pixels[sub] = np.cumsum(pixels[sub], axis=1, dtype=np.uint8)
    for row in np.flatnonzero(filters == UP).tolist():
        before = pixels[row - 1] if row else above
        if before is not None:
            np.add(pixels[row], before, out=pixels[row])
    return pixels
