"""Classification CSV to columns: a fast path for clean tables, a careful one for all others."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from itertools import chain
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from isiceval.checks.evidence import ProblemCollector, quote
from isiceval.checks.rules import list_errors
from isiceval.errors import IsicevalError
from isiceval.model import Problem
from isiceval.readers.csv.header import find_columns, is_data_row, match_ids
from isiceval.readers.csv.sheet import OFFICIAL_HEAD, find_foreign_format, read_sheet
from isiceval.tasks.task import CsvFormat

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
# A confidence may be outside [0, 1] by this much: the rounding error of a softmax in float32.
TOLERANCE = 1e-6
# What is taken off a number, as the official scorer does.
BLANKS = " \t\n\r\v\f"
MISSING_WORDS = frozenset(
    {"nan", "+nan", "-nan", "na", "n/a", "#n/a", "#na", "<na>", "null", "none", "nil", "missing"}
    | {"#value!", "#div/0!", "-"}
)
# All bytes of a clean table: no quote, space, comment, other delimiter or other alphabet.
_CLEAN = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-,\n"
_NOT_MARKS = bytes(set(range(256)) - set(b",\n"))
_INTEGER = re.compile(r"\s*[-+]?\d+\s*", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+(e[-+]?\d+)?", re.ASCII | re.IGNORECASE)
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}([,' ]\d{3})+(\.\d+)?", re.ASCII)
_PERCENTAGE = re.compile(r"[-+]?\d+([.,]\d+)?\s*%", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """The rows of a CSV that are for an id, each id once, in the order of the expected ids.

    ``values`` has shape (rows, columns), NaN where a cell could not be read; ``weights`` and
    ``texts`` hold the columns of the layout of those names that the file has, one entry a row.
    Where no ids are expected, rows are in the order of the file.
    """

    ids: tuple[str, ...]
    columns: tuple[str, ...]
    values: Floats
    weights: Mapping[str, Floats] = field(default_factory=dict)
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def compute_digest(self) -> str:
        """Compute a SHA-256 that depends neither on the order of rows nor how numbers are written.

        It is that of a line ``id [values] [weights and texts]`` for each row, sorted by id, with
        numbers as Python's ``repr`` writes them. Scorecards hold it, so it must stay as it is.
        """
        extra = [*(weight.tolist() for weight in self.weights.values()), *self.texts.values()]
        order, template = _write_template(self.ids, len(self.columns), len(extra))
        texts, n = _write_numbers(self.values[order].ravel()), len(self.columns)
        columns: list[list[object]] = [[*texts[k::n]] for k in range(n)]
        columns += [[cells[k] for k in order] for cells in extra]
        text = template % tuple(chain.from_iterable(zip(*columns, strict=True)))
        return sha256(text.encode()).hexdigest()


def _write_numbers(values: Floats) -> list[str]:
    """Write numbers as ``repr`` does, which takes ten times as long."""
    texts = msgspec.json.encode(values.tolist())[1:-1].decode().split(",")
    if not len(values):
        return []
    size = np.abs(values)
    # JSON writes the exponents of small and large numbers in another way, and has no NaN.
    for place in np.flatnonzero(~((size == 0) | ((size >= 1e-4) & (size < 1e16)))).tolist():
        texts[place] = repr(float(values[place]))
    return texts


@lru_cache(maxsize=2)
def _write_template(ids: tuple[str, ...], n_values: int, n_extra: int) -> tuple[list[int], str]:
    """Write the text of a table without its numbers, once for all submissions of a board."""
    order = sorted(range(len(ids)), key=lambda row: f"{ids[row]} [")
    values, extra = ", ".join(["%s"] * n_values), ", ".join(["%r"] * n_extra)
    names = (ids[row].replace("%", "%%") for row in order)
    return order, "".join(f"{name} [{values}] [{extra}]\n" for name in names)


@lru_cache(maxsize=2)
def _number_ids(ids: tuple[str, ...]) -> Mapping[str, int]:
    """Return the row of each id, once for all submissions of a board."""
    return {image: row for row, image in enumerate(ids)}


def read_table(
    data: bytes, *, layout: CsvFormat, name: str, expected: Sequence[str] | None = None
) -> tuple[Table, tuple[Problem, ...]]:
    """Read a CSV and find everything that is wrong with it, in one pass.

    ``expected`` are the ids that must have a row, sorted; where it is None
    every id of the layout's pattern is taken. Rows of other ids, repeated ids and rows cut short
    are not in the table.
    """
    ids = None if expected is None else tuple(expected)
    problems = ProblemCollector(name)
    clean = read_clean_table(data, layout=layout, expected=ids)
    table, lines = clean or read_any_table(data, layout=layout, expected=ids, problems=problems)
    if table.ids:
        _check_values(table, lines, layout, problems)
    # Fewer ids than 10 may be in order, but shifted, by chance.
    if ids is not None and len(table.ids) == len(ids) >= 10:
        start = ids.index(table.ids[0])
        if start and ids[start:] + ids[:start] == table.ids:
            rows = min(start, len(ids) - start)
            detail = f"the ids are in order, but shifted by {rows:,} rows"
            problems.add("shifted-order", detail)
    return table if ids is None else sort_rows(table, ids), problems.list_problems()


def read_truth_table(data: bytes, *, layout: CsvFormat, name: str) -> Table:
    """Read the truth of a task; whatever is wrong with it is the organiser's fault.

    ``layout`` is that of the submissions. Raises IsicevalError for the first error, and where
    every weight is 0 or no class has a positive case.
    """
    layout = layout.for_truth()
    table, problems = read_table(data, layout=layout, name=name)
    errors = list_errors(problems)
    if errors:
        noun = "error" if len(errors) == 2 else "errors"
        more = f" (and {len(errors) - 1} more {noun})" if len(errors) > 1 else ""
        raise IsicevalError(f"the truth {errors[0].where}: {errors[0].detail}{more}")
    if layout.labels == (0.0, 1.0):
        weight = table.weights.get("score_weight", np.ones(len(table.ids)))
        counted = table.values[weight > 0]
        if not counted.any():
            raise IsicevalError(f"the truth {name} has no positive case")
        if len(table.columns) == 1 and counted.all():
            raise IsicevalError(f"the truth {name} has no negative case")
    return table


def read_clean_table(
    data: bytes, *, layout: CsvFormat, expected: tuple[str, ...] | None
) -> tuple[Table, Sequence[int]] | None:
    """Read a table in which nothing is unusual; None where :func:`read_any_table` must look.

    Returns the rows in the order of the file, and their line numbers. The careful reader finds
    the same values and no problem: numbers are converted by Python's float, rounded correctly.
    """
    data = data.replace(b"\r\n", b"\n")
    n_lines, width = data.count(b"\n"), len(layout.required)
    if (
        data.translate(None, _CLEAN)
        or data.translate(None, _NOT_MARKS) != (b"," * (width - 1) + b"\n") * n_lines
        or not data.endswith(b"\n")
        or data[:OFFICIAL_HEAD].count(b"\n") < 2
        or find_foreign_format(data)
        or layout.words
    ):
        return None
    cells = data[:-1].decode("ascii").replace("\n", ",").split(",")
    first, is_data = cells[:width], is_data_row(cells[:width], layout)
    if layout.header == "required":
        first = [layout.synonyms.get(cell, cell) for cell in first if cell not in layout.unofficial]
    has_header = first == list(layout.required)
    if has_header == is_data or layout.header == ("none" if has_header else "required"):
        return None
    ids = tuple(cells[width * has_header :: width])
    if expected is None:
        pattern = re.compile(layout.id_pattern)
        usual = bool(ids) and len(set(ids)) == len(ids) and all(map(pattern.fullmatch, ids))
    else:
        usual = ids == expected or (len(ids) == len(expected) and set(ids) == set(expected))
    if not usual:
        return None
    values = np.empty((len(ids), width - 1))
    for place in range(1, width):
        numbers = _parse_plain(cells[width * has_header + place :: width])
        if numbers is None or not _are_clean_numbers(numbers, layout):
            return None
        values[:, place - 1] = numbers
    table = Table(ids=ids, columns=layout.columns, values=values)
    return table, range(1 + has_header, n_lines + 1)


def _are_clean_numbers(numbers: Floats, layout: CsvFormat) -> bool:
    if layout.labels:
        return bool(np.isin(numbers, layout.labels).all())
    # The official scorer refuses columns of integers: the careful reader looks for a point.
    whole = layout.warn_official and (numbers == np.floor(numbers)).all()
    return bool(((numbers >= 0) & (numbers <= 1)).all()) and not whole


def read_any_table(
    data: bytes, *, layout: CsvFormat, expected: tuple[str, ...] | None, problems: ProblemCollector
) -> tuple[Table, Sequence[int]]:
    """Read a table whatever is unusual in it, and add a problem for each thing that is.

    Returns the rows in the order of the file, and their line numbers.
    """
    nothing = Table(ids=(), columns=layout.columns, values=np.empty((0, len(layout.columns))))
    rows, lines = read_sheet(
        data, n_columns=len(layout.required), warn_official=layout.warn_official, problems=problems
    )
    if not rows:
        return nothing, ()
    places, width, first = find_columns(rows, lines[0], layout, problems)
    rows, lines = rows[first:], lines[first:]
    if not rows:
        problems.add("empty-table", "there is no row of data")
    key = places.get(layout.key)
    if not rows or key is None:
        return nothing, ()
    cells = [row[key] if key < len(row) else "" for row in rows]
    matched = match_ids(cells, lines, layout=layout, expected=expected, problems=problems)
    for row, line in zip(rows, lines, strict=True):
        if len(row) != width:
            too_long = "long-row" if layout.strict else "ignored-field"
            code = "short-row" if len(row) < width else too_long
            detail = f"the row has {len(row)} fields, not {width}"
            problems.add(code, detail, line, subject=str(len(row)))
    ids = {
        n: image for n, image in enumerate(matched) if image is not None and len(rows[n]) >= width
    }
    lines = [lines[n] for n in ids]
    found = {name: [rows[n][place] for n in ids] for name, place in places.items()}
    columns = {name: _Column(name, found[name], lines, problems) for name in found}
    values = np.full((len(ids), len(layout.columns)), np.nan)
    for place, name in enumerate(layout.columns):
        if name in columns:
            values[:, place] = _read_values(columns[name], layout)
    table = Table(
        ids=tuple(ids.values()),
        columns=layout.columns,
        values=values,
        weights={name: _read_weights(columns[name]) for name in layout.weights if name in columns},
        texts={name: tuple(map(str.strip, found[name])) for name in layout.texts if name in found},
    )
    return table, lines


class _Column(NamedTuple):
    """The cells of a column that is being read, the line of each, and where problems go."""

    name: str
    cells: Sequence[str]
    lines: Sequence[int]
    problems: ProblemCollector

    def flag(self, code: str, what: str, wrong: Flags, numbers: Floats) -> Floats:
        """Add a problem where numbers are wrong, if any are; return them with NaN there."""
        at = np.flatnonzero(wrong).tolist()
        if at:
            detail = f"column {self.name}: {float(numbers[at[0]])!r} {what}"
            lines = [self.lines[row] for row in at]
            self.problems.add(code, detail, *lines, subject=self.name)
        return np.where(wrong, math.nan, numbers)


def _read_values(column: _Column, layout: CsvFormat) -> Floats:
    """Return labels or confidences, clipped to [0, 1] where a rounding error puts them outside."""
    numbers = _parse_numbers(column, layout.words)
    if layout.labels:
        wrong = ~np.isin(numbers, layout.labels) & ~np.isnan(numbers)
        what = f"is none of {', '.join(f'{label:g}' for label in layout.labels)}"
        return column.flag("not-a-label", what, wrong, numbers)
    if layout.warn_official and column.cells and all(map(_INTEGER.fullmatch, column.cells)):
        detail = f"column {column.name} holds only whole numbers"
        column.problems.add("integer-column", detail, subject=column.name)
    far, near = find_outside(numbers)
    within = column.flag("out-of-range", "is outside [0, 1]", far, numbers)
    column.flag("clipped-value", "is clipped to [0, 1]", near, numbers)
    return np.clip(within, 0.0, 1.0) if near.any() else within


def _read_weights(column: _Column) -> Floats:
    numbers = _parse_numbers(column, {})
    return column.flag("negative-weight", "is below 0", numbers < 0, numbers)


def _parse_numbers(column: _Column, words: Mapping[str, float]) -> Floats:
    """Return the numbers that cells, or ``words``, stand for; NaN, and a problem, for others."""
    plain = None if words else _parse_plain(column.cells)
    if plain is not None:
        return plain
    numbers = []
    for cell, line in zip(column.cells, column.lines, strict=True):
        text = cell.strip(BLANKS)
        number = words.get(text.lower(), parse_number(text))
        if not math.isfinite(number):
            code, what, number = _explain(text, number)
            column.problems.add(code, f"column {column.name}: {what}", line, subject=column.name)
        numbers.append(number)
    return np.array(numbers, np.float64)


def _parse_plain(cells: Sequence[str]) -> Floats | None:
    """Return the numbers where every cell is a finite one in ASCII digits; else None."""
    together = "".join(cells)
    if "_" in together or not together.isascii():
        return None
    try:
        numbers = np.fromiter(map(float, cells), dtype=np.float64, count=len(cells))
    except ValueError:
        return None
    return numbers if np.isfinite(numbers).all() else None


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
    if math.isfinite(parse_number(text.strip())):  # other blanks, such as no-break spaces
        odd = next(letter for letter in text if letter.isspace())
        kind = f"a number beside a blank that is no plain space (U+{ord(odd):04X})"
    return "not-a-number", f"{quote(text)} is {kind}", math.nan


def find_outside(numbers: Floats) -> tuple[Flags, Flags]:
    """Return which confidences are outside [0, 1], and which only by a rounding error."""
    far = (numbers < -TOLERANCE) | (numbers > 1 + TOLERANCE)
    return far, ((numbers < 0) | (numbers > 1)) & ~far


def sort_rows(table: Table, ids: tuple[str, ...]) -> Table:
    """Put the rows in the order of the expected ids; a table in that order shares their tuple."""
    if table.ids == ids:
        return replace(table, ids=ids)
    rows = _number_ids(ids)
    order = np.argsort(np.fromiter(map(rows.__getitem__, table.ids), np.intp))
    places = order.tolist()
    return replace(
        table,
        ids=ids if len(order) == len(ids) else tuple(table.ids[place] for place in places),
        values=table.values[order],
        weights={name: weight[order] for name, weight in table.weights.items()},
        texts={
            name: tuple(cells[place] for place in places) for name, cells in table.texts.items()
        },
    )


def _check_values(
    table: Table, lines: Sequence[int], layout: CsvFormat, problems: ProblemCollector
) -> None:
    """Warn of values that are allowed but hardly what was meant, in the table as a whole."""
    values = table.values
    if layout.columns and not layout.labels and len(table.ids) > 1:
        for name, column in zip(layout.columns, values.T, strict=True):
            if (column == column[0]).all():
                detail = f"column {name} is {float(column[0])!r} in every row"
                problems.add("constant-column", detail, subject=name)
        if ((values == 0) | (values == 1)).all():
            problems.add("hard-labels", "every confidence is 0 or 1")
    if layout.one_class and len(layout.columns) > 1:
        highest = values.max(axis=1, keepdims=True)  # NaN, and so no tie, where a cell is
        tied = np.flatnonzero((values == highest).sum(axis=1) > 1).tolist()
        if tied:
            noun = "row has" if len(tied) == 1 else "rows have"
            detail = f"{len(tied):,} {noun} a tie for the highest confidence"
            problems.add("tied-classes", detail, *(lines[row] for row in tied))
    if layout.distribution:
        sums = values.sum(axis=1)
        # Rounding some ten classes to two digits moves their sum by 0.05 at most.
        wrong = np.flatnonzero(np.abs(sums - 1) > 0.05).tolist()
        if wrong:
            detail = f"the row adds up to {float(sums[wrong[0]]):.4g}, not to about 1"
            problems.add("not-a-distribution", detail, *(lines[row] for row in wrong))
