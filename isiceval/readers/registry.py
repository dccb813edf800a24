"""Which formats of masks there are, and what a file is by its content.

A new format is a module of this package (see :class:`Format`) and an entry in ``FORMATS``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from isiceval.model import MaskInfo, Size
from isiceval.readers import pillow, png

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from isiceval.readers.bitmask import BitMask

HEADER_BYTES = 64 * 1024
"""How many of its first bytes hold the size of nearly every image."""


class Format(Protocol):
    """A module of this package that reads one file format.

    It loads NumPy and other libraries in ``read`` only, so that headers are read without them.
    Both functions return ``info``, of which name and format are known, with what they found.
    """

    NAME: str
    LENIENT: bool
    """Whether masks of this format are read only where lenient reading is asked for."""

    def sniff(self, head: bytes) -> bool:
        """Tell whether a file that begins like this has the format."""

    def read_header(self, head: bytes, info: MaskInfo) -> MaskInfo:
        """Add size and mode from the first bytes of a file; nothing is inflated."""

    def read(
        self, data: bytes, info: MaskInfo, *, expected: Size | None, lenient: bool
    ) -> tuple[MaskInfo, BitMask | NDArray[np.uint8] | None]:
        """Read a file; pixels of another size than ``expected`` are not decoded.

        The pixels are bits where they are binary already, else grey values of shape (height,
        width); None where there are none to score.
        """


FORMATS: Mapping[str, Format] = {module.NAME: module for module in (png, pillow)}

IMAGE_FORMATS = frozenset({*FORMATS, *pillow.OTHER_FORMATS})
"""Formats whose size can be read; dermoscopic images may have any of them."""

_BEGINNINGS = (
    (b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
    (b"BM", "BMP"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"8BPS", "Photoshop image"),
    (b"%PDF", "PDF"),
    (b"%!PS", "PostScript"),
    (b"version https://git-lfs", "git-lfs pointer"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "Windows shortcut"),
    (b"[InternetShortcut]", "Windows shortcut"),
    (b"\x00\x05\x16\x07", "macOS metadata"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"\x89HDF\r\n\x1a\n", "HDF5"),
    (b"\x93NUMPY", "NumPy array (npy)"),
    (b"MATLAB 5.0 MAT-file", "MATLAB file"),
    (b"\x80\x02", "Python pickle"),
    (b"\x80\x03", "Python pickle"),
    (b"\x80\x04", "Python pickle"),
    (b"\x80\x05", "Python pickle"),
)
_MARKUP = ((b"<!doctype html", "HTML"), (b"<html", "HTML"), (b"<svg", "SVG"), (b"<?xml", "XML"))
_BRANDS = {b"avif": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIC", b"jxl ": "JPEG XL"}
_TEXT_BYTES = bytes(range(0x20, 0x7F)) + b"\t\n\r\f"


def find_format(data: bytes) -> str:
    """Name the format of a file from its content: ``PNG``, ``JPEG``, ``HTML``, ``unknown`` ..."""
    head = data[:512]
    if not head:
        return "empty"
    return (
        next((name for name, module in FORMATS.items() if module.sniff(head)), "")
        or next((name for start, name in _BEGINNINGS if head.startswith(start)), "")
        or _find_inner_mark(head)
        or _find_text(head)
        or ("zero bytes only" if not any(data) else "unknown")
    )


def _find_inner_mark(head: bytes) -> str:
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video or image of the MP4 family")
    if head[128:132] == b"DICM":
        return "DICOM"
    if head[344:348] in (b"n+1\x00", b"ni1\x00"):
        return "NIfTI"
    return ""


def _find_text(head: bytes) -> str:
    body = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    markup = next((name for start, name in _MARKUP if body.startswith(start)), "")
    if markup:
        return "HTML" if b"<html" in body else "SVG" if b"<svg" in body else markup
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # The last character may be cut off where the head ends.
        if error.start < len(head) - 3:
            return ""
    ascii_only = bytes(byte for byte in head if byte < 0x80)
    return "" if ascii_only.translate(None, _TEXT_BYTES) else "text"


def read_size(data: bytes) -> Size | None:
    """Read the size of an image from the first bytes of its file; None if they do not hold it."""
    name = find_format(data)
    if name in FORMATS:
        return FORMATS[name].read_header(data, MaskInfo(image="", name="")).size
    return pillow.read_size(data) if name in pillow.OTHER_FORMATS else None
