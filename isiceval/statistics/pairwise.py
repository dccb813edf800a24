"""All differences between the submissions of a board, from one family of simultaneous intervals.

Verdicts, adjusted p-values, letters, sure ranks and the intervals of differences are all read from
one matrix of z-scores and one critical value, so that they cannot contradict each other: the
first of two submissions is better exactly where its simultaneous interval lies above 0, and
exactly where its adjusted p is at most alpha. A comparison of two is a board of two.

A difference is tested as in :mod:`isiceval.statistics.intervals`, one pseudo-case added that
speaks against it: the first submission at its worst, the second at its best. The critical value is
that of the largest of all z-scores, which are taken as normal with the correlation that the
submissions have over the cases (one step; Tukey's test without its assumption of equal variances).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from isiceval.metrics.arrays import BoolArray, FloatArray, IntArray, Term
from isiceval.model import IntervalMethod
from isiceval.statistics.bootstrap import Resampling
from isiceval.statistics.intervals import (
    LEAST_UNITS,
    LEVEL,
    Gathered,
    Moments,
    compute_pull,
    find_moments,
    gather,
    has_enough,
)

PSEUDO_DIFFERENCE = 0.75
"""Mean weight of the pseudo-case of a difference. Tests of many pairs reach farther into the tails
than one interval does: with 0.5 one of ten equal teams was called better in .07 of boards of 50
images with rare failures, with 0.75 in at most .05."""

CLASS_REACH = 2 / 3
"""How far a pseudo-case drives two submissions apart where the score has several terms (classes),
as a share of the range. With half of it one of ten equal AUCs was called better in .06 of boards;
with all of it in none, and with 20 positive cases nothing could be told. One mean needs all of it:
an image that one lost and the other did not makes a difference of nearly 1, and with half of it
equal teams were called different in up to .16 of samples."""

# The critical value is off by a standard error of .01 with so many draws.
GAUSSIAN_DRAWS = 10_000
_SEED = 12345
# The pairs of 200 teams take 5 s; for more of them the bound is at most a tenth wider.
_MOST_PAIRS = 200 * 199 // 2
# Elements of the largest array held at once: 32 MB.
_BLOCK = 2**22
# Differences of values with few decimals are equal to about 1e-16; what is smaller is round-off.
_ROUND_OFF = 1e-12

_POWER_SCORE = 0.8416  # the normal quantile of 80 %


class Differences(NamedTuple):
    """The differences of all ordered pairs, the row minus the column: arrays (teams, teams).

    ``observed``: of the scores. ``against``: its moments with the pseudo-case that speaks against
    the row. ``floor``: the least one-sided p that flipping the signs of differing cases could
    reach. ``covariance``: of the scores of the teams over the cases.
    """

    observed: FloatArray
    against: Moments
    floor: FloatArray
    covariance: FloatArray
    method: IntervalMethod = "pseudo-case"


def compare(
    terms: Sequence[Sequence[Term]],
    scores: FloatArray,
    drawn: FloatArray,
    *,
    resampling: Resampling,
    n_units: int,
) -> Differences:
    """Compare scores, (teams,), high is good, by their terms, or where they have none by draws.

    ``terms`` holds a list a team, ``drawn`` the scores on shared draws, (draws, teams), of
    ``n_units`` units or groups.
    """
    usable = {len(own) for own in terms} == {len(terms[0]) or -1} and all(
        np.isfinite(term.values).all() for own in terms for term in own
    )
    if not usable:
        return compare_draws(scores, drawn, n_units=n_units)
    units = len(resampling.groups or ()) or n_units
    columns = zip(*terms, strict=True)
    gathered = [gather(own, n_units=units, resampling=resampling) for own in columns]
    found = compare_terms(scores, gathered)
    if n_units < LEAST_UNITS or not all(map(has_enough, terms)):
        # Without an interval nothing is significant either.
        return found._replace(floor=np.full_like(found.floor, 0.5))
    return found


def compare_terms(scores: FloatArray, terms: Sequence[Gathered]) -> Differences:
    """Compare scores, (teams,), high is good, by their gathered terms; nothing is drawn.

    It takes matrix products of teams x units: 100 teams with 1000 units less than a second.
    """
    weighed = [term.weigh(PSEUDO_DIFFERENCE) for term in terms]
    squares, cubes = (sum(own) for own in zip(*weighed, strict=True))
    variance, third = _sum_squares(squares), _sum_cubes(cubes)
    covariance = squares @ squares.T
    shape = variance.shape
    moved, differing, least = np.zeros(shape), np.zeros(shape), np.full(shape, np.inf)
    reach = CLASS_REACH if len(terms) > 1 else 1.0
    for term in terms:
        far = reach * float(np.max(np.abs(term.high - term.low) * term.size))
        apart = np.subtract.outer(term.mean, term.mean)
        n = np.minimum.outer(term.n, term.n)
        pulled = compute_pull(-far - apart, _sum_squares(term.gains), n, pseudo=PSEUDO_DIFFERENCE)
        moved, variance, third = moved + pulled[0] ** 2, variance + pulled[1], third + pulled[2]
        differing += _count_differing(term.sums)
        if len(terms) == 2 and term.least > 1:  # both classes are needed
            least = np.minimum(least, n)
    observed = _drop_round_off(np.subtract.outer(scores, scores))
    # What pseudo-cases of several terms move is added in squares, as for an interval.
    against = find_moments(observed - np.sqrt(moved), variance, third)
    return Differences(observed, against, 0.5 ** np.minimum(differing, least), covariance)


def compare_draws(scores: FloatArray, drawn: FloatArray, *, n_units: int) -> Differences:
    """Compare scores, (teams,), that have no terms by their shared draws, (draws, teams).

    The pseudo-case is one of ``n_units``, which drives two submissions as far apart as can be.
    """
    kept = drawn[~np.isnan(drawn).any(axis=1)].T
    size = max(1, kept.shape[1])
    centred = (kept - kept.mean(axis=1, keepdims=True)) / np.sqrt(size)
    observed = _drop_round_off(np.subtract.outer(scores, scores))
    variance, third = _sum_squares(centred), _sum_cubes(centred * np.cbrt(np.sqrt(size)))
    n, squares = np.full(observed.shape, float(n_units)), variance * n_units**2
    pulled = compute_pull(-1.0 - observed, squares, n, pseudo=PSEUDO_DIFFERENCE)
    moments = find_moments(observed + pulled[0], variance + pulled[1], third + pulled[2])
    floor = np.full(observed.shape, 0.5**n_units)
    return Differences(observed, moments, floor, centred @ centred.T, "percentile")


def _sum_squares(rows: FloatArray) -> FloatArray:
    """Sum the squares of each row less each other, (rows, rows); multiplied out, as the cubes."""
    own = (rows**2).sum(axis=1)
    return np.maximum(own[:, None] + own - 2 * rows @ rows.T, 0.0)


def _sum_cubes(rows: FloatArray) -> FloatArray:
    own, mixed = (rows**3).sum(axis=1), rows**2 @ rows.T
    return own[:, None] - own - 3 * (mixed - mixed.T)


def _count_differing(values: FloatArray) -> FloatArray:
    """Count for each pair of teams the units in which they differ, (teams, teams)."""
    counts = [(np.abs(values - own) > _ROUND_OFF).sum(axis=1) for own in values]
    return np.array(counts, dtype=np.float64)


def _drop_round_off(differences: FloatArray) -> FloatArray:
    return np.where(np.abs(differences) <= _ROUND_OFF, 0.0, differences)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pairs:
    """What is known of every ordered pair, the row against the column: arrays (teams, teams).

    ``differences``, the row minus the column, with their simultaneous interval ``low``, ``high``.
    ``p_values``: one-sided, that the row is better; read as a probability it is that of the claim
    "the row outperforms the column" being false (after Christodoulou et al. 2025, with the
    Bayesian bootstrap and a prior of three quarters of a case against the claim). ``adjusted``: the
    two-sided p of the better one of a pair, adjusted for all pairs; 1 for the other one.
    ``better``: where it is at most alpha. ``enough``: whether the test could find anything at all.
    ``critical``: the z-score that it takes. ``errors``: the standard error of each difference.
    """

    differences: FloatArray
    low: FloatArray
    high: FloatArray
    p_values: FloatArray
    adjusted: FloatArray
    better: BoolArray
    enough: BoolArray
    errors: FloatArray
    critical: float
    against: Moments
    method: IntervalMethod

    @property
    def sure_ranks(self) -> tuple[IntArray, IntArray]:
        """Return the first and last rank that each team may have, (teams,).

        All of them hold at once in 95 of 100 boards: one more than the teams that are better, up
        to the number of teams that are not worse (Mogstad et al. 2024, Review of Economic Studies
        91:476, in one step).
        """
        low = 1 + self.better.sum(axis=0)
        high = len(self.better) - self.better.sum(axis=1)
        return low.astype(np.int64), high.astype(np.int64)

    def find_detectable(self) -> float | None:
        """Return the difference of neighbours that 80 of 100 such test sets would show.

        The least difference that is significant, and the normal quantile of the power in standard
        errors. The median over neighbours; None where there are none, or so few cases that no
        difference could be significant.
        """
        least = self.differences - self.against.find_quantile(-self.critical)
        found = least + _POWER_SCORE * self.errors
        neighbours = np.diagonal(np.where(self.enough, found, np.nan), offset=1)
        return None if np.isnan(neighbours).all() else float(np.nanmedian(neighbours))

    def is_equivalent(self, margin: float, *, alpha: float = 0.05) -> bool:
        """Tell whether the first two are shown to lie less than ``margin`` apart.

        Two one-sided tests, both at ``alpha``: Schuirmann 1987, J Pharmacokinet Biopharm 15:657.
        """
        behind = self.against.find_score(-margin)
        return max(float(behind[0, 1]), float(behind[1, 0])) <= NormalDist().inv_cdf(alpha)


def analyse_pairs(
    differences: Differences,
    *,
    span: tuple[float, float] = (0.0, 1.0),
    level: float = LEVEL,
    draws: int = GAUSSIAN_DRAWS,
) -> Pairs:
    """Find all that is known of each pair of teams.

    ``span`` is the range of the metric, ``draws`` are those of the critical value.
    """
    from scipy.special import ndtr, ndtri

    observed, against, floor, covariance, method = differences
    score = np.minimum(-against.find_score(0.0), -ndtri(np.maximum(floor, 1e-300)))
    # Not better: what is left of a whole, with the same numbers the other way.
    p_values = np.where(observed > 0, ndtr(-score), np.where(observed < 0, ndtr(score.T), 0.5))
    z = np.where(observed > 0, np.maximum(score, 0.0), 0.0)
    n_pairs, maxima = _draw_largest(covariance, draws)
    if maxima is None:
        critical, adjusted = float(-ndtri((1 - level) / 2 / n_pairs)), n_pairs * 2 * ndtr(-z)
    else:
        place = int(np.ceil((len(maxima) + 1) * level)) - 1
        critical = float(maxima[min(place, len(maxima) - 1)])
        beyond = len(maxima) - np.searchsorted(maxima, z, side="left")
        counted = (beyond + 1) / (len(maxima) + 1)
        # No draw reached it: Bonferroni's bound, which needs none.
        adjusted = np.where(beyond == 0, np.minimum(counted, n_pairs * 2 * ndtr(-z)), counted)
    better = z >= critical
    low = np.maximum(against.find_quantile(-critical), span[0] - span[1])
    # The floor of p says that signs alone could do this; the interval must then reach 0.
    low = np.where(better, np.maximum(low, 0.0), np.where(observed >= 0, np.minimum(low, 0), low))
    np.fill_diagonal(low, 0.0)
    variance = np.diag(covariance)
    spread = variance[:, None] + variance[None, :] - 2 * covariance
    return Pairs(
        differences=observed,
        low=low,
        high=0.0 - low.T,
        p_values=p_values,
        adjusted=np.where(observed > 0, np.minimum(adjusted, 1.0), 1.0),
        better=better,
        enough=2 * floor <= 1 - level,
        errors=np.sqrt(np.maximum(spread, 0.0)),
        critical=critical,
        against=against,
        method=method,
    )


def _draw_largest(covariance: FloatArray, draws: int) -> tuple[int, FloatArray | None]:
    """Count the pairs, and draw the largest |z| of them, sorted, (draws,).

    ``covariance`` is that of the scores. A pair that never differs is no pair. There are no draws
    of a single pair, and none of too many, for which Bonferroni's bound serves.
    """
    one, other = np.triu_indices(len(covariance), k=1)
    variance = np.diag(covariance)
    spread = variance[one] + variance[other] - 2 * covariance[one, other]
    varying = spread > _ROUND_OFF * max(float(np.max(variance)), _ROUND_OFF)
    one, other, spread = one[varying], other[varying], np.sqrt(spread[varying])
    if not 2 <= len(one) <= _MOST_PAIRS:
        return max(1, len(one)), None
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    generator = np.random.Generator(np.random.PCG64(_SEED))
    step = max(1, _BLOCK // len(one))
    largest = []
    for done in range(0, draws, step):
        rows = min(step, draws - done)
        drawn = generator.standard_normal((rows, len(covariance))) @ root.T
        largest.append(np.abs((drawn[:, one] - drawn[:, other]) / spread).max(axis=1))
    return len(one), np.sort(np.concatenate(largest))
