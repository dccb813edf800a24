"""What isiceval knows, as blocks: its tasks with every fact that moves a number, and its rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from isiceval.blocks import Block, Code, Column, Heading, Item, Items, Paragraph
from isiceval.checks.rules import Rule
from isiceval.kinds.registry import read_signature
from isiceval.metrics.registry import find_aggregate, list_metrics
from isiceval.numbers import make_table
from isiceval.tasks.task import CsvFormat, Task

MISSING = {
    "refuse": "a submission that leaves out an image is invalid",
    "zero": "an image that was not sent counts 0 in every metric",
}

NEVER_MISSING = "refused; --missing zero is for tasks with a score of each image"
PRECISIONS = {"step": "in steps", "trapezoid": "by trapezoids, as scikit-learn before 0.19"}


def describe_rules(rules: Iterable[Rule]) -> Iterator[Block]:
    """Yield a table with a row for each rule."""
    rows = [(rule.code, rule.severity, rule.title) for rule in rules]
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
    rows = []
    for task in tasks:
        profiles = ", ".join(dict.fromkeys((task.profile, *task.profiles)))
        metric = find_aggregate(task.ranking).title
        rows.append((task.id, task.title, metric, _format_splits(task), profiles))
    titles = ("Title", "Ranking metric", "Images", "Profiles")
    columns = [Column("Task"), *(Column(title, wrap=True) for title in titles)]
    yield make_table(columns, rows, caption="All tasks")
    hint = "isiceval tasks TASK prints every fact of a task."
    yield Paragraph(f"The first profile is the default; {hint}", "hint")


def describe_task(task: Task) -> Iterator[Block]:
    """Yield every fact of a task that moves a number or decides on a file."""
    yield Heading(f"{task.id}  {task.title}", 1)
    columns = (Column("Fact"), Column("Value", wrap=True))
    yield make_table(columns, list_facts(task).items(), caption="Every fact of the task")
    shown = {task.profile: " (shown here)"}
    profiles = [f"{name}{shown.get(name, '')}: {about}" for name, about in task.profiles.items()]
    lists = {"Profiles": profiles, "Notes": task.notes, "References": task.references}
    for title, texts in lists.items():
        if texts:
            yield Heading(title)
            yield Items(tuple(map(Item, texts)))


def list_facts(task: Task) -> dict[str, str]:
    """List the facts of a task by name, those of all kinds first."""
    mean = "" if task.labels else ", the mean over images"
    facts = {
        "ranking metric": f"{find_aggregate(task.ranking).title} ({task.ranking}){mean}",
        "may rank on": ", ".join(name for name in task.rankings if name != task.ranking),
        "profile": task.profile,
        "images": _format_splits(task),
    }
    if task.table is not None:
        facts |= _list_table_facts(task, task.table)
    else:
        facts["file name"] = f"{task.naming.example} (case does not matter)"
        facts["image id"] = task.naming.image
        facts["after the id"] = ", ".join(suffix or "nothing" for suffix in task.naming.suffixes)
        facts |= _list_file_facts(task)
    facts["task file"] = f"SHA-256 begins {task.digest}" if task.digest else ""
    return {name: text for name, text in facts.items() if text}


def _list_file_facts(task: Task) -> dict[str, str]:
    if task.reader == "superpixels":
        return {
            "file format": "JSON, an object with a list of confidences in [0, 1] for each feature",
            "features": ", ".join(task.labels),
            "superpixel": "place k of a list is number R + 256 G + 65536 B in the superpixel PNG",
            "counted as yes": f"above {task.confidence_threshold:g}",
            "overall value": "the mean over features, each of the superpixels of all images "
            "together",
            "average precision": PRECISIONS[task.average_precision],
            "undefined (0/0)": _describe_undefined(task),
            "missing files": NEVER_MISSING,
        }
    grey = "accepted and thresholded, with a warning"
    if task.grey == "refuse":
        grey = "refused, except two values, which are rescaled to 0 and 255"
    facts = {
        "one mask for each of": ", ".join(task.labels),
        "file format": "PNG, modes 1 and L; with --lenient also JPEG, RGB, palette, 16-bit",
        "foreground": f"grey value above {task.threshold}",
        "grey masks": grey,
    }
    if not task.labels:
        region = "expected; several regions or holes are a warning"
        return facts | {
            "undefined (0/0)": _describe_undefined(task),
            "failed image": f"Jaccard below {task.jaccard_threshold:g}",
            "one region": region if task.one_region else "not expected",
            "also allowed": ", ".join(task.also_allowed) or "nothing beside the masks",
        }
    shares = task.pooling == "shares"
    whole = "all masks of all labels together" if shares else "the mean over labels"
    return facts | {
        "counted by": "shares of the mask" if shares else "pixels",
        "resized to": f"{task.resize}, nearest pixel" if task.resize else "not resized",
        "overall value": f"{whole}; masks of one label are added up over all images",
        "undefined (0/0)": _describe_undefined(task),
        "missing masks": NEVER_MISSING,
    }


def _list_table_facts(task: Task, layout: CsvFormat) -> dict[str, str]:
    header = {"required": "", "optional": " (the header may be left out)", "none": " (no header)"}
    words = ", ".join(f"{word} as {number:g}" for word, number in layout.words.items())
    yes = f"yes {'from' if task.inclusive else 'above'} {task.confidence_threshold:g}"
    values = f"confidences in [0, 1]; {yes}"
    if layout.labels:
        values = f"labels: {', '.join(f'{label:g}' for label in layout.labels)}"
    one_class = "the class of the highest confidence; a tie is wrong"
    has_precision = "average_precision" in task.metrics
    return {
        "file format": "CSV, UTF-8, a row for each id",
        "columns": ",".join(layout.required) + header[layout.header],
        "also read": ", ".join(f"{name} as {own}" for name, own in layout.synonyms.items()),
        "id": layout.id_pattern,
        "values": values,
        "words in the truth": f"{words}; none in a submission" if words else "",
        "diagnosis": one_class if layout.one_class else "",
        "further rows, columns": "an error" if layout.strict else "ignored, with a warning",
        "also reported": ", ".join(n for n in list_metrics(task) if n != task.ranking) or "-",
        "average precision": PRECISIONS[task.average_precision] if has_precision else "",
        "undefined (0/0)": f"{_describe_undefined(task)}; metrics of curves are left out",
        "weights": ", ".join(f"{image}: {n:g}" for image, n in task.weights.items()),
        "missing rows": "refused; --missing zero is for masks",
    }


def _format_splits(task: Task) -> str:
    splits = ", ".join(f"{split} {n}" for split, n in task.splits.items())
    return splits or (str(task.cases) if task.cases else "as many as the truth has")


def _describe_undefined(task: Task) -> str:
    if task.undefined == "omit":
        return "left out of the mean of that metric"
    return f"counts as {task.undefined:g} in that metric"


def describe_provenance(
    task: Task, signatures: Sequence[str], digests: Mapping[str, str], rules: Mapping[str, str]
) -> Iterator[Block]:
    """Yield the section of the rules by which the numbers were made, ``rules`` among them."""
    facts = {"task": f"{task.id}: {task.title}", **list_facts(task)}
    if about := task.profiles.get(task.profile):
        facts["profile"] += f": {about}"
    if signatures and not task.labels:
        facts["missing images"] = MISSING.get(read_signature(signatures[0]).get("missing", ""), "")
    facts |= rules
    yield Heading("Rules and provenance", anchor="rules", short="Rules")
    yield Items(tuple(Item(text, name.capitalize()) for name, text in facts.items() if text))
    notes = [*task.notes, *(f"Source: {source}" for source in task.references)]
    if notes:
        yield Items(tuple(map(Item, notes)))
    if signatures:
        yield Code("\n".join(signatures), title="Signature")
    found = {what: digest for what, digest in digests.items() if digest}
    for what, digest in found.items():
        yield Code(digest, title=f"Digest of the {what}")
    if found:
        digest = "SHA-256 over ids and file contents"
        yield Paragraph(f"{digest}, the same for a folder and a zip.", "note")
