"""Redraw the cases: how often each one counts in each draw, and aggregates of a draw.

A draw is a row of weights, how often each case was drawn. All teams meet the same draw, so
that comparisons between them are paired.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from isiceval.metrics.arrays import Statistic
from isiceval.model import DRAWS, SEED
from isiceval.statistics.ordering import FloatArray, IntArray

# Elements of the largest array held at once: 8 MB of weights, whatever the number of draws.
_BLOCK = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampling:
    """How cases are redrawn: how often, from which seed, and what must stay together.

    ``clusters`` names the group (patient, lesion) of each case: whole groups are drawn, since
    images of one patient are no independent witnesses. ``strata`` names the stratum of each
    case: every draw takes as many cases (or clusters) from each stratum as there are; a
    stratum of one is in every draw.
    """

    draws: int = DRAWS
    seed: int = SEED
    clusters: Sequence[Hashable] | None = None
    strata: Sequence[Hashable] | None = None

    def __post_init__(self) -> None:
        if self.draws < 1:
            raise ValueError(f"draws must be at least 1, not {self.draws}")


class _Plan(NamedTuple):
    """What is drawn: units sorted by stratum, and the place of each case's unit among them."""

    place: IntArray
    start: NDArray[np.uint64]
    size: NDArray[np.uint64]


def iter_weights(n_cases: int, resampling: Resampling) -> Iterator[IntArray]:
    """Yield blocks of draws x cases: how often each case is drawn.

    The draws follow from the seed alone: PCG64's raw output, which NumPy keeps the same in
    every version, and neither the size of the blocks nor the number of teams plays a part.
    Memory stays at a few blocks of about a million numbers.
    """
    plan = _make_plan(n_cases, resampling)
    source = np.random.PCG64(resampling.seed)
    step = max(1, _BLOCK // n_cases)
    for done in range(0, resampling.draws, step):
        yield _draw(plan, source, min(step, resampling.draws - done))


def _draw(plan: _Plan, source: np.random.PCG64, rows: int) -> IntArray:
    n_units = len(plan.start)
    raw = source.random_raw(rows * n_units).reshape(rows, n_units)
    # The upper 32 bits scaled to the stratum's size: no branch, and a bias below 1e-6.
    drawn = plan.start + (((raw >> np.uint64(32)) * plan.size) >> np.uint64(32))
    cells = drawn.astype(np.int64) + n_units * np.arange(rows)[:, None]
    counts = np.bincount(cells.ravel(), minlength=rows * n_units).reshape(rows, n_units)
    return counts[:, plan.place]


def _make_plan(n_cases: int, resampling: Resampling) -> _Plan:
    unit = _number_labels(resampling.clusters, n_cases, "clusters", range(n_cases))
    stratum = _number_labels(resampling.strata, n_cases, "strata", [0] * n_cases)
    stratum_of_unit = np.zeros(len(set(unit.tolist())), dtype=np.int64)
    stratum_of_unit[unit] = stratum
    if (stratum_of_unit[unit] != stratum).any():
        raise ValueError("a cluster has cases in two strata")
    order = np.argsort(stratum_of_unit, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    sizes = np.bincount(stratum_of_unit)
    starts = np.cumsum(sizes) - sizes
    chosen = stratum_of_unit[order]
    return _Plan(place[unit], starts[chosen].astype(np.uint64), sizes[chosen].astype(np.uint64))


def _number_labels(
    labels: Sequence[Hashable] | None, n_cases: int, what: str, default: Sequence[Hashable]
) -> IntArray:
    labels = default if labels is None else labels
    if len(labels) != n_cases:
        raise ValueError(f"{what} must name one label a case: {len(labels)} for {n_cases} cases")
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(label, len(numbers)) for label in labels], dtype=np.int64)


def bootstrap(statistic: Statistic, n_cases: int, resampling: Resampling) -> FloatArray:
    """Compute a statistic on every draw; the result is draws x anything.

    ``statistic`` takes weights (draws x cases) and returns its value for each row. A metric
    that is no mean over cases, such as AUC, is thereby computed anew on each draw, with the
    weights as those of its cases.
    """
    return np.concatenate([statistic(block) for block in iter_weights(n_cases, resampling)])


def iter_signs(n_cases: int, resampling: Resampling) -> Iterator[IntArray]:
    """Yield blocks of draws x cases of signs, -1 or 1, each as likely; one sign a cluster."""
    unit = _number_labels(resampling.clusters, n_cases, "clusters", range(n_cases))
    source = np.random.PCG64([resampling.seed, 1])
    step = max(1, _BLOCK // n_cases)
    for done in range(0, resampling.draws, step):
        shape = (min(step, resampling.draws - done), len(set(unit.tolist())))
        top_bits = source.random_raw(shape[0] * shape[1]) >> np.uint64(63)
        yield (2 * top_bits.astype(np.int64) - 1).reshape(shape)[:, unit]
