"""A leaderboard as blocks: the standings, those without a rank, and how certain the ranking is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from string import ascii_letters
from typing import TYPE_CHECKING

import numpy as np

from isiceval import numbers
from isiceval.blocks import Block, Cell, Code, Column, Figure, Heading, Item, Items, Paragraph
from isiceval.metrics.registry import VALIDATION
from isiceval.model import Leaderboard, Significance, Standing, has_case_scores
from isiceval.numbers import Value, count, make_table
from isiceval.reports.escape import clean
from isiceval.reports.figures.board import Line
from isiceval.reports.reference import describe_provenance
from isiceval.reports.scorecard import find_title, list_overall, order_aggregates
from isiceval.reports.validation import count_codes, describe_problems
from isiceval.tasks.task import Task

if TYPE_CHECKING:
    from isiceval.statistics.subgroups import Difficulty

MOST_LETTERS = 8  # of more groups in one cell letters are not read; a number is shown then
LABEL_LIMIT = 40
N_HARDEST = 20
STRONG = 50  # p below alpha / 50 (0.001 for 0.05) is shown in the strongest colour
# What a ranking method is called, and what it does.
METHODS = {
    "mean_then_rank": ("mean", "the rank of the mean over images"),
    "median_then_rank": ("median", "the rank of the median over images"),
    "rank_then_mean": ("mean rank", "ranked within each image, then by the mean of these ranks"),
    "rank_then_median": (
        "median rank",
        "ranked within each image, then by the median of these ranks",
    ),
    "test_then_rank": (
        "tests",
        "by how many it beats in Wilcoxon tests of single images (of a table: in those below)",
    ),
    "test_then_rank_holm": ("tests, Holm", "the same with p-values adjusted by Holm"),
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
GROUPS = {
    "Group": "submissions that share a letter do not differ significantly",
    "Similar": "from how many others a submission does not differ significantly",
}
TIES = {"share": "equal scores share a rank", "earlier": "of equal scores the earlier ranks first"}


def describe(board: Leaderboard) -> Iterator[Block]:
    """Yield the blocks of a leaderboard."""
    title = find_title(board.metric)
    yield Heading(f"Leaderboard of {board.task} (profile {board.profile}), ranked on {title}", 1)
    superseded = f" ({board.superseded} superseded)" if board.superseded else ""
    shown = f"{count(len(board.standings), 'submission')}{SELECTED[board.per]}{superseded}"
    yield Paragraph(f"{shown}; {TIES[board.ties]}.", "lead")
    ranked = [standing for standing in board.standings if standing.rank is not None]
    if ranked:
        yield _make_table(board, ranked)
        if not any(one.n_missing or one.n_warnings for one in ranked):
            yield Paragraph("No ranked submission lacks an image or has a warning.", "note")
    unranked = [standing for standing in board.standings if standing.rank is None]
    if unranked:
        names, rows = _list_names(unranked), []
        for one in unranked:
            why = f"{title} is undefined in every image"
            if one.status != "undefined":
                errors = [problem for problem in one.problems if problem.severity == "error"]
                why = ", ".join(f"{code} ({n})" for code, n in count_codes(errors).items())
            rows.append([*(getattr(one, name) for name in names), describe_status(one), why])
        titles = (*map(str.capitalize, names), "Status", "Why")
        columns = [Column(title, wrap=title != "Status") for title in titles]
        yield Heading(f"Not ranked ({len(unranked)})")
        yield make_table(columns, rows, caption="Submissions without a rank")
        codes = {problem.code for one in unranked for problem in one.problems}
        if not all(code.endswith("-scorecard") for code in codes):  # notes say those
            command = f"isiceval validate {board.task} SUBMISSION --truth TRUTH"
            yield Paragraph(f"{command} lists every problem of a submission.", "hint")
    statistics = tuple(map(Item, describe_statistics(board)))
    if statistics:
        yield Heading("How certain the ranking is")
        yield Items(statistics)
    if board.notes:
        yield Heading("Notes")
        yield Items(tuple(map(Item, board.notes)))
    signatures = Counter(standing.signature for standing in board.standings if standing.signature)
    for signature, n in signatures.items():
        several = f" of {count(n, 'submission')}" if n < signatures.total() else ""
        yield Code(signature, title=f"Signature{several}")


def _make_table(board: Leaderboard, standings: Sequence[Standing], *, page: bool = False) -> Block:
    """Make the table of standings; a terminal shows as many columns as there is room for.

    The ranking metric is always shown, then what the bootstrap says, then the other metrics. On a
    page submissions name the rows, and status and the organiser's own columns are added.
    """
    metric, *others = list_overall(list_aggregates(board))
    names = sorted(_list_names(standings), key=lambda name: page and name != "submission")
    scores = [one.aggregates.get(metric) for one in standings]
    columns: dict[Column, Sequence[Value]] = {
        Column("Rank"): [one.rank for one in standings],
        **{Column(n.capitalize(), wrap=True): [getattr(s, n) for s in standings] for n in names},
        Column(find_title(metric)): scores,
    }
    if board.bootstrap:
        (named, groups), firsts = find_groups(board), [one.p_first for one in standings]
        intervals = [one.intervals.get(metric) for one in standings]
        columns[Column("95 % interval", priority=2)] = intervals
        if any(intervals):
            plots = [*map(numbers.plot_cell, scores, intervals)]
            columns[Column("Interval", plot=True, priority=3)] = plots
        columns |= {
            Column("Ranks", priority=1): [
                _make_ranks_cell(one.rank_low_sure, one.rank_high_sure) for one in standings
            ],
            Column("In draws", priority=2): [
                _make_ranks_cell(one.rank_low, one.rank_high) for one in standings
            ],
            Column("P(first)", priority=1): [Cell(numbers.format_share(p), p) for p in firsts],
            Column(named, priority=1): [groups.get(one.submission, "-") for one in standings],
        }
    for name in others:
        columns[Column(find_title(name), priority=4)] = [s.aggregates.get(name) for s in standings]
    for title, field in COUNTS.items():
        if page or any(getattr(one, field) for one in standings):
            columns[Column(title, priority=1)] = [getattr(one, field) for one in standings]
    if any(one.unverified for one in standings):
        values = ["unverified" if one.unverified else "" for one in standings]
        columns[Column("Scorecard", priority=1)] = values
    if page:
        columns = {column: cells for column, cells in columns.items() if not column.plot}
        columns[Column("Status")] = [
            Cell("ranked", mark="good")
            if one.status == "ranked"
            else Cell(describe_status(one), mark="bad", link="invalid")
            for one in standings
        ]
        for name in board.columns:
            texts = [one.columns.get(name, "") for one in standings]
            columns[Column(name, wrap=True, priority=4)] = texts
    rows = zip(*columns.values(), strict=True)
    return make_table(columns, rows, caption=f"Standings by {find_title(metric)}", name="board")


def _list_names(standings: Sequence[Standing]) -> list[str]:
    return [name for name in NAMES if any(getattr(standing, name) for standing in standings)]


def _make_ranks_cell(low: int | None, high: int | None) -> Cell:
    """Make the cell of a range of ranks, sorted by the better end."""
    return Cell("-" if low is None else f"{low}" if low == high else f"{low}-{high}", value=low)


def describe_status(standing: Standing) -> str:
    """Write the status of a standing: ``ranked``, ``invalid: 3 errors`` or ``undefined``."""
    errors = f": {count(standing.n_errors, 'error')}" if standing.status == "invalid" else ""
    return f"{standing.status}{errors}"


def describe_statistics(board: Leaderboard) -> Iterator[str]:
    """Yield sentences that say how the statistics were made, or why there are none."""
    if board.note:
        yield board.note
    tests = board.significance
    if board.bootstrap is None or tests is None:
        return
    how, level = numbers.describe_bootstrap(board.bootstrap), round(100 * (1 - tests.alpha))
    yield f"Intervals: {how}; the same resamples for all submissions."
    title, _ = find_groups(board)
    sure = f"in {level} of 100 such boards these hold for all submissions at once"
    yield f"Ranks: all that the significant differences allow; {sure}."
    yield f"{title}: {GROUPS[title]}."
    share = f"adjusted for all pairs ({tests.adjust}), {tests.alpha * 100:g} %"
    yield f"Test: {tests.test}; {share}. Two differ where their simultaneous interval leaves out 0."
    if tests.detectable is None and len(tests.submissions) > 1:
        yield "There are too few cases that differ, or too few of a class, to tell any two apart."
    elif tests.detectable:
        yield numbers.describe_detectable(tests.detectable, find_title(board.metric))
    first = "share of them in which a submission is first, alone or tied; too high for the winner"
    yield f"In draws: range of ranks in 95 % of the resamples; P(first): {first}."
    if all(standing.rank_low is None for standing in board.standings):
        yield "The score is undefined in most resamples, so that neither is known."
    if board.tau is not None:
        tau = f"Kendall's tau between this ranking and that of a resample: {board.tau:.2f}"
        yield f"{tau} on average (1: always the same order)."


def list_aggregates(board: Leaderboard) -> tuple[str, ...]:
    """List every aggregate that some submission of a leaderboard has, in order."""
    found = dict.fromkeys(name for standing in board.standings for name in standing.aggregates)
    return order_aggregates(board.metric, found, kind=board.kind)


def find_groups(board: Leaderboard) -> tuple[str, dict[str, str]]:
    """Give each submission the letters of its groups, a for the best (a compact letter display).

    Where a submission is in too many groups to read, each gets the number of others from which it
    does not differ instead. What is given, the title of their column, comes first.
    """
    letters: dict[str, str] = {}
    for place, group in enumerate(board.significance.groups if board.significance else ()):
        name = ascii_letters[place : place + 1] or f"({place + 1})"
        for submission in group:
            letters[submission] = letters.get(submission, "") + name
    if all(len(found) <= MOST_LETTERS for found in letters.values()):
        return "Group", letters
    ranked = [standing for standing in board.standings if standing.rank is not None]
    return "Similar", {one.submission: str(len(one.tied_with)) for one in ranked}


def describe_board_page(
    board: Leaderboard, task: Task, *, difficulty: Difficulty | None, shown: str
) -> Iterator[Block]:
    """Yield the page of a leaderboard; a section stands where the board holds what it shows.

    ``difficulty`` holds the values of ``shown``, a metric of single images, in the order of the
    ranked standings.
    """
    ranked = [standing for standing in board.standings if standing.rank is not None]
    teams = Counter(standing.team for standing in board.standings)
    # Figures name a submission by its team where each has one of its own, else by itself.
    by_team = "" not in teams and max(teams.values(), default=0) == 1
    values = difficulty.values.tolist() if difficulty is not None else [()] * len(ranked)
    lines = [
        Line(
            clean(one.team if by_team else one.submission, limit=LABEL_LIMIT),
            one,
            tuple(row),
            {**one.ranks, _name_own(board): one.rank or 0},
        )
        for one, row in zip(ranked, values, strict=True)
    ]
    yield Paragraph(f"Leaderboard · task {board.task} · profile {board.profile}", "kicker")
    yield Heading(task.title, 1)
    if lines:
        yield from _describe_first(board, lines)
    else:
        yield Paragraph("No submission could be ranked.", "lead")
    yield Heading("Standings", anchor="standings")
    if board.bootstrap:
        yield Items(tuple(map(Item, describe_statistics(board))), folded="What the columns mean")
    elif lines:
        unknown = "The images were not resampled: how much of this order is chance is not known."
        yield Paragraph(board.note or unknown, "note")
    yield _make_table(board, board.standings, page=True)
    if board.superseded:
        n = count(board.superseded, "submission")
        better = f"a later or better one of the same {board.per} stands in their place."
        yield Paragraph(f"{n} left out: {better}", "note")
    if lines:
        yield from _describe_certainty(board, lines)
        yield from _describe_labels(board, lines)
    if len(lines) > 1:
        yield from _describe_methods(board, lines)
        yield from _describe_differences(board, lines)
    if difficulty is not None:
        yield from _describe_difficulty(board, task, lines, difficulty, shown)
    aside = [standing for standing in board.standings if standing.status != "ranked"]
    if aside:
        yield Heading("Not ranked", anchor="invalid")
    for one in aside:
        yield Heading(one.submission, level=3, mark="bad", short=describe_status(one))
        undefined = Paragraph(f"Its {find_title(board.metric)} is undefined in every image.")
        yield from describe_problems(one.problems, level=4) if one.problems else (undefined,)
    rules = {
        "ties": f"{TIES[board.ties]}{' (1, 2, 2, 4)' if board.ties == 'share' else ''}",
        "one line per": PER[board.per],
        "invalid submissions": "listed last, without a rank",
    }
    signatures = list(dict.fromkeys(s.signature for s in board.standings if s.signature))
    yield from describe_provenance(task, signatures, {"truth": board.truth_digest}, rules)


def _name_own(board: Leaderboard) -> str:
    """Name the board's own ranking as a key among the others."""
    return "mean_then_rank" if has_case_scores(board.kind) else f"{board.metric}{THEN_RANK}"


def _describe_first(board: Leaderboard, lines: Sequence[Line]) -> Iterator[Block]:
    first, n = lines[0].standing, len(lines)
    images = f", {count(first.n_cases, 'image')}" if first.n_cases else ""
    title = find_title(board.metric)
    by = f"{'mean ' if has_case_scores(board.kind) else ''}{title}"
    yield Paragraph(f"{count(n, 'ranked submission')}{images}, by {by}.", "lead")
    often = f"of {count(n, 'submission')}"
    if first.p_first is not None:
        often = f"in {numbers.format_percent(first.p_first)} of the draws"
    interval = first.intervals.get(board.metric)
    ends = f"95 %: {numbers.format_ends(interval)}" if interval else ""
    score = numbers.format_value(first.aggregates[board.metric])
    items = [Item(lines[0].label, "First", often), Item(score, title, ends)]
    if first.rank_low_sure is not None:
        ranks = _make_ranks_cell(first.rank_low_sure, first.rank_high_sure).text
        items.append(Item(ranks, "Possible ranks of the first", "by the significant differences"))
    if board.tau is not None:
        note = "mean Kendall's τ; 1 is the same order in every draw"
        items.append(Item(f"{board.tau:.2f}", "Stability of the order", note))
    yield Items(tuple(items), large=True)


def _describe_certainty(board: Leaderboard, lines: Sequence[Line]) -> Iterator[Block]:
    if not any(board.metric in line.standing.intervals for line in lines):
        return
    title = find_title(board.metric)
    yield Heading("How certain is the order?", anchor="certainty", short="Certainty")
    yield Figure(
        kind="draw_intervals",
        name="intervals",
        caption=f"{title} with its 95 % interval. The band is the interval of the first. All were "
        "measured on the same images, so two may differ significantly and yet overlap.",
        data={"lines": lines, "metric": board.metric, "title": title},
    )
    if len(lines) > 1 and all(line.standing.rank_low is not None for line in lines):
        has_dots = lines[0].standing.rank_shares
        dots = "; the larger a blue dot, the more draws give that rank" if has_dots else ""
        yield Figure(
            kind="draw_stability",
            name="stability",
            caption="The ranks of each when the images are resampled. The ringed dot is the rank "
            f"on all images, the line holds 95 % of the draws{dots}.",
            data={"lines": lines},
        )


def _describe_labels(board: Leaderboard, lines: Sequence[Line]) -> Iterator[Block]:
    """Yield a table for each metric of single labels, that of the ranking metric first."""
    own, title = board.metric.partition(".")[0], find_title(board.metric)
    found: dict[str, list[str]] = {own: []}
    for name in list_aggregates(board):
        metric, _, label = name.partition(".")
        if label and not name.startswith(VALIDATION):
            found.setdefault(metric, []).append(label)
    metrics = [metric for metric, labels in found.items() if labels]
    if metrics:
        yield Heading("Single labels", anchor="labels", short="Labels")
        yield Paragraph(f"What is behind the {title}: the metrics of each label.", "note")
    for metric in metrics:
        names = [f"{metric}.{label}" for label in found[metric]]
        yield make_table(
            ["Submission", *found[metric]],
            [(one.label, *map(one.standing.aggregates.get, names)) for one in lines],
            caption=f"{find_title(metric)} of each label",
            name=f"labels-{metric}",
            folded=metric != metrics[0],
        )


def _describe_methods(board: Leaderboard, lines: Sequence[Line]) -> Iterator[Block]:
    keys = dict.fromkeys(key for standing in board.standings for key in standing.ranks)
    if not keys:
        return
    methods = {}
    for key in dict.fromkeys((_name_own(board), *keys)):
        title = find_title(key.removesuffix(THEN_RANK)) if key not in METHODS else ""
        methods[key] = METHODS.get(key, (title, f"the rank by {title}"))
    of_masks, n, own = has_case_scores(board.kind), len(methods), find_title(board.metric)
    how, others = "The same submissions, ranked by other metrics", "metrics"
    if of_masks:
        how, others = f"The same values of {own}, ranked in {n} ways", "methods"
    yield Heading(f"Ranks under other {others}", anchor="methods", short="Other rankings")
    rule = "the first is the rule of this task. Where lines cross, ranks depend on it."
    yield Paragraph(f"{how}; {rule}", "note")
    yield make_table(
        ["Submission", *(Column(name, number=True, tip=tip) for name, tip in methods.values())],
        [(line.label, *map(line.ranks.get, methods)) for line in lines],
        caption=f"The rank of each submission under each of {n} rankings",
        name="method-ranks",
    )
    yield Figure(
        kind="draw_methods",
        name="methods",
        caption="The best rank is on top; the leaders are in colour",
        data={"lines": lines, "methods": {key: name for key, (name, _) in methods.items()}},
    )
    if of_masks:
        yield Items(tuple(Item(tip, term=name) for name, tip in methods.values()))


def _describe_differences(board: Leaderboard, lines: Sequence[Line]) -> Iterator[Block]:
    tests = board.significance
    if tests is None:
        return
    n, strong = len(tests.submissions), tests.alpha / STRONG
    how = f"{tests.test}; adjusted for all {n * (n - 1) // 2} pairs ({tests.adjust})"
    title = "Which differences are statistically significant?"
    yield Heading(title, anchor="differences", short="Differences")
    yield Paragraph(f'p of "the row is better than the column": {how}.', "note")
    shades = {"good-5": f"p ≤ {strong:g}", "good-3": f"p ≤ {tests.alpha:g}"}
    shades["blank"] = "not significant"
    yield Items(tuple(Item(text, colour=colour) for colour, text in shades.items()))
    place = {submission: k for k, submission in enumerate(tests.submissions)}
    rows = []
    for one in lines:
        cells: list[Value] = [one.label]
        for other in lines:
            p = tests.p_values[place[one.standing.submission]][place[other.standing.submission]]
            tip = f"{one.label} better than {other.label}: p {numbers.format_p(p)}"
            if tests.differences:
                tip += f", difference {_write_difference(tests, one, other)}"
            # The strongest and the third of five shades, or none.
            shade = 0.0 if p is None or p > tests.alpha else 1.0 if p <= strong else 0.3
            cell = Cell(numbers.format_p(p), mark="good", shade=shade, tip=tip)
            cells.append("" if p is None else cell)
        rows.append(cells)
    columns = [Column(""), *(Column(one.label, number=True) for one in lines)]
    yield make_table(columns, rows, caption="p of the row being better than the column")
    if tests.differences and n > 1:
        yield make_table(
            ["Submission", Column(f"{find_title(board.metric)} minus that of the first")],
            [(one.label, _write_difference(tests, one, lines[0])) for one in lines[1:]],
            caption="Differences with intervals that hold for all pairs at once",
            name="to-first",
        )


def _write_difference(tests: Significance, one: Line, other: Line) -> str:
    """Write the difference of two submissions with its simultaneous interval."""
    row, column = (tests.submissions.index(each.standing.submission) for each in (one, other))
    found, low, high = (
        numbers.format_difference(matrix[row][column])
        for matrix in (tests.differences, tests.low, tests.high)
    )
    return f"{found} [{low}, {high}]"


def _describe_difficulty(
    board: Leaderboard, task: Task, lines: Sequence[Line], found: Difficulty, shown: str
) -> Iterator[Block]:
    noun = "mask" if task.labels and task.reader == "masks" else "image"
    title = find_title(shown)
    data = {"lines": lines, "title": title, "noun": noun}
    threshold = task.jaccard_threshold if shown == "jaccard" and noun == "image" else None
    before = ""
    if shown != board.metric:
        below = f"values below {task.jaccard_threshold:g} count as 0"
        before = f"Before the threshold: {below} in the {find_title(board.metric)}. "
    name = "distributions"
    scale = "Each row has a scale of its own; the vertical line in it is its median."
    limited = {**data, "threshold": threshold}
    yield Heading(f"Distribution of {title} over the {noun}s", anchor=name, short="Distributions")
    yield Paragraph(f"{before}{scale}", "note")
    yield Figure(kind="draw_distributions", name=name, caption="Distributions", data=limited)
    yield Heading(f"{noun.capitalize()}s by difficulty", anchor="hard", short="Images")
    yield Paragraph(
        f"One column for each {noun}, from the hardest on the left to the easiest by the mean "
        f"{title} of all ranked submissions. A dark area on the left is hard for all; a single "
        "dark column further right is a failure of one submission. Undefined values are blank.",
        "note",
    )
    yield Figure(kind="draw_heat_map", name="heat", caption="Heat map", data=data)
    n_shown = min(N_HARDEST, int((~np.isnan(found.means)).sum()))
    values = found.values[:, :n_shown]
    columns: dict[str | Column, Sequence[Value]] = {
        noun.capitalize(): found.images[:n_shown],
        f"Mean {title}": found.means[:n_shown].tolist(),
        "Best": np.nanmax(values, axis=0).tolist(),
        "Best submission": [lines[best].label for best in np.nanargmax(values, axis=0)],
    }
    if threshold is not None:
        failed = (values < threshold).sum(axis=0).tolist()
        columns["Failed by"] = [Cell(f"{n} of {len(lines)}", value=n) for n in failed]
    rows = zip(*columns.values(), strict=True)
    yield Heading(f"The {n_shown} hardest", level=3)
    yield make_table(columns, rows, caption=f"The hardest {noun}s by mean {title}", name="hardest")
