"""Which file answers for which image, by name alone; no file is opened.

A file belongs to an image when its name, without folder and extension, is the image's id and
one of the task's suffixes, in any case: the id as a whole, never as a part of the name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from fnmatch import translate
from functools import lru_cache

from isiceval.errors import IsicevalError
from isiceval.model import Pairing
from isiceval.tasks.task import Naming, Task

# More than PNG, so that a mask in a wrong format is told as that and not as missing.
IMAGE_EXTENSIONS = frozenset({"png", "jpg", "jpeg", "bmp", "tif", "tiff", "gif", "webp", "npy"})


def find_image(name: str, naming: Naming) -> str | None:
    """Find the id of the image a file belongs to, or None.

    A name without extension counts too: the keys of masks in memory are such names. The id is
    written in the case that the task's pattern asks for, where there is one.
    """
    exact, tolerant = _compile(naming.image)
    for token in _iter_tokens(name, _order_suffixes(naming)):
        if token and tolerant.fullmatch(token):
            return _restore_case(token, exact)
    return None


def index_images(
    names: Iterable[str], naming: Naming
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Group files by the image they belong to; return that and the names that belong to none."""
    found: dict[str, list[str]] = {}
    spelled: dict[str, str] = {}
    others: list[str] = []
    for name in sorted(names):
        image = find_image(name, naming)
        if image is None:
            others.append(name)
        else:
            found.setdefault(spelled.setdefault(_fold(image), image), []).append(name)
    return {image: tuple(found[image]) for image in sorted(found)}, tuple(others)


def pair(names: Iterable[str], *, expected: Collection[str], task: Task) -> Pairing:
    """Match the files of a submission to the expected images, each by its whole id.

    An image that several files answer for is a duplicate: neither matched nor missing.
    """
    found, others = _group(names, expected, _order_suffixes(task.naming))
    allowed = tuple(re.compile(translate(glob), re.IGNORECASE) for glob in task.also_allowed)
    return Pairing(
        matched={image: files[0] for image, files in found.items() if len(files) == 1},
        missing=tuple(sorted(set(expected) - set(found))),
        duplicates={image: tuple(files) for image, files in found.items() if len(files) > 1},
        unexpected=tuple(name for name in others if not _is_allowed(name, allowed)),
    )


def _group(
    names: Iterable[str], expected: Collection[str], suffixes: tuple[str, ...]
) -> tuple[Mapping[str, list[str]], list[str]]:
    images = {_fold(image): image for image in expected}
    found: dict[str, list[str]] = {}
    others: list[str] = []
    for name in sorted(names):
        tokens = (_fold(token) for token in _iter_tokens(name, suffixes))
        image = next((images[token] for token in tokens if token in images), None)
        if image is None:
            others.append(name)
        else:
            found.setdefault(image, []).append(name)
    return {image: found[image] for image in sorted(found)}, others


def _iter_tokens(name: str, suffixes: tuple[str, ...]) -> Iterator[str]:
    """Yield what may be the id in a file name: its stem without each suffix it ends in."""
    base = name.rpartition("/")[2]
    stem, _, extension = base.rpartition(".")
    if extension.lower() not in IMAGE_EXTENSIONS:
        stem = base
    folded = stem.lower()
    for suffix in suffixes:
        if folded.endswith(suffix):
            yield stem[: len(stem) - len(suffix)]


@lru_cache
def _order_suffixes(naming: Naming) -> tuple[str, ...]:
    """Order suffixes from long to short, so that an id never swallows one; none means none."""
    return tuple(sorted({suffix.lower() for suffix in naming.suffixes or ("",)}, key=len))[::-1]


@lru_cache
def _compile(image: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Compile the pattern of ids twice: as it is written, and in any case."""
    try:
        return re.compile(image), re.compile(image, re.IGNORECASE)
    except re.error as error:
        raise IsicevalError(f"the naming of images is no regular expression: {error}") from error


def _restore_case(token: str, exact: re.Pattern[str]) -> str:
    spellings = (token, token.upper(), token.lower())
    return next((text for text in spellings if exact.fullmatch(text)), token)


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _is_allowed(name: str, allowed: tuple[re.Pattern[str], ...]) -> bool:
    base = name.rpartition("/")[2]
    return any(glob.match(base) or glob.match(name) for glob in allowed)
