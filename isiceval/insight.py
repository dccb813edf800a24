"""What a page shows beyond scores and their chances: subgroups, overlays, single images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from isiceval.model import Bootstrap

Place = Literal["worst", "median", "best"]
Ground = Literal["image", "mask"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate with the ends of its interval; NaN where undefined."""

    estimate: float
    low: float
    high: float


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
    """What the report of one submission shows beside its scorecard.

    ``bootstrap`` says how the images were redrawn for the intervals of the breakdowns.
    """

    bootstrap: Bootstrap
    breakdowns: tuple[Breakdown, ...] = ()
    overlays: tuple[Overlay, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamInsight:
    """What is known of one ranked submission beside its standing.

    ``values``: one number for each of the insight's images, in their order, NaN where undefined.
    """

    submission: str
    values: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HardImage:
    """One image over all teams: the mean, the best value and whose it is, how many failed.

    ``n_failed`` is None where the task knows no threshold below which an image has failed.
    """

    image: str
    mean: float
    best: float
    best_submission: str
    n_failed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderboardInsight:
    """What the page of a leaderboard shows beside its standings.

    ``images`` go from the hardest to the easiest by the mean over teams of ``shown``, the
    metric whose values each team carries; a task without values of single images has none.
    Where an image has several masks, each is an image of its own, with its label behind the id.
    """

    shown: str
    teams: tuple[TeamInsight, ...] = ()
    images: tuple[str, ...] = ()
    hardest: tuple[HardImage, ...] = ()
