"""Random small PNGs of every kind, each against Pillow.

ISICEVAL_RANDOM_IMAGES says how many; the seed is fixed, so that a greater number only adds.
"""

import io
import os

import numpy as np
import png_writer as writer
import pytest
from PIL import Image

from isiceval.readers.png import decode as inflating
from isiceval.readers.png.chunks import parse_png
from isiceval.readers.png.decode import decode_grey, decode_other

COUNT = int(os.environ.get("ISICEVAL_RANDOM_IMAGES", "1000"))


def make_image(generator):
    """Make a PNG of random kind, size, filters and layout; masks are the most frequent."""
    mask = generator.random() < 0.4
    colour, depth = (0, 8) if mask else writer.KINDS[generator.integers(len(writer.KINDS))]
    width, height = (int(n) for n in generator.integers(1, 41 if mask else 14, 2))
    values = writer.make_values(
        width, height, colour=colour, depth=depth, seed=int(generator.integers(2**31))
    )
    if mask:
        high = generator.choice([255, 255, 255, 254, 1])
        values = (values > generator.choice([10, 127, 250])) * high
    return writer.write_png(
        values,
        colour=colour,
        depth=depth,
        filters=generator.integers(0, 5, generator.integers(1, 5)).tolist(),
        interlaced=generator.random() < 0.2,
        pieces=int(generator.integers(1, 4)),
        before=[(b"PLTE", writer.make_palette())] if colour == 3 else [],
    )


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


@pytest.mark.parametrize("block", [64, inflating.BLOCK_BYTES])
def test_random_images_are_pillows(block, monkeypatch):
    monkeypatch.setattr(inflating, "BLOCK_BYTES", block)
    generator = np.random.default_rng(2018)
    for k in range(COUNT):
        data = make_image(generator)
        found, expected = read(data), ask_pillow(data)
        assert np.array_equal(found, expected), f"image {k}: {data.hex()}"
