"""Calibration against scikit-learn and by hand."""

import math

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from isiceval.metrics.calibration import N_BINS, brier_score, draw_reliability


def expected_calibration_error(outcome, confidence, **choices):
    return draw_reliability(outcome, confidence, **choices).error


ALL = pytest.mark.parametrize("measure", [brier_score, draw_reliability])


def make(seed, n=400):
    rng = np.random.default_rng(seed)
    confidence = np.round(rng.random(n), 2)  # ties, and values on the edges of bins
    return rng.random(n) < confidence**1.5, confidence, rng.integers(0, 4, n) / 2


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("weighted", [False, True])
def test_the_brier_score_is_that_of_scikit_learn(seed, weighted):
    outcome, confidence, weights = make(seed)
    weights = weights if weighted else None
    expected = brier_score_loss(outcome, confidence, sample_weight=weights)
    assert brier_score(outcome, confidence, weights=weights) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("n_bins", [1, 7, 10, 15])
def test_the_bins_are_those_of_scikit_learn(seed, n_bins):
    outcome, confidence, _ = make(seed)
    drawn = draw_reliability(outcome, confidence, n_bins=n_bins)
    shares, means = calibration_curve(outcome, confidence, n_bins=n_bins)
    filled = drawn.counts > 0
    assert drawn.shares[filled] == pytest.approx(shares, abs=1e-12)
    assert drawn.confidences[filled] == pytest.approx(means, abs=1e-12)
    assert drawn.counts.sum() == len(outcome)
    sizes = drawn.counts[filled] / len(outcome)
    error = draw_reliability(outcome, confidence, n_bins=n_bins).error
    assert error == pytest.approx(np.sum(sizes * np.abs(shares - means)), abs=1e-12)


def test_a_weight_counts_a_case_as_often():
    outcome, confidence, weights = make(3)
    times = (2 * weights).astype(int)
    repeated = np.repeat(outcome, times), np.repeat(confidence, times)
    for measure in (brier_score, expected_calibration_error):
        assert measure(outcome, confidence, weights=weights) == pytest.approx(
            measure(*repeated), abs=1e-12
        )
    assert draw_reliability(outcome, confidence, weights=weights).counts.sum() == sum(weights > 0)


def test_a_confidence_on_an_edge_lies_in_the_bin_below():
    drawn = draw_reliability([1, 0, 1, 1], [0.0, 0.5, 0.75, 1.0], n_bins=2)
    assert drawn.counts.tolist() == [2, 2]
    assert drawn.edges.tolist() == [0.0, 0.5, 1.0]


def test_without_a_case_nothing_is_defined():
    drawn = draw_reliability([], [])
    assert drawn.counts.tolist() == [0] * N_BINS
    assert np.isnan(drawn.shares).all()
    assert np.isnan(drawn.confidences).all()
    assert math.isnan(brier_score([], []))
    assert math.isnan(expected_calibration_error([1], [0.5], weights=[0]))


def test_what_is_always_true_and_certain_has_no_error():
    assert brier_score([1, 1], [1.0, 1.0]) == 0.0
    assert expected_calibration_error([1, 0], [1.0, 0.0]) == 0.0
    assert expected_calibration_error([0, 1], [1.0, 0.0]) == 1.0


@ALL
def test_what_does_not_fit_is_told(measure):
    with pytest.raises(ValueError, match="between 0 and 1"):
        measure([1, 0], [0.5, 1.5])
    with pytest.raises(ValueError, match="shape"):
        measure([1, 0], [0.5])
    with pytest.raises(TypeError, match="booleans"):
        measure([0.5], [0.5])
    with pytest.raises(ValueError, match="negative"):
        measure([1], [0.5], weights=[-1])


def test_a_diagram_has_bins():
    with pytest.raises(ValueError, match="at least one bin"):
        draw_reliability([1], [0.5], n_bins=0)
