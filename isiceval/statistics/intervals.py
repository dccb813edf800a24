"""Intervals that hold with few cases and rare classes: the Bayesian bootstrap with a pseudo-case.

Every unit gets a random weight, exponential with mean 1 (Rubin 1981, Annals of Statistics 9:130).
To find the lower end of an interval one more unit is added, the worst one possible, with a weight
of mean :data:`PSEUDO_SCORE`; to find the upper end the best one. So an interval never has zero
width, and no draw is 0/0. For a share of successes this lies between the intervals of Jeffreys
(half a pseudo-case at both ends) and of Clopper and Pearson (a whole one at the own end); for any
other mean of bounded values it is the rule of Gaffke 2005 with half his pseudo-case.

Nothing is drawn: mean, variance and skewness of the weighted score follow from its terms
(:class:`~isiceval.metrics.arrays.Term`), and the ends are quantiles of the Pearson type III
(shifted gamma) distribution that has them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from isiceval.metrics.arrays import Aggregator, FloatArray, Term, divide
from isiceval.metrics.registry import find_aggregate
from isiceval.model import Bootstrap, Interval, IntervalMethod
from isiceval.statistics.bootstrap import (
    MIN_DEFINED,
    Progress,
    Resampling,
    compute_percentiles,
    number_labels,
    plan_bootstrap,
    resample_all,
)

if TYPE_CHECKING:
    from isiceval.options import BootstrapOptions

LEVEL = 0.95

LEAST_UNITS = 5
"""Below so many images (groups, positive or negative rows) nothing has an interval: the pseudo-case
would be a tenth of them."""

PSEUDO_SCORE = 0.5
"""Mean weight of the pseudo-case of one score. With it coverage was at least .93 in every cell of
tests/benchmarks/measure_intervals.py; 0.25 misses failures not yet seen, 1 is wider than needed."""

# With less skewness a gamma distribution is normal to four digits, and a division by it loses some.
_NO_SKEW = 1e-4


class Moments(NamedTuple):
    """Mean, standard deviation and skewness of a statistic over random weights, of one shape."""

    mean: FloatArray
    deviation: FloatArray
    skewness: FloatArray

    def find_quantile(self, z: ArrayLike) -> FloatArray:
        """Return the value with the share below it that a normal distribution has below ``z``.

        Wilson and Hilferty 1931, PNAS 17:684: the cube root of a gamma distribution is nearly
        normal. Weights have a skewness of at most 2.83, and with that an end at 1.96 is 2 % short.
        """
        skew, normal = np.broadcast_arrays(self.skewness, np.asarray(z, dtype=np.float64))
        skew = np.where(np.abs(skew) < _NO_SKEW, _NO_SKEW, skew)
        root = np.maximum(1 + skew * normal / 6 - skew**2 / 36, 0.0)
        result: FloatArray = self.mean + self.deviation * (root**3 - 1) * 2 / skew
        return result

    def find_score(self, limit: float = 0.0) -> FloatArray:
        """Return the ``z`` that :meth:`find_quantile` turns into a limit; infinite beyond all."""
        beyond = np.where(self.mean <= limit, np.inf, -np.inf)
        away = np.divide(limit - self.mean, self.deviation, out=beyond, where=self.deviation > 0)
        skew = np.where(np.abs(self.skewness) < _NO_SKEW, _NO_SKEW, self.skewness)
        cube = np.where(np.isfinite(away), 1 + skew * away / 2, 0.0)
        score: FloatArray = np.where(
            cube > 0, (np.cbrt(cube) - 1) * 6 / skew + skew / 6, np.copysign(np.inf, away)
        )
        return score


def find_moments(mean: FloatArray, variance: FloatArray, third: FloatArray) -> Moments:
    """Turn mean, variance and third central moment into what :class:`Moments` holds."""
    deviation = np.sqrt(np.maximum(variance, 0.0))
    skewness = np.zeros_like(deviation)
    np.divide(third, deviation**3, out=skewness, where=deviation > 0)
    return Moments(mean, deviation, skewness)


class Gathered(NamedTuple):
    """One term of the scores of several submissions, its values gathered by what is drawn.

    ``sums`` (submissions, units): the values of each unit or group added up; ``gains`` the same
    less the mean, and in strata less that of the stratum, scaled so that their mean is that of the
    values. All others are (submissions,): how many units have a value, the mean of the values, what
    one more could be, and how much more than the mean group the group of a random value weighs.
    ``least`` is that of the terms.
    """

    sums: FloatArray
    gains: FloatArray
    n: FloatArray
    mean: FloatArray
    low: FloatArray
    high: FloatArray
    size: FloatArray
    least: int

    def weigh(self, pseudo: float) -> tuple[FloatArray, FloatArray]:
        """Scale the gains so that sums of squares, and of cubes, are moments: (submissions, units).

        Under weights of mean 1 for n units and ``pseudo`` for one more, their shares have a
        Dirichlet distribution of n + pseudo in all.
        """
        total = (self.n + pseudo)[:, None]
        square, cube = total * (total + 1), total * (total + 1) * (total + 2)
        return self.gains / np.sqrt(square), self.gains * np.cbrt(2 / cube)


def gather(
    terms: Sequence[Term], *, n_units: int, resampling: Resampling | None = None
) -> Gathered:
    """Gather one term of each of several submissions by unit, or by group of units."""
    groups, strata = (resampling.groups, resampling.strata) if resampling else (None, None)
    group, n_groups = np.arange(n_units), n_units
    if groups is not None:
        group, n_groups = number_labels(groups)
    sums, counts = np.zeros((2, len(terms), n_groups))
    for row, term in enumerate(terms):
        own = group[term.places]
        sums[row] = np.bincount(own, weights=term.values, minlength=n_groups)
        counts[row] = np.bincount(own, minlength=n_groups)
    total, n = counts.sum(axis=1), (counts > 0).sum(axis=1).astype(np.float64)
    centres = np.array([np.nan if term.centre is None else term.centre for term in terms])
    mean = np.where(np.isnan(centres), sums.sum(axis=1) / total, centres)
    gains = (sums - counts * mean[:, None]) * (n / total)[:, None]
    if strata is not None:
        stratum = np.zeros(n_groups, dtype=np.int64)
        stratum[group], n_strata = number_labels(strata)
        for each in range(n_strata):
            inside = (counts > 0) & (stratum == each)
            centre = divide((gains * inside).sum(axis=1), inside.sum(axis=1))
            gains -= np.where(inside, np.nan_to_num(centre)[:, None], 0.0)
    low, high = np.array([(term.low, term.high) for term in terms]).T
    size = (counts**2).sum(axis=1) * n / total**2
    return Gathered(sums, gains, n, mean, low, high, size, terms[0].least)


def compute_pull(
    beyond: FloatArray, squares: FloatArray, n: FloatArray, *, pseudo: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Compute what a pseudo-case adds to mean, variance and third moment, of one shape.

    ``beyond`` is how far it lies from the mean, ``squares`` the sum of squared gains, ``n`` the
    number of units.
    """
    total = n + pseudo
    moved = pseudo * beyond / total
    variance = (n * moved**2 + pseudo * (beyond - moved) ** 2) / (total * (total + 1))
    third = -3 * moved * squares - n * moved**3 + pseudo * (beyond - moved) ** 3
    return moved, variance, 2 * third / (total * (total + 1) * (total + 2))


def compute_interval(
    score: FloatArray,
    terms: Sequence[Gathered],
    *,
    span: tuple[float, float] = (0.0, 1.0),
    level: float = LEVEL,
) -> tuple[FloatArray, FloatArray]:
    """Compute the interval of each of several scores, (submissions,), from their gathered terms.

    Cut to ``span``, the range of the metric, which a fitted distribution may leave.

    >>> values = np.array([0.9, 0.8, 0.85, 0.0, 0.9, 0.95, 0.8, 0.85, 0.9, 0.9])
    >>> term = gather([Term(values, np.arange(10))], n_units=10)
    >>> [round(float(end[0]), 3) for end in compute_interval(values.mean(keepdims=True), [term])]
    [0.529, 0.894]
    """
    weighed = [term.weigh(PSEUDO_SCORE) for term in terms]
    # Terms of the same units move together, so their gains are added before they are squared.
    squares, cubes = (sum(own) for own in zip(*weighed, strict=True))
    z, ends = NormalDist().inv_cdf((1 + level) / 2), []
    for sign in (-1, 1):
        variance, third = (squares**2).sum(axis=-1), (cubes**3).sum(axis=-1)
        moved = np.zeros_like(score)
        for term in terms:
            beyond = ((term.low if sign < 0 else term.high) - term.mean) * term.size
            own = (term.gains**2).sum(axis=-1)
            pulled = compute_pull(beyond, own, term.n, pseudo=PSEUDO_SCORE)
            moved, variance, third = moved + pulled[0] ** 2, variance + pulled[1], third + pulled[2]
        # What pseudo-cases of several terms move is added in squares, as MOVER does (Zou and Donner
        # 2008): that the worst happens in every class at once is less likely than in one of them.
        moments = find_moments(score + sign * np.sqrt(moved), variance, third)
        ends.append(np.clip(moments.find_quantile(sign * z), *span))
    return ends[0], ends[1]


def compute_intervals(
    aggregator: Aggregator, options: BootstrapOptions, *, progress: Progress | None = None
) -> tuple[dict[str, Interval], Bootstrap]:
    """Compute the interval of each aggregate of a submission, and describe how it was made."""
    resampling, bootstrap = plan_bootstrap(options, aggregator.units)
    found = find_intervals(
        aggregator,
        aggregator.compute_terms(),
        lambda: resample_all([aggregator], resampling, progress=progress)[0],
        resampling=resampling,
        method=options.interval,
    )
    return found, bootstrap


def has_enough(terms: Sequence[Term]) -> bool:
    """Tell whether there are enough cases for an interval, in all and in each term."""
    sizes = [(len(term.values), term.least) for term in terms]
    return sum(n for n, _ in sizes) >= LEAST_UNITS and all(n >= least for n, least in sizes)


def find_intervals(
    aggregator: Aggregator,
    terms: Mapping[str, Sequence[Term]],
    draws: FloatArray | Callable[[], FloatArray],
    *,
    resampling: Resampling,
    method: IntervalMethod = "pseudo-case",
) -> dict[str, Interval]:
    """Find the 95 % interval of each aggregate, by name; none where there are too few cases.

    Where it has no terms, or none that can be used, or by ``method``, its interval lies between
    percentiles of draws, (draws, names), a pseudo-case wider unless ``method`` is percentile;
    draws in which it is undefined do not count, and where most are it has none. ``draws`` may be a
    function, which is called where they are needed.
    """
    n_units, scores, found = len(aggregator.units), aggregator.measure(), {}
    if len(set(resampling.groups or aggregator.units)) < LEAST_UNITS:
        return {}
    for place, name in enumerate(aggregator.names):
        own = terms.get(name)
        if own is not None:
            if not has_enough(own):
                continue
            if method == "pseudo-case" and all(np.isfinite(term.values).all() for term in own):
                gathered = [gather([term], n_units=n_units, resampling=resampling) for term in own]
                span = find_aggregate(name).range
                low, high = compute_interval(np.array([scores[name]]), gathered, span=span)
                found[name] = Interval(float(low[0]), float(high[0]), "pseudo-case")
                continue
        draws = draws() if callable(draws) else draws
        column = draws[:, place]
        if np.isnan(column).mean() <= 1 - MIN_DEFINED:
            low, high = compute_percentiles(column)
            if method == "pseudo-case":
                # What one pseudo-case at its worst and at its best would move the score.
                n = min((len(term.values) for term in own or ()), default=n_units)
                share = PSEUDO_SCORE / (n + PSEUDO_SCORE)
                ends = np.array(find_aggregate(name).range)
                low, high = np.array([low, high]) + share * (ends - scores[name])
                low, high = np.clip([low, high], *ends)
            found[name] = Interval(float(low), float(high))
    return found
