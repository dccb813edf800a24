"""Intervals of scores: what must agree with what, exactly."""

import numpy as np
import pytest
from scipy.stats import beta, gamma

from isiceval.metrics.arrays import Aggregator, Term, make_mean
from isiceval.options import BootstrapOptions
from isiceval.statistics.bootstrap import Resampling
from isiceval.statistics.intervals import (
    Moments,
    compute_interval,
    compute_intervals,
    compute_pull,
    find_intervals,
    gather,
)

RNG = np.random.default_rng(7)
VALUES = np.clip(0.8 + 0.15 * RNG.standard_normal(60), 0, 1)


def make_term(values, **fields):
    values = np.asarray(values, float)
    return Term(values, np.arange(len(values)), **fields)


def find_ends(*terms, n=None, **choices):
    gathered = [
        gather([term], n_units=n or len(term.values), resampling=Resampling(**choices))
        for term in terms
    ]
    score = sum(term.values.mean() for term in terms)
    return [float(end[0]) for end in compute_interval(np.array([score]), gathered)]


@pytest.mark.parametrize("found", [0, 1, 5, 12, 24, 25])
def test_the_interval_of_a_share_lies_between_jeffreys_and_clopper_pearson(found):
    n = 25
    low, high = find_ends(make_term(np.arange(n) < found))
    least = beta.ppf(0.025, found, n - found + 1) if found else 0.0
    most = beta.ppf(0.975, found + 1, n - found) if found < n else 1.0
    inner = beta.ppf([0.025, 0.975], found + 0.5, n - found + 0.5)
    assert least - 0.01 <= low <= inner[0] + 0.01
    assert inner[1] - 0.01 <= high <= most + 0.01
    assert high > low


def test_moments_are_those_of_draws():
    """Exponential weights, and one of shape one half for a pseudo-case of value 0."""
    rng = np.random.default_rng(1)
    weights = np.hstack([rng.standard_exponential((40_000, 60)), rng.gamma(0.5, size=(40_000, 1))])
    drawn = weights @ np.append(VALUES, 0.0) / weights.sum(axis=1)
    term = gather([make_term(VALUES)], n_units=60)
    squares, cubes = (own[0] for own in term.weigh(0.5))
    pulled = compute_pull(-term.mean, (term.gains**2).sum(axis=1), term.n, pseudo=0.5)
    moved, variance, third = (float(part[0]) for part in pulled)
    assert VALUES.mean() + moved == pytest.approx(drawn.mean(), abs=2e-4)
    assert (squares**2).sum() + variance == pytest.approx(drawn.var(), rel=0.02)
    expected = ((drawn - drawn.mean()) ** 3).mean()
    assert (cubes**3).sum() + third == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("skewness", [-2.8, -1.0, -0.2, 0.0, 0.2, 1.0, 2.8])
def test_quantiles_are_nearly_those_of_a_gamma_distribution(skewness):
    moments = Moments(np.array(0.0), np.array(1.0), np.array(skewness))
    shape = 4 / max(abs(skewness), 1e-3) ** 2
    for z, share in ((-1.96, 0.025), (1.96, 0.975)):
        tail = share if skewness >= 0 else 1 - share
        exact = (gamma.ppf(tail, shape) - shape) / np.sqrt(shape) * (1 if skewness >= 0 else -1)
        assert float(moments.find_quantile(z)) == pytest.approx(exact, rel=0.025, abs=0.005)


@pytest.mark.parametrize("skewness", [-2.0, -0.2, 0.0, 0.2, 2.0])
def test_scores_and_quantiles_are_inverse(skewness):
    moments = Moments(*(np.array(value) for value in (0.1, 0.02, skewness)))
    for z in (-1.0, 0.0, 1.5):
        assert moments.find_score(float(moments.find_quantile(z))) == pytest.approx(z, abs=1e-9)
    assert moments.find_score(9.0) > 100 or skewness >= 0
    point = Moments(np.array(0.1), np.array(0.0), np.array(0.0))
    assert (point.find_score(0.2), point.find_score(0.0)) == (np.inf, -np.inf)


def test_a_group_is_one_case_and_groups_of_one_change_nothing():
    values = np.repeat(VALUES[:20], 3)
    alone, single = find_ends(make_term(VALUES[:20])), find_ends(make_term(values))
    whole = find_ends(make_term(values), groups=[k // 3 for k in range(60)])
    assert whole == pytest.approx(alone, abs=1e-12)
    assert single[1] - single[0] < 0.7 * (whole[1] - whole[0])
    each = find_ends(make_term(values), groups=[str(k) for k in range(60)])
    assert each == pytest.approx(single, abs=1e-12)


def test_strata_take_the_spread_between_them_out():
    values = np.append(np.zeros(30), np.ones(30)) * 0.5 + 0.2
    low, high = find_ends(make_term(values))
    inside = find_ends(make_term(values), strata=(values > 0.5).tolist())
    assert inside[1] - inside[0] < 0.5 * (high - low)


def test_several_terms_of_the_same_cases_move_together():
    half = make_term(VALUES).scale(0.5)
    twice, once = find_ends(half, half), find_ends(make_term(VALUES))
    assert twice == pytest.approx(once, abs=0.01)
    other = half._replace(places=half.places + 60)
    apart = find_ends(half, other, n=120)
    assert apart[1] - apart[0] < 0.8 * (once[1] - once[0])


def make_aggregator(values, terms):
    n = len(values)
    return Aggregator(
        units=tuple(map(str, range(n))),
        names=("accuracy",),
        evaluate=make_mean([values]),
        compute_terms=lambda: terms,
    )


def test_the_method_of_each_interval_is_named():
    terms = {"accuracy": [make_term(VALUES)]}
    aggregator = make_aggregator(VALUES, terms)
    found, bootstrap = compute_intervals(aggregator, BootstrapOptions(draws=200))
    assert (found["accuracy"].method, bootstrap.interval) == ("pseudo-case", "pseudo-case")
    options = BootstrapOptions(draws=200, interval="percentile")
    found, bootstrap = compute_intervals(aggregator, options)
    assert (found["accuracy"].method, bootstrap.interval) == ("percentile", "percentile")
    unknown = {"accuracy": [make_term(np.full(60, np.nan))]}
    found, _ = compute_intervals(make_aggregator(VALUES, unknown), BootstrapOptions(draws=200))
    assert found["accuracy"].method == "percentile"


@pytest.mark.parametrize(
    ("values", "terms", "n"),
    [
        (VALUES[:4], {}, 0),
        (VALUES[:4], {"accuracy": [make_term(VALUES[:4])]}, 0),
        (VALUES[:5], {"accuracy": [make_term(VALUES[:5])]}, 1),
        (VALUES, {"accuracy": []}, 0),
        (VALUES, {"accuracy": [make_term(VALUES[:4])]}, 0),
        (VALUES, {"accuracy": [make_term(VALUES[:4], least=1)]}, 0),
        (VALUES, {"accuracy": [make_term(VALUES[:k], least=1) for k in (1, 9)]}, 1),
    ],
)
def test_with_fewer_than_five_cases_there_is_none(values, terms, n):
    aggregator = make_aggregator(values, terms)
    assert len(compute_intervals(aggregator, BootstrapOptions(draws=100))[0]) == n


def test_what_is_undefined_in_most_draws_has_no_interval():
    aggregator = make_aggregator(VALUES, {})
    nan = np.nan
    for column, n in (([0.1, 0.2, 0.3, 0.4], 1), ([nan, nan, 0.5, 0.6], 1), ([nan] * 3 + [0.1], 0)):
        draws = np.array(column)[:, None]
        assert len(find_intervals(aggregator, {}, draws, resampling=Resampling())) == n


def test_percentiles_of_a_value_that_no_draw_changes_are_a_pseudo_case_wide():
    aggregator = make_aggregator(VALUES, {})
    draws = np.full((50, 1), VALUES.mean())
    found = find_intervals(aggregator, {}, draws, resampling=Resampling())["accuracy"]
    assert found.low < VALUES.mean() < found.high
    assert found.high - found.low == pytest.approx(0.5 / 60.5)
    exact = find_intervals(aggregator, {}, draws, resampling=Resampling(), method="percentile")[
        "accuracy"
    ]
    assert exact.low == exact.high == VALUES.mean()
