"""The rows of a PNG: inflated in blocks, never beyond their announced end, and unfiltered.

Blocks are of a size that stays in the processor's cache, so that they are processed while the
bytes are still in it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from isiceval.readers.bitmask import WORD
from isiceval.readers.png.chunks import engine

# The filter types of PNG.
NONE, SUB, UP, AVERAGE, PAETH = range(5)

# Fits the second-level cache of common processors (1 MiB) with room for the results.
BLOCK_BYTES = 512 * 1024
# zlib copies at every call what the call before did not use up, so it is given little at a time.
PIECE_BYTES = 32 * 1024
WRONG_FRAME = "the header or checksum of its image data (IDAT) is wrong"


class _Inflater:
    """One deflated stream, fed piece by piece and asked for so many bytes at a time."""

    __slots__ = ("_input", "_pieces", "_stream")

    def __init__(self, pieces: Iterator[memoryview], *, wbits: int = zlib.MAX_WBITS) -> None:
        self._pieces = pieces
        self._stream = engine.decompressobj(wbits=wbits)
        self._input: bytes | memoryview = b""

    @property
    def ended(self) -> bool:
        """Tell whether the stream came to its end and its checksum was right."""
        return bool(self._stream.eof)

    def read(self, n: int) -> bytes:
        """Return ``n`` bytes, or fewer if the stream has no more to give."""
        found: list[bytes] = []
        while n and not self.ended:
            self._input = self._input or next(self._pieces, b"")
            piece = self._stream.decompress(self._input, n)
            if not piece and not self._input:
                break
            self._input = self._stream.unconsumed_tail
            found.append(piece)
            n -= len(piece)
        return found[0] if len(found) == 1 else b"".join(found)

    def count_rest(self) -> int:
        """Return how many bytes of input lie behind the end of the stream."""
        return len(self._stream.unused_data) + sum(len(piece) for piece in self._pieces)


def _cut(parts: Iterable[memoryview]) -> Iterator[memoryview]:
    for part in parts:
        for at in range(0, len(part), PIECE_BYTES):
            yield part[at : at + PIECE_BYTES]


class Block(NamedTuple):
    """Some whole rows as they were inflated, and a view of them as rows.

    ``rows`` has the filter bytes in its first column.
    """

    data: bytes
    rows: NDArray[np.uint8]


class RowReader:
    """Reads the rows of an image once, in order; ``damage`` is complete after the last block."""

    __slots__ = ("_broken", "_filters", "_inflater", "_parts", "_passes", "damage")

    def __init__(self, parts: Sequence[memoryview], passes: Sequence[tuple[int, int]]) -> None:
        """Take the deflated parts, and for each pass its rows and bytes a row."""
        self._parts = parts
        self._passes = passes
        self._inflater = _Inflater(_cut(parts))
        self._broken = False
        self._filters: list[NDArray[np.uint8]] = []
        self.damage: list[str] = []

    @property
    def filters(self) -> NDArray[np.uint8]:
        """Return the filter byte of every row read so far."""
        return np.concatenate([np.empty(0, np.uint8), *self._filters])

    def read(self) -> Iterator[Block]:
        """Yield the rows in blocks."""
        for index, (rows, length) in enumerate(self._passes):
            step = max(1, BLOCK_BYTES // length)
            for first in range(0, rows, step):
                asked = min(step, rows - first)
                block = self._read_rows(asked, length, before=(index, first))
                found = len(block.rows)
                if found:
                    self._filters.append(block.rows[:, 0].copy())
                    yield block
                if found < asked:
                    self._add_missing_rows(index, first + found)
                if found < asked or self._broken:
                    self._check_filters()
                    return
        self._check_filters()
        self._check_end()

    def _read_rows(self, n: int, length: int, *, before: tuple[int, int]) -> Block:
        try:
            data = self._inflater.read(n * length)
        except engine.error:
            self._broken = True
            data = self._read_whole_rows(n, length, before=before)
            whole = len(data) == n * length
            self.damage.append(WRONG_FRAME if whole else "its image data (IDAT) is corrupt")
        if len(data) % length:
            data = data[: -(len(data) % length)]
        return Block(data, np.frombuffer(data, np.uint8).reshape(-1, length))

    def _read_whole_rows(self, n: int, length: int, *, before: tuple[int, int]) -> bytes:
        """Read again, row by row and without the checksum, up to where the stream is corrupt."""
        bare = memoryview(b"".join(self._parts))[2:]
        again = _Inflater(_cut([bare]), wbits=-zlib.MAX_WBITS)
        index, first = before
        found: list[bytes] = []
        with suppress(engine.error):
            for rows, width in (*self._passes[:index], (first, length)):
                for _ in range(rows):
                    again.read(width)
            for _ in range(n):
                found.append(again.read(length))  # noqa: PERF401 - keeps the rows before an error
        return b"".join(found)

    def _check_filters(self) -> None:
        wrong = np.flatnonzero(self.filters > PAETH)
        if wrong.size:
            found, row = self.filters[wrong[0]], int(wrong[0])
            text = f"row {row + 1} has filter type {found}, PNG knows 0 to {PAETH}"
            self.damage.append(text)

    def _add_missing_rows(self, index: int, found: int) -> None:
        rows, _ = self._passes[index]
        if len(self._passes) > 1:
            where = f"of pass {index + 1} of {len(self._passes)}, and all that follows, is missing"
            text = f"row {found + 1} {where}"
        elif found == rows - 1:
            text = f"row {rows} of {rows} is missing"
        else:
            text = f"rows {found + 1} to {rows} of {rows} are missing"
        self.damage.append(text)

    def _check_end(self) -> None:
        try:
            excess = self._inflater.read(1)
        except engine.error:
            self.damage.append(WRONG_FRAME)
            return
        if excess:
            self.damage.append("its image data (IDAT) holds more than the rows of the image")
        elif not self._inflater.ended:
            self.damage.append("its image data (IDAT) ends before its checksum")
        elif rest := self._inflater.count_rest():
            self.damage.append(f"its image data (IDAT) is followed by {rest} more bytes in IDAT")


# A filter stores each byte as its difference (modulo 256) from a guess made of the byte to the
# left, the byte above, and the one above left. In a mask of 0 and 255 the guess is 0 or 255 too
# (unless the filter is Average), so the difference is 0 where guess and pixel are equal and
# otherwise 1 or 255: one bit, "the guess was wrong", says it all, and exclusive or undoes it.
_SHIFTS = (1, 2, 4, 8, 16, 32)


def unfilter_bits(bits: NDArray[np.uint64], filters: NDArray[np.uint8], width: int) -> None:
    """Turn "the guess was wrong" into pixels, in place; no filter may be Average."""
    sub = np.flatnonzero(filters == SUB)
    if sub.size:
        bits[sub] = _scan_rows(bits[sub]) & _mask_row(width, bits.shape[1])
    for first, last, kind in _list_runs(filters):
        if kind == PAETH:
            _unfilter_paeth(bits, first, last, width)
        elif kind == UP:
            start = max(first - 1, 0)
            np.bitwise_xor.accumulate(bits[start:last], axis=0, out=bits[start:last])


def _list_runs(filters: NDArray[np.uint8]) -> Iterator[tuple[int, int, int]]:
    """Yield first row, row after the last, and filter of each run of rows of one filter."""
    starts = np.flatnonzero(filters[1:] != filters[:-1]) + 1
    firsts = [0, *starts.tolist()]
    lasts = [*starts.tolist(), len(filters)]
    return zip(firsts, lasts, filters[firsts].tolist(), strict=True)


def _scan_rows(rows: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Make each bit the exclusive or of itself and all bits before it in its row, in place."""
    for shift in _SHIFTS:
        rows ^= rows << np.uint64(shift)
    odd = np.bitwise_xor.accumulate(rows >> np.uint64(63), axis=1)
    rows[:, 1:] ^= np.negative(odd[:, :-1])
    return rows


def _mask_row(width: int, words: int) -> NDArray[np.uint64]:
    ones = (1 << width) - 1
    return np.frombuffer(ones.to_bytes(words * WORD.itemsize, "little"), WORD)


def _unfilter_paeth(bits: NDArray[np.uint64], first: int, last: int, width: int) -> None:
    """Undo Paeth row by row, each row as one whole number.

    Of a binary image Paeth's guess is the pixel above where that differs from the one above
    left, and else the pixel to the left. So a pixel differs from the one above it where an odd
    number of guesses was wrong since the row above last changed: an exclusive or scan that
    starts anew at every change, made in steps that double.
    """
    n_bytes = bits.shape[1] * WORD.itemsize
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
        bits[row] = np.frombuffer(above.to_bytes(n_bytes, "little"), WORD)


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
