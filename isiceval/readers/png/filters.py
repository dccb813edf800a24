"""PNG's row filters undone: on bits for binary masks, on bytes for the rest.

A filter stores each byte as its difference (modulo 256) from a guess made of the byte to the
left, the byte above, and the one above left. In a mask of 0 and 255 the guess is 0 or 255 too
(unless the filter is Average), so the difference is 0 where guess and pixel are equal and
otherwise 1 or 255: one bit, "the guess was wrong", says it all, and exclusive or undoes it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from isiceval.readers.bitmask import WORD

NONE, SUB, UP, AVERAGE, PAETH = range(5)

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
