"""Break the score of a submission down by the values of a column: categories or bands."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from isiceval import summary
from isiceval.insight import Breakdown, Interval, Subgroup
from isiceval.model import Case
from isiceval.ranking.groups import Redrawing, plan_redrawing
from isiceval.ranking.ordering import FloatArray
from isiceval.ranking.statistics import estimate_intervals
from isiceval.scorecard import Scorecard

MOST_CATEGORIES = 12
LEAST_FOR_BANDS = 7
LEAST_FOR_INTERVAL = 5
CROWDED = 0.7
NOT_GIVEN = "not given"
OTHER = "all others"

_NUMBER = re.compile(r"\s*([-+]?[0-9]+(?:[.,][0-9]+)?)\s*(%?)\s*")


def break_down(
    scorecard: Scorecard, column: str, values: Mapping[str, str], *, redrawing: Redrawing
) -> Breakdown:
    """Break a scorecard down by one column, given as the value of each image.

    Numbers (with or without a percent sign) of more than six different values go into bands.
    An image without a value is "not given". A group of fewer than five has no interval.
    """
    found = split_images([case.image for case in scorecard.cases], values)
    if isinstance(found, str):
        return Breakdown(column=column, note=found)
    cases = {case.image: case for case in scorecard.cases}
    return Breakdown(
        column=column,
        subgroups=tuple(
            _describe(name, [cases[image] for image in images], scorecard, redrawing)
            for name, images in found
        ),
    )


def split_images(
    images: Sequence[str], values: Mapping[str, str]
) -> list[tuple[str, tuple[str, ...]]] | str:
    """Split images into named groups by the values of a column, in the order of a report.

    Where nearly every value is different, it is said why there are no groups.
    """
    texts = {image: values.get(image, "").strip() for image in images}
    name_of = _choose_names([text for text in texts.values() if text])
    if name_of is None:
        n = len(set(texts.values()) - {""})
        return f"not broken down: it has {n} different values"
    groups: dict[tuple[int, float, str], list[str]] = {}
    for image, text in texts.items():
        key = name_of(text) if text else (2, 0.0, NOT_GIVEN)
        groups.setdefault(key, []).append(image)
    return [(key[2], tuple(groups[key])) for key in sorted(groups)]


_Name = Callable[[str], tuple[int, float, str]]
"""From a value to the key of its group: what sorts first, then by number, then by name."""


def _choose_names(texts: Sequence[str]) -> _Name | None:
    """Choose how values are grouped; None where nearly every one is different."""
    numbers = [_read_number(text) for text in texts]
    if len(set(texts)) >= LEAST_FOR_BANDS and all(number is not None for number in numbers):
        defined = np.array([number for number in numbers if number is not None])
        return _Bands(_find_edges(defined), _find_unit(texts)).name
    counted = Counter(texts)
    if len(counted) <= MOST_CATEGORIES:
        return _name_category
    kept = {text for text, n in counted.most_common(MOST_CATEGORIES - 1) if n > 1}
    if sum(counted[text] for text in kept) * 2 < len(texts):
        return None
    return lambda text: _name_category(text) if text in kept else (1, 0.0, OTHER)


def _name_category(text: str) -> tuple[int, float, str]:
    sizes = re.fullmatch(r"([0-9]+) x ([0-9]+)", text)
    number = float(sizes[1]) * float(sizes[2]) if sizes else _read_number(text)
    return 0, math.inf if number is None else number, text


def _read_number(text: str) -> float | None:
    match = _NUMBER.fullmatch(text)
    return float(match[1].replace(",", ".")) if match else None


def _find_unit(texts: Sequence[str]) -> str:
    return " %" if all(text.endswith("%") for text in texts) else ""


class _Bands(NamedTuple):
    """Bands of numbers: each from its edge up to the next, the last one's end included."""

    edges: tuple[float, ...]
    unit: str

    def name(self, text: str) -> tuple[int, float, str]:
        number = _read_number(text) or 0.0
        inner = self.edges[1:-1]
        place = sum(number >= edge for edge in inner)
        low, high = self.edges[place], self.edges[place + 1]
        sign = "≤" if place == len(inner) else "<"
        return 0, low, f"{low:g} to {sign} {high:g}{self.unit}"


def _find_edges(numbers: FloatArray) -> tuple[float, ...]:
    """Find round edges of equal distance, or rounded quartiles where one band held nearly all."""
    low, high = min(numbers.tolist()), max(numbers.tolist())
    step = _round_up((high - low) / 5)
    first = math.floor(low / step) * step
    count = max(1, math.ceil((high - first) / step - 1e-9))
    edges = [round(first + n * step, 10) for n in range(count + 1)]
    if max(np.histogram(numbers, edges)[0].tolist()) <= CROWDED * len(numbers):
        return tuple(edges)
    quartiles = [float(f"{q:.2g}") for q in np.quantile(numbers, (0.25, 0.5, 0.75))]
    inner = sorted({quartile for quartile in quartiles if low < quartile < high})
    return (low, *inner, high)


def _round_up(width: float) -> float:
    power = 10.0 ** math.floor(math.log10(width))
    return next(n * power for n in (1, 2, 5, 10) if n * power >= width * (1 - 1e-9))


def _describe(
    name: str, cases: Sequence[Case], scorecard: Scorecard, redrawing: Redrawing
) -> Subgroup:
    aggregates = summary.summarise(cases, jaccard_threshold=scorecard.jaccard_threshold)
    intervals: list[Interval | None] = [None, None]
    if len(cases) >= LEAST_FOR_INTERVAL:
        intervals = [*_estimate(cases, scorecard, redrawing)]
    return Subgroup(
        name=name,
        n=len(cases),
        score=aggregates[scorecard.metric],
        failure_rate=aggregates["failure_rate"],
        score_interval=intervals[0],
        failure_interval=intervals[1],
    )


def _estimate(cases: Sequence[Case], scorecard: Scorecard, redrawing: Redrawing) -> list[Interval]:
    jaccard = np.array([case.values["jaccard"] for case in cases])
    failed = np.where(np.isnan(jaccard), np.nan, jaccard < scorecard.jaccard_threshold)
    score = np.array([case.values[scorecard.metric] for case in cases])
    resampling, _ = plan_redrawing(redrawing, [case.image for case in cases])
    found = estimate_intervals(np.vstack((score, failed)), resampling=resampling)
    return [
        Interval(estimate=float(e), low=float(low), high=float(high))
        for e, low, high in zip(found.estimate, found.low, found.high, strict=True)
    ]
