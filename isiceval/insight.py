"""What a page shows beyond plain scores: intervals, subgroups, overlays. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from isiceval.model import Counts

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
class Thumbnail:
    """A photo made small, as WebP."""

    content: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The points of a curve, from left to right; without any where it is undefined."""

    across: tuple[float, ...] = ()
    up: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """The cases whose confidence lies above ``low``, up to ``high``; NaN where there are none.

    ``confidence`` is their mean confidence, ``share`` the share in which it came true.
    """

    low: float
    high: float
    n: int
    confidence: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Confidences against what came true: by bin, and as two numbers."""

    bins: tuple[Bin, ...]
    error: float
    brier: float

    @property
    def n(self) -> int:
        """Return how many cases there are."""
        return sum(one.n for one in self.bins)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelInsight:
    """One class, feature or attribute of a task: its curves and what lies behind them.

    ``positives`` and ``negatives`` count confidences in bins of equal width from 0 to 1, for the
    cases that have the label and the others; ``counts`` are cases at the task's threshold.
    ``calibration`` is None where the chosen class alone is asked how sure it is.
    """

    label: str
    auc: Interval
    average_precision: Interval
    roc: Curve = Curve()
    precision_recall: Curve = Curve()
    positives: tuple[int, ...] = ()
    negatives: tuple[int, ...] = ()
    counts: Counts | None = None
    calibration: Calibration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """How often which class was taken for which: one row a true class, one column a chosen one."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One wrong answer: what was said with which confidence, and what is true.

    ``truth`` and ``chosen`` are classes, or "yes" and "no" to the ``label``. ``gap`` is how far
    the confidence lies from the truth, or, of a chosen class, the confidence.
    ``own`` is the confidence of the true class, where one class is chosen.
    """

    image: str
    label: str
    truth: str
    chosen: str
    confidence: float
    gap: float
    own: float | None = None
    thumbnail: Thumbnail | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableInsight:
    """What the report of a table shows beside its scorecard.

    ``n_counted`` cases have a weight above 0, ``n_wrong`` of them are told wrong; ``n_whole``
    rows add up to 1 within a hundredth. ``chosen`` is how sure the chosen class is, and how
    rightly. ``mistakes`` are the most confident ones of ``n_mistakes``.
    """

    sampling: Sampling
    n_counted: int
    n_wrong: int
    n_whole: int
    weighted: bool
    labels: tuple[LabelInsight, ...] = ()
    chosen: Calibration | None = None
    confusion: Confusion | None = None
    mistakes: tuple[Mistake, ...] = ()
    n_mistakes: int = 0
    breakdowns: tuple[Breakdown, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskLabel:
    """The masks of one attribute: the Jaccard of each that is not empty in truth and prediction.

    ``n_empty`` are empty in both, ``n_missed`` have an empty prediction alone, ``n_invented`` an
    empty truth alone.
    """

    label: str
    jaccards: tuple[float, ...]
    n_empty: int
    n_missed: int
    n_invented: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MasksInsight:
    """What the report of attribute masks shows beside its scorecard."""

    sampling: Sampling
    labels: tuple[MaskLabel, ...] = ()
    overlays: tuple[Overlay, ...] = ()
    breakdowns: tuple[Breakdown, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SuperpixelsInsight:
    """What the report of superpixels shows beside its scorecard.

    ``metric`` is what the breakdowns hold: a metric of counts, since the scorecard keeps no
    confidence of a superpixel.
    """

    sampling: Sampling
    labels: tuple[LabelInsight, ...] = ()
    metric: str = ""
    breakdowns: tuple[Breakdown, ...] = ()


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
