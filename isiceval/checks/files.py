"""Rules on each file or array: is it whole, is it a grey PNG, has it the size of its image?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from isiceval.checks.evidence import Evidence
from isiceval.checks.registry import Finding, find_faults, rule
from isiceval.model import Reading, Size

GREY_MODES = frozenset({"", "1", "L"})
LOOK_ONLY = "--lenient scores it as it is, for a look only"
MANY = 3


@rule("empty-file", "error")
def empty_file(evidence: Evidence) -> Iterator[Finding]:
    """The file holds no bytes at all.

    A program that broke off while saving, or a full disk, leaves such files.

    Fix: save the mask again and see that the file is larger than 0 bytes.
    """
    return find_faults(evidence, "empty-file")


@rule("wrong-format", "error")
def wrong_format(evidence: Evidence) -> Iterator[Finding]:
    """The file is not a PNG image, whatever its name says.

    The task asks for PNG, which keeps every pixel. The official scorer opens many other formats
    without a word, also JPEG, which changes grey values along every edge and with them the
    mask. With --lenient, JPEG masks are read, and counted.

    Fix: save the mask as PNG; a new name alone does not change the format.
    """
    formats = {reading.name: reading.format for reading in evidence.readings}
    for where, message, _ in find_faults(evidence, "wrong-format"):
        yield Finding(where, message, _fix_format(f"{formats.get(where, '')} {message}"))


def _fix_format(found: str) -> str:
    lowered = found.lower()
    return next((fix for word, fix in FORMAT_FIXES.items() if word in lowered), "")


FORMAT_FIXES: Mapping[str, str] = {
    "jpeg": f"save the mask as PNG from the array you made it from ({LOOK_ONLY})",
    "lfs": "run git lfs pull and take the mask itself: this file only names it",
    "html": "download the mask again: a web page came in its place",
    "shortcut": "put the mask itself in place of the shortcut",
}


@rule("damaged-png", "error")
def damaged_png(evidence: Evidence) -> Iterator[Finding]:
    """The PNG is damaged: a part is missing, or does not fit its checksum, or breaks the format.

    Most programs open such a file all the same and show the missing rows in black. The official
    scorer then scores a worse mask than you made, without a word, or breaks off with an internal
    failure. Here every byte of the file is checked.

    Fix: save the mask again; if it was whole on your side, the copy was cut off or changed.
    """
    return find_faults(evidence, "damaged-png")


@rule("unreadable-file", "error")
def unreadable_file(evidence: Evidence) -> Iterator[Finding]:
    """The file could not be read, for a reason that no other rule names.

    The file made the reading itself fail: it may not be readable for you, or it may be broken
    in a way that we did not foresee. In the second case a report with the file is welcome.

    Fix: see that you may read the file; if you may, save the mask again as 8-bit grey PNG.
    """
    return find_faults(evidence, "unreadable-file")


@rule("wrong-array", "error")
def wrong_array(evidence: Evidence) -> Iterator[Finding]:
    """The array is not a mask: it has the wrong type or number of dimensions.

    A mask is an array of height x width, of booleans or of whole numbers from 0 to 255.
    Probabilities are not thresholded for you, because 0.5 and 128/255 are different choices.

    Fix: pass a two-dimensional array of booleans, for example mask[0] > 0.5.
    """
    return find_faults(evidence, "wrong-array")


@rule("wrong-mode", "error")
def wrong_mode(evidence: Evidence) -> Iterator[Finding]:
    """The image has colours, transparency, a palette or 16 bits instead of one 8-bit grey value.

    A mask has one grey value a pixel: mode L, or mode 1 for black and white. The official
    scorer refuses all other modes, and names only the first file. With --lenient, what is grey
    in all but the way it is stored is converted and counted; use that to look at scores, and
    convert the files before you submit them.

    Fix: save one grey channel, lesion 255 and background 0. image.convert("L") does that for a mask
    of black and white pixels; of another colour it makes a grey that may lie below the threshold.
    """
    if evidence.form == "memory":
        return
    for reading in evidence.readings:
        if reading.mode not in GREY_MODES and not _explained(evidence, reading):
            yield Finding(reading.name, *_say_mode(reading.mode, lenient=evidence.lenient))


def _explained(evidence: Evidence, reading: Reading) -> bool:
    codes = {fault.code for fault in reading.problems}
    if not evidence.lenient:
        return wrong_format.code in codes
    unread = reading.foreground is None and bool(reading.sha256)
    faulty = bool(codes - {trailing_data.code, odd_chunks.code})
    return not unread or faulty or _has_wrong_size(evidence, reading)


def _say_mode(mode: str, *, lenient: bool) -> tuple[str, str]:
    found, fix = MODES.get(mode, MODES["I;16"] if mode.startswith("I") else UNKNOWN_MODE)
    message = f"{found} (mode {mode}), expected one 8-bit grey value a pixel (mode L)"
    return message, fix if lenient else f"{fix} ({LOOK_ONLY})"


GREY = "save one grey channel: Image.fromarray(lesion.astype('uint8') * 255)"
UNKNOWN_MODE = ("is of another kind", GREY)
MODES: Mapping[str, tuple[str, str]] = {
    "RGB": (
        "has three colour channels",
        GREY,
    ),
    "RGBA": (
        "has three colour channels and transparency",
        GREY,
    ),
    "LA": (
        "has transparency beside the grey value",
        GREY,
    ),
    "P": (
        "takes its colours from a palette",
        GREY,
    ),
    "I;16": (
        "has 16 bits a pixel",
        "save 8 bits: Image.fromarray((mask > 0).astype('uint8') * 255).save(...)",
    ),
}


@rule("unusable-colours", "error")
def unusable_colours(evidence: Evidence) -> Iterator[Finding]:
    """The image cannot be read as a mask even with --lenient.

    Its colour channels differ, or it is partly transparent: any mask made of it would be a
    guess. Often it is an overlay or a figure and not the mask.

    Fix: save the mask itself with Image.fromarray(mask.astype('uint8') * 255).save(...)
    """
    return find_faults(evidence, "unusable-colours")


@rule("wrong-dimensions", "error")
def wrong_dimensions(evidence: Evidence) -> Iterator[Finding]:
    """The mask does not have the size of its image.

    Masks are compared pixel by pixel, so width and height must be exactly those of the
    dermoscopic image; nothing is resized for you. Networks often work at a smaller size: bring
    their masks back to the size of the image, with nearest neighbour, so that no grey appears.
    Image programs say width x height; the shape of an array is (height, width).

    Fix: resize the mask to the size of its image with nearest neighbour.
    """
    memory = evidence.form == "memory"
    for reading in evidence.readings:
        expected = evidence.expected.get(reading.image)
        if reading.size and expected and reading.size != expected:
            yield Finding(reading.name, *_say_size(reading.size, expected, memory=memory))


def _has_wrong_size(evidence: Evidence, reading: Reading) -> bool:
    expected = evidence.expected.get(reading.image)
    return bool(reading.size and expected and reading.size != expected)


def _say_size(found: Size, expected: Size, *, memory: bool) -> tuple[str, str]:
    message = f"is {found}, expected {expected} (width x height)"
    turned = "transpose the array before you save it: mask.T"
    if memory:
        message = f"has shape {_name_shape(found)}, expected {_name_shape(expected)}"
        turned = "transpose the array: mask.T"
    if found == expected.swapped:
        return f"{message}; width and height are swapped", turned
    return message, f"resize the mask to {expected} with nearest neighbour"


def _name_shape(size: Size) -> str:
    return f"({size.height}, {size.width})"


@rule("looks-shifted", "warning")
def looks_shifted(evidence: Evidence) -> Iterator[Finding]:
    """Many masks have the size of the image next to theirs, as if all had moved by one id.

    This comes from two lists that were not in the same order, or from one image left out on one
    side. The rule speaks where at least three masks, and at least half of those of a wrong
    size, have exactly the size of the next image, or of the one before, and these sizes differ.
    Where all images have one size, such a shift cannot be seen.

    Fix: sort images and masks by id before you pair them, and see that none is skipped.
    """
    wrong = [reading for reading in evidence.readings if _has_wrong_size(evidence, reading)]
    images = sorted(evidence.expected)
    onward = _find_fitting(evidence, wrong, dict(pairwise(images)))
    back = _find_fitting(evidence, wrong, {b: a for a, b in pairwise(images)})
    side, fitting = ("previous", back) if len(back) > len(onward) else ("next", onward)
    if len(fitting) >= max(MANY, len(wrong) / 2) and len({r.size for r in fitting}) > 1:
        first = min(reading.image for reading in fitting)
        count = f"{len(fitting)} of {len(wrong)} masks of a wrong size"
        yield Finding(
            evidence.submission, f"{count} have the size of the {side} image, from {first} on"
        )


def _find_fitting(
    evidence: Evidence, wrong: Iterable[Reading], neighbours: Mapping[str, str]
) -> list[Reading]:
    sizes = {image: evidence.expected[neighbour] for image, neighbour in neighbours.items()}
    return [reading for reading in wrong if reading.size == sizes.get(reading.image)]


@rule("trailing-data", "warning")
def trailing_data(evidence: Evidence) -> Iterator[Finding]:
    """Bytes follow the end of the PNG.

    The mask is whole and is scored. What follows is read by nobody: the rest of an older,
    longer file, or something that a program hung on.

    Fix: save the mask again into a new file.
    """
    return find_faults(evidence, "trailing-data")


@rule("odd-chunks", "warning")
def odd_chunks(evidence: Evidence) -> Iterator[Finding]:
    """The PNG carries more than a plain mask: animation, rotation, colour profile, transparency.

    The grey values are scored as they are stored, as the official scorer does: of an animation
    only the first picture, a rotation in the EXIF data is not applied, nor are gamma, colour
    profile or transparency. What you see in a viewer may therefore differ from what is scored.

    Fix: save the bare mask with Image.fromarray(mask.astype('uint8') * 255).save(...)
    """
    return find_faults(evidence, "odd-chunks")
