"""Read the organiser's CSVs: teams, groups, metadata, manifests.

Errors in such a file are the organiser's: an IsicevalError that begins with
the file and the line, ``teams.csv, line 3: ...``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from isiceval.errors import IsicevalError, UsageError

DELIMITERS = (",", ";", "\t")


class Row(NamedTuple):
    """The line on which a row begins, from 1, and its cells without spaces around them."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvFile:
    """A CSV whose first row names the columns; rows without any text are left out.

    A row may have fewer or more cells than the header.
    """

    name: str
    header: Row
    rows: tuple[Row, ...]

    def find_column(self, *names: str) -> int | None:
        """Return the place of the first of ``names`` that is a column; see :func:`fold_name`."""
        folded = [fold_name(cell) for cell in self.header.cells]
        return next((folded.index(name) for name in names if name in folded), None)

    def error(self, sentence: str, row: Row | None = None) -> IsicevalError:
        """Return the error for what is wrong with the file or with one row."""
        where = self.name if row is None else f"{self.name}, line {row.line}"
        return IsicevalError(f"{where}: {sentence}")

    def require_column(self, column: str, meaning: str) -> int:
        """Return the place of a column; IsicevalError with the columns found where it is absent."""
        place = self.find_column(column)
        if place is None:
            found = ", ".join(f"'{cell}'" for cell in self.header.cells if cell) or "nothing"
            sentence = f"there is no column '{column}' {meaning}; found {found}"
            raise self.error(sentence, self.header)
        return place

    def require_unique_columns(self) -> None:
        """Raise IsicevalError where two columns have the same name."""
        seen: set[str] = set()
        for cell in filter(None, self.header.cells):
            if cell in seen:
                raise self.error(f"the column '{cell}' is there twice", self.header)
            seen.add(cell)


def fold_name(cell: str) -> str:
    """Return the name of a column as it is compared: in any case, with space, ``-`` or ``_``.

    >>> fold_name("Submitted at")
    'submitted_at'
    """
    return re.sub(r"[\s-]+", "_", cell.strip()).casefold()


def read_csv_file(path: Path, *, role: str, keys: Sequence[str], strict: bool = True) -> CsvFile:
    """Read a CSV from disk: UTF-8, or UTF-16 with a byte-order mark; see :func:`parse_csv`.

    Raises UsageError where there is no such file; ``role`` is what the message calls it.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {role} {path}: {error.strerror}") from error
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        where = path.name if wide else f"{path.name}, line {line}"
        encoding = "UTF-16" if wide else "UTF-8"
        sentence = f"this is not {encoding} text; save it as 'CSV UTF-8'"
        raise IsicevalError(f"{where}: {sentence}") from error
    return parse_csv(text, name=path.name, keys=keys, strict=strict)


def parse_csv(text: str, *, name: str, keys: Sequence[str], strict: bool = True) -> CsvFile:
    """Split the text of a CSV; fields are split by comma, semicolon or tab.

    The delimiter is the one that makes one of ``keys`` a column, and of several the one with the
    most columns. ``strict=False`` takes an unclosed quotation mark for text.
    """
    text = text.removeprefix("\ufeff")
    lines = io.StringIO(text, newline="")
    first = next((line for line in lines if line.strip()), "")

    def rate(delimiter: str) -> tuple[bool, int]:
        cells = next(csv.reader([first], delimiter=delimiter), [])
        return any(fold_name(cell) in keys for cell in cells), len(cells)

    rows: list[Row] = []
    line = 1
    try:
        delimiter = max(DELIMITERS, key=rate)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
        for cells in reader:
            stripped = tuple(cell.strip() for cell in cells)
            if any(stripped):
                rows.append(Row(line, stripped))
            line = reader.line_num + 1
    except csv.Error as error:
        raise IsicevalError(f"{name}, line {line}: not readable as CSV: {error}") from error
    if not rows:
        raise IsicevalError(f"{name} is empty: its first line must name the columns")
    return CsvFile(name=name, header=rows[0], rows=tuple(rows[1:]))
