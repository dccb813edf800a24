"""Binary masks as bits: the form in which masks are kept, sent and counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isiceval.metrics.counts import CountArrays
from isiceval.model import Size

# A word of bits; little-endian everywhere, so that bytes and words have the same order.
WORD = np.dtype("<u8")

# Up to so many words, the sum of 64 bits each fits 32 bits, and 32-bit sums are faster.
_FEW_WORDS = 2**26

# Grey values are compared and packed, and bits counted, in bands of rows that fit the processor's
# cache; values are listed in stretches of which most hold one only.
_BAND_BYTES = 512 * 1024
_BAND_ROWS = 256
_STRETCH = 64 * 1024


def count_words(width: int) -> int:
    """Return how many words a row of so many pixels takes."""
    return -(-width // 64)


def pack_rows(rows: NDArray[np.bool_] | NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Pack a 2-D array, one bit a pixel, set where the pixel is not 0."""
    height, width = rows.shape
    packed = np.packbits(rows, axis=1, bitorder="little")
    padded = np.zeros((height, count_words(width) * WORD.itemsize), np.uint8)
    padded[:, : packed.shape[1]] = packed
    return padded.view(WORD)


def count_bits(bits: NDArray[np.uint64]) -> int:
    """Return how many bits are set."""
    total = np.uint32 if bits.size < _FEW_WORDS else np.uint64
    return int(np.bitwise_count(bits).sum(dtype=total))


@dataclass(frozen=True, slots=True, eq=False)
class BitMask:
    """A binary mask of one bit a pixel, 64 pixels a word, a row after the other.

    ``bits`` has the shape (height, words). Pixel x of a row is bit x % 64 of word x // 64,
    counted from the least significant bit, and is set where the pixel is foreground. The
    bits after the last pixel of a row are always 0, so that counting may include them.
    ``foreground`` is the number of set bits.
    """

    size: Size
    bits: NDArray[np.uint64]
    foreground: int

    @classmethod
    def from_bits(cls, size: Size, bits: NDArray[np.uint64]) -> BitMask:
        """Take bits that are packed already, and count them."""
        return cls(size, bits, count_bits(bits))

    @classmethod
    def from_array(cls, mask: NDArray[np.bool_]) -> BitMask:
        """Pack a 2-D array of booleans."""
        height, width = mask.shape
        return cls.from_bits(Size(width, height), pack_rows(mask))

    @classmethod
    def from_grey(cls, grey: NDArray[np.uint8], *, threshold: int) -> BitMask:
        """Pack a 2-D array of grey values: foreground is what is above the threshold."""
        height, width = grey.shape
        bits = np.empty((height, count_words(width)), WORD)
        step = max(1, _BAND_BYTES // width)
        for first in range(0, height, step):
            bits[first : first + step] = pack_rows(grey[first : first + step] > threshold)
        return cls.from_bits(Size(width, height), bits)

    def to_array(self) -> NDArray[np.bool_]:
        """Unpack to a 2-D array of booleans."""
        rows = self.bits.view(np.uint8)
        pixels = np.unpackbits(rows, axis=1, count=self.size.width, bitorder="little")
        return pixels.view(np.bool_)

    def measure_border(self) -> float:
        """Return the share, in [0, 1], of the outermost pixels that are foreground."""
        width, height = self.size.width, self.size.height
        if min(width, height) <= 2:
            return self.foreground / self.size.pixels
        word, bit = divmod(width - 1, 64)
        left = self.bits[1:-1, 0] & np.uint64(1)
        right = (self.bits[1:-1, word] >> np.uint64(bit)) & np.uint64(1)
        rows = count_bits(self.bits[0]) + count_bits(self.bits[-1])
        return (rows + int(left.sum()) + int(right.sum())) / (2 * (width + height) - 4)


def count_packed(truth: BitMask, prediction: BitMask) -> CountArrays:
    """Count the pixels of one case by truth and prediction; ValueError if sizes differ."""
    if truth.size != prediction.size:
        raise ValueError(f"truth and prediction differ in size: {truth.size} and {prediction.size}")
    tp = sum(
        count_bits(truth.bits[first : first + _BAND_ROWS] & prediction.bits[first:][:_BAND_ROWS])
        for first in range(0, truth.size.height, _BAND_ROWS)
    )
    fp, fn = prediction.foreground - tp, truth.foreground - tp
    return CountArrays(tp=tp, fp=fp, fn=fn, tn=truth.size.pixels - tp - fp - fn)


def list_values(grey: NDArray[np.uint8]) -> tuple[int, ...]:
    """List the distinct values of an array, sorted."""
    seen = np.zeros(256, np.bool_)
    flat = grey.reshape(-1)
    for start in range(0, flat.size, _STRETCH):
        stretch = flat[start : start + _STRETCH]
        low = np.min(stretch)
        if low == np.max(stretch):
            seen[low] = True
        elif not seen.all():
            seen |= np.bincount(stretch, minlength=256) > 0
    return tuple(np.flatnonzero(seen).tolist())


def count_regions(mask: NDArray[np.bool_]) -> tuple[int, int]:
    """Return the number of connected regions of a mask and of holes in them.

    Pixels of a region touch by side or corner; those of a hole by side only, and a hole does
    not reach the border of the image.
    """
    from skimage import measure

    label: Callable[..., tuple[Any, int]] = measure.label

    rows, columns = mask.any(axis=1).nonzero()[0], mask.any(axis=0).nonzero()[0]
    if not rows.size:
        return 0, 0
    lesion = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    _, regions = label(lesion, connectivity=2, return_num=True)
    # With a frame of background around it, all outside is one region more than the holes.
    background = np.pad(~lesion, 1, constant_values=True)
    _, outside_and_holes = label(background, connectivity=1, return_num=True)
    return regions, outside_and_holes - 1
