"""Aggregates of subgroups: the images that share a value of a column, or lie in a band of it.

A subgroup is scored by the same formulas as the whole, on its own images; its interval comes from
the same bootstrap, over the subgroup alone.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from isiceval.errors import CannotResample
from isiceval.metrics.arrays import Aggregator, FloatArray, average
from isiceval.model import Interval
from isiceval.options import BootstrapOptions
from isiceval.statistics.intervals import compute_intervals

MOST_CATEGORIES = 12  # more values than this are cut off after the most frequent, or not grouped
LEAST_FOR_BANDS = 7  # numbers of fewer different values are categories
CROWDED = 0.7  # where one band of equal width held more than this, quartiles are the edges
SHARE = "failure_rate"  # on pages, of misclassified cases too
NOT_GIVEN = "not given"
OTHER = "all others"

_NUMBER = re.compile(r"\s*([-+]?[0-9]+(?:[.,][0-9]+)?)\s*(%?)\s*")
_SIZE = re.compile(r"([0-9]+) x ([0-9]+)")

Key = tuple[int, float, str]
"""The key of a subgroup: what sorts first, then a number, then its name."""


LabelCounts: TypeAlias = Mapping[str, tuple[int, int]]
"""Of each label of a table, how many cases are positive and how many negative."""


class Subgroup(NamedTuple):
    """The images that share a value of a column, their aggregates, and the intervals of these.

    ``labels`` counts the cases of each label; empty where the task is of masks or superpixels.
    """

    name: str
    images: tuple[str, ...]
    values: Mapping[str, float]
    intervals: Mapping[str, Interval]
    labels: LabelCounts


class Breakdown(NamedTuple):
    """The subgroups of one column; ``note`` says why there are none."""

    column: str
    subgroups: tuple[Subgroup, ...] = ()
    note: str = ""


def compute_breakdown(
    column: str,
    values: Mapping[str, str],
    *,
    images: Sequence[str],
    prepare: Callable[[Sequence[str]], Aggregator],
    bootstrap: BootstrapOptions,
    count_labels: Callable[[Sequence[str]], LabelCounts] = lambda _: {},
) -> Breakdown:
    """Compute the aggregates of each subgroup of a column, given as the value of each image.

    ``prepare`` takes the images of a subgroup and gives their aggregates as a function of weights;
    it raises CannotResample where these cannot be computed, which the note then says.
    ``count_labels`` counts the positive and negative cases of each label.
    """
    found, subgroups = split_images(images, values), []
    if isinstance(found, str):
        return Breakdown(column, note=f"no subgroups: {found}")
    try:
        for name, own in found:
            # Only the rows of the subgroup are prepared: weights of 0 for all others give the same
            # numbers, at the cost of the whole table for each of its subgroups.
            made, labels = prepare(own), count_labels(own)
            intervals, _ = compute_intervals(made, bootstrap)
            subgroups.append(Subgroup(name, own, made.measure(), intervals, labels))
    except CannotResample as error:
        return Breakdown(column, note=f"no subgroups: {error}")
    return Breakdown(column, tuple(subgroups))


def split_images(
    images: Sequence[str], values: Mapping[str, str]
) -> list[tuple[str, tuple[str, ...]]] | str:
    """Split images into named subgroups by the values of a column, in the order of a report.

    Numbers (with or without a percent sign) of more than six different values go into bands. Where
    nearly every value is different, the answer is a text that says so.
    """
    texts = {image: values.get(image, "").strip() for image in images}
    counted = Counter(text for text in texts.values() if text)
    numbers = [_parse_number(text) for text in counted.elements()]
    known = [number for number in numbers if number is not None]
    if len(counted) >= LEAST_FOR_BANDS and len(known) == len(numbers):
        edges = _find_edges(known)
        unit = " %" if all(text.endswith("%") for text in counted) else ""
        keys = {text: _find_band(_parse_number(text) or 0.0, edges, unit) for text in counted}
    else:
        keys = {text: _find_category(text) for text in counted}
        if len(counted) > MOST_CATEGORIES:
            kept = {text for text, n in counted.most_common(MOST_CATEGORIES - 1) if n > 1}
            if sum(counted[text] for text in kept) * 2 < counted.total():
                return f"the column has {len(counted)} different values"
            keys |= dict.fromkeys(counted.keys() - kept, (1, 0.0, OTHER))
    keys[""] = (2, 0.0, NOT_GIVEN)
    groups: dict[Key, list[str]] = {}
    for image, text in texts.items():
        groups.setdefault(keys[text], []).append(image)
    return [(key[2], tuple(groups[key])) for key in sorted(groups)]


def _find_category(text: str) -> Key:
    """Sort categories by their number, or the pixels of an image size; others by name."""
    size = _SIZE.fullmatch(text)
    number = float(size[1]) * float(size[2]) if size else _parse_number(text)
    return 0, math.inf if number is None else number, text


def _parse_number(text: str) -> float | None:
    match = _NUMBER.fullmatch(text)
    return float(match[1].replace(",", ".")) if match else None


def _find_band(number: float, edges: Sequence[float], unit: str) -> Key:
    """Find the band of a number: each from its edge up to the next, the last end included."""
    place = sum(number >= edge for edge in edges[1:-1])
    low, high = edges[place], edges[place + 1]
    sign = "≤" if place == len(edges) - 2 else "<"
    return 0, low, f"{low:g} to {sign} {high:g}{unit}"


def _find_edges(numbers: Sequence[float]) -> list[float]:
    """Find round edges of equal distance, or rounded quartiles where one band held nearly all."""
    low, high = min(numbers), max(numbers)
    width = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(width))
    step = next(n * power for n in (1, 2, 5, 10) if n * power >= width * (1 - 1e-9))
    first = math.floor(low / step) * step
    n_bands = max(1, math.ceil((high - first) / step - 1e-9))
    edges = [round(first + n * step, 10) for n in range(n_bands + 1)]
    if max(np.histogram(numbers, edges)[0].tolist()) <= CROWDED * len(numbers):
        return edges
    quartiles = [float(f"{q:.2g}") for q in np.quantile(numbers, (0.25, 0.5, 0.75))]
    return [low, *sorted({quartile for quartile in quartiles if low < quartile < high}), high]


class Difficulty(NamedTuple):
    """The images from the hardest to the easiest, by their mean over submissions.

    ``values`` has shape (submissions, images), NaN where undefined; ``means`` shape (images,).
    """

    images: tuple[str, ...]
    values: FloatArray
    means: FloatArray


def compute_difficulty(rows: Sequence[Mapping[str, float]]) -> Difficulty | None:
    """Order the images by their mean; ``rows`` has the value of each image for each submission.

    An image whose value is undefined in every submission comes last. None where there is no value.
    """
    images = sorted({image for row in rows for image in row})
    if not images:
        return None
    values = np.array([[row.get(image, math.nan) for image in images] for row in rows])
    means = average(list(values))
    order = np.argsort(means, kind="stable")  # NaN sorts last
    return Difficulty(tuple(images[n] for n in order), values[:, order], means[order])
