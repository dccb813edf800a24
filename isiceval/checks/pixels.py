"""Rules on what the pixels of a mask say by themselves; no truth is looked at."""

from __future__ import annotations

from collections.abc import Iterator

from isiceval.checks.evidence import Evidence
from isiceval.checks.registry import Finding, rule
from isiceval.model import Reading

BLACK_AND_WHITE = frozenset({0, 255})
COMPRESSION_NOISE = 24
TO_255 = "make the lesion 255 and the rest 0: (mask > {}).astype('uint8') * 255"


@rule("grey-mask", "error")
def grey_mask(evidence: Evidence) -> Iterator[Finding]:
    """The mask has more than two grey values, which this task refuses.

    The official scorer of 2016 takes a mask only if it has two values, so that nobody but its
    maker decides where the lesion ends. Later years accept grey masks and put a threshold on
    them; there the rule `not-binary` warns instead.

    Fix: put your own threshold on the mask and save 0 and 255 only.
    """
    for reading in evidence.readings:
        if _is_refused(evidence, reading):
            message = f"{_name_values(reading.values)}, but this task takes two values only"
            yield Finding(reading.name, message, _fix_values(evidence, evidence.task.threshold))


def _is_refused(evidence: Evidence, reading: Reading) -> bool:
    converted = evidence.lenient and reading.foreground is not None
    return evidence.task.grey == "refuse" and len(reading.values) > 2 and not converted


@rule("not-binary", "warning")
def not_binary(evidence: Evidence) -> Iterator[Finding]:
    """The mask has other values than 0 (background) and 255 (lesion).

    A pixel counts as lesion where its value is greater than the task's threshold, 128 in all
    ISIC tasks. So a mask of 0 and 1, or of 0 and 128, is all background, and the official
    scorer gives it 0 without a word. A soft mask is cut at the threshold, which may not be the
    place where you would cut it. The task of 2016 rescales masks of two values to 0 and 255.

    Fix: save lesion pixels as 255 and all others as 0.
    """
    for reading in evidence.readings:
        if _has_odd_values(evidence, reading) and not _is_refused(evidence, reading):
            yield Finding(reading.name, *_say_values(evidence, reading))


def _has_odd_values(evidence: Evidence, reading: Reading) -> bool:
    colours = evidence.lenient and reading.mode in (
        "RGB",
        "RGBA",
        "LA",
    )  # read as the grey they are
    grey = reading.mode == "L" or colours or (evidence.form == "memory" and reading.mode != "1")
    return grey and not BLACK_AND_WHITE.issuperset(reading.values)


def _say_values(evidence: Evidence, reading: Reading) -> tuple[str, str]:
    message = f"{_name_values(reading.values)}; {_say_effect(evidence, reading)}"
    low, high = reading.values[0], reading.values[-1]
    if high <= 1:
        return message, _fix_scale(evidence)
    if high <= evidence.task.threshold or len(reading.values) == 2:
        return message, _fix_values(evidence, low if len(reading.values) == 2 else 0)
    return message, _fix_values(evidence, evidence.task.threshold)


def _say_effect(evidence: Evidence, reading: Reading) -> str:
    limit = evidence.task.threshold
    rescaled = reading.foreground and reading.values[-1] <= limit
    if evidence.task.grey == "refuse" or rescaled:
        return _say_rescaling(evidence, reading)
    if reading.values[-1] <= limit:
        return f"everything is background at the threshold > {limit}"
    if reading.values[0] > limit:
        return f"everything is lesion at the threshold > {limit}"
    if len(reading.values) == 2:
        return f"only {reading.values[1]} is lesion at the threshold > {limit}"
    if _looks_compressed(reading):
        return f"cut at the threshold > {limit}; lossy compression leaves such values"
    return f"cut at the threshold > {limit}"


def _say_rescaling(evidence: Evidence, reading: Reading) -> str:
    if len(reading.values) == 1:
        return f"everything counts as {'lesion' if reading.foreground else 'background'}"
    if evidence.task.grey == "refuse":
        return "rescaled to 0 and 255, as this task's official scorer does"
    return "read as 0 and 255 by --lenient; the official scorer sees all background"


def _looks_compressed(reading: Reading) -> bool:
    edges = (COMPRESSION_NOISE, 255 - COMPRESSION_NOISE)
    return all(value <= edges[0] or value >= edges[1] for value in reading.values)


def _name_values(values: tuple[int, ...]) -> str:
    if len(values) == 1:
        return f"the only value is {values[0]}"
    if len(values) == 2:
        return f"values are {values[0]} and {values[1]}"
    return f"{len(values)} grey values from {values[0]} to {values[-1]}"


def _fix_scale(evidence: Evidence) -> str:
    also = ", or pass booleans" if evidence.form == "memory" else ""
    return f"multiply by 255{also}"


def _fix_values(evidence: Evidence, limit: int) -> str:
    if evidence.form == "memory":
        return f"pass booleans: mask > {limit}"
    return TO_255.format(limit)


@rule("all-black", "warning")
def all_black(evidence: Evidence) -> Iterator[Finding]:
    """The mask is empty: no pixel is lesion.

    These images are taken of lesions, and where there is one, an empty mask scores 0. Often a
    step before saving has failed. Where odd values are the cause, `not-binary` says so instead.
    Masks of attributes may be empty: many images lack one.

    Fix: look at the mask; if the network found nothing, lower its threshold for this image.
    """
    if evidence.task.kind == "masks":
        return
    for reading in evidence.readings:
        if reading.foreground == 0 and not _has_odd_values(evidence, reading):
            yield Finding(reading.name, "no pixel is lesion")


@rule("all-white", "warning")
def all_white(evidence: Evidence) -> Iterator[Finding]:
    """The mask is full: every pixel is lesion.

    A lesion may fill its image, but seldom to the last corner. Often a threshold of 0 is the
    cause. Where odd values are the cause, `not-binary` says so instead.

    Fix: look at the mask, and at the threshold that made it.
    """
    for reading in evidence.readings:
        if _is_full(reading) and not _has_odd_values(evidence, reading):
            yield Finding(reading.name, "every pixel is lesion")


def _is_full(reading: Reading) -> bool:
    return bool(reading.size) and reading.foreground == _count_pixels(reading) > 0


def _count_pixels(reading: Reading) -> int:
    return reading.size.pixels if reading.size else 0


@rule("looks-inverted", "warning")
def looks_inverted(evidence: Evidence) -> Iterator[Finding]:
    """Most of the border and most of the image are lesion, as in a mask with its values swapped.

    Lesions lie inside their image, with skin around them. A few fill it up to the border, so
    one such mask may be right; many of them are not. Swapped masks score close to 0.

    Fix: if lesion is black in the mask, save 255 - mask.
    """
    fix = "if lesion and background are swapped, pass ~mask" if evidence.form == "memory" else ""
    for reading in evidence.readings:
        share = (reading.foreground or 0) / max(_count_pixels(reading), 1)
        border = reading.border or 0.0
        if border > 0.5 and 0.5 < share < 1:
            yield Finding(
                reading.name,
                f"{_percent(border)} of the border and {_percent(share)} of the image are lesion",
                fix,
            )


def _percent(share: float) -> str:
    """Write a share in whole percent; 100 % only where it is exactly all."""
    return f"{100 if share == 1 else min(round(100 * share), 99)} %"


@rule("several-regions", "warning")
def several_regions(evidence: Evidence) -> Iterator[Finding]:
    """The mask has several separate regions, where the task asks for one.

    The rules of 2018 ask for a single connected region. The official scorer does not check it
    and scores the mask as it is, but specks away from the lesion can only cost score.

    Fix: keep the largest region only, for example with skimage.measure.label.
    """
    for reading in evidence.readings:
        if evidence.task.one_region and (reading.regions or 0) > 1:
            yield Finding(reading.name, f"{reading.regions} separate regions, expected one")


@rule("has-holes", "warning")
def has_holes(evidence: Evidence) -> Iterator[Finding]:
    """The mask has holes, where the task asks for a region without holes.

    The rules of 2018 ask for a region without holes. The official scorer does not check it and
    counts the pixels of a hole as background.

    Fix: fill the holes, for example with scipy.ndimage.binary_fill_holes.
    """
    for reading in evidence.readings:
        if evidence.task.one_region and reading.holes:
            noun = "hole" if reading.holes == 1 else "holes"
            yield Finding(reading.name, f"{reading.holes} {noun} in the mask, expected none")
