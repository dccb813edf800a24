"""What a file tells of itself before a pixel of it is decoded: format, size, mode, faults."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from isiceval.model import Problem, Reading
from isiceval.readers.png.chunks import PngFile, parse_header
from isiceval.readers.registry import HEADER_BYTES, IMAGE_FORMATS, name_format, read_size
from isiceval.tasks.task import Grey


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskRules:
    """How grey values become a mask, and how much goodwill the reader shows.

    ``threshold``: a pixel is foreground when its value is greater.
    ``grey``: whether a mask of more than two values is thresholded or refused; where it is
    refused, the greater of two values is foreground, and so is a single value above 0.
    ``lenient``: also read what is a mask in all but the way it is stored.
    ``regions``: count regions and holes, which takes longer than all the rest.
    """

    threshold: int = 128
    grey: Grey = "threshold"
    lenient: bool = False
    regions: bool = False


def list_formats(*, lenient: bool) -> tuple[str, ...]:
    """List the formats that masks may have."""
    return ("PNG", "JPEG") if lenient else ("PNG",)


def read_header(
    data: bytes, *, image: str, name: str, formats: Collection[str] = ("PNG",)
) -> Reading:
    """Read format, mode and size from the first bytes of a file; nothing is inflated.

    A format that is not among ``formats`` is a fault; its size is read all the same, so that
    dermoscopic images (JPEG, mostly) can be measured. Where the size of an image lies beyond
    the ``HEADER_BYTES`` given, size is None without a fault: ask again with the whole file.
    """
    found = name_format(data)
    reading = Reading(image=image, name=name, format=found)
    if found == "PNG":
        png = parse_header(data)
        reading = describe(reading, png)
    else:
        reading = replace(reading, size=read_size(data))
    if reading.size is None and found in IMAGE_FORMATS and len(data) == HEADER_BYTES:
        return reading
    return reading if found in formats else blame(reading, *find_format_fault(found))


def blame(reading: Reading, code: str, *details: str) -> Reading:
    """Add a fault to a reading for each detail."""
    if not details:
        return reading
    faults = tuple(Problem(code, reading.name, detail) for detail in details)
    return replace(reading, problems=(*reading.problems, *faults))


def find_format_fault(found: str) -> tuple[str, str]:
    """Say what is wrong with a file of this format: a code and a detail."""
    if found == "empty":
        return "empty-file", "the file holds no bytes"
    if found == "unknown":
        return "wrong-format", "is not PNG, nor any format we know"
    return "wrong-format", f"is not PNG but {found}"


def describe(reading: Reading, png: PngFile) -> Reading:
    """Write down what the chunks of a PNG tell."""
    if png.header:
        reading = replace(reading, size=png.header.size, mode=png.header.mode)
    reading = blame(reading, "damaged-png", *png.damage)
    if png.n_trailing:
        unit = "byte follows" if png.n_trailing == 1 else "bytes follow"
        reading = blame(reading, "trailing-data", f"{png.n_trailing:,} {unit} the end (IEND)")
    return blame(reading, "odd-chunks", "; ".join(png.oddities)) if png.oddities else reading
