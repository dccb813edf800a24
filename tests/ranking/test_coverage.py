"""How often intervals hold the truth, on made populations whose mean is known."""

import numpy as np
import pytest

from isiceval.ranking.resampling import Resampling
from isiceval.ranking.statistics import estimate_intervals

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
        found = estimate_intervals(values, resampling=Resampling(draws=500, seed=seed))
        held += int(((found.low <= MEAN) & (found.high >= MEAN)).sum())
    assert least <= held / samples <= most
