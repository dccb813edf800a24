import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isiceval.blocks import Cell, Column
from isiceval.model import Interval
from isiceval.numbers import count, format_value, join_first, make_cell, make_table


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0.0000"),
        (1.0, "1.0000"),
        (0.99996, "0.9999"),
        (0.00004, "0.0001"),
        (0.12345, "0.1235"),
        (0.65, "0.6500"),
        (2.5, "2.5000"),
        (math.nan, "-"),
        (None, "-"),
    ],
)
def test_show(value, shown):
    assert format_value(value) == shown


@given(st.floats(min_value=0, max_value=1))
def test_zero_and_one_show_only_where_they_are_exact(value):
    assert (format_value(value) == "0.0000") == (value == 0)
    assert (format_value(value) == "1.0000") == (value > 1 - 1e-12)
    assert abs(float(format_value(value)) - value) <= 1.0001e-4


def test_count():
    assert [count(n, "error") for n in (0, 1, 2)] == ["0 errors", "1 error", "2 errors"]


def test_join_some_counts_the_rest():
    names = [f"n{number}" for number in range(15)]
    assert join_first(names) == "n0, n1, n2 and 12 more"
    assert join_first(names[:3]) == "n0, n1, n2"
    assert join_first([]) == ""


def test_values_become_cells():
    values = ("a", 1234, 0.25, math.nan, None, Interval(0.5, 1.0), Cell("x", mark="bad"))
    assert [*map(make_cell, values)] == [
        "a",
        Cell("1,234", value=1234),
        Cell("0.2500", value=0.25),
        Cell("-"),
        Cell("-"),
        Cell("[0.5000, 1.0000]", value=0.5),
        Cell("x", mark="bad"),
    ]


def test_columns_hold_numbers_where_their_cells_do():
    rows = [("a", math.nan, "-", Cell("x", value=1.0))]
    columns = ["Image", "Mean confidence", "Note", Column("p", plot=True)]
    table = make_table(columns, rows, flagged=[True], name="t")
    assert [column.number for column in table.columns] == [False, True, False, False]
    assert table.name == "t"
    assert table.rows[0].flagged
