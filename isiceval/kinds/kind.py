"""What every kind of task measures, as columns, and what a kind can do.

``Measured`` is the storage: NumPy columns, one row a case. ``Case`` objects are views of single
rows, built when somebody asks for them (``measured.cases``, ``scorecard.cases``).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self, TypeAlias

import numpy as np

from isiceval.metrics.arrays import Aggregator, BoolArray, FloatArray, IntArray
from isiceval.metrics.counts import FORMULAS, CountArrays
from isiceval.metrics.registry import METRICS, POOLED_MASKS
from isiceval.model import Case, Counts, Diagnosis, Size, Validation
from isiceval.model import Kind as KindName
from isiceval.options import ExpectedFrom, Options, Source
from isiceval.sources.expected import Expected
from isiceval.sources.opening import open_source
from isiceval.sources.sidecars import read_manifest
from isiceval.tasks.task import Task

UNKNOWN = -1
"""In a column of counts: the counts of this row are not known."""

PATIENT = "patient_id"
"""The column of a truth that names the patient of each row."""

COUNT_COLUMNS, SIZE_COLUMNS = ("tp", "fp", "fn", "tn"), ("width", "height")
TABLE_TAIL = ("chosen", "correct", "weight", "validation_weight", "patient")
_LABEL_HEAD = ("image", "label", *COUNT_COLUMNS, *SIZE_COLUMNS)
ROW_COLUMNS: Mapping[KindName, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "mask": (("image", "status", *COUNT_COLUMNS, *SIZE_COLUMNS), tuple(METRICS)),
    "masks": (_LABEL_HEAD, POOLED_MASKS),
    "superpixels": (_LABEL_HEAD, ("accuracy", "sensitivity", "specificity")),
    "table": (("image", "truth"), ()),
}
"""The first columns of a CSV of cases, and the metrics that each row of counts has a value of."""


class Words(NamedTuple):
    """A column of texts that repeat: row i holds ``names[codes[i]]``; ``codes`` is (rows,)."""

    codes: IntArray
    names: tuple[str, ...]

    @classmethod
    def encode(cls, texts: Iterable[str]) -> Words:
        """Store each different text once."""
        known: dict[str, int] = {}
        codes = [known.setdefault(text, len(known)) for text in texts]
        return cls(np.array(codes, dtype=np.int64), tuple(known))

    def decode(self) -> list[str]:
        """Return the text of each row."""
        return [self.names[code] for code in self.codes.tolist()]


class _Rows(ABC):
    """What both ways of storing a submission share: one row a case, in columns."""

    __slots__ = ()
    images: tuple[str, ...]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.images)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Rows) or other.labels != self.labels:
            return False
        return self.cases == other.cases

    __hash__ = None  # type: ignore[assignment]  # arrays have no hash

    @abstractmethod
    def iter_cases(self, rows: Iterable[int]) -> Iterator[Case]:
        """Build the cases of some rows, in their order."""

    @property
    def cases(self) -> tuple[Case, ...]:
        """Build a ``Case`` of each row."""
        return tuple(self.iter_cases(range(len(self))))

    def take(self, rows: Sequence[int] | IntArray) -> Self:
        """Return some rows; of superpixels the confidences stay those of all images."""
        at = np.asarray(rows, dtype=np.int64)
        names = (one.name for one in fields(self))  # type: ignore[arg-type]  # both are dataclasses
        kept = ("labels", "superpixels")
        taken = {name: _take(getattr(self, name), at) for name in names if name not in kept}
        return replace(self, **taken)  # type: ignore[type-var]  # both are dataclasses

    def iter_rows(self) -> Iterator[dict[str, object]]:
        """Yield the rows of a CSV or JSON of cases; what is not known or not defined is None."""
        for case in self.iter_cases(range(len(self))):
            if (found := case.diagnosis) is None:
                yield {
                    "image": case.image,
                    **({"label": case.label} if self.labels else {"status": case.status}),
                    **{name: getattr(case.counts, name, None) for name in COUNT_COLUMNS},
                    **{name: getattr(case.size, name, None) for name in SIZE_COLUMNS},
                    **{n: None if math.isnan(value) else value for n, value in case.values.items()},
                }
                continue
            yield {
                "image": case.image,
                "truth": found.truth or None,
                **dict(zip(self.labels, found.confidences, strict=True)),
                "chosen": found.chosen,
                "correct": int(found.correct) if found.truth else None,
                "weight": found.weight if found.truth else None,
                "validation_weight": found.validation_weight,
                "patient": found.patient or None,
            }


def _take(column: Any, at: IntArray) -> Any:
    """Take some rows of a column, of each column of a mapping, or of none."""
    if isinstance(column, Mapping):
        return {name: own[at] for name, own in column.items()}
    if isinstance(column, Words):
        return Words(column.codes[at], column.names)
    if isinstance(column, tuple):
        return tuple(column[row] for row in at.tolist())
    return None if column is None else column[at]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """Truth and confidences of all rows of a table, or all superpixels: arrays (rows, labels).

    ``images`` names what is drawn; ``units``, of shape (rows,), is the place of each row among
    them. ``weights`` and ``validation`` have shape (rows,), ``patients`` one name a row; validation
    and patients are None where the truth does not give them.
    """

    truth: BoolArray | FloatArray
    confidences: FloatArray
    images: tuple[str, ...]
    units: IntArray
    weights: FloatArray
    validation: FloatArray | None = None
    patients: tuple[str, ...] | None = None

    def take(self, kept: BoolArray) -> Scores:
        """Return the rows where ``kept``, (rows,), is true."""
        at = np.flatnonzero(kept)
        names = ("truth", "confidences", "units", "weights", "validation", "patients")
        return replace(self, **{name: _take(getattr(self, name), at) for name in names})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeasuredCounts(_Rows):
    """The counts of a submission of masks or superpixels; one row a case.

    ``labels``: those of the task, empty where an image has one mask; ``label`` (rows,) int64: the
    place of the row's label among them.
    ``counts`` (rows, 4) int64: TP, FP, FN, TN, all -1 where not known.
    ``sizes`` (rows, 2) int64: width and height, 0 where not known.
    ``missing`` (rows,) bool: the image was not sent.
    ``values``: by metric (rows,) float64, what the row counts in a mean over cases; NaN where
    the metric is undefined and such cases are left out.
    ``superpixels``: the confidences behind the counts, which are not written to a file.
    """

    images: tuple[str, ...]
    labels: tuple[str, ...] = ()
    label: IntArray
    counts: IntArray
    sizes: IntArray
    missing: BoolArray
    values: Mapping[str, FloatArray]
    superpixels: Scores | None = field(default=None, repr=False)

    @property
    def undefined(self) -> dict[str, BoolArray]:
        """Find, by metric, where its formula was 0/0, (rows,); empty where there are labels."""
        known, columns = self.counts[:, 0] != UNKNOWN, CountArrays(*self.counts.T)
        names = () if self.labels else [name for name in FORMULAS if name in self.values]
        return {name: known & np.isnan(FORMULAS[name](columns)) for name in names}

    def iter_cases(self, rows: Iterable[int]) -> Iterator[Case]:
        """Build the cases of some rows, in their order."""
        undefined = self.undefined
        # One and the same NaN, so that equal rows compare as equal.
        columns = {
            name: [math.nan if math.isnan(value) else value for value in column.tolist()]
            for name, column in self.values.items()
        }
        for row in rows:
            tp, fp, fn, tn = self.counts[row].tolist()
            width, height = self.sizes[row].tolist()
            yield Case(
                image=self.images[row],
                label=self.labels[self.label[row]] if self.labels else "",
                status="missing" if self.missing[row] else "scored",
                counts=Counts(tp=tp, fp=fp, fn=fn, tn=tn) if tp != UNKNOWN else None,
                size=Size(width, height) if width else None,
                values={name: column[row] for name, column in columns.items()},
                undefined=tuple(name for name, column in undefined.items() if column[row]),
            )

    def redact(self, *, values: bool) -> MeasuredCounts:
        """Leave out what tells of the truth; the values of the metrics stay where asked for."""
        kept = self.values if values else {n: np.full(len(self), np.nan) for n in self.values}
        unknown = np.full_like(self.counts, UNKNOWN)
        return replace(self, counts=unknown, values=kept, superpixels=None)

    @classmethod
    def from_rows(
        cls, rows: Sequence[Mapping[str, Any]], *, labels: Sequence[str], metrics: Sequence[str]
    ) -> MeasuredCounts:
        """Read the rows of a CSV or JSON of cases; ValueError or KeyError for what is none.

        Of a metric that is newer than the file no row has a value.
        """
        statuses = ["scored" if labels else row["status"] for row in rows]
        for row, status in zip(rows, statuses, strict=True):
            if status not in ("scored", "missing"):
                raise ValueError(
                    f"status '{status}' of {row['image']} is neither scored nor missing"
                )
        return cls(
            images=tuple(row["image"] for row in rows),
            labels=tuple(labels),
            label=np.array([labels.index(row["label"]) if labels else 0 for row in rows], np.int64),
            counts=_read_whole(rows, COUNT_COLUMNS, unknown=UNKNOWN),
            sizes=_read_whole(rows, SIZE_COLUMNS, unknown=0),
            missing=np.array([status == "missing" for status in statuses], dtype=np.bool_),
            values={
                name: np.array([read_number(row.get(name)) for row in rows]) for name in metrics
            },
        )


def read_listed(task: Task, expected: ExpectedFrom) -> Expected:
    """Read ids and sizes from a manifest, or else from dermoscopic images."""
    if expected.manifest is not None:
        return read_manifest(Path(expected.manifest), task=task)
    from isiceval.readers.mask import read_expected  # not loaded to score a table

    return read_expected(open_source(expected.images or ""), task=task, role="images")


@lru_cache(maxsize=2)
def number_images(images: tuple[str, ...]) -> tuple[tuple[str, ...], IntArray]:
    """Return the images, sorted, and the place of each row among them, (rows,).

    Kept, since the tables of a board that are in the order of the truth share one tuple.
    """
    ordered = tuple(sorted(set(images)))
    places = {image: place for place, image in enumerate(ordered)}
    rows = np.array([places[image] for image in images], dtype=np.int64)
    rows.flags.writeable = False
    return ordered, rows


def _read_whole(rows: Iterable[Any], names: Sequence[str], *, unknown: int) -> IntArray:
    """Read whole numbers, (rows, names); where one of a row is empty none of it is known."""
    found = ([row[name] for name in names] for row in rows)
    empty = [unknown] * len(names)
    whole = [empty if "" in own or None in own else [*map(_read_count, own)] for own in found]
    return np.array(whole, dtype=np.int64).reshape(-1, len(names))


def _read_count(cell: str | float) -> int:
    number = int(cell)
    if number < 0 or (isinstance(cell, float) and cell != number):
        raise ValueError(f"{cell} is no number of pixels")
    return number


def read_number(value: object) -> float:
    """Read the value of a metric; NaN where it is empty, ValueError where it is infinite."""
    number = math.nan if value in ("", None) else float(str(value))
    if math.isinf(number):
        raise ValueError(f"{value} is no value of a metric")
    return number


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeasuredConfidences(_Rows):
    """The confidences of a submission of a table; one row a case.

    ``confidences`` (rows, labels) float64, in the order of ``labels``.
    ``truth`` and ``chosen``: labels, ``+`` between several, ``none`` for none, ``tie`` where
    the highest confidence is shared; an empty truth was left out to pass the rest on.
    ``correct`` (rows,) bool. ``weights`` (rows,) float64: what a row counts in the score.
    ``validation`` (rows,) float64: what it counts in the validation score, NaN where not given.
    ``patients``: the patient of each row, empty where not given.
    """

    images: tuple[str, ...]
    labels: tuple[str, ...]
    confidences: FloatArray
    truth: Words
    chosen: Words
    correct: BoolArray
    weights: FloatArray
    validation: FloatArray | None = None
    patients: Words | None = None

    @property
    def missing(self) -> BoolArray:
        """Return which rows were not sent: none."""
        return np.zeros(len(self), dtype=np.bool_)

    def iter_cases(self, rows: Iterable[int]) -> Iterator[Case]:
        """Build the cases of some rows, in their order."""
        patients = self.patients
        for row in rows:
            validation = math.nan if self.validation is None else float(self.validation[row])
            diagnosis = Diagnosis(
                truth=self.truth.names[self.truth.codes[row]],
                chosen=self.chosen.names[self.chosen.codes[row]],
                correct=bool(self.correct[row]),
                confidences=tuple(self.confidences[row].tolist()),
                weight=float(self.weights[row]),
                validation_weight=None if math.isnan(validation) else validation,
                patient=patients.names[patients.codes[row]] if patients else "",
            )
            yield Case(image=self.images[row], status="scored", diagnosis=diagnosis)

    def redact(self, *, values: bool) -> MeasuredConfidences:  # noqa: ARG002 - a table has none
        """Leave out the truth, what rows weigh, and whether they are right."""
        n = len(self)
        return replace(
            self,
            truth=Words(np.zeros(n, dtype=np.int64), ("",)),
            correct=np.zeros(n, dtype=np.bool_),
            weights=np.ones(n),
            validation=None,
            patients=None,
        )

    @classmethod
    def from_rows(
        cls, rows: Sequence[Mapping[str, Any]], *, labels: Sequence[str]
    ) -> MeasuredConfidences:
        """Read the rows of a CSV or JSON of cases; ValueError or KeyError for what is none."""
        empty = ("", None)
        weights = [1.0 if row["weight"] in empty else float(row["weight"]) for row in rows]
        validation = np.array([read_number(row["validation_weight"]) for row in rows])
        patients = [row["patient"] or "" for row in rows]
        given = [[float(row[label]) for label in labels] for row in rows]
        return cls(
            images=tuple(row["image"] for row in rows),
            labels=tuple(labels),
            confidences=np.array(given, dtype=np.float64).reshape(len(rows), len(labels)),
            truth=Words.encode(row["truth"] or "" for row in rows),
            chosen=Words.encode(row["chosen"] for row in rows),
            correct=np.array([bool(int(row["correct"] or 0)) for row in rows], dtype=np.bool_),
            weights=np.array(weights, dtype=np.float64),
            validation=None if np.isnan(validation).all() else validation,
            patients=Words.encode(patients) if any(patients) else None,
        )


Measured: TypeAlias = MeasuredCounts | MeasuredConfidences


def list_columns(kind: KindName, labels: Sequence[str]) -> tuple[str, ...]:
    """List the columns of a CSV of cases of a kind, in order."""
    head, metrics = ROW_COLUMNS[kind]
    return (*head, *(metrics or (*labels, *TABLE_TAIL)), "signature")


def read_rows(rows: Sequence[Mapping[str, Any]], kind: KindName, labels: Sequence[str]) -> Measured:
    """Read rows of cases back; KeyError, TypeError or ValueError for what is none."""
    for row in rows:
        if not isinstance(row["image"], str) or not row["image"]:
            raise ValueError("a case does not name its image")
        if not all(isinstance(row.get(name) or "", str) for name in ("truth", "chosen", "patient")):
            raise ValueError(f"the case of {row['image']} has a number in place of a text")
    _, metrics = ROW_COLUMNS[kind]
    if metrics:
        return MeasuredCounts.from_rows(rows, labels=labels, metrics=metrics)
    return MeasuredConfidences.from_rows(rows, labels=labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one submission; ``measured`` is None where it may not be scored.

    ``choices`` are those that move a number, for the signature. ``compute_digest`` digests the
    submission, which takes about as long as scoring a table: done only where it is shown.
    """

    validation: Validation
    measured: Measured | None
    choices: Mapping[str, object]
    truth_digest: str
    compute_digest: Callable[[], str]


class Kind(Protocol):
    """What there is to do for a kind of task; a module with these functions is one.

    ``measure`` reads and checks submissions against one truth, and measures those that are valid.
    ``prepare`` prepares every aggregate to be computed on any draw of the units; CannotResample
    where a scorecard that was read back lacks what they are made of. ``recompute`` computes again
    what follows from the counts or confidences of columns that were read back; CannotResample
    where they lack these, ValueError where they contradict themselves. ``describe_choices``
    describes the choices that move a number, for the signature. ``list_images`` lists the ids of a
    truth, sorted. ``write_manifest`` writes ids (and sizes, where there are any) as CSV.
    """

    validate: Callable[[Task, Source, ExpectedFrom, Options], Validation]
    measure: Callable[[Task, Source, Sequence[Source], Options], Iterator[Outcome]]
    prepare: Callable[[Task, Measured], Aggregator]
    recompute: Callable[[Task, Measured], Measured]
    describe_choices: Callable[[Task, Options], dict[str, object]]
    list_images: Callable[[Task, Source], list[str]]
    write_manifest: Callable[[Task, ExpectedFrom], str]
