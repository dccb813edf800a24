"""Every aggregate of attribute masks and of superpixels on many draws of the images at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from isiceval.kinds.kind import SuperpixelConfidences
from isiceval.metrics.aggregates import POOLED_MASKS, POOLED_SUPERPIXELS
from isiceval.model import Case, Counts
from isiceval.statistics.bootstrap import make_sum
from isiceval.statistics.curves import CURVE_METRICS, Evaluate, Rows, make_curves
from isiceval.statistics.diagnoses import join_labels, make_tally, name_curve
from isiceval.statistics.ordering import FloatArray
from isiceval.statistics.tallies import Tally, add_tallies, measure_tally
from isiceval.tasks.task import Task

__all__ = ["make_attributes", "make_superpixels"]


def make_attributes(cases: Sequence[Case], places: Mapping[str, int], *, task: Task) -> Evaluate:
    """Make the statistic that computes every aggregate of attribute masks on each draw.

    ``places`` is the place of each image among what is drawn. It takes weights, images x draws,
    and returns the values by the aggregate's full name, as ``isiceval.metrics.pooled.pool_masks``
    names them.
    """
    tallies = _make_tallies(cases, places, task)

    def evaluate(weights: FloatArray) -> dict[str, FloatArray]:
        drawn = tallies(weights)
        found = [_measure(tally, task) for tally in drawn]
        joined = join_labels(found, POOLED_MASKS, task)
        return joined | _measure(add_tallies(drawn), task) if task.pooling == "shares" else joined

    return evaluate


def _measure(tally: Tally, task: Task) -> dict[str, FloatArray]:
    return {m: measure_tally(m, tally, undefined=task.undefined) for m in POOLED_MASKS}


def _make_tallies(
    cases: Sequence[Case], places: Mapping[str, int], task: Task
) -> Callable[[FloatArray], list[Tally]]:
    counts = np.zeros((len(task.labels), 4, len(places)))
    for case in cases:
        label = task.labels.index(case.label)
        counts[label, :, places[case.image]] += _weigh(case.counts, task)
    total = make_sum(counts.reshape(-1, len(places)))

    def add_up(weights: FloatArray) -> list[Tally]:
        drawn = weights.T.astype(np.int64)
        sums = total(drawn).T.reshape(len(task.labels), 4, -1)
        return [Tally(*label) for label in sums]

    return add_up


def _weigh(counts: Counts | None, task: Task) -> FloatArray:
    if counts is None:
        return np.zeros(4)
    pixels = np.array([counts.tp, counts.fp, counts.fn, counts.tn], dtype=np.float64)
    return pixels / counts.total if task.pooling == "shares" else pixels


def make_superpixels(
    pooled: SuperpixelConfidences, places: Mapping[str, int], *, task: Task
) -> Evaluate:
    """Make the statistic that computes every aggregate of superpixels on each draw of images.

    As :func:`make_attributes`; the superpixels of an image are drawn with it. Images that are
    not among ``places`` are left out.
    """
    owners = np.array([places.get(image, -1) for image in pooled.images], dtype=np.int64)
    units = owners[pooled.owners]
    kept = units >= 0
    labels = [
        _make_feature(
            Rows(
                truth=known,
                confidence=given,
                weights=np.ones(len(known)),
                units=units[kept],
                n_units=len(places),
            ),
            task,
        )
        for known, given in zip(pooled.truth[kept].T, pooled.confidences[kept].T, strict=True)
    ]
    return lambda weights: join_labels(
        [label(weights) for label in labels], POOLED_SUPERPIXELS, task
    )


def _make_feature(rows: Rows, task: Task) -> Evaluate:
    named = {m: name_curve(m, task) for m in POOLED_SUPERPIXELS if m in CURVE_METRICS}
    tally, curves = make_tally(rows, task), make_curves(rows, list(named.values()))
    counted = [m for m in POOLED_SUPERPIXELS if m not in named]

    def evaluate(weights: FloatArray) -> dict[str, FloatArray]:
        drawn, values = tally(weights), curves(weights)
        return {
            **{m: measure_tally(m, drawn, undefined=task.undefined) for m in counted},
            **{metric: values[name] for metric, name in named.items()},
        }

    return evaluate
