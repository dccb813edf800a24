"""What a file is by its content, and the size of images from their first bytes."""

from __future__ import annotations

import io

import numpy as np
import png_writer as writer
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from isiceval.model import MaskInfo, Size
from isiceval.readers.registry import FORMATS, find_format, read_size


def save(form, *, mode="L", size=(37, 21), **options):
    out = io.BytesIO()
    Image.new(mode, size).save(out, form, **options)
    return out.getvalue()


PNG = writer.write_mask(np.eye(3, dtype=bool))


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "empty"),
        (PNG, "PNG"),
        (PNG[:3], "PNG"),
        (PNG[:8], "PNG"),
        (PNG.replace(b"\r\n", b"\n"), "PNG"),
        (save("JPEG"), "JPEG"),
        (save("TIFF"), "TIFF"),
        (save("BMP"), "BMP"),
        (save("GIF"), "GIF"),
        (save("WEBP", mode="RGB"), "WebP"),
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


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_sizes(form, mode):
    assert read_size(save(form, mode=mode)) == Size(37, 21)


@pytest.mark.parametrize("options", [{"progressive": True}, {"icc_profile": bytes(40_000)}])
def test_sizes_of_other_jpegs(options):
    assert read_size(save("JPEG", **options)) == Size(37, 21)


def test_jpeg_size_after_fill_bytes():
    data = save("JPEG")
    assert read_size(data[:2] + b"\xff\xff" + data[2:]) == Size(37, 21)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "GIF"])
def test_sizes_from_the_first_bytes(form):
    assert read_size(save(form, size=(900, 700))[:300]) == Size(900, 700)


def test_sizes_that_cannot_be_told():
    jpeg = save("JPEG")
    frame = jpeg.index(b"\xff\xc0")
    assert read_size(jpeg[:frame]) is None
    assert read_size(jpeg[: frame + 6]) is None
    assert read_size(jpeg[: frame + 5] + bytes(4) + jpeg[frame + 9 :]) is None
    assert read_size(jpeg[:2] + jpeg[jpeg.index(b"\xff\xda") :]) is None
    assert read_size(PNG[:20]) is None
    assert read_size(b"BM") is None
    assert read_size(b"hello") is None


@given(st.binary(max_size=700))
def test_any_bytes_have_a_name_and_no_error(data):
    assert find_format(data)
    read_size(data)


@given(st.sampled_from(["JPEG", "TIFF", "BMP", "GIF", "WEBP"]), st.data())
def test_spoiled_images_raise_nothing(form, data):
    spoiled = bytearray(save(form))
    for _ in range(data.draw(st.integers(0, 5))):
        spoiled[data.draw(st.integers(0, len(spoiled) - 1))] = data.draw(st.integers(0, 255))
    read_size(bytes(spoiled[: data.draw(st.integers(0, len(spoiled)))]))


@pytest.mark.parametrize(("name", "module"), FORMATS.items())
def test_every_format_follows_the_protocol(name, module):
    info = MaskInfo(image="a", name="a.png")
    assert name == module.NAME
    assert isinstance(module.LENIENT, bool)
    assert module.sniff(b"") in (True, False)
    for data in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0 junk"):
        assert module.read_header(data, info).size is None
        found, pixels = module.read(data, info, expected=None, lenient=True)
        assert pixels is None
        assert {problem.where for problem in found.problems} == {"a.png"}
