"""PNG masks: binary ones are decoded straight to bits, all others to grey values."""

from __future__ import annotations

from dataclasses import replace

from isiceval.model import Size
from isiceval.readers.format import MAX_PIXELS, Decoded
from isiceval.readers.png.chunks import SIGNATURE, PngFile, parse_header, parse_png

NAME = "PNG"
LENIENT = False


def sniff(head: bytes) -> bool:
    """Tell whether a file that begins like this is a PNG, perhaps cut off or damaged."""
    return SIGNATURE.startswith(head) or head[1:4] == b"PNG"


def read_header(head: bytes) -> Decoded:
    """Read size and mode from the first bytes of a PNG; nothing is inflated."""
    return _describe(parse_header(head))


def read(data: bytes, *, expected: Size | None, lenient: bool) -> Decoded:
    """Read a PNG; one of another size than ``expected`` is not inflated.

    Modes other than ``1`` and ``L`` are decoded where ``lenient``; otherwise the rows are
    checked, so that damage is found, and not kept.
    """
    png = parse_png(data)
    found = _describe(png)
    header = png.header
    if header is None or (expected is not None and header.size != expected):
        return found
    if header.size.pixels > MAX_PIXELS:
        detail = f"it declares {header.size} pixels, more than any mask has"
        return found.add("damaged-png", detail)
    from isiceval.readers.png import decode

    is_grey = header.mode in ("1", "L")
    if png.damage or not (is_grey or lenient):
        return found.add("damaged-png", *decode.check_rows(png, header))
    pixels = decode.decode_grey(png, header) if is_grey else decode.decode_other(png, header)
    found = found.add("damaged-png", *pixels.damage)
    if pixels.array is None or is_grey:
        return replace(found, bits=pixels.bits, grey=pixels.array)
    from isiceval.readers.pillow import convert_to_grey

    conversions = ("16-bit",) * (header.depth == 16) + ("palette",) * (header.mode == "P")
    return convert_to_grey(found, pixels.array, conversions)


def _describe(png: PngFile) -> Decoded:
    """Give size and mode by the header, and what is wrong or odd about the chunks."""
    header = png.header
    found = Decoded(size=header.size, mode=header.mode) if header else Decoded()
    found = found.add("damaged-png", *png.damage)
    if png.n_trailing:
        unit = "byte follows" if png.n_trailing == 1 else "bytes follow"
        found = found.add("trailing-data", f"{png.n_trailing:,} {unit} the end (IEND)")
    return found.add("odd-chunks", "; ".join(png.oddities)) if png.oddities else found
