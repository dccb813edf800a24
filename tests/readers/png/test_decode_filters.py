"""Filters undone, against the definitions in the PNG specification, byte by byte."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isiceval.readers.bitmask import BitMask, pack_rows
from isiceval.readers.png.decode import NONE, PAETH, SUB, UP, unfilter_bits, unfilter_bytes


def paeth(left, above, corner):
    guess = left + above - corner
    return min((left, above, corner), key=lambda value: abs(guess - value))


def apply_filters(pixels, filters):
    """Filter rows of one byte a pixel; return what is stored, without the filter bytes."""
    height, width = pixels.shape
    padded = np.zeros((height + 1, width + 1), int)
    padded[1:, 1:] = pixels
    stored = np.empty((height, width), np.uint8)
    for y in range(height):
        for x in range(width):
            left, above, corner = padded[y + 1, x], padded[y, x + 1], padded[y, x]
            guess = {NONE: 0, SUB: left, UP: above, PAETH: paeth(left, above, corner)}[filters[y]]
            stored[y, x] = (padded[y + 1, x + 1] - guess) % 256
    return stored


@st.composite
def images(draw, kinds, values):
    height, width = draw(st.integers(1, 8)), draw(st.integers(1, 140))
    seed = draw(st.integers(0, 2**32 - 1))
    pixels = np.random.default_rng(seed).choice(np.array(values, np.uint8), (height, width))
    filters = draw(st.lists(st.sampled_from(kinds), min_size=height, max_size=height))
    return pixels, np.array(filters, np.uint8)


@given(images((NONE, SUB, UP, PAETH), (0, 255)))
def test_bits_of_binary_images(image):
    pixels, filters = image
    bits = pack_rows(apply_filters(pixels, filters))
    unfilter_bits(bits, filters, pixels.shape[1])
    assert np.array_equal(bits, BitMask.from_array(pixels > 0).bits)


@given(images((NONE, SUB, UP), range(256)))
def test_bytes(image):
    pixels, filters = image
    rows = np.column_stack([filters, apply_filters(pixels, filters)])
    assert np.array_equal(unfilter_bytes(rows), pixels)


@pytest.mark.parametrize("filters", [(NONE, UP), (UP, SUB), (SUB, UP)])
def test_bytes_below_a_known_row(filters):
    pixels = np.arange(30, dtype=np.uint8).reshape(3, 10) * np.uint8(8)
    stored = apply_filters(pixels, (NONE, *filters))[1:]
    rows = np.column_stack([np.array(filters, np.uint8), stored])
    assert np.array_equal(unfilter_bytes(rows, pixels[0]), pixels[1:])
