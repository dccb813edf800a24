"""The cells of one column to numbers: all at once where each is plain, else one by one."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from isiceval.checks.evidence import ProblemCollector, quote

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
# A confidence may be outside [0, 1] by this much: the rounding error of a softmax in float32.
TOLERANCE = 1e-6
MISSING_WORDS = frozenset(
    {"nan", "+nan", "-nan", "na", "n/a", "#n/a", "#na", "<na>", "null", "none", "nil", "missing"}
    | {"#value!", "#div/0!", "-"}
)
_INTEGER = re.compile(r"\s*[-+]?\d+\s*", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+(e[-+]?\d+)?", re.ASCII | re.IGNORECASE)
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}([,' ]\d{3})+(\.\d+)?", re.ASCII)
_PERCENTAGE = re.compile(r"[-+]?\d+([.,]\d+)?\s*%", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column that is being read: its name, the line of each cell, where problems go.

    ``words`` stand for a number, in small letters.
    """

    name: str
    lines: Sequence[int]
    problems: ProblemCollector
    words: Mapping[str, float] = field(default_factory=dict)

    def add_problem(self, code: str, what: str, wrong: Flags, numbers: Floats) -> None:
        """Add a problem where numbers are wrong, with the first of them, if there are any."""
        at = np.flatnonzero(wrong).tolist()
        if at:
            detail = f"column {self.name}: {float(numbers[at[0]])!r} {what}"
            lines = [self.lines[row] for row in at]
            self.problems.add(code, detail, *lines, subject=self.name)


def parse_numbers(cells: Sequence[str], column: Column) -> Floats:
    """Return the numbers of a column; NaN, and a problem, where a cell holds none."""
    numbers = None if column.words else parse_plain(cells)
    if numbers is None:
        pairs = zip(cells, column.lines, strict=True)
        numbers = np.array([_parse_cell(cell, line, column) for cell, line in pairs], np.float64)
    return numbers


def parse_plain(cells: Sequence[str]) -> Floats | None:
    """Return the numbers where every cell is a finite one in ASCII digits; else None."""
    together = "".join(cells)
    if "_" in together or not together.isascii():
        return None
    try:
        numbers = np.fromiter(map(float, cells), dtype=np.float64, count=len(cells))
    except ValueError:
        return None
    return numbers if np.isfinite(numbers).all() else None


def _parse_cell(cell: str, line: int, column: Column) -> float:
    text = cell.strip()
    if text.lower() in column.words:
        return column.words[text.lower()]
    number = parse_number(text)
    if math.isfinite(number):
        return number
    code, what, number = _explain(text, number)
    column.problems.add(code, f"column {column.name}: {what}", line, subject=column.name)
    return number


def parse_number(text: str) -> float:
    """Return the number that a text spells in ASCII digits, infinite ones too; else NaN.

    >>> parse_number("5e-1"), parse_number("5_0")
    (0.5, nan)
    """
    if "_" in text or not text.isascii():
        return math.nan
    try:
        return float(text)
    except ValueError:
        return math.nan


def _explain(text: str, number: float) -> tuple[str, str, float]:
    """Return code and detail for a cell without a number, and the number that it may mean."""
    if not text:
        return "empty-cell", "the cell is empty", math.nan
    if text.lower() in MISSING_WORDS:
        return "nan-value", f"{quote(text)} is not a number", math.nan
    if math.isinf(number):
        return "infinite-value", f"{quote(text)} is not finite", math.nan
    if _THOUSANDS.fullmatch(text):
        return "not-a-number", f"{quote(text)} has thousands separators", math.nan
    if _DECIMAL_COMMA.fullmatch(text):
        return "decimal-comma", f"{quote(text)} has a decimal comma", float(text.replace(",", "."))
    kind = "a percentage" if _PERCENTAGE.fullmatch(text) else "text"
    return "not-a-number", f"{quote(text)} is {kind}", math.nan


def find_outside(numbers: Floats) -> tuple[Flags, Flags]:
    """Return which confidences are outside [0, 1], and which only by a rounding error."""
    far = (numbers < -TOLERANCE) | (numbers > 1 + TOLERANCE)
    return far, ((numbers < 0) | (numbers > 1)) & ~far


def check_confidences(numbers: Floats, column: Column) -> Floats:
    """Return confidences, clipped to [0, 1] where a rounding error puts them outside; else NaN."""
    far, near = find_outside(numbers)
    if not (far | near).any():
        return numbers
    column.add_problem("out-of-range", "is outside [0, 1]", far, numbers)
    column.add_problem("clipped-value", "is clipped to [0, 1]", near, numbers)
    return np.where(far, math.nan, np.clip(numbers, 0.0, 1.0))


def check_labels(numbers: Floats, column: Column, *, labels: Sequence[float]) -> Floats:
    """Return the labels; NaN, and a problem, where a number is none of them."""
    wrong = ~np.isin(numbers, labels) & ~np.isnan(numbers)
    what = f"is none of {', '.join(f'{label:g}' for label in labels)}"
    column.add_problem("not-a-label", what, wrong, numbers)
    return np.where(wrong, math.nan, numbers)


def check_weights(numbers: Floats, column: Column) -> Floats:
    """Return the weights; NaN, and a problem, where one is negative."""
    wrong = numbers < 0
    column.add_problem("negative-weight", "is below 0", wrong, numbers)
    return np.where(wrong, math.nan, numbers)


def are_integers(cells: Sequence[str]) -> bool:
    """Tell whether every cell of a column is a whole number, written without a point.

    >>> are_integers(["0", "1"]), are_integers(["0", "1.0"])
    (True, False)
    """
    return all(_INTEGER.fullmatch(cell) for cell in cells)
