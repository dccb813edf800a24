"""How tables and lines are laid out on a terminal, and plainly in a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, TextIO

from rich.box import SIMPLE_HEAD, Box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from isiceval.reports.safety import clean

PIPE_WIDTH = 120
GAP = 2
NAME_LIMIT = 120
MESSAGE_LIMIT = 600
PLAIN = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)

Side = Literal["left", "right"]


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
    _never_fail_to_encode(sys.stderr if stderr else sys.stdout)
    console = Console(stderr=stderr, markup=False, emoji=False, highlight=False)
    if not console.is_terminal and not os.environ.get("COLUMNS", "").isdigit():
        console.width = PIPE_WIDTH
    return console


def _never_fail_to_encode(stream: TextIO) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


def name(text: str, style: str = "") -> Text:
    """Make a cell of a stranger's name."""
    return Text(clean(text, limit=NAME_LIMIT), style=style, overflow="fold")


def message(text: str, style: str = "") -> Text:
    """Make a cell of a sentence, which may hold a stranger's name."""
    return Text(clean(text, limit=MESSAGE_LIMIT), style=style, overflow="fold")


def put(console: Console, text: str | Text = "", style: str = "") -> None:
    """Print one line; in a pipe it stays one line however long it is."""
    line = Text(text, style=style) if isinstance(text, str) else text.copy()
    line.overflow = "fold" if console.is_terminal else None
    console.print(line, soft_wrap=not console.is_terminal)


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
        if console.is_terminal:
            grid = Table.grid(padding=(0, 1))
            grid.add_row(Text("-"), message(item))
            console.print(grid)
        else:
            put(console, f"- {clean(item)}")


def put_whole(console: Console, text: str, style: str = "") -> None:
    """Print one line that stays one line on a terminal too, so that it can be copied."""
    console.print(Text(clean(text), style=style), soft_wrap=True)


def put_table(
    console: Console,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Text]],
    *,
    spaced: bool = False,
) -> None:
    """Print a table; in a pipe with plain rules and without blanks at the end of lines."""
    box = SIMPLE_HEAD if console.is_terminal else PLAIN
    table = Table(
        box=box,
        header_style="bold",
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_edge=False,
        leading=int(spaced),
    )
    for column in columns:
        table.add_column(
            Text(column.heading),
            justify=column.side,
            style=column.style,
            min_width=column.least,
            no_wrap=column.least is not None and not column.wraps,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*row)
    _print_trimmed(console, table)


def _print_trimmed(console: Console, table: Table) -> None:
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as captured:
        console.print(table)
    lines = captured.get().rstrip().split("\n")
    console.out("\n".join(line.rstrip() for line in lines), highlight=False)
