"""Read and count the masks of one image: its truth once, then every prediction for it.

The unit of work is the image, not the submission, so that a leaderboard decodes each truth
mask once however many submissions there are, and memory never holds more than one image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from isiceval.compute.executor import Progress, map_jobs, run_alone
from isiceval.model import Counts, MaskInfo, Problem, Size
from isiceval.readers.mask import MaskRules, read_file
from isiceval.sources.container import Container

if TYPE_CHECKING:
    from isiceval.readers.bitmask import BitMask

# How fast one process reads masks saved as PNG. The ISIC 2017 masks, of 12 million pixels on
# average, were read at 1.7 billion a second; masks with a noisy outline take longer.
PIXELS_A_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseJob:
    """One image to read: the truth's file name, and (submission, file name) of each prediction.

    Without a truth, the size of a prediction is compared with ``expected``.
    """

    image: str
    truth: str | None = None
    expected: Size | None = None
    predictions: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """What was found by one job; a pair that could not be compared has no counts.

    ``truth_problem`` says why the truth cannot be used; it is empty when the truth is fine.
    """

    image: str
    truth: MaskInfo | None = None
    truth_problem: str = ""
    infos: tuple[tuple[int, MaskInfo], ...] = ()
    counts: tuple[tuple[int, Counts], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskContext:
    """What every job needs: where to read from, and how pixels are read.

    ``resize``: to which size truth and prediction are brought before they are counted.
    """

    truth: Container | None
    submissions: tuple[Container, ...]
    truth_rules: MaskRules
    rules: MaskRules
    resize: Size | None = None


def measure_cases(
    context: MaskContext,
    jobs: Sequence[CaseJob],
    *,
    workers: int | None,
    pixels: int = 0,
    progress: Progress | None = None,
) -> list[CaseResult]:
    """Do every job and return the results in the order of the jobs.

    ``pixels`` is how many there are to read; from it follows how long it takes.
    ``progress`` is called with images done and images in all. A file that ends the process that
    reads it gets a problem, and nothing else is lost.
    """
    results: list[CaseResult] = []
    # Sending an array to another process takes longer than reading it here (for 12 million pixels
    # 48 ms against 7 ms as booleans and 20 ms as numbers), so masks in memory are not worth one.
    containers = (context.truth, *context.submissions)
    in_memory = any(container and container.form == "memory" for container in containers)
    seconds = 0.0 if in_memory else pixels / PIXELS_A_SECOND
    found = map_jobs(measure_case, jobs, context=context, workers=workers, seconds=seconds)
    for result in found:
        if result is None:
            result = _retry(context, jobs[len(results)])  # noqa: PLW2901 - the same job
        results.append(result)
        if progress is not None:
            progress(len(results), len(jobs))
    return results


def _retry(context: MaskContext, job: CaseJob) -> CaseResult:
    """Read the truth and each prediction of an image in jobs of their own."""
    parts = [replace(job, predictions=(prediction,)) for prediction in job.predictions]
    jobs = [replace(job, predictions=()), *parts]
    whole, *results = [run_alone(measure_case, context, job) for job in jobs]
    infos: list[tuple[int, MaskInfo]] = []
    for (index, name), result in zip(job.predictions, results, strict=True):
        detail = "reading the file ended the process that read it"
        problem = Problem("unreadable-file", name, detail)
        killed = ((index, MaskInfo(image=job.image, name=name, problems=(problem,))),)
        infos.extend(result.infos if result else killed)
    return CaseResult(
        image=job.image,
        truth=whole.truth if whole else None,
        truth_problem=whole.truth_problem if whole else "",
        infos=tuple(infos),
        counts=tuple(pair for result in results if result for pair in result.counts),
    )


def measure_case(context: MaskContext, job: CaseJob) -> CaseResult:
    """Read the truth and the predictions of one image, and count their pixels."""
    truth_info = truth = None
    if context.truth is not None and job.truth is not None:
        truth_info, truth = read_file(
            context.truth, job.truth, image=job.image, rules=context.truth_rules
        )
    expected = truth_info.size if truth_info else job.expected
    infos, counts = [], []
    for index, name in job.predictions:
        info, mask = read_file(
            context.submissions[index],
            name,
            image=job.image,
            rules=context.rules,
            expected=expected,
        )
        infos.append((index, info))
        if mask is not None and truth is not None:
            counts.append((index, _count(truth, mask, resize=context.resize)))
    return CaseResult(
        image=job.image,
        truth=truth_info,
        truth_problem=_find_truth_problem(truth_info) if truth_info and truth is None else "",
        infos=tuple(infos),
        counts=tuple(counts),
    )


def _count(truth: BitMask, prediction: BitMask, *, resize: Size | None) -> Counts:
    from isiceval.readers.bitmask import BitMask, count_packed

    if resize is None:
        return count_packed(truth, prediction)
    from isiceval.metrics.counts import resize_nearest

    resized = (
        resize_nearest(mask.to_array(), width=resize.width, height=resize.height)
        for mask in (truth, prediction)
    )
    return count_packed(*map(BitMask.from_array, resized))


def _find_truth_problem(truth: MaskInfo) -> str:
    """Say in a few words why a truth mask cannot be used."""
    if truth.problems:
        return truth.problems[0].detail
    if len(truth.values) > 2:
        return f"it has {len(truth.values)} grey values, a truth mask has two: threshold it first"
    return f"its mode is {truth.mode}, a truth mask is grey (L) or black and white (1)"
