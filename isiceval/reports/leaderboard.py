"""A leaderboard as blocks: the standings, those without a rank, and how certain the ranking is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from string import ascii_letters
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from isiceval.blocks import (
    Block,
    Cell,
    Code,
    Column,
    Figure,
    Heading,
    Item,
    Items,
    Paragraph,
)
from isiceval.metrics.registry import VALIDATION
from isiceval.model import Leaderboard, Standing, has_case_scores
from isiceval.numbers import (
    Value,
    count,
    count_cell,
    describe_bootstrap,
    describe_least_p,
    format_ends,
    format_p,
    format_percent,
    format_share,
    format_value,
    interval_cell,
    make_row,
    make_table,
    number_cell,
    plot_cell,
)
from isiceval.reports.escape import clean
from isiceval.reports.figures.board import Line
from isiceval.reports.reference import describe_provenance
from isiceval.reports.scorecard import INTERVAL, find_title, list_overall, order_aggregates
from isiceval.reports.validation import count_codes, describe_problems
from isiceval.tasks.task import Task

if TYPE_CHECKING:
    from isiceval.statistics.subgroups import Difficulty

MOST_LETTERS = 8
"""Of more groups than this in one cell the letters are no longer read; a number is shown then."""

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
THEN_RANK = "_then_rank"
NAMES = ("team", "approach", "submission")
COUNTS = {"Missing": "n_missing", "Warnings": "n_warnings"}
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
    names = [name for name in NAMES if any(getattr(s, name) for s in standings)]
    counts = {
        title: field for title, field in COUNTS.items() if any(getattr(s, field) for s in standings)
    }
    columns: list[str | Column] = ["Rank"]
    columns += [Column(name.capitalize(), wrap=True) for name in names]
    columns.append(find_title(metric))
    if board.bootstrap:
        columns += [
            Column(INTERVAL, number=True, priority=2),
            Column("Interval", plot=True, priority=3),
            Column("Ranks", number=True, priority=1),
            Column("P(first)", number=True, priority=1),
            Column(name_groups(board), priority=1),
        ]
    columns += [Column(find_title(other), number=True, priority=4) for other in others]
    columns += [Column(title, number=True, priority=1) for title in counts]
    groups = find_groups(board)
    rows = []
    for one in standings:
        score, interval = one.aggregates.get(metric), one.intervals.get(metric)
        cells: list[str | Cell] = [count_cell(one.rank), *(getattr(one, name) for name in names)]
        cells.append(number_cell(score))
        if board.bootstrap:
            cells += [interval_cell(interval), plot_cell(score, interval), _make_ranks_cell(one)]
            cells.append(Cell(format_share(one.p_first), value=one.p_first))
            cells.append(groups.get(one.submission, "-"))
        cells += [number_cell(one.aggregates.get(other)) for other in others]
        cells += [count_cell(getattr(one, field)) for field in counts.values()]
        rows.append(make_row(*cells))
    yield make_table(columns, rows, caption="Standings", name="standings")
    if not counts:
        yield Paragraph("No ranked submission lacks an image or has a warning.", "note")


def _make_ranks_cell(standing: Standing, to: str = "-") -> Cell:
    """Make the cell of the range of ranks in the resamples, sorted by the better end."""
    low, high = standing.rank_low, standing.rank_high
    text = "-" if low is None else f"{low}" if low == high else f"{low}{to}{high}"
    return Cell(text, value=low)


def _describe_unranked(board: Leaderboard, standings: Sequence[Standing]) -> Iterator[Block]:
    if not standings:
        return
    yield Heading(f"Not ranked ({len(standings)})")
    names = [name for name in NAMES if any(getattr(s, name) for s in standings)]
    rows = []
    for one in standings:
        why = f"{find_title(board.metric)} is undefined in every image"
        if one.status != "undefined":
            errors = [problem for problem in one.problems if problem.severity == "error"]
            why = ", ".join(f"{code} ({n})" for code, n in count_codes(errors).items())
        rows.append(make_row(*(getattr(one, name) for name in names), describe_status(one), why))
    columns = (Column(name.capitalize(), wrap=True) for name in names)
    yield make_table(
        [*columns, "Status", Column("Why", wrap=True)], rows, caption="Submissions without a rank"
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


def describe_board_page(
    board: Leaderboard, task: Task, *, difficulty: Difficulty | None, shown: str
) -> Iterator[Block]:
    """Yield the page of a leaderboard; a section stands where the board holds what it shows.

    ``difficulty`` holds the values of ``shown``, a metric of single images, in the order of the
    ranked standings.
    """
    lines, title = _make_lines(board, difficulty), find_title(board.metric)
    mean = "mean " if has_case_scores(board.kind) else ""
    yield Paragraph(f"Leaderboard · task {board.task} · profile {board.profile}", style="kicker")
    yield Heading(task.title, level=1)
    if lines:
        images = f", {count(n, 'image')}" if (n := lines[0].standing.n_cases) else ""
        number = count(len(lines), "ranked submission")
        yield Paragraph(f"{number}{images}, by {mean}{title}.", style="lead")
        yield _list_key_numbers(board, lines)
    else:
        yield Paragraph("No submission could be ranked.", style="lead")
    yield from _describe_standings(board, len(lines))
    yield from _describe_certainty(board, lines)
    if lines:
        yield from _describe_labels(board, lines)
    if len(lines) > 1:
        yield from _describe_methods(board, lines)
        yield from _describe_differences(board, lines)
    if difficulty is not None:
        yield from _describe_difficulty(board, task, lines, difficulty, shown)
    yield from _describe_aside(board, title)
    signatures = dict.fromkeys(s.signature for s in board.standings if s.signature)
    yield from describe_provenance(task, next(iter(signatures), ""))
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


def _make_lines(board: Leaderboard, difficulty: Difficulty | None) -> list[Line]:
    """Make what figures show of the ranked submissions.

    They are named by their team where every submission has a team of its own, else by themselves.
    """
    ranked = [standing for standing in board.standings if standing.rank is not None]
    teams = Counter(standing.team for standing in board.standings)
    by_team = "" not in teams and max(teams.values(), default=0) == 1
    values = difficulty.values.tolist() if difficulty is not None else [()] * len(ranked)
    return [
        Line(
            clean(one.team if by_team else one.submission, limit=LABEL_LIMIT),
            one,
            tuple(row),
            {**one.ranks, _name_own(board): one.rank or 0},
        )
        for one, row in zip(ranked, values, strict=True)
    ]


def _list_key_numbers(board: Leaderboard, lines: Sequence[Line]) -> Items:
    first = lines[0].standing
    often = f"of {count(len(lines), 'submission')}"
    if first.p_first is not None:
        often = f"in {format_percent(first.p_first)} of the draws"
    score, interval = first.aggregates[board.metric], first.intervals.get(board.metric)
    items = [
        Item(lines[0].label, term="First", note=often),
        Item(
            format_value(score),
            term=find_title(board.metric),
            note=f"95 %: {format_ends(interval)}" if interval else "",
        ),
    ]
    if first.rank_low is not None:
        ranks, note = _make_ranks_cell(first, " to ").text, "in 95 % of the draws"
        items.append(Item(ranks, term="Possible ranks of the first", note=note))
    if board.tau is not None:
        note = "mean Kendall's τ; 1 is the same order in every draw"
        items.append(Item(f"{board.tau:.2f}", term="Stability of the order", note=note))
    return Items(tuple(items), large=True)


def _describe_standings(board: Leaderboard, n_ranked: int) -> Iterator[Block]:
    statistics = list(describe_statistics(board))
    metrics = list_overall(list_aggregates(board))[1:]
    named = [n for n in ("team", "approach") if any(getattr(s, n) for s in board.standings)]
    groups = find_groups(board)
    yield Heading("Standings", anchor="standings")
    if statistics:
        notes = tuple(Item(sentence) for sentence in statistics)
        yield Items(notes, folded="What the columns mean")
    elif n_ranked:
        unknown = "The images were not resampled: how much of this order is chance is not known."
        yield Paragraph(board.note or unknown, style="note")
    columns: list[str | Column] = ["Rank", "Submission", find_title(board.metric)]
    columns += ["95 % interval", "Ranks", "First", name_groups(board)] if statistics else []
    columns += [Column(name.capitalize(), wrap=True) for name in named]
    columns += [Column(find_title(name), number=True, priority=2) for name in metrics]
    columns += ["Missing", Column("Warnings", number=True, priority=2)]
    columns += [Column("Status", priority=0 if n_ranked < len(board.standings) else 2)]
    columns += [Column(name, wrap=True, priority=2) for name in board.columns]
    rows = []
    for one in board.standings:
        cells: list[Value] = ["-" if one.rank is None else one.rank, one.submission]
        cells.append(one.aggregates.get(board.metric, math.nan))
        if statistics:
            first = "-" if one.p_first is None else format_percent(one.p_first)
            cells.append(format_ends(one.intervals.get(board.metric)))
            cells.append(_make_ranks_cell(one, " to "))
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
    return "mean_then_rank" if has_case_scores(board.kind) else f"{board.metric}{THEN_RANK}"


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


def _describe_labels(board: Leaderboard, lines: Sequence[Line]) -> Iterator[Block]:
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
                make_row(line.label, *(line.standing.aggregates.get(n, math.nan) for n in names))
                for line in lines
            ],
            caption=f"{find_title(metric)} of each label",
            name=f"labels-{metric}",
            folded=metric != ordered[0],
        )


def _describe_methods(board: Leaderboard, lines: Sequence[Line]) -> Iterator[Block]:
    keys = dict.fromkeys(key for standing in board.standings for key in standing.ranks)
    if not keys:
        return
    methods = {
        key: METHODS.get(key)
        or Method(title := find_title(key.removesuffix(THEN_RANK)), f"the rank by {title}")
        for key in dict.fromkeys((_name_own(board), *keys))
    }
    of_masks = has_case_scores(board.kind)
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


def _describe_differences(board: Leaderboard, lines: Sequence[Line]) -> Iterator[Block]:
    tests = board.significance
    if tests is None:
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
    for one in lines:
        cells: list[Value] = [one.label]
        for other in lines:
            p = tests.p_values[place[one.standing.submission]][place[other.standing.submission]]
            tip = f"{one.label} better than {other.label}: p {format_p(p)}"
            # The strongest and the third of five shades, or none.
            shade = 0.0 if p is None or p > tests.alpha else 1.0 if p <= strong else 0.3
            cells.append("" if p is None else Cell(format_p(p), mark="good", shade=shade, tip=tip))
        rows.append(make_row(*cells))
    yield make_table(
        ["", *(Column(one.label, number=True) for one in lines)],
        rows,
        caption="p of the row being better than the column",
    )


def _describe_difficulty(
    board: Leaderboard, task: Task, lines: Sequence[Line], found: Difficulty, shown: str
) -> Iterator[Block]:
    noun = "mask" if task.labels and task.reader == "masks" else "image"
    title = find_title(shown)
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
