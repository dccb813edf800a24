"""The reader of classification of superpixels: a folder or zip of JSON, one file an image.

The metrics are those of classification, over all superpixels of all images together. An image is
what is drawn, and its superpixels with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np

from isiceval.errors import IsicevalError, UsageError
from isiceval.kinds import classification
from isiceval.kinds.classification import describe_choices, prepare, recompute, refuse_mask_options
from isiceval.kinds.kind import MeasuredCounts, Outcome, Scores
from isiceval.kinds.segmentation import build_counts, check_files, digest_readings
from isiceval.metrics.arrays import BoolArray, FloatArray
from isiceval.model import MaskInfo, Validation
from isiceval.options import ExpectedFrom, Options, Source
from isiceval.readers import superpixels as reading
from isiceval.sources.container import MIB, ArrayContainer, Container, ReadError, format_bytes
from isiceval.sources.expected import Expected, find_files, match_files
from isiceval.sources.opening import open_source
from isiceval.sources.sidecars import format_manifest, read_manifest
from isiceval.tasks.task import Naming, Task

__all__ = [
    "describe_choices",
    "list_images",
    "measure",
    "prepare",
    "recompute",
    "validate",
    "write_manifest",
]

SUPERPIXEL_SUFFIXES = ("_superpixels", "")
# A file may have this many bytes for each number and some to spare; more is not read.
SLACK_BYTES, BYTES_A_NUMBER = MIB, 64
# Taken where their number is not known: only how much is read depends on it.
MOST_SUPERPIXELS = 20_000


class _Truth(NamedTuple):
    """How many superpixels each image has; ``known``, (superpixels, labels), is of all images."""

    numbers: Mapping[str, int]
    known: BoolArray
    digest: str


def _read_bytes(container: Container, name: str, *, most: int | None = None) -> bytes:
    """Read a file of at most so many bytes; what is in memory as the JSON that it would be."""
    if not isinstance(container, ArrayContainer):
        if most is not None and (found := container.size(name)) > most:
            detail = f"has {format_bytes(found)}; at most {format_bytes(most)} are read"
            raise ReadError("oversized-member", name, detail)
        return container.read(name)
    features = container.array(name)
    if not isinstance(features, Mapping):
        raise UsageError(f"{name} must be a mapping of feature to numbers, one per superpixel")
    try:
        lists = {feature: np.asarray(values).tolist() for feature, values in features.items()}
        return json.dumps(lists).encode()
    except (TypeError, ValueError) as error:
        raise UsageError(f"{name} must hold numbers for each feature: {error}") from error


def _expect(task: Task, expected: ExpectedFrom) -> Mapping[str, int | None]:
    """Find how many superpixels each image has; None where that is not known."""
    if expected.truth is not None:
        return _read_truth(task, open_source(expected.truth)).numbers
    if expected.manifest is not None:
        return dict.fromkeys(read_manifest(Path(expected.manifest), task=task).sizes)
    # A folder of superpixel PNG, which are named in their own way.
    container = open_source(expected.images or "")
    stem = task.naming.example.removesuffix(".json").removesuffix("_features")
    example = f"{stem}_superpixels.png"
    naming = Naming(image=task.naming.image, suffixes=SUPERPIXEL_SUFFIXES, example=example)
    plain = Task(id=task.id, title=task.title, naming=naming)
    numbers = {}
    for image, name in find_files(container, task=plain).items():
        try:
            numbers[image] = reading.count_superpixels(container.read(name), name=name)
        except ReadError as error:
            raise IsicevalError(f"{container.name}/{name}: {error.problem.detail}") from error
    return numbers


def _read_truth(task: Task, container: Container) -> _Truth:
    rows, readings, numbers = [], [], {}
    for image, name in find_files(container, task=task).items():
        try:
            data = _read_bytes(container, name)
        except ReadError as error:
            raise IsicevalError(f"the truth {container.name}: {error.problem.detail}") from error
        values = reading.read_truth_superpixels(data, features=task.labels, name=name)
        if len({len(vector) for vector in values.values()}) != 1:
            raise IsicevalError(f"the truth {name}: its features differ in length")
        rows.append(np.column_stack([values[label] for label in task.labels]) > 0.5)
        numbers[image] = len(rows[-1])
        readings.append(MaskInfo(image=image, name=name, sha256=sha256(data).hexdigest()))
    return _Truth(numbers, np.concatenate(rows), digest_readings(readings))


def _check(
    task: Task, container: Container, numbers: Mapping[str, int | None]
) -> tuple[dict[str, Mapping[str, FloatArray]], list[MaskInfo], Validation]:
    """Read every file of a submission and apply the rules: values by image, readings, problems."""
    expectation = Expected(sizes=dict.fromkeys(numbers), files={})
    pairing = match_files(container, expectation, task=task)
    values: dict[str, Mapping[str, FloatArray]] = {}
    infos = []
    for image, name in pairing.matched.items():
        n = numbers[image]
        n_numbers = len(task.labels) * (MOST_SUPERPIXELS if n is None else n)
        info = MaskInfo(image=image, name=name)
        try:
            data = _read_bytes(container, name, most=SLACK_BYTES + BYTES_A_NUMBER * n_numbers)
        except ReadError as error:
            infos.append(replace(info, problems=(error.problem,)))
            continue
        digest = sha256(data).hexdigest()
        values[image], problems = reading.read_superpixels(
            data, features=task.labels, name=name, n_expected=n
        )
        infos.append(replace(info, sha256=digest, problems=problems))
    validation = check_files(task, container, pairing, expectation, infos, options=Options())
    return values, infos, validation


def validate(
    task: Task, prediction: Source, expected: ExpectedFrom, options: Options
) -> Validation:
    """Check one submission; nothing is scored."""
    refuse_mask_options(task, options)
    numbers = _expect(task, expected)
    return _check(task, open_source(prediction), numbers)[2]


def list_images(task: Task, truth: Source) -> list[str]:
    """List the ids of the images of a truth, sorted; only names are read."""
    return sorted(find_files(open_source(truth), task=task))


def write_manifest(task: Task, expected: ExpectedFrom) -> str:
    """Write ids as CSV."""
    return format_manifest(dict.fromkeys(sorted(_expect(task, expected))))


def measure(
    task: Task, truth: Source, predictions: Sequence[Source], options: Options
) -> Iterator[Outcome]:
    """Read each submission and set its confidences beside the truth."""
    refuse_mask_options(task, options)
    known = _read_truth(task, open_source(truth))
    for done, prediction in enumerate(predictions, start=1):
        sent = open_source(prediction)
        values, readings, validation = _check(task, sent, known.numbers)
        yield Outcome(
            validation=validation,
            measured=_build(task, known, values) if validation.valid else None,
            choices=describe_choices(task, options),
            truth_digest=known.digest,
            compute_digest=partial(digest_readings, readings),
        )
        if options.progress is not None:
            options.progress(done, len(predictions))


def _build(
    task: Task, truth: _Truth, given: Mapping[str, Mapping[str, FloatArray]]
) -> MeasuredCounts:
    """Store all confidences, and the counts of each image and label, as columns."""
    images, n_labels = tuple(truth.numbers), len(task.labels)
    rows = [np.column_stack([given[image][label] for label in task.labels]) for image in images]
    pooled = Scores(
        truth=truth.known,
        confidences=np.concatenate(rows),
        images=images,
        units=np.repeat(np.arange(len(images)), [len(own) for own in rows]),
        weights=np.ones(len(truth.known)),
    )
    taken = classification.find_positive(task, pooled.confidences)
    weights, units = pooled.weights, pooled.units
    cells = classification.count_cells(truth.known, taken, weights, units, len(images))
    measured = build_counts(
        task,
        images=[image for image in images for _ in task.labels],
        label=list(range(n_labels)) * len(images),
        columns={"counts": cells.transpose(2, 1, 0).reshape(-1, 4).astype(np.int64)},
        sizes=[(0, 0)] * (n_labels * len(images)),
    )
    return replace(measured, superpixels=pooled)
