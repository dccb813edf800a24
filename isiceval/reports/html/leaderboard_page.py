"""A leaderboard as a page."""

from __future__ import annotations

import math
from collections import Counter
from typing import NamedTuple

from isiceval.insight import LeaderboardInsight, TeamInsight
from isiceval.metrics.catalogue import METRICS
from isiceval.model import Leaderboard, Standing
from isiceval.reports.html import charts
from isiceval.reports.html.page import render, show_chance
from isiceval.reports.html.provenance import list_rules
from isiceval.reports.rows import (
    ProblemGroup,
    find_title,
    group_problems,
    order_aggregates,
    say_status,
)
from isiceval.reports.safety import clean
from isiceval.tasks.spec import Task

LABEL_LIMIT = 40
N_COLOURS = 6

METHODS = {
    "mean_then_rank": ("mean", "the rank of the mean over images"),
    "median_then_rank": ("median", "the rank of the median over images"),
    "rank_then_mean": ("mean rank", "ranked within each image, then by the mean of these ranks"),
    "rank_then_median": (
        "median rank",
        "ranked within each image, then by the median of these ranks",
    ),
    "test_then_rank": ("tests", "by the share of others beaten in one-sided Wilcoxon tests"),
    "test_then_rank_holm": ("tests, Holm", "the same with p-values adjusted by Holm"),
}


def write_leaderboard(board: Leaderboard, *, task: Task, insight: LeaderboardInsight) -> str:
    """Write the page of a leaderboard: one file of HTML that needs nothing beside it."""
    rows = _build_rows(board, insight)
    ranked = [row for row in rows if row.team is not None]
    signatures = dict.fromkeys(s.signature for s in board.standings if s.signature)
    ends = [end for r in ranked if r.team for end in (r.team.score.low, r.team.score.high)]
    threshold = task.jaccard_threshold
    return render(
        "leaderboard.html.j2",
        board=board,
        task=task,
        insight=insight,
        title=find_title(board.metric),
        rows=rows,
        ranked=ranked,
        labels={row.standing.submission: row.label for row in rows},
        named=[f for f in ("team", "approach") if any(getattr(s, f) for s in board.standings)],
        metrics=[(name, find_title(name)) for name in order_aggregates(board.metric)],
        scale=charts.fit_scale(ends),
        whole=charts.Scale(),
        threshold=threshold,
        shows_threshold=insight.shown == "jaccard",
        shown_title=METRICS[insight.shown].title,
        methods=METHODS,
        lines=_draw_lines(ranked),
        pairs=_list_pairs(insight, ranked),
        distributions=[
            charts.lay_bars(
                row.team.values if row.team else (), threshold=threshold, n_bars=charts.N_FINE
            )
            for row in ranked
        ],
        strips=[charts.paint_strip(row.team.values) if row.team else "" for row in ranked],
        legend=charts.paint_strip([n / 200 for n in range(201)]),
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
    colour: int


def _build_rows(board: Leaderboard, insight: LeaderboardInsight) -> list[_Row]:
    known = {team.submission: team for team in insight.teams}
    teams = Counter(standing.team for standing in board.standings)
    return [
        _Row(
            standing=standing,
            team=known.get(standing.submission),
            label=_label(standing, teams),
            status=say_status(standing),
            groups=group_problems(standing.problems),
            colour=place if place < N_COLOURS else N_COLOURS,
        )
        for place, standing in enumerate(board.standings)
    ]


def _label(standing: Standing, teams: Counter[str]) -> str:
    own = standing.team if standing.team and teams[standing.team] == 1 else standing.submission
    return clean(own, limit=LABEL_LIMIT)


class _Line(NamedTuple):
    """The ranks of one team under each method: points in percent."""

    label: str
    colour: int
    points: list[tuple[float, float]]
    ranks: list[int]


def _draw_lines(ranked: list[_Row]) -> list[_Line]:
    """Draw the leaders last, so that they lie on top."""
    n = len(ranked)
    lines = []
    for row in ranked:
        if row.team:
            ranks = [row.team.ranks[method] for method in METHODS]
            points = [
                (
                    round(100 * place / (len(METHODS) - 1), 2),
                    round(100 * (rank - 0.5) / n, 2),
                )
                for place, rank in enumerate(ranks)
            ]
            lines.append(_Line(row.label, row.colour, points, ranks))
    return lines[::-1]


class _Pair(NamedTuple):
    """One cell of the significance map; ``kind`` is empty where it is the diagonal."""

    kind: str
    text: str
    words: str


def _list_pairs(insight: LeaderboardInsight, ranked: list[_Row]) -> list[list[_Pair]]:
    return [
        [
            _tell_pair(one.label, other.label, p_value, insight.alpha)
            for other, p_value in zip(ranked, row, strict=True)
        ]
        for one, row in zip(ranked, insight.p_values, strict=True)
    ]


def _tell_pair(one: str, other: str, p_value: float, alpha: float) -> _Pair:
    if math.isnan(p_value):
        return _Pair("", "", "")
    strong = p_value <= alpha / 50
    kind = "strong" if strong else "clear" if p_value <= alpha else "open"
    shown = show_chance(p_value)
    return _Pair(kind, shown, f"{one} better than {other}: p {shown}")
