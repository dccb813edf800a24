"""How often intervals hold the truth, on made populations whose mean is known."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from isiceval.kinds.classification import prepare
from isiceval.metrics.arrays import make_mean
from isiceval.statistics.bootstrap import Resampling, compute_percentiles, iter_weights, resample
from isiceval.statistics.intervals import find_intervals
from isiceval.tasks.task import find_task
from tests.builders import store_table

SKEWED = (4.0, 1.2)
MEAN = SKEWED[0] / sum(SKEWED)


@pytest.mark.parametrize(
    ("n_cases", "samples", "least", "most"),
    [
        (10, 1000, 0.85, 0.92),
        (50, 1000, 0.92, 0.97),
        (100, 1000, 0.92, 0.97),
        (1000, 300, 0.91, 0.98),
    ],
)
def test_the_interval_of_the_mean_holds_the_true_mean(n_cases, samples, least, most):
    """Few images make it too narrow, as the README says; the seeds make this test the same."""
    generator = np.random.default_rng(n_cases)
    held = 0
    for seed in range(samples // 100):
        values = generator.beta(*SKEWED, size=(100, n_cases))
        draws = resample(make_mean(values), n_cases, Resampling(draws=500, seed=seed))
        low, high = compute_percentiles(draws)
        held += int(((low <= MEAN) & (high >= MEAN)).sum())
    assert least <= held / samples <= most


# Three classes of unequal share, and how often each is recognised.
SHARES, RECALLS = (0.5, 0.3, 0.2), (0.9, 0.7, 0.5)
# Confidences of sick and healthy are normal, a standard deviation apart; 3 in 10 are sick.
SICK, TRUE_AREA = 0.3, float(norm.cdf(1 / math.sqrt(2)))


def make_areas(generator, n):
    truth = generator.random(n) < SICK
    given = norm.cdf(generator.normal(size=n) + truth)
    return truth[:, None].astype(float), given[:, None]


def make_diagnoses(generator, n):
    known = generator.choice(3, n, p=SHARES)
    right = generator.random(n) < np.array(RECALLS)[known]
    chosen = np.where(right, known, (known + 1) % 3)
    return np.eye(7)[known], 0.1 + 0.5 * np.eye(7)[chosen]


@pytest.mark.parametrize(
    ("task", "make", "name", "value"),
    [
        ("2020", make_areas, "auc", TRUE_AREA),
        ("2018/3", make_diagnoses, "balanced_accuracy", sum(RECALLS) / 3),
    ],
)
@pytest.mark.parametrize(("n", "samples"), [(50, 300), (100, 300), (1000, 50)])
def test_the_interval_of_what_is_no_mean_holds_the_truth(task, make, name, value, n, samples):
    generator, chosen = np.random.default_rng(n), replace(find_task(task), metrics=(name,))
    held = 0
    for seed in range(samples):
        truth, given = make(generator, n)
        aggregator = prepare(chosen, store_table(chosen, truth, given))
        blocks = iter_weights(n, Resampling(draws=300, seed=seed))
        drawn = np.concatenate([aggregator.evaluate(block) for block in blocks])
        interval = find_intervals(aggregator, {}, drawn, resampling=Resampling())[name]
        held += interval.low <= value <= interval.high
    assert 0.89 <= held / samples <= 0.985, "intervals of 90 or 99 % would lie beyond"
