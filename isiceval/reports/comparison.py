"""A comparison of two submissions: on a terminal, and in Markdown for a pull request."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from isiceval.model import Agreement, Comparison, Difference
from isiceval.reports.cells import Text
from isiceval.reports.escape import clean, escape_markdown, quote_code
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
from isiceval.reports.numbers import (
    count,
    join_some,
    say_bootstrap,
    say_least,
    show,
    show_p,
    show_signed,
)
from isiceval.reports.rows import find_title, list_overall

N_CHANGES = 10
LEAST_COLUMNS = 3
CHANGE_HEADINGS = ("A", "B", "B - A")
JACCARD_HEADINGS = ("Jaccard A", "Jaccard B")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table: what it is about, and its cells."""

    head: str
    cells: tuple[str, ...]
    ranking: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One table: what its first column and the others are called, and its rows."""

    first: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]


def say_result(comparison: Comparison) -> str:
    """Write the result in one line: whether B is better or worse, and by how much."""
    ranking = comparison.differences[comparison.metric]
    verdict = "cannot be told apart from A"
    if comparison.better or comparison.worse:
        verdict = "is better than A" if comparison.better else "is worse than A"
    title = find_title(comparison.metric)
    return f"B {verdict}: {title} {show_signed(ranking.difference)} {_interval(ranking)}"


def list_differences(comparison: Comparison) -> Part:
    """List the metrics that are not of one label alone, the ranking metric first."""
    metric = comparison.metric
    names = [metric, *(n for n in list_overall(comparison.differences) if n != metric)]
    heads = {name_: find_title(name_) for name_ in names}
    return _list_rows(comparison, "Metric", heads)


def list_labels(comparison: Comparison) -> Iterator[tuple[str, Part]]:
    """Yield a table of each label's ranking metric, and of its AUC, where there are such."""
    for metric in dict.fromkeys((comparison.metric.partition(".")[0], "auc")):
        start = f"{metric}."
        heads = {n: n.removeprefix(start) for n in comparison.differences if n.startswith(start)}
        if heads:
            yield find_title(metric), _list_rows(comparison, "Label", heads)


_Write = Callable[[Difference], str]


def _list_rows(comparison: Comparison, first: str, heads: Mapping[str, str]) -> Part:
    """Write one row for each aggregate; a column that would say nothing is left out."""
    found = [comparison.differences[name_] for name_ in heads]
    columns = {
        heading: write
        for heading, (write, is_known) in _COLUMNS.items()
        if any(is_known(difference) for difference in found)
    }
    values = (comparison.first_aggregates, comparison.second_aggregates)
    rows = tuple(
        Row(
            head=head,
            cells=(
                *(show(own[name_]) for own in values),
                *(write(difference) for write in columns.values()),
            ),
            ranking=name_ == comparison.metric,
        )
        for (name_, head), difference in zip(heads.items(), found, strict=True)
    )
    return Part(first=first, headings=("A", "B", *columns), rows=rows)


def _interval(found: Difference) -> str:
    if math.isnan(found.low):
        return "-"
    return f"[{show_signed(found.low)}, {show_signed(found.high)}]"


def _show_effect(found: Difference) -> str:
    size = found.effect_size
    return "-" if size is None or math.isnan(size) else f"{size:+.2f}"


def _show_count(n: int | None) -> str:
    return "-" if n is None else str(n)


_COLUMNS: Mapping[str, tuple[_Write, Callable[[Difference], bool]]] = {
    "B - A": (lambda d: show_signed(d.difference), lambda _: True),
    "95 % interval": (_interval, lambda _: True),
    "p": (lambda d: show_p(d.p_value), lambda _: True),
    "DeLong p": (lambda d: show_p(d.p_delong), lambda d: d.p_delong is not None),
    "Effect": (_show_effect, lambda d: d.effect_size is not None),
    "B wins": (lambda d: _show_count(d.second_wins), lambda d: d.second_wins is not None),
    "A wins": (lambda d: _show_count(d.first_wins), lambda d: d.first_wins is not None),
    "Same": (lambda d: _show_count(d.ties), lambda d: d.ties is not None),
}


def list_changes(comparison: Comparison) -> Part:
    """List the images that differ most, the most different first."""
    jaccards = comparison.kind == "mask" and comparison.metric != "jaccard"
    rows = []
    for change in comparison.most_different[:N_CHANGES]:
        cells = (show(change.first), show(change.second), show_signed(change.difference))
        more = (show(change.first_jaccard), show(change.second_jaccard)) if jaccards else ()
        rows.append(Row(head=change.image, cells=(*cells, *more)))
    headings = (*CHANGE_HEADINGS, *(JACCARD_HEADINGS if jaccards else ()))
    return Part(first="Image", headings=headings, rows=tuple(rows))


def _say_changes(comparison: Comparison) -> str:
    """Write the heading above the images that differ most."""
    compared = {
        "metric": find_title(comparison.metric),
        "confidence": "the confidence in the truth",
        "right": "being right (1) or wrong (0)",
    }[comparison.compared]
    total = len(comparison.most_different)
    return f"Most different in {compared} ({min(N_CHANGES, total)} of {total})"


def say_wins(comparison: Comparison) -> tuple[str, ...]:
    """Write in how many images each wins, and which ones went from bad to good and back."""
    if comparison.agreement is not None:
        return _say_agreement(comparison, comparison.agreement)
    line = f"{comparison.jaccard_threshold:g}"
    ranking = comparison.differences[comparison.metric]
    b, a = ranking.second_wins or 0, ranking.first_wins or 0
    wins = f"B wins in {count(b, 'image')}, A in {a}, {ranking.ties or 0} are the same"
    told = f"{find_title(comparison.metric)}: {wins}"
    if comparison.kind != "mask":
        return (told,)
    return (
        told,
        _say_images(f"Improved by B (Jaccard {line} or above, below it in A)", comparison.improved),
        _say_images(f"Worsened by B (Jaccard below {line}, not so in A)", comparison.worsened),
    )


def _say_agreement(comparison: Comparison, found: Agreement) -> tuple[str, ...]:
    counts = f"both right in {count(found.both_right, 'image')}, neither in {found.both_wrong}"
    alone = f"only B in {found.only_second}, only A in {found.only_first}"
    p_value = show_p(found.p_value)
    effect = "" if math.isnan(found.effect_size) else f", Cohen's g {found.effect_size:+.2f}"
    return (
        f"Chosen labels: {counts}, {alone}; p {p_value} ({found.test}){effect}",
        _say_images("Improved by B (wrong in A)", comparison.improved),
        _say_images("Worsened by B (right in A)", comparison.worsened),
    )


def _say_images(what: str, images: Sequence[str]) -> str:
    return f"{what}: {count(len(images), 'image')}{': ' if images else ''}{join_some(images, str)}"


def say_method(comparison: Comparison) -> tuple[str, ...]:
    """Write how the numbers were made."""
    intervals = f"Intervals: {say_bootstrap(comparison.bootstrap)}."
    if comparison.kind != "mask":
        return (intervals, *_say_drawn(comparison))
    ranking = comparison.differences[comparison.metric]
    title = find_title(comparison.metric)
    flips = "p: two-sided, of the mean difference, by flipping signs at random"
    grouped = " of the mean difference of each group" if comparison.bootstrap.grouped else ""
    ranks = f"Wilcoxon's signed rank test{grouped} gives {show_p(ranking.p_signed_rank)}"
    return (
        intervals,
        f"{flips}; {ranks} for {title}.",
        "Effect: mean over standard deviation of the differences (Cohen's d_z).",
        "B wins, A wins, Same: in how many of the images that are defined for both.",
    )


def _say_drawn(comparison: Comparison) -> Iterator[str]:
    """Yield how p-values of paired draws were made, and what takes account of groups."""
    grouped = comparison.bootstrap.grouped
    units = "groups" if grouped else "images"
    yield f"p: two-sided, by the paired bootstrap; both submissions meet the same draws of {units}."
    yield from say_least(comparison.bootstrap)
    if any(d.p_delong is not None for d in comparison.differences.values()):
        yield "DeLong p: two-sided, of the AUC of one label (DeLong et al. 1988)."
    elif grouped and comparison.kind == "table":
        yield "No test of DeLong or McNemar: they take no account of groups."
    if comparison.kind != "table":
        yield "B wins, A wins, Same: in how many images, each taken by itself."


def print_comparison(console: Console, comparison: Comparison) -> None:
    """Print the result, every metric, the images that differ most and how it was made."""
    put(console, say_result(comparison), "bold")
    put(console, f"A: {clean(comparison.first)}")
    put(console, f"B: {clean(comparison.second)}")
    about = f"{clean(comparison.task)} (profile {clean(comparison.profile)})"
    put(console, f"{about}, {count(len(comparison.changes), 'image')}")
    put(console)
    _put_part(console, list_differences(comparison))
    put(console)
    for line in say_wins(comparison):
        put(console, clean(line))
    for title, part in list_labels(comparison):
        put_heading(console, f"{title} by label")
        _put_part(console, part)
    changes = list_changes(comparison)
    if changes.rows:
        put_heading(console, _say_changes(comparison))
        _put_part(console, changes)
    put_items(console, "How it was made", say_method(comparison))
    put(console)
    for side, signature in _list_signatures(comparison):
        put_whole(console, f"Signature{side}: {signature}")


def _put_part(console: Console, part: Part) -> None:
    """Print a table, of the last columns only those that there is room for."""
    rows = part.rows
    longest = max(len(clean(row.head, limit=NAME_LIMIT)) for row in rows)
    head = Column(part.first, least=min(longest, console.width // 3), wraps=True)
    columns = [head]
    room = console.width + GAP - _measure(head)
    for place, heading in enumerate(part.headings):
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
    changes = list_changes(comparison)
    labels = [
        block
        for title, part in list_labels(comparison)
        for block in ([f"### {title} by label"], _write_part(part))
    ]
    blocks = [
        [f"## {say_result(comparison)}"],
        [f"A: {names[0]}; B: {names[1]}; {about}."],
        _write_part(list_differences(comparison)),
        [f"- {escape_markdown(line)}" for line in say_wins(comparison)],
        *labels,
        [f"### {_say_changes(comparison)}"] if changes.rows else [],
        _write_part(changes) if changes.rows else [],
        [f"- {line}" for line in say_method(comparison)],
        [f"- Signature{side}: {quote_code(line)}" for side, line in _list_signatures(comparison)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _write_part(part: Part) -> list[str]:
    lines = [[escape_markdown(row.head), *row.cells] for row in part.rows]
    shown = [
        [f"**{cell}**" for cell in line] if row.ranking else line
        for row, line in zip(part.rows, lines, strict=True)
    ]
    rule = ["---", *["---:"] * len(part.headings)]
    return [f"| {' | '.join(cells)} |" for cells in ((part.first, *part.headings), rule, *shown)]
