"""One mask, from a file or from an array: what was found, and its pixels as bits.

Nothing here raises for what a participant sent. A mask comes back only where it can be scored;
everything that is wrong with it is in its MaskInfo.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from isiceval.errors import IsicevalError
from isiceval.model import MaskInfo, Size
from isiceval.readers import pillow, png
from isiceval.readers.bitmask import BitMask, count_regions, list_values
from isiceval.sources.container import (
    ArrayContainer,
    Container,
    ReadError,
    format_bytes,
    is_too_large,
)
from isiceval.sources.expected import Expected, find_files
from isiceval.sources.formats import find_format
from isiceval.tasks.task import Grey, Task

# So many of its first bytes hold the size of nearly every image.
HEADER_BYTES = 64 * 1024


class Format(NamedTuple):
    """How a file format is read; both functions return what is known with what they found.

    ``read_header`` adds size and mode from the first bytes; nothing is decoded. ``read`` gets the
    ``expected`` size, or None, and whether to be ``lenient``. Pixels of another size are not
    decoded; they are bits where they are binary already, else grey values of shape (height,
    width); None where there are none to score. ``lenient`` formats are read only when asked to.
    """

    read_header: Callable[[bytes, MaskInfo], MaskInfo]
    read: Callable[..., tuple[MaskInfo, BitMask | NDArray[np.uint8] | None]]
    lenient: bool = False


FORMATS: Mapping[str, Format] = {
    "PNG": Format(png.read_header, png.read),
    "JPEG": Format(pillow.read_header, pillow.read, lenient=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskRules:
    """How grey values become a mask, and how leniently files are read.

    ``threshold``: a pixel is foreground when its value is greater.
    ``grey``: whether a mask of more than two values is thresholded or refused; where it is
    refused, the greater of two values is foreground, and so is a single value above 0.
    ``lenient``: also read masks that are stored in another way: as JPEG, in colour, as 0 and 1.
    ``regions``: count regions and holes, which takes longer than all the rest.
    """

    threshold: int = 128
    grey: Grey = "threshold"
    lenient: bool = False
    regions: bool = False


def read_file(
    container: Container, name: str, *, image: str, rules: MaskRules, expected: Size | None = None
) -> tuple[MaskInfo, BitMask | None]:
    """Read one mask from a folder, a zip or memory; see ``read_mask`` and ``read_array``.

    Of a file larger than ``limit_bytes`` of the expected size only the header is read.
    """
    if isinstance(container, ArrayContainer):
        array = container.array(name)
        return read_array(array, image=image, name=name, rules=rules, expected=expected)
    try:
        if expected and (n_bytes := container.size(name)) > limit_bytes(expected):
            info = read_header(container, name, image=image, lenient=rules.lenient)
            # Where the header shows what is wrong, that says more than the number of bytes.
            if info.size == expected and not info.problems:
                limit = format_bytes(limit_bytes(expected))
                found = f"has {format_bytes(n_bytes)}; of a mask of {expected}"
                info = info.add_problems("oversized-member", f"{found}, at most {limit} are read")
            return info, None
        data = container.read(name)
    except ReadError as error:
        return MaskInfo(image=image, name=name, problems=(error.problem,)), None
    return read_mask(data, image=image, name=name, rules=rules, expected=expected)


def limit_bytes(expected: Size) -> int:
    """Limit the bytes of a mask: four a pixel are more than any way to save one takes."""
    return 4 * expected.pixels + 64 * 1024  # for metadata, a colour profile


def read_mask(
    data: bytes, *, image: str, name: str, rules: MaskRules, expected: Size | None = None
) -> tuple[MaskInfo, BitMask | None]:
    """Read a mask from the bytes of a file; one whose size is not as expected is not decoded.

    The mask is None wherever it cannot be scored: any problem that is an error, a mode other than
    ``1`` and ``L`` (unless ``rules.lenient`` can convert it), another size than ``expected``,
    or grey values where the rules refuse them.
    """
    info = MaskInfo(
        image=image, name=name, sha256=hashlib.sha256(data).hexdigest(), format=find_format(data)
    )
    checked = _check_format(info, lenient=rules.lenient)
    if checked.problems:
        return _describe(data, checked), None
    reader = FORMATS[info.format]
    info, pixels = reader.read(data, info, expected=expected, lenient=rules.lenient)
    return _make_mask(info, pixels, rules) if pixels is not None else (info, None)


def read_array(
    array: object, *, image: str, name: str, rules: MaskRules, expected: Size | None = None
) -> tuple[MaskInfo, BitMask | None]:
    """Read a mask from an array of booleans, or of whole numbers from 0 to 255."""
    info = MaskInfo(image=image, name=name, format="array")
    try:
        pixels: NDArray[Any] = np.asarray(array)
    except Exception as error:  # noqa: BLE001 - a foreign array type may refuse in any way
        reason = f"cannot be made a NumPy array ({type(error).__name__}); pass mask.cpu().numpy()"
        return info.add_problems("wrong-array", f"{type(array).__name__} {reason}"), None
    if pixels.ndim == 2 and pixels.size:
        info = replace(info, size=Size(pixels.shape[1], pixels.shape[0]))
    if problem := _find_array_problem(pixels, threshold=rules.threshold):
        return info.add_problems("wrong-array", problem), None
    info = replace(info, mode="1" if pixels.dtype == bool else "L")
    if expected is not None and info.size != expected:
        return info, None
    values = BitMask.from_array(pixels) if info.mode == "1" else pixels.astype(np.uint8)
    info, mask = _make_mask(info, values, rules)
    if mask is not None:
        # A digest of size and pixels, whatever type of array held them.
        content = str(mask.size).encode() + mask.bits.tobytes()
        info = replace(info, sha256=hashlib.sha256(content).hexdigest())
    return info, mask


def _find_array_problem(pixels: NDArray[Any], *, threshold: int) -> str:
    """Say why an array is not a mask, and what to pass instead; empty if it is one."""
    if pixels.ndim != 2:
        shape = "x".join(str(length) for length in pixels.shape) or "a single value"
        return f"has {pixels.ndim} dimensions ({shape}), a mask has 2: pass one array per mask"
    if not pixels.size or is_too_large(Size(pixels.shape[1], pixels.shape[0])):
        return f"has {'too many' if pixels.size else 'no'} pixels (shape {pixels.shape})"
    if pixels.dtype.kind not in "biu":
        return f"holds {pixels.dtype} values: pass booleans, for example mask > 0.5"
    low, high = int(pixels.min()), int(pixels.max())
    if low < 0 or high > 255:
        return f"holds values from {low} to {high}, a mask has 0 to 255: pass booleans"
    if pixels.dtype != bool and high == 1 and threshold > 0:
        return "holds only 0 and 1: pass booleans, mask.astype(bool)"
    return ""


def _make_mask(
    info: MaskInfo, pixels: BitMask | NDArray[np.uint8], rules: MaskRules
) -> tuple[MaskInfo, BitMask | None]:
    """Make a mask of grey values by the rules, and write down what checks ask of its pixels."""
    if isinstance(pixels, BitMask):
        mask = pixels
        values = (0,) * (mask.foreground < mask.size.pixels) + (255,) * (mask.foreground > 0)
        info = replace(info, values=values)
    else:
        values = list_values(pixels)
        info = replace(info, values=values)
        threshold = rules.threshold
        if rules.grey == "refuse" and len(values) <= 2:
            threshold = values[0] if len(values) == 2 else 0
        elif rules.grey == "refuse":
            if not rules.lenient:
                return info, None
            info = replace(info, conversions=(*info.conversions, "grey thresholded"))
        elif rules.lenient and values[-1] == 1 and rules.threshold > 0:
            threshold = 0
            info = replace(info, conversions=(*info.conversions, "0/1 rescaled"))
        mask = BitMask.from_grey(pixels, threshold=threshold)
    regions, holes = count_regions(mask.to_array()) if rules.regions else (None, None)
    border = mask.measure_border()
    found = replace(info, foreground=mask.foreground, border=border, regions=regions, holes=holes)
    return found, mask


def read_header(container: Container, name: str, *, image: str, lenient: bool = False) -> MaskInfo:
    """Read format, mode and size of one mask and decode no pixel; problems are in its problems.

    A file in a format that masks do not have is a problem; its size is read all the same, so that
    the sizes of dermoscopic images (JPEG, mostly) can be read.
    """
    if isinstance(container, ArrayContainer):
        shape: tuple[int, ...] = getattr(container.array(name), "shape", ())
        size = Size(int(shape[1]), int(shape[0])) if len(shape) == 2 else None
        return MaskInfo(image=image, name=name, format="array", mode="array", size=size)
    nothing = MaskInfo(image=image, name=name)
    try:
        head = container.head(name, HEADER_BYTES)
        info = _describe(head, nothing)
        # The size may lie further on, as behind a large colour profile.
        is_beyond = info.size is None and not info.problems and len(head) == HEADER_BYTES
        if is_beyond and info.format in {*FORMATS, *pillow.OTHER_FORMATS}:
            info = _describe(container.read(name), nothing)
    except ReadError as error:
        return replace(nothing, problems=(error.problem,))
    return _check_format(info, lenient=lenient)


def read_size(data: bytes) -> Size | None:
    """Read the size of an image from the first bytes of its file; None if they do not hold it."""
    return _describe(data, MaskInfo(image="", name="")).size


def _describe(head: bytes, info: MaskInfo) -> MaskInfo:
    """Add format, mode and size from the first bytes of a file; no pixel is decoded."""
    info = replace(info, format=find_format(head))
    if info.format in FORMATS:
        return FORMATS[info.format].read_header(head, info)
    known = info.format in pillow.OTHER_FORMATS
    return replace(info, size=pillow.read_size(head)) if known else info


def read_expected(container: Container, *, task: Task, role: str = "truth") -> Expected:
    """Read ids and sizes from the headers of the truth, or of dermoscopic images (``images``).

    Raises IsicevalError for whatever is wrong: it is the organiser's.
    """
    files = find_files(container, task=task, role=role)
    sizes: dict[str, Size | None] = {}
    for image, name in files.items():
        info = read_header(container, name, image=image)
        if info.size is None:
            found = info.problems[0].detail if info.problems else "it has no size"
            raise IsicevalError(f"{container.name}/{name} cannot be read as an image: {found}")
        sizes[image] = info.size
    return Expected(sizes=sizes, files=files if role == "truth" else {})


def _check_format(info: MaskInfo, *, lenient: bool) -> MaskInfo:
    """Add a problem where a file has a format that masks do not have."""
    accepted = [name for name, one in FORMATS.items() if lenient or not one.lenient]
    if info.format in accepted:
        return info
    if info.format == "empty":
        return info.add_problems("empty-file", "the file holds no bytes")
    read = " or ".join(name for name, one in FORMATS.items() if not one.lenient)
    unknown = info.format == "unknown"
    found = ", and no other image format that is known" if unknown else f" but {info.format}"
    return info.add_problems("wrong-format", f"is not {read}{found}")
