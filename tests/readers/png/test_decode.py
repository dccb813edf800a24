"""PNG pixels: equal to Pillow's for every kind of PNG, and never wrong about a binary mask."""

from __future__ import annotations

import io
import os
import zlib
from itertools import product
from pathlib import Path

import numpy as np
import png_writer as writer
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from isiceval.readers.png import decode as decoding
from isiceval.readers.png import decode as inflating
from isiceval.readers.png.chunks import engine as best_engine
from isiceval.readers.png.chunks import parse_png
from isiceval.readers.png.decode import decode_grey, decode_other

N_RANDOM = 300
ENGINES = [pytest.param(best_engine, id="best"), pytest.param(zlib, id="zlib")]
SIZES = [
    (1, 1),
    (2, 1),
    (1, 2),
    (3, 3),
    (7, 5),
    (8, 8),
    (9, 4),
    (63, 3),
    (64, 3),
    (65, 3),
    (130, 6),
]


@pytest.fixture(params=ENGINES)
def engine(request, monkeypatch):
    """Read with the best engine there is, and with zlib."""
    monkeypatch.setattr(inflating, "engine", request.param)
    return request.param


def ask_pillow(data):
    with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        return np.asarray(image.convert("L") if image.mode == "1" else image)


def read(data):
    """Decode as the reader does, without Pillow's help unless it is asked for."""
    png = parse_png(data)
    assert png.damage == ()
    pixels = decode_grey(png, png.header)
    assert pixels.damage == ()
    return pixels


def to_grey(pixels):
    if pixels.bits:
        return pixels.bits.to_array() * np.uint8(255)
    return pixels.array


def assert_like_pillow(data):
    pixels = read(data)
    assert np.array_equal(to_grey(pixels), ask_pillow(data))
    return pixels


@pytest.fixture
def no_pillow(monkeypatch):
    """Fail where Pillow is asked."""

    def refuse(*_):
        raise AssertionError("Pillow was asked")

    monkeypatch.setattr(decoding, "_decode_with_pillow", refuse)
    monkeypatch.setattr(decoding, "_unfilter_with_pillow", refuse)


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize(
    "filters", [(0,), (1,), (2,), (4,), (4, 2), (0, 1, 2, 4), (2, 4, 1, 4, 4, 2)]
)
def test_binary_masks_are_read_without_pillow(width, height, filters, engine, no_pillow):
    for seed in range(3):
        mask = np.random.default_rng(seed).random((height, width)) < 0.5
        pixels = read(writer.write_mask(mask, filters=filters))
        assert pixels.bits is not None
        assert np.array_equal(pixels.bits.to_array(), mask)
        assert pixels.bits.foreground == mask.sum()


@pytest.mark.parametrize("filters", list(product((0, 1, 2, 4), repeat=3)))
def test_binary_masks_with_every_sequence_of_filters(filters, no_pillow):
    mask = writer.make_blob(83, 40)
    pixels = read(writer.write_mask(mask, filters=filters))
    assert np.array_equal(pixels.bits.to_array(), mask)


@pytest.mark.parametrize("level", [0, 1, 9])
def test_large_masks_take_several_blocks(level, engine, monkeypatch):
    monkeypatch.setattr(inflating, "BLOCK_BYTES", 4000)
    monkeypatch.setattr(inflating, "PIECE_BYTES", 700)
    mask = writer.make_blob(301, 220)
    data = writer.write_mask(mask, filters=(0, 2, 2, 4, 1), pieces=5, level=level)
    assert np.array_equal(read(data).bits.to_array(), mask)
    soft = np.random.default_rng(0).integers(0, 256, (220, 301))
    grey = writer.write_png(soft, filters=(0, 2, 1), pieces=3, level=level)
    assert np.array_equal(read(grey).array, soft)


def test_rows_larger_than_a_block(monkeypatch):
    monkeypatch.setattr(inflating, "BLOCK_BYTES", 100)
    mask = writer.make_blob(301, 5)
    assert np.array_equal(read(writer.write_mask(mask, filters=(0, 2, 4))).bits.to_array(), mask)


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_grey_of_every_depth(width, height, depth, interlaced, engine):
    for filters in [(0,), (1,), (2,), (3,), (4,), (0, 1, 2), (4, 3, 2, 1, 0)]:
        values = writer.make_values(width, height, colour=0, depth=depth, seed=width)
        data = writer.write_png(values, depth=depth, filters=filters, interlaced=interlaced)
        assert_like_pillow(data)


@pytest.mark.parametrize("filters", [(0,), (1,), (2,), (2, 1, 0)])
@pytest.mark.parametrize("depth", [1, 8])
def test_plain_grey_is_read_without_pillow(depth, filters, no_pillow):
    values = writer.make_values(37, 11, colour=0, depth=depth)
    pixels = read(writer.write_png(values, depth=depth, filters=filters))
    assert np.array_equal(to_grey(pixels), values * (255 if depth == 1 else 1))


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (0, 128), (0, 254), (1, 255), (254, 255), (1, 2), (127, 255)]
)
@pytest.mark.parametrize("filters", [(0,), (1,), (2,), (4,), (0, 1, 2, 4)])
def test_two_other_values_are_never_taken_for_black_and_white(low, high, filters):
    values = np.where(writer.make_blob(40, 30), high, low)
    pixels = assert_like_pillow(writer.write_png(values, filters=filters))
    assert pixels.bits is None


@pytest.mark.parametrize("value", [1, 2, 127, 128, 129, 254])
@pytest.mark.parametrize("filters", [(0,), (1,), (2,), (4,), (0, 1, 2, 4)])
def test_a_single_grey_pixel_is_noticed(value, filters):
    for place in [(0, 0), (0, 38), (14, 20), (29, 0), (29, 38)]:
        values = writer.make_blob(39, 30) * 255
        values[place] = value
        pixels = assert_like_pillow(writer.write_png(values, filters=filters))
        assert pixels.bits is None


@pytest.mark.parametrize(("row", "filters"), [([255, 0, 255], (1,)), ([0, 255, 0], (0,))])
def test_a_byte_of_the_wrong_sign_is_noticed(row, filters):
    """The first difference says 1 where only 255 leads to a pixel of 255, or the other way."""
    values = np.array([row], np.uint8)

    def flip(rows):
        return rows.replace(b"\xff", b"\x01", 1)

    pixels = assert_like_pillow(writer.write_png(values, filters=filters, change_rows=flip))
    assert pixels.bits is None


def test_an_average_row_that_looks_binary_is_noticed():
    """The guess for the second pixel is 127, so its difference of 0 makes it grey."""
    data = writer.write_png(np.zeros((1, 3), int), change_rows=lambda _: bytes([3, 255, 0, 0]))
    pixels = assert_like_pillow(data)
    assert pixels.array.tolist() == [[255, 127, 63]]


def test_equal_number_of_wrong_signs_is_noticed():
    rows = bytes([2, 255, 255, 0, 0, 2, 1, 255, 1, 255])
    spoiled = bytes([2, 255, 255, 0, 0, 2, 255, 1, 255, 1])
    values = np.zeros((2, 4), np.uint8)
    for made in (rows, spoiled):
        data = writer.write_png(values, change_rows=lambda _, made=made: made)
        assert_like_pillow(data)


def test_noise_gives_up_early(monkeypatch):
    monkeypatch.setattr(decoding, "MANY_WORDS", 10)
    monkeypatch.setattr(inflating, "BLOCK_BYTES", 1000)
    mask = np.random.default_rng(0).random((100, 100)) < 0.5
    pixels = assert_like_pillow(writer.write_mask(mask, filters=(1,)))
    assert pixels.bits is None


@pytest.mark.parametrize(("colour", "depth"), writer.KINDS)
@pytest.mark.parametrize("interlaced", [False, True])
def test_other_kinds(colour, depth, interlaced):
    palette = [(b"PLTE", writer.make_palette())] if colour == 3 else []
    for width, height in [(1, 1), (5, 3), (17, 9)]:
        values = writer.make_values(width, height, colour=colour, depth=depth)
        data = writer.write_png(
            values,
            colour=colour,
            depth=depth,
            filters=(0, 1, 2, 3, 4),
            interlaced=interlaced,
            before=palette,
        )
        png = parse_png(data)
        with Image.open(io.BytesIO(data)) as image:
            grey16 = (colour, depth) == (4, 16)
            assert png.header.mode == ("LA" if grey16 else image.mode)
            expected = np.asarray(image.convert("RGB") if colour == 3 else image)
        pixels = decode_other(png, png.header)
        found = to_grey(pixels) if expected.dtype != bool else pixels.bits.to_array()
        assert np.array_equal(found, expected)


def test_palette_with_transparency_becomes_rgba():
    values = np.array([[0, 1], [1, 0]])
    chunks = [(b"PLTE", bytes([9, 9, 9, 200, 200, 200])), (b"tRNS", bytes([0]))]
    png = parse_png(writer.write_png(values, colour=3, before=chunks))
    array = decode_other(png, png.header).array
    assert array[0, 0].tolist() == [9, 9, 9, 0]
    assert array[0, 1].tolist() == [200, 200, 200, 255]


def test_colours_beyond_the_palette_are_damage():
    chunks = [(b"PLTE", bytes([9, 9, 9]))]
    png = parse_png(writer.write_png(np.array([[0, 1]]), colour=3, before=chunks))
    pixels = decode_other(png, png.header)
    assert pixels.array is None
    assert pixels.damage == ("a pixel has colour 1, its palette (PLTE) has only 1",)


def test_pillow_never_sees_the_strangers_file(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("Pillow was given a file")

    monkeypatch.setattr(Image, "open", refuse)
    secret = [(b"tEXt", b"Comment\0hello"), (b"tRNS", b"\0\1")]
    data = writer.write_png(np.eye(5, dtype=int) * 3, depth=4, filters=(4,), before=secret)
    png = parse_png(data)
    assert np.array_equal(decode_grey(png, png.header).array, np.eye(5) * 51)


masks = arrays.arrays(
    np.uint8,
    st.tuples(st.integers(1, 12), st.integers(1, 80)),
    elements=st.sampled_from([0, 255]),
)
greys = arrays.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 40)))
filterings = st.lists(st.integers(0, 4), min_size=1, max_size=8)


@settings(max_examples=N_RANDOM, deadline=None)
@given(values=masks, filters=filterings, pieces=st.integers(1, 4))
def test_random_masks_are_pillows(values, filters, pieces):
    pixels = assert_like_pillow(writer.write_png(values, filters=filters, pieces=pieces))
    if 3 not in filters:
        assert pixels.bits is not None


@settings(max_examples=N_RANDOM, deadline=None)
@given(values=greys, filters=filterings, interlaced=st.booleans())
def test_random_grey_images_are_pillows(values, filters, interlaced):
    assert_like_pillow(writer.write_png(values, filters=filters, interlaced=interlaced))


@settings(max_examples=N_RANDOM, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 4), st.lists(st.sampled_from([0, 1, 255]), min_size=9, max_size=9)
        ),
        min_size=1,
        max_size=6,
    )
)
def test_random_rows_that_look_binary_are_pillows(rows):
    """Bytes of 0, 1 and 255 in any order: most of them are no masks of 0 and 255."""
    made = b"".join(bytes([kind, *values]) for kind, values in rows)
    values = np.zeros((len(rows), 9), np.uint8)
    data = writer.write_png(values, change_rows=lambda _: made)
    pixels = assert_like_pillow(data)
    if pixels.bits is None:
        no_average = all(kind != 3 for kind, _ in rows)
        assert not (no_average and set(np.unique(ask_pillow(data))) <= {0, 255})


def list_real_masks():
    folder = os.environ.get("ISICEVAL_DATA")
    return sorted(Path(folder).rglob("*.png")) if folder else []


@pytest.mark.skipif(
    not list_real_masks(), reason="ISICEVAL_DATA does not name a folder of real masks"
)
@pytest.mark.parametrize("part", range(8))  # so that several processes can share the work
def test_real_masks_are_pillows(part):
    for path in list_real_masks()[part::8]:
        data = path.read_bytes()
        if parse_png(data).header.mode in ("1", "L"):
            assert_like_pillow(data)
