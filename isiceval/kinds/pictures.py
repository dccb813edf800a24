"""Pictures of single cases: outlines of truth and prediction over the photo, and small photos.

Only the chosen cases are read again, and each becomes a small WebP.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from isiceval.blocks import Picture
from isiceval.errors import IsicevalError
from isiceval.kinds.segmentation import list_images, read_pairs
from isiceval.model import Case
from isiceval.numbers import format_value
from isiceval.options import PageSources
from isiceval.readers.mask import read_size
from isiceval.sources.container import MAX_PIXELS, ArrayContainer, Container, ReadError
from isiceval.sources.expected import IMAGE_EXTENSIONS
from isiceval.sources.opening import open_source
from isiceval.tasks.task import Task

OVERLAY_SIDE, PHOTO_SIDE = 640, 320  # the longest side of a picture in pixels
QUALITY = 82  # of WebP: lines stay sharp, and twelve overlays stay below 500 KB
PHOTO_FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP")
# By how much the shapes of photo and mask may differ before one cannot lie over the other.
SHAPE_TOLERANCE = 0.02
PHOTO_STRENGTH = 0.36  # how strongly errors are coloured over a photo, which must stay visible
DOWNSAMPLED = "_downsampled"  # ISIC's suffix for photos that were made smaller

COLOURS: Mapping[str, tuple[int, int, int]] = {
    "outline of the truth": (255, 255, 255),
    "outline of the prediction": (240, 228, 66),
    "false negative": (230, 120, 0),
    "false positive": (0, 114, 178),
    "true positive, where there is no photo below": (205, 205, 205),
}
TRUTH_LINE, PREDICTION_LINE, MISSED, SURPLUS, BOTH = COLOURS.values()
CASING, NEITHER = (16, 16, 16), (58, 58, 62)

Bits = NDArray[np.bool_]
Colours = NDArray[np.uint8]


def render_overlays(
    task: Task, cases: Iterable[Case], sources: PageSources
) -> dict[tuple[str, str], Picture]:
    """Draw truth and prediction of the chosen cases over their photos, by image and label.

    A case without a photo is drawn over its mask; one whose masks are no longer there to be read is
    left out. Raises IsicevalError where there are photos, but none of an image of the truth.
    """
    images = None if sources.images is None else open_source(sources.images)
    photos = {} if images is None else _find_photos(images, list_images(task, sources.truth or ""))
    pictures = {}
    for case, known, given in read_pairs(task, cases, sources):
        height, width = known.shape
        size = _fit(width, height, OVERLAY_SIDE)
        photo, note = None, ""
        if images is not None and case.image in photos:
            try:
                photo = _read_photo(images, photos[case.image], size, ratio=width / height)
            except (ReadError, OSError, ValueError, SyntaxError):
                note = " (its photo cannot be read or has another shape)"
        pictures[case.image, case.label] = _make_picture(
            _compose(known, given, photo, size),
            f"{case.image}{', ' if case.label else ''}{case.label}: outlines of truth and "
            f"prediction over the {'mask' if photo is None else 'image'}, "
            f"Jaccard {format_value(case.values['jaccard'])}",
            caption=f"{case.image}{note}",
        )
    return pictures


def render_photos(
    photos: Container, chosen: Iterable[str], *, known: Iterable[str]
) -> dict[str, Picture]:
    """Make the photos of the chosen cases small, as far as they are there and can be read.

    Raises IsicevalError where none belongs to any known case.
    """
    files = _find_photos(photos, known)
    pictures = {}
    for case in chosen:
        try:
            pixels = _read_photo(photos, files[case], None)
        except (KeyError, ReadError, OSError, ValueError, SyntaxError):
            continue
        pictures[case] = _make_picture(pixels, f"{case}: the dermoscopic image", caption=case)
    return pictures


def _find_photos(photos: Container, known: Iterable[str]) -> dict[str, str]:
    """Map ids to files: a photo is named after its case, or stands in a folder of that name.

    One named after the case goes before those in its folder, of which the first is taken.
    """
    if photos.problems:
        raise IsicevalError(f"the images {photos.name}: {photos.problems[0].detail}")
    if isinstance(photos, ArrayContainer):
        raise IsicevalError("the images are a folder or a zip of files, not arrays in memory")
    ids = {case.casefold(): case for case in known}
    own: dict[str, str] = {}
    within: dict[str, str] = {}
    for name in sorted(photos.names):
        path, _, base = name.rpartition("/")
        stem, _, extension = base.casefold().rpartition(".")
        if extension not in IMAGE_EXTENSIONS:
            continue
        case = ids.get(stem) or ids.get(stem.removesuffix(DOWNSAMPLED))
        if case is not None:
            own.setdefault(case, name)
        elif (case := ids.get(path.rpartition("/")[2].casefold())) is not None:
            within.setdefault(case, name)
    if not own and not within:
        raise IsicevalError(f"the images {photos.name} hold no file named after an id of the truth")
    return within | own


def _read_photo(
    photos: Container, name: str, target: tuple[int, int] | None, *, ratio: float | None = None
) -> Colours:
    """Read a photo at a width and height, or small; ValueError where its shape is not ``ratio``."""
    data = photos.read(name)
    size = read_size(data)
    if size is None or size.pixels > MAX_PIXELS:
        raise ValueError("it has no size, or too many pixels")
    if ratio is not None and abs(size.width / size.height / ratio - 1) > SHAPE_TOLERANCE:
        raise ValueError("its shape is not that of the mask")
    target = target or _fit(size.width, size.height, PHOTO_SIDE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data), formats=PHOTO_FORMATS) as image:
            # JPEG is decoded at half, a quarter ... of its size, twice the target at least.
            image.draft("RGB", (2 * target[0], 2 * target[1]))
            small = image.convert("RGB").resize(target, Image.Resampling.LANCZOS)
    return np.asarray(small)


def _fit(width: int, height: int, side: int) -> tuple[int, int]:
    """Return width and height with the longest side at most ``side``, never enlarged."""
    factor = min(1.0, side / max(width, height))
    return max(1, round(width * factor)), max(1, round(height * factor))


def _compose(
    truth: Bits, prediction: Bits, photo: Colours | None, size: tuple[int, int]
) -> Colours:
    """Colour errors and draw both outlines, three pixels wide, the truth's on top."""
    from scipy.ndimage import binary_dilation, binary_erosion

    truth, prediction = (
        np.asarray(Image.fromarray(mask * np.uint8(255)).resize(size, Image.Resampling.BOX)) > 127
        for mask in (truth, prediction)
    )
    if photo is None:
        canvas = np.full((*truth.shape, 3), NEITHER, dtype=np.float32)
        canvas[truth & prediction] = BOTH
    else:
        canvas = photo.astype(np.float32)
    strength = 1.0 if photo is None else PHOTO_STRENGTH
    for area, colour in ((truth & ~prediction, MISSED), (prediction & ~truth, SURPLUS)):
        canvas[area] += strength * (np.array(colour, dtype=np.float32) - canvas[area])
    for mask, colour in ((prediction, PREDICTION_LINE), (truth, TRUTH_LINE)):
        line = mask & ~binary_erosion(mask, iterations=3, border_value=1)
        canvas[binary_dilation(line)] = CASING
        canvas[line] = colour
    return np.rint(canvas).astype(np.uint8)


def _make_picture(canvas: Colours, alt: str, *, caption: str) -> Picture:
    out = io.BytesIO()
    Image.fromarray(canvas).save(out, format="WEBP", quality=QUALITY, method=6)
    height, width = canvas.shape[:2]
    return Picture(
        content=out.getvalue(),
        media_type="image/webp",
        width=width,
        height=height,
        alt=alt,
        caption=caption,
    )
