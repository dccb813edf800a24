"""Pictures to look at: the outlines of truth and prediction over the image, or over the mask.

Only the chosen images are read again, and what comes out is small: a scaled WebP each.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from isiceval.errors import IsicevalError
from isiceval.insight import Ground, Overlay, Place
from isiceval.model import Case, Size
from isiceval.readers.format import MAX_PIXELS
from isiceval.readers.mask import MaskRules, read_file
from isiceval.readers.registry import read_size
from isiceval.sources.container import Container
from isiceval.sources.expected import Expected, find_files, group_by_image, match_files
from isiceval.sources.limits import ReadError
from isiceval.sources.memory import ArrayContainer
from isiceval.tasks.task import Task

if TYPE_CHECKING:
    from PIL import Image as Pillow

LONGEST_SIDE = 640
QUALITY = 82
PHOTO_FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP")
# By how much the shapes of photo and mask may differ before one cannot lie over the other.
SHAPE_TOLERANCE = 0.02

TRUTH_LINE = (255, 255, 255)
PREDICTION_LINE = (240, 228, 66)
CASING = (16, 16, 16)
MISSED = (230, 120, 0)
SURPLUS = (0, 114, 178)
BOTH = (205, 205, 205)
NEITHER = (58, 58, 62)

Bits = NDArray[np.bool_]
Colours = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """Where the pictures come from: file names by image id, and how masks are read.

    ``name_mask`` gives the id that the masks of a case go by.
    """

    truth: Container
    prediction: Container
    photos: Container | None
    truth_files: Mapping[str, str]
    prediction_files: Mapping[str, str]
    photo_files: Mapping[str, str]
    truth_rules: MaskRules
    rules: MaskRules
    name_mask: Callable[[Case], str]

    def draw(self, case: Case, place: Place) -> Overlay | None:
        """Draw one image; None where its masks are no longer there to be read."""
        truth = self._read(self.truth, self.truth_files, self.truth_rules, case)
        prediction = self._read(self.prediction, self.prediction_files, self.rules, case)
        if truth is None or prediction is None or truth.shape != prediction.shape:
            return None
        size = _scale(truth.shape)
        photo, note = self._read_photo(case.image, truth.shape)
        ground: Ground = "mask" if photo is None else "image"
        content = _compose(_shrink(truth, size), _shrink(prediction, size), photo)
        return Overlay(
            image=case.image,
            place=place,
            jaccard=case.values["jaccard"],
            content=content,
            width=size[0],
            height=size[1],
            ground=ground,
            note=note,
            label=case.label,
        )

    def _read(
        self, container: Container, files: Mapping[str, str], rules: MaskRules, case: Case
    ) -> Bits | None:
        name = files.get(self.name_mask(case))
        if name is None:
            return None
        mask = read_file(container, name, image=case.image, rules=rules, expected=case.size)[1]
        return None if mask is None else mask.to_array().astype(bool)

    def _read_photo(self, image: str, shape: tuple[int, ...]) -> tuple[Colours | None, str]:
        name = self.photo_files.get(image)
        if self.photos is None or name is None:
            return None, ""
        try:
            return _decode_photo(self.photos.read(name), shape), ""
        except (ReadError, OSError, ValueError, SyntaxError):
            return None, "its photo cannot be read or has another shape"


def _take_image(case: Case) -> str:
    return case.image


def draw_overlays(
    task: Task,
    examples: Mapping[str, Sequence[Case]],
    *,
    truth: Container,
    prediction: Container,
    images: Container | None,
    rules: MaskRules,
    photo_task: Task | None = None,
    name_mask: Callable[[Case], str] = _take_image,
) -> list[Overlay]:
    """Draw the chosen cases, a list of them for each place (worst, median, best).

    ``images`` holds dermoscopic images; a case without one is drawn over its mask. Where an
    image has several masks, ``name_mask`` gives the id by which ``task`` knows those of a case,
    and ``photo_task`` knows the ids of the images. Raises IsicevalError where ``images`` holds
    none of any known name.
    """
    truth_files = find_files(truth, task=task)
    expectation = Expected(sizes=dict.fromkeys(truth_files), files=truth_files)
    gallery = Gallery(
        truth=truth,
        prediction=prediction,
        photos=images,
        truth_files=truth_files,
        prediction_files=match_files(prediction, expectation, task=task).matched,
        photo_files=_index_photos(images, photo_task or task) if images is not None else {},
        truth_rules=replace(rules, grey="refuse", regions=False),
        rules=replace(rules, regions=False),
        name_mask=name_mask,
    )
    places: tuple[Place, ...] = ("worst", "median", "best")
    drawn = (gallery.draw(case, p) for p in places for case in examples.get(p, ()))
    return [overlay for overlay in drawn if overlay is not None]


def require_photos(images: Container) -> None:
    """Raise IsicevalError unless the container is one of files, and whole."""
    if images.problems:
        fault = images.problems[0]
        raise IsicevalError(f"the images {images.name}: {fault.detail}")
    if isinstance(images, ArrayContainer):
        raise IsicevalError("the images are a folder or a zip of files, not arrays in memory")


def _index_photos(images: Container, task: Task) -> dict[str, str]:
    require_photos(images)
    bare = replace(task.naming, suffixes=(*task.naming.suffixes, ""))
    found, _ = group_by_image(images.names, bare)
    if not found:
        raise IsicevalError(f"the images {images.name} hold no file named after an image id")
    return {image: names[0] for image, names in found.items()}


def _decode_photo(data: bytes, shape: tuple[int, ...]) -> Colours:
    """Decode a photo at the size of its picture; ValueError where it cannot lie under the mask."""
    size = read_size(data)
    height, width = shape
    if size is None or not _has_shape(size, width / height):
        raise ValueError("its size does not fit")
    return shrink_photo(data, _scale(shape))


def shrink_photo(data: bytes, target: tuple[int, int]) -> Colours:
    """Decode a photo at a width and height; an error of Pillow's or ValueError where it cannot."""
    from PIL import Image

    size = read_size(data)
    if size is None or size.pixels > MAX_PIXELS:
        raise ValueError("it has no size, or too many pixels")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data), formats=PHOTO_FORMATS) as image:
            image.draft("RGB", (2 * target[0], 2 * target[1]))
            small = image.convert("RGB").resize(target, Image.Resampling.LANCZOS)
    return np.asarray(small)


def _has_shape(size: Size, ratio: float) -> bool:
    return abs(size.width / size.height / ratio - 1) <= SHAPE_TOLERANCE


def _scale(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return width and height of the picture of a mask: never larger than the mask."""
    height, width = shape
    factor = min(1.0, LONGEST_SIDE / max(height, width))
    return max(1, round(width * factor)), max(1, round(height * factor))


def _shrink(mask: Bits, size: tuple[int, int]) -> Bits:
    from PIL import Image

    grey = Image.fromarray(mask * np.uint8(255))
    return np.asarray(grey.resize(size, Image.Resampling.BOX)) > 127


def _compose(truth: Bits, prediction: Bits, photo: Colours | None) -> bytes:
    """Paint agreement and both outlines, the truth's on top, and encode the picture."""
    missed, surplus = truth & ~prediction, prediction & ~truth
    if photo is None:
        canvas = np.full((*truth.shape, 3), NEITHER, dtype=np.float32)
        canvas[truth & prediction] = BOTH
        strength = 1.0
    else:
        canvas = photo.astype(np.float32)
        strength = 0.36
    for area, colour in ((missed, MISSED), (surplus, SURPLUS)):
        canvas[area] += strength * (np.array(colour, dtype=np.float32) - canvas[area])
    lines = [(_outline(prediction), PREDICTION_LINE), (_outline(truth), TRUTH_LINE)]
    for line, colour in lines:
        canvas[_thicken(line)] = CASING
        canvas[line] = colour
    return encode_picture(np.rint(canvas).astype(np.uint8))


def _outline(mask: Bits) -> Bits:
    """Return the pixels of a mask at its edge, three wide."""
    return mask & ~_erode(_erode(_erode(mask)))


def _erode(mask: Bits) -> Bits:
    padded = np.pad(mask, 1, mode="edge")
    beside = padded[1:-1, :-2] & padded[1:-1, 2:]
    return mask & beside & padded[:-2, 1:-1] & padded[2:, 1:-1]


def _thicken(line: Bits) -> Bits:
    return ~_erode(~line)


def encode_picture(canvas: Colours) -> bytes:
    """Encode a picture of shape (height, width, 3) as WebP."""
    from PIL import Image

    out = io.BytesIO()
    picture: Pillow.Image = Image.fromarray(canvas)
    picture.save(out, format="WEBP", quality=QUALITY, method=6)
    return out.getvalue()
