"""Differences between submissions: verdicts, p-values and intervals that agree."""

import numpy as np
import pytest

from isiceval.metrics.arrays import Term
from isiceval.metrics.curves import split_curve
from isiceval.statistics.bootstrap import Resampling
from isiceval.statistics.intervals import gather
from isiceval.statistics.pairwise import analyse_pairs, compare, compare_draws, compare_terms
from isiceval.statistics.significance import compute_signed_rank

RNG = np.random.default_rng(7)
HARD = RNG.standard_normal((1, 300))
NOISE = RNG.standard_normal((12, 300))
BOARD = np.clip(0.8 + 0.1 * HARD + 0.1 * NOISE + np.linspace(0, 0.1, 12)[:, None], 0, 1)


def compare_means(values):
    places = np.arange(values.shape[1])
    term = gather([Term(row, places) for row in values], n_units=len(places))
    return compare_terms(values.mean(axis=1), [term])


def test_verdict_p_value_and_interval_say_the_same():
    found = analyse_pairs(compare_means(BOARD))
    assert 10 < found.better.sum() < 66
    assert ((found.low > 0) == found.better).all()
    assert ((found.adjusted <= 0.05) == found.better).all()
    assert np.array_equal(found.high, -found.low.T)
    low, high = found.sure_ranks
    ranks = np.argsort(np.argsort(-BOARD.mean(axis=1))) + 1
    assert ((low <= ranks) & (ranks <= high)).all()


def test_the_mean_is_tested_not_the_typical_image():
    """A is better in nine of ten images, B by the mean: the signed rank test is for A."""
    n = 300
    first = np.where(np.arange(n) % 10 == 0, 0.30, 0.90)
    second = np.where(np.arange(n) % 50 == 7, 0.30, 0.86)
    found = analyse_pairs(compare_means(np.stack([first, second])))
    assert second.mean() > first.mean()
    assert compute_signed_rank((first - second)[None]).p_greater[0] < 1e-20
    assert not found.better[0, 1]
    assert found.p_values[1, 0] < 0.5


def test_draws_and_terms_find_alike():
    rng = np.random.default_rng(2)
    weights = rng.standard_exponential((4000, 300))
    drawn = weights @ BOARD.T / weights.sum(axis=1, keepdims=True)
    exact = analyse_pairs(compare_means(BOARD))
    found = analyse_pairs(compare_draws(BOARD.mean(axis=1), drawn, n_units=300))
    # Draws have no pseudo-case, so their intervals are a little narrower.
    assert found.low == pytest.approx(exact.low, abs=0.01)
    assert (found.better == exact.better).mean() > 0.9


def test_equal_submissions_and_round_off_are_ties():
    first = np.array([0.1, 0.2, 0.3] * 20)
    second = first.reshape(20, 3)[:, ::-1].ravel()  # the same values, summed in another order
    found = analyse_pairs(compare_means(np.stack([first, second, first])))
    assert not found.better.any()
    assert (found.adjusted == 1).all()
    assert found.p_values[0, 1] == 0.5


def test_one_positive_case_proves_nothing():
    truth = np.arange(100) == 0
    rows = np.linspace(1, 0, 100), np.linspace(0, 1, 100)
    terms = [split_curve("auc", truth, row) for row in rows]
    scores = np.array([own[0].values.mean() for own in terms])
    assert abs(scores[0] - scores[1]) == 1
    drawn = np.empty((0, 2))
    found = analyse_pairs(
        compare(terms, scores, drawn, resampling=Resampling(draws=1), n_units=100)
    )
    assert not found.better.any()
    assert not found.enough[0, 1]
    assert found.p_values.min() >= 0.5


def test_values_without_a_derivative_are_compared_by_the_draws():
    unknown = [[Term(np.full(300, np.nan), np.arange(300))]] * 2
    drawn = np.random.default_rng(0).normal([0.5, 0.6], 0.01, (500, 2))
    choices = {"resampling": Resampling(), "n_units": 300}
    scores = np.array([0.5, 0.6])
    found = analyse_pairs(compare(unknown, scores, drawn, **choices))
    assert found.better[1, 0]
    assert np.array_equal(found.low, analyse_pairs(compare([[], []], scores, drawn, **choices)).low)


def test_more_submissions_need_larger_differences():
    few, many = (analyse_pairs(compare_means(BOARD[:n])) for n in (2, 12))
    assert few.critical == pytest.approx(1.96, abs=0.001)
    assert 2.8 < many.critical < 3.5
    assert many.low[1, 0] < few.low[1, 0]
    assert analyse_pairs(compare_means(BOARD[:1])).find_detectable() is None


def test_the_detectable_difference_is_found_four_times_in_five():
    rng = np.random.default_rng(4)
    base = 0.7 + 0.05 * rng.standard_normal((400, 200))
    least = analyse_pairs(compare_means(0.7 + 0.05 * rng.standard_normal((2, 200))))
    moved = base + 0.05 * rng.standard_normal((400, 200)) / 1e9 + least.find_detectable()
    other = 0.7 + 0.05 * rng.standard_normal((400, 200))
    pairs = (np.stack(pair) for pair in zip(moved, other, strict=True))
    found = [analyse_pairs(compare_means(pair)).better[0, 1] for pair in pairs]
    assert 0.72 <= np.mean(found) <= 0.88


def test_too_few_cases_have_no_detectable_difference():
    found = analyse_pairs(compare_means(BOARD[:3, :5]))
    assert found.find_detectable() is None
    assert not found.enough.any()
    assert analyse_pairs(compare_means(BOARD[:3, :6])).find_detectable() > 0


def test_a_class_of_few_cases_decides_nothing_in_a_mean_over_classes():
    """A board then agrees with a comparison, which has no interval."""
    right, wrong = np.ones(200), np.zeros(200)
    places = np.arange(200)
    choices = {"resampling": Resampling(draws=1), "n_units": 200}
    for n_rare, better in ((4, False), (5, True)):
        sizes = {200: 0.8, 100: 0.1, n_rare: 0.1}
        terms = [
            [Term(row[:n], places[:n]).scale(share) for n, share in sizes.items()]
            for row in (right, wrong)
        ]
        found = analyse_pairs(compare(terms, np.array([1.0, 0.0]), np.empty((0, 2)), **choices))
        assert found.better[0, 1] == found.enough[0, 1] == better
