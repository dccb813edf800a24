"""How sure a calibration error is: its interval and what chance alone gives."""

import numpy as np
import pytest

from isiceval.metrics.calibration import draw_reliability, make_gaps, make_gaps_of_outcomes
from isiceval.options import BootstrapOptions
from isiceval.sources.sidecars import Groups
from isiceval.statistics.bootstrap import Resampling, iter_outcomes
from isiceval.statistics.calibration import measure_calibration


def make(n, seed, *, shift=0.0):
    """Make confidences, and outcomes as often true as the confidence, less ``shift``, says."""
    rng = np.random.default_rng(seed)
    confidence = 1 / (1 + np.exp(-1.5 * rng.normal(size=n) - 1))
    return rng.random(n) < np.clip(confidence - shift, 0, 1), confidence


def measure(*columns, weights=None, **fields):
    n = len(columns[0][0])
    images = [f"i{k}" for k in range(n)]
    own = np.ones(n) if weights is None else weights
    return measure_calibration(images, columns, own, bootstrap=BootstrapOptions(**fields))


def test_the_error_is_that_of_the_diagram():
    rng = np.random.default_rng(0)
    weights = rng.integers(1, 4, 200) / 2
    columns = [make(200, seed) for seed in (1, 2)]
    for own in (None, weights):
        for column, found in zip(columns, measure(*columns, weights=own, draws=50), strict=True):
            expected = draw_reliability(*column, weights=own).error
            assert found.error == pytest.approx(expected, abs=1e-12)
            assert found.interval.low <= found.error <= found.interval.high


def test_a_drawn_case_counts_as_often_as_it_was_drawn():
    outcome, confidence = make(60, 3)
    times = np.random.default_rng(1).multinomial(60, np.ones(60) / 60, size=5)
    gaps = make_gaps([(outcome, confidence)], np.ones(60))(times)[:, 0]
    for row, own in zip(times, gaps, strict=True):
        repeated = np.repeat(outcome, row), np.repeat(confidence, row)
        assert np.abs(own).sum() == pytest.approx(draw_reliability(*repeated).error, abs=1e-7)


def test_gaps_of_outcomes_are_those_of_a_truth():
    outcomes = np.stack([make(60, seed)[0] for seed in range(5)])
    confidence, weights = make(60, 9)[1], np.random.default_rng(2).random(60) + 0.5
    gaps = make_gaps_of_outcomes(confidence, weights)(outcomes.astype(np.int64))
    for outcome, own in zip(outcomes, gaps, strict=True):
        expected = draw_reliability(outcome, confidence, weights=weights).error
        assert np.abs(own).sum() == pytest.approx(expected, abs=1e-12)


def test_outcomes_come_true_as_often_as_their_confidence():
    confidence = np.array([0.0, 1.0, 0.25, 0.5])
    (block,) = iter_outcomes([confidence, 1 - confidence], Resampling(draws=4000, seed=3))
    assert block[0].mean(axis=0) == pytest.approx(confidence, abs=0.03)
    assert block[1].mean(axis=0) == pytest.approx(1 - confidence, abs=0.03)
    assert (block[0][:, :2] == [0, 1]).all()
    # The first ones, so that no machine or version of NumPy draws others.
    assert block[0][:6, 3].tolist() == [1, 1, 0, 1, 1, 1]


def test_what_a_perfect_model_gets_by_chance_is_known():
    # reference: .136 for 50 cases and .101 for 100, of other confidences; here by simulation.
    _, confidence = make(100, 4)
    rng = np.random.default_rng(5)
    draws = [draw_reliability(rng.random(100) < confidence, confidence).error for _ in range(2000)]
    (found,) = measure((make(100, 4)[0], confidence), draws=2000)
    assert found.perfect == pytest.approx(np.mean(draws), abs=0.003)
    ends = (found.perfect_range.low, found.perfect_range.high)
    assert ends == pytest.approx(tuple(np.quantile(draws, [0.025, 0.975])), abs=0.008)


def test_an_error_that_chance_explains_may_be_zero_and_another_may_not():
    for seed in range(5):
        (calibrated,) = measure(make(200, seed), draws=200)
        assert (calibrated.interval.low == 0) == (calibrated.error <= calibrated.perfect_range.high)
        (wrong,) = measure(make(200, seed, shift=0.4), draws=200)
        assert wrong.error > wrong.perfect_range.high
        assert 0 < wrong.interval.low < wrong.error < wrong.interval.high < 1


@pytest.mark.parametrize(("shift", "least"), [(0.0, 0.93), (0.04, 0.93), (0.3, 0.93)])
def test_the_interval_holds_the_true_error(shift, least):
    outcome, confidence = make(400_000, 100, shift=shift)
    expected = np.clip(confidence - shift, 0, 1) - confidence
    true = draw_reliability(outcome, confidence).error if shift else 0.0
    assert shift == 0 or true == pytest.approx(np.abs(expected).mean(), abs=0.005)
    held = 0
    for seed in range(150):
        (found,) = measure(make(80, seed, shift=shift), draws=200, seed=seed)
        held += found.interval.low <= true <= found.interval.high
    assert held / 150 >= least


def test_few_units_have_no_interval():
    column = make(12, 6)
    assert measure(tuple(own[:4] for own in column), draws=50)[0].interval is None
    assert measure(tuple(own[:5] for own in column), draws=50)[0].interval is not None
    groups = Groups(where="g", group_of={f"i{k}": f"p{k % 4}" for k in range(12)})
    assert measure(column, draws=50, groups=groups)[0].interval is None


def test_groups_are_drawn_whole():
    outcome, confidence = (np.repeat(own, 8) for own in make(40, 7, shift=0.3))
    groups = Groups(where="g", group_of={f"i{k}": f"p{k // 8}" for k in range(320)})
    (free,), (grouped,) = (
        measure((outcome, confidence), draws=200, groups=own) for own in (None, groups)
    )
    assert grouped.error == free.error
    widths = [own.interval.high - own.interval.low for own in (free, grouped)]
    assert widths[1] > 1.5 * widths[0]


def test_the_same_seed_gives_the_same_numbers():
    column = make(90, 8)
    assert measure(column, draws=60, seed=4) == measure(column, draws=60, seed=4)
    assert measure(column, draws=60, seed=4) != measure(column, draws=60, seed=5)


def test_certain_cases_that_are_all_right_do_not_prove_the_next_one():
    certain, right = np.array([1.0, 0.0] * 5), np.array([True, False] * 5)
    found, wrong = (measure((own, certain), draws=50)[0] for own in (right, ~right))
    assert (found.error, found.perfect, wrong.error) == (0.0, 0.0, 1.0)
    unseen = 1 - 0.025**0.1  # Clopper and Pearson's limit for none of ten
    assert (found.interval.low, found.interval.high) == pytest.approx((0.0, unseen))
    assert (wrong.interval.low, wrong.interval.high) == pytest.approx((1 - unseen, 1.0))
