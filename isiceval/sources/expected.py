"""What a submission is held against: ids and sizes from truth, dermoscopic images or a manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from isiceval.errors import IsicevalError
from isiceval.model import Pairing, Size
from isiceval.readers.headers import read_one
from isiceval.sources.container import Container
from isiceval.sources.pairing import find_image, index_images, pair
from isiceval.tasks.task import Task

MASK_SUFFIXES = (".png",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """The images that count: id to size (None: not known), and id to truth file if there is one."""

    sizes: Mapping[str, Size | None]
    files: Mapping[str, str]

    @property
    def pixels(self) -> int:
        """Return the pixels of all images together."""
        return sum(size.pixels for size in self.sizes.values() if size)


def match(container: Container, expectation: Expectation, *, task: Task) -> Pairing:
    """Match a submission to the expected images; keys of masks in memory need no suffix."""
    if container.form == "memory":
        bare = replace(task.naming, suffixes=(*task.naming.suffixes, ""))
        task = replace(task, naming=bare)
    return pair(container.names, expected=expectation.sizes, task=task)


def expect_truth(container: Container, *, task: Task) -> Expectation:
    """Read ids and sizes from the truth; every fault of the truth is the organiser's."""
    files = index_truth(container, task=task)
    sizes = {image: _read_size(container, name, image) for image, name in files.items()}
    return Expectation(sizes=sizes, files=files)


def index_truth(container: Container, *, task: Task) -> dict[str, str]:
    """Map every image id of the truth to its file, by name alone, sorted by id."""
    files = _index(container, task=task, role="truth")
    require_count(len(files), task=task, role="truth", name=container.name)
    return files


def expect_images(container: Container, *, task: Task) -> Expectation:
    """Read ids and sizes from the headers of the dermoscopic images."""
    files = _index(container, task=task, role="images")
    sizes = {image: _read_size(container, name, image) for image, name in files.items()}
    return Expectation(sizes=sizes, files={})


def _index(container: Container, *, task: Task, role: str) -> dict[str, str]:
    where = f"the {role} {container.name}"
    if container.problems:
        fault = container.problems[0]
        more = f" (and {len(container.problems) - 1} more)" if len(container.problems) > 1 else ""
        place = f"{where}: {fault.where}:" if fault.where not in ("", container.name) else where
        raise IsicevalError(f"{place} {fault.detail}{more}")
    found, others = _group(container, task=task)
    strays = [name for name in others if name.lower().endswith(MASK_SUFFIXES)]
    if role == "truth" and strays and found:
        shown = ", ".join(strays[:3]) + (f" and {len(strays) - 3} more" if strays[3:] else "")
        raise IsicevalError(f"{where} holds masks without a known image id in their name: {shown}")
    if not found:
        example = task.naming.example
        raise IsicevalError(f"{where} holds no file named like {example} (task {task.id})")
    doubled = {image: names for image, names in found.items() if len(names) > 1}
    if doubled:
        image, names = next(iter(doubled.items()))
        more = f"; {len(doubled) - 1} more images have several files" if len(doubled) > 1 else ""
        raise IsicevalError(f"{where} has several files for {image}: {', '.join(names)}{more}")
    return {image: names[0] for image, names in sorted(found.items())}


def _group(
    container: Container, *, task: Task
) -> tuple[Mapping[str, tuple[str, ...]], tuple[str, ...]]:
    """Group names by image; a mask in memory may have any key for an id."""
    if container.form != "memory":
        return index_images(container.names, task.naming)
    found: dict[str, tuple[str, ...]] = {}
    for key in container.names:
        image = find_image(key, task.naming) or key
        found[image] = (*found.get(image, ()), key)
    return found, ()


def require_count(found: int, *, task: Task, role: str, name: str) -> None:
    """Raise IsicevalError where the task has another number of cases."""
    if task.cases is not None and found != task.cases:
        sentence = f"has {found} masks, task {task.id} says there are {task.cases}"
        raise IsicevalError(f"the {role} {name} {sentence}")


def _read_size(container: Container, name: str, image: str) -> Size:
    reading = read_one(container, name, image=image)
    if reading.size is None:
        found = reading.problems[0].detail if reading.problems else "it has no size"
        raise IsicevalError(f"{container.name}/{name} cannot be read as an image: {found}")
    return reading.size
