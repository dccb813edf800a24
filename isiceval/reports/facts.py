"""Every fact of a task that moves a number or decides on a file, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from isiceval.metrics.registry import list_metrics
from isiceval.model import Kind
from isiceval.reports.rows import find_title
from isiceval.tasks.task import CsvFormat, Task

Fact = tuple[str, str]


def iter_facts(task: Task) -> Iterator[Fact]:
    """Yield each fact with its name, those of all kinds first."""
    mean = ", the mean over images" if task.kind == "mask" else ""
    yield "ranks on", f"{find_title(task.ranking)} ({task.ranking}){mean}"
    others = [name for name in task.rankings if name != task.ranking]
    if others:
        yield "may rank on", ", ".join(others)
    yield "profile", task.profile
    yield "images", say_images(task)
    yield from _FACTS[task.kind](task)
    if task.digest:
        yield "task file", f"SHA-256 begins {task.digest}"


def _iter_mask_facts(task: Task) -> Iterator[Fact]:
    yield from _iter_names(task)
    yield from _iter_pixels(task)
    yield "undefined (0/0)", _say_undefined(task)
    yield "failed image", f"Jaccard below {task.jaccard_threshold:g}"
    yield (
        "one region",
        "asked for; several regions or holes are a warning" if task.one_region else "not asked for",
    )
    yield "also allowed", ", ".join(task.also_allowed) or "nothing beside the masks"


def _iter_names(task: Task) -> Iterator[Fact]:
    yield "file name", f"{task.naming.example} (case does not matter)"
    yield "image id", task.naming.image
    yield "after the id", ", ".join(suffix or "nothing" for suffix in task.naming.suffixes)


def _iter_pixels(task: Task) -> Iterator[Fact]:
    yield "file format", "PNG, modes 1 and L; with --lenient also JPEG, RGB, palette, 16-bit"
    yield "foreground", f"grey value above {task.threshold}"
    yield "grey masks", _say_grey(task)


def _iter_attribute_facts(task: Task) -> Iterator[Fact]:
    yield from _iter_names(task)
    yield "one mask for each of", ", ".join(task.labels)
    yield from _iter_pixels(task)
    shares = task.pooling == "shares"
    yield "counted by", "shares of the mask" if shares else "pixels"
    yield "resized to", f"{task.resize}, nearest pixel" if task.resize else "nothing, as they are"
    whole = "all masks of all labels together" if shares else "the mean over labels"
    yield "overall value", f"{whole}; masks of one label are added up over all images"
    yield "undefined (0/0)", _say_undefined(task)
    yield "missing masks", "refused; --missing zero is for tasks with a score of each image"


def _iter_superpixel_facts(task: Task) -> Iterator[Fact]:
    yield from _iter_names(task)
    yield "file format", "JSON, an object with a list of confidences in [0, 1] for each feature"
    yield "features", ", ".join(task.labels)
    yield "superpixel", "place k of a list is number R + 256 G + 65536 B in the superpixel PNG"
    yield "counted as yes", f"above {task.confidence_threshold:g}"
    yield "overall value", "the mean over features, each of the superpixels of all images together"
    yield "average precision", _say_precision(task)
    yield "undefined (0/0)", _say_undefined(task)
    yield "missing files", "refused; --missing zero is for tasks with a score of each image"


def _iter_table_facts(task: Task) -> Iterator[Fact]:
    layout = task.table or CsvFormat(columns=task.labels)
    header = {"required": "", "optional": " (the header may be left out)", "none": " (no header)"}
    yield "file format", "CSV, UTF-8, a row for each id"
    yield "columns", ",".join(layout.required) + header[layout.header]
    if layout.synonyms:
        yield "also read", ", ".join(f"{name} as {own}" for name, own in layout.synonyms.items())
    yield "id", layout.id_pattern
    yield "values", _say_values(task, layout)
    if layout.words:
        words = ", ".join(f"{word} as {number:g}" for word, number in layout.words.items())
        yield "words in the truth", f"{words}; none in a submission"
    if layout.one_class:
        yield "diagnosis", "the class of the highest confidence; a tie is wrong"
    strict = "an error" if layout.strict else "ignored, with a warning"
    yield "further rows, columns", strict
    yield "also reported", ", ".join(n for n in list_metrics(task) if n != task.ranking) or "-"
    if "average_precision" in task.metrics:
        yield "average precision", _say_precision(task)
    yield "undefined (0/0)", f"{_say_undefined(task)}; metrics of curves are left out"
    if task.weights:
        yield "weights", ", ".join(f"{image}: {n:g}" for image, n in task.weights.items())
    yield "missing rows", "refused; --missing zero is for masks"


def _say_values(task: Task, layout: CsvFormat) -> str:
    if layout.labels:
        return f"labels: {', '.join(f'{label:g}' for label in layout.labels)}"
    sign = "from" if task.inclusive else "above"
    return f"confidences in [0, 1]; yes {sign} {task.confidence_threshold:g}"


def _say_precision(task: Task) -> str:
    trapezoid = "by trapezoids, as scikit-learn before 0.19"
    return trapezoid if task.average_precision == "trapezoid" else "in steps"


def say_images(task: Task) -> str:
    """Say how many images each split has."""
    splits = ", ".join(f"{split} {n}" for split, n in task.splits.items())
    return splits or (str(task.cases) if task.cases else "as many as the truth has")


def _say_grey(task: Task) -> str:
    if task.grey == "refuse":
        return "refused, except two values, which are rescaled to 0 and 255"
    return "accepted and thresholded, with a warning"


def _say_undefined(task: Task) -> str:
    if task.undefined == "omit":
        return "left out of the mean of that metric"
    return f"counts as {task.undefined:g} in that metric"


_FACTS: Mapping[Kind, Callable[[Task], Iterator[Fact]]] = {
    "mask": _iter_mask_facts,
    "masks": _iter_attribute_facts,
    "superpixels": _iter_superpixel_facts,
    "table": _iter_table_facts,
}
