"""The values that pass between the stages: frozen, typed, standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning"]
CaseStatus = Literal["scored", "missing"]
Form = Literal["folder", "zip", "file", "memory", "none"]
Kind = Literal["mask", "masks", "superpixels", "table"]


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height of an image, in pixels."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        """Return the number of pixels."""
        return self.width * self.height

    @property
    def swapped(self) -> Size:
        """Return the size with width and height exchanged."""
        return Size(self.height, self.width)

    def __str__(self) -> str:
        """Write the size as people say it: width x height."""
        return f"{self.width} x {self.height}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Pixels of one case by truth and prediction; sums of counts are counts.

    Keyword-only, so that no two numbers can be swapped by position.
    """

    tp: int
    fp: int
    fn: int
    tn: int

    def __add__(self, other: Counts) -> Counts:
        """Pool two cases."""
        return Counts(
            tp=self.tp + other.tp,
            fp=self.fp + other.fp,
            fn=self.fn + other.fn,
            tn=self.tn + other.tn,
        )

    @property
    def truth(self) -> int:
        """Return the foreground pixels of the truth."""
        return self.tp + self.fn

    @property
    def prediction(self) -> int:
        """Return the foreground pixels of the prediction."""
        return self.tp + self.fp

    @property
    def total(self) -> int:
        """Return all pixels."""
        return self.tp + self.fp + self.fn + self.tn


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule: its code, where, what is wrong there and what to do about it.

    ``code`` names the rule in ``checks/rules.toml``. Readers give the first three; ``severity``
    and ``fix`` are filled in from the rule when the rules are applied.
    """

    code: str
    where: str
    detail: str
    severity: Severity = "error"
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What reading one mask found; everything a check may know about its pixels.

    ``format`` is told from the content (``PNG``, ``JPEG`` ...), never from the name;
    ``mode`` uses Pillow's words (``1``, ``L``, ``P``, ``RGB``, ``I;16`` ...);
    ``values`` are the distinct grey values as stored, before any conversion, sorted;
    ``border`` is the share, in [0, 1], of the outermost pixels that are foreground;
    ``regions`` and ``holes`` are None where nobody asked to count them.
    """

    image: str
    name: str
    n_bytes: int = 0
    sha256: str = ""
    format: str = ""
    mode: str = ""
    size: Size | None = None
    values: tuple[int, ...] = ()
    foreground: int | None = None
    border: float | None = None
    regions: int | None = None
    holes: int | None = None
    conversions: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Which file of a submission answers for which image, by name alone."""

    matched: Mapping[str, str]
    missing: tuple[str, ...] = ()
    duplicates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unexpected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The answer to "would this submission be accepted?", with everything that was found.

    ``noun`` says what was counted: images, or masks where an image has several.
    """

    task: str
    submission: str
    form: Form
    n_expected: int
    n_matched: int
    n_ignored: int = 0
    problems: tuple[Problem, ...] = ()
    conversions: Mapping[str, int] = field(default_factory=dict)
    noun: str = "image"

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Return the problems that make the submission invalid."""
        return tuple(p for p in self.problems if p.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Return the problems that only deserve a look."""
        return tuple(p for p in self.problems if p.severity == "warning")

    @property
    def valid(self) -> bool:
        """Tell whether no error was found."""
        return not self.errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What truth and prediction of a table say of one case.

    ``truth`` and ``chosen`` are labels, ``+`` between several and ``none`` for none; of a case
    whose highest confidence is shared ``tie`` is chosen. ``confidences`` stand in the order of
    the scorecard's labels. An empty ``truth`` is one that was left out to pass the rest on.
    """

    truth: str
    chosen: str
    correct: bool
    confidences: tuple[float, ...]
    weight: float = 1.0
    validation_weight: float | None = None
    patient: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One image compared: its counts, and each metric as it counts in the aggregate.

    A value is NaN where the metric is undefined and the task leaves such cases out;
    where the task gives undefined cases a number, the value is that number and the
    metric's name stands in ``undefined``. ``label`` names the feature or attribute where an
    image has several; a case of a table has a ``diagnosis`` in place of counts.
    """

    image: str
    status: CaseStatus
    counts: Counts | None = None
    size: Size | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    undefined: tuple[str, ...] = ()
    label: str = ""
    diagnosis: Diagnosis | None = None


DRAWS = 1000
SEED = 12345
"""How often and from which seed cases are redrawn where nothing else is asked for."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The ends of an interval, both within it."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrap:
    """How the cases were redrawn: how often, from which seed, and what stayed together.

    ``n_units`` is how many things each draw takes: images, or groups of them where
    ``grouped``; ``n_strata`` is how many strata it takes them from.
    """

    draws: int
    seed: int
    n_units: int
    level: float = 0.95
    grouped: bool = False
    n_strata: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Significance:
    """Which submissions of a leaderboard can be told apart, by paired tests over the cases.

    ``p_values[i][j]``: adjusted p of "submission i is better than submission j", None on the
    diagonal. ``groups``: submissions that cannot be told apart, best first; one may stand in
    several. ``test`` names the test, with ``(by group)`` where cases that belong together were
    tested as one. A pair is told apart where p is at most ``alpha`` in either direction.
    """

    submissions: tuple[str, ...]
    p_values: tuple[tuple[float | None, ...], ...]
    groups: tuple[tuple[str, ...], ...]
    test: str = "one-sided Wilcoxon signed rank"
    adjust: str = "holm"
    alpha: float = 0.05


Per = Literal["submission", "approach", "team"]
Ties = Literal["share", "earlier"]
StandingStatus = Literal["ranked", "invalid", "undefined"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One line of a leaderboard.

    ``status`` is ``ranked``; or ``invalid`` (its errors are in ``problems``) or ``undefined``
    (the ranking metric is defined in no case): both have rank None and stand last.
    ``columns`` holds what the organiser's table of teams says beyond the known columns;
    ``cases`` are those behind the aggregates.

    Where the cases were redrawn: ``intervals`` by aggregate; ``rank_low`` to ``rank_high`` hold
    the rank in 95 % of the draws; ``rank_shares`` is the share of draws on each rank, the first
    rank first; ``p_first`` is that on rank 1, alone or tied;
    ``tied_with`` names the submissions it cannot be told apart from; ``ranks`` has the rank
    under each ranking method.
    """

    rank: int | None
    submission: str
    team: str = ""
    approach: str = ""
    status: StandingStatus = "ranked"
    aggregates: Mapping[str, float] = field(default_factory=dict)
    n_cases: int | None = None
    n_missing: int | None = None
    problems: tuple[Problem, ...] = ()
    submitted_at: str = ""
    signature: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    rank_low: int | None = None
    rank_high: int | None = None
    p_first: float | None = None
    rank_shares: tuple[float, ...] = ()
    tied_with: tuple[str, ...] = ()
    ranks: Mapping[str, int] = field(default_factory=dict)
    cases: tuple[Case, ...] = field(default=(), repr=False)

    @property
    def n_errors(self) -> int:
        """Return how many errors the submission has."""
        return sum(problem.severity == "error" for problem in self.problems)

    @property
    def n_warnings(self) -> int:
        """Return how many warnings the submission has."""
        return sum(problem.severity == "warning" for problem in self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaderboard:
    """All submissions to one task, in order of rank; invalid ones last, without a rank.

    ``columns`` names the organiser's own columns, in the order of the table of teams;
    ``superseded`` counts submissions left out because a later or better one of the same
    approach or team stands in their place. ``bootstrap`` says how the cases were redrawn, None
    where they were not, and ``note`` then why not; ``tau`` is the mean of Kendall's tau-b between
    the ranking and that of each draw, None where every draw is one single tie. ``notes`` tell the
    organiser what was passed over, such as lines of the table of teams without a submission.
    """

    task: str
    profile: str
    metric: str
    standings: tuple[Standing, ...]
    per: Per = "submission"
    ties: Ties = "share"
    truth_digest: str = ""
    columns: tuple[str, ...] = ()
    superseded: int = 0
    notes: tuple[str, ...] = ()
    kind: Kind = "mask"
    bootstrap: Bootstrap | None = None
    significance: Significance | None = None
    tau: float | None = None
    note: str = ""
