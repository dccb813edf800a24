"""Curves of draws, against the public formulas on rows that are literally repeated."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isiceval.metrics.curves import FORMULAS, LabelScores, measure_curves, measure_specificities
from tests import builders

SENSITIVITIES = (0.5, 0.8, 0.82, 0.95, 1.0)
# Few steps, so that many confidences are equal and many points lie on a straight line.
confidences = st.integers(0, 6).map(lambda k: k / 6) | st.floats(0, 1)
cases = st.lists(
    st.tuples(st.booleans(), confidences, st.lists(st.integers(0, 3), min_size=3, max_size=3)),
    min_size=1,
    max_size=30,
)


def make_rows(truth, confidence, **fields):
    n = len(truth)
    usual = {"weights": np.ones(n), "units": np.arange(n)}
    return LabelScores(
        truth=np.array(truth), confidence=np.array(confidence, float), **usual | fields
    )


def expect(metric, truth, confidence, **choices):
    if not len(truth):
        return math.nan
    return getattr(builders, metric)(truth, confidence, **choices)


@settings(deadline=None, max_examples=200)
@given(cases)
def test_each_metric_is_that_of_the_repeated_rows(drawn):
    truth, confidence, weights = map(np.array, zip(*drawn, strict=True))
    rows = make_rows(truth, confidence)
    found = measure_curves(rows, list(FORMULAS))(weights.astype(float))
    for draw, column in enumerate(weights.T):
        repeated = np.repeat(np.arange(len(truth)), column)
        for metric in FORMULAS:
            expected = expect(metric, truth[repeated], confidence[repeated])
            assert found[metric][draw] == pytest.approx(expected, abs=1e-12, nan_ok=True)


@settings(deadline=None, max_examples=200)
@given(cases)
def test_specificities_stand_at_the_vertices_of_the_repeated_rows(drawn):
    truth, confidence, weights = map(np.array, zip(*drawn, strict=True))
    evaluate = measure_specificities(make_rows(truth, confidence), SENSITIVITIES)
    found = evaluate(weights.astype(float))
    for draw, column in enumerate(weights.T):
        repeated = np.repeat(np.arange(len(truth)), column)
        for place, sensitivity in enumerate(SENSITIVITIES):
            expected = expect(
                "measure_specificity",
                truth[repeated],
                confidence[repeated],
                sensitivity=sensitivity,
            )
            assert found[place, draw] == pytest.approx(expected, abs=1e-12, nan_ok=True)


@settings(deadline=None, max_examples=100)
@given(cases, st.integers(0, 99))
def test_weights_of_the_score_are_those_of_the_formulas(drawn, seed):
    truth, confidence, weights = map(np.array, zip(*drawn, strict=True))
    own = np.random.default_rng(seed).choice([0.5, 1.0, 2.25], len(truth))
    metrics = ("auc", "average_precision")
    found = measure_curves(make_rows(truth, confidence, weights=own), metrics)(
        weights.astype(float)
    )
    for draw, column in enumerate(weights.T):
        repeated = np.repeat(np.arange(len(truth)), column)
        for metric in metrics:
            expected = expect(metric, truth[repeated], confidence[repeated], weights=own[repeated])
            assert found[metric][draw] == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_the_rows_of_a_unit_are_drawn_together():
    generator = np.random.default_rng(0)
    truth, confidence = generator.random(60) < 0.4, generator.random(60).round(1)
    units = generator.integers(0, 8, 60)
    weights = generator.integers(0, 3, (8, 5))
    rows = make_rows(truth, confidence, units=units)
    found = measure_curves(rows, ["auc"])(weights.astype(float))["auc"]
    for draw in range(5):
        repeated = np.repeat(np.arange(60), weights[units, draw])
        expected = builders.auc(truth[repeated], confidence[repeated])
        assert found[draw] == pytest.approx(expected, abs=1e-12)


def test_many_draws_of_many_confidences_are_taken_in_blocks(monkeypatch):
    generator = np.random.default_rng(1)
    truth, confidence = generator.random(40) < 0.5, generator.random(40)
    weights = generator.integers(0, 3, (40, 30)).astype(float)
    rows = make_rows(truth, confidence)
    whole = measure_curves(rows, list(FORMULAS))(weights)
    at = measure_specificities(rows, SENSITIVITIES)(weights)
    monkeypatch.setattr("isiceval.metrics.curves._BLOCK", 100)
    parts = measure_curves(rows, list(FORMULAS))(weights)
    assert all(np.array_equal(whole[name], parts[name]) for name in FORMULAS)
    assert np.array_equal(at, measure_specificities(rows, SENSITIVITIES)(weights))
