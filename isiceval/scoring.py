"""Read, check, measure and summarise: one truth, any number of submissions.

A leaderboard and a single score take the same way, so that their numbers cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Literal

from isiceval import __version__
from isiceval.checks.evidence import Evidence
from isiceval.checks.rules import check_submission
from isiceval.compute.executor import Progress
from isiceval.compute.processes import ProcessExecutor
from isiceval.errors import IsicevalError
from isiceval.kinds.cases import CaseJob, CaseResult, MaskContext, measure_cases
from isiceval.kinds.kind import from_cases
from isiceval.metrics.catalogue import measure, miss
from isiceval.model import Case, Counts, FileMatch, MaskInfo, Problem, Size, Validation
from isiceval.readers.mask import MaskRules, read_expected
from isiceval.scorecard import Scorecard, aggregate, write_signature
from isiceval.sources.container import Container
from isiceval.sources.expected import Expected, match_files
from isiceval.tasks.task import Task

Missing = Literal["refuse", "zero"]
Split = Callable[[str], tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to read and to count: part of the signature."""

    missing: Missing
    lenient: bool
    regions: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One submission as it was found."""

    container: Container
    pairing: FileMatch
    readings: tuple[MaskInfo, ...]
    expectation: Expected


Scored = Scorecard | Validation


def score_all(
    task: Task,
    truth: Container,
    submissions: Sequence[Container],
    *,
    options: Options,
    workers: int | None,
    progress: Progress | None,
    split: Split | None = None,
) -> list[Scored]:
    """Read, check, measure and summarise: a scorecard or all problems for each submission.

    ``split`` parts an id into image and label, where an image has several masks.
    """
    expectation = read_expected(truth, task=task)
    pairings = [match_files(s, expectation, task=task) for s in submissions]
    context = MaskContext(
        truth=truth,
        submissions=tuple(submissions),
        truth_rules=replace(choose_rules(task, lenient=options.lenient), grey="refuse"),
        rules=choose_rules(task, lenient=options.lenient, regions=options.regions),
        resize=task.resize,
    )
    jobs = plan(expectation, pairings, with_truth=True)
    pixels = expectation.pixels * (1 + len(submissions))
    outcomes = measure_cases(
        context, jobs, executor=ProcessExecutor(workers), pixels=pixels, progress=progress
    )
    _require_truth(outcomes, name=truth.name)
    truth_digest = digest_readings(outcome.truth for outcome in outcomes if outcome.truth)
    scored: list[Scored] = []
    for index, (submission, pairing) in enumerate(zip(submissions, pairings, strict=True)):
        found = Found(
            container=submission,
            pairing=pairing,
            readings=readings_of(outcomes, index),
            expectation=expectation,
        )
        counts = {o.image: c for o in outcomes for i, c in o.counts if i == index}
        scored.append(
            _conclude(task, found, counts, options=options, truth_digest=truth_digest, split=split)
        )
    return scored


def plan(
    expectation: Expected, pairings: Sequence[FileMatch], *, with_truth: bool
) -> list[CaseJob]:
    """Make one job per expected image; without a truth, only for images that were sent."""
    jobs = [
        CaseJob(
            image=image,
            truth=expectation.files[image] if with_truth else None,
            expected=size,
            predictions=tuple(
                (index, pairing.matched[image])
                for index, pairing in enumerate(pairings)
                if image in pairing.matched
            ),
        )
        for image, size in expectation.sizes.items()
    ]
    return [job for job in jobs if with_truth or job.predictions]


def _require_truth(outcomes: Iterable[CaseResult], *, name: str) -> None:
    faulty = [outcome for outcome in outcomes if outcome.truth_problem or outcome.truth is None]
    if faulty:
        first = faulty[0]
        reason = first.truth_problem or "reading it ended the process that read it"
        more = f" (and {len(faulty) - 1} more truth masks)" if len(faulty) > 1 else ""
        where = first.truth.name if first.truth else first.image
        raise IsicevalError(f"the truth {name} is at fault: {where}: {reason}{more}")


def _conclude(
    task: Task,
    found: Found,
    counts: Mapping[str, Counts],
    *,
    options: Options,
    truth_digest: str,
    split: Split | None,
) -> Scored:
    """Check one submission; if it may be scored, turn its counts into a scorecard."""
    verdict = judge(found, task=task, lenient=options.lenient)
    if options.missing == "zero":
        verdict = replace(verdict, problems=tuple(map(_forgive_missing, verdict.problems)))
    if not verdict.valid:
        return verdict
    cases = (
        _build_labelled(task, counts, found, split)
        if split
        else [
            _build_case(task, image, counts.get(image), found) for image in found.expectation.sizes
        ]
    )
    return Scorecard(
        task=task.id,
        profile=task.profile,
        metric=task.ranking,
        submission=found.container.name,
        jaccard_threshold=task.jaccard_threshold,
        problems=verdict.problems,
        conversions=verdict.conversions,
        n_ignored=verdict.n_ignored,
        truth_digest=truth_digest,
        submission_digest=digest_readings(found.readings),
        signature=_sign(task, options, n=len(cases), truth_digest=truth_digest),
        kind=task.kind,
        labels=task.labels,
        **_aggregate(task, cases),
    )


def _aggregate(task: Task, cases: Sequence[Case]) -> dict[str, Any]:
    if task.kind == "mask":
        return aggregate(cases, jaccard_threshold=task.jaccard_threshold)
    from isiceval.metrics.pooled import pool_masks

    measured = from_cases(cases, labels=task.labels)
    return {"measured": measured, "aggregates": pool_masks(cases, task=task)}


def _build_labelled(
    task: Task, counts: Mapping[str, Counts], found: Found, split: Split
) -> list[Case]:
    from isiceval.metrics.aggregates import POOLED_MASKS
    from isiceval.metrics.pooled import measure_counts

    cases = []
    for name, size in found.expectation.sizes.items():
        image, label = split(name)
        values = measure_counts(counts[name], POOLED_MASKS, task=task)
        cases.append(
            Case(
                image=image,
                label=label,
                status="scored",
                counts=counts[name],
                size=size,
                values=values,
            )
        )
    return cases


def _build_case(task: Task, image: str, counts: Counts | None, found: Found) -> Case:
    size = found.expectation.sizes[image]
    if counts is None or size is None:
        if image not in found.pairing.missing:
            raise AssertionError(f"{image} was sent, has no problem and yet no counts")
        return miss(image, size)
    return measure(task, image, counts, size)


def _forgive_missing(problem: Problem) -> Problem:
    if problem.code != "missing-prediction":
        return problem
    fix = "send it; it is scored as a failure here (0 in every metric)"
    return replace(problem, severity="warning", fix=fix)


def _sign(task: Task, options: Options, *, n: int, truth_digest: str) -> str:
    pooled = {"pooling": task.pooling, "resize": _say_size(task.resize)}
    alone = {"threshold": task.jaccard_threshold}
    choices: dict[str, object] = {
        **(alone if task.kind == "mask" else pooled),
        "binarise": f">{task.threshold}",
        "undefined": task.undefined,
        "missing": options.missing,
        "lenient": "yes" if options.lenient else "no",
    }
    return sign(task, choices, n=n, truth_digest=truth_digest)


def _say_size(size: Size | None) -> str:
    return f"{size.width}x{size.height}" if size else "no"


def sign(task: Task, choices: Mapping[str, object], *, n: int, truth_digest: str) -> str:
    """Write the signature of a task, its own choices in the middle."""
    head = {"task": task.id, "profile": task.profile, "metric": task.ranking}
    tail: dict[str, object] = {"n": n, "truth": truth_digest[:16]}
    if task.digest:
        tail["taskfile"] = task.digest
    return write_signature(**head, **choices, **tail, isiceval=__version__)


def digest_readings(readings: Iterable[MaskInfo]) -> str:
    """Digest content by image id: independent of folder or zip, of names and of order."""
    lines = sorted(f"{reading.image} {reading.sha256}\n" for reading in readings)
    return sha256("".join(lines).encode()).hexdigest()


def judge(found: Found, *, task: Task, lenient: bool) -> Validation:
    """Apply every rule to one submission."""
    container = found.container
    evidence = Evidence(
        task=task,
        submission=container.name,
        form=container.form,
        names=container.names,
        ignored=container.ignored,
        problems=container.problems,
        pairing=found.pairing,
        expected=found.expectation.sizes,
        readings=found.readings,
        lenient=lenient,
    )
    return Validation(
        task=task.id,
        submission=container.name,
        form=container.form,
        n_expected=len(found.expectation.sizes),
        n_matched=len(found.pairing.matched),
        n_ignored=len(container.ignored),
        noun="mask" if task.kind == "masks" else "image",
        problems=check_submission(evidence),
        conversions=_count_conversions(found.readings),
    )


def readings_of(outcomes: Iterable[CaseResult], index: int) -> tuple[MaskInfo, ...]:
    """Pick the readings of one submission, in order of image id."""
    return tuple(reading for o in outcomes for i, reading in o.infos if i == index)


def _count_conversions(readings: Iterable[MaskInfo]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for reading in readings:
        for name in reading.conversions:
            counted[name] = counted.get(name, 0) + 1
    return dict(sorted(counted.items()))


def choose_rules(task: Task, *, lenient: bool, regions: bool = False) -> MaskRules:
    """Choose how masks are read for a task; regions count only where its rules ask for one."""
    return MaskRules(
        threshold=task.threshold,
        grey=task.grey,
        lenient=lenient,
        regions=regions and task.one_region,
    )
