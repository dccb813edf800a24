"""Tables from plain values: numbers, intervals and texts become cells as every report has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from isiceval.blocks import Cell, Column, Row, Table
from isiceval.model import Interval
from isiceval.reports.numbers import format_ends, number_cell

Value: TypeAlias = str | int | float | Interval | Cell


def make_row(*values: Value, flagged: bool = False, strong: bool = False) -> Row:
    """Make a row: a float with four decimals, a whole number as it is, an interval by its ends."""
    return Row(tuple(map(_make_cell, values)), flagged=flagged, strong=strong)


def _make_cell(value: Value) -> str | Cell:
    if isinstance(value, str | Cell):
        return value
    if isinstance(value, Interval):
        return format_ends(value)
    return Cell(f"{value:,}", value=value) if isinstance(value, int) else number_cell(value)


def make_table(columns: Sequence[str | Column], rows: Iterable[Row], **options: Any) -> Table:
    """Make a table; a column given by its title holds numbers where its cells do.

    The first word of such a title, in small letters, is what a filter calls the column; of several
    columns of that name the filter takes the first.
    ``options`` are the other fields of :class:`~isiceval.blocks.Table`.
    """
    lines = tuple(rows)
    whole = [
        Column(one, name=one.lower().partition(" ")[0]) if isinstance(one, str) else one
        for one in columns
    ]
    for place, column in enumerate(whole):
        cells = [line.cells[place] for line in lines]
        if not column.plot and any(isinstance(one, Cell) and _is_number(one) for one in cells):
            whole[place] = replace(column, number=True)
    return Table(columns=tuple(whole), rows=lines, **options)


def _is_number(cell: Cell) -> bool:
    return cell.value is not None or cell.text == "-"
