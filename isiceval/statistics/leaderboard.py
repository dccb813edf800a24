"""Order the submissions to a task: ties, the one that stands for a team, those without a rank."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from isiceval.errors import UsageError
from isiceval.metrics.registry import find_aggregate
from isiceval.model import Leaderboard, Per, Problem, Standing, Ties
from isiceval.scorecard import Scorecard
from isiceval.sources.sidecars import parse_time
from isiceval.tasks.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One submission as it came out of scoring; an invalid one has no scorecard.

    ``problems`` are the scorecard's own where none are given. ``submitted_at`` is an ISO 8601
    date or time, UTC where it names no zone, or empty where it is not known.
    """

    submission: str
    scorecard: Scorecard | None
    problems: tuple[Problem, ...] = ()
    team: str = ""
    approach: str = ""
    submitted_at: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Scored:
    """An entry with a scorecard, made comparable: ``cost`` is small for a good score."""

    entry: Entry
    scorecard: Scorecard
    cost: float
    time: datetime | None

    @property
    def defined(self) -> bool:
        return not math.isnan(self.cost)

    @property
    def name(self) -> str:
        return self.entry.submission

    @property
    def by_time(self) -> tuple[float, bool, datetime, str]:
        """Return the key that puts the better, then the earlier first; no time comes last."""
        cost = self.cost if self.defined else math.inf
        return cost, self.time is None, self.time or datetime.max.replace(tzinfo=UTC), self.name


def rank_entries(
    entries: Sequence[Entry],
    *,
    task: Task,
    per: Per = "submission",
    ties: Ties = "share",
    columns: Sequence[str] = (),
    truth_digest: str = "",
) -> Leaderboard:
    """Rank submissions on the task's ranking metric.

    Scores that are exactly equal share a rank (1, 2, 2, 4), ordered by the submission's name;
    with ``ties="earlier"`` the one submitted earlier ranks before the other, and one without a
    time after those with one. ``per="approach"`` keeps the latest submission of each approach
    of a team, ``per="team"`` the best of these for each team; a submission that names no team
    or no approach is one by itself. Submissions whose score is undefined follow without a
    rank, and all the invalid ones last.

    Raises UsageError where the entries were scored in different ways, where a time cannot be
    read, or where the latest submission of an approach cannot be told for want of times.
    """
    digest = _check_comparable(entries, task, truth_digest)
    scored = [_prepare(e, e.scorecard, task) for e in entries if e.scorecard is not None]
    kept = _select(scored, per)
    defined, undefined = _split(kept)
    invalid = sorted((e for e in entries if e.scorecard is None), key=lambda e: e.submission)
    standings = (
        *(_rank_by_time(defined) if ties == "earlier" else _rank_shared(defined)),
        *(_stand(item, None) for item in sorted(undefined, key=lambda item: item.name)),
        *(_stand_invalid(entry) for entry in invalid),
    )
    return Leaderboard(
        task=task.id,
        profile=task.profile,
        metric=task.ranking,
        standings=standings,
        per=per,
        ties=ties,
        truth_digest=digest,
        columns=tuple(columns),
        superseded=len(scored) - len(kept),
        kind=task.kind,
    )


def _check_comparable(entries: Iterable[Entry], task: Task, truth_digest: str) -> str:
    """Refuse scorecards made in another way than this board; return the digest of the truth."""
    for entry in entries:
        card = entry.scorecard
        if card is None:
            continue
        # A CSV of cases carries only the beginning of the digest.
        known = min(len(truth_digest), len(card.truth_digest))
        same = card.truth_digest[:known] == truth_digest[:known]
        if same:
            truth_digest = max(truth_digest, card.truth_digest, key=len)
        pairs = (
            ("task", card.task, task.id),
            ("profile", card.profile, task.profile),
            ("ranking metric", card.metric, task.ranking),
            ("Jaccard threshold", card.jaccard_threshold, task.jaccard_threshold),
            ("truth digest", truth_digest if same else card.truth_digest, truth_digest),
        )
        for what, found, expected in pairs:
            if found != expected:
                raise UsageError(
                    f"{entry.submission} cannot be ranked on this leaderboard: "
                    f"its {what} is {found}, not {expected}"
                )
    return truth_digest


def _prepare(entry: Entry, scorecard: Scorecard, task: Task) -> _Scored:
    lower = find_aggregate(task.ranking).better == "lower"
    score = scorecard.aggregates[task.ranking]
    return _Scored(entry, scorecard, score if lower else -score, _read_time(entry))


def _read_time(entry: Entry) -> datetime | None:
    try:
        return parse_time(entry.submitted_at) if entry.submitted_at else None
    except ValueError as error:
        raise UsageError(f"{entry.submission}: submitted_at {error}") from error


def _select(scored: Sequence[_Scored], per: Per) -> list[_Scored]:
    if per == "submission":
        return list(scored)
    latest = [_find_latest(group) for group in _group(scored, [_approach(s) for s in scored])]
    if per == "approach":
        return latest
    return [min(g, key=lambda s: s.by_time) for g in _group(latest, [_team(s) for s in latest])]


def _group(scored: Sequence[_Scored], keys: Sequence[Hashable]) -> list[list[_Scored]]:
    groups: dict[Hashable, list[_Scored]] = {}
    for item, key in zip(scored, keys, strict=True):
        groups.setdefault(key, []).append(item)
    return list(groups.values())


def _team(item: _Scored) -> Hashable:
    return ("team", item.entry.team) if item.entry.team else ("submission", item.name)


def _approach(item: _Scored) -> Hashable:
    own = ("approach", item.entry.approach) if item.entry.approach else ("submission", item.name)
    return _team(item), own


def _find_latest(group: Sequence[_Scored]) -> _Scored:
    if len(group) == 1:
        return group[0]
    timed = [(item.time, item) for item in group if item.time is not None]
    if len(timed) < len(group):
        nameless = next(item for item in group if item.time is None)
        raise UsageError(
            f"{_describe(group)}: the latest one stands for it, but {nameless.name} "
            "has no submitted_at"
        )
    last = max(time for time, _ in timed)
    latest = [item for time, item in timed if time == last]
    if len(latest) > 1:
        names = " and ".join(sorted(item.name for item in latest))
        raise UsageError(
            f"{_describe(group)}: the latest one stands for it, but {names} "
            f"have the same submitted_at, {latest[0].entry.submitted_at}"
        )
    return latest[0]


def _describe(group: Sequence[_Scored]) -> str:
    entry = group[0].entry
    owner = f" of team '{entry.team}'" if entry.team else ""
    return f"approach '{entry.approach}'{owner} has {len(group)} submissions"


def _split(scored: Iterable[_Scored]) -> tuple[list[_Scored], list[_Scored]]:
    defined: list[_Scored] = []
    undefined: list[_Scored] = []
    for item in scored:
        (defined if item.defined else undefined).append(item)
    return defined, undefined


def _rank_shared(scored: Iterable[_Scored]) -> list[Standing]:
    ordered = sorted(scored, key=lambda item: (item.cost, item.name))
    first: dict[float, int] = {}
    for place, item in enumerate(ordered, start=1):
        first.setdefault(item.cost, place)
    return [_stand(item, first[item.cost]) for item in ordered]


def _rank_by_time(scored: Iterable[_Scored]) -> list[Standing]:
    ordered = sorted(scored, key=lambda item: item.by_time)
    return [_stand(item, place) for place, item in enumerate(ordered, start=1)]


def _stand(item: _Scored, rank: int | None) -> Standing:
    entry, scorecard = item.entry, item.scorecard
    return Standing(
        rank=rank,
        submission=entry.submission,
        team=entry.team,
        approach=entry.approach,
        status="undefined" if rank is None else "ranked",
        aggregates=scorecard.aggregates,
        n_cases=scorecard.n_cases,
        n_missing=scorecard.n_missing,
        problems=entry.problems or scorecard.problems,
        submitted_at=entry.submitted_at,
        signature=scorecard.signature,
        columns=entry.columns,
        measured=scorecard.measured,
    )


def _stand_invalid(entry: Entry) -> Standing:
    return Standing(
        rank=None,
        submission=entry.submission,
        team=entry.team,
        approach=entry.approach,
        status="invalid",
        problems=entry.problems,
        submitted_at=entry.submitted_at,
        columns=entry.columns,
    )
