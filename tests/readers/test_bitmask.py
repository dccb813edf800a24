"""Packed masks: layout, counting, and the way there and back."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from isiceval.model import Size
from isiceval.readers.bitmask import BitMask, count_bits, count_words, pack_rows

masks = arrays.arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 140)))


@given(masks)
def test_round_trip(mask):
    packed = BitMask.from_array(mask)
    assert packed.size == Size(mask.shape[1], mask.shape[0])
    assert np.array_equal(packed.to_array(), mask)
    assert packed.to_array().dtype == bool
    assert packed.foreground == packed.foreground == mask.sum()


def test_layout_is_as_documented():
    mask = np.zeros((2, 130), bool)
    mask[0, 3] = mask[1, 64] = mask[1, 129] = True
    bits = BitMask.from_array(mask).bits
    assert bits.shape == (2, 3)
    assert bits.tolist() == [[8, 0, 0], [0, 1, 2]]


@pytest.mark.parametrize("width", [1, 7, 8, 63, 64, 65, 127, 128, 129])
def test_bits_after_the_row_are_zero(width):
    packed = BitMask.from_array(np.ones((3, width), bool))
    assert packed.bits.shape == (3, count_words(width)) == (3, (width + 63) // 64)
    assert count_bits(packed.bits) == 3 * width


def test_pack_rows_takes_any_value_above_zero():
    assert pack_rows(np.array([[0, 1, 255, 2]], np.uint8)).tolist() == [[14]]


def test_packed_masks_survive_the_way_between_processes():
    mask = np.eye(70, dtype=bool)
    again = pickle.loads(pickle.dumps(BitMask.from_array(mask)))
    assert np.array_equal(again.to_array(), mask)
    assert again.foreground == 70


@given(masks)
def test_border(mask):
    inner = mask.copy()
    inner[1:-1, 1:-1] = False
    n = mask.size - max(mask.shape[0] - 2, 0) * max(mask.shape[1] - 2, 0)
    assert BitMask.from_array(mask).measure_border() == inner.sum() / n


def test_counting_many_bits():
    assert count_bits(np.full((1000, 100), 2**64 - 1, np.uint64)) == 6_400_000


def test_counting_more_than_32_bits_can_hold(monkeypatch):
    monkeypatch.setattr("isiceval.readers.bitmask._FEW_WORDS", 1)
    assert count_bits(np.full(3, 2**64 - 1, np.uint64)) == 192
