"""The rules a number was made by, in words, as every page ends with them."""

from __future__ import annotations

from isiceval.metrics.catalogue import AGGREGATES
from isiceval.reports.facts import iter_facts
from isiceval.scorecard import read_signature
from isiceval.tasks.task import Task

MISSING = {
    "refuse": "a submission that leaves out an image is invalid",
    "zero": "an image that was not sent counts 0 in every metric",
}


def list_rules(task: Task, signature: str) -> list[tuple[str, str]]:
    """List the rules of a task as pairs of heading and sentence."""
    about = task.profiles.get(task.profile, "")
    return [
        ("Task", f"{task.id}: {task.title}"),
        ("Profile", f"{task.profile}: {about}" if about else task.profile),
        *(_list_mask_rules(task, signature) if task.kind == "mask" else _list_other_rules(task)),
    ]


def _list_mask_rules(task: Task, signature: str) -> list[tuple[str, str]]:
    undefined = (
        "left out of the mean" if task.undefined == "omit" else f"counts as {task.undefined:g}"
    )
    missing = MISSING.get(read_signature(signature).get("missing", ""))
    rules = [
        ("Ranked on", f"the mean {AGGREGATES[task.ranking].title} over all images"),
        ("Foreground", f"a pixel whose value is above {task.threshold}"),
        ("Failed", f"an image whose Jaccard is below {task.jaccard_threshold:g}"),
        ("Undefined (0/0)", undefined),
    ]
    return [*rules, ("Missing images", missing)] if missing else rules


def _list_other_rules(task: Task) -> list[tuple[str, str]]:
    """List what ``isiceval tasks`` tells of a task, but for what the page tells anyway."""
    told = [(name, sentence) for name, sentence in iter_facts(task) if name != "profile"]
    return [(f"{name[0].upper()}{name[1:]}", sentence) for name, sentence in told]
