"""What Pillow reads: masks stored as JPEG, and the sizes of images in other formats.

Also makes one grey value a pixel out of colours, palettes and 16 bits. All of it is only for
lenient reading; every conversion has a short name, so that a result can list what was done.
"""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isiceval.model import MaskInfo, Size
from isiceval.sources.container import is_too_large

# By how much the channels of a grey JPEG may differ: its colour conversion rounds.
JPEG_TOLERANCE = 8

# Progressive JPEGs have some ten scans; each is decoded over the whole image, however short it is.
MAX_SCANS = 100

# Formats whose size Pillow reads, with its names for them; masks are never read from them.
OTHER_FORMATS = {
    "JPEG 2000": "JPEG2000",
    "TIFF": "TIFF",
    "BMP": "BMP",
    "GIF": "GIF",
    "WebP": "WEBP",
}


def read_header(head: bytes, info: MaskInfo) -> MaskInfo:
    """Add the size of a JPEG from its first bytes; a large profile may lie before it."""
    at = 2
    while at + 4 <= len(head) and head[at] == 0xFF:
        marker = head[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        if marker in (0xD9, 0xDA):  # the end, or image data
            break
        # The frame headers (SOF0 to SOF15) but for the three numbers that mean tables.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            if at + 9 > len(head):
                break
            height, width = struct.unpack_from(">HH", head, at + 5)
            return replace(info, size=Size(width, height) if width and height else None)
        at += 2 + int.from_bytes(head[at + 2 : at + 4], "big")
    return info


def read(
    data: bytes,
    info: MaskInfo,
    *,
    expected: Size | None,
    lenient: bool,  # noqa: ARG001 - JPEGs are read only where it is true
) -> tuple[MaskInfo, NDArray[np.uint8] | None]:
    """Read a JPEG as grey values; one of another size than ``expected`` is not decoded."""
    from PIL import Image

    info = read_header(data, info)
    size = info.size
    # Image data never hold this mark of a scan by themselves, a colour profile hardly does.
    scans = data.count(b"\xff\xda")
    if size is None or is_too_large(size) or scans > MAX_SCANS:
        detail = "is a JPEG whose size is missing or impossible"
        if scans > MAX_SCANS:
            detail = f"is a JPEG of {scans:,} scans; at most {MAX_SCANS} are read"
        return info.add_problems("unreadable-file", detail), None
    if expected is not None and size != expected:
        return info, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
                mode, array = image.mode, np.asarray(image)
    except Exception as error:  # noqa: BLE001 - damaged bytes may break the decoder in any way
        detail = f"is a JPEG that cannot be decoded ({type(error).__name__})"
        return info.add_problems("unreadable-file", detail), None
    if array.shape[:2] != (size.height, size.width):
        detail = "is a JPEG whose headers contradict each other"
        return info.add_problems("unreadable-file", detail), None
    info = replace(info, mode=mode)
    if mode not in ("L", "RGB"):
        return info.add_problems("unusable-colours", f"is a JPEG of mode {mode}"), None
    return convert_to_grey(info, array, ("JPEG",), tolerance=JPEG_TOLERANCE)


def read_size(data: bytes) -> Size | None:
    """Read the size of an image in one of ``OTHER_FORMATS``; None where Pillow cannot."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=list(OTHER_FORMATS.values())) as image:
                return Size(*image.size)
    except Exception:  # noqa: BLE001 - damaged bytes may break any decoder in any way
        return None


def convert_to_grey(
    info: MaskInfo, array: NDArray[Any], conversions: tuple[str, ...], *, tolerance: int = 0
) -> tuple[MaskInfo, NDArray[np.uint8] | None]:
    """Make one grey value a pixel of ``array`` where its channels agree; None where not.

    ``array`` has shape (height, width) of 8 or 16 bits, or (height, width, 2 to 4 channels) of
    8 bits, alpha last where there are 2 or 4. ``conversions`` is what was done so far.
    """
    if array.ndim == 2:
        if array.dtype != np.uint8 and array.max() > 255:
            # 65535 is 255 * 257: this rounds to the nearest of 256 evenly spaced values.
            array = (array.astype(np.uint32) + 128) // 257
        # Values that fit into 8 bits were only stored too wide, and stay.
        return replace(info, conversions=conversions), array.astype(np.uint8, copy=False)
    if array.shape[2] in (2, 4):
        if array[..., -1].min() < 255:
            return info.add_problems("unusable-colours", "it is partly transparent"), None
        array = array[..., :-1]
        if "palette" not in conversions:
            conversions = (*conversions, "opaque alpha dropped")
    if array.shape[2] == 3:
        # Channel by channel: reducing along a last axis of 3 is slow.
        red, green, blue = (array[..., channel] for channel in range(3))
        high = np.maximum(np.maximum(red, green), blue)
        low = np.minimum(np.minimum(red, green), blue)
        spread = int((high - low).max())
        if spread > tolerance:
            detail = f"its red, green and blue differ by up to {spread}"
            return info.add_problems("unusable-colours", detail), None
        if "palette" not in conversions:
            conversions = (*conversions, "RGB to grey")
    return replace(info, conversions=conversions), array[..., array.shape[2] // 2].copy()
