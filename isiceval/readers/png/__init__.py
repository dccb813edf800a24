"""PNG masks: binary ones are decoded straight to bits, all others to grey values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from isiceval.model import MaskInfo, Size
from isiceval.readers.bitmask import BitMask
from isiceval.readers.pillow import convert_to_grey
from isiceval.readers.png import decode
from isiceval.readers.png.chunks import PngFile, parse_header, parse_png
from isiceval.sources.container import is_too_large


def read_header(head: bytes, info: MaskInfo) -> MaskInfo:
    """Add size and mode from the first bytes of a PNG; nothing is inflated."""
    return _describe(parse_header(head), info)


def read(
    data: bytes, info: MaskInfo, *, expected: Size | None, lenient: bool
) -> tuple[MaskInfo, BitMask | NDArray[np.uint8] | None]:
    """Read a PNG; one of another size than ``expected`` is not inflated.

    Modes other than ``1`` and ``L`` are decoded where ``lenient``; otherwise the rows are
    checked, so that damage is found, and not kept.
    """
    png = parse_png(data)
    info = _describe(png, info)
    header = png.header
    if header is None or (expected is not None and header.size != expected):
        return info, None
    if is_too_large(header.size):
        detail = f"it declares {header.size} pixels, more than any mask has"
        return info.add_problems("damaged-png", detail), None
    is_grey = header.mode in ("1", "L")
    if png.damage or not (is_grey or lenient):
        return info.add_problems("damaged-png", *decode.check_rows(png, header)), None
    pixels = decode.decode_grey(png, header) if is_grey else decode.decode_other(png, header)
    info = info.add_problems("damaged-png", *pixels.damage)
    if pixels.array is None or is_grey:
        return info, pixels.bits or pixels.array
    conversions = ("16-bit",) * (header.depth == 16) + ("palette",) * (header.mode == "P")
    return convert_to_grey(info, pixels.array, conversions)


def _describe(png: PngFile, info: MaskInfo) -> MaskInfo:
    """Add size and mode by the header, and what is wrong or odd about the chunks."""
    if png.header:
        info = replace(info, size=png.header.size, mode=png.header.mode)
    info = info.add_problems("damaged-png", *png.damage)
    if png.n_trailing:
        unit = "byte follows" if png.n_trailing == 1 else "bytes follow"
        info = info.add_problems("trailing-data", f"{png.n_trailing:,} {unit} the end (IEND)")
    return info.add_problems("odd-chunks", "; ".join(png.oddities)) if png.oddities else info
