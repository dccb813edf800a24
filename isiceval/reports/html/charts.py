"""Where things stand in a chart, in percent of its width and height; no number is made here.

Percentages let a chart take any width while its text keeps its size.
"""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

N_BARS = 20
N_FINE = 40
LEAST_SHARE = 0.1

# From dark blue to yellow: even in lightness, and the same to colour-blind eyes.
_ANCHORS = (
    (0, 34, 78),
    (53, 69, 108),
    (102, 105, 112),
    (148, 142, 119),
    (200, 184, 102),
    (254, 232, 56),
)


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


def fit_scale(values: Iterable[float]) -> Scale:
    """Fit an axis of whole twentieths around values between 0 and 1."""
    defined = [value for value in values if not math.isnan(value)]
    if not defined:
        return Scale()
    high = min(1.0, math.ceil(max(defined) * 20 + 1e-9) / 20)
    low = min(math.floor(min(defined) * 20 - 1e-9) / 20, high - 0.1)
    return Scale(max(0.0, low), high)


class Bar(NamedTuple):
    """One bar: left, width, height in percent; how many; whether it lies below the line."""

    left: float
    width: float
    height: float
    n: int
    low: float
    high: float
    failed: bool


def lay_bars(values: Iterable[float], *, threshold: float, n_bars: int = N_BARS) -> list[Bar]:
    """Lay out a histogram of values from 0 to 1; the highest bar has the full height."""
    counts = [0] * n_bars
    for value in values:
        if not math.isnan(value):
            counts[min(n_bars - 1, math.floor(value * n_bars + 1e-9))] += 1
    highest = max(1, *counts)
    width = 100 / n_bars
    return [
        Bar(
            left=round(n * width, 3),
            width=round(width, 3),
            height=round(100 * count / highest, 2),
            n=count,
            low=n / n_bars,
            high=(n + 1) / n_bars,
            failed=(n + 1) / n_bars <= threshold + 1e-9,
        )
        for n, count in enumerate(counts)
    ]


def round_up(number: int) -> int:
    """Round the end of an axis of counts up to a whole and even one."""
    if number <= 2:
        return max(1, number)
    power: int = 10 ** (len(str(number)) - 1)
    return next(n * power for n in (1, 2, 4, 5, 6, 8, 10) if n * power >= number)


def place_share(share: float) -> float:
    """Return where a share of an image (0 to 1) stands on a log axis from 0.1 % to 100 %."""
    percent = max(100 * share, LEAST_SHARE)
    return round(100 * (math.log10(percent) + 1) / 3, 2)


def paint_strip(values: Sequence[float]) -> str:
    """Paint values from 0 to 1 as a picture one pixel high, as a data URI; undefined is clear."""
    row = bytes(0 if math.isnan(v) else 1 + round(254 * min(max(v, 0.0), 1.0)) for v in values)
    header = struct.pack(">IIBBBBB", len(row), 1, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", _PALETTE),
        (b"tRNS", b"\0"),
        (b"IDAT", zlib.compress(b"\0" + row, 9)),
        (b"IEND", b""),
    )
    data = b"\x89PNG\r\n\x1a\n" + b"".join(_write_chunk(*chunk) for chunk in chunks)
    return write_data_uri("image/png", data)


def _write_chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def _blend(share: float) -> tuple[int, ...]:
    place = share * (len(_ANCHORS) - 1)
    n = min(int(place), len(_ANCHORS) - 2)
    low, high = _ANCHORS[n], _ANCHORS[n + 1]
    return tuple(round(a + (place - n) * (b - a)) for a, b in zip(low, high, strict=True))


_PALETTE = bytes((0, 0, 0)) + b"".join(bytes(_blend(n / 254)) for n in range(255))


def write_data_uri(kind: str, content: bytes) -> str:
    """Write bytes as a data URI."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
