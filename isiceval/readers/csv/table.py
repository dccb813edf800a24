"""Classification CSV to columns, read as a careful clerk would: everything odd is told at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from isiceval.errors import IsicevalError
from isiceval.model import Problem
from isiceval.readers.csv import cells as reading
from isiceval.readers.csv.findings import Findings, pick_errors
from isiceval.readers.csv.header import Columns, place_columns
from isiceval.readers.csv.identifiers import match_ids
from isiceval.readers.csv.plausibility import look_at_table
from isiceval.readers.csv.sheet import Sheet, read_sheet
from isiceval.tasks.layout import TableLayout

__all__ = ["Table", "TableLayout", "read_table", "read_truth_table"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """The rows of a CSV that stand for an id, each id once, in the order of the file.

    ``values`` has shape (rows, columns), NaN where a cell could not be read; ``lines`` are line
    numbers in the file; ``weights`` and ``texts`` hold the columns of the layout of those
    names that the file has, one entry a row.
    """

    ids: tuple[str, ...]
    columns: tuple[str, ...]
    values: Floats
    lines: tuple[int, ...] = ()
    weights: Mapping[str, Floats] = field(default_factory=dict)
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def align(self, ids: Sequence[str]) -> Floats:
        """Return the values in the order of ``ids``, a row of NaN where the table has none."""
        rows = {image: row for row, image in enumerate(self.ids)}
        padded = np.vstack((self.values, np.full((1, len(self.columns)), np.nan)))
        aligned: Floats = padded[[rows.get(image, len(self.ids)) for image in ids]]
        return aligned


def read_table(
    data: bytes, *, layout: TableLayout, name: str, expected: Sequence[str] | None = None
) -> tuple[Table, tuple[Problem, ...]]:
    """Read a CSV and everything that is odd about it, in one pass.

    ``expected`` are the ids that must have a row, in the order of the truth; where it is None
    every id of the layout's pattern is taken. The codes of the faults are explained in
    ``table_faults.toml``; whether a fault makes the file invalid stands there too. Rows of
    other ids, repeated ids and rows cut short are not in the table.
    """
    findings = Findings(name)
    sheet = read_sheet(
        data, n_fields=len(layout.required), foretell=layout.foretell, findings=findings
    )
    if sheet is None:
        return _make_empty(layout), findings.to_faults()
    columns = (
        place_columns(sheet, layout, findings)
        if sheet.rows
        else Columns(places={}, width=0, first_row=0)
    )
    body = Sheet(rows=sheet.rows[columns.first_row :], lines=sheet.lines[columns.first_row :])
    if not body.rows:
        findings.add("empty-table", "there is no row of data")
        return _make_empty(layout), findings.to_faults()
    table = _read_body(body, columns, layout, expected, findings)
    look_at_table(
        table.values, table.ids, table.lines, layout=layout, expected=expected, findings=findings
    )
    return table, findings.to_faults()


def read_truth_table(data: bytes, *, layout: TableLayout, name: str) -> Table:
    """Read the truth of a task, whose faults are the organiser's.

    ``layout`` is that of the submissions. Raises IsicevalError for the first fault, and where
    every weight is 0 or no class has a positive case.
    """
    own = layout.for_truth()
    table, faults = read_table(data, layout=own, name=name)
    errors = pick_errors(faults)
    if errors:
        noun = "fault" if len(errors) == 2 else "faults"
        more = f" (and {len(errors) - 1} more {noun})" if len(errors) > 1 else ""
        raise IsicevalError(f"the truth {errors[0].where}: {errors[0].detail}{more}")
    _require_positive(table, own, name)
    return table


def _require_positive(table: Table, layout: TableLayout, name: str) -> None:
    if layout.labels != (0.0, 1.0):
        return
    weight = table.weights.get("score_weight", np.ones(len(table.ids)))
    counted = table.values[weight > 0]
    if not counted.any():
        raise IsicevalError(f"the truth {name} has no positive case")
    if len(table.columns) == 1 and counted.all():
        raise IsicevalError(f"the truth {name} has no negative case")


def _make_empty(layout: TableLayout) -> Table:
    return Table(ids=(), columns=layout.columns, values=np.empty((0, len(layout.columns))))


class _Rows(NamedTuple):
    ids: Sequence[str]
    rows: Sequence[Sequence[str]]
    lines: Sequence[int]

    def take(self, place: int) -> list[str]:
        return [row[place] for row in self.rows]


def _read_body(
    body: Sheet,
    columns: Columns,
    layout: TableLayout,
    expected: Sequence[str] | None,
    findings: Findings,
) -> Table:
    rows = _pick_rows(body, columns, layout, expected, findings)
    values = np.full((len(rows.ids), len(layout.columns)), np.nan)
    for place, name in enumerate(layout.columns):
        if name in columns.places:
            column = reading.Column(
                name=name, lines=rows.lines, findings=findings, words=layout.words
            )
            texts = rows.take(columns.places[name])
            values[:, place] = _read_column(texts, column, layout, findings)
    return Table(
        ids=tuple(rows.ids),
        columns=layout.columns,
        values=values,
        lines=tuple(rows.lines),
        weights=_read_weights(rows, columns, layout, findings),
        texts={
            name: tuple(text.strip() for text in rows.take(columns.places[name]))
            for name in layout.texts
            if name in columns.places
        },
    )


def _pick_rows(
    body: Sheet,
    columns: Columns,
    layout: TableLayout,
    expected: Sequence[str] | None,
    findings: Findings,
) -> _Rows:
    key = columns.places.get(layout.key)
    if key is None:
        return _Rows((), (), ())
    found = [row[key] if key < len(row) else "" for row in body.rows]
    ids = match_ids(found, body.lines, layout=layout, expected=expected, findings=findings)
    cut_off = _check_widths(body, columns.width, layout, findings)
    if ids is found and not cut_off:
        return _Rows(found, body.rows, body.lines)
    kept = [(image, n) for n, image in enumerate(ids) if image is not None and n not in cut_off]
    return _Rows(
        [image for image, _ in kept],
        [body.rows[n] for _, n in kept],
        [body.lines[n] for _, n in kept],
    )


def _check_widths(
    body: Sheet, width: int, layout: TableLayout, findings: Findings
) -> frozenset[int]:
    """Return the rows that lack fields; tell of them, and of those with too many."""
    if set(map(len, body.rows)) == {width}:
        return frozenset()
    odd = [n for n, row in enumerate(body.rows) if len(row) != width]
    for n in odd:
        found = len(body.rows[n])
        long = "long-row" if layout.strict else "ignored-field"
        code = "short-row" if found < width else long
        words = f"the row has {found} fields, not {width}"
        findings.add(code, words, subject=str(found), line=body.lines[n])
    return frozenset(n for n in odd if len(body.rows[n]) < width)


def _read_column(
    texts: Sequence[str], column: reading.Column, layout: TableLayout, findings: Findings
) -> Floats:
    numbers = reading.read_numbers(texts, column)
    if layout.labels:
        return reading.require_labels(numbers, column, labels=layout.labels)
    if layout.foretell and texts and reading.are_integers(texts):
        words = f"column {column.name} holds whole numbers alone"
        findings.add("integer-column", words, subject=column.name)
    return reading.require_unit(numbers, column)


def _read_weights(
    rows: _Rows, columns: Columns, layout: TableLayout, findings: Findings
) -> dict[str, Floats]:
    weights = {}
    for name in layout.weights:
        if name in columns.places:
            column = reading.Column(name=name, lines=rows.lines, findings=findings)
            numbers = reading.read_numbers(rows.take(columns.places[name]), column)
            weights[name] = reading.require_weights(numbers, column)
    return weights
