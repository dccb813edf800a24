import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isiceval.reports.numbers import count, format_value, join_first


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
    assert (format_value(value) == "1.0000") == (value == 1)
    assert abs(float(format_value(value)) - value) <= 1.0001e-4


def test_count():
    assert [count(n, "error") for n in (0, 1, 2)] == ["0 errors", "1 error", "2 errors"]


def test_join_some_counts_the_rest():
    names = [f"n{number}" for number in range(15)]
    assert join_first(names, str.upper) == "N0, N1, N2 and 12 more"
    assert join_first(names[:3], str.upper) == "N0, N1, N2"
    assert join_first([], str.upper) == ""
