"""Ranking: the ranking methods on a matrix of values, and the order of a leaderboard."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike

from isiceval.errors import UsageError
from isiceval.metrics.arrays import Better, FloatArray, TiedRank, as_costs, as_matrix, rank_rows
from isiceval.model import Leaderboard, Per, Problem, Standing, Ties
from isiceval.statistics.significance import adjust_matrix, compute_signed_rank_matrix, count_wins

if TYPE_CHECKING:
    from isiceval.scorecard import Scorecard
    from isiceval.tasks.task import Task

Method = Literal[
    "mean_then_rank",
    "median_then_rank",
    "rank_then_mean",
    "rank_then_median",
    "test_then_rank",
    "test_then_rank_holm",
]
METHODS: tuple[Method, ...] = get_args(Method)
UndefinedRank = Literal["omit", "worst"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ranking:
    """The teams under one method: what it ranks on, and the rank of each team, (teams,).

    ``scores`` are means or medians of values (as good as the metric says), means or medians of
    ranks (low is good), or shares of significant wins (high is good).
    """

    method: Method
    scores: FloatArray
    ranks: FloatArray


def rank_teams(
    values: ArrayLike,
    method: Method,
    *,
    better: Better = "higher",
    undefined: UndefinedRank = "omit",
    ties: TiedRank = "lowest",
) -> Ranking:
    """Rank teams by one method; ``METHODS`` names them all.

    The methods and, with ``undefined="worst"``, every rank are those of challengeR 1.0.5
    (Wiesenfarth et al. 2021, Sci Rep 11:2369); its ``na.treat`` is the caller's, who puts a
    number where one is wanted.

    Args:
        values: (teams, cases), NaN where a case is undefined. Means, medians and tests leave
            such a case out for that team; a team that is undefined in every case is last.
        method: one of ``METHODS``.
        better: whether high or low values are good.
        undefined: for the methods that rank within each case, whether an undefined one is left
            out of the team's mean rank or gets the worst rank of the case, plus one.
        ties: whether tied teams share the lowest or the average rank, both within a case and
            in the end; only exactly equal scores are tied.

    Returns:
        The score and rank (from 1) of each team.

    >>> rank_teams([[0.9, 0.8], [0.6, 0.9], [0.2, 0.1]], "rank_then_mean").ranks
    array([1., 1., 3.])
    """
    if method not in METHODS:
        raise ValueError(f"there is no method '{method}'; known: {', '.join(METHODS)}")
    matrix = as_matrix(values)
    direction: Better = "higher"
    if method.startswith("test"):
        p_values = compute_signed_rank_matrix(matrix, better=better)
        if method == "test_then_rank_holm":
            p_values = adjust_matrix(p_values)
        scores = count_wins(p_values) / max(1, len(matrix) - 1)
    else:
        direction = better
        if method.startswith("rank"):
            matrix, direction = _rank_cases(matrix, better, undefined, ties), "lower"
        summarise = _compute_median if "median" in method else _compute_mean
        scores = np.array([summarise(row[~np.isnan(row)]) for row in matrix])
    ranks = rank_rows(as_costs(scores, direction), ties=ties)
    return Ranking(method=method, scores=scores, ranks=ranks)


def _compute_mean(defined: FloatArray) -> float:
    """Compute the mean as the leaderboard does, rounded once."""
    return math.fsum(defined) / len(defined) if len(defined) else math.nan


def _compute_median(defined: FloatArray) -> float:
    return float(np.median(defined)) if len(defined) else math.nan


def _rank_cases(
    values: FloatArray, better: Better, treatment: UndefinedRank, ties: TiedRank
) -> FloatArray:
    """Rank the teams within each case: (teams, cases), as the values."""
    undefined = np.isnan(values)
    ranks = rank_rows(as_costs(values, better).T, ties=ties).T
    if treatment == "omit":
        return np.where(undefined, np.nan, ranks)
    if treatment != "worst":
        raise ValueError(f"undefined must be 'omit' or 'worst', not '{treatment}'")
    worst = np.where(undefined, 0.0, ranks).max(axis=0)
    behind = 1.0 if ties == "lowest" else (undefined.sum(axis=0) + 1) / 2
    return np.where(undefined, worst + behind, ranks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One submission as it came out of scoring; an invalid one has no scorecard.

    ``problems`` are the scorecard's own where none are given. ``submitted_at`` is the time as the
    organiser wrote it, empty where it is not known, and ``time`` the same with its zone.
    """

    submission: str
    scorecard: Scorecard | None
    problems: tuple[Problem, ...] = ()
    team: str = ""
    approach: str = ""
    submitted_at: str = ""
    time: datetime | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


def rank_entries(
    entries: Sequence[Entry],
    *,
    task: Task,
    better: Better = "higher",
    per: Per = "submission",
    ties: Ties = "share",
    columns: Sequence[str] = (),
    truth_digest: str = "",
) -> Leaderboard:
    """Rank submissions on the task's ranking metric, of which ``better`` values are good.

    Scores that are exactly equal share a rank (1, 2, 2, 4), ordered by the submission's name;
    with ``ties="earlier"`` the one submitted earlier ranks before the other, and one without a
    time after those with one. ``per="approach"`` keeps the latest submission of each approach
    of a team, ``per="team"`` the best of these for each team; a submission that names no team
    or no approach is one by itself. Submissions whose score is undefined follow without a
    rank, and all the invalid ones last.

    Raises UsageError where the entries were scored in different ways, or where the latest
    submission of an approach is not known for want of times.
    """
    digest = _check_comparable(entries, task, truth_digest)
    scored = [
        _Scored(_find_cost(card.aggregates[task.ranking], better), entry)
        for entry in entries
        if (card := entry.scorecard) is not None
    ]
    kept = _select(scored, per)
    ranked = [item for item in kept if item.cost < math.inf]
    if ties == "earlier":
        ranked.sort(key=_Scored.by_time)
        ranks = list(range(1, len(ranked) + 1))
    else:
        ranked.sort(key=lambda item: (item.cost, item.entry.submission))
        ranks = rank_rows(np.array([item.cost for item in ranked])).astype(int).tolist()
    unranked = [
        *(item.entry for item in kept if item.cost == math.inf),
        *(entry for entry in entries if entry.scorecard is None),
    ]
    unranked.sort(key=lambda entry: (entry.scorecard is None, entry.submission))
    return Leaderboard(
        task=task.id,
        profile=task.profile,
        metric=task.ranking,
        standings=(
            *(_build_standing(item.entry, rank) for item, rank in zip(ranked, ranks, strict=True)),
            *(_build_standing(entry, None) for entry in unranked),
        ),
        per=per,
        ties=ties,
        truth_digest=digest,
        columns=tuple(columns),
        superseded=len(scored) - len(kept),
        kind=task.kind,
    )


class _Scored(NamedTuple):
    """An entry with a scorecard; ``cost`` is small for a good score, infinite where undefined."""

    cost: float
    entry: Entry

    def by_time(self) -> tuple[float, bool, datetime, str]:
        """Return the key that puts the better, then the earlier first; no time comes last."""
        time = self.entry.time
        latest = datetime.max.replace(tzinfo=UTC)
        return self.cost, time is None, time or latest, self.entry.submission


def _find_cost(score: float, better: Better) -> float:
    if math.isnan(score):
        return math.inf
    return score if better == "lower" else -score


def find_mismatch(card: Scorecard, task: Task) -> str | None:
    """Find what of a scorecard was made in another way than the task says; None where nothing."""
    for what, found, expected in (
        ("task", card.task, task.id),
        ("profile", card.profile, task.profile),
        ("ranking metric", card.metric, task.ranking),
        ("Jaccard threshold", card.jaccard_threshold, task.jaccard_threshold),
    ):
        if found != expected:
            return f"its {what} is {found}, not {expected}"
    return None


def is_same_digest(one: str, other: str) -> bool:
    """Compare digests of the truth; a CSV of cases carries only the beginning of one."""
    known = min(len(one), len(other))
    return one[:known] == other[:known]


def _check_comparable(entries: Iterable[Entry], task: Task, truth_digest: str) -> str:
    """Refuse scorecards made in another way than this board; return the digest of the truth."""
    for entry in entries:
        card = entry.scorecard
        if card is None:
            continue
        mismatch = find_mismatch(card, task)
        if mismatch is None and not is_same_digest(card.truth_digest, truth_digest):
            mismatch = f"its truth digest is {card.truth_digest}, not {truth_digest}"
        if mismatch is not None:
            raise UsageError(f"{entry.submission} cannot be ranked on this leaderboard: {mismatch}")
        truth_digest = max(truth_digest, card.truth_digest, key=len)
    return truth_digest


def _select(scored: Sequence[_Scored], per: Per) -> list[_Scored]:
    """Select the latest submission of each approach, and of these the best of each team."""
    if per == "submission":
        return list(scored)
    approaches: dict[Hashable, list[_Scored]] = {}
    for item in scored:
        own = item.entry.approach or ("submission", item.entry.submission)
        approaches.setdefault((_find_team(item), own), []).append(item)
    latest = [_find_latest(group) for group in approaches.values()]
    if per == "approach":
        return latest
    teams: dict[Hashable, list[_Scored]] = {}
    for item in latest:
        teams.setdefault(_find_team(item), []).append(item)
    return [min(group, key=_Scored.by_time) for group in teams.values()]


def _find_team(item: _Scored) -> Hashable:
    """Find the team; a pair, which is no team's name, for a submission that names none."""
    return item.entry.team or ("submission", item.entry.submission)


def _find_latest(group: Sequence[_Scored]) -> _Scored:
    if len(group) == 1:
        return group[0]
    first = group[0].entry
    owner = f" of team '{first.team}'" if first.team else ""
    refusal = (
        f"approach '{first.approach}'{owner} has {len(group)} submissions: "
        "the latest one stands for it, but "
    )
    times = []
    for item in group:
        if item.entry.time is None:
            raise UsageError(f"{refusal}{item.entry.submission} has no submitted_at")
        times.append(item.entry.time)
    latest = [item for item, time in zip(group, times, strict=True) if time == max(times)]
    if len(latest) > 1:
        names = " and ".join(sorted(item.entry.submission for item in latest))
        raise UsageError(
            f"{refusal}{names} have the same submitted_at, {latest[0].entry.submitted_at}"
        )
    return latest[0]


def _build_standing(entry: Entry, rank: int | None) -> Standing:
    card = entry.scorecard
    known: dict[str, Any] = {}
    if card is not None:
        known = {
            "status": "undefined" if rank is None else "ranked",
            "aggregates": card.aggregates,
            "n_cases": card.n_cases,
            "n_missing": card.n_missing,
            "signature": card.signature,
            "measured": card.measured,
        }
    return Standing(
        rank=rank,
        submission=entry.submission,
        team=entry.team,
        approach=entry.approach,
        problems=entry.problems or (card.problems if card else ()),
        submitted_at=entry.submitted_at,
        columns=entry.columns,
        **{"status": "invalid", **known},
    )
