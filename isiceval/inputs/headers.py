"""Read the headers of a submission's masks, and decode no pixel."""

from __future__ import annotations

from collections.abc import Mapping

from isiceval.inputs.containers.opening import ArrayContainer, Container, ReadError
from isiceval.inputs.images.masks import read_header
from isiceval.inputs.images.sniffing import HEADER_BYTES
from isiceval.model import Reading, Size


def read_headers(container: Container, matched: Mapping[str, str]) -> tuple[Reading, ...]:
    """Read format, mode and size of every matched file, in order of image id."""
    return tuple(read_one(container, name, image=image) for image, name in sorted(matched.items()))


def read_one(container: Container, name: str, *, image: str) -> Reading:
    """Read the header of one file; what goes wrong is in the reading."""
    if isinstance(container, ArrayContainer):
        return read_shape(container, name, image=image)
    try:
        reading = read_header(container.head(name, HEADER_BYTES), image=image, name=name)
        if reading.size is None and not reading.faults:
            return read_header(container.read(name), image=image, name=name)
    except ReadError as error:
        return Reading(image=image, name=name, faults=(error.fault,))
    return reading


def read_shape(container: ArrayContainer, name: str, *, image: str) -> Reading:
    """Read the size of a mask in memory from its shape."""
    shape: tuple[int, ...] = getattr(container.array(name), "shape", ())
    size = Size(int(shape[1]), int(shape[0])) if len(shape) == 2 else None
    return Reading(image=image, name=name, format="array", mode="array", size=size)
