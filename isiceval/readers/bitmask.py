"""Binary masks as bits: the form in which masks are kept, sent and counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isiceval.model import Size

__all__ = ["WORD", "PackedMask", "count_bits", "count_words", "pack_rows"]

WORD = np.dtype("<u8")
"""A word of bits; little-endian everywhere, so that bytes and words agree on the order."""

_WORD_BYTES = WORD.itemsize
_SMALL = 2**26


def count_words(width: int) -> int:
    """Return how many words a row of so many pixels takes."""
    return -(-width // (8 * _WORD_BYTES))


def pack_rows(rows: NDArray[np.bool_] | NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Pack a 2-D array, one bit a pixel, set where the pixel is not 0."""
    height, width = rows.shape
    packed = np.packbits(rows, axis=1, bitorder="little")
    padded = np.zeros((height, count_words(width) * _WORD_BYTES), np.uint8)
    padded[:, : packed.shape[1]] = packed
    return padded.view(WORD)


def count_bits(bits: NDArray[np.uint64]) -> int:
    """Return how many bits are set."""
    total = np.uint32 if bits.size < _SMALL else np.uint64
    return int(np.bitwise_count(bits).sum(dtype=total))


@dataclass(frozen=True, slots=True, eq=False)
class PackedMask:
    """A binary mask of one bit a pixel, 64 pixels a word, a row after the other.

    ``bits`` has the shape (height, words). Pixel x of a row is bit x % 64 of word x // 64,
    counted from the least significant bit, and is set where the pixel is foreground. The
    bits after the last pixel of a row are always 0, so that counting needs no care for them.
    ``foreground`` is the number of set bits.
    """

    size: Size
    bits: NDArray[np.uint64]
    foreground: int

    @classmethod
    def from_bits(cls, size: Size, bits: NDArray[np.uint64]) -> PackedMask:
        """Take bits that are packed already, and count them."""
        return cls(size, bits, count_bits(bits))

    @classmethod
    def from_array(cls, mask: NDArray[np.bool_]) -> PackedMask:
        """Pack a 2-D array of booleans."""
        height, width = mask.shape
        return cls.from_bits(Size(width, height), pack_rows(mask))

    def to_array(self) -> NDArray[np.bool_]:
        """Unpack to a 2-D array of booleans."""
        rows = self.bits.view(np.uint8)
        pixels = np.unpackbits(rows, axis=1, count=self.size.width, bitorder="little")
        return pixels.view(np.bool_)

    def count_foreground(self) -> int:
        """Return how many pixels are foreground."""
        return self.foreground

    def measure_border(self) -> float:
        """Return the share, in [0, 1], of the outermost pixels that are foreground."""
        width, height = self.size.width, self.size.height
        if min(width, height) <= 2:
            return self.foreground / self.size.pixels
        word, bit = divmod(width - 1, 8 * _WORD_BYTES)
        left = self.bits[1:-1, 0] & np.uint64(1)
        right = (self.bits[1:-1, word] >> np.uint64(bit)) & np.uint64(1)
        rows = count_bits(self.bits[0]) + count_bits(self.bits[-1])
        return (rows + int(left.sum()) + int(right.sum())) / (2 * (width + height) - 4)
