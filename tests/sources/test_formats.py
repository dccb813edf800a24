"""What a file is by its content."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isiceval.sources.formats import find_format

SIGNATURE = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "empty"),
        (SIGNATURE + b"\0\0\0\x0dIHDR", "PNG"),
        (SIGNATURE[:3], "PNG"),
        (SIGNATURE, "PNG"),
        (SIGNATURE.replace(b"\r\n", b"\n"), "PNG"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"MM\0*\0\0\0\x08", "TIFF"),
        (b"BM\x46\0\0\0", "BMP"),
        (b"GIF89a", "GIF"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "WebP"),
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"8BPS\0\1", "Photoshop image"),
        (b"%PDF-1.7\n", "PDF"),
        (b"<!DOCTYPE html><html><body>Sign in", "HTML"),
        (b"\xef\xbb\xbf\n<html>", "HTML"),
        (b'<?xml version="1.0"?><html xmlns="x">', "HTML"),
        (b'<?xml version="1.0"?><svg>', "SVG"),
        (b"<svg>", "SVG"),
        (b"<?xml version='1.0'?><Error>", "XML"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "git-lfs pointer"),
        (b"L\0\0\0\1\x14\2\0\0\0\0\0", "Windows shortcut"),
        (b"[InternetShortcut]\r\nURL=x", "Windows shortcut"),
        (b"\x00\x05\x16\x07\x00\x02", "macOS metadata"),
        (b"PK\3\4rest", "zip"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
        (b"Rar!\x1a\x07\x00", "RAR"),
        (b"BZh91AY", "bzip2"),
        (b"\xfd7zXZ\0", "xz"),
        (b"\x28\xb5\x2f\xfd", "Zstandard"),
        (bytes(257) + b"ustar\0", "tar"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"\x93NUMPY\1\0", "NumPy array (npy)"),
        (b"MATLAB 5.0 MAT-file, Platform", "MATLAB file"),
        (b"\x80\x04\x95", "Python pickle"),
        (b"\0\0\0\x1cftypavif", "AVIF"),
        (b"\0\0\0\x1cftypheic", "HEIC"),
        (b"\0\0\0\x1cftypisom", "video or image of the MP4 family"),
        (bytes(128) + b"DICM", "DICOM"),
        (bytes(344) + b"n+1\0", "NIfTI"),
        (b"image,width\nISIC_0000001,3\n", "text"),
        ("Läsion\n".encode(), "text"),
        (b"x" * 511 + "ä".encode(), "text"),
        (bytes(4096), "zero bytes only"),
        (bytes(4096) + b"x", "unknown"),
        (b"\x01\x02\x03", "unknown"),
        (b"abc\xff\xffabcdef", "unknown"),
        (b"N", "text"),
    ],
)
def test_names(data, name):
    assert find_format(data) == name


@given(st.binary(max_size=700))
def test_any_bytes_have_a_name(data):
    assert find_format(data)
