"""What the page of a submission of masks shows and no other kind does: Jaccards and overlays."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from isiceval.blocks import Block, Cell, Figure, Gallery, Heading, Item, Items, Paragraph
from isiceval.kinds.pictures import COLOURS, render_overlays
from isiceval.metrics.counts import jaccard
from isiceval.metrics.registry import METRICS
from isiceval.model import Case, Counts
from isiceval.numbers import Value, count, format_ends, format_percent, format_value, make_table
from isiceval.options import PageSources
from isiceval.scorecard import Scorecard
from isiceval.tasks.task import Task

N_WORST, N_OTHER = 8, 4  # overlays of a task with one mask an image
N_WORST_LABEL, N_OTHER_LABEL = 3, 2  # and of each label where there are several
FEW_SIZES = 6  # more image sizes than this are grouped by megapixels
# What became of a mask, and the side that is empty.
WRONG = {"false negative": "prediction", "false positive": "truth"}
LABEL_METRICS = ("jaccard", "dice", "sensitivity", "specificity")


def describe_segmentation(
    scorecard: Scorecard, *, task: Task, sources: PageSources
) -> Iterator[Block]:
    """Yield the key numbers, figures, overlays and the table of all masks of a submission."""
    yield from (_describe_labels if task.labels else _describe_lesions)(scorecard, task, sources)


def list_columns(scorecard: Scorecard) -> dict[str, dict[str, str]]:
    """List what is known of the images from their masks: size, and the share that is lesion."""
    sizes = {case.image: case.size for case in scorecard.cases if case.size}
    name, texts = "image size", {image: str(size) for image, size in sizes.items()}
    if len(set(texts.values())) > FEW_SIZES:
        name = "image size (megapixels)"
        texts = {image: f"{size.pixels / 1e6:.3f}" for image, size in sizes.items()}
    if scorecard.labels:
        return {name: texts}
    shares = {case.image: find_share(case) for case in scorecard.cases}
    known = {i: "" if math.isnan(share) else f"{100 * share:.2f} %" for i, share in shares.items()}
    return {name: texts, "lesion share": known}


def find_share(case: Case, *, predicted: bool = False) -> float:
    """Find the share of an image that its truth, or prediction, covers; NaN where not known."""
    counts = case.counts
    if counts is None or not counts.total:
        return math.nan
    return (counts.prediction if predicted else counts.truth) / counts.total


def find_jaccard(case: Case) -> float:
    """Find the Jaccard of a mask; NaN where it is not counted, and for a label where it is 0/0."""
    if case.label:
        return float(jaccard(case.counts)) if case.counts is not None else math.nan
    return case.values["jaccard"]


def pick_examples(cases: Sequence[Case], *, n_worst: int, n_other: int) -> dict[str, list[Case]]:
    """Pick the worst, median and best masks that were sent and have a Jaccard, each once.

    The worst go from the lowest Jaccard up, the best from the highest down; of equal Jaccards
    the larger error, by its share of the image, is the worse. Few masks give shorter lists.
    """

    def find_key(case: Case) -> tuple[float, float, str]:
        counts = case.counts or Counts(tp=0, fp=0, fn=0, tn=0)
        error = (counts.fp + counts.fn) / counts.total if counts.total else 0.0
        return find_jaccard(case), -error, case.image

    known = [case for case in cases if case.status == "scored" and find_jaccard(case) >= 0]
    ordered = sorted(known, key=find_key)
    n_other = min(n_other, len(ordered) // 3)
    start = len(ordered) // 2 - n_other // 2
    return {
        "worst": ordered[: min(n_worst, max(1, start))],
        "median": ordered[start : start + n_other],
        "best": ordered[len(ordered) - n_other :][::-1],
    }


def _describe_lesions(card: Scorecard, task: Task, sources: PageSources) -> Iterator[Block]:
    limit, values, cases = card.jaccard_threshold, card.aggregates, card.cases
    jaccards = [find_jaccard(case) for case in cases]
    n_known = sum(not math.isnan(value) for value in jaccards)
    n_failed = sum(value < limit for value in jaccards)
    failed, key = format_percent(values["failure_rate"]), []
    if interval := card.intervals.get("failure_rate"):
        failed += f"; 95 %: {format_percent(interval.low)} to {format_percent(interval.high)}"
    if card.metric != "jaccard":
        ends = format_ends(card.intervals.get("jaccard"))
        key.append(Item(format_value(values["jaccard"]), "Jaccard", f"95 %: {ends}"))
    key.append(Item(f"{n_failed} of {n_known}", f"Images below {limit:g}", failed))
    sent = f"of {card.n_cases}{'; each counts 0' if card.n_missing else ''}"
    key.append(Item(str(card.n_missing), "Images not sent", sent))
    yield Items(tuple(key), large=True)
    yield Heading("Distribution of the Jaccard index", anchor="distribution", short="Distribution")
    yield Paragraph(
        f"{n_failed} of {n_known} images lie below {limit:g}, where experts begin to disagree with "
        "a segmentation; the thresholded Jaccard counts them as 0.",
        style="note",
    )
    images, shares = [case.image for case in cases], [find_share(case) for case in cases]
    data: dict[str, Any] = {"values": jaccards, "threshold": limit}
    yield Figure("draw_histogram", "histogram", "How many images have which Jaccard", data)
    data = {"names": images, "shares": shares, "jaccards": jaccards, "threshold": limit}
    caption = "Jaccard against the size of the lesion (log scale)"
    yield Figure("draw_sizes", "sizes", caption, data)
    examples = pick_examples(cases, n_worst=N_WORST, n_other=N_OTHER)
    galleries = {name.capitalize(): [("", case) for case in examples[name]] for name in examples}
    yield from _describe_pictures("images", galleries, task, sources)
    yield Heading("All images", anchor="images")
    columns: dict[str, Sequence[Value]] = {
        "Image": images,
        **{METRICS[name].title: [case.values[name] for case in cases] for name in METRICS},
        "Lesion": [_make_share_cell(case) for case in cases],
        "Size": [Cell(str(one.size), one.size.pixels) if one.size else "-" for one in cases],
        "Status": [_name_status(case, limit) for case in cases],
    }
    yield make_table(
        columns,
        zip(*columns.values(), strict=True),
        flagged=[value < limit for value in jaccards],
        caption="Every image with its metrics",
        name="all-images",
        flag=f"only below {limit:g}",
        examples=("jaccard<0.5", "lesion>0.3"),
    )


def _name_status(case: Case, limit: float) -> Cell:
    if case.status == "missing":
        return Cell("missing", mark="bad")
    if case.undefined:
        return Cell("undefined", mark="warning")
    if case.values["jaccard"] < limit:
        return Cell("failed", mark="bad")
    return Cell("fine", mark="good")


def _describe_labels(card: Scorecard, task: Task, sources: PageSources) -> Iterator[Block]:
    cases, results = card.cases, [_name_result(case) for case in card.cases]
    of_label = {label: [c for c in cases if c.label == label] for label in task.labels}
    total, title = Counter(results), "Distribution of the Jaccard index of single masks"
    held = f"of {count(len(task.labels), 'attribute')}"
    empty = f"{held}; {total['both empty']} empty in truth and prediction"
    key = [Item(str(len(cases)), "Masks", empty)]
    for result, side in WRONG.items():
        note = f"masks with an empty {side} alone"
        key.append(Item(str(total[result]), f"{result.capitalize()}s", note))
    yield Items(tuple(key), large=True)
    yield Heading(title, anchor="distribution", short="Distribution")
    yield Paragraph(
        "The score adds masks up and is no mean of these. Masks that are empty in truth and "
        "prediction have no Jaccard and are not drawn; a mask that is empty in one of the two "
        "has 0.",
        style="note",
    )
    for n, (label, own) in enumerate(of_label.items()):
        defined = [value for case in own if not math.isnan(value := find_jaccard(case))]
        found = Counter(map(_name_result, own))
        counted = ", ".join(f"{found[result]} {result}" for result in WRONG)
        masks = f"{count(len(defined), 'mask')}, {counted}; {found['both empty']} empty in both"
        data = {"values": defined, "noun": "mask", "label": label, "small": True}
        yield Figure("draw_histogram", f"jaccards{n}", f"{label}: {masks}", data)
    galleries = {}
    for label, own in of_label.items():
        picked = pick_examples(own, n_worst=N_WORST_LABEL, n_other=N_OTHER_LABEL)
        galleries[label] = [(f"{place}: ", case) for place in picked for case in picked[place]]
    yield from _describe_pictures("masks", galleries, task, sources)
    yield Heading("All masks", anchor="images")
    columns: dict[str, Sequence[Value]] = {
        "Image": [case.image for case in cases],
        "Attribute": [case.label for case in cases],
        **{METRICS[name].title: [case.values[name] for case in cases] for name in LABEL_METRICS},
        "Truth": [_make_share_cell(case) for case in cases],
        "Prediction": [_make_share_cell(case, predicted=True) for case in cases],
        "Result": [Cell(one, mark="bad" if one in WRONG else "") for one in results],
    }
    yield make_table(
        columns,
        zip(*columns.values(), strict=True),
        flagged=[one in WRONG for one in results],
        caption="Every mask with its metrics; a metric that is undefined counts as the task says",
        name="all-images",
        flag="only false negatives and false positives",
        examples=(f"attribute:{task.labels[0]}", "jaccard<0.5", "result:false"),
    )


def _name_result(case: Case) -> str:
    """Name what became of a mask as a whole: whether truth and prediction hold any pixel."""
    counts = case.counts
    if counts is None or not counts.total:
        return "-"
    if counts.truth:
        return "compared" if counts.prediction else "false negative"
    return "false positive" if counts.prediction else "both empty"


def _describe_pictures(
    noun: str, galleries: Mapping[str, Sequence[tuple[str, Case]]], task: Task, sources: PageSources
) -> Iterator[Block]:
    """Yield a gallery of overlays below each title; each case comes with the start of its note."""
    if sources.truth is None or sources.prediction is None:
        return
    cases = [case for chosen in galleries.values() for _, case in chosen]
    pictures = render_overlays(task, cases, sources)
    if not pictures:
        return
    yield Heading(f"Worst, median and best {noun}", anchor="pictures", short="Pictures")
    yield Items(
        tuple(Item(text, colour=f"#{bytes(colour).hex()}") for text, colour in COLOURS.items())
    )
    for title, chosen in galleries.items():
        shown = []
        for start, case in chosen:
            if picture := pictures.get((case.image, case.label)):
                note = f"{start}Jaccard {format_value(case.values['jaccard'])}"
                shown.append(replace(picture, note=note))
        if shown:
            yield Heading(title, level=3)
            yield Gallery(tuple(shown))


def _make_share_cell(case: Case, *, predicted: bool = False) -> Cell:
    share = find_share(case, predicted=predicted)
    return Cell("-") if math.isnan(share) else Cell(f"{100 * share:.1f} %", share)
