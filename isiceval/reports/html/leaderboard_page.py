"""A leaderboard of any kind of task as a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from isiceval.insight import LeaderboardInsight, TeamInsight
from isiceval.metrics.aggregates import VALIDATION
from isiceval.model import Leaderboard, Standing
from isiceval.reports.escape import clean
from isiceval.reports.html import leaderboard_figures as figures
from isiceval.reports.html.leaderboard_figures import Line
from isiceval.reports.html.page import render, show_chance
from isiceval.reports.html.provenance import list_rules
from isiceval.reports.rows import (
    THEN_RANK,
    ProblemGroup,
    find_alike,
    find_title,
    group_problems,
    list_aggregates,
    list_overall,
    say_statistics,
    say_status,
)
from isiceval.tasks.task import Task

if TYPE_CHECKING:
    from markupsafe import Markup

LABEL_LIMIT = 40
DENSE = 12


class Words(NamedTuple):
    """What a ranking method is called, and what it does."""

    short: str
    long: str


METHODS: Mapping[str, Words] = {
    "mean_then_rank": Words("mean", "the rank of the mean over images"),
    "median_then_rank": Words("median", "the rank of the median over images"),
    "rank_then_mean": Words(
        "mean rank", "ranked within each image, then by the mean of these ranks"
    ),
    "rank_then_median": Words(
        "median rank", "ranked within each image, then by the median of these ranks"
    ),
    "test_then_rank": Words("tests", "by the share of others beaten in the tests below"),
    "test_then_rank_holm": Words("tests, Holm", "the same with p-values adjusted by Holm"),
}


def write_leaderboard(board: Leaderboard, *, task: Task, insight: LeaderboardInsight) -> str:
    """Write the page of a leaderboard: one file of HTML that needs nothing beside it.

    A section stands where the board or the insight holds what it shows.
    """
    rows = _build_rows(board, insight)
    ranked = [row for row in rows if row.standing.status == "ranked"]
    signatures = dict.fromkeys(s.signature for s in board.standings if s.signature)
    metrics = list_aggregates(board)
    methods = _name_methods(board)
    noun = "mask" if board.kind == "masks" else "image"
    threshold = task.jaccard_threshold if insight.shown == "jaccard" and noun == "image" else None
    return render(
        "leaderboard.html.j2",
        board=board,
        task=task,
        insight=insight,
        title=find_title(board.metric),
        mean="mean " if board.kind == "mask" else "",
        rows=rows,
        ranked=ranked,
        labels={row.standing.submission: row.label for row in rows},
        named=[f for f in ("team", "approach") if any(getattr(s, f) for s in board.standings)],
        metrics=[(name, find_title(name)) for name in list_overall(metrics)],
        label_tables=_list_label_tables(metrics, board.metric),
        statistics=list(say_statistics(board)),
        alike=find_alike(board),
        noun=noun,
        threshold=threshold,
        shown_title=find_title(insight.shown),
        methods=methods,
        test_words=_say_tests(board),
        pairs=_list_pairs(board, ranked),
        dense=len(ranked) > DENSE,
        figures=_draw_figures(board, insight, ranked, methods, threshold=threshold, noun=noun),
        aside=[row for row in rows if row.standing.status != "ranked"],
        rules=list_rules(task, next(iter(signatures), "")),
        signatures=list(signatures),
    )


class _Row(NamedTuple):
    """A standing, what is known of it beyond, and how it is called in charts."""

    standing: Standing
    team: TeamInsight | None
    label: str
    status: str
    groups: tuple[ProblemGroup, ...]
    ranks: Mapping[str, int]

    @property
    def line(self) -> Line:
        values = self.team.values if self.team else ()
        return Line(self.label, self.standing, values, self.ranks)


def _build_rows(board: Leaderboard, insight: LeaderboardInsight) -> list[_Row]:
    known = {team.submission: team for team in insight.teams}
    teams = Counter(standing.team for standing in board.standings)
    own = _name_own(board)
    return [
        _Row(
            standing=standing,
            team=known.get(standing.submission),
            label=_label(standing, teams),
            status=say_status(standing),
            groups=group_problems(standing.problems),
            ranks={**standing.ranks, own: standing.rank} if standing.rank else {},
        )
        for standing in board.standings
    ]


def _label(standing: Standing, teams: Counter[str]) -> str:
    """Name a submission by its team where every team has one, else all by their own names."""
    named = "" not in teams and max(teams.values()) == 1
    return clean(standing.team if named else standing.submission, limit=LABEL_LIMIT)


class _LabelTable(NamedTuple):
    """One metric of single labels: its title, its labels, and the aggregate of each."""

    title: str
    columns: list[tuple[str, str]]


def _list_label_tables(metrics: Sequence[str], ranking: str) -> list[_LabelTable]:
    """List the tables of single labels, the one of the ranking metric first."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name in metrics:
        metric, _, label = name.partition(".")
        if label and not name.startswith(VALIDATION):
            found.setdefault(metric, []).append((label, name))
    own = ranking.partition(".")[0]
    ordered = sorted(found.items(), key=lambda item: item[0] != own)
    return [_LabelTable(find_title(metric), columns) for metric, columns in ordered]


def _name_own(board: Leaderboard) -> str:
    """Name the board's own ranking as a key among the others."""
    return "mean_then_rank" if board.kind == "mask" else f"{board.metric}{THEN_RANK}"


def _name_methods(board: Leaderboard) -> dict[str, Words]:
    """Name the rankings of a board by their keys, its own first; none where it has no others."""
    keys = dict.fromkeys(key for standing in board.standings for key in standing.ranks)
    ordered = dict.fromkeys((_name_own(board), *keys)) if keys else keys
    return {key: _name_method(key) for key in ordered}


def _name_method(key: str) -> Words:
    if key in METHODS:
        return METHODS[key]
    title = find_title(key.removesuffix(THEN_RANK))
    return Words(title, f"the rank by {title}")


class _Figures(NamedTuple):
    """The figures of the page, None where the board or the insight lacks what they show."""

    intervals: Markup | None
    stability: Markup | None
    methods: Markup | None
    distributions: Markup | None
    heat: Markup | None


def _draw_figures(
    board: Leaderboard,
    insight: LeaderboardInsight,
    ranked: Sequence[_Row],
    methods: Mapping[str, Words],
    *,
    threshold: float | None,
    noun: str,
) -> _Figures:
    """Draw what the board and the insight hold."""
    lines = [row.line for row in ranked]
    several = len(lines) > 1
    title, shown = find_title(board.metric), find_title(insight.shown)
    has_intervals = any(board.metric in line.standing.intervals for line in lines)
    has_ranks = several and all(line.standing.rank_low is not None for line in lines)
    words = {key: words.short for key, words in methods.items()}
    return _Figures(
        intervals=figures.draw_intervals(lines, metric=board.metric, title=title)
        if has_intervals
        else None,
        stability=figures.draw_stability(lines) if has_ranks else None,
        methods=figures.draw_methods(lines, words) if several and len(words) > 1 else None,
        distributions=figures.draw_distributions(lines, title=shown, threshold=threshold, noun=noun)
        if insight.images
        else None,
        heat=figures.draw_heat_map(lines, title=shown, noun=noun) if insight.images else None,
    )


def _say_tests(board: Leaderboard) -> str:
    """Say how the map of p-values was made; nothing where there is none."""
    tests = board.significance
    if tests is None:
        return ""
    adjusted = "" if tests.adjust == "none" else f", adjusted by {tests.adjust.capitalize()}"
    n = len(tests.submissions)
    return f"{tests.test} tests{adjusted} for all {n * (n - 1)} pairs"


class _Pair(NamedTuple):
    """One cell of the significance map; ``kind`` is empty where it is the diagonal."""

    kind: str
    text: str
    words: str


def _list_pairs(board: Leaderboard, ranked: Sequence[_Row]) -> list[list[_Pair]]:
    """List the cells of the map, in the order of the standings; none where there is no map."""
    tests = board.significance
    if tests is None:
        return []
    place = {submission: n for n, submission in enumerate(tests.submissions)}
    order = [(row.label, place[row.standing.submission]) for row in ranked]
    return [
        [
            _tell_pair(one, other, tests.p_values[row][column], tests.alpha)
            for other, column in order
        ]
        for one, row in order
    ]


def _tell_pair(one: str, other: str, p_value: float | None, alpha: float) -> _Pair:
    if p_value is None:
        return _Pair("", "", "")
    strong = p_value <= alpha / 50
    kind = "strong" if strong else "clear" if p_value <= alpha else "open"
    shown = show_chance(p_value)
    return _Pair(kind, shown, f"{one} better than {other}: p {shown}")
