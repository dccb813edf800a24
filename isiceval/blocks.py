"""What a report consists of: blocks, made once and rendered by every format.

Blocks hold plain strings, among them names that strangers chose. Renderers escape, shorten and
colour them, and leave out what a format cannot show.

>>> table = Table(
...     columns=(Column("Metric"), Column("Value", number=True)),
...     rows=(Row(("Jaccard", Cell("0.8000", value=0.8)), strong=True),),
...     caption="Every metric, the ranking metric first",
... )
>>> [cell_text(cell) for cell in table.rows[0].cells]
['Jaccard', '0.8000']
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Mark = Literal["", "good", "warning", "bad"]
ParagraphStyle = Literal["plain", "kicker", "lead", "note", "hint"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: ``level`` 1 is the title of a report, 2 starts a section, 3 a part of one.

    ``anchor`` is the id of the section in HTML; ``short`` names it in a list of sections.
    """

    text: str
    level: int = 2
    anchor: str = ""
    short: str = ""
    mark: Mark = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Some sentences.

    ``kicker`` stands above a title, ``lead`` sums a report up, ``note`` says how to read what is
    beside it, ``hint`` names a command to run next, which only a terminal shows.
    """

    text: str
    style: ParagraphStyle = "plain"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    ``number``: right-aligned, and sorted by ``Cell.value``, not by text.
    ``wrap``: holds sentences or long names; a terminal without room puts several such columns
    below each other, and one that is ``below`` always below the one to its left.
    ``plot``: the cells are drawn as a value with its interval on the axis ``axis`` (None: the
    range of all intervals; a terminal draws these alone); formats without drawings leave it out.
    ``priority``: 0 is always shown, of the others as many as a terminal has room for, lowest first.
    ``name`` is what a filter calls the column (``result:missed``), by default the first word of the
    title in small letters; of several of that name it takes the first. ``tip`` explains the title.
    """

    title: str
    number: bool = False
    wrap: bool = False
    below: bool = False
    plot: bool = False
    axis: tuple[float, float] | None = None
    priority: int = 0
    name: str = ""
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table; one that needs nothing but its text may be a plain string.

    ``value`` is what the cell is sorted and drawn by (None where undefined), ``interval`` its ends.
    ``mark`` colours the text, or the ground where ``shade`` says how much, up to 1. ``link`` is the
    anchor of a section, ``tip`` explains the text, ``below`` is a second, smaller line. HTML shows
    the list ``details`` on request. ``stroke`` is the place, from 0, of the curve of a figure whose
    line is shown before the text.
    """

    text: str
    value: float | None = None
    interval: tuple[float, float] | None = None
    mark: Mark = ""
    link: str = ""
    tip: str = ""
    details: tuple[str, ...] = ()
    below: str = ""
    shade: float | None = None
    stroke: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: ``strong`` is set in bold, ``flagged`` is kept by the table's filter."""

    cells: tuple[str | Cell, ...]
    strong: bool = False
    flagged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: every row has a cell for each column; ``caption`` says what it shows.

    In HTML a table with a ``name``, its id, can be sorted and filtered: ``flag`` labels the filter
    that keeps the flagged rows (``only below 0.65``), ``examples`` are words to filter by. A
    ``folded`` table is shown there on request.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    caption: str = ""
    name: str = ""
    flag: str = ""
    examples: tuple[str, ...] = ()
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a list, with what it is about (``term``) and a smaller remark (``note``).

    ``colour`` (``#0072b2``) is the colour of a figure or picture that the entry explains.
    """

    text: str
    term: str = ""
    note: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """A list, in HTML on request under the title ``folded``; ``large``: key numbers of a report."""

    items: tuple[Item, ...]
    large: bool = False
    folded: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, left out by formats that show none; ``name`` is its id within the report.

    ``kind`` is the name of a function of :mod:`isiceval.reports.figures`, ``data`` its arguments.
    """

    kind: str
    name: str
    caption: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image in pixels, ``content`` encoded as ``media_type`` (``image/webp``)."""

    content: bytes
    media_type: str
    width: int
    height: int
    alt: str
    caption: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Gallery:
    """Pictures side by side."""

    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A line or lines to be copied as they are; ``title`` says what they are."""

    text: str
    title: str = ""


Block: TypeAlias = Heading | Paragraph | Table | Items | Figure | Gallery | Code


def cell_text(cell: str | Cell) -> str:
    """Return the text of a cell."""
    return cell if isinstance(cell, str) else cell.text
