"""Cases as rows of a CSV or JSON and back, for each kind of task but the masks of lesions.

A table has one row a case with truth, confidences, what was chosen and what the case weighs;
attribute masks and superpixels have one row an image and label with its counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from isiceval.metrics.aggregates import POOLED_MASKS
from isiceval.model import Case, Counts, Diagnosis, Kind, Size
from isiceval.tasks.task import Task

TABLE_HEAD = ("image", "truth")
TABLE_TAIL = ("chosen", "correct", "weight", "validation_weight", "patient", "signature")
POOLED_VALUES = {"masks": POOLED_MASKS, "superpixels": ("accuracy", "sensitivity", "specificity")}
POOLED_HEAD = ("image", "label", "tp", "fp", "fn", "tn")


def list_case_columns(kind: Kind, labels: Sequence[str]) -> tuple[str, ...]:
    """List the columns of the rows of a kind, in order."""
    if kind == "table":
        return (*TABLE_HEAD, *labels, *TABLE_TAIL)
    return (*POOLED_HEAD, "width", "height", *POOLED_VALUES[kind], "signature")


def build_row(case: Case, labels: Sequence[str], signature: str) -> dict[str, object]:
    """Build the row of a case; what is not known or not defined is None."""
    found = case.diagnosis
    if found is not None:
        return {
            "image": case.image,
            "truth": found.truth or None,
            **dict(zip(labels, found.confidences, strict=True)),
            "chosen": found.chosen,
            "correct": int(found.correct) if found.truth else None,
            "weight": found.weight if found.truth else None,
            "validation_weight": found.validation_weight,
            "patient": found.patient or None,
            "signature": signature,
        }
    counts, size = case.counts, case.size
    known = (counts.tp, counts.fp, counts.fn, counts.tn) if counts else (None,) * 4
    shape = (size.width, size.height) if size else (None, None)
    numbers = dict(zip((*POOLED_HEAD[2:], "width", "height"), (*known, *shape), strict=True))
    values = {n: None if math.isnan(v) else v for n, v in case.values.items()}
    head = {"image": case.image, "label": case.label}
    return {**head, **numbers, **values, "signature": signature}


def find_kind(columns: Iterable[str]) -> Kind:
    """Tell the kind of task from the columns of a CSV of cases; ValueError for none."""
    known = set(columns)
    if {*TABLE_HEAD, *TABLE_TAIL} <= known:
        return "table"
    if {*POOLED_HEAD, *POOLED_VALUES["masks"], "signature"} <= known:
        return "masks"
    if {*POOLED_HEAD, *POOLED_VALUES["superpixels"], "signature"} <= known:
        return "superpixels"
    raise ValueError("its columns are not those of a CSV of cases")


def find_labels(kind: Kind, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Find the labels of a CSV of cases: columns of a table, else what stands in the rows."""
    if kind == "table":
        return [name for name in columns if name not in (*TABLE_HEAD, *TABLE_TAIL)]
    return list(dict.fromkeys(row["label"] for row in rows))


def read_row(row: Mapping[str, Any], kind: Kind, labels: Sequence[str]) -> Case:
    """Build a case from its row."""
    if kind == "table":
        validation = row["validation_weight"]
        diagnosis = Diagnosis(
            truth=row["truth"] or "",
            chosen=row["chosen"],
            correct=bool(int(row["correct"] or 0)),
            confidences=tuple(float(row[label]) for label in labels),
            weight=1.0 if row["weight"] in ("", None) else float(row["weight"]),
            validation_weight=None if validation in ("", None) else float(validation),
            patient=row["patient"] or "",
        )
        return Case(image=row["image"], status="scored", diagnosis=diagnosis)
    known = {name: row[name] for name in ("tp", "fp", "fn", "tn")}
    counted = all(cell not in ("", None) for cell in known.values())
    shaped = row["width"] not in ("", None)
    values = {name: row[name] for name in POOLED_VALUES[kind]}
    return Case(
        image=row["image"],
        label=row["label"],
        status="scored",
        counts=Counts(**{name: int(cell) for name, cell in known.items()}) if counted else None,
        size=Size(int(row["width"]), int(row["height"])) if shaped else None,
        values={n: math.nan if v in ("", None) else float(v) for n, v in values.items()},
    )


def aggregate(cases: Sequence[Case], *, task: Task) -> dict[str, Any]:
    """Compute the fields of a scorecard of attribute masks or a table from its cases alone."""
    if task.kind == "masks":
        from isiceval.metrics.pooled import pool_masks

        return {"aggregates": pool_masks(cases, task=task)}
    from isiceval.metrics.tables import count_undefined, gather_answers, summarise_answers

    answers = gather_answers(cases, task=task)
    return {
        "aggregates": summarise_answers(answers, task=task),
        "undefined": count_undefined(answers, task=task),
    }
