"""The cells of one column to numbers: at once where all are fine, one by one where not."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from isiceval.inputs.findings import Findings, quote

Floats = NDArray[np.float64]
SLACK = 1e-6
MISSING_WORDS = frozenset(
    {"nan", "+nan", "-nan", "na", "n/a", "#n/a", "#na", "<na>", "null", "none", "nil", "missing"}
    | {"#value!", "#div/0!", "-"}
)
INTEGER = re.compile(r"\s*[-+]?\d+\s*", re.ASCII)
DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+(e[-+]?\d+)?", re.ASCII | re.IGNORECASE)
THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}([,' ]\d{3})+(\.\d+)?", re.ASCII)
PERCENTAGE = re.compile(r"[-+]?\d+([.,]\d+)?\s*%", re.ASCII)


def read_numbers(
    cells: Sequence[str],
    lines: Sequence[int],
    *,
    column: str,
    words: Mapping[str, float],
    findings: Findings,
) -> Floats:
    """Return the numbers of a column; NaN, and a finding, where a cell holds none."""
    if not words:
        numbers = _convert_all(cells)
        if numbers is not None:
            return numbers
    return np.array(
        [
            _read_cell(cell, line, column=column, words=words, findings=findings)
            for cell, line in zip(cells, lines, strict=True)
        ],
        dtype=np.float64,
    )


def _convert_all(cells: Sequence[str]) -> Floats | None:
    together = "".join(cells)
    if "_" in together or not together.isascii():
        return None
    try:
        numbers = np.fromiter(map(float, cells), dtype=np.float64, count=len(cells))
    except ValueError:
        return None
    return numbers if np.isfinite(numbers).all() else None


def _read_cell(
    cell: str, line: int, *, column: str, words: Mapping[str, float], findings: Findings
) -> float:
    text = cell.strip()
    if text.lower() in words:
        return words[text.lower()]
    number = _convert(text)
    code, said = "", ""
    if not text:
        code, said = "empty-cell", "is empty"
    elif text.lower() in MISSING_WORDS:
        code, said = "nan-value", f"{quote(text)} is no number"
    elif math.isinf(number):
        code, said = "infinite-value", f"{quote(text)} is not finite"
    elif math.isnan(number):
        code, said, number = _explain_text(text)
    if code:
        findings.add(code, f"column {column}: {said}", subject=column, line=line)
    return number if math.isfinite(number) else math.nan


def _convert(text: str) -> float:
    if "_" in text or not text.isascii():
        return math.nan
    try:
        return float(text)
    except ValueError:
        return math.nan


def _explain_text(text: str) -> tuple[str, str, float]:
    if THOUSANDS.fullmatch(text):
        return "not-a-number", f"{quote(text)} has thousands separators", math.nan
    if DECIMAL_COMMA.fullmatch(text):
        return "decimal-comma", f"{quote(text)} has a decimal comma", float(text.replace(",", "."))
    if PERCENTAGE.fullmatch(text):
        return "not-a-number", f"{quote(text)} is a percentage", math.nan
    return "not-a-number", f"{quote(text)} is text", math.nan


def require_unit(
    numbers: Floats, lines: Sequence[int], *, column: str, findings: Findings
) -> Floats:
    """Return confidences clipped to [0, 1] where they are out by a rounding error; else NaN."""
    outside = (numbers < 0) | (numbers > 1)
    if not outside.any():
        return numbers
    far = (numbers < -SLACK) | (numbers > 1 + SLACK)
    told = {"numbers": numbers, "lines": lines, "column": column, "findings": findings}
    _tell("out-of-range", "lies outside [0, 1]", wrong=far, **told)
    _tell("clipped-value", "is clipped to [0, 1]", wrong=outside & ~far, **told)
    return np.where(far, math.nan, np.clip(numbers, 0.0, 1.0))


def require_labels(
    numbers: Floats,
    lines: Sequence[int],
    *,
    labels: Sequence[float],
    column: str,
    findings: Findings,
) -> Floats:
    """Return the labels; NaN, and a finding, where a number is none of them."""
    wrong = ~np.isin(numbers, labels) & ~np.isnan(numbers)
    said = f"is none of {', '.join(f'{label:g}' for label in labels)}"
    told = {"numbers": numbers, "lines": lines, "column": column, "findings": findings}
    _tell("not-a-label", said, wrong=wrong, **told)
    return np.where(wrong, math.nan, numbers)


def require_weights(
    numbers: Floats, lines: Sequence[int], *, column: str, findings: Findings
) -> Floats:
    """Return the weights; NaN, and a finding, where one is negative."""
    wrong = numbers < 0
    told = {"numbers": numbers, "lines": lines, "column": column, "findings": findings}
    _tell("out-of-range", "is below 0", wrong=wrong, **told)
    return np.where(wrong, math.nan, numbers)


def _tell(
    code: str,
    said: str,
    *,
    wrong: NDArray[np.bool_],
    numbers: Floats,
    lines: Sequence[int],
    column: str,
    findings: Findings,
) -> None:
    at = np.flatnonzero(wrong).tolist()
    if at:
        detail = f"column {column}: {float(numbers[at[0]])!r} {said}"
        findings.add_lines(code, detail, [lines[place] for place in at], subject=column)


def are_integers(cells: Sequence[str]) -> bool:
    """Tell whether every cell of a column is a whole number, written without a point."""
    return all(INTEGER.fullmatch(cell) for cell in cells)
