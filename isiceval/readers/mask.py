"""One mask, from the bytes of a file or from an array: what was found, and its pixels as bits.

Nothing here raises for what a participant sent. A mask comes back only where it can be scored;
everything that speaks against it is in the reading.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isiceval.model import Reading, Size
from isiceval.readers.bitmask import WORD, PackedMask, count_words, pack_rows
from isiceval.readers.png.chunks import Header, PngFile, parse_png
from isiceval.readers.png.decode import Pixels, check_rows, decode_grey
from isiceval.readers.registry import name_format, read_size
from isiceval.readers.telling import (
    MaskRules,
    blame,
    describe,
    find_format_fault,
)

if TYPE_CHECKING:
    from isiceval.readers.pillow import Conversion

__all__ = ["read_array", "read_mask"]

MAX_PIXELS = 2**27
"""Above it nothing is decoded; ISIC's largest images have 2**25 pixels."""

STRETCH = 64 * 1024
BAND_BYTES = 512 * 1024

Found = tuple[Reading, PackedMask | None]


def read_mask(
    data: bytes, *, image: str, name: str, rules: MaskRules, expected: Size | None = None
) -> Found:
    """Read a mask from the bytes of a file; one whose size is not as expected is never inflated.

    The mask is None wherever it cannot be scored: any fault that is an error, a mode other than
    ``1`` and ``L`` (unless ``rules.lenient`` can convert it), another size than ``expected``,
    or grey values where the rules refuse them.
    """
    reading = Reading(
        image=image,
        name=name,
        n_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        format=name_format(data),
    )
    if reading.format == "PNG":
        return _read_png(reading, parse_png(data), rules=rules, expected=expected)
    reading = replace(reading, size=read_size(data))
    if reading.format == "JPEG" and rules.lenient:
        return _read_jpeg(reading, data, rules=rules, expected=expected)
    return blame(reading, *find_format_fault(reading.format)), None


def read_array(
    array: object, *, image: str, name: str, rules: MaskRules, expected: Size | None = None
) -> Found:
    """Read a mask from an array of booleans, or of whole numbers from 0 to 255."""
    reading = Reading(image=image, name=name, format="array")
    try:
        pixels: NDArray[Any] = np.asarray(array)
    except Exception as error:  # noqa: BLE001 - a foreign array type may refuse in any way
        reason = f"cannot be made a NumPy array ({type(error).__name__}); pass mask.cpu().numpy()"
        return blame(reading, "wrong-array", f"{type(array).__name__} {reason}"), None
    fault = _find_array_fault(pixels, threshold=rules.threshold)
    reading = replace(reading, n_bytes=pixels.nbytes, mode="1" if pixels.dtype == bool else "L")
    if pixels.ndim == 2 and pixels.size:
        reading = replace(reading, size=Size(pixels.shape[1], pixels.shape[0]))
    if fault:
        return blame(replace(reading, mode=""), "wrong-array", fault), None
    if _has_wrong_size(reading, expected):
        return reading, None
    if pixels.dtype == bool:
        found = _conclude(reading, PackedMask.from_array(pixels), rules=rules)
    else:
        found = _binarise(reading, pixels.astype(np.uint8), rules=rules)
    return _digest(*found)


def _has_wrong_size(reading: Reading, expected: Size | None) -> bool:
    return expected is not None and reading.size != expected


def _read_png(reading: Reading, png: PngFile, *, rules: MaskRules, expected: Size | None) -> Found:
    reading = describe(reading, png)
    header = png.header
    if header is None or _has_wrong_size(reading, expected):
        return reading, None
    if header.size.pixels > MAX_PIXELS:
        detail = f"it claims {header.size} pixels, more than any mask has"
        return blame(reading, "damaged-png", detail), None
    if png.damage:
        return blame(reading, "damaged-png", *check_rows(png, header)), None
    if header.mode in ("1", "L"):
        return _read_grey(reading, decode_grey(png, header), rules=rules)
    if rules.lenient:
        return _read_other(reading, png, header, rules=rules)
    return blame(reading, "damaged-png", *check_rows(png, header)), None


def _read_grey(reading: Reading, pixels: Pixels, *, rules: MaskRules) -> Found:
    if pixels.binary:
        return _conclude(reading, pixels.binary, rules=rules)
    if pixels.array is not None:
        return _binarise(reading, pixels.array, rules=rules)
    return blame(reading, "damaged-png", *pixels.damage), None


def _read_other(reading: Reading, png: PngFile, header: Header, *, rules: MaskRules) -> Found:
    from isiceval.readers.pillow import convert_png

    return _take(reading, convert_png(png, header), rules=rules)


def _read_jpeg(reading: Reading, data: bytes, *, rules: MaskRules, expected: Size | None) -> Found:
    from isiceval.readers.pillow import convert_jpeg

    if reading.size is None or reading.size.pixels > MAX_PIXELS:
        detail = "is a JPEG whose size is missing or impossible"
        return blame(reading, "unreadable-file", detail), None
    if _has_wrong_size(reading, expected):
        return reading, None
    return _take(reading, convert_jpeg(data, reading.size), rules=rules)


def _take(reading: Reading, conversion: Conversion, *, rules: MaskRules) -> Found:
    reading = replace(reading, conversions=conversion.names, mode=conversion.mode or reading.mode)
    for code, detail in conversion.problems:
        reading = blame(reading, code, detail)
    if conversion.grey is None:
        return reading, None
    return _binarise(reading, conversion.grey, rules=rules)


def _binarise(reading: Reading, grey: NDArray[np.uint8], *, rules: MaskRules) -> Found:
    """Make a mask of grey values by the rules, and write down which values there are."""
    values = _list_values(grey)
    reading = replace(reading, values=values)
    limit, name = _choose_limit(values, rules)
    if limit is None:
        return reading, None
    if name:
        reading = replace(reading, conversions=(*reading.conversions, name))
    return _conclude(reading, _pack_above(grey, limit), rules=rules)


def _pack_above(grey: NDArray[np.uint8], limit: int) -> PackedMask:
    """Pack which values are above the limit, a band of rows at a time."""
    height, width = grey.shape
    bits = np.empty((height, count_words(width)), WORD)
    step = max(1, BAND_BYTES // width)
    for first in range(0, height, step):
        bits[first : first + step] = pack_rows(grey[first : first + step] > limit)
    return PackedMask.from_bits(Size(width, height), bits)


def _choose_limit(values: tuple[int, ...], rules: MaskRules) -> tuple[int | None, str]:
    """Choose the greatest value that is still background, and name the conversion, if it is one."""
    if rules.grey == "refuse" and len(values) <= 2:
        return (values[0] if len(values) == 2 else 0), ""
    if rules.grey == "refuse":
        return (rules.threshold, "grey thresholded") if rules.lenient else (None, "")
    if rules.lenient and values[-1] == 1 and rules.threshold > 0:
        return 0, "0/1 rescaled"
    return rules.threshold, ""


def _list_values(grey: NDArray[np.uint8]) -> tuple[int, ...]:
    seen = np.zeros(256, np.bool_)
    flat = grey.reshape(-1)
    for start in range(0, flat.size, STRETCH):
        stretch = flat[start : start + STRETCH]
        low = np.min(stretch)
        if low == np.max(stretch):
            seen[low] = True
        elif not seen.all():
            seen |= np.bincount(stretch, minlength=256) > 0
    return tuple(np.flatnonzero(seen).tolist())


def _conclude(reading: Reading, mask: PackedMask, *, rules: MaskRules) -> Found:
    """Write down what the pixels of a mask tell."""
    present = {0: mask.foreground < mask.size.pixels, 255: mask.foreground > 0}
    regions = holes = None
    if rules.regions:
        from isiceval.readers.regions import count_regions

        regions, holes = count_regions(mask.to_array())
    reading = replace(
        reading,
        values=reading.values or tuple(value for value, there in present.items() if there),
        foreground=mask.foreground,
        border=mask.measure_border(),
        regions=regions,
        holes=holes,
    )
    return reading, mask


def _find_array_fault(pixels: NDArray[Any], *, threshold: int) -> str:
    """Say why an array is not a mask, and what to pass instead; empty if it is one."""
    if pixels.ndim != 2:
        shape = "x".join(str(length) for length in pixels.shape) or "a single value"
        return f"has {pixels.ndim} dimensions ({shape}), a mask has 2: pass one array a mask"
    if not pixels.size:
        return f"has no pixels (shape {pixels.shape})"
    if pixels.dtype.kind not in "biu":
        return f"holds {pixels.dtype} values: pass booleans, for example mask > 0.5"
    low, high = int(pixels.min()), int(pixels.max())
    if low < 0 or high > 255:
        return f"holds values from {low} to {high}, a mask has 0 to 255: pass booleans"
    if pixels.dtype != bool and high == 1 and threshold > 0:
        return "holds only 0 and 1: pass booleans, mask.astype(bool)"
    return ""


def _digest(reading: Reading, mask: PackedMask | None) -> Found:
    """Give a mask from memory a digest of its size and pixels, whatever array held them."""
    if mask is None:
        return reading, None
    content = str(mask.size).encode() + mask.bits.tobytes()
    return replace(reading, sha256=hashlib.sha256(content).hexdigest()), mask
