"""Masks stored as something else: JPEG, colours that are grey, palettes, 16 bits.

Loaded only where a reader was told to be lenient. Every conversion has a short name, so that a
result can say what was done to get it.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isiceval.model import Size
from isiceval.readers.png.chunks import Header, PngFile
from isiceval.readers.png.decode import decode_other

__all__ = ["Conversion", "convert_jpeg", "convert_png"]

JPEG_TOLERANCE = 8
"""By how much the channels of a grey JPEG may differ; its colour conversion rounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """Grey values made of something else, the names of what was done, and (code, detail) faults."""

    grey: NDArray[np.uint8] | None = None
    names: tuple[str, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()
    mode: str = ""


def convert_png(png: PngFile, header: Header) -> Conversion:
    """Convert a PNG of any mode to grey values."""
    pixels = decode_other(png, header)
    if pixels.array is None:
        return Conversion(problems=tuple(("damaged-png", detail) for detail in pixels.damage))
    names = []
    if header.depth == 16:
        names.append("16-bit")
    if header.mode == "P":
        names.append("palette")
    return _flatten(pixels.array, tuple(names), tolerance=0)


def convert_jpeg(data: bytes, size: Size) -> Conversion:
    """Convert a JPEG, whose header says it has this size, to grey values."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
                mode, array = image.mode, np.asarray(image)
    except Exception as error:  # noqa: BLE001 - a stranger's bytes may break the decoder in any way
        detail = f"is a JPEG that cannot be decoded ({type(error).__name__})"
        return Conversion(problems=(("unreadable-file", detail),))
    if array.shape[:2] != (size.height, size.width):
        detail = "is a JPEG whose headers contradict each other"
        return Conversion(problems=(("unreadable-file", detail),))
    if mode not in ("L", "RGB"):
        return Conversion(mode=mode, problems=(("unusable-colours", f"is a JPEG of mode {mode}"),))
    found = _flatten(array, ("JPEG",), tolerance=JPEG_TOLERANCE)
    return Conversion(grey=found.grey, names=found.names, problems=found.problems, mode=mode)


def _flatten(array: NDArray[Any], names: tuple[str, ...], *, tolerance: int) -> Conversion:
    """Take one grey value a pixel from all channels, if they tell the same."""
    if array.ndim == 2:
        return Conversion(grey=_narrow(array), names=names)
    if array.shape[2] in (2, 4):
        if array[..., -1].min() < 255:
            return Conversion(problems=(("unusable-colours", "it is partly transparent"),))
        array = array[..., :-1]
        if "palette" not in names:
            names = (*names, "opaque alpha dropped")
    if array.shape[2] == 3:
        spread = _measure_spread(array)
        if spread > tolerance:
            detail = f"its red, green and blue differ by up to {spread}"
            return Conversion(problems=(("unusable-colours", detail),))
        if "palette" not in names:
            names = (*names, "RGB to grey")
    return Conversion(grey=array[..., array.shape[2] // 2].copy(), names=names)


def _measure_spread(array: NDArray[np.uint8]) -> int:
    """Return by how much the channels of a pixel differ at most."""
    red, green, blue = (array[..., channel] for channel in range(3))
    high = np.maximum(np.maximum(red, green), blue)
    low = np.minimum(np.minimum(red, green), blue)
    return int((high - low).max())


def _narrow(array: NDArray[Any]) -> NDArray[np.uint8]:
    """Bring 16 bits to 8; values that fit into 8 bits were only stored too wide, and stay."""
    if array.dtype == np.uint8:
        return array
    if array.max() <= 255:
        return array.astype(np.uint8)
    return ((array.astype(np.uint32) + 128) // 257).astype(np.uint8)
