"""A scorecard as blocks: every aggregate, the labels, the worst images, the problems."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from isiceval import numbers
from isiceval.blocks import Block, Cell, Code, Column, Heading, Item, Items, Paragraph, Table
from isiceval.kinds.kind import MeasuredConfidences
from isiceval.kinds.registry import read_signature
from isiceval.metrics.registry import AGGREGATES, COUNTED, VALIDATION, find_aggregate
from isiceval.model import Bootstrap, Kind, has_case_scores
from isiceval.numbers import Value, count, describe_bootstrap, format_value, make_table
from isiceval.reports.reference import describe_provenance
from isiceval.reports.validation import describe_conversions, describe_problems, describe_verdict
from isiceval.scorecard import Scorecard
from isiceval.tasks.task import Task

if TYPE_CHECKING:
    from isiceval.statistics.subgroups import Breakdown, Subgroup

INTERVAL = "95 % interval"
PLOT = Column("0 to 1", plot=True, axis=(0.0, 1.0), priority=1)
N_WORST = 5
WORST_COLUMNS = ("jaccard", "dice", "sensitivity", "specificity")


def describe(card: Scorecard) -> Iterator[Block]:
    """Yield the blocks of a scorecard, the ranking metric first."""
    title = find_title(card.metric)
    yield Heading(f"{card.submission} on {card.task}: {title} {format_value(card.score)}", 1)
    yield Paragraph(f"{describe_counts(card)}.", "lead")
    yield make_metric_table(card)
    if card.as_submitted:
        yield Paragraph(
            f"Complete counts the {card.n_missing} missing as failures, as submitted covers only "
            f"the {card.n_cases - card.n_missing} that were sent."
        )
    if card.bootstrap:
        yield Paragraph(f"Intervals: {describe_bootstrap(card.bootstrap)}.{_explain_dash(card)}")
    yield from _describe_labels(card, level=2)
    marked = {"Median image": card.median_case, "Worst image": card.worst_case}
    found = [
        Item(f"{case.image} (Jaccard {format_value(case.values['jaccard'])})", term)
        for term, case in marked.items()
        if case
    ]
    if found:
        worst = card.worst(N_WORST)
        titles = [
            Column(find_title(n), number=True, priority=k) for k, n in enumerate(WORST_COLUMNS)
        ]
        columns = [Column("Image", wrap=True), *titles, Column("Status")]
        rows = [(one.image, *map(one.values.get, WORST_COLUMNS), one.status) for one in worst]
        yield Items(tuple(found))
        yield Heading(f"Worst {count(len(worst), 'image')}")
        yield make_table(columns, rows, caption="The images with the lowest Jaccard")
    yield from describe_conversions(card.conversions)
    yield from describe_problems(card.problems)
    yield Code(card.signature, title="Signature")


def describe_counts(card: Scorecard) -> str:
    """Write how many images there are, how many are missing, and how many files were ignored."""
    missing = f"{count(card.n_cases, 'image')}, {card.n_missing} missing"
    return f"{missing}, {count(card.n_ignored, 'file')} ignored"


def _explain_dash(card: Scorecard) -> str:
    without = card.aggregates.keys() - card.intervals.keys()
    if all(math.isnan(card.aggregates[name]) for name in without):
        return ""
    return f" {numbers.DASH}"


def make_metric_table(card: Scorecard) -> Table:
    """Make the table of the aggregates that are not of one label alone, the ranking one first."""
    partial = card.as_submitted
    names = order_aggregates(card.metric, list_overall(card.aggregates), kind=card.kind)
    values = [card.aggregates[name] for name in names]
    titles = [f"{find_title(n)}{' (ranking)' if n == card.metric else ''}" for n in names]
    columns: dict[Column, Sequence[Value]] = {
        Column("Metric", wrap=True): titles,
        Column("Complete" if partial else "Value"): values,
    }
    if card.bootstrap:
        ends = [card.intervals.get(name) for name in names]
        shares = [find_aggregate(name).range == (0.0, 1.0) for name in names]
        drawn = (one if is_share else None for one, is_share in zip(ends, shares, strict=True))
        columns[Column(INTERVAL)] = ends
        columns[PLOT] = [*map(numbers.plot_cell, values, drawn)]
    if partial:
        columns[Column("As submitted")] = [partial[name] for name in names]
    columns[Column("Note", wrap=True)] = [_find_note(card, name) for name in names]
    caption = "Every metric, the ranking metric first"
    return make_table(columns, zip(*columns.values(), strict=True), strong=0, caption=caption)


def _find_note(card: Scorecard, name: str) -> str:
    """Write what the value of an aggregate does not show by itself, or nothing."""
    if name == "failure_rate":
        return f"share with a Jaccard below {card.jaccard_threshold:g}"
    n_labels, filled = len(card.labels), card.undefined.get(name, 0)
    of_labels = [card.aggregates.get(f"{name}.{label}") for label in card.labels]
    lacking = sum(value is not None and math.isnan(value) for value in of_labels)
    # Building cases takes time; only those without labels say whether they are undefined.
    rows = range(len(card.measured)) if filled and not card.labels else ()
    touched = next((one for one in card.measured.iter_cases(rows) if name in one.undefined), None)
    if lacking:
        return f"undefined for {lacking} of {count(n_labels, 'label')}, left out"
    if touched and filled:
        return f"{filled} of {card.n_cases} undefined, {_format_policy(touched.values[name])}"
    if name == "balanced_accuracy" and n_labels == 1:
        return "always 1 with a single class, carries no information"
    if filled and card.labels:
        policy = _format_policy(float(read_signature(card.signature)["undefined"]))
        return f"0/0 in {filled} of {count(n_labels, 'label')}, {policy}"
    is_of_labels = isinstance(card.measured, MeasuredConfidences) and name in COUNTED
    return "mean over labels, each a yes or no" if is_of_labels and n_labels > 1 else ""


def _format_policy(value: float) -> str:
    return "left out" if math.isnan(value) else f"counted as {value:g}"


def _describe_labels(card: Scorecard, *, level: int) -> Iterator[Block]:
    """Yield the table of the aggregates of single labels, the ranking metric first.

    Only the first has its interval in a column of its own; a page shows the others below.
    """
    last = f".{card.labels[0]}" if card.labels else "."
    names = [name for name in card.aggregates if not name.startswith(VALIDATION)]
    found = [name.removesuffix(last) for name in names if name.endswith(last)]
    if not found:
        return
    own = card.metric.partition(".")[0]
    metrics = sorted(found, key=lambda metric: metric != own)
    columns: dict[Column, Sequence[Value]] = {Column("Label", wrap=True): card.labels}
    for metric in metrics:
        names = [f"{metric}.{label}" for label in card.labels]
        values = [card.aggregates[name] for name in names]
        ends = [card.intervals.get(name) for name in names]
        if metric == metrics[0]:
            columns[Column(find_title(metric))] = values
            if card.bootstrap:
                columns[Column(INTERVAL, priority=1)] = ends
        else:
            columns[Column(find_title(metric), priority=2)] = [
                Cell(
                    format_value(value),
                    value=None if math.isnan(value) else value,
                    below=numbers.format_ends(interval) if interval else "",
                )
                for value, interval in zip(values, ends, strict=True)
            ]
    yield Heading("By label", level)
    rows = zip(*columns.values(), strict=True)
    yield make_table(columns, rows, caption="The metrics of each label")


def order_aggregates(metric: str, found: Iterable[str], *, kind: Kind) -> tuple[str, ...]:
    """Order aggregates: the ranking metric, then the others.

    Of masks they stand in the order of the registry, all of it where none was found.
    """
    found = list(found)
    if has_case_scores(kind):
        found = [name for name in AGGREGATES if name in found] or list(AGGREGATES)
    return (metric, *(name for name in found if name != metric))


def list_overall(names: Iterable[str]) -> list[str]:
    """List the aggregates that are not of one label alone."""
    return [name for name in names if "." not in name or name.startswith(VALIDATION)]


def find_title(name: str) -> str:
    """Find the title of an aggregate."""
    return find_aggregate(name).title


SHARES = {"mask": "Failed", "table": "Misclassified"}  # what the share of bad cases is called


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
    verdict = describe_verdict(card.problems)
    ends = f"95 %: {numbers.format_ends(card.intervals.get(card.metric))}"
    score = Item(format_value(card.score), term=find_title(card.metric), note=ends)
    yield Paragraph(f"Submission report · task {card.task} · profile {card.profile}", "kicker")
    yield Heading(card.submission, 1)
    yield Paragraph(f"{describe_counts(card)}. {verdict[:1].upper()}{verdict[1:]}.", "lead")
    yield Items((score, *own), large=True)
    how = "The images were not resampled, so the metrics have no intervals."
    if card.bootstrap:
        why = "how much the numbers would change with other images of the same kind"
        how = f"Intervals: {describe_bootstrap(card.bootstrap)}. They show {why}."
        how += _explain_dash(card)
    yield Heading("Metrics", anchor="metrics")
    yield Paragraph(how, "note")
    yield make_metric_table(card)
    yield from _describe_labels(card, level=3)
    yield from sections[:after]
    if breakdowns:
        yield from _describe_breakdowns(card, task, breakdowns, bootstrap)
    yield Heading("Problems and warnings", anchor="problems", short="Problems")
    if card.problems:
        yield from describe_problems(card.problems, level=3)
    else:
        hint = " Regions and holes are counted only with --checks all."
        yield Paragraph(f"None found.{hint if has_case_scores(card.kind) else ''}")
    if card.conversions:
        named = ", ".join(f"{what} ({n})" for what, n in card.conversions.items())
        yield Paragraph(f"Converted because reading was lenient: {named}.")
    yield from sections[after:]
    digests = {"truth": card.truth_digest, "submission": card.submission_digest}
    yield from describe_provenance(task, [card.signature], digests, {})


def _describe_breakdowns(
    card: Scorecard, task: Task, breakdowns: Sequence[Breakdown], bootstrap: Bootstrap
) -> Iterator[Block]:
    title, share = find_title(card.metric), SHARES.get(card.kind, "")
    several = len(task.labels) > 1
    every = [group for one in breakdowns for group in one.subgroups]
    counted = max((len(group.labels) for group in every), default=0)
    what = f"{title}{f' and share of {share.lower()} cases' if share else ''}"
    labels = ""
    if several and "." not in task.ranking and task.pooling != "shares":
        labels = " A mean over labels is one over those that the subgroup has."
    n_drawn = sum(card.metric in group.intervals for group in every)
    unit = "groups" if bootstrap.grouped else "images"
    needs = ", nor has a score of fewer than five positives or negatives that it needs"
    yield Heading("Subgroups", anchor="groups")
    yield Paragraph(
        f"{what} by what is known of the images, computed for each subgroup alone; a dash where "
        f"undefined. Intervals: {describe_bootstrap(bootstrap)}; subgroups of fewer than five "
        f"{unit} have none{needs if counted else ''}.{labels}{_describe_chance(n_drawn)}",
        "note",
    )
    for breakdown in breakdowns:
        yield Heading(breakdown.column, level=3)
        if breakdown.note:
            yield Paragraph(f"{breakdown.note[:1].upper()}{breakdown.note[1:]}.", "note")
            continue
        groups = breakdown.subgroups
        scores = [group.values[card.metric] for group in groups]
        ends = [group.intervals.get(card.metric) for group in groups]
        columns: dict[Column, Sequence[Value]] = {
            Column("Subgroup"): [group.name for group in groups],
            Column("Images"): [len(group.images) for group in groups],
        }
        if several:
            columns[Column("Labels")] = [_count_labels(card, task, group) for group in groups]
        if counted:
            fewest = "Fewest positives" if counted > 1 else "Positives"
            columns[Column(fewest)] = [_count_positives(group) for group in groups]
        columns[Column(title)] = scores
        columns[Column(INTERVAL)] = [numbers.format_ends(interval) for interval in ends]
        columns[PLOT] = [*map(numbers.plot_cell, scores, ends)]
        if share:
            shares = [group.values["failure_rate"] for group in groups]
            ends = [group.intervals.get("failure_rate") for group in groups]
            columns[Column(share)] = [
                Cell(numbers.format_percent(value), value) for value in shares
            ]
            columns[Column(INTERVAL, name="share")] = [
                f"{numbers.format_percent(one.low)} to {numbers.format_percent(one.high)}"
                if one
                else "-"
                for one in ends
            ]
        rows = zip(*columns.values(), strict=True)
        yield make_table(columns, rows, caption=f"{title} by {breakdown.column}")


def _describe_chance(n_subgroups: int) -> str:
    """Write how many intervals of subgroups miss their value by chance alone."""
    if not n_subgroups:
        return ""
    expected = f"about {n_subgroups / 20:.2g} of them are expected to"
    return (
        f" With {count(n_subgroups, 'subgroup')} one interval in 20 misses its value by chance; "
        f"{expected}."
    )


def _count_positives(group: Subgroup) -> Cell:
    """Count the positive cases of the label that has the fewest, of those that there are."""
    found = [(n, label) for label, (n, _) in group.labels.items() if n]
    n, label = min(found, default=(0, ""))
    return Cell(f"{n} ({label})" if len(group.labels) > 1 and label else f"{n}", value=n)


def _count_labels(card: Scorecard, task: Task, group: Subgroup) -> Cell:
    """Count the labels that the truth of some case of a subgroup has."""
    images = frozenset(group.images)
    cases = () if group.labels else card.cases
    present = {c.label for c in cases if c.image in images and c.counts and c.counts.truth}
    n = sum(positives > 0 for positives, _ in group.labels.values()) or len(present)
    return Cell(f"{n} of {len(task.labels)}", value=n)
