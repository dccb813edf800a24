"""A comparison of two submissions: on a terminal, and in Markdown for a pull request."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from isiceval.model import Comparison, Difference
from isiceval.reports.cells import Text
from isiceval.reports.layout import (
    GAP,
    NAME_LIMIT,
    Column,
    Console,
    name,
    put,
    put_heading,
    put_items,
    put_table,
    put_whole,
)
from isiceval.reports.rows import find_title
from isiceval.reports.safety import clean, escape_markdown, quote_code
from isiceval.reports.wording import count, join_some, say_bootstrap, show, show_p, show_signed

N_CHANGES = 10
LEAST_COLUMNS = 3
DIFFERENCE_HEADINGS = (
    *("A", "B", "B - A", "95 % interval", "p", "Effect"),
    *("B wins", "A wins", "Same"),
)
CHANGE_HEADINGS = ("A", "B", "B - A")
JACCARD_HEADINGS = ("Jaccard A", "Jaccard B")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table: what it is about, and its cells."""

    head: str
    cells: tuple[str, ...]
    ranking: bool = False


def say_result(comparison: Comparison) -> str:
    """Write the result in one line: whether B is better or worse, and by how much."""
    ranking = comparison.differences[comparison.metric]
    verdict = "cannot be told apart from A"
    if comparison.better or comparison.worse:
        verdict = "is better than A" if comparison.better else "is worse than A"
    title = find_title(comparison.metric)
    return f"B {verdict}: {title} {show_signed(ranking.difference)} {_interval(ranking)}"


def iter_differences(comparison: Comparison) -> Iterator[Row]:
    """Yield one row a metric, the ranking metric first."""
    metric = comparison.metric
    for name_ in (metric, *(other for other in comparison.differences if other != metric)):
        found = comparison.differences[name_]
        values = (comparison.first_aggregates[name_], comparison.second_aggregates[name_])
        effect = "-" if math.isnan(found.effect_size) else f"{found.effect_size:+.2f}"
        yield Row(
            head=find_title(name_),
            cells=(
                *map(show, values),
                show_signed(found.difference),
                _interval(found),
                show_p(found.p_value),
                effect,
                *map(str, (found.second_wins, found.first_wins, found.ties)),
            ),
            ranking=name_ == metric,
        )


def _interval(found: Difference) -> str:
    return f"[{show_signed(found.low)}, {show_signed(found.high)}]"


def iter_changes(comparison: Comparison) -> Iterator[Row]:
    """Yield the images that differ most, the most different first."""
    for change in comparison.most_different[:N_CHANGES]:
        cells = (show(change.first), show(change.second), show_signed(change.difference))
        jaccards = (show(change.first_jaccard), show(change.second_jaccard))
        more = () if comparison.metric == "jaccard" else jaccards
        yield Row(head=change.image, cells=(*cells, *more))


def _list_headings(comparison: Comparison) -> tuple[str, ...]:
    more = () if comparison.metric == "jaccard" else JACCARD_HEADINGS
    return (*CHANGE_HEADINGS, *more)


def say_wins(comparison: Comparison) -> tuple[str, ...]:
    """Write in how many images each wins, and how many cross the line in either direction."""
    line = f"{comparison.jaccard_threshold:g}"
    ranking = comparison.differences[comparison.metric]
    wins = f"B wins in {count(ranking.second_wins, 'image')}, A in {ranking.first_wins}"
    return (
        f"{find_title(comparison.metric)}: {wins}, {ranking.ties} are the same",
        _say_images(f"Rescued by B (Jaccard {line} or above, below it in A)", comparison.rescued),
        _say_images(f"Lost by B (Jaccard below {line}, not so in A)", comparison.lost),
    )


def _say_images(what: str, images: Sequence[str]) -> str:
    return f"{what}: {count(len(images), 'image')}{': ' if images else ''}{join_some(images, str)}"


def say_method(comparison: Comparison) -> tuple[str, ...]:
    """Write how the numbers were made."""
    ranking = comparison.differences[comparison.metric]
    title = find_title(comparison.metric)
    flips = "p: two-sided, of the mean difference, by flipping signs at random"
    ranks = f"Wilcoxon's signed rank test gives {show_p(ranking.p_signed_rank)} for {title}"
    return (
        f"Intervals: {say_bootstrap(comparison.bootstrap)}.",
        f"{flips}; {ranks}.",
        "Effect: mean over standard deviation of the differences (Cohen's d_z).",
        "B wins, A wins, Same: in how many of the images that are defined for both.",
    )


def print_comparison(console: Console, comparison: Comparison) -> None:
    """Print the result, every metric, the images that differ most and how it was made."""
    put(console, say_result(comparison), "bold")
    put(console, f"A: {clean(comparison.first)}")
    put(console, f"B: {clean(comparison.second)}")
    about = f"{clean(comparison.task)} (profile {clean(comparison.profile)})"
    put(console, f"{about}, {count(len(comparison.changes), 'image')}")
    put(console)
    rows = list(iter_differences(comparison))
    _put_rows(console, "Metric", DIFFERENCE_HEADINGS, rows)
    put(console)
    for line in say_wins(comparison):
        put(console, clean(line))
    changes = list(iter_changes(comparison))
    if changes:
        heading = f"Most different in {find_title(comparison.metric)}"
        put_heading(console, f"{heading} ({len(changes)} of {len(comparison.most_different)})")
        _put_rows(console, "Image", _list_headings(comparison), changes)
    put_items(console, "How it was made", say_method(comparison))
    put(console)
    for side, signature in _list_signatures(comparison):
        put_whole(console, f"Signature{side}: {signature}")


def _put_rows(console: Console, first: str, headings: Sequence[str], rows: Sequence[Row]) -> None:
    """Print a table, of the last columns only those that there is room for."""
    longest = max(len(clean(row.head, limit=NAME_LIMIT)) for row in rows)
    head = Column(first, least=min(longest, console.width // 3), wraps=True)
    columns = [head]
    room = console.width + GAP - _measure(head)
    for place, heading in enumerate(headings):
        least = max(len(heading), *(len(row.cells[place]) for row in rows))
        column = Column(heading, "right", least=least)
        room -= _measure(column)
        if room < 0 and place >= LEAST_COLUMNS:
            break
        columns.append(column)
    lines = (
        [name(row.head, _style(row)), *(Text(cell, _style(row)) for cell in row.cells)]
        for row in rows
    )
    put_table(console, columns, (line[: len(columns)] for line in lines))


def _measure(column: Column) -> int:
    return (column.least or 0) + GAP


def _style(row: Row) -> str:
    return "bold" if row.ranking else ""


def _list_signatures(comparison: Comparison) -> list[tuple[str, str]]:
    """List the signatures, once where both are the same."""
    first, second = comparison.first_signature, comparison.second_signature
    return [("", first)] if first == second else [(" of A", first), (" of B", second)]


def write_markdown(comparison: Comparison) -> str:
    """Write the result, every metric, and the images that differ most."""
    about = f"{escape_markdown(comparison.task)}, {count(len(comparison.changes), 'image')}"
    names = (escape_markdown(comparison.first), escape_markdown(comparison.second))
    changes = list(iter_changes(comparison))
    heading = f"### Most different in {find_title(comparison.metric)}"
    blocks = [
        [f"## {say_result(comparison)}"],
        [f"A: {names[0]}; B: {names[1]}; {about}."],
        _write_table("Metric", DIFFERENCE_HEADINGS, list(iter_differences(comparison))),
        [f"- {escape_markdown(line)}" for line in say_wins(comparison)],
        [heading] if changes else [],
        _write_table("Image", _list_headings(comparison), changes) if changes else [],
        [f"- {line}" for line in say_method(comparison)],
        [f"- Signature{side}: {quote_code(line)}" for side, line in _list_signatures(comparison)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _write_table(first: str, headings: Sequence[str], rows: Sequence[Row]) -> list[str]:
    lines = [[escape_markdown(row.head), *row.cells] for row in rows]
    shown = [
        [f"**{cell}**" for cell in line] if row.ranking else line
        for row, line in zip(rows, lines, strict=True)
    ]
    rule = ["---", *["---:"] * len(headings)]
    return [f"| {' | '.join(cells)} |" for cells in ((first, *headings), rule, *shown)]
