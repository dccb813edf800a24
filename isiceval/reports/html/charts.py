"""The small charts within the rows of tables, which take any width; figures are drawn elsewhere."""

from __future__ import annotations

import base64
import math
from typing import NamedTuple


class Scale(NamedTuple):
    """The range of an axis."""

    low: float = 0.0
    high: float = 1.0

    def place(self, value: float) -> float:
        """Return where a value stands, in percent, kept within the axis."""
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(max(share, 0.0), 1.0), 2)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Return the marks of the axis: place and text."""
        width = round(self.high - self.low, 6)
        step = 0.05 if width <= 0.2 else 0.1 if width <= 0.4 else 0.2
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        marks = [round(n * step, 2) for n in range(first, last + 1)]
        return [(self.place(mark), f"{mark:g}") for mark in marks]


def write_data_uri(kind: str, content: bytes) -> str:
    """Write bytes as a data URI."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
