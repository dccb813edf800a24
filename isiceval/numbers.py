"""How numbers and short phrases are written, alike in every report; tables from plain values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from isiceval.blocks import Cell, Column, Row, Table
from isiceval.model import Bootstrap, Interval

DECIMALS = 4
LEAST = 10.0**-DECIMALS

Value: TypeAlias = str | int | float | Interval | Cell | None


DASH = "A dash: fewer than 5 images, or fewer than 5 positive or negative cases."


def format_value(value: float | None) -> str:
    """Write a value with four decimals; it shows as 0 only when it is 0, as 1 but for rounding.

    >>> format_value(0.99996), format_value(0.00004), format_value(1 - 1e-16)
    ('0.9999', '0.0001', '1.0000')
    """
    if value is None or math.isnan(value):
        return "-"
    if 0 < value < 1 - 1e-12:  # sums of many terms differ from 1 by some 1e-16
        value = min(max(value, LEAST), 1 - LEAST)
    return f"{value:.{DECIMALS}f}"


def format_difference(value: float) -> str:
    """Write a difference with its sign, one that four decimals would hide by its first digit.

    >>> [format_difference(value) for value in (0.25, -0.00001, 0.0, math.nan)]
    ['+0.2500', '-1e-05', '0.0000', '-']
    """
    if math.isnan(value):
        return "-"
    if value == 0:
        return format_value(0.0)
    return f"{value:+.{DECIMALS}f}" if abs(value) >= LEAST / 2 else f"{value:+.0e}"


def format_interval(interval: Interval | None) -> str:
    """Write the ends of an interval.

    >>> format_interval(Interval(0.25, 1.0)), format_interval(None)
    ('[0.2500, 1.0000]', '-')
    """
    return f"[{format_value(interval.low)}, {format_value(interval.high)}]" if interval else "-"


def format_share(share: float | None) -> str:
    """Write a share of the draws; it shows as 0 or 1 only when it is exactly that.

    >>> format_share(0.778), format_share(0.001), format_share(0.999), format_share(0.0)
    ('0.78', '< 0.01', '> 0.99', '0')
    """
    if share is None:
        return "-"
    if share in (0, 1):
        return f"{share:.0f}"
    return "< 0.01" if share < 0.005 else "> 0.99" if share >= 0.995 else f"{share:.2f}"


def format_p(p_value: float | None) -> str:
    """Write a p-value.

    >>> format_p(0.03456), format_p(0.00001), format_p(None)
    ('0.035', '< 0.001', '-')
    """
    if p_value is None or math.isnan(p_value):
        return "-"
    return "< 0.001" if p_value < 0.001 else f"{p_value:.3f}"


def describe_bootstrap(bootstrap: Bootstrap) -> str:
    """Write how intervals were made: ``95 %, Bayesian bootstrap ... over 10 images, ...``."""
    units = count(bootstrap.n_units, "group" if bootstrap.grouped else "image")
    strata = f" in {bootstrap.n_strata} strata" if bootstrap.n_strata > 1 else ""
    by = f" by {bootstrap.grouped_by}" if bootstrap.grouped_by else ""
    how = f"{count(bootstrap.draws, 'draw')}, seed {bootstrap.seed}"
    name = "percentile bootstrap"
    if bootstrap.interval == "pseudo-case":
        name = "Bayesian bootstrap with a pseudo-case"
    return f"{bootstrap.level * 100:g} %, {name} over {units}{strata}{by}, {how}"


def describe_detectable(difference: float, title: str) -> str:
    """Write what difference a test set of this size would show."""
    return (
        f"Detectable difference: {format_value(difference)} in {title}; two that far apart differ "
        "significantly in 80 of 100 sets of images like this one."
    )


def count(n: int, noun: str) -> str:
    """Write how many there are of something: ``1 error``, ``3 errors``."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def join_first(names: Sequence[str], *, first: int = 3) -> str:
    """Write the first few names, and how many more there are."""
    shown = ", ".join(names[:first])
    return f"{shown} and {len(names) - first:,} more" if len(names) > first else shown


def format_percent(share: float) -> str:
    """Write a share in whole percent; it shows as 0 or 100 only when it is exactly that.

    >>> format_percent(0.001), format_percent(0.256), format_percent(0.999)
    ('< 1 %', '26 %', '> 99 %')
    """
    if math.isnan(share):
        return "-"
    if 0 < share < 0.01:
        return "< 1 %"
    return "> 99 %" if 0.99 < share < 1 else f"{100 * share:.0f} %"


def format_ends(interval: Interval | None) -> str:
    """Write the ends of an interval in words.

    >>> format_ends(Interval(0.25, 1.0)), format_ends(None)
    ('0.2500 to 1.0000', '-')
    """
    if interval is None or math.isnan(interval.low):
        return "-"
    return f"{format_value(interval.low)} to {format_value(interval.high)}"


def plot_cell(value: float | None, interval: Interval | None) -> Cell:
    """Make a cell that draws a value in its interval; an empty one where that is unknown."""
    if interval is None or math.isnan(interval.low):
        return Cell("")
    return Cell("", value=value, interval=(interval.low, interval.high))


def make_cell(value: Value) -> str | Cell:
    """Make a cell: a float with four decimals, a whole number as it is, an interval by its ends.

    What is undefined or not known (NaN, None) is a dash.
    """
    match value:
        case str() | Cell():
            return value
        case Interval():
            return Cell(format_interval(value), value=value.low)
        case int():
            return Cell(f"{value:,}", value=value)
    return Cell("-") if value is None or math.isnan(value) else Cell(format_value(value), value)


def make_table(
    columns: Iterable[str | Column],
    rows: Iterable[Sequence[Value]],
    *,
    strong: int | None = None,
    flagged: Sequence[bool] = (),
    **options: Any,
) -> Table:
    """Make a table of plain values; a column holds numbers where its cells do.

    The row at the place ``strong`` is in bold; ``flagged`` says which rows a filter keeps, and
    ``options`` are the other fields of :class:`~isiceval.blocks.Table`.
    """
    lines = [tuple(map(make_cell, row)) for row in rows]
    kept = flagged or [False] * len(lines)
    whole: list[Column] = []
    for place, title in enumerate(columns):
        column = Column(title) if isinstance(title, str) else title
        cells = [one for line in lines if isinstance(one := line[place], Cell)]
        numbers = any(one.value is not None or one.text == "-" for one in cells)
        whole.append(replace(column, number=column.number or (numbers and not column.plot)))
    made = (
        Row(line, strong=place == strong, flagged=keep)
        for place, (line, keep) in enumerate(zip(lines, kept, strict=True))
    )
    return Table(columns=tuple(whole), rows=tuple(made), **options)
