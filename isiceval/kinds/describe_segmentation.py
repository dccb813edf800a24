"""What the page of a submission of masks shows and no other kind does: Jaccards and overlays."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from isiceval.blocks import Block, Cell, Figure, Gallery, Heading, Item, Items, Paragraph
from isiceval.kinds.pictures import COLOURS, render_overlays
from isiceval.kinds.segmentation import choose_rules
from isiceval.metrics.counts import jaccard
from isiceval.metrics.registry import METRICS
from isiceval.model import Case, Counts
from isiceval.numbers import count, format_ends, format_percent, format_value, make_table
from isiceval.options import Options, PageSources
from isiceval.scorecard import Scorecard
from isiceval.sources.opening import open_source
from isiceval.tasks.task import Task

N_WORST, N_OTHER = 8, 4  # overlays of a task with one mask an image
N_WORST_LABEL, N_OTHER_LABEL = 3, 2  # and of each label where there are several
FEW_SIZES = 6  # more image sizes than this are grouped by megapixels
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
        key.append(Item(format_value(values["jaccard"]), term="Jaccard", note=f"95 %: {ends}"))
    key.append(Item(f"{n_failed} of {n_known}", term=f"Images below {limit:g}", note=failed))
    sent = f"of {card.n_cases}{'; each counts 0' if card.n_missing else ''}"
    key.append(Item(str(card.n_missing), term="Images not sent", note=sent))
    yield Items(tuple(key), large=True)
    yield Heading("Distribution of the Jaccard index", anchor="distribution", short="Distribution")
    yield Paragraph(
        f"{n_failed} of {n_known} images lie below {limit:g}, where experts begin to disagree with "
        "a segmentation; the thresholded Jaccard counts them as 0.",
        style="note",
    )
    yield Figure(
        kind="draw_histogram",
        name="histogram",
        caption="How many images have which Jaccard",
        data={"values": jaccards, "threshold": limit},
    )
    yield Figure(
        kind="draw_sizes",
        name="sizes",
        caption="Jaccard against the size of the lesion (log scale)",
        data={
            "names": [case.image for case in cases],
            "shares": [find_share(case) for case in cases],
            "jaccards": jaccards,
            "threshold": limit,
        },
    )
    examples = pick_examples(cases, n_worst=N_WORST, n_other=N_OTHER)
    galleries = {name.capitalize(): [("", case) for case in examples[name]] for name in examples}
    yield from _describe_pictures("images", galleries, task, sources)
    yield Heading("All images", anchor="images")
    yield make_table(
        ["Image", *(metric.title for metric in METRICS.values()), "Lesion", "Size", "Status"],
        [
            (
                case.image,
                *(case.values[name] for name in METRICS),
                _percent_cell(find_share(case)),
                Cell(str(case.size), value=case.size.pixels) if case.size else "-",
                _name_status(case, limit),
            )
            for case in cases
        ],
        flagged=[case.values["jaccard"] < limit for case in cases],
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
    failed = case.values["jaccard"] < limit
    return Cell("failed", mark="bad") if failed else Cell("fine", mark="good")


def _describe_labels(card: Scorecard, task: Task, sources: PageSources) -> Iterator[Block]:
    of_label = {label: [c for c in card.cases if c.label == label] for label in task.labels}
    total = Counter(map(_name_result, card.cases))
    held = f"of {count(len(task.labels), 'attribute')}"
    empty = f"{held}; {total['both empty']} empty in truth and prediction"
    key = [Item(str(len(card.cases)), term="Masks", note=empty)]
    results = {"false negative": "prediction", "false positive": "truth"}
    for result, side in results.items():
        note = f"masks with an empty {side} alone"
        key.append(Item(str(total[result]), term=f"{result.capitalize()}s", note=note))
    yield Items(tuple(key), large=True)
    yield Heading(
        "Distribution of the Jaccard index of single masks",
        anchor="distribution",
        short="Distribution",
    )
    yield Paragraph(
        "The score adds masks up and is no mean of these. Masks that are empty in truth and "
        "prediction have no Jaccard and are not drawn; a mask that is empty in one of the two "
        "has 0.",
        style="note",
    )
    for n, (label, cases) in enumerate(of_label.items()):
        defined = [value for case in cases if not math.isnan(value := find_jaccard(case))]
        found = Counter(map(_name_result, cases))
        counted = ", ".join(f"{found[result]} {result}" for result in results)
        yield Figure(
            kind="draw_histogram",
            name=f"jaccards{n}",
            caption=f"{label}: {count(len(defined), 'mask')}, {counted}; {found['both empty']} "
            "empty in both",
            data={"values": defined, "noun": "mask", "label": label, "small": True},
        )
    galleries = {}
    for label, cases in of_label.items():
        picked = pick_examples(cases, n_worst=N_WORST_LABEL, n_other=N_OTHER_LABEL)
        galleries[label] = [(f"{place}: ", case) for place in picked for case in picked[place]]
    yield from _describe_pictures("masks", galleries, task, sources)
    yield Heading("All masks", anchor="images")
    titles = [METRICS[name].title for name in LABEL_METRICS]
    yield make_table(
        ["Image", "Attribute", *titles, "Truth", "Prediction", "Result"],
        [
            (
                case.image,
                case.label,
                *(case.values[name] for name in LABEL_METRICS),
                _percent_cell(find_share(case)),
                _percent_cell(find_share(case, predicted=True)),
                Cell(result, mark="bad" if result in results else ""),
            )
            for case in card.cases
            for result in (_name_result(case),)
        ],
        flagged=[_name_result(case) in results for case in card.cases],
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
    noun: str,
    galleries: Mapping[str, Sequence[tuple[str, Case]]],
    task: Task,
    sources: PageSources,
) -> Iterator[Block]:
    """Yield a gallery of overlays below each title; each case comes with the start of its note."""
    if sources.truth is None or sources.prediction is None:
        return
    pictures = render_overlays(
        task,
        [case for chosen in galleries.values() for _, case in chosen],
        truth=open_source(sources.truth),
        prediction=open_source(sources.prediction),
        images=None if sources.images is None else open_source(sources.images),
        rules=choose_rules(task, Options(lenient=sources.lenient)),
    )
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


def _percent_cell(share: float) -> Cell:
    unknown = math.isnan(share)
    return Cell("-" if unknown else f"{100 * share:.1f} %", value=None if unknown else share)
