"""Masks, with one or several labels an image.

The unit of work is the image, not the submission, so that a leaderboard decodes each truth mask
once however many submissions there are, and memory never holds more than one image.

The aggregate is the mean over images where an image has one mask, else that of the counts of all
masks of a label, added up by pixels or by shares of the mask, as the task says. A mask of an image
with several is read under an id of image and label together, such as ``ISIC_0000001_globules``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from pkgutil import resolve_name
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from isiceval.checks.evidence import Evidence
from isiceval.checks.rules import check_submission
from isiceval.compute.executor import Progress, map_jobs, run_alone
from isiceval.errors import CannotResample, IsicevalError, UsageError
from isiceval.kinds import kind
from isiceval.kinds.kind import UNKNOWN, Measured, MeasuredCounts, Outcome
from isiceval.metrics import arrays
from isiceval.metrics.arrays import Aggregator, BoolArray, FloatArray, IntArray, Term
from isiceval.metrics.counts import (
    FORMULAS,
    CountArrays,
    measure_counts,
    normalise,
    resize_nearest,
    split_counts,
)
from isiceval.metrics.registry import MEASURES, METRICS, POOLED_MASKS
from isiceval.model import Case, FileMatch, MaskInfo, Problem, Size, Validation
from isiceval.options import ExpectedFrom, Options, PageSources, Source
from isiceval.readers.bitmask import BitMask
from isiceval.readers.mask import MaskRules, read_expected, read_file, read_header
from isiceval.sources.container import MAX_PIXELS, Container
from isiceval.sources.expected import Expected, find_files, match_files
from isiceval.sources.opening import open_source
from isiceval.sources.sidecars import format_manifest
from isiceval.tasks.task import Naming, Task

# How fast one process reads masks saved as PNG. The ISIC 2017 masks, of 12 million pixels on
# average, were read at 1.7 billion a second; masks with a noisy outline take longer.
PIXELS_A_SECOND = 1_000_000_000

# How large, in mean images, an image not yet seen may be where pixels are pooled, since large ones
# weigh more. With 1 one of ten equal teams was called better in .11 of boards, with 2 in .04.
POOLED_SIZE = 2.0

NO_COUNTS = (
    "it is a scorecard without the pixel counts of single masks, which draws of the images need: "
    "give the submission itself, and the truth, in its place"
)


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


def _expect_truth(task: Task, truth: Container) -> Expected:
    """Read ids and sizes from the truth; IsicevalError unless each image has all labels."""
    expectation = read_expected(truth, task=expand(task))
    found: dict[str, list[str]] = {}
    for name in expectation.sizes:
        image, label = split_name(name, task=task)
        found.setdefault(image, []).append(label)
    for image, labels in found.items():
        lacking = [label for label in task.labels if label not in labels]
        if lacking:
            raise IsicevalError(f"the truth has no mask of {image} for {', '.join(lacking)}")
    return expectation


def _expect(task: Task, expected: ExpectedFrom) -> Expected:
    if expected.truth is not None:
        return _expect_truth(task, open_source(expected.truth))
    if not task.labels:
        return kind.read_listed(task, expected)
    # A manifest, or a folder, names images; the task counts masks, which have suffixes.
    plain = replace(task, cases=None, naming=replace(task.naming, suffixes=("",)))
    whole, between = re.compile(expand(task).naming.image), task.naming.suffixes[0]
    sizes: dict[str, Size | None] = {}
    for image, size in kind.read_listed(plain, expected).sizes.items():
        # Ids that hold a label already stay as they are.
        names = [image] if whole.fullmatch(image) else [f"{image}{between}{n}" for n in task.labels]
        sizes |= dict.fromkeys(names, size)
    return Expected(sizes=sizes, files={})


def list_images(task: Task, truth: Source) -> list[str]:
    """List the ids of the images of a truth, sorted; only names are read."""
    names = find_files(open_source(truth), task=expand(task))
    return sorted({split_name(name, task=task)[0] for name in names})


def write_manifest(task: Task, expected: ExpectedFrom) -> str:
    """Write ids and sizes as CSV."""
    return format_manifest(_expect(task, expected).sizes)


def choose_rules(task: Task, options: Options) -> MaskRules:
    """Choose how masks are read for a task; regions count only where its rules ask for one."""
    return MaskRules(
        threshold=task.threshold,
        grey=task.grey,
        lenient=options.lenient,
        regions=options.checks == "all" and task.one_region,
    )


def validate(
    task: Task, prediction: Source, expected: ExpectedFrom, options: Options
) -> Validation:
    """Check one submission; nothing is scored."""
    expectation = _expect(task, expected)
    sent = open_source(prediction)
    pairing = match_files(sent, expectation, task=expand(task))
    readings: Iterable[MaskInfo]
    if options.headers_only:
        readings = [
            read_header(sent, name, image=image, lenient=options.lenient)
            for image, name in sorted(pairing.matched.items())
        ]
    else:
        context = MaskContext(
            submissions=(sent,),
            expectation=expectation,
            pairings=(pairing,),
            rules=choose_rules(task, options),
        )
        results = measure_cases(context, workers=options.workers, progress=options.progress)
        readings = [info for result in results for _, info, _ in result.found]
    return check_files(expand(task), sent, pairing, expectation, readings, options=options)


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
    known = open_source(truth)
    submissions = tuple(open_source(source) for source in predictions)
    expectation = _expect_truth(task, known)
    wanted = ("counts", *kind.ROW_COLUMNS[task.kind][1])
    context = MaskContext(
        truth=known,
        submissions=submissions,
        expectation=expectation,
        pairings=tuple(match_files(sent, expectation, task=named) for sent in submissions),
        rules=choose_rules(task, options),
        resize=task.resize,
        measures={name: resolve_name(MEASURES[name]) for name in wanted if name in MEASURES},
    )
    results = measure_cases(context, workers=options.workers, progress=options.progress)
    _require_truth(results, name=known.name)
    digest = digest_readings(result.truth for result in results if result.truth)
    readings: list[list[MaskInfo]] = [[] for _ in submissions]
    compared: list[dict[str, Compared]] = [{} for _ in submissions]
    for result in results:
        for index, info, row in result.found:
            readings[index].append(info)
            if row is not None:
                compared[index][result.image] = row
    found = zip(submissions, context.pairings, readings, compared, strict=True)
    for sent, pairing, infos, own in found:
        validation = check_files(named, sent, pairing, expectation, infos, options=options)
        yield Outcome(
            validation=validation,
            measured=_build(context, pairing, own, task=task) if validation.valid else None,
            choices=describe_choices(task, options),
            truth_digest=digest,
            compute_digest=partial(digest_readings, infos),
        )


Compared: TypeAlias = tuple[Any, ...]
"""What the measures of the context found of truth and prediction of one image, the counts first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskContext:
    """What every job needs: where to read from, what is expected, and how pixels are read.

    Without a truth, sizes are compared with those expected, and nothing is measured. ``measures``
    are the functions that compare truth and prediction, by the names of the registry.
    """

    truth: Container | None = None
    submissions: tuple[Container, ...]
    expectation: Expected
    pairings: tuple[FileMatch, ...]
    rules: MaskRules
    resize: Size | None = None
    measures: Mapping[str, Callable[[BitMask, BitMask], Any]] = field(default_factory=dict)


Job: TypeAlias = tuple[str, tuple[int, ...]]
"""An image, and the places of the submissions whose mask of it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """What was found by one job; ``usable`` tells whether the truth can be compared with.

    ``found`` has the place of each submission, what reading its mask found, and what was measured;
    None where the two could not be compared.
    """

    image: str
    truth: MaskInfo | None = None
    usable: bool = False
    found: tuple[tuple[int, MaskInfo, Compared | None], ...] = ()


def measure_cases(
    context: MaskContext, *, workers: int | None, progress: Progress | None = None
) -> list[CaseResult]:
    """Read, and where there is a truth count, every mask of every expected image, in their order.

    ``progress`` is called with images done and images in all. A file that ends the process that
    reads it gets a problem, and nothing else is lost.
    """
    has_truth, sizes = context.truth is not None, context.expectation.sizes
    jobs: list[Job] = []
    for image in sizes:
        places = tuple(n for n, own in enumerate(context.pairings) if image in own.matched)
        if has_truth or places:
            jobs.append((image, places))
    # Sending an array to another process takes longer than reading it here (for 12 million pixels
    # 48 ms against 7 ms as booleans and 20 ms as numbers), so masks in memory are not worth one.
    containers = (context.truth, *context.submissions)
    in_memory = any(container and container.form == "memory" for container in containers)
    pixels = sum(
        size.pixels * (has_truth + len(places)) for image, places in jobs if (size := sizes[image])
    )
    seconds = 0.0 if in_memory else pixels / PIXELS_A_SECOND
    results: list[CaseResult] = []
    for result in map_jobs(measure_case, jobs, context=context, workers=workers, seconds=seconds):
        results.append(result or _retry(context, jobs[len(results)]))
        if progress is not None:
            progress(len(results), len(jobs))
    return results


def _retry(context: MaskContext, job: Job) -> CaseResult:
    """Read the truth and each prediction of an image in jobs of their own."""
    image, places = job
    jobs: list[Job] = [(image, ()), *((image, (place,)) for place in places)]
    whole, *results = [run_alone(measure_case, context, job) for job in jobs]
    found: list[tuple[int, MaskInfo, Compared | None]] = []
    for place, result in zip(places, results, strict=True):
        name = context.pairings[place].matched[image]
        detail = "reading the file ended the process that read it"
        problem = Problem("unreadable-file", name, detail)
        killed = (place, MaskInfo(image=image, name=name, problems=(problem,)), None)
        found.extend(result.found if result else [killed])
    return replace(whole or CaseResult(image=image), found=tuple(found))


def measure_case(context: MaskContext, job: Job) -> CaseResult:
    """Read the truth and the predictions of one image, and compare them."""
    image, places = job
    info = truth = None
    if context.truth is not None:
        rules = replace(context.rules, grey="refuse", regions=False)
        name = context.expectation.files[image]
        info, truth = read_file(context.truth, name, image=image, rules=rules)
        truth = _resize(truth, context.resize)
    expected = info.size if info else context.expectation.sizes[image]
    found: list[tuple[int, MaskInfo, Compared | None]] = []
    for place in places:
        name = context.pairings[place].matched[image]
        own, mask = read_file(
            context.submissions[place], name, image=image, rules=context.rules, expected=expected
        )
        row = None
        if (mask := _resize(mask, context.resize)) is not None and truth is not None:
            row = tuple(measure(truth, mask) for measure in context.measures.values())
        found.append((place, own, row))
    return CaseResult(image=image, truth=info, usable=truth is not None, found=tuple(found))


def read_pairs(
    task: Task, cases: Iterable[Case], sources: PageSources
) -> Iterator[tuple[Case, BoolArray, BoolArray]]:
    """Read truth and prediction of chosen cases again, where both are there and of one size."""
    named, truth = expand(task), open_source(sources.truth)
    prediction, files = open_source(sources.prediction), find_files(truth, task=named)
    expected = Expected(sizes=dict.fromkeys(files), files=files)
    matched = match_files(prediction, expected, task=named).matched
    names = {split_name(name, task=task): name for name in matched}
    rules = replace(choose_rules(task, Options(lenient=sources.lenient)), regions=False)
    for case in cases:
        if name := names.get((case.image, case.label)):
            known, given = (
                read_file(source, file, image=case.image, rules=own, expected=case.size)[1]
                for source, file, own in (
                    (truth, files[name], replace(rules, grey="refuse")),
                    (prediction, matched[name], rules),
                )
            )
            if known is not None and given is not None and known.size == given.size:
                yield case, known.to_array(), given.to_array()


def _resize(mask: BitMask | None, size: Size | None) -> BitMask | None:
    if mask is None or size is None:
        return mask
    return BitMask.from_array(resize_nearest(mask.to_array(), width=size.width, height=size.height))


def _require_truth(results: Iterable[CaseResult], *, name: str) -> None:
    """Raise IsicevalError where a mask of the truth cannot be compared with."""
    faulty = [result for result in results if not result.usable]
    if not faulty:
        return
    info = faulty[0].truth
    if info is None:
        reason = "reading it ended the process that read it"
    elif info.problems:
        reason = info.problems[0].detail
    elif len(info.values) > 2:
        reason = f"it has {len(info.values)} grey values, a truth mask has two: threshold it first"
    else:
        reason = f"its mode is {info.mode}, a truth mask is grey (L) or black and white (1)"
    more = f" (and {len(faulty) - 1} more truth masks)" if len(faulty) > 1 else ""
    where = info.name if info else faulty[0].image
    raise IsicevalError(f"the truth {name} is at fault: {where}: {reason}{more}")


def digest_readings(readings: Iterable[MaskInfo]) -> str:
    """Digest content by image id: independent of folder or zip, of names and of order."""
    lines = sorted(f"{reading.image} {reading.sha256}\n" for reading in readings)
    return sha256("".join(lines).encode()).hexdigest()


def check_files(
    task: Task,
    container: Container,
    pairing: FileMatch,
    expectation: Expected,
    readings: Iterable[MaskInfo],
    *,
    options: Options,
) -> Validation:
    """Apply every rule to the files of one submission."""
    infos = tuple(readings)
    evidence = Evidence(
        task=task,
        submission=container.name,
        form=container.form,
        names=container.names,
        ignored=container.ignored,
        problems=container.problems,
        pairing=pairing,
        expected=expectation.sizes,
        readings=infos,
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
        noun="mask" if task.kind == "masks" else "image",
        problems=problems,
        conversions=dict(sorted(Counter(n for info in infos for n in info.conversions).items())),
    )


def _build(
    context: MaskContext, pairing: FileMatch, compared: Mapping[str, Compared], *, task: Task
) -> MeasuredCounts:
    """Store what was measured of a submission as columns, with the task's rule for 0/0 applied."""
    sizes = context.expectation.sizes
    unread = sizes.keys() - compared.keys() - set(pairing.missing)
    if unread:
        raise AssertionError(f"{min(unread)} was sent, has no problem and yet no counts")
    nothing = ((UNKNOWN,) * 4, *[np.nan] * len(METRICS))
    rows = [compared.get(name, nothing) for name in sizes]
    named = [split_name(name, task=task) for name in sizes]
    return build_counts(
        task,
        images=[image for image, _ in named],
        label=[task.labels.index(label) if label else 0 for _, label in named],
        columns={n: np.array([row[at] for row in rows]) for at, n in enumerate(context.measures)},
        sizes=[(size.width, size.height) if size else (0, 0) for size in sizes.values()],
    )


def build_counts(
    task: Task,
    *,
    images: Sequence[str],
    label: Sequence[int],
    columns: dict[str, NDArray[Any]],
    sizes: Sequence[tuple[int, int]],
) -> MeasuredCounts:
    """Build the columns of counts; rows without counts are missing: failures in every metric.

    ``columns``: what was measured, the counts (rows, 4) and of each other metric (rows,).
    """
    counts, metrics = columns["counts"], kind.ROW_COLUMNS[task.kind][1]
    missing, counted = counts[:, 0] == UNKNOWN, CountArrays(*counts.T)
    formula = partial(measure_counts, undefined=task.undefined, threshold=task.jaccard_threshold)
    known = columns | {n: formula(n, counted) for n in FORMULAS if n in metrics}
    return MeasuredCounts(
        images=tuple(images),
        labels=task.labels,
        label=np.array(label, dtype=np.int64),
        counts=counts,
        sizes=np.array(sizes, dtype=np.int64).reshape(len(images), 2),
        missing=missing,
        values={n: np.where(missing, METRICS[n].missing, known[n]) for n in metrics},
    )


def recompute(task: Task, measured: Measured) -> MeasuredCounts:
    """Compute every value of single masks again from their counts.

    Raises CannotResample where a mask that was sent has no counts, ValueError where counts are not
    those of an image of that size.
    """
    if not isinstance(measured, MeasuredCounts):
        raise TypeError("masks are measured by counts")
    counts, sizes = measured.counts, measured.sizes
    unknown = counts[:, 0] == UNKNOWN
    if (unknown & ~measured.missing).any() or task.ranking in MEASURES:
        raise CannotResample(NO_COUNTS)
    sized = ~unknown & (sizes[:, 0] > 0) & (task.resize is None)
    wrong = (counts > MAX_PIXELS).any(axis=1) | (sized & (counts.sum(axis=1) != sizes.prod(axis=1)))
    if wrong.any():
        image = measured.images[int(np.flatnonzero(wrong)[0])]
        raise ValueError(f"the counts of {image} do not add up to its size")
    return build_counts(
        task,
        images=measured.images,
        label=measured.label.tolist(),
        # What needs the masks themselves cannot be computed again.
        columns={"counts": counts, **{n: measured.values[n] for n in METRICS if n in MEASURES}},
        sizes=[(width, height) for width, height in sizes.tolist()],
    )


def prepare(task: Task, measured: Measured) -> Aggregator:
    """Prepare every aggregate to be computed on any draw of the images.

    Of one mask an image these are the mean of each metric, the failure rate (the share, among the
    images with a Jaccard, of those below the threshold) and the median Jaccard.
    """
    if not isinstance(measured, MeasuredCounts):
        raise TypeError("masks are measured by counts")
    if task.labels:
        return _prepare_pooled(task, measured)
    valueless = np.isnan([*measured.values.values()]).all(axis=0)
    if ((measured.counts[:, 0] == UNKNOWN) & ~measured.missing & valueless).any():
        raise CannotResample(NO_COUNTS)
    order = sorted(range(len(measured)), key=measured.images.__getitem__)
    values = {name: measured.values[name][order] for name in METRICS}
    jaccards = values["jaccard"]
    failed = np.where(np.isnan(jaccards), np.nan, jaccards < task.jaccard_threshold)
    values["failure_rate"] = failed
    mean, median = arrays.make_mean(list(values.values())), arrays.make_median([jaccards])
    return Aggregator(
        units=tuple(measured.images[row] for row in order),
        names=(*values, "median_jaccard"),
        evaluate=lambda weights: np.concatenate([mean(weights), median(weights)], axis=1),
        unit_values=values,
        compute_terms=lambda: _list_mean_terms(values),
        undefined={name: int(column.sum()) for name, column in measured.undefined.items()},
    )


def _list_mean_terms(values: Mapping[str, FloatArray]) -> dict[str, list[Term]]:
    places = {name: np.flatnonzero(~np.isnan(own)) for name, own in values.items()}
    terms = {name: [Term(own[places[name]], places[name])] for name, own in values.items()}
    (jaccard,) = terms["jaccard"]
    unknown = jaccard._replace(values=np.full(len(jaccard.values), np.nan))
    return terms | {"median_jaccard": [unknown]}


def _prepare_pooled(task: Task, measured: MeasuredCounts) -> Aggregator:
    """Prepare the metrics of the counts of all masks of a label added up.

    The overall value of a metric is the mean over the labels where pixels are pooled, as in
    2016, and that of all masks of all labels together where shares are, as in 2018.
    """
    if (measured.counts == UNKNOWN).any():
        raise CannotResample(NO_COUNTS)
    units, at = kind.number_images(measured.images)
    shares, n_labels = task.pooling == "shares", len(task.labels)
    counts = CountArrays(*measured.counts.T)
    parts = np.stack(normalise(counts) if shares else counts, axis=1)
    pooled = np.zeros((n_labels, 4, len(units)))
    np.add.at(pooled, (measured.label, slice(None), at), parts)
    total = arrays.make_sum(pooled.reshape(-1, len(units)))
    labels = task.labels if n_labels > 1 else ()
    formula = partial(measure_counts, undefined=task.undefined)

    def evaluate(weights: IntArray) -> FloatArray:
        sums = total(weights).T.reshape(n_labels, 4, -1)
        by_label = [CountArrays(*label) for label in sums]
        everything = CountArrays(*sums.sum(axis=0))
        columns = []
        for metric in POOLED_MASKS:
            own = [formula(metric, counts) for counts in by_label]
            columns.append(formula(metric, everything) if shares else arrays.average(own))
            columns += own if labels else []
        return np.stack(columns, axis=1)

    names = [
        name
        for metric in POOLED_MASKS
        for name in (metric, *(f"{metric}.{label}" for label in labels))
    ]

    def compute_terms() -> dict[str, list[Term]]:
        terms = {}
        for metric in POOLED_MASKS:
            own = [split_counts(metric, label, size=POOLED_SIZE) for label in pooled]
            whole = split_counts(metric, pooled.sum(axis=0), size=POOLED_SIZE)
            omit = task.undefined == "omit"
            terms[metric] = whole if shares else arrays.average_terms(own, omit=omit)
            terms |= {f"{metric}.{n}": found for n, found in zip(labels, own, strict=False)}
        return terms

    return Aggregator(
        units=units, names=tuple(names), evaluate=evaluate, compute_terms=compute_terms
    )


def describe_choices(task: Task, options: Options) -> dict[str, object]:
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
