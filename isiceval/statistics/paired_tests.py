"""Paired tests of what is no mean over cases: DeLong's of AUC, McNemar's, the bootstrap's."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from isiceval.statistics.ordering import BoolArray, FloatArray

__all__ = ["compare_aucs", "map_aucs", "map_draws", "measure_draws", "measure_labels"]


def map_aucs(truth: ArrayLike, confidences: ArrayLike) -> FloatArray:
    """Test for each ordered pair of teams whether the AUC of the first is higher, by DeLong.

    Args:
        truth: booleans, one a case.
        confidences: teams x cases.

    Returns:
        teams x teams, in [0, 1]: one-sided p of "row is better than column", unadjusted; NaN on
        the diagonal and where DeLong's variance is 0 although the areas differ, or unknown.

    DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44:837, computed from midranks as in Sun
    and Xu 2014, IEEE Signal Processing Letters 21:1389.
    """
    placed = [_place(np.asarray(truth, dtype=bool), row) for row in np.asarray(confidences, float)]
    p_values = np.full((len(placed), len(placed)), np.nan)
    for one, other in combinations(range(len(placed)), 2):
        p_values[one, other], p_values[other, one] = _test_areas(placed[one], placed[other])
    return p_values


def compare_aucs(truth: ArrayLike, first: ArrayLike, second: ArrayLike) -> float:
    """Return DeLong's two-sided p of a difference between two areas; NaN where it has none.

    >>> round(compare_aucs([0, 0, 0, 1, 1, 1], [1, 2, 5, 4, 3, 6], [3, 2, 4, 1, 5, 6]), 4)
    0.763
    """
    p_values = map_aucs(truth, [first, second])
    smaller = float(np.minimum(p_values[0, 1], p_values[1, 0]))
    return smaller if np.isnan(smaller) else min(1.0, 2 * smaller)


class _Placed(NamedTuple):
    """One team's placements: the share of negative cases below each positive one, and so on."""

    positive: FloatArray
    negative: FloatArray


def _place(truth: BoolArray, confidence: FloatArray) -> _Placed:
    from scipy.stats import rankdata

    among_all = rankdata(confidence)
    own_positive, own_negative = rankdata(confidence[truth]), rankdata(confidence[~truth])
    below = among_all[truth] - own_positive
    above = len(own_positive) - (among_all[~truth] - own_negative)
    return _Placed(below / max(1, len(own_negative)), above / max(1, len(own_positive)))


def _test_areas(one: _Placed, other: _Placed) -> tuple[float, float]:
    """Return p that the first area is larger, and that it is smaller."""
    from scipy.special import ndtr

    if min(len(one.positive), len(one.negative)) < 2:
        return np.nan, np.nan
    differences = [a - b for a, b in zip(one, other, strict=True)]
    difference = float(differences[0].mean())
    variance = sum(float(d.var(ddof=1)) / len(d) for d in differences)
    if variance > 0:
        z = difference / float(np.sqrt(variance))
        return float(ndtr(-z)), float(ndtr(z))
    return (1.0, 1.0) if difference == 0 else (np.nan, np.nan)


def measure_labels(only_first: int, only_second: int) -> float:
    """Return McNemar's exact two-sided p from how many cases only one of two is right in.

    1 where there is no such case. McNemar 1947, Psychometrika 12:153, by the binomial
    distribution.

    >>> measure_labels(1, 7)
    0.0703125
    """
    from scipy.special import bdtr

    n = only_first + only_second
    return min(1.0, 2 * float(bdtr(min(only_first, only_second), n, 0.5))) if n else 1.0


def map_draws(draws: FloatArray, values: FloatArray, *, n_units: int) -> FloatArray:
    """Test for each ordered pair of teams whether the first is better, on paired draws.

    Args:
        draws: draws x teams, high is good; NaN where undefined, such draws do not count.
        values: one a team, on the cases as they are.
        n_units: how many things each draw takes.

    Returns:
        teams x teams, in [0, 1]: one-sided p of "row is better than column", unadjusted, as
        :func:`measure_draws` finds it; NaN on the diagonal.
    """
    n_teams = len(values)
    p_values = np.full((n_teams, n_teams), np.nan)
    for one, other in combinations(range(n_teams), 2):
        difference = draws[:, one] - draws[:, other]
        observed = float(values[one] - values[other])
        p_values[one, other] = measure_draws(difference, observed, n_units=n_units)
        p_values[other, one] = measure_draws(-difference, -observed, n_units=n_units)
    return p_values


def measure_draws(differences: FloatArray, observed: float, *, n_units: int) -> float:
    """Return the one-sided p that a difference is above 0, from its value on each draw.

    It is (b + 1) / (B + 1), b of B draws being at 0 or below it. Where b is 0 that is as small as
    it can get, too large for many pairs to be adjusted; there p is the tail of a normal
    distribution with the standard deviation of the draws, if that is smaller. It is never below
    1 in 2 to the number of units, which is what flipping the sign of each could reach, so that
    three images cannot prove anything. 1 where no draw is defined.

    Davison and Hinkley 1997, Bootstrap Methods and their Application, chapter 4.

    >>> measure_draws(np.array([0.1, 0.2, -0.1]), 0.1, n_units=50)
    0.5
    """
    from scipy.special import ndtr

    # What differs by rounding alone does not differ.
    defined = np.round(differences[~np.isnan(differences)], 12)
    reached = int((defined <= 0).sum())
    p_value = (reached + 1) / (len(defined) + 1)
    spread = float(defined.std(ddof=1)) if len(defined) > 1 else 0.0
    if not reached and spread > 0:
        p_value = min(p_value, float(ndtr(-observed / spread)))
    return max(p_value, 0.5**n_units)
