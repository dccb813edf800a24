"""Tasks whose submissions are one table: a CSV, or a data frame or mapping in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from isiceval.checks.rules import complete_problems
from isiceval.errors import IsicevalError, UsageError
from isiceval.kinds.kind import from_diagnoses
from isiceval.kinds.requests import Against, Effort, Look, Source, Strategy, open_source
from isiceval.metrics.tables import (
    Answers,
    count_undefined,
    draw_rocs,
    list_points,
    name_cases,
    summarise_answers,
)
from isiceval.model import Case, Diagnosis, Form, Problem, Validation
from isiceval.readers.csv.sheet import write_frame
from isiceval.readers.csv.table import Table, read_table, read_truth_table
from isiceval.readers.mask import read_expected
from isiceval.scorecard import Scorecard
from isiceval.scoring import Options, Scored, sign
from isiceval.sources.limits import MIB, format_bytes
from isiceval.sources.sidecars import format_ids, read_manifest
from isiceval.tasks.task import CsvFormat, Task

MOST_BYTES = 1_000_000_000
SLACK_BYTES = 4 * MIB
SCORE_WEIGHT, VALIDATION_WEIGHT, PATIENT = "score_weight", "validation_weight", "patient_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """The bytes of one table; ``fault`` says why there are none."""

    name: str
    form: Form
    data: bytes = b""
    fault: str = ""


def _open(source: Source, *, layout: CsvFormat, role: str, most: int = MOST_BYTES) -> _File:
    if not isinstance(source, str | Path):
        data = write_frame(source, layout=layout)
        return _File(name=f"{role} in memory", form="memory", data=data)
    path = Path(source)
    name = path.name.encode("utf-8", "replace").decode("utf-8")
    try:
        if path.is_dir():
            return _File(name=name, form="folder", fault=_say_folder(path))
        with path.open("rb") as file:
            data = file.read(most + 1)
        if len(data) > most:
            fault = f"the file has more than {format_bytes(most)}, which this task does not need"
            return _File(name=name, form="file", fault=fault)
        return _File(name=name, form="file", data=data)
    except OSError as error:
        reason = "there is no such file" if not path.exists() else f"unreadable: {error.strerror}"
        return _File(name=name, form="none", fault=reason)


def limit_bytes(n_rows: int, *, layout: CsvFormat) -> int:
    """Limit the bytes of a table: no way to write a number takes 32, or an id 64.

    In memory a table of short cells takes some fifty times its bytes, so strangers' tables
    are not read beyond what their rows need.
    """
    return SLACK_BYTES + n_rows * (64 + 32 * len(layout.required))


def _say_folder(path: Path) -> str:
    found = sum(child.suffix.lower() == ".csv" for child in path.iterdir())
    if found < 2:
        return "this is a folder, not a CSV file"
    return f"this is a folder of {found} CSV files: isiceval leaderboard ranks them all"


def _choose_layout(task: Task) -> CsvFormat:
    if task.table is None:
        raise AssertionError(f"task {task.id} is no table task")
    return task.table


def _read_truth(task: Task, truth: Source) -> Table:
    layout = _choose_layout(task)
    file = _open(truth, layout=layout.for_truth(), role="truth")
    if file.form == "folder":
        raise IsicevalError(
            f"task {task.id} takes a table (CSV), and the truth {file.name} is a folder"
        )
    if file.fault:
        raise IsicevalError(f"the truth {file.name} cannot be read: {file.fault}")
    table = read_truth_table(file.data, layout=layout, name=file.name)
    if task.cases is not None and len(table.ids) != task.cases:
        sentence = f"has {len(table.ids)} rows, task {task.id} says there are {task.cases}"
        raise IsicevalError(f"the truth {file.name} {sentence}")
    return table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Found:
    """One submission as it was found: its table, and what checking says of it."""

    table: Table
    verdict: Validation


def _check(task: Task, prediction: Source, expected: Sequence[str]) -> _Found:
    layout = _choose_layout(task).for_submission()
    most = limit_bytes(len(expected), layout=layout)
    file = _open(prediction, layout=layout, role="table", most=most)
    if file.fault:
        empty = np.empty((0, len(layout.columns)))
        table = Table(ids=(), columns=layout.columns, values=empty)
        problems: tuple[Problem, ...] = (Problem("not-a-table", file.name, file.fault),)
    else:
        table, problems = read_table(file.data, layout=layout, name=file.name, expected=expected)
    verdict = Validation(
        task=task.id,
        submission=file.name,
        form=file.form,
        n_expected=len(expected),
        n_matched=len(table.ids),
        problems=complete_problems(problems),
    )
    return _Found(table=table, verdict=verdict)


def _validate(task: Task, prediction: Source, against: Against, look: Look) -> Validation:
    _refuse_mask_options(task, lenient=look.lenient)
    if look.headers_only:
        raise UsageError(f"headers only is for masks; task {task.id} takes a table")
    return _check(task, prediction, _expect(task, against)).verdict


def _refuse_mask_options(task: Task, *, lenient: bool, missing: str = "refuse") -> None:
    if lenient:
        raise UsageError(f"lenient reading is for masks; task {task.id} takes a table")
    if missing != "refuse":
        raise UsageError(
            f"task {task.id} has no score for a row that was not sent: its metrics are of all "
            "rows together; write a row for each id"
        )


def _expect(task: Task, against: Against) -> Sequence[str]:
    against.require_one()
    if against.manifest is not None:
        return list(read_manifest(Path(against.manifest), task=task).sizes)
    if against.images is not None:
        with ExitStack() as stack:
            return list(
                read_expected(open_source(stack, against.images), task=task, role="images").sizes
            )
    return _read_truth(task, against.truth or "").ids


def _score(
    task: Task, truth: Source, predictions: Sequence[Source], options: Options, effort: Effort
) -> list[Scored]:
    _refuse_mask_options(task, lenient=options.lenient, missing=options.missing)
    table = _read_truth(task, truth)
    digest = table.compute_digest()
    scored: list[Scored] = []
    for prediction in predictions:
        found = _check(task, prediction, table.ids)
        scored.append(
            _conclude(task, table, found, digest) if found.verdict.valid else found.verdict
        )
        if effort.progress is not None:
            effort.progress(len(scored), len(predictions))
    return scored


def _conclude(task: Task, truth: Table, found: _Found, digest: str) -> Scorecard:
    answers = _pair(task, truth, found.table)
    return Scorecard(
        task=task.id,
        profile=task.profile,
        metric=task.ranking,
        submission=found.verdict.submission,
        measured=from_diagnoses(_iter_cases(task, truth.ids, answers), labels=task.labels),
        aggregates=summarise_answers(answers, task=task),
        undefined=count_undefined(answers, task=task),
        problems=found.verdict.problems,
        truth_digest=digest,
        submission_digest=found.table.compute_digest(),
        signature=_sign(task, n=len(truth.ids), digest=digest),
        kind=task.kind,
        labels=task.labels,
        rocs={n: list_points(roc) for n, roc in draw_rocs(answers, task=task).items()},
    )


def _pair(task: Task, truth: Table, prediction: Table) -> Answers:
    own = np.array([task.weights.get(image, 1.0) for image in truth.ids])
    validation = truth.weights.get(VALIDATION_WEIGHT)
    return Answers(
        truth=truth.values,
        confidences=prediction.values,
        weights=truth.weights.get(SCORE_WEIGHT, np.ones(len(truth.ids))) * own,
        validation=None if validation is None else validation * own,
        patients=truth.texts.get(PATIENT),
    )


def _iter_cases(task: Task, ids: Sequence[str], answers: Answers) -> Iterator[Case]:
    named = name_cases(answers, task=task)
    confidences, weights = answers.confidences.tolist(), answers.weights.tolist()
    validation = None if answers.validation is None else answers.validation.tolist()
    for row, (image, (known, chosen, correct)) in enumerate(zip(ids, named, strict=True)):
        diagnosis = Diagnosis(
            truth=known,
            chosen=chosen,
            correct=correct,
            confidences=tuple(confidences[row]),
            weight=weights[row],
            validation_weight=None if validation is None else validation[row],
            patient=answers.patients[row] if answers.patients else "",
        )
        yield Case(image=image, status="scored", diagnosis=diagnosis, values=_NO_VALUES)


_NO_VALUES: Mapping[str, float] = {}


def _sign(task: Task, *, n: int, digest: str) -> str:
    choices: dict[str, object] = {}
    if not _choose_layout(task).labels:
        choices["positive"] = f"{'>=' if task.inclusive else '>'}{task.confidence_threshold:g}"
    if "average_precision" in task.metrics:
        choices["precision"] = task.average_precision
    choices |= {"undefined": task.undefined, "missing": "refuse"}
    return sign(task, choices, n=n, truth_digest=digest)


def _list_cases(task: Task, truth: Source) -> list[str]:
    return sorted(_read_truth(task, truth).ids)


def _write_manifest(task: Task, against: Against) -> str:
    return format_ids(_expect(task, against))


TABLES = Strategy(
    validate=_validate, score=_score, list_cases=_list_cases, write_manifest=_write_manifest
)
