"""What a file is by its content, whatever its name."""

from __future__ import annotations

# How files of a format begin, and what stands further on in others.
_BEGINNINGS = {
    "JPEG": (b"\xff\xd8\xff",),
    "JPEG 2000": (b"\x00\x00\x00\x0cjP  ", b"\xff\x4f\xff\x51"),
    "TIFF": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
    "BMP": (b"BM",),
    "GIF": (b"GIF87a", b"GIF89a"),
    "Photoshop image": (b"8BPS",),
    "PDF": (b"%PDF",),
    "PostScript": (b"%!PS",),
    "git-lfs pointer": (b"version https://git-lfs",),
    "Windows shortcut": (b"L\x00\x00\x00\x01\x14\x02\x00", b"[InternetShortcut]"),
    "macOS metadata": (b"\x00\x05\x16\x07",),
    "zip": (b"PK\x03\x04", b"PK\x05\x06"),
    "gzip": (b"\x1f\x8b",),
    "bzip2": (b"BZh",),
    "xz": (b"\xfd7zXZ\x00",),
    "Zstandard": (b"\x28\xb5\x2f\xfd",),
    "7-Zip": (b"7z\xbc\xaf\x27\x1c",),
    "RAR": (b"Rar!\x1a\x07",),
    "HDF5": (b"\x89HDF\r\n\x1a\n",),
    "NumPy array (npy)": (b"\x93NUMPY",),
    "MATLAB file": (b"MATLAB 5.0 MAT-file",),
    "Python pickle": (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"),
}
_MARKS = (
    (128, b"DICM", "DICOM"),
    (257, b"ustar", "tar"),
    (344, b"n+1\x00", "NIfTI"),
    (344, b"ni1\x00", "NIfTI"),
)
_MARKUP = ((b"<!doctype html", "HTML"), (b"<html", "HTML"), (b"<svg", "SVG"), (b"<?xml", "XML"))
_BRANDS = {b"avif": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIC", b"jxl ": "JPEG XL"}
_TEXT_BYTES = bytes(range(0x20, 0x7F)) + b"\t\n\r\f"


def find_format(data: bytes) -> str:
    """Name the format of a file from its content: ``PNG``, ``JPEG``, ``HTML``, ``unknown`` ..."""
    head = data[:512]
    if not head:
        return "empty"
    # A PNG perhaps cut off or damaged.
    if b"\x89PNG\r\n\x1a\n".startswith(head) or head[1:4] == b"PNG":
        return "PNG"
    found = [name for name, starts in _BEGINNINGS.items() if head.startswith(starts)]
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        found.append("WebP")
    if head[4:8] == b"ftyp":
        found.append(_BRANDS.get(head[8:12], "video or image of the MP4 family"))
    found += [name for at, mark, name in _MARKS if head.startswith(mark, at)]
    if found:
        return found[0]
    return _find_text(head) or ("unknown" if any(data) else "zero bytes only")


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
