"""How tables and lines are laid out on a terminal, and plainly in a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TextIO, TypeAlias

from isiceval.reports.cells import Text
from isiceval.reports.escape import clean

if TYPE_CHECKING:
    from rich.console import Console as RichConsole
    from rich.table import Table

PIPE_WIDTH = 120
GAP = 2
NAME_LIMIT = 120
MESSAGE_LIMIT = 600
PLAIN = "    \n    \n -- \n    \n    \n    \n    \n    \n"

FORCED = frozenset({"FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"})
"""With one of these set, rich judges what is a terminal."""

Side = Literal["left", "right"]
Console: TypeAlias = "Pipe | RichConsole"


class Pipe(NamedTuple):
    """A stream that is no terminal: as wide as asked, without colours.

    What fits is written to it as it is; only what has to be wrapped is left to rich, whose loading
    takes longer than all else that a small score does.
    """

    stream: TextIO
    width: int = PIPE_WIDTH

    @property
    def is_terminal(self) -> bool:
        """A pipe is none."""
        return False

    def write(self, text: str) -> None:
        """Write one line."""
        self.stream.write(f"{text}\n")


class Column(NamedTuple):
    """One column of a table: its heading, the side its cells lean on, its least width.

    A column with a least width is not wrapped, unless it says so.
    """

    heading: str
    side: Side = "left"
    least: int | None = None
    style: str = ""
    wraps: bool = False


def make_console(*, stderr: bool = False) -> Console:
    """Make a console on standard output or error.

    In a pipe it is 120 columns wide unless COLUMNS says otherwise, and without colours;
    NO_COLOR is respected. What the stream's encoding cannot say is written as an escape.
    """
    stream = sys.stderr if stderr else sys.stdout
    _never_fail_to_encode(stream)
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isdigit() else PIPE_WIDTH
    if not stream.isatty() and not FORCED.intersection(os.environ):
        return Pipe(stream, width)
    console = _make_rich(stream)
    if not console.is_terminal and not columns.isdigit():
        console.width = PIPE_WIDTH
    return console


def _make_rich(stream: TextIO, *, width: int | None = None) -> RichConsole:
    from rich.console import Console as RichConsole

    return RichConsole(file=stream, width=width, markup=False, emoji=False, highlight=False)


def _never_fail_to_encode(stream: TextIO) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


def name(text: str, style: str = "") -> Text:
    """Make a cell of a stranger's name."""
    return Text(clean(text, limit=NAME_LIMIT), style)


def message(text: str, style: str = "") -> Text:
    """Make a cell of a sentence, which may hold a stranger's name."""
    return Text(clean(text, limit=MESSAGE_LIMIT), style)


def put(console: Console, text: str | Text = "", style: str = "") -> None:
    """Print one line; in a pipe it stays one line however long it is."""
    line = Text(text, style) if isinstance(text, str) else text
    if isinstance(console, Pipe):
        console.write(line.plain)
        return
    overflow: Literal["fold"] | None = "fold" if console.is_terminal else None
    console.print(line.to_rich(overflow=overflow), soft_wrap=not console.is_terminal)


def put_heading(console: Console, text: str, style: str = "bold") -> None:
    """Print a heading, with a blank line above it."""
    put(console)
    put(console, text, style)


def put_hint(console: Console, text: str) -> None:
    """Print what to do next, with a blank line above it."""
    put_heading(console, text, "dim")


def put_items(console: Console, heading: str, items: Iterable[str]) -> None:
    """Print a list under a heading; nothing where it is empty."""
    listed = list(items)
    if not listed:
        return
    put_heading(console, heading)
    for item in listed:
        if isinstance(console, Pipe) or not console.is_terminal:
            put(console, f"- {clean(item)}")
        else:
            _put_hanging(console, item)


def _put_hanging(console: RichConsole, item: str) -> None:
    from rich.table import Table

    grid = Table.grid(padding=(0, 1))
    grid.add_row("-", message(item).to_rich())
    console.print(grid)


def put_whole(console: Console, text: str, style: str = "") -> None:
    """Print one line that stays one line on a terminal too, so that it can be copied."""
    if isinstance(console, Pipe):
        console.write(clean(text))
    else:
        console.print(Text(clean(text), style).to_rich(overflow=None), soft_wrap=True)


def put_table(
    console: Console,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Text]],
    *,
    spaced: bool = False,
) -> None:
    """Print a table; in a pipe with plain rules and without blanks at the end of lines."""
    cells = list(rows)
    if isinstance(console, Pipe):
        lines = None if spaced else _lay_out(columns, cells, console.width)
        if lines is not None:
            console.write("\n".join(lines))
            return
        console = _make_rich(console.stream, width=console.width)
    _put_wrapped(console, columns, cells, spaced=spaced)


def _lay_out(
    columns: Sequence[Column], rows: Sequence[Sequence[Text]], width: int
) -> list[str] | None:
    """Write the lines of a table that fits as it is; None where something has to be wrapped."""
    table = [[column.heading for column in columns], *([c.plain for c in row] for row in rows)]
    if not all(cell.isascii() and cell.isprintable() for row in table for cell in row):
        return None
    widths = [
        max(column.least or 0, *map(len, cells))
        for column, cells in zip(columns, zip(*table, strict=True), strict=True)
    ]
    total = sum(widths) + GAP * (len(widths) - 1)
    if total > width or not all(widths) or not all("".join(row).strip() for row in table):
        return None
    lines = [
        (" " * GAP)
        .join(
            cell.rjust(room) if column.side == "right" else cell.ljust(room)
            for cell, room, column in zip(row, widths, columns, strict=True)
        )
        .rstrip()
        for row in table
    ]
    return [lines[0], "-" * total, *lines[1:]]


def _put_wrapped(
    console: RichConsole,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Text]],
    *,
    spaced: bool,
) -> None:
    from rich.box import SIMPLE_HEAD, Box
    from rich.table import Table

    table = Table(
        box=SIMPLE_HEAD if console.is_terminal else Box(PLAIN, ascii=True),
        header_style="bold",
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_edge=False,
        leading=int(spaced),
    )
    for column in columns:
        table.add_column(
            Text(column.heading).to_rich(overflow=None),
            justify=column.side,
            style=column.style,
            min_width=column.least,
            no_wrap=column.least is not None and not column.wraps,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(cell.to_rich() for cell in row))
    _print_trimmed(console, table)


def _print_trimmed(console: RichConsole, table: Table) -> None:
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as captured:
        console.print(table)
    lines = captured.get().rstrip().split("\n")
    console.out("\n".join(line.rstrip() for line in lines), highlight=False)
