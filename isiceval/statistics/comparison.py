"""Compare two teams case by case: how large the difference is, and whether it is chance."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from isiceval.metrics.arrays import make_mean, make_sum
from isiceval.model import Difference
from isiceval.statistics.bootstrap import Resampling, bootstrap, iter_signs
from isiceval.statistics.ordering import Better, FloatArray, as_costs
from isiceval.statistics.significance import average_groups, measure_signed_rank
from isiceval.statistics.stability import LEVEL, find_percentiles


def compare_teams(
    first: ArrayLike,
    second: ArrayLike,
    *,
    better: Better = "higher",
    resampling: Resampling | None = None,
    level: float = LEVEL,
) -> Difference:
    """Compare the second team with the first on the same cases.

    Args:
        first: one value a case, NaN where it is undefined.
        second: the same cases in the same order.
        better: whether high or low values win.
        resampling: how many draws and flips, and which cases stay together in both; where some
            do, the signed rank test is of the mean difference of each group.
        level: the share of draws within the interval.

    Returns:
        The mean difference with its interval, p-values, effect sizes and wins. The p-value of
        the mean difference is (flips at least as far from 0 + 1) / (flips + 1), so it is never
        0: with 1000 flips at least 1/1001.

    Raises ValueError where no case is defined for both.
    """
    resampling = resampling or Resampling()
    differences = _subtract(first, second)
    mean, n_cases = make_mean(differences[None, :]), differences.size
    low, high = find_percentiles(bootstrap(mean, n_cases, resampling)[:, 0], level=level)
    grouped = resampling.clusters is not None
    test = measure_signed_rank(
        average_groups(differences, resampling.clusters or ()) if grouped else differences
    )
    gains = -as_costs(differences, better)
    return Difference(
        n_cases=int(np.count_nonzero(~np.isnan(differences))),
        difference=float(mean(np.ones((1, n_cases), dtype=np.int64))[0, 0]),
        low=float(low),
        high=float(high),
        p_value=_flip_signs(differences, resampling),
        p_signed_rank=test.p_two_sided,
        effect_size=_standardise(differences),
        rank_biserial=test.rank_biserial,
        first_wins=int((gains < 0).sum()),
        second_wins=int((gains > 0).sum()),
        ties=int((gains == 0).sum()),
    )


def _subtract(first: ArrayLike, second: ArrayLike) -> FloatArray:
    one, other = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if one.ndim != 1 or one.shape != other.shape:
        raise ValueError(f"two rows of equal length are needed, not {one.shape} and {other.shape}")
    differences = other - one
    if np.isnan(differences).all():
        raise ValueError("no case is defined for both teams")
    return differences


def _flip_signs(differences: FloatArray, resampling: Resampling) -> float:
    total, n_cases = make_sum(differences[None, :]), differences.size
    observed = abs(total(np.ones((1, n_cases), dtype=np.int64)))
    flips = (np.abs(total(signs)) for signs in iter_signs(n_cases, resampling))
    reached = sum(int((flip >= observed).sum()) for flip in flips)
    return (reached + 1) / (resampling.draws + 1)


def _standardise(differences: FloatArray) -> float:
    defined = differences[~np.isnan(differences)]
    spread = float(np.std(defined, ddof=1)) if defined.size > 1 else 0.0
    # Differences that vary by rounding alone do not vary.
    if spread <= 1e-12 * float(np.abs(defined).max()):
        return math.nan
    return float(defined.mean()) / spread
