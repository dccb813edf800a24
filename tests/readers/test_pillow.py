"""Masks stored as something else: converted only where asked for, and every conversion named."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import png_writer as writer
import pytest
from PIL import Image

from isiceval.model import MaskInfo, Problem, Size
from isiceval.readers import pillow as lenient
from isiceval.readers.mask import MaskRules, read_mask

BLOB = writer.make_blob(41, 30)
SIZE = Size(41, 30)
GREY = BLOB.astype(np.uint8) * 255


def read(data, *, expected=SIZE, **rules):
    rules = MaskRules(lenient=True, **rules)
    return read_mask(data, image="ISIC_1", name="ISIC_1.png", rules=rules, expected=expected)


def stack(*channels):
    return np.stack(channels, axis=2)


def save_jpeg(image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", **options)
    return out.getvalue()


WIDE = np.where(BLOB, 65535, 0)
FULL = np.full_like(GREY, 255)
PALETTE = [(b"PLTE", bytes([250, 250, 250, 3, 3, 3]))]
FLIPPED = np.where(BLOB, 0, 1)


@pytest.mark.parametrize(
    ("values", "options", "conversions", "found"),
    [
        (GREY, {}, (), (0, 255)),
        (BLOB.astype(int), {}, ("0/1 rescaled",), (0, 1)),
        (np.ones((30, 41), int), {}, ("0/1 rescaled",), (1,)),
        (BLOB * 128, {}, (), (0, 128)),
        (stack(GREY, GREY, GREY), {"colour": 2}, ("RGB to grey",), (0, 255)),
        (stack(GREY, FULL), {"colour": 4}, ("opaque alpha dropped",), (0, 255)),
        (
            stack(GREY, GREY, GREY, FULL),
            {"colour": 6},
            ("opaque alpha dropped", "RGB to grey"),
            (0, 255),
        ),
        (
            stack(BLOB, BLOB, BLOB).astype(int),
            {"colour": 2},
            ("RGB to grey", "0/1 rescaled"),
            (0, 1),
        ),
        (WIDE, {"depth": 16}, ("16-bit",), (0, 255)),
        (BLOB * 255, {"depth": 16}, ("16-bit",), (0, 255)),
        (BLOB.astype(int), {"depth": 16}, ("16-bit", "0/1 rescaled"), (0, 1)),
        (BLOB * 40000 + 300, {"depth": 16}, ("16-bit",), (1, 157)),
        (stack(WIDE, WIDE, WIDE), {"colour": 2, "depth": 16}, ("16-bit", "RGB to grey"), (0, 255)),
        (
            stack(WIDE, WIDE | 65535),
            {"colour": 4, "depth": 16},
            ("16-bit", "opaque alpha dropped", "RGB to grey"),
            (0, 255),
        ),
        (FLIPPED, {"colour": 3, "before": PALETTE}, ("palette",), (3, 250)),
        (FLIPPED, {"colour": 3, "depth": 1, "before": PALETTE}, ("palette",), (3, 250)),
        (
            FLIPPED,
            {"colour": 3, "before": [*PALETTE, (b"tRNS", b"\xff")]},
            ("palette",),
            (3, 250),
        ),
    ],
)
def test_conversions(values, options, conversions, found):
    for interlaced in (False, True):
        data = writer.write_png(values, interlaced=interlaced, filters=(0, 4, 1), **options)
        reading, mask = read(data)
        assert reading.conversions == conversions
        assert reading.values == found
        expected = BLOB if found[-1] > 128 or "0/1 rescaled" in conversions else BLOB & False
        if found == (1,):
            expected = BLOB | True
        assert np.array_equal(mask.to_array(), expected)
        assert not [fault for fault in reading.problems if fault.code != "odd-chunks"]


def test_zero_and_one_need_no_conversion_at_threshold_zero():
    reading, mask = read(writer.write_png(BLOB.astype(int)), threshold=0)
    assert reading.conversions == ()
    assert mask.foreground == BLOB.sum()


def test_soft_values_are_thresholded():
    values = np.array([[0, 128, 129, 255]])
    reading, mask = read(writer.write_png(values), expected=None)
    assert mask.to_array().tolist() == [[False, False, True, True]]
    assert reading.conversions == ()


@pytest.mark.parametrize(
    ("values", "options", "detail"),
    [
        (stack(GREY, GREY, GREY ^ 1), {"colour": 2}, "differ by up to 1"),
        (stack(GREY, GREY * 0, GREY), {"colour": 2}, "differ by up to 255"),
        (stack(GREY, FULL - BLOB), {"colour": 4}, "partly transparent"),
        (stack(GREY, GREY, GREY, GREY), {"colour": 6}, "partly transparent"),
        (FLIPPED, {"colour": 3, "before": [(b"PLTE", bytes(range(6)))]}, "differ by up to 2"),
        (
            FLIPPED,
            {"colour": 3, "before": [*PALETTE, (b"tRNS", b"\x80")]},
            "partly transparent",
        ),
    ],
)
def test_what_is_no_mask_is_refused(values, options, detail):
    reading, mask = read(writer.write_png(values, **options))
    assert mask is None
    faults = [fault for fault in reading.problems if fault.code != "odd-chunks"]
    assert [fault.code for fault in faults] == ["unusable-colours"]
    assert detail in faults[0].detail
    assert reading.foreground is None


@pytest.mark.parametrize(
    ("mode", "conversions"), [("L", ("JPEG",)), ("RGB", ("JPEG", "RGB to grey"))]
)
def test_jpeg(mode, conversions):
    image = Image.fromarray(GREY).convert(mode)
    reading, mask = read(save_jpeg(image, quality=95))
    assert (reading.conversions, reading.problems) == (conversions, ())
    assert (reading.format, reading.mode, reading.size) == ("JPEG", mode, SIZE)
    assert np.array_equal(mask.to_array(), BLOB)
    assert len(reading.values) > 2


def test_jpeg_where_grey_is_refused():
    reading, mask = read(save_jpeg(Image.fromarray(GREY), quality=95), grey="refuse")
    assert reading.conversions == ("JPEG", "grey thresholded")
    assert np.array_equal(mask.to_array(), BLOB)


def test_jpeg_channels_may_differ_by_rounding_only():
    tint = GREY * 0 + 100
    for shift, fine in [(lenient.JPEG_TOLERANCE // 2, True), (40, False)]:
        image = Image.fromarray(stack(tint, tint, tint + np.uint8(shift)))
        reading, mask = read(save_jpeg(image, quality=100, subsampling=0))
        assert (mask is not None) is fine
        assert [fault.code for fault in reading.problems] == ([] if fine else ["unusable-colours"])


def test_jpeg_of_another_size_is_not_decoded(monkeypatch):
    data = save_jpeg(Image.fromarray(GREY))

    def refuse_to(*_):
        raise AssertionError("decoded")

    monkeypatch.setattr(Image, "open", refuse_to)
    reading, mask = read(data, expected=Size(9, 9))
    assert (mask, reading.size, reading.problems) == (None, SIZE, ())


def test_jpeg_of_another_mode():
    reading, mask = read(save_jpeg(Image.fromarray(GREY).convert("CMYK")))
    assert mask is None
    assert reading.mode == "CMYK"
    assert [fault.code for fault in reading.problems] == ["unusable-colours"]


def test_jpeg_that_is_cut():
    data = save_jpeg(Image.fromarray(GREY))
    reading, mask = read(data[:-100])
    assert mask is None
    assert [fault.code for fault in reading.problems] == ["unreadable-file"]
    reading, mask = read(data[:50])
    assert mask is None
    assert "size is missing" in reading.problems[0].detail


def test_jpeg_of_another_size_than_announced(monkeypatch):
    monkeypatch.setattr(lenient, "read_header", lambda head, info: replace(info, size=Size(30, 41)))
    info, data = MaskInfo(image="a", name="a.jpg"), save_jpeg(Image.fromarray(GREY))
    found, grey = lenient.read(data, info, expected=None, lenient=True)
    assert grey is None
    detail = "is a JPEG whose headers contradict each other"
    assert found.problems == (Problem("unreadable-file", "a.jpg", detail),)


def test_jpeg_of_two_sizes():
    data = save_jpeg(Image.fromarray(GREY))
    at = data.index(b"\xff\xc0")
    length = 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    frame = data[at : at + length]
    other = frame[:5] + (16).to_bytes(2, "big") + (16).to_bytes(2, "big") + frame[9:]
    reading, mask = read(data[:at] + frame + other + data[at + length :])
    assert mask is None
    assert [fault.code for fault in reading.problems] == ["unreadable-file"]


@pytest.mark.parametrize(("n", "codes"), [(10, []), (5000, ["unreadable-file"])])
def test_a_jpeg_of_very_many_scans_is_not_decoded(n, codes):
    data = save_jpeg(Image.fromarray(GREY), progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    reading, _ = read(data[:-2] + last * n + data[-2:])
    assert [problem.code for problem in reading.problems] == codes
