"""The formats of masks, and the size of images from their first bytes."""

from __future__ import annotations

import io

import numpy as np
import png_writer as writer
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from isiceval.model import MaskInfo, Size
from isiceval.readers.mask import FORMATS, read_size


def save(form, *, mode="L", size=(37, 21), **options):
    out = io.BytesIO()
    Image.new(mode, size).save(out, form, **options)
    return out.getvalue()


PNG = writer.write_mask(np.eye(3, dtype=bool))


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
def test_any_bytes_raise_nothing(data):
    read_size(data)


@given(st.sampled_from(["JPEG", "TIFF", "BMP", "GIF", "WEBP"]), st.data())
def test_spoiled_images_raise_nothing(form, data):
    spoiled = bytearray(save(form))
    for _ in range(data.draw(st.integers(0, 5))):
        spoiled[data.draw(st.integers(0, len(spoiled) - 1))] = data.draw(st.integers(0, 255))
    read_size(bytes(spoiled[: data.draw(st.integers(0, len(spoiled)))]))


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_what_is_no_image_of_a_format_is_a_problem(form):
    info = MaskInfo(image="a", name="a.png")
    for data in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0 junk"):
        assert form.read_header(data, info).size is None
        found, pixels = form.read(data, info, expected=None, lenient=True)
        assert pixels is None
        assert {problem.where for problem in found.problems} == {"a.png"}
