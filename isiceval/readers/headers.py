"""Read the headers of a submission's masks, and decode no pixel."""

from __future__ import annotations

from collections.abc import Mapping

from isiceval.model import Reading, Size
from isiceval.readers.registry import HEADER_BYTES
from isiceval.readers.telling import list_formats, read_header
from isiceval.sources.container import ArrayContainer, Container, ReadError


def read_headers(
    container: Container, matched: Mapping[str, str], *, lenient: bool = False
) -> tuple[Reading, ...]:
    """Read format, mode and size of every matched file, in order of image id."""
    return tuple(
        read_one(container, name, image=image, lenient=lenient)
        for image, name in sorted(matched.items())
    )


def read_one(container: Container, name: str, *, image: str, lenient: bool = False) -> Reading:
    """Read the header of one file; what goes wrong is in the reading."""
    formats = list_formats(lenient=lenient)
    if isinstance(container, ArrayContainer):
        return read_shape(container, name, image=image)
    try:
        head = container.head(name, HEADER_BYTES)
        reading = read_header(head, image=image, name=name, formats=formats)
        if reading.size is None and not reading.problems:
            data = container.read(name)
            return read_header(data, image=image, name=name, formats=formats)
    except ReadError as error:
        return Reading(image=image, name=name, problems=(error.problem,))
    return reading


def read_shape(container: ArrayContainer, name: str, *, image: str) -> Reading:
    """Read the size of a mask in memory from its shape."""
    shape: tuple[int, ...] = getattr(container.array(name), "shape", ())
    size = Size(int(shape[1]), int(shape[0])) if len(shape) == 2 else None
    return Reading(image=image, name=name, format="array", mode="array", size=size)
