"""Tasks whose submissions are folders or zips of superpixel JSON, one file an image."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from isiceval.checks.evidence import Evidence
from isiceval.checks.rules import check_submission
from isiceval.errors import IsicevalError, UsageError
from isiceval.kinds.kind import SuperpixelConfidences, from_cases
from isiceval.kinds.requests import Against, Effort, Look, Source, Strategy, open_source
from isiceval.metrics.aggregates import POOLED_SUPERPIXELS
from isiceval.metrics.diagnosis import count_class
from isiceval.metrics.pooled import average_labels, join_labels, measure_counts
from isiceval.metrics.probability import Floats, draw_roc, thin_roc
from isiceval.metrics.tables import list_points, measure_label
from isiceval.model import Case, Counts, MaskInfo, Problem, Validation
from isiceval.readers.superpixels import (
    SuperpixelFormat,
    Superpixels,
    count_superpixels,
    decode_labels,
    read_superpixels,
    read_truth_superpixels,
)
from isiceval.scorecard import Scorecard
from isiceval.scoring import Options, Scored, digest_readings, sign
from isiceval.sources.container import Container
from isiceval.sources.expected import Expected, find_files, match_files
from isiceval.sources.limits import MIB, ReadError, format_bytes
from isiceval.sources.memory import ArrayContainer
from isiceval.sources.sidecars import format_ids, read_manifest
from isiceval.tasks.task import Naming, Task

COUNTED = ("accuracy", "sensitivity", "specificity")
SUPERPIXEL_SUFFIXES = ("_superpixels", "")
SLACK_BYTES = MIB
BYTES_A_NUMBER = 64
MOST_SUPERPIXELS = 20_000
"""Taken where their number is not known: only how much is read hangs on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Truth:
    """What is expected: how many superpixels each image has (None: not known), and the truth."""

    numbers: Mapping[str, int | None]
    values: Mapping[str, Superpixels]
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """One submission as it was found."""

    values: Mapping[str, Superpixels]
    readings: tuple[MaskInfo, ...]
    verdict: Validation


def _read_bytes(container: Container, name: str) -> bytes:
    """Read a file, or write what is in memory as the JSON that it would be."""
    if not isinstance(container, ArrayContainer):
        return container.read(name)
    features = container.array(name)
    if not isinstance(features, Mapping):
        raise UsageError(f"{name} must be a mapping of feature to numbers, one a superpixel")
    try:
        lists = {feature: np.asarray(values).tolist() for feature, values in features.items()}
        return json.dumps(lists).encode()
    except (TypeError, ValueError) as error:
        raise UsageError(f"{name} must hold numbers for each feature: {error}") from error


def _require_small(
    container: Container, name: str, layout: SuperpixelFormat, n_expected: int | None
) -> None:
    """Refuse to read a file that has far more bytes than its numbers need."""
    numbers = len(layout.features) * (MOST_SUPERPIXELS if n_expected is None else n_expected)
    most = SLACK_BYTES + BYTES_A_NUMBER * numbers
    found = container.size(name)
    if found > most and not isinstance(container, ArrayContainer):
        detail = f"has {format_bytes(found)}; at most {format_bytes(most)} are read"
        raise ReadError(Problem("oversized-member", name, detail))


def _expect(task: Task, stack: ExitStack, against: Against) -> _Truth:
    against.require_one()
    if against.truth is not None:
        return _read_truth(task, open_source(stack, against.truth))
    if against.manifest is not None:
        found = read_manifest(Path(against.manifest), task=task)
        return _Truth(numbers=dict.fromkeys(found.sizes), values={})
    return _count_images(task, open_source(stack, against.images or ""))


def _read_truth(task: Task, container: Container) -> _Truth:
    layout = SuperpixelFormat(features=task.labels)
    values, readings = {}, []
    for image, name in find_files(container, task=task).items():
        try:
            data = _read_bytes(container, name)
        except ReadError as error:
            raise IsicevalError(f"the truth {container.name}: {error.problem.detail}") from error
        values[image] = read_truth_superpixels(data, layout=layout, image=image, name=name)
        readings.append(MaskInfo(image=image, name=name, sha256=sha256(data).hexdigest()))
        lengths = {len(vector) for vector in values[image].values.values()}
        if len(lengths) != 1:
            raise IsicevalError(f"the truth {name}: its features differ in length")
    numbers = {image: len(next(iter(v.values.values()))) for image, v in values.items()}
    return _Truth(numbers=numbers, values=values, digest=digest_readings(readings))


def _count_images(task: Task, container: Container) -> _Truth:
    """Count the superpixels of each image in a folder of superpixel PNG."""
    example = _name_example(task)
    naming = Naming(image=task.naming.image, suffixes=SUPERPIXEL_SUFFIXES, example=example)
    plain = Task(id=task.id, title=task.title, naming=naming)
    numbers = {}
    for image, name in find_files(container, task=plain).items():
        try:
            numbers[image] = count_superpixels(decode_labels(container.read(name), name=name))
        except ReadError as error:
            raise IsicevalError(f"{container.name}/{name}: {error.problem.detail}") from error
    return _Truth(numbers=numbers, values={})


def _name_example(task: Task) -> str:
    image = task.naming.example.removesuffix(".json").removesuffix("_features")
    return f"{image}_superpixels.png"


def _look(task: Task, container: Container, truth: _Truth) -> _Found:
    layout = SuperpixelFormat(features=task.labels)
    expectation = Expected(sizes=dict.fromkeys(truth.numbers), files={})
    pairing = match_files(container, expectation, task=task)
    values, readings = {}, []
    for image, name in pairing.matched.items():
        try:
            _require_small(container, name, layout, truth.numbers[image])
            data = _read_bytes(container, name)
        except ReadError as error:
            readings.append(MaskInfo(image=image, name=name, problems=(error.problem,)))
            continue
        values[image], faults = read_superpixels(
            data, layout=layout, image=image, name=name, n_expected=truth.numbers[image]
        )
        readings.append(_build_reading(image, name, data, faults))
    evidence = Evidence(
        task=task,
        submission=container.name,
        form=container.form,
        names=container.names,
        ignored=container.ignored,
        problems=container.problems,
        pairing=pairing,
        expected=expectation.sizes,
        readings=tuple(readings),
    )
    verdict = Validation(
        task=task.id,
        submission=container.name,
        form=container.form,
        n_expected=len(truth.numbers),
        n_matched=len(pairing.matched),
        n_ignored=len(container.ignored),
        problems=check_submission(evidence),
    )
    return _Found(values=values, readings=tuple(readings), verdict=verdict)


def _build_reading(image: str, name: str, data: bytes, problems: tuple[Problem, ...]) -> MaskInfo:
    digest = sha256(data).hexdigest()
    return MaskInfo(image=image, name=name, n_bytes=len(data), sha256=digest, problems=problems)


def _validate(task: Task, prediction: Source, against: Against, look: Look) -> Validation:
    _refuse_mask_options(task, lenient=look.lenient)
    if look.headers_only:
        raise UsageError(f"headers only is for masks; task {task.id} takes JSON")
    with ExitStack() as stack:
        truth = _expect(task, stack, against)
        return _look(task, open_source(stack, prediction), truth).verdict


def _refuse_mask_options(task: Task, *, lenient: bool, missing: str = "refuse") -> None:
    if lenient:
        raise UsageError(f"lenient reading is for masks; task {task.id} takes JSON")
    if missing != "refuse":
        raise UsageError(
            f"task {task.id} has no score for an image that was not sent: its metrics are of all "
            "superpixels together; send zeros"
        )


def _score(
    task: Task, truth: Source, predictions: Sequence[Source], options: Options, effort: Effort
) -> list[Scored]:
    _refuse_mask_options(task, lenient=options.lenient, missing=options.missing)
    scored: list[Scored] = []
    with ExitStack() as stack:
        known = _read_truth(task, open_source(stack, truth))
        for prediction in predictions:
            found = _look(task, open_source(stack, prediction), known)
            valid = found.verdict.valid
            scored.append(_conclude(task, known, found) if valid else found.verdict)
            if effort.progress is not None:
                effort.progress(len(scored), len(predictions))
    return scored


def _conclude(task: Task, truth: _Truth, found: _Found) -> Scorecard:
    images = list(truth.numbers)
    pooled = {
        label: tuple(
            np.concatenate([of[image].values[label] for image in images])
            for of in (truth.values, found.values)
        )
        for label in task.labels
    }
    by_label = {
        label: {
            metric: measure_label(metric, known, given, task=task) for metric in POOLED_SUPERPIXELS
        }
        for label, (known, given) in pooled.items()
    }
    overall = {name: average_labels(by_label, name) for name in POOLED_SUPERPIXELS}
    choices = {
        "positive": f">{task.confidence_threshold:g}",
        "precision": task.average_precision,
        "undefined": task.undefined,
        "missing": "refuse",
    }
    measured = from_cases(_iter_cases(task, truth, found), labels=task.labels)
    return Scorecard(
        task=task.id,
        profile=task.profile,
        metric=task.ranking,
        submission=found.verdict.submission,
        measured=replace(measured, superpixels=_keep(truth, pooled)),
        aggregates=join_labels(overall, by_label),
        problems=found.verdict.problems,
        n_ignored=found.verdict.n_ignored,
        truth_digest=truth.digest,
        submission_digest=digest_readings(found.readings),
        signature=sign(task, choices, n=len(images), truth_digest=truth.digest),
        kind=task.kind,
        labels=task.labels,
        rocs={label: list_points(thin_roc(draw_roc(*pair))) for label, pair in pooled.items()},
    )


def _keep(truth: _Truth, pooled: Mapping[str, tuple[Floats, ...]]) -> SuperpixelConfidences:
    """Keep every confidence, for what is to be computed on draws of the images."""
    known, given = zip(*pooled.values(), strict=True)
    images = tuple(truth.numbers)
    sizes = [len(next(iter(truth.values[image].values.values()))) for image in images]
    return SuperpixelConfidences(
        images=images,
        owners=np.repeat(np.arange(len(images)), sizes),
        truth=np.column_stack(known) > 0.5,
        confidences=np.column_stack(given),
    )


def _iter_cases(task: Task, truth: _Truth, found: _Found) -> Iterator[Case]:
    for image in truth.numbers:
        for label in task.labels:
            weighted = count_class(
                truth.values[image].values[label],
                found.values[image].values[label],
                threshold=task.confidence_threshold,
            )
            counts = Counts(
                tp=round(weighted.tp),
                fp=round(weighted.fp),
                fn=round(weighted.fn),
                tn=round(weighted.tn),
            )
            values = measure_counts(counts, COUNTED, task=task)
            yield Case(image=image, label=label, status="scored", counts=counts, values=values)


def _list_cases(task: Task, truth: Source) -> list[str]:
    with ExitStack() as stack:
        return sorted(find_files(open_source(stack, truth), task=task))


def _write_manifest(task: Task, against: Against) -> str:
    with ExitStack() as stack:
        return format_ids(_expect(task, stack, against).numbers)


SUPERPIXELS = Strategy(
    validate=_validate, score=_score, list_cases=_list_cases, write_manifest=_write_manifest
)
