"""What a table of confidences looks like as a whole: allowed, but hardly what was meant."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from isiceval.readers.csv.findings import Findings
from isiceval.tasks.layout import TableLayout

SUM_SLACK = 0.05
FEWEST_FOR_ORDER = 10


def look_at_table(
    values: NDArray[np.float64],
    ids: Sequence[str],
    lines: Sequence[int],
    *,
    layout: TableLayout,
    expected: Sequence[str] | None,
    findings: Findings,
) -> None:
    """Warn of ties, constant columns, hard labels, rows that add up to nothing sensible, shifts."""
    if layout.columns and not layout.labels and len(ids) > 1:
        _look_for_constants(values, layout, findings)
        _look_for_hard_labels(values, findings)
    if layout.one_class and len(layout.columns) > 1 and len(ids):
        _look_for_ties(values, lines, findings)
    if layout.distribution and len(ids):
        _look_at_sums(values, lines, findings)
    if expected is not None:
        _look_for_shift(ids, expected, findings)


def _look_for_constants(
    values: NDArray[np.float64], layout: TableLayout, findings: Findings
) -> None:
    for place, column in enumerate(layout.columns):
        first = float(values[0, place])
        if (values[:, place] == first).all():
            words = f"column {column} is {first!r} in every row"
            findings.add("constant-column", words, subject=column)


def _look_for_hard_labels(values: NDArray[np.float64], findings: Findings) -> None:
    if np.isin(values, (0.0, 1.0)).all():
        findings.add("hard-labels", "every confidence is 0 or 1")


def _look_for_ties(values: NDArray[np.float64], lines: Sequence[int], findings: Findings) -> None:
    whole = np.flatnonzero(~np.isnan(values).any(axis=1))
    rows = values[whole]
    tied = whole[(rows == rows.max(axis=1, keepdims=True)).sum(axis=1) > 1].tolist()
    noun = "row has" if len(tied) == 1 else "rows have"
    words = f"{len(tied):,} {noun} a tie for the highest confidence"
    findings.add_lines("tied-classes", words, [lines[row] for row in tied])


def _look_at_sums(values: NDArray[np.float64], lines: Sequence[int], findings: Findings) -> None:
    sums = values.sum(axis=1)
    odd = np.flatnonzero(np.abs(sums - 1) > SUM_SLACK).tolist()
    if odd:
        words = f"the row adds up to {float(sums[odd[0]]):.4g}, not to about 1"
        findings.add_lines("not-a-distribution", words, [lines[row] for row in odd])


def _look_for_shift(ids: Sequence[str], expected: Sequence[str], findings: Findings) -> None:
    if len(ids) != len(expected) or len(ids) < FEWEST_FOR_ORDER or ids[0] == expected[0]:
        return
    start = list(expected).index(ids[0])
    if [*expected[start:], *expected[:start]] == list(ids):
        places = min(start, len(expected) - start)
        words = f"the ids stand in the order of the truth, but shifted by {places:,} rows"
        findings.add("shifted-order", words)
