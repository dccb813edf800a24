"""What a page shows beyond plain scores: intervals, subgroups, overlays. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Place = Literal["worst", "median", "best"]
Ground = Literal["image", "mask"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate with the ends of its interval; NaN where undefined."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the intervals were made: draws of the cases, the seed, the level."""

    draws: int
    seed: int
    level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Subgroup:
    """The cases that share a value of a column; without intervals where they are too few.

    ``failure_rate`` is the share of cases below the Jaccard threshold, or, of a table, of those
    that were told wrong; NaN where neither is meant. ``n_labels`` is how many labels some case
    of the group has, None where the task has but one.
    """

    name: str
    n: int
    score: float
    failure_rate: float
    score_interval: Interval | None = None
    failure_interval: Interval | None = None
    n_labels: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """The score by the values of one column; ``note`` says why there are no subgroups."""

    column: str
    subgroups: tuple[Subgroup, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """One image to look at: truth and prediction drawn over the photo or the mask, as WebP."""

    image: str
    place: Place
    jaccard: float
    content: bytes
    width: int
    height: int
    ground: Ground
    note: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorecardInsight:
    """What the report of one submission shows beside its scorecard."""

    sampling: Sampling
    intervals: Mapping[str, Interval]
    breakdowns: tuple[Breakdown, ...] = ()
    overlays: tuple[Overlay, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamInsight:
    """What is known of one ranked submission beside its standing.

    ``ranks`` is the rank under each method; ``rank_shares`` the share of draws in each rank,
    the first rank first; ``letters`` name the groups of teams that cannot be told apart;
    ``values`` has one number per image, in the order of the insight's images, NaN: undefined.
    """

    submission: str
    score: Interval
    rank_low: int
    rank_high: int
    rank_shares: tuple[float, ...]
    letters: str
    ranks: Mapping[str, int]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HardImage:
    """One image over all teams: the mean, the best value and whose it is, how many failed."""

    image: str
    mean: float
    best: float
    best_submission: str
    n_failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderboardInsight:
    """What the page of a leaderboard shows beside its standings.

    ``images`` go from the hardest to the easiest by the mean over teams of ``shown``, the
    metric whose values each team carries. ``p_values`` are teams x teams: p of "row is better
    than column", adjusted by Holm's method; NaN on the diagonal. ``tau`` is the median over
    draws of Kendall's tau-b with the ranking.
    """

    sampling: Sampling
    shown: str
    teams: tuple[TeamInsight, ...] = ()
    images: tuple[str, ...] = ()
    hardest: tuple[HardImage, ...] = ()
    p_values: tuple[tuple[float, ...], ...] = field(default=())
    alpha: float = 0.05
    tau: float = float("nan")
