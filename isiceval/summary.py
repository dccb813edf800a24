"""Summarise: the values of all cases to one number per metric."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from isiceval.metrics.catalogue import METRICS
from isiceval.model import Case


def mean(values: Iterable[float]) -> float:
    """Return the mean of the values that are defined; NaN where there is none.

    Summed exactly (``math.fsum``), so that neither the order of the cases nor the number
    of workers can move a digit.
    """
    defined = [value for value in values if not math.isnan(value)]
    return math.fsum(defined) / len(defined) if defined else math.nan


def summarise(cases: Sequence[Case], *, jaccard_threshold: float) -> dict[str, float]:
    """Compute every aggregate: the mean of each metric, the failure rate, the median Jaccard.

    A case whose value is NaN is left out of that metric's mean. The failure rate is the share,
    among the cases with a Jaccard, of those below ``jaccard_threshold``; a missing image is one.
    """
    aggregates = {name: mean(case.values[name] for case in cases) for name in METRICS}
    jaccards = sorted(case.values["jaccard"] for case in cases if has_jaccard(case))
    aggregates["failure_rate"] = mean(float(value < jaccard_threshold) for value in jaccards)
    aggregates["median_jaccard"] = _median(jaccards)
    return aggregates


def count_undefined(cases: Iterable[Case]) -> dict[str, int]:
    """Count, for each metric, the cases in which its formula was 0/0."""
    touched = dict.fromkeys(METRICS, 0)
    for case in cases:
        for name in case.undefined:
            touched[name] += 1
    return touched


def order_by_jaccard(cases: Iterable[Case]) -> list[Case]:
    """Order the cases from the worst Jaccard to the best, ties by image id."""
    ranked = [case for case in cases if has_jaccard(case)]
    return sorted(ranked, key=lambda case: (case.values["jaccard"], case.image))


def find_median(cases: Iterable[Case]) -> Case | None:
    """Find the case in the middle by Jaccard (the lower of the two middle ones)."""
    ordered = order_by_jaccard(cases)
    return ordered[(len(ordered) - 1) // 2] if ordered else None


def pick_examples(cases: Iterable[Case], *, n_worst: int, n_other: int) -> dict[str, list[Case]]:
    """Pick the worst, the median and the best images that were sent, each at most once.

    The worst go first from the lowest Jaccard up, the best from the highest down. Where there
    are few images, each list is shorter.
    """
    ordered = order_by_jaccard(case for case in cases if case.status == "scored")
    n_other = min(n_other, len(ordered) // 3)
    start = len(ordered) // 2 - n_other // 2
    return {
        "worst": ordered[: min(n_worst, max(1, start))],
        "median": ordered[start : start + n_other],
        "best": ordered[len(ordered) - n_other :][::-1],
    }


def has_jaccard(case: Case) -> bool:
    """Tell whether the case counts in the mean Jaccard; one of a label has none of its own."""
    return not case.label and not math.isnan(case.values.get("jaccard", math.nan))


def _median(ordered: Sequence[float]) -> float:
    if not ordered:
        return math.nan
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
