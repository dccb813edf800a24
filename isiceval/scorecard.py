"""The scorecard: one submission scored on one task, and its way to and from a file's content.

JSON is the whole scorecard; CSV is one row a case, with the signature in every row, so that
the aggregates can be computed again from that file alone. Rows of other kinds than masks of
lesions are built in :mod:`isiceval.caserows`.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isiceval import caserows, summary
from isiceval.errors import UsageError
from isiceval.kinds.kind import Measured, from_cases, from_diagnoses
from isiceval.metrics.catalogue import METRICS
from isiceval.model import Bootstrap, Case, CaseStatus, Counts, Interval, Kind, Problem, Size
from isiceval.tasks.catalogue import find_task

if TYPE_CHECKING:
    import pandas as pd


FORMAT = "isiceval.scorecard"
FORMAT_VERSION = 1
COUNT_COLUMNS = ("tp", "fp", "fn", "tn", "width", "height")
CSV_COLUMNS = ("image", "status", *COUNT_COLUMNS, *METRICS, "signature")


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

    @property
    def cases(self) -> tuple[Case, ...]:
        """Build every case from the columns of ``measured``."""
        return self.measured.cases

    @property
    def score(self) -> float:
        """Return the ranking metric's aggregate; NaN when it is undefined in every case."""
        return self.aggregates[self.metric]

    @property
    def n_cases(self) -> int:
        """Return how many images were expected."""
        images = self.measured.images
        return len(images) if self.kind == "mask" else len(set(images))

    @property
    def n_missing(self) -> int:
        """Return how many expected images the submission left out."""
        return int(self.measured.missing.sum())

    @property
    def median_case(self) -> Case | None:
        """Return the image in the middle by Jaccard."""
        return summary.find_median(self.cases)

    @property
    def worst_case(self) -> Case | None:
        """Return the image with the lowest Jaccard."""
        return next(iter(self.worst(1)), None)

    def worst(self, n: int = 5) -> list[Case]:
        """Return the ``n`` images with the lowest Jaccard, worst first, ties by image id."""
        return summary.order_by_jaccard(self.cases)[:n]

    def to_frame(self) -> pd.DataFrame:
        """Return one row a case, in the columns of the CSV, as a pandas data frame."""
        import pandas as pd

        frame = pd.DataFrame(list(iter_rows(self)))
        frame = frame.reindex(columns=list(list_case_columns(self)))
        if self.kind != "mask":
            return frame
        whole = dict.fromkeys(COUNT_COLUMNS, "Int64")
        return frame.astype({**whole, **dict.fromkeys(METRICS, "float64")})

    @classmethod
    def load(cls, path: str | Path) -> Scorecard:
        """Read a scorecard back from its JSON, or from its per-image CSV.

        From the CSV every aggregate is computed again from the rows. Raises UsageError where
        the file is neither.
        """
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read {path} as a scorecard: {error}") from error
        try:
            if text.lstrip().startswith("{"):
                return from_document(json.loads(text))
            return from_csv(text, submission=path.stem)
        except (KeyError, TypeError, ValueError, AttributeError, csv.Error) as error:
            expected = "a scorecard (--json) or a per-image CSV (--csv) written by isiceval"
            raise UsageError(f"{path} is not {expected}: {error}") from error


def write_signature(**choices: object) -> str:
    """Write choices as one line, ``key:value`` joined by ``|``."""
    return "|".join(f"{key}:{value}" for key, value in choices.items())


def read_signature(line: str) -> dict[str, str]:
    """Read a signature line back into its choices."""
    parts = (part.partition(":") for part in line.split("|") if ":" in part)
    return {key: value for key, _, value in parts}


def iter_rows(scorecard: Scorecard) -> Iterator[dict[str, object]]:
    """Yield one row a case, in the order and with the names of the CSV columns.

    What is not known or not defined is None.
    """
    for case in scorecard.cases:
        yield _build_row(case, scorecard)


def list_case_columns(scorecard: Scorecard) -> tuple[str, ...]:
    """List the columns of the CSV of cases, in order."""
    if scorecard.kind == "mask":
        return CSV_COLUMNS
    return caserows.list_case_columns(scorecard.kind, scorecard.labels)


def _build_row(case: Case, scorecard: Scorecard) -> dict[str, object]:
    if scorecard.kind == "mask":
        return _row(case, scorecard.signature)
    return caserows.build_row(case, scorecard.labels, scorecard.signature)


def _row(case: Case, signature: str) -> dict[str, object]:
    counts, size = case.counts, case.size
    known = (counts.tp, counts.fp, counts.fn, counts.tn) if counts else (None,) * 4
    shape = (size.width, size.height) if size else (None, None)
    values = {name: _finite(case.values[name]) for name in METRICS}
    pixels = dict(zip(COUNT_COLUMNS, (*known, *shape), strict=True))
    head = {"image": case.image, "status": case.status}
    return {**head, **pixels, **values, "signature": signature}


def _finite(value: float) -> float | None:
    return None if math.isnan(value) else value


def from_csv(text: str, *, submission: str) -> Scorecard:
    """Build a scorecard from the text of a per-image CSV, aggregates computed again."""
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    if rows and not {"image", "status"} <= set(rows[0]) and "signature" in rows[0]:
        return _from_other_rows(rows, submission=submission)
    if not rows or not set(CSV_COLUMNS) <= set(rows[0]):
        raise ValueError(f"its columns must be {', '.join(CSV_COLUMNS)}")
    signature = _find_signature(rows)
    choices = read_signature(signature)
    cases = [_case_from_row({**row, "image": _unguard(row["image"])}) for row in rows]
    threshold = float(choices["threshold"])
    return Scorecard(
        task=choices["task"],
        profile=choices["profile"],
        metric=choices["metric"],
        submission=submission,
        jaccard_threshold=threshold,
        truth_digest=choices.get("truth", ""),
        signature=signature,
        **aggregate(cases, jaccard_threshold=threshold),
    )


def _find_signature(rows: Sequence[Mapping[str, str]]) -> str:
    signatures = {row["signature"] for row in rows}
    if len(signatures) != 1:
        raise ValueError("its rows come from several runs: they carry different signatures")
    return signatures.pop()


def _from_other_rows(rows: Sequence[Mapping[str, str]], *, submission: str) -> Scorecard:
    """Build the scorecard of a task that is no plain mask task; its task says how to count."""
    kind = caserows.find_kind(rows[0])
    signature = _find_signature(rows)
    choices = read_signature(signature)
    if kind == "superpixels":
        raise UsageError(
            "this CSV holds counts, and curves over superpixels need every confidence: load the "
            "JSON of the scorecard instead"
        )
    if "taskfile" in choices:
        raise UsageError("the task of this CSV stands in a task file: load the JSON instead")
    task = replace(
        find_task(choices["task"], profile=choices["profile"]), ranking=choices["metric"]
    )
    labels = caserows.find_labels(kind, list(rows[0]), rows)
    if sorted(labels) != sorted(task.labels):
        raise ValueError(f"it is not of task {task.id}: its labels are {', '.join(labels)}")
    plain = ({name: _unguard(cell or "") for name, cell in row.items()} for row in rows)
    cases = [caserows.read_row(row, kind, task.labels) for row in plain]
    return Scorecard(
        task=task.id,
        profile=task.profile,
        metric=task.ranking,
        submission=submission,
        measured=_store(cases, kind, task.labels),
        **caserows.aggregate(cases, task=task),
        truth_digest=choices["truth"],
        signature=signature,
        kind=kind,
        labels=task.labels,
    )


def aggregate(cases: Sequence[Case], *, jaccard_threshold: float) -> dict[str, Any]:
    """Compute the fields of a scorecard that follow from its cases alone."""
    sent = [case for case in cases if case.status != "missing"]
    partial = len(sent) < len(cases)
    own = summary.summarise(sent, jaccard_threshold=jaccard_threshold) if partial else None
    return {
        "measured": from_cases(cases),
        "aggregates": summary.summarise(cases, jaccard_threshold=jaccard_threshold),
        "as_submitted": own,
        "undefined": summary.count_undefined(cases),
    }


def _unguard(text: str) -> str:
    """Take off the quote that keeps a spreadsheet from reading an id as a formula."""
    return text[1:] if text.startswith("'") and not text[1:2].isalnum() else text


def _case_from_row(row: Mapping[str, Any]) -> Case:
    known = {name: None if row[name] in ("", None) else int(row[name]) for name in COUNT_COLUMNS}
    values = {name: _number(row[name]) for name in METRICS}
    return _build_case(row["image"], row["status"], known, values)


def _build_case(
    image: str, status: str, pixels: Mapping[str, int | None], values: Mapping[str, float]
) -> Case:
    if status not in ("scored", "missing"):
        raise ValueError(f"status '{status}' of {image} is neither scored nor missing")
    checked: CaseStatus = "missing" if status == "missing" else "scored"
    tp, fp, fn, tn, width, height = (pixels[name] for name in COUNT_COLUMNS)
    counts = None
    if tp is not None and fp is not None and fn is not None and tn is not None:
        counts = Counts(tp=tp, fp=fp, fn=fn, tn=tn)
    return Case(
        image=image,
        status=checked,
        counts=counts,
        size=Size(width, height) if width is not None and height is not None else None,
        values=values,
        undefined=_undefined(counts),
    )


def _undefined(counts: Counts | None) -> tuple[str, ...]:
    if counts is None:
        return ()
    return tuple(name for name, m in METRICS.items() if math.isnan(m.formula(counts)))


def _number(value: object) -> float:
    number = math.nan if value in ("", None) else float(str(value))
    if math.isinf(number):
        raise ValueError(f"{value} is no value of a metric")
    return number


def to_document(scorecard: Scorecard) -> dict[str, Any]:
    """Turn a scorecard into a JSON document: finite numbers and nulls only."""
    median, worst = scorecard.median_case, scorecard.worst_case
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "task": scorecard.task,
        "profile": scorecard.profile,
        "metric": scorecard.metric,
        "score": _finite(scorecard.score),
        "submission": scorecard.submission,
        "signature": scorecard.signature,
        "truth_digest": scorecard.truth_digest,
        "submission_digest": scorecard.submission_digest,
        "jaccard_threshold": scorecard.jaccard_threshold,
        "n_cases": scorecard.n_cases,
        "n_missing": scorecard.n_missing,
        "n_ignored": scorecard.n_ignored,
        "aggregates": _finite_values(scorecard.aggregates),
        "as_submitted": _finite_values(scorecard.as_submitted) if scorecard.as_submitted else None,
        "undefined": dict(scorecard.undefined),
        "intervals": intervals_to_document(scorecard.intervals),
        "bootstrap": asdict(scorecard.bootstrap) if scorecard.bootstrap else None,
        "median_image": median.image if median else None,
        "worst_image": worst.image if worst else None,
        "conversions": dict(scorecard.conversions),
        "problems": [problem_to_document(problem) for problem in scorecard.problems],
        **_describe_kind(scorecard),
        "cases": [_case_to_document(case, scorecard) for case in scorecard.cases],
    }


def _describe_kind(scorecard: Scorecard) -> dict[str, Any]:
    """Write what only tasks with labels have."""
    if scorecard.kind == "mask":
        return {}
    return {
        "kind": scorecard.kind,
        "labels": list(scorecard.labels),
        "rocs": {label: dict(roc) for label, roc in scorecard.rocs.items()},
    }


def _finite_values(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: _finite(value) for name, value in values.items()}


def intervals_to_document(intervals: Mapping[str, Interval]) -> dict[str, list[float]]:
    """Turn intervals into pairs of their ends, by aggregate."""
    return {name: [interval.low, interval.high] for name, interval in intervals.items()}


def problem_to_document(problem: Problem) -> dict[str, str]:
    """Turn a problem into its JSON object; format version 1 calls the detail ``message``."""
    return {
        "code": problem.code,
        "severity": problem.severity,
        "where": problem.where,
        "message": problem.detail,
        "fix": problem.fix,
    }


def _problem_from_document(document: Mapping[str, Any]) -> Problem:
    names = {"message": "detail"}
    return Problem(**{names.get(name, name): value for name, value in document.items()})


def _case_to_document(case: Case, scorecard: Scorecard) -> dict[str, object]:
    row = _build_row(case, scorecard)
    del row["signature"]
    return row


def from_document(document: Mapping[str, Any]) -> Scorecard:
    """Build a scorecard from its JSON document."""
    if document.get("format") != FORMAT:
        raise ValueError(f'"format" is {document.get("format")!r}, not "{FORMAT}"')
    if document.get("format_version") != FORMAT_VERSION:
        version = document.get("format_version")
        raise ValueError(f"it has format version {version}, this isiceval reads {FORMAT_VERSION}")
    partial, bootstrap = document["as_submitted"], document.get("bootstrap")
    intervals = document.get("intervals", {}).items()
    kind, labels = document.get("kind", "mask"), tuple(document.get("labels", ()))
    return Scorecard(
        task=document["task"],
        profile=document["profile"],
        metric=document["metric"],
        submission=document["submission"],
        measured=_store(_cases_from_document(document["cases"], kind, labels), kind, labels),
        aggregates=_numbers(document["aggregates"]),
        as_submitted=_numbers(partial) if partial else None,
        undefined=document["undefined"],
        jaccard_threshold=document["jaccard_threshold"],
        problems=tuple(map(_problem_from_document, document["problems"])),
        conversions=document["conversions"],
        n_ignored=document["n_ignored"],
        truth_digest=document["truth_digest"],
        submission_digest=document["submission_digest"],
        signature=document["signature"],
        intervals={name: Interval(float(low), float(high)) for name, (low, high) in intervals},
        bootstrap=Bootstrap(**bootstrap) if bootstrap else None,
        kind=kind,
        labels=labels,
        rocs=document.get("rocs", {}),
    )


def _cases_from_document(
    rows: Iterable[Mapping[str, Any]], kind: Kind, labels: Sequence[str]
) -> Iterator[Case]:
    if kind == "mask":
        return (_case_from_row(row) for row in rows)
    return (caserows.read_row(row, kind, labels) for row in rows)


def _store(cases: Iterable[Case], kind: Kind, labels: Sequence[str]) -> Measured:
    return (from_diagnoses if kind == "table" else from_cases)(cases, labels=labels)


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: _number(value) for name, value in values.items()}
