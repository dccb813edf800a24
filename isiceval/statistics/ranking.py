"""Ranking: the ranking methods on a matrix of values, their stability, the order of a leaderboard.

Stability is that of the ranks from draw to draw of the cases. The whole computation is done again
on each draw: a case that is drawn three times is three cases. In challengeR 1.0.5 this is so for
aggregate-then-rank only: its rank-then-aggregate pools the repeats of a case before ranking within
it (ranks 1, 4, 7 in place of 1, 2, 3), and its test-then-rank drops them, so that a test sees only
the distinct two thirds of the cases.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from statistics import fmean
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike

from isiceval.errors import UsageError
from isiceval.metrics.arrays import Better, FloatArray, TiedRank, as_costs, as_matrix, rank_rows
from isiceval.metrics.registry import find_aggregate
from isiceval.model import Leaderboard, Per, Standing, Ties
from isiceval.sources.sidecars import parse_time
from isiceval.statistics.bootstrap import TAILS
from isiceval.statistics.significance import ALPHA, adjust_holm, compute_signed_rank_matrix

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

# Elements of the largest array held at once while rankings are compared pair by pair: 32 MB.
_BLOCK = 2**22


class Ranking(NamedTuple):
    """The score of each team under one method, and its rank from 1, both (teams,).

    ``scores`` are means or medians of values (as good as the metric says), means or medians of
    ranks (low is good), or shares of significant wins (high is good).
    """

    scores: FloatArray
    ranks: FloatArray


def rank_teams(
    values: ArrayLike,
    method: Method,
    *,
    better: Better = "higher",
    undefined: Literal["omit", "worst"] = "omit",
    ties: TiedRank = "lowest",
) -> Ranking:
    """Rank teams by one method; ``METHODS`` names them all.

    ``values`` is (teams, cases), NaN where a case is undefined. Means, medians and tests leave such
    a case out for that team; a team that is undefined in every case is last. For the methods that
    rank within each case, ``undefined`` says whether an undefined one is left out of the team's
    mean rank or gets the worst rank of the case, plus one. Only exactly equal scores are tied, both
    within a case and in the end; ``ties`` says which rank they share.

    The methods and, with ``undefined="worst"``, every rank are those of challengeR 1.0.5
    (Wiesenfarth et al. 2021, Sci Rep 11:2369); its ``na.treat`` is the caller's, who puts a
    number where one is wanted.
    """
    matrix, direction = as_matrix(values), better
    if method.startswith("test"):
        p_values = compute_signed_rank_matrix(matrix, better=better)
        if method == "test_then_rank_holm":
            p_values = adjust_holm(p_values)
        wins = (p_values <= ALPHA).sum(axis=1)
        scores, direction = wins / max(1, len(matrix) - 1), "higher"
    else:
        if method.startswith("rank"):  # within each case
            gaps, direction = np.isnan(matrix), "lower"
            matrix = rank_rows(as_costs(matrix, better).T, ties=ties).T
            worst = np.where(gaps, 0.0, matrix).max(axis=0)
            behind = 1.0 if ties == "lowest" else (gaps.sum(axis=0) + 1) / 2
            matrix = np.where(gaps, np.nan if undefined == "omit" else worst + behind, matrix)
        # The mean is that of the leaderboard, rounded once.
        summarise = np.median if "median" in method else fmean
        defined = [row[~np.isnan(row)] for row in matrix]
        scores = np.array([summarise(row) if len(row) else math.nan for row in defined])
    return Ranking(scores, rank_rows(as_costs(scores, direction), ties=ties))


class RankStability(NamedTuple):
    """The ranks of each team over the draws of the cases, arrays of shape (teams,).

    ``low``, ``high``: whole ranks that hold at least 95 % of the draws between them.
    ``frequencies``: (teams, ranks), the share of draws in which the team has that rank, alone or
    tied. ``tau``: the mean of :func:`compute_tau` over the draws; None where none has one.
    """

    low: FloatArray
    high: FloatArray
    frequencies: FloatArray
    tau: float | None


def measure_stability(costs: FloatArray, drawn: FloatArray) -> RankStability:
    """Measure how ranks change from draw to draw; ties share the lowest rank.

    ``costs`` is (teams,), small is good; ``drawn`` (draws, teams), NaN where a team's score is
    undefined on a draw, which puts it last. Wiesenfarth et al. 2021, Sci Rep 11:2369.
    """
    ranks = rank_rows(drawn)
    every_rank = range(1, len(costs) + 1)
    taus = compute_tau(rank_rows(costs), ranks)
    defined = taus[~np.isnan(taus)]
    return RankStability(
        low=np.quantile(ranks, TAILS[0], axis=0, method="lower"),
        high=np.quantile(ranks, TAILS[1], axis=0, method="higher"),
        frequencies=np.stack([(ranks == rank).mean(axis=0) for rank in every_rank], axis=1),
        tau=fmean(defined) if len(defined) else None,
    )


def compute_tau(ranks: FloatArray, others: FloatArray) -> FloatArray:
    """Compute Kendall's tau-b of a ranking, (teams,), with each of others, (rankings, teams).

    1 is the same order, -1 the reverse; NaN where either ranking is one single tie.
    Kendall 1945, Biometrika 33:239.
    """
    one, other = np.triu_indices(len(ranks), k=1)
    reference = np.sign(ranks[one] - ranks[other])
    step = max(1, _BLOCK // max(1, len(one)))
    tau = np.full(len(others), np.nan)
    for start in range(0, len(others), step):
        block = others[start : start + step]
        signs = np.sign(block[:, one] - block[:, other])
        untied = np.count_nonzero(reference) * np.count_nonzero(signs, axis=1)
        out = tau[start : start + step]
        np.divide(signs @ reference, np.sqrt(untied), out=out, where=untied > 0)
    return tau


_Key: TypeAlias = tuple[float, bool, datetime, str]
"""Puts the better first, then the earlier; no time (True) comes last."""


def rank_entries(
    entries: Iterable[Standing],
    cards: Mapping[str, Scorecard],
    *,
    task: Task,
    per: Per = "submission",
    ties: Ties = "share",
    columns: Sequence[str] = (),
) -> Leaderboard:
    """Rank submissions on the task's ranking metric.

    ``entries`` say who made each submission, when, and its problems; ``cards`` has the scorecard of
    each valid one, by its name. Scores that are exactly equal share a rank (1, 2, 2, 4), ordered by
    the submission's name; with ``ties="earlier"`` the one submitted earlier goes first, and one
    without a time last. ``per="approach"`` keeps the latest submission of each approach of a team,
    ``per="team"`` the best of these for each team; a submission that names no team or no approach
    is one by itself. Submissions whose score is undefined follow without a rank, then the invalid
    ones. Raises UsageError where entries were scored in different ways, or times of an approach are
    not known.
    """
    digest = check_comparable(cards, task=task, use="ranked on this leaderboard")
    sign = 1 if find_aggregate(task.ranking).better == "lower" else -1
    keys: dict[str, _Key] = {}
    valid: list[Standing] = []
    invalid: list[Standing] = []
    for entry in entries:
        card = cards.get(entry.submission)
        if card is None:
            invalid.append(replace(entry, status="invalid"))
            continue
        cost = sign * card.aggregates[task.ranking]
        known = math.inf if math.isnan(cost) else cost
        time = parse_time(entry.submitted_at) if entry.submitted_at else None
        last = datetime.max.replace(tzinfo=UTC)
        keys[entry.submission] = (known, time is None, time or last, entry.submission)
        scored = replace(
            entry,
            status="undefined" if math.isnan(cost) else "ranked",
            aggregates=card.aggregates,
            n_cases=card.n_cases,
            n_missing=card.n_missing,
            signature=card.signature,
            submission_digest=card.submission_digest,
            unverified=card.unverified,
            measured=card.measured,
        )
        valid.append(scored)
    kept = valid if per == "submission" else _select(valid, per, keys)
    kept = sorted(kept, key=lambda entry: (keys[entry.submission][0], entry.submission))
    ranked = [entry for entry in kept if entry.status == "ranked"]
    ranks = (
        rank_rows(np.array([keys[entry.submission][0] for entry in ranked])).astype(int).tolist()
    )
    if ties == "earlier":
        ranked.sort(key=lambda entry: keys[entry.submission])
        ranks = list(range(1, len(ranked) + 1))
    return Leaderboard(
        task=task.id,
        profile=task.profile,
        metric=task.ranking,
        standings=(
            *(replace(entry, rank=rank) for entry, rank in zip(ranked, ranks, strict=True)),
            *(entry for entry in kept if entry.status == "undefined"),
            *sorted(invalid, key=lambda entry: entry.submission),
        ),
        per=per,
        ties=ties,
        truth_digest=digest,
        columns=tuple(columns),
        superseded=len(valid) - len(kept),
        kind=task.kind,
    )


def check_comparable(cards: Mapping[str, Scorecard], *, task: Task, use: str) -> str:
    """Return the digest of the truth that all scorecards, by name, were made with.

    Raises UsageError where one was made in another way than the task says, or with another truth.
    ``use`` is what it then cannot be.
    """
    digest = ""
    for name, card in cards.items():
        # A CSV of cases carries only the beginning of a digest.
        shared = min(len(digest), len(card.truth_digest))
        for what, found, expected in (
            ("task", card.task, task.id),
            ("profile", card.profile, task.profile),
            ("ranking metric", card.metric, task.ranking),
            ("Jaccard threshold", card.jaccard_threshold, task.jaccard_threshold),
            ("truth digest", card.truth_digest[:shared], digest[:shared]),
        ):
            if found != expected:
                raise UsageError(f"{name} cannot be {use}: its {what} is {found}, not {expected}")
        digest = max(digest, card.truth_digest, key=len)
    return digest


def _select(valid: Sequence[Standing], per: Per, keys: Mapping[str, _Key]) -> list[Standing]:
    """Select the latest submission of each approach, and of these the best of each team."""
    approaches: defaultdict[tuple[Hashable, Hashable], list[Standing]] = defaultdict(list)
    for entry in valid:
        alone = ("submission", entry.submission)  # a pair, which is no name of a team or approach
        approaches[entry.team or alone, entry.approach or alone].append(entry)
    teams: defaultdict[Hashable, list[Standing]] = defaultdict(list)
    for (team, _), group in approaches.items():
        teams[team].append(_find_latest(group, keys))
    if per == "approach":
        return [entry for group in teams.values() for entry in group]
    return [min(group, key=lambda entry: keys[entry.submission]) for group in teams.values()]


def _find_latest(group: Sequence[Standing], keys: Mapping[str, _Key]) -> Standing:
    if len(group) == 1:
        return group[0]
    untimed = [entry.submission for entry in group if not entry.submitted_at]
    if untimed:
        why = f"{untimed[0]} has no submitted_at"
    else:
        last = max(keys[entry.submission][2] for entry in group)
        latest = [entry for entry in group if keys[entry.submission][2] == last]
        if len(latest) == 1:
            return latest[0]
        names = " and ".join(sorted(entry.submission for entry in latest))
        why = f"{names} have the same submitted_at, {latest[0].submitted_at}"
    owner = f" of team '{group[0].team}'" if group[0].team else ""
    raise UsageError(
        f"approach '{group[0].approach}'{owner} has {len(group)} submissions: "
        f"the latest one stands for it, but {why}"
    )
