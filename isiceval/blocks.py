"""What a report consists of: blocks, made once and rendered by every format.

Blocks hold plain strings, among them names that strangers chose. Escaping, shortening and colours
are the renderers' job, and so is leaving out what a format cannot show.

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
    ``wrap``: holds sentences or long names, which may be wrapped; several such columns are put
    below each other where a terminal has no room for them side by side, and one that is ``below``
    always stands below the one to its left there.
    ``plot``: the cells are drawn as a value with its interval on the axis ``axis`` (None: the
    range of all intervals; a terminal draws these alone); formats without drawings leave it out.
    ``priority``: 0 is always shown; of the others a terminal shows as many as there is room for,
    the lowest first.
    ``name`` is what a filter calls the column (``result:missed``), ``tip`` explains the title.
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

    ``value`` is what it is sorted by and, in a plot, where its point lies; None where undefined.
    ``interval`` holds the ends of the value's interval. ``mark`` colours the text, or, where
    ``shade`` is given, the ground: the more, the closer ``shade`` is to 1. ``link`` is the
    anchor of a section to go to, ``tip`` explains the text, ``below`` is a second, smaller line,
    and ``details`` is a list that HTML shows on request, where the text names its first entries
    only. ``stroke`` is the place, from 0, of the curve of a figure whose line is shown before
    the text.
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
    """A table: every row has a cell for each column.

    ``caption`` says what it shows. ``name`` is its id; a table that has one can be sorted and
    filtered in HTML. ``flag`` is the label of the filter that keeps the flagged rows (``only
    below 0.65``), ``examples`` are words to filter by. ``folded``: HTML shows it on request.
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
    """A list; ``large`` sets the texts as the key numbers of a report.

    ``folded`` is the title under which HTML shows the list on request.
    """

    items: tuple[Item, ...]
    large: bool = False
    folded: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure: only formats that show figures draw it, and leave it out otherwise.

    ``kind`` is the name of a function of :mod:`isiceval.reports.figures`, ``data`` its arguments,
    ``name`` the id of the figure within the report.
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
    language: str = ""


Block: TypeAlias = Heading | Paragraph | Table | Items | Figure | Gallery | Code


def cell_text(cell: str | Cell) -> str:
    """Return the text of a cell."""
    return cell if isinstance(cell, str) else cell.text
