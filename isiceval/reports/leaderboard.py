"""A leaderboard as blocks: the standings, those without a rank, and how certain the ranking is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from string import ascii_letters

from isiceval.blocks import Block, Cell, Code, Column, Heading, Item, Items, Paragraph, Row, Table
from isiceval.model import Leaderboard, Standing
from isiceval.reports.numbers import (
    count,
    count_cell,
    describe_bootstrap,
    describe_least_p,
    format_share,
    interval_cell,
    number_cell,
    plot_cell,
)
from isiceval.reports.scorecard import INTERVAL, find_title, list_overall, order_aggregates
from isiceval.reports.validation import count_codes

MOST_LETTERS = 8
"""Of more groups than this in one cell the letters are no longer read; a number is shown then."""

NAMES = ("team", "approach", "submission")
COUNTS = (("Missing", "n_missing"), ("Warnings", "n_warnings"))
SELECTED = {
    "submission": "",
    "approach": ", the latest of each approach",
    "team": ", the best approach of each team by its latest submission",
}


def describe(board: Leaderboard) -> Iterator[Block]:
    """Yield the blocks of a leaderboard."""
    yield Heading(
        f"Leaderboard of {board.task} (profile {board.profile}), ranked on "
        f"{find_title(board.metric)}",
        1,
    )
    superseded = f" ({board.superseded} superseded)" if board.superseded else ""
    ties = "equal scores share a rank"
    if board.ties == "earlier":
        ties = "of equal scores the earlier ranks first"
    shown = f"{count(len(board.standings), 'submission')}{SELECTED[board.per]}{superseded}"
    yield Paragraph(f"{shown}; {ties}.", "lead")
    ranked = [standing for standing in board.standings if standing.rank is not None]
    if ranked:
        yield from _describe_ranked(board, ranked)
    yield from _describe_unranked(board, [s for s in board.standings if s.rank is None])
    statistics = tuple(map(Item, describe_statistics(board)))
    if statistics:
        yield Heading("How certain the ranking is")
        yield Items(statistics)
    if board.notes:
        yield Heading("Ignored")
        yield Items(tuple(map(Item, board.notes)))
    signatures = [standing.signature for standing in board.standings if standing.signature]
    for signature in dict.fromkeys(signatures):
        n = signatures.count(signature)
        several = f" of {count(n, 'submission')}" if n < len(signatures) else ""
        yield Code(signature, title=f"Signature{several}")


def _describe_ranked(board: Leaderboard, standings: Sequence[Standing]) -> Iterator[Block]:
    """Yield the table of ranked standings; a terminal shows as many columns as there is room for.

    The ranking metric is always shown, then what the bootstrap says, then the other metrics.
    """
    metric, *others = list_overall(list_aggregates(board))
    counts = [
        (title, field) for title, field in COUNTS if any(getattr(s, field) for s in standings)
    ]
    columns = [
        Column("Rank", number=True),
        *_list_name_columns(standings),
        Column(find_title(metric), number=True),
    ]
    if board.bootstrap:
        columns += [
            Column(INTERVAL, number=True, priority=2),
            Column("Interval", plot=True, priority=3),
            Column("Ranks", number=True, priority=1),
            Column("P(first)", number=True, priority=1),
            Column(name_groups(board), priority=1),
        ]
    columns += [Column(find_title(other), number=True, priority=4) for other in others]
    columns += [Column(title, number=True, priority=1) for title, _ in counts]
    groups = find_groups(board)
    rows = []
    for standing in standings:
        cells: list[str | Cell] = [count_cell(standing.rank)]
        cells += _list_names(standing, standings)
        cells.append(number_cell(standing.aggregates.get(metric)))
        if board.bootstrap:
            cells += _list_statistics(standing, metric, groups)
        cells += [number_cell(standing.aggregates.get(other)) for other in others]
        cells += [count_cell(getattr(standing, field)) for _, field in counts]
        rows.append(Row(tuple(cells)))
    yield Table(columns=tuple(columns), rows=tuple(rows), caption="Standings", name="standings")
    if not counts:
        yield Paragraph("No ranked submission lacks an image or has a warning.", "note")


def _list_name_columns(standings: Sequence[Standing]) -> list[Column]:
    known = [name for name in NAMES if any(getattr(s, name) for s in standings)]
    return [Column(name.capitalize(), wrap=True) for name in known]


def _list_names(standing: Standing, standings: Sequence[Standing]) -> list[str]:
    known = [name for name in NAMES if any(getattr(s, name) for s in standings)]
    return [getattr(standing, name) for name in known]


def _list_statistics(
    standing: Standing, metric: str, groups: Mapping[str, str]
) -> list[str | Cell]:
    """List the cells of what the bootstrap and the paired tests say of a standing."""
    interval = standing.intervals.get(metric)
    low, high = standing.rank_low, standing.rank_high
    ranks = "-" if low is None else f"{low}" if low == high else f"{low}-{high}"
    return [
        interval_cell(interval),
        plot_cell(standing.aggregates.get(metric), interval),
        Cell(ranks, value=low),
        Cell(format_share(standing.p_first), value=standing.p_first),
        groups.get(standing.submission, "-"),
    ]


def _describe_unranked(board: Leaderboard, standings: Sequence[Standing]) -> Iterator[Block]:
    if not standings:
        return
    yield Heading(f"Not ranked ({len(standings)})")
    rows = []
    for standing in standings:
        why = f"{find_title(board.metric)} is undefined in every image"
        if standing.status != "undefined":
            errors = [problem for problem in standing.problems if problem.severity == "error"]
            why = ", ".join(f"{code} ({n})" for code, n in count_codes(errors).items())
        names = _list_names(standing, standings)
        rows.append(Row((*names, describe_status(standing), why)))
    yield Table(
        columns=(*_list_name_columns(standings), Column("Status"), Column("Why", wrap=True)),
        rows=tuple(rows),
        caption="Submissions without a rank",
    )
    if any(standing.status == "invalid" for standing in standings):
        yield Paragraph(
            f"isiceval validate {board.task} SUBMISSION --truth TRUTH lists every problem of a "
            "submission.",
            "hint",
        )


def describe_status(standing: Standing) -> str:
    """Write the status of a standing: ``ranked``, ``invalid: 3 errors`` or ``undefined``."""
    if standing.status == "invalid":
        return f"invalid: {count(standing.n_errors, 'error')}"
    return standing.status


def describe_statistics(board: Leaderboard) -> Iterator[str]:
    """Yield sentences that say how the statistics were made, or why there are none."""
    if board.note:
        yield board.note
    tests = board.significance
    if board.bootstrap is None or tests is None:
        return
    how = describe_bootstrap(board.bootstrap)
    yield f"Intervals: {how}; the same resamples for all submissions."
    yield (
        "Ranks: range of ranks in 95 % of the resamples; P(first): share of the resamples in which "
        "a submission is first, alone or tied."
    )
    if all(standing.rank_low is None for standing in board.standings):
        yield "The score is undefined in most resamples, so that none of these is known."
    if board.tau is not None:
        yield (
            f"Kendall's tau between this ranking and that of a resample: {board.tau:.2f} on "
            "average (1: always the same order)."
        )
    group = f"{name_groups(board)}: from how many others a submission does not differ significantly"
    if name_groups(board) == "Group":
        group = "Group: submissions that share a letter do not differ significantly"
    yield f"{group} ({tests.test} tests, {tests.adjust.capitalize()}, {tests.alpha * 100:g} %)."
    if "bootstrap" in tests.test:
        yield from describe_least_p(board.bootstrap)


def list_aggregates(board: Leaderboard) -> tuple[str, ...]:
    """List every aggregate that some submission of a leaderboard has, in order."""
    found = dict.fromkeys(name for standing in board.standings for name in standing.aggregates)
    return order_aggregates(board.metric, found, kind=board.kind)


def find_groups(board: Leaderboard) -> dict[str, str]:
    """Give each submission the letters of its groups, a for the best (a compact letter display).

    Submissions that share a letter do not differ significantly. Where a submission is in too many
    groups to read, each gets the number of others from which it does not differ instead.
    """
    letters: dict[str, str] = {}
    for place, group in enumerate(board.significance.groups if board.significance else ()):
        name = ascii_letters[place] if place < len(ascii_letters) else f"({place + 1})"
        for submission in group:
            letters[submission] = letters.get(submission, "") + name
    if all(len(found) <= MOST_LETTERS for found in letters.values()):
        return letters
    return {s.submission: str(len(s.tied_with)) for s in board.standings if s.rank is not None}


def name_groups(board: Leaderboard) -> str:
    """Name the column of ``find_groups``: of letters or of numbers."""
    return "Similar" if any(text.isdigit() for text in find_groups(board).values()) else "Group"
