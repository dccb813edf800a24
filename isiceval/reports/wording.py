"""How numbers and short phrases are written, alike in every report meant for people."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

DECIMALS = 4
LEAST = 10.0**-DECIMALS


def show(value: float | None) -> str:
    """Write a value with four decimals; it shows as 0 or 1 only when it is exactly that.

    >>> show(0.99996), show(0.00004), show(1.0)
    ('0.9999', '0.0001', '1.0000')
    """
    if value is None or math.isnan(value):
        return "-"
    if 0 < value < 1:
        value = min(max(value, LEAST), 1 - LEAST)
    return f"{value:.{DECIMALS}f}"


def count(n: int, noun: str) -> str:
    """Write how many there are of something: ``1 error``, ``3 errors``."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def join_some(names: Sequence[str], escape: Callable[[str], str], *, first: int = 3) -> str:
    """Write the first few names, and how many more there are."""
    shown = ", ".join(escape(name) for name in names[:first])
    more = len(names) - first
    return f"{shown} and {more} more" if more > 0 else shown
