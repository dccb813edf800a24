"""A comparison of two submissions as blocks: every difference, and the images that differ most."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from isiceval import numbers
from isiceval.blocks import Block, Cell, Code, Column, Heading, Item, Items, Table
from isiceval.model import Change, Comparison, Difference, has_case_scores
from isiceval.numbers import Value, count, format_difference, format_p, make_table
from isiceval.reports.scorecard import INTERVAL, find_title, list_overall

N_CHANGES = 10
VERDICTS = {
    "better": "is better than A",
    "worse": "is worse than A",
    "equivalent": "is equivalent to A",
    "identical": "gives the same answers as A",
    "undecided": "does not differ significantly from A",
    "too few cases to tell": "cannot be told from A with so few cases",
}
COMPARED = {"confidence": "the confidence in the truth", "right": "being right (1) or wrong (0)"}


def describe(comparison: Comparison) -> Iterator[Block]:
    """Yield the blocks of a comparison; every difference is B minus A."""
    metric = comparison.metric
    ranking = comparison.differences[metric]
    verdict = VERDICTS[comparison.verdict]
    if comparison.verdict == "equivalent":
        verdict += f" (less than {comparison.margin:g} apart)"
    change = format_difference(ranking.difference)
    if not math.isnan(ranking.low):
        change += f" {_make_interval_cell(ranking).text}"
    images = count(len(comparison.changes), "image")
    task = Item(f"{comparison.task} (profile {comparison.profile}), {images}", "Task")
    yield Heading(f"B {verdict}: {find_title(metric)} {change}", 1)
    yield Items((Item(comparison.first, "A"), Item(comparison.second, "B"), task))
    names = [metric, *(n for n in list_overall(comparison.differences) if n != metric)]
    yield _make_table(comparison, "Metric", {name: find_title(name) for name in names})
    yield Items(tuple(map(Item, _describe_images(comparison))))
    for name in dict.fromkeys((metric.partition(".")[0], "auc")):
        start = f"{name}."
        heads = {n: n.removeprefix(start) for n in comparison.differences if n.startswith(start)}
        if heads:
            yield Heading(f"{find_title(name)} by label")
            yield _make_table(comparison, "Label", heads)
    if changes := comparison.most_different:
        jaccards = has_case_scores(comparison.kind) and metric != "jaccard"
        titles = ("A", "B", "B - A", *(("Jaccard A", "Jaccard B") if jaccards else ()))
        rows = []
        for one in changes[:N_CHANGES]:
            own = (one.first_jaccard, one.second_jaccard) if jaccards else ()
            rows.append((one.image, one.first, one.second, _make_difference_cell(one), *own))
        columns = [Column(title, number=True, priority=n // 3) for n, title in enumerate(titles)]
        columns.insert(0, Column("Image", wrap=True))
        compared = COMPARED.get(comparison.compared, find_title(metric))
        yield Heading(f"Most different in {compared} ({len(rows)} of {len(changes)})")
        yield make_table(columns, rows, caption="The images that differ most")
    yield Heading("Method")
    yield Items(tuple(map(Item, _describe_method(comparison))))
    first, second = comparison.first_signature, comparison.second_signature
    if first == second:
        yield Code(first, title="Signature")
    else:
        yield Code(first, title="Signature of A")
        yield Code(second, title="Signature of B")


def _make_table(comparison: Comparison, first: str, heads: Mapping[str, str]) -> Table:
    """Make a table with a row for each aggregate; a column without any value is left out."""
    found = [comparison.differences[name] for name in heads]
    columns: dict[Column, Sequence[Value]] = {
        Column(first, wrap=True): list(heads.values()),
        Column("A"): [comparison.first_aggregates[name] for name in heads],
        Column("B"): [comparison.second_aggregates[name] for name in heads],
    }
    for title, make in _COLUMNS.items():
        cells = [make(difference) for difference in found]
        if any(cell is not None for cell in cells):
            columns[Column(title, number=True, priority=len(columns) - 3)] = cells
    strong = next((n for n, name in enumerate(heads) if name == comparison.metric), None)
    rows = zip(*columns.values(), strict=True)
    return make_table(columns, rows, strong=strong, caption="B minus A")


def _make_cell(value: float | None, write: Callable[[Any], str]) -> Cell | None:
    return None if value is None else Cell(write(value), value=value)


def _make_difference_cell(found: Difference | Change) -> Cell:
    return Cell(format_difference(found.difference), value=found.difference)


def _make_interval_cell(found: Difference) -> Cell:
    ends = f"[{format_difference(found.low)}, {format_difference(found.high)}]"
    return Cell("-" if math.isnan(found.low) else ends, value=found.low)


# How a column of the table of differences is made; None where a difference has no such thing.
_COLUMNS: Mapping[str, Callable[[Difference], Value]] = {
    "B - A": _make_difference_cell,
    INTERVAL: _make_interval_cell,
    "p": lambda d: _make_cell(d.p_value, format_p),
    "Effect": lambda d: _make_cell(d.effect_size, lambda v: "-" if math.isnan(v) else f"{v:+.2f}"),
    "B wins": lambda d: d.second_wins,
    "A wins": lambda d: d.first_wins,
    "Same": lambda d: d.ties,
}


def _describe_images(comparison: Comparison) -> Iterator[str]:
    """Yield in how many images each wins, and which ones B improved and worsened."""
    found = comparison.agreement
    if found is not None:
        both = f"both right in {count(found.both_right, 'image')}, neither in {found.both_wrong}"
        alone = f"only B in {found.only_second}, only A in {found.only_first}"
        effect = "" if math.isnan(found.effect_size) else f", Cohen's g {found.effect_size:+.2f}"
        test = f"p {format_p(found.p_value)} ({found.test})"
        yield f"Chosen labels: {both}, {alone}; {test}{effect}"
        yield _list_images("Improved by B (wrong in A)", comparison.improved)
        yield _list_images("Worsened by B (right in A)", comparison.worsened)
        return
    ranking = comparison.differences[comparison.metric]
    wins = f"B wins in {count(ranking.second_wins or 0, 'image')}, A in {ranking.first_wins or 0}"
    yield f"{find_title(comparison.metric)}: {wins}, {ranking.ties or 0} are the same"
    if has_case_scores(comparison.kind):
        line = f"{comparison.jaccard_threshold:g}"
        above, below = f"Jaccard {line} or above, below it in A", f"Jaccard below {line}, not so"
        yield _list_images(f"Improved by B ({above})", comparison.improved)
        yield _list_images(f"Worsened by B ({below} in A)", comparison.worsened)


def _list_images(what: str, images: Sequence[str]) -> str:
    named = f": {numbers.join_first(images)}" if images else ""
    return f"{what}: {count(len(images), 'image')}{named}"


def _describe_method(comparison: Comparison) -> Iterator[str]:
    """Yield how the numbers were made, and what takes account of groups."""
    ranking, title = comparison.differences[comparison.metric], find_title(comparison.metric)
    dash = ""
    if any(math.isnan(found.low) for found in comparison.differences.values()):
        dash = f" {numbers.DASH}"
    yield f"Intervals: {numbers.describe_bootstrap(comparison.bootstrap)}.{dash}"
    yield (
        "p: two-sided, at most 0.05 where the interval lies on one side of 0; not adjusted, since "
        "two submissions are one pair. A leaderboard of more makes the same test, adjusted."
    )
    if comparison.verdict != "identical":
        claim = f"the claim that the one ahead in {title} is better"
        yield f"Probability that {claim} is false: {format_p(comparison.p_false_claim)}."
    if comparison.detectable is not None:
        yield numbers.describe_detectable(comparison.detectable, title)
    if comparison.margin is not None:
        yield f"Equivalence: two one-sided tests at 5 %, margin {comparison.margin:g}."
    if ranking.p_signed_rank is not None:
        of_groups = " of the mean difference of each group" if comparison.bootstrap.grouped else ""
        p = format_p(ranking.p_signed_rank)
        yield f"Wilcoxon's signed rank test{of_groups} gives {p} for {title}."
        yield "Effect: mean over standard deviation of the differences (Cohen's d_z)."
        yield "B wins, A wins, Same: number of images, among those defined for both."
