"""Masks, with one or several labels an image.

The aggregate is the mean over images where an image has one mask, else that of the counts of all
masks of a label, added up by pixels or by shares of the mask, as the task says. A mask of an image
with several is read under an id of image and label together, such as ``ISIC_0000001_globules``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np

from isiceval.checks.evidence import Evidence
from isiceval.checks.rules import check_submission
from isiceval.errors import CannotResample, IsicevalError, UsageError
from isiceval.kinds.cases import CaseJob, CaseResult, MaskContext, measure_cases
from isiceval.kinds.kind import (
    ROW_COLUMNS,
    UNKNOWN,
    Measured,
    MeasuredCounts,
    Outcome,
    find_undefined,
    open_source,
)
from isiceval.metrics.arrays import (
    Aggregator,
    FloatArray,
    IntArray,
    average,
    make_mean,
    make_median,
    make_sum,
)
from isiceval.metrics.counts import CountArrays, measure_counts, normalise, threshold_jaccard
from isiceval.metrics.registry import METRICS, POOLED_MASKS
from isiceval.model import Counts, FileMatch, MaskInfo, Size, Validation
from isiceval.options import ExpectedFrom, Options, Source
from isiceval.readers.mask import MaskRules, read_expected, read_headers
from isiceval.sources.container import Container
from isiceval.sources.expected import (
    Expected,
    find_files,
    match_files,
)
from isiceval.sources.sidecars import format_manifest, read_manifest
from isiceval.tasks.task import Naming, Task


def expand(task: Task) -> Task:
    """Return the task whose ids are image and label; one without labels as it is.

    The suffixes of the task stand between the two in the names of files.
    """
    if not task.labels:
        return task
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


def split_name(name: str, *, task: Task) -> tuple[str, str]:
    """Split an id of image and label into the two; IsicevalError where it holds no label."""
    if not task.labels:
        return name, ""
    label = max((label for label in task.labels if name.endswith(label)), key=len, default="")
    if not label:
        raise IsicevalError(
            f"'{name}' names no label; a mask of task {task.id} is named like {task.naming.example}"
        )
    stem = name.removesuffix(label)
    between = max((s for s in task.naming.suffixes if stem.endswith(s)), key=len, default="")
    return stem.removesuffix(between), label


def _expect(task: Task, stack: ExitStack, expected: ExpectedFrom) -> Expected:
    expected.require_one()
    if expected.truth is not None:
        found = read_expected(open_source(stack, expected.truth), task=expand(task))
        _require_labels(found.sizes, task)
        return found
    if expected.manifest is not None:
        # A manifest names images, a task with labels counts masks.
        plain = replace(task, cases=None) if task.labels else task
        return _multiply(read_manifest(Path(expected.manifest), task=plain), task)
    plain = replace(task, naming=replace(task.naming, suffixes=("",))) if task.labels else task
    return _multiply(
        read_expected(open_source(stack, expected.images or ""), task=plain, role="images"), task
    )


def _multiply(expectation: Expected, task: Task) -> Expected:
    """Expect every label of each image; ids that hold a label already stay as they are."""
    if not task.labels:
        return expectation
    whole = re.compile(expand(task).naming.image)
    between = task.naming.suffixes[0]
    sizes: dict[str, Size | None] = {}
    for image, size in expectation.sizes.items():
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


def list_images(task: Task, truth: Source) -> list[str]:
    """List the ids of the images of a truth, sorted; only names are read."""
    with ExitStack() as stack:
        names = find_files(open_source(stack, truth), task=expand(task))
        return sorted({split_name(name, task=task)[0] for name in names})


def write_manifest(task: Task, expected: ExpectedFrom) -> str:
    """Write ids and sizes as CSV."""
    with ExitStack() as stack:
        return format_manifest(_expect(task, stack, expected).sizes)


def choose_rules(task: Task, *, lenient: bool, regions: bool = False) -> MaskRules:
    """Choose how masks are read for a task; regions count only where its rules ask for one."""
    return MaskRules(
        threshold=task.threshold,
        grey=task.grey,
        lenient=lenient,
        regions=regions and task.one_region,
    )


def validate(
    task: Task, prediction: Source, expected: ExpectedFrom, options: Options
) -> Validation:
    """Check one submission; nothing is scored."""
    with ExitStack() as stack:
        expectation = _expect(task, stack, expected)
        submission = open_source(stack, prediction)
        pairing = match_files(submission, expectation, task=expand(task))
        if options.headers_only:
            readings = read_headers(submission, pairing.matched, lenient=options.lenient)
        else:
            rules = choose_rules(task, lenient=options.lenient, regions=options.checks == "all")
            context = MaskContext(
                truth=None, submissions=(submission,), truth_rules=rules, rules=rules
            )
            jobs = [job for job in _plan(expectation, [pairing]) if job.predictions]
            outcomes = measure_cases(
                context,
                jobs,
                workers=options.workers,
                pixels=expectation.pixels,
                progress=options.progress,
            )
            readings = _list_readings(outcomes, 0)
        return check_files(
            expand(task), submission, pairing, expectation, readings, options=options
        )


def measure(
    task: Task, truth: Source, predictions: Sequence[Source], options: Options
) -> Iterator[Outcome]:
    """Read each truth mask once and count it against every prediction of it."""
    if task.labels and options.missing != "refuse":
        raise UsageError(
            f"task {task.id} has no score for a mask that was not sent: it adds up the pixels of "
            "all masks; send an empty one"
        )
    named = expand(task)
    with ExitStack() as stack:
        known = open_source(stack, truth)
        if task.labels:
            _require_labels(find_files(known, task=named), task)
        submissions = tuple(open_source(stack, source) for source in predictions)
        expectation = read_expected(known, task=named)
        pairings = [match_files(submission, expectation, task=named) for submission in submissions]
        regions = options.checks == "all"
        context = MaskContext(
            truth=known,
            submissions=submissions,
            truth_rules=replace(choose_rules(task, lenient=options.lenient), grey="refuse"),
            rules=choose_rules(task, lenient=options.lenient, regions=regions),
            resize=task.resize,
        )
        jobs = _plan(expectation, pairings)
        pixels = expectation.pixels * (1 + len(submissions))
        outcomes = measure_cases(
            context,
            jobs,
            workers=options.workers,
            pixels=pixels,
            progress=options.progress,
        )
        _require_truth(outcomes, name=known.name)
        digest = digest_readings(outcome.truth for outcome in outcomes if outcome.truth)
        for index, (submission, pairing) in enumerate(zip(submissions, pairings, strict=True)):
            readings = _list_readings(outcomes, index)
            validation = check_files(
                named, submission, pairing, expectation, readings, options=options
            )
            counts = {o.image: own for o in outcomes for i, own in o.counts if i == index}
            yield Outcome(
                validation=validation,
                measured=_build(task, expectation, pairing, counts) if validation.valid else None,
                n=len(expectation.sizes),
                choices=_describe_choices(task, options),
                truth_digest=digest,
                compute_digest=partial(digest_readings, readings),
            )


def _plan(expectation: Expected, pairings: Sequence[FileMatch]) -> list[CaseJob]:
    """Make one job an expected image."""
    return [
        CaseJob(
            image=image,
            truth=expectation.files.get(image),
            expected=size,
            predictions=tuple(
                (index, pairing.matched[image])
                for index, pairing in enumerate(pairings)
                if image in pairing.matched
            ),
        )
        for image, size in expectation.sizes.items()
    ]


def _require_truth(outcomes: Iterable[CaseResult], *, name: str) -> None:
    faulty = [outcome for outcome in outcomes if outcome.truth_problem or outcome.truth is None]
    if faulty:
        first = faulty[0]
        reason = first.truth_problem or "reading it ended the process that read it"
        more = f" (and {len(faulty) - 1} more truth masks)" if len(faulty) > 1 else ""
        where = first.truth.name if first.truth else first.image
        raise IsicevalError(f"the truth {name} is at fault: {where}: {reason}{more}")


def _list_readings(outcomes: Iterable[CaseResult], index: int) -> tuple[MaskInfo, ...]:
    """List the readings of one submission, in order of image id."""
    return tuple(reading for o in outcomes for i, reading in o.infos if i == index)


def digest_readings(readings: Iterable[MaskInfo]) -> str:
    """Digest content by image id: independent of folder or zip, of names and of order."""
    lines = sorted(f"{reading.image} {reading.sha256}\n" for reading in readings)
    return sha256("".join(lines).encode()).hexdigest()


def check_files(
    task: Task,
    container: Container,
    pairing: FileMatch,
    expectation: Expected,
    readings: Sequence[MaskInfo],
    *,
    options: Options,
) -> Validation:
    """Apply every rule to the files of one submission."""
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
        lenient=options.lenient,
    )
    problems = check_submission(evidence)
    if options.missing == "zero":
        fix = "send it; it is scored as a failure here (0 in every metric)"
        problems = tuple(
            replace(problem, severity="warning", fix=fix)
            if problem.code == "missing-prediction"
            else problem
            for problem in problems
        )
    return Validation(
        task=task.id,
        submission=container.name,
        form=container.form,
        n_expected=len(expectation.sizes),
        n_matched=len(pairing.matched),
        n_ignored=len(container.ignored),
        noun="mask" if task.reader == "masks" and task.labels else "image",
        problems=problems,
        conversions=dict(sorted(Counter(n for info in readings for n in info.conversions).items())),
    )


def _build(
    task: Task, expectation: Expected, pairing: FileMatch, counts: Mapping[str, Counts]
) -> MeasuredCounts:
    """Store the counts of a submission as columns, with the task's rule for 0/0 applied."""
    sizes = expectation.sizes
    unread = sizes.keys() - counts.keys() - set(pairing.missing)
    if unread:
        raise AssertionError(f"{min(unread)} was sent, has no problem and yet no counts")
    rows = [counts.get(name) for name in sizes]
    named = [split_name(name, task=task) for name in sizes]
    return build_counts(
        task,
        images=[image for image, _ in named],
        label=[task.labels.index(label) if task.labels else 0 for _, label in named],
        counts=np.array(
            [(c.tp, c.fp, c.fn, c.tn) if c else (UNKNOWN,) * 4 for c in rows], dtype=np.int64
        ),
        sizes=[(size.width, size.height) if size else (0, 0) for size in sizes.values()],
    )


def build_counts(
    task: Task,
    *,
    images: Sequence[str],
    label: Sequence[int],
    counts: IntArray,
    sizes: Sequence[tuple[int, int]],
) -> MeasuredCounts:
    """Build the columns of counts; rows without counts are missing: failures in every metric."""
    _, metrics = ROW_COLUMNS[task.kind]
    missing = counts[:, 0] == UNKNOWN
    columns = CountArrays(*counts.T)
    values = {
        name: np.where(missing, METRICS[name].missing, _measure(name, columns, task))
        for name in metrics
    }
    return MeasuredCounts(
        images=tuple(images),
        labels=task.labels,
        label=np.array(label, dtype=np.int64),
        counts=counts,
        sizes=np.array(sizes, dtype=np.int64).reshape(len(images), 2),
        missing=missing,
        values=values,
        undefined={} if task.labels else find_undefined(counts, metrics),
    )


def _measure(metric: str, counts: CountArrays, task: Task) -> FloatArray:
    """Compute one metric; where it is undefined the value is what the task says."""
    if metric == "threshold_jaccard":
        values = threshold_jaccard(counts, threshold=task.jaccard_threshold)
        undefined = np.nan if task.undefined == "omit" else task.undefined
        return np.where(np.isnan(values), undefined, values)
    return measure_counts(metric, counts, undefined=task.undefined)


def prepare(task: Task, measured: Measured) -> Aggregator:
    """Prepare every aggregate to be computed on any draw of the images."""
    if not isinstance(measured, MeasuredCounts):
        raise TypeError("masks are measured by counts")
    return _prepare_pooled(task, measured) if task.labels else _prepare_means(task, measured)


def _prepare_means(task: Task, measured: MeasuredCounts) -> Aggregator:
    """Prepare the mean of each metric, the failure rate and the median Jaccard.

    The failure rate is the share, among the images with a Jaccard, of those below the threshold.
    """
    order = sorted(range(len(measured)), key=measured.images.__getitem__)
    values = {name: measured.values[name][order] for name in METRICS}
    jaccards = values["jaccard"]
    failed = np.where(np.isnan(jaccards), np.nan, jaccards < task.jaccard_threshold)
    values["failure_rate"] = failed
    mean, median = make_mean(list(values.values())), make_median([jaccards])
    return Aggregator(
        units=tuple(measured.images[row] for row in order),
        names=(*values, "median_jaccard"),
        evaluate=lambda weights: np.concatenate([mean(weights), median(weights)], axis=1),
        unit_values=values,
        undefined={name: int(column.sum()) for name, column in measured.undefined.items()},
    )


def _prepare_pooled(task: Task, measured: MeasuredCounts) -> Aggregator:
    """Prepare the metrics of the counts of all masks of a label added up.

    The overall value of a metric is the mean over the labels where pixels are pooled, as in
    2016, and that of all masks of all labels together where shares are, as in 2018.
    """
    if not measured.known.all():
        raise CannotResample(
            "it is a scorecard without the pixel counts of single masks, which draws of the images "
            "need: give the submission itself, and the truth, in its place"
        )
    units = tuple(sorted(set(measured.images)))
    places = {image: place for place, image in enumerate(units)}
    at = np.array([places[image] for image in measured.images], dtype=np.int64)
    shares = task.pooling == "shares"
    counts = CountArrays(*measured.counts.T)
    parts = np.stack(normalise(counts) if shares else counts, axis=1)
    pooled = np.zeros((len(task.labels), 4, len(units)))
    np.add.at(pooled, (measured.label, slice(None), at), parts)
    total = make_sum(pooled.reshape(-1, len(units)))
    several = len(task.labels) > 1

    def evaluate(weights: IntArray) -> FloatArray:
        sums = total(weights).T.reshape(len(task.labels), 4, -1)
        by_label = [CountArrays(*label) for label in sums]
        everything = CountArrays(*sums.sum(axis=0))
        columns = []
        for metric in POOLED_MASKS:
            own = [_measure(metric, counts, task) for counts in by_label]
            columns.append(_measure(metric, everything, task) if shares else average(own))
            columns += own if several else []
        return np.stack(columns, axis=1)

    names = [
        name
        for metric in POOLED_MASKS
        for name in (metric, *(f"{metric}.{label}" for label in task.labels if several))
    ]
    return Aggregator(units=units, names=tuple(names), evaluate=evaluate)


def _describe_choices(task: Task, options: Options) -> dict[str, object]:
    """Describe the choices that move a number, for the signature."""
    size = task.resize
    pooled = {"pooling": task.pooling, "resize": f"{size.width}x{size.height}" if size else "no"}
    return {
        **(pooled if task.labels else {"threshold": task.jaccard_threshold}),
        "binarise": f">{task.threshold}",
        "undefined": task.undefined,
        "missing": options.missing,
        "lenient": "yes" if options.lenient else "no",
    }
