"""The cells of one column to numbers: at once where all are fine, one by one where not."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from isiceval.readers.csv.findings import Findings, quote

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column that is being read: its name, the line of each cell, and where findings go.

    ``words`` stand for a number, in small letters.
    """

    name: str
    lines: Sequence[int]
    findings: Findings
    words: Mapping[str, float] = field(default_factory=dict)

    def tell(self, code: str, said: str, wrong: NDArray[np.bool_], numbers: Floats) -> None:
        """Note a finding on the numbers that are wrong, in the words for the first of them."""
        at = np.flatnonzero(wrong).tolist()
        if at:
            detail = f"column {self.name}: {float(numbers[at[0]])!r} {said}"
            lines = [self.lines[place] for place in at]
            self.findings.add_lines(code, detail, lines, subject=self.name)


def read_numbers(cells: Sequence[str], column: Column) -> Floats:
    """Return the numbers of a column; NaN, and a finding, where a cell holds none."""
    numbers = None if column.words else _convert_all(cells)
    if numbers is not None:
        return numbers
    pairs = zip(cells, column.lines, strict=True)
    return np.array([_read_cell(cell, line, column) for cell, line in pairs], dtype=np.float64)


def _convert_all(cells: Sequence[str]) -> Floats | None:
    together = "".join(cells)
    if "_" in together or not together.isascii():
        return None
    try:
        numbers = np.fromiter(map(float, cells), dtype=np.float64, count=len(cells))
    except ValueError:
        return None
    return numbers if np.isfinite(numbers).all() else None


def _read_cell(cell: str, line: int, column: Column) -> float:
    text = cell.strip()
    if text.lower() in column.words:
        return column.words[text.lower()]
    number = convert_text(text)
    if math.isfinite(number):
        return number
    code, said, number = _explain_text(text, number)
    detail = f"column {column.name}: {said}"
    column.findings.add(code, detail, subject=column.name, line=line)
    return number


def convert_text(text: str) -> float:
    """Return the number that a text spells in ASCII digits, infinite ones too; else NaN.

    >>> convert_text("5e-1"), convert_text("5_0")
    (0.5, nan)
    """
    if "_" in text or not text.isascii():
        return math.nan
    try:
        return float(text)
    except ValueError:
        return math.nan


def _explain_text(text: str, number: float) -> tuple[str, str, float]:
    """Return code and words for a cell without a number, and the number that it may mean."""
    if not text:
        return "empty-cell", "the cell is empty", math.nan
    if text.lower() in MISSING_WORDS:
        return "nan-value", f"{quote(text)} is no number", math.nan
    if math.isinf(number):
        return "infinite-value", f"{quote(text)} is not finite", math.nan
    if DECIMAL_COMMA.fullmatch(text) and not THOUSANDS.fullmatch(text):
        return "decimal-comma", f"{quote(text)} has a decimal comma", float(text.replace(",", "."))
    return "not-a-number", f"{quote(text)} {_name_text(text)}", math.nan


def _name_text(text: str) -> str:
    if THOUSANDS.fullmatch(text):
        return "has thousands separators"
    return "is a percentage" if PERCENTAGE.fullmatch(text) else "is text"


def require_unit(numbers: Floats, column: Column) -> Floats:
    """Return confidences clipped to [0, 1] where they are out by a rounding error; else NaN."""
    outside = (numbers < 0) | (numbers > 1)
    if not outside.any():
        return numbers
    far = (numbers < -SLACK) | (numbers > 1 + SLACK)
    column.tell("out-of-range", "lies outside [0, 1]", far, numbers)
    column.tell("clipped-value", "is clipped to [0, 1]", outside & ~far, numbers)
    return np.where(far, math.nan, np.clip(numbers, 0.0, 1.0))


def require_labels(numbers: Floats, column: Column, *, labels: Sequence[float]) -> Floats:
    """Return the labels; NaN, and a finding, where a number is none of them."""
    wrong = ~np.isin(numbers, labels) & ~np.isnan(numbers)
    said = f"is none of {', '.join(f'{label:g}' for label in labels)}"
    column.tell("not-a-label", said, wrong, numbers)
    return np.where(wrong, math.nan, numbers)


def require_weights(numbers: Floats, column: Column) -> Floats:
    """Return the weights; NaN, and a finding, where one is negative."""
    wrong = numbers < 0
    column.tell("negative-weight", "is below 0", wrong, numbers)
    return np.where(wrong, math.nan, numbers)


def are_integers(cells: Sequence[str]) -> bool:
    """Tell whether every cell of a column is a whole number, written without a point.

    >>> are_integers(["0", "1"]), are_integers(["0", "1.0"])
    (True, False)
    """
    return all(INTEGER.fullmatch(cell) for cell in cells)
