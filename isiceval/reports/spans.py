"""Intervals drawn in plain characters, one below the other on a common axis."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from isiceval.model import Interval

LEAST = 14
MOST = 30


@dataclass(frozen=True, slots=True)
class Axis:
    """From which value to which, on how many characters."""

    low: float
    high: float
    width: int

    @property
    def heading(self) -> str:
        """Write both ends, as the heading of the column below."""
        low, high = f"{self.low:.2f}", f"{self.high:.2f}"
        return f"{low}{high:>{self.width - len(low)}}"

    def place(self, value: float) -> int:
        """Find the character that a value falls on."""
        share = (value - self.low) / (self.high - self.low)
        return min(max(round(share * (self.width - 1)), 0), self.width - 1)


def make_axis(intervals: Iterable[Interval], width: int) -> Axis:
    """Make the axis that holds all intervals, its ends at whole hundredths."""
    ends = [(interval.low, interval.high) for interval in intervals]
    low = math.floor(100 * min((low for low, _ in ends), default=0.0)) / 100
    high = math.ceil(100 * max((high for _, high in ends), default=1.0)) / 100
    return Axis(low, high if high > low else low + 0.01, width)


def draw_span(interval: Interval, value: float, axis: Axis) -> str:
    """Draw an interval and the value in it.

    >>> draw_span(Interval(0.25, 0.75), 0.5, Axis(0.0, 1.0, 21))
    '     [----o----]     '
    """
    first, middle, last = (axis.place(x) for x in (interval.low, value, interval.high))
    line = [" "] * axis.width
    line[first : last + 1] = "-" * (last + 1 - first)
    line[first], line[last] = "[", "]"
    line[middle] = "o"
    return "".join(line)
