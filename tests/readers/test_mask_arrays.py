"""Masks from memory."""

from __future__ import annotations

import numpy as np
import png_writer as writer
import pytest
from PIL import Image

from isiceval.model import Size
from isiceval.readers.mask import MaskRules, read_array

BLOB = writer.make_blob(41, 30)
SIZE = Size(41, 30)


def read(array, *, expected=SIZE, **rules):
    rules = MaskRules(**rules)
    return read_array(array, image="ISIC_1", name="ISIC_1", rules=rules, expected=expected)


@pytest.mark.parametrize(
    ("array", "mode"),
    [
        (BLOB, "1"),
        (BLOB * np.uint8(255), "L"),
        (BLOB * np.int64(200), "L"),
        (Image.fromarray(BLOB * np.uint8(255)), "L"),
        ((BLOB * np.uint8(255)).tolist(), "L"),
        (np.asfortranarray(BLOB), "1"),
        (BLOB.repeat(2, axis=1)[:, ::2], "1"),
    ],
)
def test_masks(array, mode):
    reading, mask = read(array)
    assert np.array_equal(mask.to_array(), BLOB)
    assert (reading.format, reading.mode, reading.size) == ("array", mode, SIZE)
    assert reading.foreground == BLOB.sum()
    assert reading.problems == ()


def test_values():
    assert read(BLOB)[0].values == (0, 255)
    assert read(BLOB * np.uint8(77))[0].values == (0, 77)
    assert read(BLOB & False)[0].values == (0,)


def test_digest_is_that_of_the_pixels():
    digests = {read(array)[0].sha256 for array in (BLOB, BLOB * 255, BLOB * np.uint8(130))}
    assert len(digests) == 1
    assert digests != {read(~BLOB)[0].sha256}
    flat = np.zeros((2, 3), bool)
    assert read(flat, expected=None)[0].sha256 != read(flat.T, expected=None)[0].sha256


def test_threshold_and_refusal():
    grey = np.array([[0, 128, 129]])
    reading, mask = read(grey, expected=None)
    assert (mask.to_array().tolist(), reading.values) == ([[False, False, True]], (0, 128, 129))
    reading, mask = read(grey, expected=None, grey="refuse")
    assert (mask, reading.values, reading.sha256) == (None, (0, 128, 129), "")


def test_zero_and_one_are_fine_at_threshold_zero():
    _, mask = read(BLOB.astype(int), threshold=0)
    assert np.array_equal(mask.to_array(), BLOB)


def test_another_size_is_not_looked_at():
    reading, mask = read(BLOB.T)
    assert (mask, reading.size, reading.problems, reading.foreground) == (
        None,
        Size(30, 41),
        (),
        None,
    )


class Refusing:
    def __array__(self, dtype=None, copy=None):
        raise TypeError("can't convert cuda tensor")


@pytest.mark.parametrize(
    ("array", "detail"),
    [
        (BLOB.astype(int), "pass booleans, mask.astype(bool)"),
        (np.ones((30, 41), np.uint8), "holds only 0 and 1"),
        (BLOB.astype(np.float32), "holds float32 values: pass booleans, for example mask > 0.5"),
        (BLOB[None], "has 3 dimensions (1x30x41)"),
        (np.zeros(7, bool), "has 1 dimensions (7)"),
        (np.float64(3), "has 0 dimensions (a single value)"),
        (np.zeros((0, 4), bool), "has no pixels"),
        (np.broadcast_to(np.uint8(0), (2**27, 1)), "has too many pixels"),
        (BLOB * -1, "from -1 to 0"),
        (BLOB * 256, "from 0 to 256"),
        (np.array([["a", "b"]]), "holds <U1 values"),
        (None, "has 0 dimensions"),
        (Refusing(), "Refusing cannot be made a NumPy array (TypeError)"),
        ([[1], [1, 2]], "list cannot be made a NumPy array (ValueError)"),
    ],
)
def test_what_is_not_a_mask_is_refused(array, detail):
    reading, mask = read(array)
    assert mask is None
    assert [(fault.code, fault.where) for fault in reading.problems] == [("wrong-array", "ISIC_1")]
    assert detail in reading.problems[0].detail
    assert reading.foreground is None
