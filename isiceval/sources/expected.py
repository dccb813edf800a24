"""What a submission is checked against: expected ids and sizes, and which file belongs to which.

A file belongs to an image when its name, without folder and extension, is the image's id and
one of the task's suffixes, in any case: the id as a whole, never as a part of the name. No file
is opened here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import translate

from isiceval.errors import IsicevalError
from isiceval.model import FileMatch, Size
from isiceval.numbers import join_first
from isiceval.sources.container import Container, fold_name
from isiceval.tasks.task import Naming, Task

# More than PNG, so that a mask in a wrong format is reported as that and not as missing.
IMAGE_EXTENSIONS = frozenset({"png", "jpg", "jpeg", "bmp", "tif", "tiff", "gif", "webp", "npy"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The images that count: id to size (None: not known), and id to truth file if there is one."""

    sizes: Mapping[str, Size | None]
    files: Mapping[str, str]


def match_files(container: Container, expected: Expected, *, task: Task) -> FileMatch:
    """Match the files of a submission to the expected images, each by its whole id.

    An image with several files is a duplicate: neither matched nor missing. Keys of masks in
    memory need no suffix.
    """
    naming = task.naming
    if container.form == "memory":
        naming = replace(naming, suffixes=(*naming.suffixes, ""))
    images = {fold_name(image): image for image in expected.sizes}

    def find(name: str) -> str | None:
        tokens = map(fold_name, _list_tokens(name, naming))
        return next((images[token] for token in tokens if token in images), None)

    found, others = _group(container.names, find)
    allowed = [re.compile(translate(glob), re.IGNORECASE) for glob in task.also_allowed]
    return FileMatch(
        matched={image: files[0] for image, files in found.items() if len(files) == 1},
        missing=tuple(sorted(set(expected.sizes) - set(found))),
        duplicates={image: files for image, files in found.items() if len(files) > 1},
        unexpected=tuple(
            name
            for name in others
            if not any(glob.match(name.rpartition("/")[2]) or glob.match(name) for glob in allowed)
        ),
    )


def find_files(container: Container, *, task: Task, role: str = "truth") -> dict[str, str]:
    """Map every image id of the truth (or ``role``: images) to its file, by name, sorted by id.

    Raises IsicevalError for whatever is wrong: it is the organiser's.
    """
    where = f"the {role} {container.name}"
    if container.problems:
        problem = container.problems[0]
        more = f" (and {len(container.problems) - 1} more)" if len(container.problems) > 1 else ""
        place = f"{where}: {problem.where}:" if problem.where not in ("", container.name) else where
        raise IsicevalError(f"{place} {problem.detail}{more}")
    found, others = group_by_image(
        container.names, task.naming, any_name=container.form == "memory"
    )
    strays = [name for name in others if name.lower().endswith(".png")]
    if role == "truth" and strays and found:
        shown = join_first(strays)
        raise IsicevalError(f"{where} holds masks without a known image id in their name: {shown}")
    if not found:
        example = task.naming.example
        raise IsicevalError(f"{where} holds no file named like {example} (task {task.id})")
    several = {image: names for image, names in found.items() if len(names) > 1}
    if several:
        image, names = next(iter(several.items()))
        more = f"; {len(several) - 1} more images have several files" if len(several) > 1 else ""
        raise IsicevalError(f"{where} has several files for {image}: {', '.join(names)}{more}")
    if role == "truth":
        check_count(len(found), task=task, role=role, name=container.name)
    return {image: names[0] for image, names in found.items()}


def check_count(found: int, *, task: Task, role: str, name: str) -> None:
    """Raise IsicevalError where the task has another number of cases."""
    if task.cases is not None and found != task.cases:
        sentence = f"has {found} masks, task {task.id} says there are {task.cases}"
        raise IsicevalError(f"the {role} {name} {sentence}")


def group_by_image(
    names: Iterable[str], naming: Naming, *, any_name: bool = False
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Group files by the image they belong to, sorted; return that and the files of no image.

    ``any_name``: a name that holds no id is one itself, as keys of masks in memory are.
    """
    spelled: dict[str, str] = {}

    def find(name: str) -> str | None:
        image = find_image(name, naming) or (name if any_name else None)
        return None if image is None else spelled.setdefault(fold_name(image), image)

    return _group(names, find)


def _group(
    names: Iterable[str], find: Callable[[str], str | None]
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    others: list[str] = []
    for name in sorted(names):
        image = find(name)
        (others if image is None else found.setdefault(image, [])).append(name)
    return {image: tuple(found[image]) for image in sorted(found)}, tuple(others)


def find_image(name: str, naming: Naming) -> str | None:
    """Find the id of the image a file belongs to, or None.

    A name without extension counts too: the keys of masks in memory are such names. The id is
    written in the case that the task's pattern asks for, where there is one.
    """
    for token in _list_tokens(name, naming):
        if token and re.fullmatch(naming.image, token, re.IGNORECASE):
            spellings = (token, token.upper(), token.lower())
            return next((text for text in spellings if re.fullmatch(naming.image, text)), token)
    return None


def _list_tokens(name: str, naming: Naming) -> Iterator[str]:
    """Yield what may be the id in a file name: its stem without each suffix it ends in."""
    base = name.rpartition("/")[2]
    stem, _, extension = base.rpartition(".")
    if extension.lower() not in IMAGE_EXTENSIONS:
        stem = base
    # From long to short, so that an id never holds a suffix; none means an empty one.
    suffixes = {suffix.lower() for suffix in naming.suffixes or ("",)}
    for suffix in sorted(suffixes, key=len, reverse=True):
        if stem.lower().endswith(suffix):
            yield stem[: len(stem) - len(suffix)]
