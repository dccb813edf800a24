"""The values that pass between the stages: frozen, typed, standard library only."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from isiceval.kinds.kind import Measured

Severity = Literal["error", "warning"]
Form = Literal["folder", "zip", "file", "memory", "none"]
Kind = Literal["mask", "masks", "superpixels", "table"]
"""What documents of version 1 call a task: of one mask an image, of masks by label, of superpixels
or of a table."""


def has_case_scores(kind: Kind) -> bool:
    """Tell whether the aggregates are means over images, each of which has a value of its own."""
    return kind == "mask"


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
        return f"{self.width} x {self.height}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Pixels of one case by truth and prediction; sums of counts are counts."""

    tp: int
    fp: int
    fn: int
    tn: int

    def __add__(self, other: Counts) -> Counts:
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
    """One broken rule of ``checks/rules.toml``: where, what is wrong there and what to do about it.

    Readers give the first three; ``severity`` and ``fix`` are the rule's, when rules are applied.
    """

    code: str
    where: str
    detail: str
    severity: Severity = "error"
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskInfo:
    """What reading one mask found; everything a check may know about its pixels.

    ``format`` is recognised by the content (``PNG``, ``JPEG`` ...), never by the name; ``mode`` is
    Pillow's name for it (``1``, ``L``, ``RGB``, ``I;16`` ...); ``values`` are the distinct grey
    values as stored, sorted; ``border`` is the share, in [0, 1], of the outermost pixels that are
    foreground; ``regions`` and ``holes`` are None where nobody asked to count them.
    """

    image: str
    name: str
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

    def add_problems(self, code: str, *details: str) -> MaskInfo:
        """Return it with a problem of this code for each detail."""
        problems = (Problem(code, self.name, detail) for detail in details)
        return replace(self, problems=(*self.problems, *problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMatch:
    """Which file of a submission answers for which image, by name alone."""

    matched: Mapping[str, str]
    missing: tuple[str, ...] = ()
    duplicates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unexpected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """Every problem of a submission; ``noun`` is what was counted: images, or masks by label."""

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

    def __bool__(self) -> bool:
        return self.valid

    def __repr__(self) -> str:
        codes = Counter(problem.code for problem in self.errors)
        found = ", ".join(f"{code} ({n})" for code, n in codes.items())
        verdict = f"invalid: {found}" if found else "valid"
        return f"<Validation of {self.submission} for {self.task}, {verdict}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What truth and prediction of a table say of one case.

    ``truth`` (empty where redacted) and ``chosen`` are labels, ``+`` between several, ``none`` for
    none and ``tie`` where the highest confidence is shared. ``confidences`` stand in the order of
    the scorecard's labels.
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

    A value is NaN where the metric is undefined and the task leaves such cases out; where the task
    gives these a number, it is the value, and ``undefined`` names the metric. ``label`` names the
    feature or attribute where an image has several; a case of a table has a ``diagnosis`` in place
    of counts.
    """

    image: str
    status: Literal["scored", "missing"]
    counts: Counts | None = None
    size: Size | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    undefined: tuple[str, ...] = ()
    label: str = ""
    diagnosis: Diagnosis | None = None


DRAWS = 1000
SEED = 12345
"""How often and from which seed cases are redrawn where nothing else is asked for."""


IntervalMethod = Literal["pseudo-case", "percentile"]


@dataclass(frozen=True, slots=True)
class Interval:
    """The ends of an interval, both within it, and how it was made.

    ``pseudo-case``: the Bayesian bootstrap with one more case at either end; ``percentile``: the
    middle 95 % of the values on all draws.
    """

    low: float
    high: float
    method: IntervalMethod = "percentile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrap:
    """How the cases were redrawn.

    Each draw takes ``n_units`` images, or groups of them where ``grouped``, from ``n_strata``.
    ``grouped_by`` says which column names the groups, where it is not plainly called ``group``.
    ``interval`` is the method of all intervals that can be made so.
    """

    draws: int
    seed: int
    n_units: int
    level: float = 0.95
    grouped: bool = False
    n_strata: int = 1
    grouped_by: str = ""
    interval: IntervalMethod = "percentile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Significance:
    """Which submissions of a leaderboard can be told apart, by simultaneous tests of all pairs.

    ``p_values[i][j]``: adjusted p of "submission i is better than submission j", None on the
    diagonal; at most ``alpha`` in either direction tells a pair apart. ``groups``: submissions that
    cannot be told apart, best first; one may stand in several. ``test`` names the test, of the
    groups where cases are grouped, and ``adjust`` the adjustment; ``critical`` is the z-score that
    a difference needs. ``differences`` is the score of i less that of j, ``low`` and ``high`` are
    its simultaneous interval; empty of more than 100 submissions. ``detectable``: the difference of
    neighbours that 80 of 100 such test sets would show; None of a single submission, and where
    there are too few cases to tell any two apart.
    """

    submissions: tuple[str, ...]
    p_values: tuple[tuple[float | None, ...], ...]
    groups: tuple[tuple[str, ...], ...]
    test: str = "difference of the scores, with a pseudo-case against each claim"
    adjust: str = "largest difference"
    alpha: float = 0.05
    critical: float = math.nan
    detectable: float | None = None
    differences: tuple[tuple[float, ...], ...] = ()
    low: tuple[tuple[float, ...], ...] = ()
    high: tuple[tuple[float, ...], ...] = ()


Per = Literal["submission", "approach", "team"]
Ties = Literal["share", "earlier"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One line of a leaderboard.

    ``status`` is ``ranked``; or ``invalid`` (its errors are in ``problems``) or ``undefined``
    (the ranking metric is defined in no case): both have rank None and stand last.
    ``columns`` holds what the organiser's table of teams says beyond the known columns,
    ``measured`` the columns behind the aggregates. ``submission_digest`` is that of the scorecard,
    empty of an invalid one; ``unverified`` says that the values are those of a scorecard that could
    not be checked.

    Where the cases were redrawn: ``intervals`` by aggregate; ``rank_low_sure`` to
    ``rank_high_sure`` hold the rank on all such images, for all submissions at once in 95 of 100
    boards; ``rank_low`` to ``rank_high`` hold it in 95 % of the draws; ``rank_shares`` is the share
    of draws on each rank, from the first; ``p_first`` that on rank 1, alone or tied; ``tied_with``
    names the submissions it cannot be told apart from; ``ranks`` has the rank under each ranking
    method.
    """

    rank: int | None = None
    submission: str
    team: str = ""
    approach: str = ""
    status: Literal["ranked", "invalid", "undefined"] = "ranked"
    aggregates: Mapping[str, float] = field(default_factory=dict)
    n_cases: int | None = None
    n_missing: int | None = None
    problems: tuple[Problem, ...] = ()
    submitted_at: str = ""
    signature: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    rank_low_sure: int | None = None
    rank_high_sure: int | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    p_first: float | None = None
    rank_shares: tuple[float, ...] = ()
    tied_with: tuple[str, ...] = ()
    ranks: Mapping[str, int] = field(default_factory=dict)
    submission_digest: str = ""
    unverified: bool = False
    measured: Measured | None = field(default=None, repr=False)

    @property
    def cases(self) -> tuple[Case, ...]:
        """Build the cases behind the aggregates from the columns of ``measured``."""
        return self.measured.cases if self.measured else ()

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
    ``superseded`` counts submissions for which a later or better one of the same approach or team
    stands. ``bootstrap`` says how the cases were redrawn, None where they were not, and ``note``
    then why not; ``tau`` is the mean of Kendall's tau-b between the ranking and that of each draw,
    None where every draw is one single tie. ``notes`` tell the organiser what was passed over.
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

    def __repr__(self) -> str:
        ranked = [s for s in self.standings if s.rank is not None]
        first = f", first {ranked[0].submission}" if ranked else ""
        score = f" {self.metric} {ranked[0].aggregates[self.metric]:.4f}" if ranked else ""
        n = f"{len(ranked)} of {len(self.standings)} submissions ranked"
        return f"<Leaderboard of {self.task}: {n}{first}{score}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two submissions on the cases defined for both; differences are second minus first.

    ``difference``: of the aggregate, with its 95 % interval ``low``, ``high``; NaN where it is
    undefined in most draws. ``p_value``: two-sided; at most 0.05 where the interval lies on one
    side of 0.
    ``p_signed_rank``: of Wilcoxon's signed rank test, two-sided, on the mean difference of each
    group where cases are grouped.
    ``effect_size``: Cohen's d_z, mean over standard deviation of the differences; NaN where they
    do not vary.
    ``rank_biserial``: rank sum of the positive differences minus that of the negative ones,
    over their total, in [-1, 1]; NaN where no case differs.
    ``first_wins``, ``second_wins``, ``ties``: numbers of cases, by the metric's direction.
    Each is None where there is no such thing: a table has no score of single cases.
    """

    n_cases: int
    difference: float
    low: float
    high: float
    p_value: float
    method: IntervalMethod = "pseudo-case"
    p_signed_rank: float | None = None
    effect_size: float | None = None
    rank_biserial: float | None = None
    first_wins: int | None = None
    second_wins: int | None = None
    ties: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """In how many cases of a table two submissions chose the right labels.

    ``p_value`` is two-sided, that both are right equally often; ``test`` names the test.
    ``effect_size`` is Cohen's g: the share of the second among the cases in which only one is
    right, less one half, in [-0.5, 0.5]; NaN where there is no such case (Cohen 1988, chapter 5).
    """

    both_right: int
    only_first: int
    only_second: int
    both_wrong: int
    p_value: float
    test: str
    effect_size: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One image in two submissions, NaN where undefined.

    ``first`` and ``second`` are the ranking metric of this image alone; in a table the confidence
    in the truth, or whether it is right, 1 or 0. The comparison says which.
    """

    image: str
    first: float
    second: float
    first_jaccard: float = math.nan
    second_jaccard: float = math.nan

    @property
    def difference(self) -> float:
        """Return second minus first."""
        return self.second - self.first


Verdict = Literal[
    "better", "worse", "equivalent", "identical", "undecided", "too few cases to tell"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two submissions to one task, image by image; differences are second minus first.

    ``differences`` are by metric, the failure rate too; a metric that is defined in no image
    of both is not among them. ``changes`` has every image, by id, and ``compared`` says what of
    it. ``improved`` and ``worsened`` name the images whose Jaccard rose to the threshold or above
    it, and fell below it; in a table those that the second alone has right, and the first alone,
    which ``agreement`` counts (else None).

    ``verdict`` is on the second submission, by the ranking metric: better or worse where the whole
    interval of its difference lies on that side of 0; else equivalent where it is shown to lie less
    than ``margin`` from 0; too few cases to tell where no difference could have been significant;
    identical where all cases are, so that no difference can vary.
    ``p_false_claim`` is the probability that the one that is ahead is not the better one,
    ``detectable`` the difference that 80 of 100 such test sets would show.
    """

    task: str
    profile: str
    metric: str
    first: str
    second: str
    first_aggregates: Mapping[str, float]
    second_aggregates: Mapping[str, float]
    differences: Mapping[str, Difference]
    changes: tuple[Change, ...]
    improved: tuple[str, ...]
    worsened: tuple[str, ...]
    verdict: Verdict
    p_false_claim: float
    jaccard_threshold: float
    bootstrap: Bootstrap
    truth_digest: str = ""
    first_signature: str = ""
    second_signature: str = ""
    kind: Kind = "mask"
    compared: Literal["metric", "confidence", "right"] = "metric"
    agreement: Agreement | None = None
    margin: float | None = None
    detectable: float | None = None

    @property
    def worse(self) -> bool:
        """Tell whether the second submission is significantly worse than the first."""
        return self.verdict == "worse"

    @property
    def better(self) -> bool:
        """Tell whether the second submission is significantly better than the first."""
        return self.verdict == "better"

    def __repr__(self) -> str:
        found, text = self.differences.get(self.metric), "undefined"
        if found:
            ends = f"[{found.low:.4f}, {found.high:.4f}]"
            text = f"{found.difference:+.4f} {ends}, p {found.p_value:.2g}"
        pair = f"{self.second} minus {self.first}"
        return f"<Comparison on {self.task}, {pair}: {self.metric} {text}>"

    @property
    def most_different(self) -> tuple[Change, ...]:
        """Return the images that differ, the most different first."""
        differing = (change for change in self.changes if abs(change.difference) > 0)
        return tuple(sorted(differing, key=lambda one: (-abs(one.difference), one.image)))
