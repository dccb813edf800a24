"""Tasks whose submissions are folders or zips of masks."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from isiceval.compute.processes import ProcessExecutor
from isiceval.kinds.cases import MaskContext, measure_cases
from isiceval.kinds.requests import Against, Effort, Look, Source, Strategy, open_source
from isiceval.model import Validation
from isiceval.readers.mask import read_expected, read_headers
from isiceval.scoring import (
    Found,
    Options,
    Scored,
    Split,
    choose_rules,
    judge,
    plan,
    readings_of,
    score_all,
)
from isiceval.sources.expected import (
    Expected,
    find_files,
    match_files,
)
from isiceval.sources.sidecars import format_manifest, read_manifest
from isiceval.tasks.task import Task


def _validate(task: Task, prediction: Source, against: Against, look: Look) -> Validation:
    with ExitStack() as stack:
        return check_masks(task, prediction, _expect(task, stack, against), look)


def check_masks(task: Task, prediction: Source, expectation: Expected, look: Look) -> Validation:
    """Check a submission of masks against what is expected of it."""
    with ExitStack() as stack:
        submission = open_source(stack, prediction)
        pairing = match_files(submission, expectation, task=task)
        if look.headers_only:
            readings = read_headers(submission, pairing.matched, lenient=look.lenient)
        else:
            rules = choose_rules(task, lenient=look.lenient, regions=look.regions)
            context = MaskContext(
                truth=None, submissions=(submission,), truth_rules=rules, rules=rules
            )
            jobs = plan(expectation, [pairing], with_truth=False)
            outcomes = measure_cases(
                context,
                jobs,
                executor=ProcessExecutor(look.workers),
                pixels=expectation.pixels,
                progress=look.progress,
            )
            readings = readings_of(outcomes, 0)
        found = Found(
            container=submission, pairing=pairing, readings=readings, expectation=expectation
        )
    return judge(found, task=task, lenient=look.lenient)


def score_masks(
    task: Task,
    truth: Source,
    predictions: Sequence[Source],
    options: Options,
    effort: Effort,
    *,
    split: Split | None = None,
) -> list[Scored]:
    """Score submissions of masks; ``split`` parts an id into image and label."""
    with ExitStack() as stack:
        opened = [open_source(stack, source) for source in predictions]
        return score_all(
            task,
            open_source(stack, truth),
            opened,
            options=options,
            workers=effort.workers,
            progress=effort.progress,
            split=split,
        )


def _expect(task: Task, stack: ExitStack, against: Against) -> Expected:
    against.require_one()
    if against.manifest is not None:
        return read_manifest(Path(against.manifest), task=task)
    if against.images is not None:
        return read_expected(open_source(stack, against.images), task=task, role="images")
    return read_expected(open_source(stack, against.truth or ""), task=task)


def _list_cases(task: Task, truth: Source) -> list[str]:
    with ExitStack() as stack:
        return sorted(find_files(open_source(stack, truth), task=task))


def _write_manifest(task: Task, against: Against) -> str:
    with ExitStack() as stack:
        return format_manifest(_expect(task, stack, against).sizes)


MASKS = Strategy(
    validate=_validate, score=score_masks, list_cases=_list_cases, write_manifest=_write_manifest
)
