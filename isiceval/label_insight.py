"""What the reports of tables, attribute masks and superpixels show. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from isiceval.insight import Breakdown, Interval, Overlay
from isiceval.model import Bootstrap, Counts


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

    ``bootstrap`` says how the cases were redrawn for the intervals of the breakdowns.
    ``n_counted`` cases have a weight above 0, ``n_wrong`` of them are told wrong; ``n_whole``
    rows add up to 1 within a hundredth. ``chosen`` is how sure the chosen class is, and how
    rightly. ``mistakes`` are the most confident ones of ``n_mistakes``.
    """

    bootstrap: Bootstrap
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

    bootstrap: Bootstrap
    labels: tuple[MaskLabel, ...] = ()
    overlays: tuple[Overlay, ...] = ()
    breakdowns: tuple[Breakdown, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SuperpixelsInsight:
    """What the report of superpixels shows beside its scorecard."""

    bootstrap: Bootstrap
    labels: tuple[LabelInsight, ...] = ()
    breakdowns: tuple[Breakdown, ...] = ()
