"""What a file is by its content, and how large an image it holds, from its first bytes alone."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator

from isiceval.model import Size
from isiceval.readers.png.chunks import SIGNATURE, parse_header

__all__ = ["HEADER_BYTES", "IMAGE_FORMATS", "name_format", "read_size"]

HEADER_BYTES = 64 * 1024
"""How many of its first bytes tell the size of nearly every image."""

IMAGE_FORMATS = frozenset({"PNG", "JPEG", "JPEG 2000", "TIFF", "BMP", "GIF", "WebP"})

_BEGINNINGS = (
    (b"\xff\xd8\xff", "JPEG"),
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


def name_format(data: bytes) -> str:
    """Name the format of a file from its content: ``PNG``, ``JPEG``, ``HTML``, ``unknown`` ..."""
    head = data[:512]
    if not head:
        return "empty"
    if SIGNATURE.startswith(head) or head[1:4] == b"PNG":
        return "PNG"
    return (
        next((name for start, name in _BEGINNINGS if head.startswith(start)), "")
        or _name_by_inner_mark(head)
        or _name_text(head)
        or ("zero bytes only" if not any(data) else "unknown")
    )


def _name_by_inner_mark(head: bytes) -> str:
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video or image of the MP4 family")
    if head[128:132] == b"DICM":
        return "DICOM"
    if head[344:348] in (b"n+1\x00", b"ni1\x00"):
        return "NIfTI"
    return ""


def _name_text(head: bytes) -> str:
    body = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    markup = next((name for start, name in _MARKUP if body.startswith(start)), "")
    if markup:
        return "HTML" if b"<html" in body else "SVG" if b"<svg" in body else markup
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:
            return ""
    ascii_only = bytes(byte for byte in head if byte < 0x80)
    return "" if ascii_only.translate(None, _TEXT_BYTES) else "text"


def read_size(data: bytes) -> Size | None:
    """Read the size of an image from the first bytes of its file; None if they do not tell it."""
    name = name_format(data)
    if name == "PNG":
        header = parse_header(data).header
        return header.size if header else None
    if name == "JPEG":
        return _read_jpeg_size(data)
    return _ask_pillow(data) if name in IMAGE_FORMATS else None


def _read_jpeg_size(data: bytes) -> Size | None:
    for marker, at in _walk_segments(data):
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = (
                struct.unpack_from(">HH", data, at + 3) if at + 7 <= len(data) else (0, 0)
            )
            return Size(width, height) if width and height else None
    return None


def _walk_segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield marker and place of each JPEG segment up to the image data."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in (0xD9, 0xDA):
            return
        yield marker, at + 2
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")


def _ask_pillow(data: bytes) -> Size | None:
    from PIL import Image

    formats = ["TIFF", "BMP", "GIF", "WEBP", "JPEG2000"]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=formats) as image:
                return Size(*image.size)
    except Exception:  # noqa: BLE001 - a stranger's bytes may break any decoder in any way
        return None
