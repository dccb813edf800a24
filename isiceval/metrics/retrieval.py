"""Formulas of a short list: which malignant lesions stand among each patient's first few."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from isiceval.metrics.probability import Floats, Truth, check_arrays

__all__ = ["ranked_retrieval_sensitivity", "retrieval_sensitivity"]


class _Shortlist(NamedTuple):
    truth: Truth
    confidence: Floats
    n_positive: int


def retrieval_sensitivity(
    truth: ArrayLike, confidence: ArrayLike, *, patients: Sequence[Hashable], n: int = 15
) -> float:
    """Return the mean over patients of the share of malignancies among the ``n`` most suspicious.

    Arrays of shape (cases,), ``patients`` names each case's patient; patients without a
    malignancy do not count. At equal confidence the earlier case is taken first. Range [0, 1],
    1 is best. Undefined (NaN) when no patient has a malignancy.
    Source: ISIC 2024 secondary prize, ISIC-Research/Challenge-2024-Metrics at 34993a2,
    ``SecondaryMetric-TopNSensitivity.py`` ("average ranks").

    >>> retrieval_sensitivity([1, 1, 0, 1], [0.1, 0.9, 0.5, 0.2], patients="aaab", n=2)
    0.75
    """
    found = [
        int(shortlist.truth.sum()) / shortlist.n_positive
        for shortlist in _iter_shortlists(truth, confidence, patients, n)
    ]
    return math.fsum(found) / len(found) if found else math.nan


def ranked_retrieval_sensitivity(
    truth: ArrayLike, confidence: ArrayLike, *, patients: Sequence[Hashable], n: int = 15
) -> float:
    """Return the same with every found malignancy weighed by its place among the ``n``.

    The weight is the place from below, 1 for the lowest distinct confidence on the list, divided
    by ``n``; it parts submissions that tie in :func:`retrieval_sensitivity`. Range [0, 1], 1 is
    best. Undefined (NaN) when no patient has a malignancy.
    Source: as :func:`retrieval_sensitivity` ("weighted ranks").

    >>> ranked_retrieval_sensitivity([1, 0, 1], [0.9, 0.5, 0.2], patients="aaa", n=2)
    0.5
    """
    found = [
        _add_places(shortlist) / (shortlist.n_positive * n)
        for shortlist in _iter_shortlists(truth, confidence, patients, n)
    ]
    return math.fsum(found) / len(found) if found else math.nan


def _add_places(shortlist: _Shortlist) -> int:
    _, places = np.unique(shortlist.confidence, return_inverse=True)
    return int((places + 1)[shortlist.truth].sum())


def _iter_shortlists(
    truth: ArrayLike, confidence: ArrayLike, patients: Sequence[Hashable], n: int
) -> Iterator[_Shortlist]:
    known, given, _ = check_arrays(truth, confidence, None)
    if len(patients) != len(known):
        raise ValueError(f"{len(patients)} patients for {len(known)} cases")
    if n < 1:
        raise ValueError(f"n must be at least 1, it is {n}")
    rows: dict[Hashable, list[int]] = {}
    for row, patient in enumerate(patients):
        rows.setdefault(patient, []).append(row)
    for own in rows.values():
        cases = np.array(own)
        n_positive = int(known[cases].sum())
        if n_positive:
            first = cases[np.argsort(-given[cases], kind="stable")[:n]]
            yield _Shortlist(known[first], given[first], n_positive)
