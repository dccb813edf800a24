"""Read and count one image: its truth once, then every prediction for it.

The unit of work is the image, not the submission, so that a leaderboard decodes each truth
mask once however many submissions there are, and memory never holds more than one image.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from isiceval.model import Counts, Problem, Reading, Size
from isiceval.readers.headers import read_one
from isiceval.readers.telling import MaskRules
from isiceval.sources.container import ArrayContainer, Container, ReadError
from isiceval.sources.limits import say_bytes

if TYPE_CHECKING:
    from isiceval.readers.bitmask import PackedMask

SLACK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One image to read: the truth's file name, and (submission, file name) of each prediction.

    Without a truth, ``expected`` is all that a prediction's size is held against.
    """

    image: str
    truth: str | None = None
    expected: Size | None = None
    predictions: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one job; a pair that could not be compared has no counts.

    ``truth_fault`` says why the truth cannot be used; it is empty when the truth is fine.
    """

    image: str
    truth: Reading | None = None
    truth_fault: str = ""
    readings: tuple[tuple[int, Reading], ...] = ()
    counts: tuple[tuple[int, Counts], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every job needs: where to read from, and what to make of the pixels.

    ``resize``: to which size truth and prediction are brought before they are counted.
    """

    truth: Container | None
    submissions: tuple[Container, ...]
    truth_rules: MaskRules
    rules: MaskRules
    resize: Size | None = None

    def measure(self, job: Job) -> Outcome:
        """Read the truth and the predictions of one image, and count their pixels."""
        truth_reading, truth_mask = self._read_truth(job)
        expected = truth_reading.size if truth_reading else job.expected
        readings, counts = [], []
        for index, name in job.predictions:
            reading, mask = read_from(
                self.submissions[index], name, image=job.image, rules=self.rules, expected=expected
            )
            readings.append((index, reading))
            if mask is not None and truth_mask is not None:
                counts.append((index, self._count(truth_mask, mask)))
        return Outcome(
            image=job.image,
            truth=truth_reading,
            truth_fault=tell_fault(truth_reading) if truth_mask is None else "",
            readings=tuple(readings),
            counts=tuple(counts),
        )

    def _count(self, truth: PackedMask, prediction: PackedMask) -> Counts:
        from isiceval.metrics.counts import count_packed

        if self.resize is None:
            return count_packed(truth, prediction)
        pair = (resize_packed(truth, self.resize), resize_packed(prediction, self.resize))
        return count_packed(*pair)

    def _read_truth(self, job: Job) -> tuple[Reading | None, PackedMask | None]:
        if self.truth is None or job.truth is None:
            return None, None
        return read_from(self.truth, job.truth, image=job.image, rules=self.truth_rules)


def resize_packed(mask: PackedMask, size: Size) -> PackedMask:
    """Resize a packed mask by taking the nearest pixel."""
    from isiceval.metrics.pooling import resize_nearest
    from isiceval.readers.bitmask import PackedMask

    resized = resize_nearest(mask.to_array(), width=size.width, height=size.height)
    return PackedMask.from_array(resized)


def read_from(
    container: Container,
    name: str,
    *,
    image: str,
    rules: MaskRules,
    expected: Size | None = None,
) -> tuple[Reading, PackedMask | None]:
    """Read one mask from a folder, a zip or memory; what goes wrong is in the reading."""
    from isiceval.readers.mask import read_array, read_mask

    if isinstance(container, ArrayContainer):
        array = container.array(name)
        return read_array(array, image=image, name=name, rules=rules, expected=expected)
    try:
        if expected and container.size(name) > limit_bytes(expected):
            reading = read_one(container, name, image=image, lenient=rules.lenient)
            return _refuse(reading, container.size(name), expected), None
        data = container.read(name)
    except ReadError as error:
        return Reading(image=image, name=name, problems=(error.problem,)), None
    return read_mask(data, image=image, name=name, rules=rules, expected=expected)


def limit_bytes(expected: Size) -> int:
    """Limit the bytes of a mask: four a pixel are more than any way to save one takes."""
    return 4 * expected.pixels + SLACK_BYTES


def _refuse(reading: Reading, n_bytes: int, expected: Size) -> Reading:
    """Refuse a file that is too large; where its header tells why, that says more."""
    if reading.problems or reading.size != expected:
        return reading
    limit = say_bytes(limit_bytes(expected))
    detail = f"has {say_bytes(n_bytes)}; of a mask of {expected}, at most {limit} are read"
    return replace(reading, problems=(Problem("oversized-member", reading.name, detail),))


def tell_fault(truth: Reading | None) -> str:
    """Say in a few words why a truth mask cannot be used."""
    if truth is None:
        return ""
    if truth.problems:
        return truth.problems[0].detail
    if len(truth.values) > 2:
        return f"it has {len(truth.values)} grey values, a truth mask has two: threshold it first"
    return f"its mode is {truth.mode}, a truth mask is grey (L) or black and white (1)"


def split(job: Job) -> Iterator[Job]:
    """Split a job into one job for each prediction, to find the one that is to blame."""
    return (replace(job, predictions=(prediction,)) for prediction in job.predictions)


def blame(job: Job) -> Outcome:
    """Make the outcome of a job whose prediction brought its worker down."""
    detail = "reading the file ended the process that read it"
    faulty = tuple(
        (
            index,
            Reading(
                image=job.image, name=name, problems=(Problem("unreadable-file", name, detail),)
            ),
        )
        for index, name in job.predictions
    )
    return Outcome(image=job.image, readings=faulty)
