"""Bootstrap: how often each unit counts in each draw, and percentiles of draws.

A draw is a row of weights: how often each unit (an image, a row of a table) was drawn. All
submissions meet the same draws, so that comparisons between them are paired.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from isiceval.errors import IsicevalError
from isiceval.metrics.arrays import Aggregator, FloatArray, IntArray, Statistic
from isiceval.model import DRAWS, SEED, Bootstrap
from isiceval.sources.sidecars import fold_image

if TYPE_CHECKING:
    from isiceval.options import BootstrapOptions
    from isiceval.sources.sidecars import Groups

# The quantiles between which 95 % of a distribution lies.
TAILS = ((1 - 0.95) / 2, (1 + 0.95) / 2)

# With fewer of the draws defined, an interval would describe an odd selection of them.
MIN_DEFINED = 0.5

# Elements of the largest array held at once: 8 MB of weights, whatever the number of draws.
_BLOCK = 2**20

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the draws done and all draws."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampling:
    """How units are drawn: how often, from which seed, and what must stay together.

    ``groups`` names the group (patient, lesion) of each unit: whole groups are drawn, since images
    of one patient are not independent. ``strata`` names the stratum of each unit: every draw takes
    as many units (or groups) from each stratum as there are. Both have one label a unit, and the
    units of a group one stratum.
    """

    draws: int = DRAWS
    seed: int = SEED
    groups: Sequence[Hashable] | None = None
    strata: Sequence[Hashable] | None = None


def plan_bootstrap(options: BootstrapOptions, units: Sequence[str]) -> tuple[Resampling, Bootstrap]:
    """Plan the draws of these units, and describe how they are made.

    A unit with a blank group is a group by itself. Raises IsicevalError where the table of groups
    leaves out a unit, or where a group has units in two strata.
    """
    groups: list[Hashable] | None = None
    strata: list[str] | None = None
    if options.groups is not None:
        where = options.groups.where
        strata = _find_labels(options.groups.strata, units, where)
        partial = options.groups.partial
        labels = _find_labels(options.groups.group_of, units, where, partial=partial)
        if labels is not None:
            # A pair cannot be mistaken for the name of a group.
            groups = [label or (unit, "") for unit, label in zip(units, labels, strict=True)]
        seen: dict[Hashable, str] = {}
        for group, stratum in zip(groups or (), strata or (), strict=False):
            if seen.setdefault(group, stratum) != stratum:
                raise IsicevalError(
                    f"{where}: the group '{group}' has images in the strata '{seen[group]}' and "
                    f"'{stratum}'; a group is drawn whole, so it must lie in one"
                )
    resampling = Resampling(draws=options.draws, seed=options.seed, groups=groups, strata=strata)
    bootstrap = Bootstrap(
        draws=options.draws,
        seed=options.seed,
        n_units=len(set(groups or units)),
        grouped=groups is not None,
        grouped_by=_describe_groups(options.groups) if groups is not None else "",
        n_strata=len(set(strata or [""])),
        interval=options.interval,
    )
    return resampling, bootstrap


def _describe_groups(groups: Groups | None) -> str:
    return f"{groups.by} of {groups.where}" if groups is not None and groups.by else ""


def _find_labels(
    labels: Mapping[str, str], units: Sequence[str], where: str, *, partial: bool = False
) -> list[str] | None:
    """Find the label of each unit, blank where there need not be one."""
    if not labels:
        return None
    absent = [unit for unit in units if unit not in labels]
    if absent:
        folded = {fold_image(image): label for image, label in labels.items()}
        named = {unit: folded[own] for unit in absent if (own := fold_image(unit)) in folded}
        labels, absent = {**labels, **named}, [unit for unit in absent if unit not in named]
    if absent and (not partial or len(absent) == len(units)):
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        need = "at least one image" if partial else "every image"
        raise IsicevalError(
            f"{where} has no line for {absent[0]}{more}; it needs one for {need} of the task"
        )
    return [labels.get(unit, "") for unit in units]


def number_labels(labels: Sequence[Hashable]) -> tuple[IntArray, int]:
    """Number labels from 0 in order of first appearance; return how many there are too."""
    numbers: dict[Hashable, int] = {}
    numbered = [numbers.setdefault(label, len(numbers)) for label in labels]
    return np.array(numbered, dtype=np.int64), len(numbers)


def iter_weights(n_units: int, resampling: Resampling) -> Iterator[IntArray]:
    """Yield blocks of weights, (draws, units): how often each unit is drawn.

    The draws follow from the seed alone: PCG64's raw output, which NumPy keeps the same in
    every version; neither the size of the blocks nor the number of submissions plays a part.
    Memory stays at a few blocks of about a million numbers.
    """
    group, n_groups = number_labels(resampling.groups or range(n_units))
    stratum, _ = number_labels(resampling.strata or [0] * n_units)
    stratum_of_group = np.zeros(n_groups, dtype=np.int64)
    stratum_of_group[group] = stratum
    # Groups sorted by stratum: the place of each, and where its stratum starts and how large it is.
    order = np.argsort(stratum_of_group, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(n_groups)
    sizes = np.bincount(stratum_of_group)
    start, size = (
        own[stratum_of_group[order]].astype(np.uint64) for own in (np.cumsum(sizes) - sizes, sizes)
    )
    generator = np.random.PCG64(resampling.seed)
    for rows in _iter_blocks(n_units, resampling):
        raw = generator.random_raw(rows * n_groups).reshape(rows, n_groups)
        # The upper 32 bits scaled to the stratum's size: no branch, and a bias below 1e-6. In
        # place, since new arrays of this size take longer to get than to fill.
        raw >>= np.uint64(32)
        raw *= size
        raw >>= np.uint64(32)
        raw += start + n_groups * np.arange(rows, dtype=np.uint64)[:, None]
        cells = raw.view(np.int64).ravel()
        counts = np.bincount(cells, minlength=rows * n_groups).reshape(rows, n_groups)
        yield counts[:, place[group]]


def iter_outcomes(
    confidences: Sequence[FloatArray], resampling: Resampling
) -> Iterator[list[IntArray]]:
    """Yield blocks of outcomes, (draws, cases), 0 or 1, drawn from each array of confidences.

    A case comes true with the probability that its confidence, in [0, 1], says. All arrays meet the
    same random numbers.
    """
    generator, n_cases = np.random.PCG64([resampling.seed, 2]), len(confidences[0])
    for rows in _iter_blocks(n_cases, resampling):
        # Whole numbers below 2**53 are exact as floats, so that no machine rounds another way.
        uniform = (generator.random_raw(rows * n_cases) >> np.uint64(11)).reshape(rows, n_cases)
        yield [(uniform < own * 2.0**53).astype(np.int64) for own in confidences]


def _iter_blocks(n_units: int, resampling: Resampling) -> Iterator[int]:
    """Yield how many draws each block has."""
    step = max(1, _BLOCK // n_units)
    for done in range(0, resampling.draws, step):
        yield min(step, resampling.draws - done)


def resample(statistic: Statistic, n_units: int, resampling: Resampling) -> FloatArray:
    """Compute a statistic on every draw: (draws, anything)."""
    return np.concatenate([statistic(block) for block in iter_weights(n_units, resampling)])


def resample_all(
    aggregators: Sequence[Aggregator], resampling: Resampling, *, progress: Progress | None = None
) -> list[FloatArray]:
    """Compute the aggregates of several submissions, all on the same draws: (draws, names) each."""
    found: list[list[FloatArray]] = [[] for _ in aggregators]
    done = 0
    for block in iter_weights(len(aggregators[0].units), resampling):
        for own, aggregator in zip(found, aggregators, strict=True):
            own.append(aggregator.evaluate(block))
        done += len(block)
        if progress is not None:
            progress(done, resampling.draws)
    return [np.concatenate(own) for own in found]


def compute_percentiles(draws: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the ends of the middle 95 % of the draws (the first axis), NaN left out.

    NaN where none is defined. Efron and Tibshirani 1993, An Introduction to the Bootstrap, ch. 13.
    """
    # Not np.quantile, which takes one column at a time here and loads numpy.ma.
    ordered = np.sort(draws, axis=0)  # NaN at the end
    last = np.maximum((~np.isnan(draws)).sum(axis=0) - 1, 0)
    ends = []
    for tail in TAILS:
        place = tail * last
        before = np.floor(place).astype(np.int64)
        at = np.stack([before, np.minimum(before + 1, last)])
        low, high = np.take_along_axis(ordered, at, axis=0)
        ends.append(low + (high - low) * (place - before))
    return ends[0], ends[1]
