"""Draws of the cases, and aggregates of a draw."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from isiceval.statistics import bootstrap
from isiceval.statistics.bootstrap import Resampling, iter_weights


def draw(n_cases, **choices):
    return np.concatenate(list(iter_weights(n_cases, Resampling(**choices))))


def test_the_seed_fixes_the_draws():
    expected = [[0, 2, 0, 2, 1], [1, 0, 1, 1, 2], [0, 3, 2, 0, 0]]
    assert draw(5, draws=3, seed=7).tolist() == expected
    assert draw(5, draws=3, seed=8).tolist() != expected


def test_more_draws_begin_with_the_same_ones():
    assert np.array_equal(draw(7, draws=40)[:15], draw(7, draws=15))


@pytest.mark.parametrize("block", [1, 20, 1000])
def test_the_size_of_the_blocks_moves_nothing(monkeypatch, block):
    labels = list("aabbbcd")
    expected = draw(7, draws=25, groups=labels)
    monkeypatch.setattr(bootstrap, "_BLOCK", block)
    assert np.array_equal(draw(7, draws=25, groups=labels), expected)


def test_blocks_are_bounded_whatever_the_number_of_draws(monkeypatch):
    monkeypatch.setattr(bootstrap, "_BLOCK", 30)
    sizes = [block.shape for block in iter_weights(10, Resampling(draws=7))]
    assert sizes == [(3, 10), (3, 10), (1, 10)]


def test_every_draw_takes_as_many_cases_as_there_are():
    weights = draw(9, draws=200)
    assert weights.shape == (200, 9)
    assert (weights.sum(axis=1) == 9).all()
    assert weights.min() == 0


def test_every_case_is_as_likely():
    weights = draw(20, draws=20_000)
    assert np.abs(weights.mean(axis=0) - 1).max() < 0.03
    assert np.abs(weights.var(axis=0) - 19 / 20).max() < 0.05
    pairs = np.corrcoef(weights.T)[np.triu_indices(20, k=1)]
    assert np.abs(pairs + 1 / 19).max() < 0.04


def test_groups_are_drawn_whole():
    labels = ["p1", "p2", "p1", "p3", "p2", "p1"]
    weights = draw(6, draws=300, groups=labels)
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, 0] == weights[:, 5]).all()
    assert (weights[:, 1] == weights[:, 4]).all()
    assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all()
    assert len(np.unique(weights.sum(axis=1))) > 1


def test_each_stratum_keeps_its_number_of_cases():
    labels = np.array(list("xyxzyx"))
    weights = draw(6, draws=300, strata=list(labels))
    for label, size in Counter(labels.tolist()).items():
        assert (weights[:, labels == label].sum(axis=1) == size).all()
    assert (weights[:, 3] == 1).all()
    assert all(weights[:, place].max() > 1 for place in (0, 1, 2, 4, 5))


def test_groups_are_drawn_within_strata():
    groups = [1, 1, 2, 3, 3, 4]
    weights = draw(6, draws=300, groups=groups, strata=list("aaabbb"))
    units = weights[:, [0, 2, 3, 5]]
    assert (units[:, :2].sum(axis=1) == 2).all()
    assert (units[:, 2:].sum(axis=1) == 2).all()
    assert (weights[:, 3] == weights[:, 4]).all()


def test_one_label_each_is_no_label():
    assert np.array_equal(draw(6, draws=50, groups=range(6)), draw(6, draws=50))
    assert np.array_equal(draw(6, draws=50, strata=["s"] * 6), draw(6, draws=50))
