"""The scorecard: one submission scored on one task, and its way to and from a file's content.

JSON is the whole scorecard; CSV is one row a case, with the signature in every row, so that
the aggregates can be computed again from that file alone.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import numpy as np

from isiceval.errors import CannotResample, UsageError
from isiceval.kinds import kind as kinds
from isiceval.kinds.kind import Measured, MeasuredCounts, list_columns, read_number, read_rows
from isiceval.kinds.registry import find_kind, read_signature, write_signature
from isiceval.metrics.arrays import Aggregator
from isiceval.metrics.registry import METRICS
from isiceval.model import (
    Bootstrap,
    Case,
    Interval,
    IntervalMethod,
    Kind,
    Leaderboard,
    Problem,
    Severity,
    has_case_scores,
)
from isiceval.sources.container import MIB, format_bytes
from isiceval.tasks.task import Task, find_task

if TYPE_CHECKING:
    import pandas as pd

Value = TypeVar("Value")
FORMAT = "isiceval.scorecard"
FORMAT_VERSION = 1
# The JSON of the largest truth there is (2024: 401,059 rows) has some 120 MB.
MAX_BYTES = 256 * MIB
# How much of a reason is shown, which may hold what a stranger wrote.
MOST_SHOWN = 200
# What reading a file that is no scorecard may raise; anything else is a bug.
_FAULTS = (
    *(LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError),
    *(csv.Error, msgspec.ValidationError),
)
# The keys of a problem in JSON, in order, and the fields of Problem.
PROBLEM_KEYS = {
    "code": "code",
    "severity": "severity",
    "where": "where",
    "message": "detail",
    "fix": "fix",
}
CSV_COLUMNS = list_columns("mask", ())
# The median of an odd number of images, and both ends of its interval, are those of one image.
SINGLE = frozenset({"median_jaccard"})
# What keeps a spreadsheet from reading a cell as a formula.
GUARD = re.compile(r"^'(?![^\W_])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """One submission scored on one task: every case, every aggregate, how it was made.

    ``aggregates`` cover every expected image, a missing one counted as a failure;
    ``as_submitted`` covers only the images that were sent, and is None where none was missing.
    ``undefined`` counts, per metric, the cases whose formula was 0/0; of a table the labels.
    ``truth_digest`` and ``submission_digest`` are SHA-256 of the content by image id, whether it
    came as a folder or a zip and whatever the files are called. ``intervals`` are those of the
    aggregates that are defined, made as ``bootstrap`` says; none in the CSV.
    ``labels`` are the classes, features or attributes of a task that has several; ``rocs`` holds,
    for each class of a table, the points of its ROC curve (None: an infinite threshold).
    ``measured`` holds what was measured as columns, ``cases`` are views of its rows, built on each
    access; confidences of superpixels are not written, so that one read back has none.
    ``unverified``: read from a file, which may say anything; see :mod:`isiceval.verification`.
    """

    task: str
    profile: str
    metric: str
    submission: str
    measured: Measured = field(repr=False)
    aggregates: Mapping[str, float]
    as_submitted: Mapping[str, float] | None = None
    undefined: Mapping[str, int] = field(default_factory=dict)
    jaccard_threshold: float = 0.65
    problems: tuple[Problem, ...] = ()
    conversions: Mapping[str, int] = field(default_factory=dict)
    n_ignored: int = 0
    truth_digest: str = ""
    submission_digest: str = ""
    signature: str = ""
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    bootstrap: Bootstrap | None = None
    kind: Kind = "mask"
    labels: tuple[str, ...] = ()
    rocs: Mapping[str, Mapping[str, Sequence[float | None]]] = field(default_factory=dict)
    unverified: bool = field(default=False, compare=False)

    @property
    def cases(self) -> tuple[Case, ...]:
        """Build every case from the columns of ``measured``."""
        return self.measured.cases

    @property
    def score(self) -> float:
        """Return the ranking metric's aggregate; NaN when it is undefined in every case."""
        return self.aggregates[self.metric]

    def __repr__(self) -> str:
        """Name the submission, its task, the score with its interval, and how many images."""
        interval = self.intervals.get(self.metric)
        ends = f" [{interval.low:.4f}, {interval.high:.4f}]" if interval else ""
        score = f"{self.metric} {self.score:.4f}{ends}, {self.n_cases} images"
        return f"<Scorecard of {self.submission} for {self.task}: {score}>"

    @property
    def n_cases(self) -> int:
        """Return how many images were expected."""
        return len(set(self.measured.images))

    @property
    def n_missing(self) -> int:
        """Return how many expected images the submission left out."""
        return int(self.measured.missing.sum())

    @property
    def median_case(self) -> Case | None:
        """Return the image in the middle by Jaccard (the lower of the two middle ones)."""
        order = self._order_by_jaccard()
        middle = order[(len(order) - 1) // 2 :][:1]
        return next(iter(self.measured.iter_cases(middle)), None)

    @property
    def worst_case(self) -> Case | None:
        """Return the image with the lowest Jaccard."""
        return next(iter(self.worst(1)), None)

    def worst(self, n: int = 5) -> list[Case]:
        """Return the ``n`` images with the lowest Jaccard, worst first, ties by image id."""
        return list(self.measured.iter_cases(self._order_by_jaccard()[:n]))

    def _order_by_jaccard(self) -> list[int]:
        """Order the rows with a Jaccard, the worst first; none where there are labels."""
        measured = self.measured
        if not isinstance(measured, MeasuredCounts) or measured.labels:
            return []
        jaccards = measured.values["jaccard"]
        order = np.lexsort((measured.images, jaccards)).tolist()
        return [row for row in order if not math.isnan(jaccards[row])]

    def prepare(self, task: Task | None = None) -> Aggregator:
        """Prepare the aggregates to be computed on draws of the images.

        ``task`` is the one it was scored on, None finds it by its id. Raises CannotResample where
        the scorecard no longer holds what its aggregates were made of.
        """
        found = task or replace(find_task(self.task, profile=self.profile), ranking=self.metric)
        try:
            return find_kind(self.kind).prepare(found, self.measured)
        except CannotResample as error:
            raise CannotResample(f"{self.submission}: {error}") from error

    def to_frame(self) -> pd.DataFrame:
        """Return one row a case, in the columns of the CSV, as a pandas data frame."""
        import pandas as pd

        frame = pd.DataFrame(list(self.measured.iter_rows())).assign(signature=self.signature)
        frame = frame.reindex(columns=list(list_columns(self.kind, self.labels)))
        if self.labels:
            return frame
        whole = dict.fromkeys((*kinds.COUNT_COLUMNS, *kinds.SIZE_COLUMNS), "Int64")
        return frame.astype({**whole, **dict.fromkeys(METRICS, "float64")})

    @classmethod
    def load(cls, path: str | Path) -> Scorecard:
        """Read a scorecard back from its JSON, or from its per-image CSV.

        From the CSV every aggregate is computed again from the rows; those of the JSON are as the
        file says. Raises UsageError where the file is neither, is no ordinary file, or is larger
        than ``MAX_BYTES``.
        """
        path = Path(path)
        try:
            text = _read_text(path)
        except ValueError as error:
            raise UsageError(f"cannot read {path} as a scorecard: {error}") from error
        try:
            if text.lstrip().startswith("{"):
                return from_document(json.loads(text))
            return from_csv(text, submission=path.stem)
        except _FAULTS as error:
            expected = "a scorecard (--json) or a per-image CSV (--csv) written by isiceval"
            why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
            raise UsageError(f"{path} is not {expected}: {why[:MOST_SHOWN]}") from error


def _read_text(path: Path) -> str:
    """Read an ordinary file of text that is not too large; ValueError for any other."""
    try:
        found = path.stat()
        # Opening a named pipe would wait for its writer, and a device has no end.
        if not stat.S_ISREG(found.st_mode):
            raise ValueError("it is not an ordinary file")
        if found.st_size > MAX_BYTES:
            limit = format_bytes(MAX_BYTES)
            raise ValueError(f"it has {format_bytes(found.st_size)}; at most {limit} are read")
        with path.open("rb") as file:
            return file.read(MAX_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise ValueError(error.strerror) from error


def compute_scorecard(
    task: Task, measured: Measured, *, rocs: bool = False, **others: Any
) -> Scorecard:
    """Compute what follows from the columns, curves if asked for; ``others`` are other fields."""
    aggregator = find_kind(task.kind).prepare(task, measured)
    as_submitted = None
    if measured.missing.any():
        missing = set(compress(measured.images, measured.missing))
        sent = np.array([[image not in missing for image in aggregator.units]], dtype=np.int64)
        values = aggregator.evaluate(sent)[0].tolist()
        as_submitted = dict(zip(aggregator.names, values, strict=True))
    return Scorecard(
        task=task.id,
        profile=task.profile,
        metric=task.ranking,
        measured=measured,
        aggregates=aggregator.measure(),
        as_submitted=as_submitted,
        undefined=aggregator.undefined,
        jaccard_threshold=task.jaccard_threshold,
        kind=task.kind,
        labels=task.labels,
        rocs=aggregator.compute_rocs() if rocs else {},
        **others,
    )


def from_csv(text: str, *, submission: str) -> Scorecard:
    """Build a scorecard from the text of a per-image CSV, aggregates computed again."""
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    columns = set(rows[0]) if rows else set()
    # A file older than a metric has no column of it.
    found = (k for k in kinds.ROW_COLUMNS if {*list_columns(k, ())} - METRICS.keys() <= columns)
    kind = next(found, None)
    if kind is None:
        other = "signature" in columns and not {"image", "status"} <= columns
        must = f"must be {', '.join(CSV_COLUMNS)}"
        raise ValueError(f"its columns {'are not those of a CSV of cases' if other else must}")
    signatures = {row["signature"] for row in rows}
    if len(signatures) != 1:
        raise ValueError("its rows come from several runs: they carry different signatures")
    signature = signatures.pop()
    choices = read_signature(signature)
    task = _find_task(rows, kind, choices)
    plain = [{name: GUARD.sub("", cell or "") for name, cell in row.items()} for row in rows]
    return compute_scorecard(
        task,
        read_rows(plain, kind, task.labels),
        submission=submission,
        truth_digest=choices.get("truth", ""),
        signature=signature,
        unverified=True,
    )


def _find_task(rows: Sequence[Mapping[str, str]], kind: Kind, choices: Mapping[str, str]) -> Task:
    """Find the task of a CSV of cases; of plain masks the signature says all that is needed."""
    if has_case_scores(kind):
        return Task(
            jaccard_threshold=float(choices["threshold"]),
            id=choices["task"],
            title=choices["task"],
            profile=choices["profile"],
            ranking=choices["metric"],
        )
    if "taskfile" in choices:
        raise UsageError("the task of this CSV is defined in a task file: load the JSON instead")
    task = find_task(choices["task"], profile=choices["profile"])
    if task.reader == "superpixels":
        raise UsageError(
            "this CSV holds counts, and curves over superpixels need every confidence: load the "
            "JSON of the scorecard instead"
        )
    fixed = list_columns(kind, ())
    labels = [name for name in rows[0] if name not in fixed]
    if task.table is None:
        labels = list(dict.fromkeys(row["label"] for row in rows))
    if sorted(labels) != sorted(task.labels):
        raise ValueError(f"it is not of task {task.id}: its labels are {', '.join(labels)}")
    return replace(task, ranking=choices["metric"])


def to_document(scorecard: Scorecard) -> dict[str, Any]:
    """Turn a scorecard into a JSON document: finite numbers and nulls only."""
    aggregates, bootstrap = _finite_values(scorecard.aggregates), scorecard.bootstrap
    labelled = {
        "kind": scorecard.kind,
        "labels": list(scorecard.labels),
        "rocs": {label: dict(roc) for label, roc in scorecard.rocs.items()},
    }

    def copy(*names: str) -> dict[str, Any]:
        return {name: getattr(scorecard, name) for name in names}

    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        **copy("task", "profile", "metric"),
        "score": aggregates[scorecard.metric],
        **copy("submission", "signature", "truth_digest", "submission_digest"),
        **copy("jaccard_threshold", "n_cases", "n_missing", "n_ignored"),
        "aggregates": aggregates,
        "as_submitted": _finite_values(scorecard.as_submitted) if scorecard.as_submitted else None,
        "undefined": dict(scorecard.undefined),
        **intervals_to_document(scorecard.intervals),
        "bootstrap": asdict(bootstrap) if bootstrap else None,
        "median_image": getattr(scorecard.median_case, "image", None),
        "worst_image": getattr(scorecard.worst_case, "image", None),
        "conversions": dict(scorecard.conversions),
        "problems": [problem_to_document(problem) for problem in scorecard.problems],
        **(labelled if scorecard.labels else {}),
        "cases": list(scorecard.measured.iter_rows()),
    }


def _finite_values(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: None if math.isnan(value) else value for name, value in values.items()}


def intervals_to_document(intervals: Mapping[str, Interval]) -> dict[str, dict[str, Any]]:
    """Turn intervals into pairs of their ends, by aggregate, and the method of each."""
    return {
        "intervals": {name: [found.low, found.high] for name, found in intervals.items()},
        "interval_methods": {name: found.method for name, found in intervals.items()},
    }


def problem_to_document(problem: Problem) -> dict[str, str]:
    """Turn a problem into its JSON object."""
    return {key: getattr(problem, name) for key, name in PROBLEM_KEYS.items()}


class _ProblemObject(msgspec.Struct, kw_only=True):
    """A problem as it stands in JSON."""

    code: str
    severity: Severity
    where: str
    message: str
    fix: str


class _Document(msgspec.Struct, kw_only=True):
    """The document of a scorecard: what is read of it, of which type; other keys are ignored."""

    as_submitted: dict[str, float | None] | None
    aggregates: dict[str, float | None]
    task: str
    profile: str
    metric: str
    submission: str
    signature: str
    truth_digest: str
    submission_digest: str
    jaccard_threshold: float
    n_ignored: int
    undefined: dict[str, int]
    conversions: dict[str, int]
    problems: list[_ProblemObject]
    cases: list[dict[str, str | int | float | bool | None]]
    intervals: dict[str, tuple[float, float]] = {}
    interval_methods: dict[str, IntervalMethod] = {}
    bootstrap: Bootstrap | None = None
    kind: Kind = "mask"
    labels: tuple[str, ...] = ()
    rocs: dict[str, dict[str, list[float | None]]] = {}


def from_document(document: Mapping[str, Any]) -> Scorecard:
    """Build a scorecard from its JSON document; ValueError or the like for what is none."""
    if document.get("format") != FORMAT:
        raise ValueError(f'"format" is {document.get("format")!r}, not "{FORMAT}"')
    if document.get("format_version") != FORMAT_VERSION:
        version = document.get("format_version")
        raise ValueError(f"it has format version {version}, this isiceval reads {FORMAT_VERSION}")
    read = msgspec.convert(document, _Document)
    copied = (
        *("task", "profile", "metric", "submission", "signature", "truth_digest", "kind", "labels"),
        *("submission_digest", "jaccard_threshold", "n_ignored", "undefined", "conversions"),
        *("rocs", "bootstrap"),
    )
    return Scorecard(
        **{name: getattr(read, name) for name in copied},
        measured=read_rows(read.cases, read.kind, read.labels),
        aggregates=_read_numbers(read.aggregates),
        as_submitted=_read_numbers(read.as_submitted) if read.as_submitted else None,
        problems=tuple(
            Problem(**{name: getattr(found, key) for key, name in PROBLEM_KEYS.items()})
            for found in read.problems
        ),
        intervals={
            name: Interval(low, high, read.interval_methods.get(name, "percentile"))
            for name, (low, high) in read.intervals.items()
        },
        unverified=True,
    )


def _read_numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: read_number(value) for name, value in values.items()}


def redact_scorecard(scorecard: Scorecard, *, cases: bool = False) -> Scorecard:
    """Keep what an organiser may pass on to a team; leave out all that tells of the truth.

    Left out are pixel counts, how many cases were undefined (that is, how many truth masks are
    empty), the digest of the truth, also in the signature, and unless ``cases`` the values of
    single images, also where an aggregate is one. Of a table, whose confidences the team knows,
    also the truth and weight of each case, whether it is correct, and the curves, from which both
    could be read.
    """
    if not cases:
        partial, metric = scorecard.as_submitted, scorecard.metric
        scorecard = replace(
            scorecard,
            aggregates=_leave_out(scorecard.aggregates, metric),
            as_submitted=_leave_out(partial, metric) if partial else None,
            intervals=_leave_out(scorecard.intervals, metric),
        )
    return replace(
        scorecard,
        measured=scorecard.measured.redact(values=cases),
        undefined={},
        rocs={},
        truth_digest="",
        signature=_redact_signature(scorecard.signature),
    )


def redact_leaderboard(board: Leaderboard) -> Leaderboard:
    """Keep the standings; leave out notes, the digest of the truth and what is wrong with files."""
    standings = tuple(
        replace(
            one,
            # Beside its code a problem names files: those are for their team alone.
            problems=tuple(replace(found, where="", detail="", fix="") for found in one.problems),
            signature=_redact_signature(one.signature),
            aggregates=_leave_out(one.aggregates, board.metric),
            intervals=_leave_out(one.intervals, board.metric),
            measured=None,
        )
        for one in board.standings
    )
    return replace(board, truth_digest="", standings=standings, notes=())


def _leave_out(values: Mapping[str, Value], metric: str) -> dict[str, Value]:
    """Leave out the aggregates that are values of single images, but for the one ranked on."""
    return {name: value for name, value in values.items() if name not in SINGLE - {metric}}


def _redact_signature(signature: str) -> str:
    choices = read_signature(signature).items()
    return write_signature(**{name: value for name, value in choices if name != "truth"})
