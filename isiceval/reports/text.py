"""Blocks on a terminal or in a pipe, by rich, and progress bars; colour only helps."""

from __future__ import annotations

import math
import os
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD, Box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from isiceval import blocks
from isiceval.numbers import count
from isiceval.reports.escape import clean
from isiceval.reports.registry import Result, describe

if TYPE_CHECKING:
    from rich.progress import Progress

Callback = Callable[[int, int], None]

PIPE_WIDTH = 120  # of tables in a pipe, unless COLUMNS says otherwise
LONGEST = 600  # longer texts are shortened in the middle: names are at most 255 letters long
LEAST_FOR_TEXT = 24  # a column of sentences or long names is not made narrower than this
SHORT_TITLE = 12  # the title of a column of numbers that is no longer stays on one line
PLOT_WIDTH = 20
SECONDS_BETWEEN = 0.1
SECONDS_BEFORE = 1.0  # the bar of the bootstrap appears only where it takes longer
GAP = 2
STYLES = {"": "", "good": "green", "warning": "yellow", "bad": "red"}
PLAIN = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)


def make_console(*, stderr: bool = False) -> Console:
    """Make a console on standard output or error.

    In a pipe it is 120 columns wide unless COLUMNS says otherwise, and without colours; NO_COLOR
    is respected. What the stream's encoding cannot express is written as an escape.
    """
    stream = sys.stderr if stderr else sys.stdout
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
    console = Console(file=stream, markup=False, emoji=False, highlight=False)
    if not console.is_terminal and not os.environ.get("COLUMNS", "").isdigit():
        console.width = PIPE_WIDTH
    return console


def print_report(console: Console, result: Result) -> None:
    """Print a scorecard, leaderboard, comparison or validation."""
    print_blocks(console, describe(result))


def print_blocks(console: Console, shown: Iterable[blocks.Block]) -> None:
    """Print blocks; into a pipe without blanks at the ends of lines."""
    if console.is_terminal:
        _print_all(console, shown)
        return
    with console.capture() as captured:
        _print_all(console, shown)
    lines = captured.get().split("\n")
    console.file.write("\n".join(line.rstrip() for line in lines))


def _print_all(console: Console, shown: Iterable[blocks.Block]) -> None:
    previous: blocks.Block | None = None
    # Figures and pictures are for HTML.
    for block in (b for b in shown if not isinstance(b, blocks.Figure | blocks.Gallery)):
        if previous is not None and not _belongs_to(block, previous):
            console.print()
        match block:
            case blocks.Heading():
                _print_line(console, block.text, f"bold {STYLES[block.mark]}".strip())
            case blocks.Paragraph():
                _print_line(console, block.text, "dim" if block.style == "hint" else "")
            case blocks.Items():
                for item in block.items:
                    term = f"{item.term}: " if item.term else ""
                    note = f" ({item.note})" if item.note else ""
                    text = clean(f"{term}{item.text}{note}", limit=LONGEST)
                    if console.is_terminal:
                        grid = RichTable.grid(padding=(0, 1))
                        grid.add_row("-", Text(text, overflow="fold"))
                        console.print(grid)
                    else:
                        console.print(Text(f"- {text}"), soft_wrap=True)
            case blocks.Table():
                _print_table(console, block)
            case blocks.Code():
                # One line stays one line, so that it can be copied.
                title = f"{block.title}: " if block.title else ""
                console.print(Text(clean(f"{title}{block.text}")), soft_wrap=True)
        previous = block


def _belongs_to(block: blocks.Block, previous: blocks.Block) -> bool:
    """Return whether a block stands directly below another, without a blank line between."""
    if isinstance(previous, blocks.Heading):
        is_lead = isinstance(block, blocks.Paragraph) and block.style == "lead"
        return previous.level > 1 or isinstance(block, blocks.Items) or is_lead
    return isinstance(previous, blocks.Code) and isinstance(block, blocks.Code)


def _print_line(console: Console, text: str, style: str) -> None:
    """Print some words; in a pipe they stay one line however long it is."""
    shown = Text(clean(text, limit=None if style == "" else LONGEST), style)
    console.print(shown, soft_wrap=not console.is_terminal)


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """A column as it is printed: its title, one text a row, and how narrow it may be made."""

    title: str
    texts: Sequence[str]
    column: blocks.Column
    least: int


def _print_table(console: Console, table: blocks.Table) -> None:
    """Print a table with as many of its columns as there is room for.

    Numbers and ids are never cut: where even the columns that must be shown are too wide, the
    table is wider than the console.
    """
    columns, n_left_out = _choose_columns(table, console.width)
    # Rows of several lines each are told apart by a blank line.
    spaced = all(any("\n" in one.texts[n] for one in columns) for n in range(len(table.rows)))
    width = _measure(columns)
    shown = RichTable(
        box=SIMPLE_HEAD if console.is_terminal else PLAIN,
        header_style="bold",
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_edge=False,
        leading=int(spaced),
        width=width if width > console.width else None,
    )
    for one in columns:
        shown.add_column(
            Text(one.title),
            justify="right" if one.column.number else "left",
            min_width=one.least,
            no_wrap=not one.column.wrap,
            overflow="fold",
        )
    for row, *texts in zip(table.rows, *(one.texts for one in columns), strict=True):
        shown.add_row(*map(Text, texts), style="bold" if row.strong else None)
    console.print(shown, crop=False)
    if n_left_out:
        more = count(n_left_out, "more column")
        _print_line(console, f"({more} in a wider terminal and in --json)", "dim")


def _choose_columns(table: blocks.Table, width: int) -> tuple[list[_Column], int]:
    """Choose the columns to print, and return also how many were left out."""
    made = [
        _make_column(column, [row.cells[place] for row in table.rows])
        for place, column in enumerate(table.columns)
        if column.axis is None  # a plot on a wide axis is too coarse in characters
    ]
    narrow = _measure([one for one in made if not one.column.priority]) > width
    columns: list[_Column] = []
    text = -1  # the place of the last column of text, below which others may be put
    for one in made:
        if text >= 0 and one.column.wrap and (narrow or one.column.below):
            # It is put below the last column of text, and each of its texts named.
            upper = columns[text]
            texts = [
                "\n".join(filter(None, (above, f"{one.title}: {below}" if below else "")))
                for above, below in zip(upper.texts, one.texts, strict=True)
            ]
            lines = [line for shown in (upper.title, *texts) for line in shown.split("\n")]
            least = min(max(map(cell_len, lines)), LEAST_FOR_TEXT)
            columns[text] = replace(upper, texts=texts, least=least)
        else:
            text = len(columns) if one.column.wrap else text
            columns.append(one)
    chosen = [one for one in columns if not one.column.priority]
    for one in sorted(columns, key=lambda one: one.column.priority):
        if one not in chosen and _measure([*chosen, one]) <= width:
            chosen.append(one)
    n_left_out = sum(one not in chosen and not one.column.plot for one in columns)
    return [one for one in columns if one in chosen], n_left_out


def _measure(columns: Sequence[_Column]) -> int:
    return sum(one.least + GAP for one in columns) - GAP


def _make_column(column: blocks.Column, cells: Sequence[str | blocks.Cell]) -> _Column:
    title, texts = column.title, [clean(blocks.cell_text(cell), limit=LONGEST) for cell in cells]
    if column.plot:
        title, texts = _draw_plot(cells)
    least = max(map(cell_len, texts), default=0)
    if column.number:
        # A title that is wider than its numbers takes several lines, one word at least in each.
        longest = max(map(len, title.split()), default=0)
        title = textwrap.fill(title, max(least, longest, SHORT_TITLE))
    least = max(least, *map(cell_len, title.split("\n")))
    return _Column(title, texts, column, min(least, LEAST_FOR_TEXT) if column.wrap else least)


def _draw_plot(cells: Sequence[str | blocks.Cell]) -> tuple[str, list[str]]:
    """Draw values with their intervals in plain characters; return the axis as title, and lines.

    The ends of the axis are those of all intervals, rounded outwards to hundredths.
    """
    known = [cell if isinstance(cell, blocks.Cell) else blocks.Cell(cell) for cell in cells]
    ends = [end for cell in known for end in cell.interval or ()]
    low = math.floor(100 * min(ends, default=0.0)) / 100
    high = max(math.ceil(100 * max(ends, default=1.0)) / 100, low + 0.01)

    def find_place(value: float) -> int:
        return round(min(max((value - low) / (high - low), 0.0), 1.0) * (PLOT_WIDTH - 1))

    lines = []
    for cell in known:
        line = [" "] * PLOT_WIDTH
        if cell.interval:
            first, last = map(find_place, cell.interval)
            line[first : last + 1] = "-" * (last + 1 - first)
            line[first], line[last] = "[", "]"
        if cell.value is not None:
            line[find_place(cell.value)] = "o"
        lines.append("".join(line))
    return f"{low:.2f}{high:>{PLOT_WIDTH - 4}.2f}", lines


@contextmanager
def show_progress(console: Console, verb: str) -> Iterator[tuple[Callback, Callback]]:
    """Show a bar while the block runs; yield what moves it, and what moves that of the bootstrap.

    They are drawn from the calls alone, a few times a second, without a thread of their own, so
    that worker processes can still be forked safely while they are shown.
    """
    from rich import progress

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TextColumn("{task.fields[rate]}", style="progress.data.speed"),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=console, transient=True, auto_refresh=False) as shown:
        move = _make_callback(shown, verb, "images")
        yield move, _make_callback(shown, "resampling", "draws", after=SECONDS_BEFORE)


def _make_callback(shown: Progress, verb: str, unit: str, *, after: float = 0.0) -> Callback:
    """Make what moves a bar, which is shown at once or where the work takes longer than that."""
    task = None if after else shown.add_task(verb, total=None, rate="")
    started: float | None = None
    drawn = 0.0

    def move(done: int, total: int) -> None:
        nonlocal task, started, drawn
        now = monotonic()
        started = now if started is None else started
        if now - started < after:
            return
        if task is None:
            task = shown.add_task(verb, total=None, rate="")
        due = now - drawn > SECONDS_BETWEEN or done == total
        drawn = now if due else drawn
        elapsed = shown.tasks[task].elapsed
        rate = f"{done / elapsed:.1f} {unit}/s" if elapsed and done else ""
        shown.update(task, completed=done, total=total, rate=rate, refresh=due)

    return move
