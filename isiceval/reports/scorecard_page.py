"""The blocks of the page of a scorecard that every kind of task has; the rest is its kind's."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from isiceval.blocks import Block, Cell, Code, Column, Heading, Item, Items, Paragraph
from isiceval.kinds.classification import SEVERAL
from isiceval.kinds.signature import read_signature
from isiceval.model import Bootstrap
from isiceval.reports.numbers import (
    describe_bootstrap,
    format_ends,
    format_percent,
    format_value,
    number_cell,
    plot_cell,
)
from isiceval.reports.reference import list_facts
from isiceval.reports.scorecard import (
    describe_counts,
    find_title,
    list_label_metrics,
    make_metric_table,
)
from isiceval.reports.tables import Value, make_row, make_table
from isiceval.reports.validation import describe_problems, describe_verdict
from isiceval.scorecard import Scorecard
from isiceval.tasks.task import Task

if TYPE_CHECKING:
    from isiceval.statistics.subgroups import Breakdown, Subgroup

SHARES = {"mask": "Failed", "table": "Misclassified"}  # what the share of bad cases is called
MISSING = {
    "refuse": "a submission that leaves out an image is invalid",
    "zero": "an image that was not sent counts 0 in every metric",
}


def describe_scorecard_page(
    card: Scorecard,
    task: Task,
    *,
    details: Iterable[Block],
    breakdowns: Sequence[Breakdown],
    bootstrap: Bootstrap,
) -> Iterator[Block]:
    """Yield the page of a scorecard; ``details`` are the blocks of its kind, key numbers first.

    ``bootstrap`` says how the intervals of the breakdowns were made.
    """
    key, *sections = details
    own = key.items if isinstance(key, Items) else ()
    after = next(n for n, one in enumerate(sections) if getattr(one, "anchor", "") == "images")
    title, verdict = find_title(card.metric), describe_verdict(card.problems)
    yield Paragraph(
        f"Submission report · task {card.task} · profile {card.profile}", style="kicker"
    )
    yield Heading(card.submission, level=1)
    yield Paragraph(f"{describe_counts(card)}. {verdict[:1].upper()}{verdict[1:]}.", style="lead")
    score = format_ends(card.intervals.get(card.metric))
    yield Items(
        (Item(format_value(card.score), term=title, note=f"95 %: {score}"), *own),
        large=True,
    )
    yield from _describe_metrics(card)
    yield from sections[:after]
    yield from _describe_breakdowns(card, task, breakdowns, bootstrap)
    yield Heading("Problems and warnings", anchor="problems", short="Problems")
    if card.problems:
        yield from describe_problems(card.problems, level=3)
    else:
        hint = " Regions and holes are counted only with --checks all."
        yield Paragraph(f"None found.{hint if card.kind == 'mask' else ''}")
    if card.conversions:
        named = ", ".join(f"{what} ({n})" for what, n in card.conversions.items())
        yield Paragraph(f"Converted because reading was lenient: {named}.")
    yield from sections[after:]
    yield from describe_rules(task, card.signature)
    yield Code(card.signature, title="Signature")
    yield Code(card.truth_digest, title="Digest of the truth")
    if card.submission_digest:
        yield Code(card.submission_digest, title="Digest of the submission")
    yield Paragraph(
        "SHA-256 over ids and file contents, the same for a folder and a zip.", style="note"
    )


def _describe_metrics(card: Scorecard) -> Iterator[Block]:
    note = "The images were not resampled, so the metrics have no intervals."
    if card.bootstrap:
        note = (
            f"Intervals: {describe_bootstrap(card.bootstrap)}. They show how much the numbers "
            "would change with other images of the same kind."
        )
    yield Heading("Metrics", anchor="metrics")
    yield Paragraph(note, style="note")
    yield make_metric_table(card)
    metrics = list_label_metrics(card)
    if metrics:
        yield Heading("By label", level=3)
        yield make_table(
            ["Label", *map(find_title, metrics)],
            [
                make_row(label, *(_label_cell(card, f"{name}.{label}") for name in metrics))
                for label in card.labels
            ],
            caption="Every metric of each label, with its 95 % interval below",
        )


def _label_cell(card: Scorecard, name: str) -> Cell:
    value, interval = card.aggregates.get(name, math.nan), card.intervals.get(name)
    cell = number_cell(value)
    return Cell(cell.text, value=cell.value, below=format_ends(interval) if interval else "")


def _describe_breakdowns(
    card: Scorecard, task: Task, breakdowns: Sequence[Breakdown], bootstrap: Bootstrap
) -> Iterator[Block]:
    if not breakdowns:
        return
    title, share = find_title(card.metric), SHARES.get(card.kind, "")
    several = len(task.labels) > 1
    what = f"{title}{f' and share of {share.lower()} cases' if share else ''}"
    labels = ""
    if several and "." not in task.ranking and task.pooling != "shares":
        labels = " A mean over labels is one over those that the subgroup has."
    yield Heading("Subgroups", anchor="groups")
    yield Paragraph(
        f"{what} by what is known of the images, computed for each subgroup alone; a dash where "
        f"undefined. Intervals: {describe_bootstrap(bootstrap)}; subgroups of fewer than five "
        f"images have none.{labels} With many subgroups some differences are due to chance.",
        style="note",
    )
    plot = Column("0 to 1", plot=True, axis=(0.0, 1.0))
    columns: list[str | Column] = ["Subgroup", "Images", *(["Labels"] if several else [])]
    columns += [title, "95 % interval", plot, *([share, "95 % interval"] if share else [])]
    for breakdown in breakdowns:
        yield Heading(breakdown.column, level=3)
        if breakdown.note:
            yield Paragraph(f"{breakdown.note[:1].upper()}{breakdown.note[1:]}.", style="note")
            continue
        rows = []
        for group in breakdown.subgroups:
            score, interval = group.values[card.metric], group.intervals.get(card.metric)
            cells: list[Value] = [group.name, len(group.images)]
            cells += [_count_labels(card, task, group)] if several else []
            cells += [score, format_ends(interval), plot_cell(score, interval)]
            if share:
                failed, interval = group.values["share"], group.intervals.get("share")
                ends = map(format_percent, (interval.low, interval.high) if interval else ())
                cells += [Cell(format_percent(failed), value=failed), " to ".join(ends) or "-"]
            rows.append(make_row(*cells))
        yield make_table(columns, rows, caption=f"{title} by {breakdown.column}")


def _count_labels(card: Scorecard, task: Task, group: Subgroup) -> Cell:
    """Count the labels that the truth of some case of a subgroup has."""
    images, present = frozenset(group.images), set[str]()
    for case in card.cases:
        if case.image not in images:
            continue
        if case.diagnosis is not None:
            present.update(case.diagnosis.truth.split(SEVERAL))
        elif case.counts is not None and case.counts.truth:
            present.add(case.label)
    n = len(present.intersection(task.labels))
    return Cell(f"{n} of {len(task.labels)}", value=n)


def describe_rules(task: Task, signature: str) -> Iterator[Block]:
    """Yield the section of the rules by which the numbers were made."""
    about = task.profiles.get(task.profile, "")
    facts = [
        Item(f"{text}: {about}" if about and name == "profile" else text, term=name.capitalize())
        for name, text in list_facts(task)
    ]
    missing = MISSING.get(read_signature(signature).get("missing", ""))
    if missing and task.kind == "mask":
        facts.append(Item(missing, term="Missing images"))
    yield Heading("Rules and provenance", anchor="rules", short="Rules")
    yield Items((Item(f"{task.id}: {task.title}", term="Task"), *facts))
    notes = [*task.notes, *(f"Source: {source}" for source in task.references)]
    if notes:
        yield Items(tuple(Item(note) for note in notes))
