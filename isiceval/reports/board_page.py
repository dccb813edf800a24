"""The blocks of the page of a leaderboard, of any kind of task."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from isiceval.blocks import Block, Cell, Code, Column, Figure, Heading, Item, Items, Paragraph
from isiceval.metrics.registry import VALIDATION
from isiceval.model import Leaderboard, Standing
from isiceval.reports.csv import THEN_RANK
from isiceval.reports.escape import clean
from isiceval.reports.figures.board import Line
from isiceval.reports.leaderboard import (
    describe_statistics,
    describe_status,
    find_groups,
    list_aggregates,
    name_groups,
)
from isiceval.reports.numbers import count, format_ends, format_p, format_percent, format_value
from isiceval.reports.scorecard import find_title, list_overall
from isiceval.reports.scorecard_page import describe_rules
from isiceval.reports.tables import Value, make_row, make_table
from isiceval.reports.validation import describe_problems
from isiceval.tasks.task import Task

if TYPE_CHECKING:
    from isiceval.statistics.difficulty import Difficulty

LABEL_LIMIT = 40
N_HARDEST = 20
STRONG = 50  # p below alpha / 50 (0.001 for 0.05) is shown in the strongest colour


class Method(NamedTuple):
    """What a ranking method is called, and what it does."""

    short: str
    long: str


METHODS: Mapping[str, Method] = {
    "mean_then_rank": Method("mean", "the rank of the mean over images"),
    "median_then_rank": Method("median", "the rank of the median over images"),
    "rank_then_mean": Method(
        "mean rank", "ranked within each image, then by the mean of these ranks"
    ),
    "rank_then_median": Method(
        "median rank", "ranked within each image, then by the median of these ranks"
    ),
    "test_then_rank": Method("tests", "by the share of others beaten in the tests below"),
    "test_then_rank_holm": Method("tests, Holm", "the same with p-values adjusted by Holm"),
}
PER = {
    "submission": "submission",
    "approach": "approach of a team: its latest valid submission",
    "team": "team: the best of the latest submissions of its approaches",
}


def describe_board_page(
    board: Leaderboard, task: Task, *, difficulty: Difficulty | None, shown: str
) -> Iterator[Block]:
    """Yield the page of a leaderboard; a section stands where the board holds what it shows.

    ``difficulty`` holds the values of ``shown``, a metric of single images, in the order of the
    ranked standings.
    """
    ranked = [standing for standing in board.standings if standing.rank is not None]
    labels = _list_labels(board)
    title = find_title(board.metric)
    mean = "mean " if board.kind == "mask" else ""
    yield Paragraph(f"Leaderboard · task {board.task} · profile {board.profile}", style="kicker")
    yield Heading(task.title, level=1)
    if not ranked:
        yield Paragraph("No submission could be ranked.", style="lead")
    else:
        images = f", {count(n, 'image')}" if (n := ranked[0].n_cases) else ""
        number = count(len(ranked), "ranked submission")
        yield Paragraph(f"{number}{images}, by {mean}{title}.", style="lead")
        yield _list_key_numbers(board, ranked, labels)
    yield from _describe_standings(board, ranked)
    lines = _make_lines(board, ranked, labels, difficulty)
    yield from _describe_certainty(board, lines)
    if ranked:
        yield from _describe_labels(board, ranked, labels)
        yield from _describe_methods(board, lines)
        yield from _describe_differences(board, ranked, labels)
    if difficulty is not None:
        yield from _describe_difficulty(board, task, lines, difficulty, shown)
    yield from _describe_aside(board, title)
    signatures = dict.fromkeys(s.signature for s in board.standings if s.signature)
    yield from describe_rules(task, next(iter(signatures), ""))
    ties = "exactly equal scores share a rank (1, 2, 2, 4)"
    if board.ties != "share":
        ties = "of exactly equal scores the one submitted earlier ranks first"
    yield Items(
        (
            Item(ties, term="Ties"),
            Item(PER[board.per], term="One line per"),
            Item("listed last, without a rank", term="Invalid submissions"),
        )
    )
    if signatures:
        yield Code("\n".join(signatures), title="Signature")
    if board.truth_digest:
        yield Code(board.truth_digest, title="Digest of the truth")
        yield Paragraph(
            "SHA-256 over image ids and file contents, the same for a folder and a zip.",
            style="note",
        )


def _list_labels(board: Leaderboard) -> dict[str, str]:
    """Name submissions in figures by their team where every team has one, else by themselves."""
    teams = Counter(standing.team for standing in board.standings)
    by_team = "" not in teams and max(teams.values(), default=0) == 1
    return {
        one.submission: clean(one.team if by_team else one.submission, limit=LABEL_LIMIT)
        for one in board.standings
    }


def _list_key_numbers(
    board: Leaderboard, ranked: Sequence[Standing], labels: Mapping[str, str]
) -> Items:
    first = ranked[0]
    often = f"of {count(len(ranked), 'submission')}"
    if first.p_first is not None:
        often = f"in {format_percent(first.p_first)} of the draws"
    score, interval = first.aggregates[board.metric], first.intervals.get(board.metric)
    items = [
        Item(labels[first.submission], term="First", note=often),
        Item(
            format_value(score),
            term=find_title(board.metric),
            note=f"95 %: {format_ends(interval)}" if interval else "",
        ),
    ]
    if first.rank_low is not None:
        ranks = _format_ranks(first)
        note = "in 95 % of the draws"
        items.append(Item(ranks, term="Possible ranks of the first", note=note))
    if board.tau is not None:
        note = "mean Kendall's τ; 1 is the same order in every draw"
        items.append(Item(f"{board.tau:.2f}", term="Stability of the order", note=note))
    return Items(tuple(items), large=True)


def _format_ranks(standing: Standing) -> str:
    low, high = standing.rank_low, standing.rank_high
    return "-" if low is None else f"{low}" if low == high else f"{low} to {high}"


def _describe_standings(board: Leaderboard, ranked: Sequence[Standing]) -> Iterator[Block]:
    statistics = list(describe_statistics(board))
    metrics = list_overall(list_aggregates(board))[1:]
    named = [n for n in ("team", "approach") if any(getattr(s, n) for s in board.standings)]
    groups = find_groups(board)
    yield Heading("Standings", anchor="standings")
    if statistics:
        notes = tuple(Item(sentence) for sentence in statistics)
        yield Items(notes, folded="What the columns mean")
    elif ranked:
        unknown = "The images were not resampled: how much of this order is chance is not known."
        yield Paragraph(board.note or unknown, style="note")
    aside = len(ranked) < len(board.standings)
    columns: list[str | Column] = ["Rank", "Submission", find_title(board.metric)]
    columns += ["95 % interval", "Ranks", "First", name_groups(board)] if statistics else []
    columns += [Column(name.capitalize(), wrap=True) for name in named]
    columns += [Column(find_title(name), number=True, priority=2) for name in metrics]
    columns += ["Missing", Column("Warnings", number=True, priority=2)]
    columns += [Column("Status", priority=0 if aside else 2)]
    columns += [Column(name, wrap=True, priority=2) for name in board.columns]
    rows = []
    for one in board.standings:
        cells: list[Value] = ["-" if one.rank is None else one.rank, one.submission]
        cells.append(one.aggregates.get(board.metric, math.nan))
        if statistics:
            first = "-" if one.p_first is None else format_percent(one.p_first)
            cells.append(format_ends(one.intervals.get(board.metric)))
            cells.append(Cell(_format_ranks(one), value=one.rank_low))
            cells += [Cell(first, value=one.p_first), groups.get(one.submission, "-")]
        cells += [getattr(one, name) for name in named]
        cells += [one.aggregates.get(name, math.nan) for name in metrics]
        cells += ["-" if one.n_missing is None else one.n_missing, one.n_warnings]
        status = Cell(describe_status(one), mark="bad", link="invalid")
        cells.append(Cell("ranked", mark="good") if one.status == "ranked" else status)
        rows.append(make_row(*cells, *(one.columns.get(name, "") for name in board.columns)))
    yield make_table(
        columns, rows, caption=f"Standings by {find_title(board.metric)}", name="board"
    )
    if board.superseded:
        yield Paragraph(
            f"{count(board.superseded, 'submission')} left out: a later or better one of the same "
            f"{board.per} stands in their place.",
            style="note",
        )


def _name_own(board: Leaderboard) -> str:
    """Name the board's own ranking as a key among the others."""
    return "mean_then_rank" if board.kind == "mask" else f"{board.metric}{THEN_RANK}"


def _make_lines(
    board: Leaderboard,
    ranked: Sequence[Standing],
    labels: Mapping[str, str],
    difficulty: Difficulty | None,
) -> list[Line]:
    own = _name_own(board)
    values = difficulty.values.tolist() if difficulty is not None else [()] * len(ranked)
    return [
        Line(labels[one.submission], one, tuple(row), {**one.ranks, own: one.rank or 0})
        for one, row in zip(ranked, values, strict=True)
    ]


def _describe_certainty(board: Leaderboard, lines: Sequence[Line]) -> Iterator[Block]:
    if not any(board.metric in line.standing.intervals for line in lines):
        return
    title = find_title(board.metric)
    yield Heading("How certain is the order?", anchor="certainty", short="Certainty")
    yield Figure(
        kind="draw_intervals",
        name="intervals",
        caption=f"{title} with its 95 % interval. The band is the interval of the first: with "
        "other images of the same kind, a submission that reaches into it might be first.",
        data={"lines": lines, "metric": board.metric, "title": title},
    )
    if len(lines) > 1 and all(line.standing.rank_low is not None for line in lines):
        dots = "; the larger a blue dot, the more draws give that rank"
        if not lines[0].standing.rank_shares:
            dots = ""
        yield Figure(
            kind="draw_stability",
            name="stability",
            caption="The ranks of each when the images are resampled. The ringed dot is the rank "
            f"on all images, the line holds 95 % of the draws{dots}.",
            data={"lines": lines},
        )


def _describe_labels(
    board: Leaderboard, ranked: Sequence[Standing], labels: Mapping[str, str]
) -> Iterator[Block]:
    """Yield a table for each metric of single labels, that of the ranking metric first."""
    found: dict[str, list[str]] = {}
    for name in list_aggregates(board):
        metric, _, label = name.partition(".")
        if label and not name.startswith(VALIDATION):
            found.setdefault(metric, []).append(label)
    own = board.metric.partition(".")[0]
    ordered = sorted(found, key=lambda metric: metric != own)
    if ordered:
        title = find_title(board.metric)
        yield Heading("Single labels", anchor="labels", short="Labels")
        yield Paragraph(f"What is behind the {title}: the metrics of each label.", style="note")
    for metric in ordered:
        names = [f"{metric}.{label}" for label in found[metric]]
        yield make_table(
            ["Submission", *found[metric]],
            [
                make_row(labels[one.submission], *(one.aggregates.get(n, math.nan) for n in names))
                for one in ranked
            ],
            caption=f"{find_title(metric)} of each label",
            name=f"labels-{metric}",
            folded=metric != ordered[0],
        )


def _describe_methods(board: Leaderboard, lines: Sequence[Line]) -> Iterator[Block]:
    keys = dict.fromkeys(key for standing in board.standings for key in standing.ranks)
    if len(lines) < 2 or not keys:
        return
    methods = {
        key: METHODS.get(key)
        or Method(title := find_title(key.removesuffix(THEN_RANK)), f"the rank by {title}")
        for key in dict.fromkeys((_name_own(board), *keys))
    }
    of_masks = board.kind == "mask"
    how = "The same submissions, ranked by other metrics"
    if of_masks:
        how = f"The same values of {find_title(board.metric)}, ranked in {len(methods)} ways"
    yield Heading(
        f"Ranks under other {'methods' if of_masks else 'metrics'}",
        anchor="methods",
        short="Other rankings",
    )
    yield Paragraph(
        f"{how}; the first is the rule of this task. Where lines cross, ranks depend on it.",
        style="note",
    )
    yield make_table(
        ["Submission", *(Column(one.short, number=True, tip=one.long) for one in methods.values())],
        [make_row(line.label, *(line.ranks.get(key, "-") for key in methods)) for line in lines],
        caption=f"The rank of each submission under each of {len(methods)} rankings",
        name="method-ranks",
    )
    yield Figure(
        kind="draw_methods",
        name="methods",
        caption="The best rank is on top; the leaders are in colour",
        data={"lines": lines, "methods": {key: one.short for key, one in methods.items()}},
    )
    if of_masks:
        yield Items(tuple(Item(one.long, term=one.short) for one in methods.values()))


def _describe_differences(
    board: Leaderboard, ranked: Sequence[Standing], labels: Mapping[str, str]
) -> Iterator[Block]:
    tests = board.significance
    if tests is None or len(ranked) < 2:
        return
    adjusted = "" if tests.adjust == "none" else f", adjusted by {tests.adjust.capitalize()}"
    n = len(tests.submissions)
    yield Heading(
        "Which differences are statistically significant?",
        anchor="differences",
        short="Differences",
    )
    yield Paragraph(
        f'p of "the row is better than the column": {tests.test} tests{adjusted} for all '
        f"{n * (n - 1)} pairs.",
        style="note",
    )
    strong = tests.alpha / STRONG
    yield Items(
        (
            Item(f"p ≤ {strong:g}", colour="good-5"),
            Item(f"p ≤ {tests.alpha:g}", colour="good-3"),
            Item("not significant", colour="blank"),
        )
    )
    place = {submission: k for k, submission in enumerate(tests.submissions)}
    rows = []
    for one in ranked:
        cells: list[Value] = [labels[one.submission]]
        for other in ranked:
            p = tests.p_values[place[one.submission]][place[other.submission]]
            tip = (
                f"{labels[one.submission]} better than {labels[other.submission]}: p {format_p(p)}"
            )
            # The strongest and the third of five shades, or none.
            shade = 0.0 if p is None or p > tests.alpha else 1.0 if p <= strong else 0.3
            cells.append("" if p is None else Cell(format_p(p), mark="good", shade=shade, tip=tip))
        rows.append(make_row(*cells))
    yield make_table(
        ["", *(Column(labels[one.submission], number=True) for one in ranked)],
        rows,
        caption="p of the row being better than the column",
    )


def _describe_difficulty(
    board: Leaderboard, task: Task, lines: Sequence[Line], found: Difficulty, shown: str
) -> Iterator[Block]:
    noun, title = "mask" if board.kind == "masks" else "image", find_title(shown)
    threshold = task.jaccard_threshold if shown == "jaccard" and noun == "image" else None
    before = ""
    if shown != board.metric:
        before = (
            f"Before the threshold: values below {task.jaccard_threshold:g} count as 0 in the "
            f"{find_title(board.metric)}. "
        )
    yield Heading(
        f"Distribution of {title} over the {noun}s", anchor="distributions", short="Distributions"
    )
    yield Paragraph(
        f"{before}Each row has a scale of its own; the vertical line in it is its median.",
        style="note",
    )
    yield Figure(
        kind="draw_distributions",
        name="distributions",
        caption="Distributions",
        data={"lines": lines, "title": title, "threshold": threshold, "noun": noun},
    )
    yield Heading(f"{noun.capitalize()}s by difficulty", anchor="hard", short="Images")
    yield Paragraph(
        f"One column for each {noun}, from the hardest on the left to the easiest by the mean "
        f"{title} of all ranked submissions. A dark area on the left is hard for all; a single "
        "dark column further right is a failure of one submission. Undefined values are blank.",
        style="note",
    )
    yield Figure(
        kind="draw_heat_map",
        name="heat",
        caption="Heat map",
        data={"lines": lines, "title": title, "noun": noun},
    )
    n_shown = min(N_HARDEST, int((~np.isnan(found.means)).sum()))
    rows = []
    for n in range(n_shown):
        values = found.values[:, n]
        best, failed = int(np.nanargmax(values)), int((values < (threshold or 0.0)).sum())
        cells: list[Value] = [found.images[n], float(found.means[n]), float(values[best])]
        by = (Cell(f"{failed} of {len(lines)}", value=failed),) if threshold is not None else ()
        rows.append(make_row(*cells, lines[best].label, *by))
    failed_by = ("Failed by",) if threshold is not None else ()
    yield Heading(f"The {n_shown} hardest", level=3)
    yield make_table(
        [noun.capitalize(), f"Mean {title}", "Best", "Best submission", *failed_by],
        rows,
        caption=f"The hardest {noun}s by mean {title}",
        name="hardest",
    )


def _describe_aside(board: Leaderboard, title: str) -> Iterator[Block]:
    aside = [standing for standing in board.standings if standing.status != "ranked"]
    if aside:
        yield Heading("Not ranked", anchor="invalid")
    for one in aside:
        yield Heading(one.submission, level=3, mark="bad", short=describe_status(one))
        if one.problems:
            yield from describe_problems(one.problems, level=4)
        else:
            yield Paragraph(f"Its {title} is undefined in every image.")
