"""What a conformance suite of PNG holds, made here: every kind alone, every size, every order."""

import io

import numpy as np
import png_writer as writer
import pytest
from PIL import Image

from isiceval.readers.mask import MaskRules, read_mask
from isiceval.readers.png.chunks import parse_png
from isiceval.readers.png.decode import decode_grey, decode_other

SQUARES = [*range(1, 10), *range(32, 41)]


def ask_pillow(data):
    with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        if image.mode in ("1", "P"):
            return np.asarray(image.convert("L" if image.mode == "1" else "RGB"))
        return np.asarray(image)


def read(data):
    png = parse_png(data)
    decode = decode_grey if png.header.mode in ("1", "L") else decode_other
    pixels = decode(png, png.header)
    assert (png.damage, pixels.damage) == ((), ())
    return pixels.bits.to_array() * np.uint8(255) if pixels.bits else pixels.array


def write(width, height, colour, depth, **options):
    values = writer.make_values(width, height, colour=colour, depth=depth, seed=width)
    palette = [(b"PLTE", writer.make_palette())] if colour == 3 else []
    return writer.write_png(values, colour=colour, depth=depth, before=palette, **options)


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("kind_of_filter", range(5))
@pytest.mark.parametrize(("colour", "depth"), writer.KINDS)
def test_every_kind_with_every_filter(colour, depth, kind_of_filter, interlaced):
    for width, height in [(1, 1), (2, 5), (7, 3), (33, 9)]:
        options = {"filters": (kind_of_filter,), "interlaced": interlaced}
        data = write(width, height, colour, depth, **options)
        assert np.array_equal(read(data), ask_pillow(data)), (width, height)


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(("colour", "depth"), [(0, 1), (0, 8), (3, 1), (3, 4), (2, 8)])
def test_every_small_square(colour, depth, interlaced):
    for side in SQUARES:
        data = write(side, side, colour, depth, filters=(4, 0, 3, 1, 2), interlaced=interlaced)
        assert np.array_equal(read(data), ask_pillow(data)), side


ASIDE = [(b"tIME", bytes([7, 226, 7, 27, 12, 0, 0])), (b"tEXt", b"Comment\0hello")]
BEFORE = [(b"pHYs", bytes(9)), (b"bKGD", bytes(2)), (b"sBIT", b"\x08"), *ASIDE]


@pytest.mark.parametrize(
    ("before", "after"), [([], []), (BEFORE, []), ([], ASIDE), (BEFORE[::-1], ASIDE[::-1])]
)
@pytest.mark.parametrize("pieces", [1, 2, 7, 10_000])
def test_chunks_in_any_order_and_image_data_in_any_pieces(before, after, pieces):
    mask = writer.make_blob(61, 44)
    data = writer.write_mask(mask, filters=(2, 4), before=before, after=after, pieces=pieces)
    assert np.array_equal(read(data), ask_pillow(data))
    rules = MaskRules(grey="refuse")
    reading, found = read_mask(data, image="a", name="a.png", rules=rules)
    assert reading.problems == ()
    assert np.array_equal(found.to_array(), mask)


def test_empty_pieces_of_image_data_are_no_damage():
    mask = writer.make_blob(61, 44)
    header, (kind, body), end = writer.split(writer.write_mask(mask))
    pieces = [(kind, b""), (kind, body[:9]), (kind, b""), (kind, body[9:]), (kind, b"")]
    data = writer.join([header, *pieces, end])
    assert np.array_equal(read(data), mask * np.uint8(255))
