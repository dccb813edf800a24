"""What every kind of task measures, as columns, and what a kind can do.

``Measured`` is the storage: NumPy columns, one row a case. ``Case`` objects are views of single
rows, built when somebody asks for them (``measured.cases``, ``scorecard.cases``).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from isiceval.metrics.arrays import BoolArray, FloatArray, IntArray
from isiceval.model import Case, Counts, Diagnosis, Size

__all__ = ["Measured", "MeasuredConfidences", "MeasuredCounts", "SuperpixelConfidences", "Words"]

UNKNOWN = -1


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """A column of texts that repeat: row i holds ``names[codes[i]]``; ``codes`` is (rows,)."""

    codes: IntArray
    names: tuple[str, ...]

    @classmethod
    def encode(cls, texts: Iterable[str]) -> Words:
        """Store each different text once."""
        known: dict[str, int] = {}
        codes = [known.setdefault(text, len(known)) for text in texts]
        return cls(np.array(codes, dtype=np.int32), tuple(known))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Words) and self.decode() == other.decode()

    __hash__ = None  # type: ignore[assignment]

    def decode(self) -> list[str]:
        """Return the text of each row."""
        return [self.names[code] for code in self.codes.tolist()]

    def take(self, rows: IntArray) -> Words:
        """Return the column of some rows."""
        return Words(self.codes[rows], self.names)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SuperpixelConfidences:
    """Truth and confidences of all superpixels, arrays of shape (superpixels, labels).

    ``owners`` has shape (superpixels,): the place in ``images`` of the image of each.
    """

    images: tuple[str, ...]
    owners: IntArray
    truth: BoolArray
    confidences: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeasuredCounts:
    """The counts of a submission of masks or superpixels; one row a case.

    ``images``: the image of each row. ``labels``: the labels of the task, empty where an image
    has one mask; ``label`` (rows,) int64: the place of the row's label among them.
    ``counts`` (rows, 4) int64: TP, FP, FN, TN, all -1 where not known.
    ``sizes`` (rows, 2) int64: width and height, 0 where not known.
    ``missing`` (rows,) bool: the image was not sent.
    ``values``: by metric (rows,) float64, what the row counts in a mean over cases; NaN where
    the metric is undefined and such cases are left out.
    ``undefined``: by metric (rows,) bool, where the formula was 0/0; empty where there are labels.
    ``superpixels``: the confidences behind the counts, which are not written to a file.
    """

    images: tuple[str, ...]
    labels: tuple[str, ...] = ()
    label: IntArray
    counts: IntArray
    sizes: IntArray
    missing: BoolArray
    values: Mapping[str, FloatArray]
    undefined: Mapping[str, BoolArray] = field(default_factory=dict)
    superpixels: SuperpixelConfidences | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.images)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MeasuredCounts) and _are_equal(self, other)

    __hash__ = None  # type: ignore[assignment]

    @property
    def known(self) -> BoolArray:
        """Return which rows have counts, shape (rows,)."""
        known: BoolArray = self.counts[:, 0] != UNKNOWN
        return known

    @property
    def cases(self) -> tuple[Case, ...]:
        """Build a ``Case`` of each row."""
        return tuple(self.iter_cases(range(len(self))))

    def iter_cases(self, rows: Iterable[int]) -> Iterator[Case]:
        """Build the cases of some rows, in their order."""
        columns = {name: clean_nan(column.tolist()) for name, column in self.values.items()}
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
                undefined=tuple(name for name, column in self.undefined.items() if column[row]),
            )

    def take(self, rows: Sequence[int] | IntArray) -> MeasuredCounts:
        """Return some rows; of superpixels those of the images that are left."""
        at = np.asarray(rows, dtype=np.int64)
        return replace(
            self,
            images=tuple(self.images[row] for row in at.tolist()),
            label=self.label[at],
            counts=self.counts[at],
            sizes=self.sizes[at],
            missing=self.missing[at],
            values={name: column[at] for name, column in self.values.items()},
            undefined={name: column[at] for name, column in self.undefined.items()},
        )

    def redact(self, *, values: bool) -> MeasuredCounts:
        """Leave out what tells of the truth; the values of the metrics stay where asked for."""
        kept = self.values if values else {n: np.full(len(self), np.nan) for n in self.values}
        unknown = np.full_like(self.counts, UNKNOWN)
        return replace(self, counts=unknown, values=kept, undefined={}, superpixels=None)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeasuredConfidences:
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

    def __len__(self) -> int:
        return len(self.images)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MeasuredConfidences) and _are_equal(self, other)

    __hash__ = None  # type: ignore[assignment]

    @property
    def missing(self) -> BoolArray:
        """Return which rows were not sent: none."""
        return np.zeros(len(self), dtype=np.bool_)

    @property
    def cases(self) -> tuple[Case, ...]:
        """Build a ``Case`` of each row."""
        return tuple(self.iter_cases(range(len(self))))

    def iter_cases(self, rows: Iterable[int]) -> Iterator[Case]:
        """Build the cases of some rows, in their order."""
        truth, chosen, patients = self.truth, self.chosen, self.patients
        for row in rows:
            validation = math.nan if self.validation is None else float(self.validation[row])
            diagnosis = Diagnosis(
                truth=truth.names[truth.codes[row]],
                chosen=chosen.names[chosen.codes[row]],
                correct=bool(self.correct[row]),
                confidences=tuple(self.confidences[row].tolist()),
                weight=float(self.weights[row]),
                validation_weight=None if math.isnan(validation) else validation,
                patient=patients.names[patients.codes[row]] if patients else "",
            )
            yield Case(image=self.images[row], status="scored", diagnosis=diagnosis)

    def take(self, rows: Sequence[int] | IntArray) -> MeasuredConfidences:
        """Return some rows."""
        at = np.asarray(rows, dtype=np.int64)
        return replace(
            self,
            images=tuple(self.images[row] for row in at.tolist()),
            confidences=self.confidences[at],
            truth=self.truth.take(at),
            chosen=self.chosen.take(at),
            correct=self.correct[at],
            weights=self.weights[at],
            validation=None if self.validation is None else self.validation[at],
            patients=None if self.patients is None else self.patients.take(at),
        )

    def redact(self, *, values: bool) -> MeasuredConfidences:  # noqa: ARG002 - a table has none
        """Leave out the truth, what rows weigh, and whether they are right."""
        n = len(self)
        return replace(
            self,
            truth=Words(np.zeros(n, dtype=np.int32), ("",)),
            correct=np.zeros(n, dtype=np.bool_),
            weights=np.ones(n),
            validation=None,
            patients=None,
        )


Measured: TypeAlias = MeasuredCounts | MeasuredConfidences


def clean_nan(values: Sequence[float]) -> list[float]:
    """Return the values with one and the same NaN, so that equal rows compare as equal."""
    return [math.nan if value != value else value for value in values]  # noqa: PLR0124


def _are_equal(one: Any, other: Any) -> bool:
    return all(
        _is_equal(getattr(one, f.name), getattr(other, f.name))
        for f in fields(one)
        if f.name != "superpixels"
    )


def _is_equal(one: Any, other: Any) -> bool:
    if isinstance(one, Mapping):
        return list(one) == list(other) and all(_is_equal(one[key], other[key]) for key in one)
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    return bool(one == other)


def build_counts(
    images: Sequence[str],
    *,
    labels: Sequence[str] = (),
    label: Sequence[int] | NDArray[Any] | None = None,
    counts: Sequence[Sequence[int]] | NDArray[Any],
    sizes: Sequence[Size | None],
    missing: Sequence[bool] | NDArray[Any] | None = None,
    values: Mapping[str, FloatArray],
    undefined: Mapping[str, BoolArray] | None = None,
    superpixels: SuperpixelConfidences | None = None,
) -> MeasuredCounts:
    """Build the columns of counts from sequences, each one entry a row."""
    n = len(images)
    shapes = [(size.width, size.height) if size else (0, 0) for size in sizes]
    return MeasuredCounts(
        images=tuple(images),
        labels=tuple(labels),
        label=np.zeros(n, dtype=np.int64) if label is None else np.asarray(label, dtype=np.int64),
        counts=np.asarray(counts, dtype=np.int64).reshape(n, 4),
        sizes=np.array(shapes, dtype=np.int64).reshape(n, 2),
        missing=np.zeros(n, dtype=np.bool_) if missing is None else np.asarray(missing, np.bool_),
        values=values,
        undefined=undefined or {},
        superpixels=superpixels,
    )


def from_cases(cases: Iterable[Case], *, labels: Sequence[str] = ()) -> MeasuredCounts:
    """Store cases of counts as columns."""
    rows = list(cases)
    names = dict.fromkeys(name for case in rows for name in case.values)
    touched = dict.fromkeys(name for case in rows for name in case.undefined)
    nothing = (UNKNOWN,) * 4
    return build_counts(
        [case.image for case in rows],
        labels=labels,
        label=[labels.index(case.label) if labels else 0 for case in rows],
        counts=[
            (c.counts.tp, c.counts.fp, c.counts.fn, c.counts.tn) if c.counts else nothing
            for c in rows
        ],
        sizes=[case.size for case in rows],
        missing=[case.status == "missing" for case in rows],
        values={
            n: np.array([c.values.get(n, math.nan) for c in rows], dtype=np.float64) for n in names
        },
        undefined={n: np.array([n in c.undefined for c in rows]) for n in touched},
    )


def from_diagnoses(cases: Iterable[Case], *, labels: Sequence[str]) -> MeasuredConfidences:
    """Store cases of a table as columns."""
    cases = list(cases)
    found = [case.diagnosis for case in cases if case.diagnosis is not None]
    validation = [
        math.nan if one.validation_weight is None else one.validation_weight for one in found
    ]
    patients = [one.patient for one in found]
    given = np.array([one.confidences for one in found], dtype=np.float64)
    return MeasuredConfidences(
        images=tuple(case.image for case in cases),
        labels=tuple(labels),
        confidences=given.reshape(len(found), len(labels)),
        truth=Words.encode(one.truth for one in found),
        chosen=Words.encode(one.chosen for one in found),
        correct=np.array([one.correct for one in found], dtype=np.bool_),
        weights=np.array([one.weight for one in found], dtype=np.float64),
        validation=None if np.isnan(validation).all() else np.array(validation),
        patients=Words.encode(patients) if any(patients) else None,
    )
