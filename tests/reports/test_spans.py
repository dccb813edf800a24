"""Intervals drawn in characters."""

import pytest

from isiceval.model import Interval
from isiceval.reports.spans import Axis, draw_span, make_axis


def test_the_axis_holds_all_intervals_and_ends_at_hundredths():
    axis = make_axis([Interval(0.2749, 0.6), Interval(0.3, 0.7901)], 26)
    assert (axis.low, axis.high) == (0.27, 0.8)
    assert axis.heading == "0.27                  0.80"


def test_an_interval_without_width_is_a_point():
    axis = make_axis([Interval(1.0, 1.0)], 14)
    assert axis.low < axis.high
    assert draw_span(Interval(1.0, 1.0), 1.0, axis).count("o") == 1
    assert draw_span(Interval(1.0, 1.0), 1.0, axis).strip() == "o"


def test_no_interval_at_all_still_has_an_axis():
    assert make_axis([], 14).heading == "0.00      1.00"


@pytest.mark.parametrize(
    ("low", "value", "high", "drawn"),
    [
        (0.0, 0.5, 1.0, "[---------o---------]"),
        (0.0, 0.0, 0.5, "o---------]          "),
        (0.9, 1.0, 1.0, "                  [-o"),
        (0.49, 0.5, 0.51, "          o          "),
        (0.3, 0.2, 0.4, "    o [-]            "),
    ],
)
def test_spans(low, value, high, drawn):
    assert draw_span(Interval(low, high), value, Axis(0.0, 1.0, 21)) == drawn
