"""What isiceval knows, as blocks: its tasks with every fact that moves a number, and its rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from isiceval.blocks import Block, Code, Column, Heading, Item, Items, Paragraph
from isiceval.checks.rules import Rule
from isiceval.kinds.registry import read_signature
from isiceval.metrics.registry import find_aggregate, list_metrics
from isiceval.numbers import make_row, make_table
from isiceval.tasks.task import CsvFormat, Task

MISSING = {
    "refuse": "a submission that leaves out an image is invalid",
    "zero": "an image that was not sent counts 0 in every metric",
}


def describe_rules(rules: Iterable[Rule]) -> Iterator[Block]:
    """Yield a table with a row for each rule."""
    rows = [make_row(rule.code, rule.severity, rule.title) for rule in rules]
    yield make_table(["Code", "Severity", Column("Rule", wrap=True)], rows, caption="All rules")
    yield Paragraph("isiceval explain CODE prints the whole rule.", "hint")


def describe_rule(rule: Rule) -> Iterator[Block]:
    """Yield one rule: its code, its severity, its explanation and the fix."""
    yield Heading(f"{rule.code} ({rule.severity})", 1)
    for text in (rule.title, *rule.why.split("\n\n"), f"Fix: {rule.fix}" if rule.fix else ""):
        if text.strip():
            yield Paragraph(" ".join(text.split()))


def describe_tasks(tasks: Iterable[Task]) -> Iterator[Block]:
    """Yield a table with a row for each task."""
    titles = ("Title", "Ranking metric", "Images", "Profiles")
    yield make_table(
        ["Task", *(Column(title, wrap=True) for title in titles)],
        [
            make_row(
                task.id,
                task.title,
                find_aggregate(task.ranking).title,
                _format_splits(task),
                ", ".join(dict.fromkeys((task.profile, *task.profiles))),
            )
            for task in tasks
        ],
        caption="All tasks",
    )
    yield Paragraph(
        "The first profile is the default; isiceval tasks TASK prints every fact of a task.", "hint"
    )


def describe_task(task: Task) -> Iterator[Block]:
    """Yield every fact of a task that moves a number or decides on a file."""
    yield Heading(f"{task.id}  {task.title}", 1)
    rows = [make_row(*fact) for fact in list_facts(task)]
    yield make_table(["Fact", Column("Value", wrap=True)], rows, caption="Every fact of the task")
    profiles = [
        f"{profile}{' (shown here)' if profile == task.profile else ''}: {about}"
        for profile, about in task.profiles.items()
    ]
    for title, texts in (
        ("Profiles", profiles),
        ("Notes", task.notes),
        ("References", task.references),
    ):
        if texts:
            yield Heading(title)
            yield Items(tuple(map(Item, texts)))


def list_facts(task: Task) -> Iterator[tuple[str, str]]:
    """Yield each fact of a task with its name, those of all kinds first."""
    mean = "" if task.labels else ", the mean over images"
    yield "ranking metric", f"{find_aggregate(task.ranking).title} ({task.ranking}){mean}"
    others = [name for name in task.rankings if name != task.ranking]
    if others:
        yield "may rank on", ", ".join(others)
    yield "profile", task.profile
    yield "images", _format_splits(task)
    if task.table is not None:
        yield from _list_table_facts(task)
    else:
        yield "file name", f"{task.naming.example} (case does not matter)"
        yield "image id", task.naming.image
        yield "after the id", ", ".join(suffix or "nothing" for suffix in task.naming.suffixes)
        superpixels = task.reader == "superpixels"
        yield from (_list_superpixel_facts if superpixels else _list_mask_facts)(task)
    if task.digest:
        yield "task file", f"SHA-256 begins {task.digest}"


def _list_mask_facts(task: Task) -> Iterator[tuple[str, str]]:
    if task.labels:
        yield "one mask for each of", ", ".join(task.labels)
    yield "file format", "PNG, modes 1 and L; with --lenient also JPEG, RGB, palette, 16-bit"
    yield "foreground", f"grey value above {task.threshold}"
    refused = task.grey == "refuse"
    yield (
        "grey masks",
        "refused, except two values, which are rescaled to 0 and 255"
        if refused
        else "accepted and thresholded, with a warning",
    )
    if task.labels:
        shares = task.pooling == "shares"
        yield "counted by", "shares of the mask" if shares else "pixels"
        yield "resized to", f"{task.resize}, nearest pixel" if task.resize else "not resized"
        whole = "all masks of all labels together" if shares else "the mean over labels"
        yield "overall value", f"{whole}; masks of one label are added up over all images"
        yield "undefined (0/0)", _describe_undefined(task)
        yield "missing masks", "refused; --missing zero is for tasks with a score of each image"
        return
    yield "undefined (0/0)", _describe_undefined(task)
    yield "failed image", f"Jaccard below {task.jaccard_threshold:g}"
    region = "expected; several regions or holes are a warning"
    yield "one region", region if task.one_region else "not expected"
    yield "also allowed", ", ".join(task.also_allowed) or "nothing beside the masks"


def _list_superpixel_facts(task: Task) -> Iterator[tuple[str, str]]:
    yield "file format", "JSON, an object with a list of confidences in [0, 1] for each feature"
    yield "features", ", ".join(task.labels)
    yield "superpixel", "place k of a list is number R + 256 G + 65536 B in the superpixel PNG"
    yield "counted as yes", f"above {task.confidence_threshold:g}"
    yield "overall value", "the mean over features, each of the superpixels of all images together"
    yield "average precision", _describe_precision(task)
    yield "undefined (0/0)", _describe_undefined(task)
    yield "missing files", "refused; --missing zero is for tasks with a score of each image"


def _list_table_facts(task: Task) -> Iterator[tuple[str, str]]:
    layout = task.table or CsvFormat(columns=task.labels)
    header = {"required": "", "optional": " (the header may be left out)", "none": " (no header)"}
    yield "file format", "CSV, UTF-8, a row for each id"
    yield "columns", ",".join(layout.required) + header[layout.header]
    if layout.synonyms:
        yield "also read", ", ".join(f"{name} as {own}" for name, own in layout.synonyms.items())
    yield "id", layout.id_pattern
    values = f"labels: {', '.join(f'{label:g}' for label in layout.labels)}"
    sign = "from" if task.inclusive else "above"
    confidences = f"confidences in [0, 1]; yes {sign} {task.confidence_threshold:g}"
    yield "values", values if layout.labels else confidences
    if layout.words:
        words = ", ".join(f"{word} as {number:g}" for word, number in layout.words.items())
        yield "words in the truth", f"{words}; none in a submission"
    if layout.one_class:
        yield "diagnosis", "the class of the highest confidence; a tie is wrong"
    strict = "an error" if layout.strict else "ignored, with a warning"
    yield "further rows, columns", strict
    yield "also reported", ", ".join(n for n in list_metrics(task) if n != task.ranking) or "-"
    if "average_precision" in task.metrics:
        yield "average precision", _describe_precision(task)
    yield "undefined (0/0)", f"{_describe_undefined(task)}; metrics of curves are left out"
    if task.weights:
        yield "weights", ", ".join(f"{image}: {n:g}" for image, n in task.weights.items())
    yield "missing rows", "refused; --missing zero is for masks"


def _describe_precision(task: Task) -> str:
    trapezoid = "by trapezoids, as scikit-learn before 0.19"
    return trapezoid if task.average_precision == "trapezoid" else "in steps"


def _format_splits(task: Task) -> str:
    splits = ", ".join(f"{split} {n}" for split, n in task.splits.items())
    return splits or (str(task.cases) if task.cases else "as many as the truth has")


def _describe_undefined(task: Task) -> str:
    if task.undefined == "omit":
        return "left out of the mean of that metric"
    return f"counts as {task.undefined:g} in that metric"


def describe_provenance(
    task: Task,
    signatures: Sequence[str],
    digests: Mapping[str, str],
    *,
    rules: tuple[Item, ...] = (),
) -> Iterator[Block]:
    """Yield the section of the rules by which the numbers were made, ``rules`` among them."""
    about = task.profiles.get(task.profile, "")
    facts = [
        Item(f"{text}: {about}" if about and name == "profile" else text, term=name.capitalize())
        for name, text in list_facts(task)
    ]
    missing = {MISSING.get(read_signature(line).get("missing", ""), "") for line in signatures[:1]}
    if not task.labels:
        facts += [Item(text, term="Missing images") for text in missing if text]
    yield Heading("Rules and provenance", anchor="rules", short="Rules")
    yield Items((Item(f"{task.id}: {task.title}", term="Task"), *facts))
    notes = [*task.notes, *(f"Source: {source}" for source in task.references)]
    for items in (tuple(map(Item, notes)), rules):
        if items:
            yield Items(items)
    if signatures:
        yield Code("\n".join(signatures), title="Signature")
    found = {what: digest for what, digest in digests.items() if digest}
    for what, digest in found.items():
        yield Code(digest, title=f"Digest of the {what}")
    if found:
        how = "SHA-256 over ids and file contents, the same for a folder and a zip."
        yield Paragraph(how, "note")
