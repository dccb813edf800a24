"""Shares, pooled sums and the resizing of ISIC 2016 task 2B."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from isiceval.metrics.counts import FORMULAS, CountArrays, normalise, npv, ppv, resize_nearest
from isiceval.model import Counts
from tests.builders import pool

fields = st.integers(0, 10_000)
counts = st.builds(Counts, tp=fields, fp=fields, fn=fields, tn=st.integers(1, 10_000))


@settings(deadline=None)
@given(counts)
def test_shares_add_up_to_1_and_keep_every_ratio(mask):
    shares = normalise(mask)
    assert shares.total == pytest.approx(1)
    assert shares.tp * mask.total == pytest.approx(mask.tp)
    assert shares.fn * mask.total == pytest.approx(mask.fn)


def test_every_mask_weighs_the_same_whatever_its_size():
    large = Counts(tp=100, fp=0, fn=100, tn=200)
    small = Counts(tp=0, fp=1, fn=0, tn=3)
    assert pool(map(normalise, (large, small))) == CountArrays(tp=0.25, fp=0.25, fn=0.25, tn=1.25)


def test_a_mask_without_pixels_has_no_shares():
    with pytest.raises(ValueError, match="without pixels"):
        normalise(Counts(tp=0, fp=0, fn=0, tn=0))


@settings(deadline=None)
@given(st.lists(counts, max_size=30), st.randoms())
def test_the_order_of_what_is_pooled_moves_no_digit(masks, shuffler):
    shares = [normalise(mask) for mask in masks]
    shuffled = shares.copy()
    shuffler.shuffle(shuffled)
    assert pool(shares) == pool(shuffled)


def test_nothing_pools_to_nothing():
    assert pool([]) == CountArrays(tp=0, fp=0, fn=0, tn=0)


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_of_nothing_is_undefined(name):
    assert math.isnan(FORMULAS[name](pool([])))


def test_predictive_values():
    assert ppv(CountArrays(tp=0.5, fp=1.5, fn=9, tn=9)) == 0.25
    assert npv(CountArrays(tp=9, fp=9, fn=1.5, tn=0.5)) == 0.25


@pytest.mark.parametrize(
    ("rows", "columns"), [(767, 1022), (512, 512), (100, 100), (1, 1), (3, 2000), (1023, 511)]
)
def test_resizing_is_that_of_pillow(rows, columns):
    mask = np.random.default_rng(rows).random((rows, columns)) > 0.5
    image = Image.fromarray(mask.astype(np.uint8) * 255)
    expected = np.asarray(image.resize((512, 512), Image.Resampling.NEAREST)) > 128
    assert (resize_nearest(mask) == expected).all()


@pytest.mark.parametrize("shape", [(4,), (0, 4), (2, 2, 2)])
def test_only_masks_are_resized(shape):
    with pytest.raises(ValueError, match="two dimensions"):
        resize_nearest(np.zeros(shape, dtype=bool))
