"""Two masks to four counts, from arrays and packed."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from isiceval.metrics.counts import count
from isiceval.model import Counts
from isiceval.readers.bitmask import BitMask, count_packed

shapes = st.tuples(st.integers(1, 4), st.integers(1, 140))
pairs = arrays.arrays(np.uint8, shapes, elements=st.integers(0, 3)).map(
    lambda both: (both % 2 > 0, both > 1)
)


def count_slowly(truth, prediction):
    cells = list(zip(truth.ravel().tolist(), prediction.ravel().tolist(), strict=True))
    return Counts(
        tp=cells.count((True, True)),
        fp=cells.count((False, True)),
        fn=cells.count((True, False)),
        tn=cells.count((False, False)),
    )


@given(pairs)
def test_counts_are_those_of_a_plain_loop(pair):
    truth, prediction = pair
    expected = count_slowly(truth, prediction)
    assert count(truth, prediction) == expected
    packed = count_packed(BitMask.from_array(truth), BitMask.from_array(prediction))
    assert packed == astuple(expected)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64, np.uint32])
def test_whole_numbers_are_foreground_above_the_threshold(dtype):
    truth = np.array([[True, True, True, True]])
    grey = np.array([[0, 128, 129, 200]], dtype)
    assert count(truth, grey) == Counts(tp=2, fp=0, fn=2, tn=0)
    assert count(truth, grey, threshold=199) == Counts(tp=1, fp=0, fn=3, tn=0)
    assert count(grey, truth) == Counts(tp=2, fp=2, fn=0, tn=0)


def test_lists_will_do():
    assert count([[255, 0]], [[0, 255]]) == Counts(tp=0, fp=1, fn=1, tn=0)


def test_empty_arrays_count_nothing():
    empty = np.zeros((0, 5), np.uint8)
    assert count(empty, empty).total == 0


@pytest.mark.parametrize(
    ("truth", "prediction", "error", "words"),
    [
        (np.zeros((2, 3), bool), np.zeros((3, 2), bool), ValueError, r"\(2, 3\) and \(3, 2\)"),
        (np.zeros((2, 2), bool), np.zeros((2, 2)), TypeError, "prediction.*mask > 0.5"),
        (np.zeros((2, 2), np.float32), np.zeros((2, 2), bool), TypeError, "truth holds float32"),
        (np.zeros((2, 2, 1), bool), np.zeros((2, 2, 1), bool), ValueError, "truth has 3 dim"),
        (np.zeros((2, 2), bool), np.eye(2, dtype=int), ValueError, "prediction holds only 0 and 1"),
    ],
)
def test_what_is_not_a_mask_is_refused(truth, prediction, error, words):
    with pytest.raises(error, match=words):
        count(truth, prediction)


def test_zero_and_one_are_fine_at_threshold_zero():
    ones = np.eye(2, dtype=int)
    assert count(ones, ones, threshold=0) == Counts(tp=2, fp=0, fn=0, tn=2)


def test_zero_and_one_beside_negative_numbers_are_numbers():
    assert count([[-1, 1]], [[True, True]]).fp == 2


def test_packed_masks_of_other_sizes_are_refused():
    small, large = (BitMask.from_array(np.zeros((2, n), bool)) for n in (3, 4))
    with pytest.raises(ValueError, match="3 x 2 and 4 x 2"):
        count_packed(small, large)
