"""Tasks of several masks an image: read as masks whose id is image and label together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from isiceval.errors import IsicevalError, UsageError
from isiceval.kinds.masks import check_masks, score_masks
from isiceval.kinds.requests import Against, Effort, Look, Source, Strategy, open_source
from isiceval.model import Size, Validation
from isiceval.readers.mask import read_expected
from isiceval.scoring import Options, Scored
from isiceval.sources.expected import (
    Expected,
    find_files,
)
from isiceval.sources.sidecars import format_manifest, read_manifest
from isiceval.tasks.task import Naming, Task


def expand(task: Task) -> Task:
    """Return the task whose ids are image and label, such as ``ISIC_0000001_globules``.

    The suffixes of the task stand between the two in the names of files.
    """
    between, labels = (
        "|".join(map(re.escape, parts)) for parts in (task.naming.suffixes, task.labels)
    )
    naming = Naming(
        image=f"(?:{task.naming.image})(?:{between})(?:{labels})",
        suffixes=("",),
        example=task.naming.example,
    )
    cases = None if task.cases is None else task.cases * len(task.labels)
    return replace(task, naming=naming, cases=cases)


def _validate(task: Task, prediction: Source, against: Against, look: Look) -> Validation:
    with ExitStack() as stack:
        expectation = _expect(task, stack, against)
        return check_masks(expand(task), prediction, expectation, look)


def _expect(task: Task, stack: ExitStack, against: Against) -> Expected:
    against.require_one()
    if against.truth is not None:
        found = read_expected(open_source(stack, against.truth), task=expand(task))
        _require_labels(found.sizes, task)
        return found
    if against.manifest is not None:
        return _multiply(
            read_manifest(Path(against.manifest), task=replace(task, cases=None)), task
        )
    plain = replace(task, naming=replace(task.naming, suffixes=("",)))
    return _multiply(
        read_expected(open_source(stack, against.images or ""), task=plain, role="images"), task
    )


def _multiply(expectation: Expected, task: Task) -> Expected:
    """Expect every label of each image; ids that hold a label already stay as they are."""
    whole = re.compile(expand(task).naming.image)
    sizes: dict[str, Size | None] = {}
    for image, size in expectation.sizes.items():
        between = task.naming.suffixes[0]
        names = [image] if whole.fullmatch(image) else [f"{image}{between}{n}" for n in task.labels]
        sizes |= dict.fromkeys(names, size)
    return Expected(sizes=sizes, files={})


def _require_labels(names: Iterable[str], task: Task) -> None:
    """Raise IsicevalError unless the truth has every label of each of its images."""
    found: dict[str, list[str]] = {}
    for name in names:
        image, label = split_name(name, task=task)
        found.setdefault(image, []).append(label)
    for image, labels in found.items():
        lacking = [label for label in task.labels if label not in labels]
        if lacking:
            raise IsicevalError(f"the truth has no mask of {image} for {', '.join(lacking)}")


def split_name(name: str, *, task: Task) -> tuple[str, str]:
    """Split an id of image and label into the two; IsicevalError where it holds no label."""
    label = max((label for label in task.labels if name.endswith(label)), key=len, default="")
    if not label:
        raise IsicevalError(
            f"'{name}' names no label; a mask of task {task.id} is named like {task.naming.example}"
        )
    stem = name.removesuffix(label)
    between = max((s for s in task.naming.suffixes if stem.endswith(s)), key=len, default="")
    return stem.removesuffix(between), label


def _score(
    task: Task, truth: Source, predictions: Sequence[Source], options: Options, effort: Effort
) -> list[Scored]:
    if options.missing != "refuse":
        raise UsageError(
            f"task {task.id} has no score for a mask that was not sent: it adds up the pixels of "
            "all masks; send an empty one"
        )
    with ExitStack() as stack:
        _require_labels(find_files(open_source(stack, truth), task=expand(task)), task)
    split = partial(split_name, task=task)
    return score_masks(expand(task), truth, predictions, options, effort, split=split)


def _list_cases(task: Task, truth: Source) -> list[str]:
    with ExitStack() as stack:
        names = find_files(open_source(stack, truth), task=expand(task))
        return sorted({split_name(name, task=task)[0] for name in names})


def _write_manifest(task: Task, against: Against) -> str:
    with ExitStack() as stack:
        return format_manifest(_expect(task, stack, against).sizes)


ATTRIBUTES = Strategy(
    validate=_validate, score=_score, list_cases=_list_cases, write_manifest=_write_manifest
)
