"""Tables made from plain values."""

import math

from isiceval.blocks import Cell, Column
from isiceval.model import Interval
from isiceval.reports.tables import make_row, make_table


def test_values_become_cells():
    row = make_row("a", 1234, 0.25, math.nan, Interval(0.5, 1.0), Cell("x", mark="bad"))
    assert row.cells == (
        "a",
        Cell("1,234", value=1234),
        Cell("0.2500", value=0.25),
        Cell("-"),
        "0.5000 to 1.0000",
        Cell("x", mark="bad"),
    )


def test_columns_hold_numbers_where_their_cells_do():
    rows = [make_row("a", math.nan, "-", Cell("x", value=1.0), flagged=True)]
    table = make_table(["Image", "Mean confidence", "Note", Column("p", plot=True)], rows, name="t")
    assert [column.number for column in table.columns] == [False, True, False, False]
    assert [column.name for column in table.columns] == ["image", "mean", "note", ""]
    assert table.name == "t"
    assert table.rows[0].flagged
