"""How sure an expected calibration error is, and what a perfectly calibrated model would get.

The error is a sum of sizes, so chance makes it larger, never smaller: a percentile interval of its
draws lies above the value (it holds a true error of 0 in no sample at all). The interval here is
that of a sum of absolute values, some of which may be 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from isiceval.metrics.arrays import BoolArray, FloatArray
from isiceval.metrics.calibration import (
    CalibrationError,
    draw_reliability,
    make_gaps,
    make_gaps_of_outcomes,
)
from isiceval.model import Interval
from isiceval.statistics.bootstrap import TAILS, iter_outcomes, plan_bootstrap, resample
from isiceval.statistics.intervals import LEAST_UNITS

if TYPE_CHECKING:
    from isiceval.options import BootstrapOptions

MOST_DRAWN, LEAST_DRAWS = 10**8, 200  # cases times draws: some seconds
CLEAR = 2.0  # standard deviations from 0 at which the sign of a gap is taken as known


def measure_calibration(
    images: Sequence[str],
    columns: Sequence[tuple[BoolArray, FloatArray]],
    weights: FloatArray,
    *,
    bootstrap: BootstrapOptions,
) -> list[CalibrationError]:
    """Measure the calibration error of columns of a table, each its outcome and confidence.

    Every array is (cases,), ``images`` names the cases; confidences lie in [0, 1]. The cases are
    drawn as for all other intervals, groups of them whole; more than 100,000 cases not as often.
    Outcomes of a perfectly calibrated model are drawn from the confidences, independently.
    """
    resampling, planned = plan_bootstrap(bootstrap, images)
    most = max(LEAST_DRAWS, MOST_DRAWN // len(images))
    resampling = replace(resampling, draws=min(resampling.draws, most))
    measure = make_gaps(columns, weights)
    (gaps,) = measure(np.ones((1, len(images)), dtype=np.int64))
    drawn = resample(measure, len(images), resampling)
    confidences = [confidence for _, confidence in columns]
    perfect = [make_gaps_of_outcomes(confidence, weights) for confidence in confidences]
    outcomes = [
        [own(block) for own, block in zip(perfect, blocks, strict=True)]
        for blocks in iter_outcomes(confidences, resampling)
    ]
    found = []
    for column, pair in enumerate(columns):
        chance = np.abs(np.concatenate([block[column] for block in outcomes])).sum(axis=1)
        by_chance = Interval(*np.quantile(chance, TAILS).tolist())
        error, interval = draw_reliability(*pair, weights=weights).error, None
        if planned.n_units >= LEAST_UNITS:
            low, high = _find_ends(error, gaps[column], drawn[:, column])
            # An error that a perfectly calibrated model may get is one that may be 0.
            low = 0.0 if error <= by_chance.high else low
            # What no case shows may be as frequent as this, though no draw can find it
            # (Clopper and Pearson's limit for none of n).
            unseen = 1 - TAILS[0] ** (1 / planned.n_units)
            interval = Interval(min(low, 1 - unseen), max(high, unseen))
        found.append(CalibrationError(error, interval, fmean(chance.tolist()), by_chance))
    return found


def _find_ends(error: float, gaps: FloatArray, drawn: FloatArray) -> tuple[float, float]:
    """Find the ends of the interval of an error from its gaps, (bins,), and (draws, bins) of them.

    The size of a gap whose sign is clear errs to both sides; that of one near 0 errs upwards alone,
    by the size of its error. Each end takes what is farther: the lower one errors of gaps that may
    be 0 by their size, the upper one all with the sign of the gap.
    Fang and Santos 2019, Review of Economic Studies 86:377 (functions that have a kink).
    """
    errors = drawn - gaps
    signed = errors * np.sign(gaps)
    clear = np.abs(gaps) > CLEAR * errors.std(axis=0)
    upwards = np.where(clear, signed, np.abs(errors)).sum(axis=1)
    low = error - float(np.quantile(upwards, TAILS[1]))
    high = error - float(np.quantile(signed.sum(axis=1), TAILS[0]))
    return min(max(low, 0.0), error), max(min(high, 1.0), error)
