"""What the page of a table or of superpixels shows: curves, calibration, misclassified cases."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np

from isiceval.blocks import Block, Cell, Column, Figure, Gallery, Heading, Item, Items, Paragraph
from isiceval.errors import UsageError
from isiceval.kinds.classification import TIE, collect_scores, find_positive, refuse_mask_options
from isiceval.kinds.kind import ROW_COLUMNS, MeasuredConfidences
from isiceval.kinds.pictures import render_photos
from isiceval.metrics import curves
from isiceval.metrics.arrays import BoolArray, FloatArray
from isiceval.metrics.calibration import (
    CalibrationError,
    Reliability,
    brier_score,
    draw_reliability,
)
from isiceval.metrics.registry import has_classes_in_cells
from isiceval.model import Counts
from isiceval.numbers import Value, count, format_ends, format_percent, format_value, make_table
from isiceval.options import Options, PageSources
from isiceval.scorecard import Scorecard
from isiceval.sources.opening import open_source
from isiceval.tasks.task import Task

MOST_MISTAKES = 2000  # listed where a table is too long to show whole
MOST_ROWS = 10_000  # of a table that is shown whole: a browser lays it out in about a second
N_PICTURES = 24
SUM_TOLERANCE = 0.01  # a row whose confidences add up to 1 within this is a distribution
YES_NO = ("yes", "no")
NO_COUNTS = Counts(tp=0, fp=0, fn=0, tn=0)
COUNTS = {
    "tp": "True positives",
    "fp": "False positives",
    "fn": "False negatives",
    "tn": "True negatives",
}
CURVES = {"auc": "AUC", "average_precision": "Average precision"}
MeasureCalibration: TypeAlias = Callable[
    [Sequence[str], Sequence[tuple[BoolArray, FloatArray]], FloatArray], Sequence[CalibrationError]
]
"""Takes images, the outcome and confidence of each column, and weights; arrays are (cases,)."""

THINNED = "Points closer than a thousandth to the line are left out; areas are of all points."


def describe_classification(
    scorecard: Scorecard,
    *,
    task: Task,
    sources: PageSources,
    measure_calibration: MeasureCalibration,
) -> Iterator[Block]:
    """Yield the key numbers, figures, mistakes and the table of all cases of a submission.

    Cases without weight count nowhere. ``measure_calibration`` gives the calibration error of each
    column of outcomes and confidences. Raises UsageError where the scorecard does not hold the
    truth of its cases.
    """
    refuse_mask_options(task, Options(lenient=sources.lenient))
    if task.table is None:
        if sources.images is not None:
            raise UsageError("the page of superpixels shows no photos: leave --images out")
        yield from _describe_superpixels(scorecard, task)
        return
    page = _Page(scorecard, task)
    calibrations = []
    if page.images and not page.hard:
        chosen = ("the chosen class", ~page.wrong, page.confidences.max(axis=1))
        columns = [chosen] if page.one_class else page.columns
        pairs = [(true, given) for _, true, given in columns]
        errors = measure_calibration(page.images, pairs, page.weights)
        for (owner, true, given), error in zip(columns, errors, strict=True):
            curve = draw_reliability(true, given, weights=page.weights)
            brier = brier_score(true, given, weights=page.weights)
            calibrations.append(_Calibration(owner, curve, error, brier))
    limit = f"by {_describe_limit(task)}"
    how = f"some label {limit}" if len(task.labels) > 1 else limit
    if page.one_class or page.hard:
        how = "another class, or a tie at the top" if page.one_class else "another label"
    wrong = f"{int(page.wrong.sum()):,} of {len(page.images):,}"
    key = [Item(wrong, "Misclassified cases", how)]
    if len(calibrations) == 1:
        (one,) = calibrations
        note = f"of {'the chosen class' if page.one_class else 'the confidence'}; 0 is best"
        perfect = f"a perfectly calibrated model gets {format_value(one.error.perfect)}"
        chance = f"95 %: {format_ends(one.error.interval)}; {perfect}"
        key.append(Item(format_value(one.error.error), "Calibration error", f"{note}; {chance}"))
        key.append(Item(format_value(one.brier), "Brier score", note))
    yield Items(tuple(key), large=True)
    if not page.hard:
        yield from _describe_curves(page)
    if calibrations:
        yield from _describe_calibrations(page, calibrations)
    yield from _describe_confusion(page)
    mistakes, n_mistakes = _list_mistakes(page)
    yield from _describe_mistakes(page, mistakes, n_mistakes, sources)
    yield from _describe_cases(page, mistakes, n_mistakes)


def _describe_superpixels(card: Scorecard, task: Task) -> Iterator[Block]:
    n, limit, cases = len(task.labels), _describe_limit(task), card.cases
    total = sum((case.counts for case in cases if case.counts), NO_COUNTS)
    held = f"in {count(card.n_cases, 'image')}, for {count(n, 'feature')}"
    found = f"of {total.truth:,} with a feature, by {limit}"
    key = (
        Item(f"{total.total // n:,}", "Superpixels", held),
        Item(f"{total.tp:,}", "True positives", found),
        Item(f"{total.fp:,}", "False positives", "superpixels without the feature"),
    )
    yield Items(key, large=True)
    yield Heading("ROC curves", anchor="curves", short="Curves")
    yield _note(
        "Each feature over the superpixels of all images. The dashed diagonal is that of random "
        f"confidences. {THINNED}"
    )
    yield _make_roc_figure(card)
    yield _make_area_table(card, task, {})
    yield Heading("All images", anchor="images")
    yield _note(f"Superpixels of each image and feature, by {limit}.")
    columns: dict[str | Column, list[Value]] = {
        "Image": [case.image for case in cases],
        "Feature": [case.label for case in cases],
    }
    for name, title in COUNTS.items():
        cells = [getattr(case.counts or NO_COUNTS, name) for case in cases]
        columns[Column(title, name=name)] = cells
    for name in ROW_COLUMNS["superpixels"][1]:
        columns[name.capitalize()] = [case.values[name] for case in cases]
    yield make_table(
        columns,
        zip(*columns.values(), strict=True),
        caption="The counts of each image and feature",
        name="all-images",
        examples=(f"feature:{task.labels[0]}", "tp>0", "sensitivity<0.5"),
    )


class _Page:
    """The cases of a table that have a weight: ids, names, and whether each is wrong.

    ``true`` and ``given``, (cases, labels), tell which labels are true, and predicted by the task's
    threshold. ``hard``: the table holds labels in place of confidences; ``in_cells``: numbers of
    classes; ``one_class``: the class of the highest confidence is the prediction.
    """

    def __init__(self, card: Scorecard, task: Task) -> None:
        if not isinstance(card.measured, MeasuredConfidences) or task.table is None:
            raise TypeError("a table is measured by confidences")
        counted = card.measured.take(np.flatnonzero(card.measured.weights > 0))
        scores = collect_scores(task, counted)
        self.card, self.task, self.images = card, task, counted.images
        self.names = list(zip(counted.truth.decode(), counted.chosen.decode(), strict=True))
        self.confidences, self.weights = scores.confidences, scores.weights
        self.true, self.given = scores.truth > 0.5, find_positive(task, scores.confidences)
        self.wrong, self.in_cells = ~counted.correct, has_classes_in_cells(task)
        self.hard, self.one_class = bool(task.table.labels), task.table.one_class
        self.columns = list(zip(task.labels, self.true.T, self.confidences.T, strict=True))


def _describe_curves(page: _Page) -> Iterator[Block]:
    task, noun = page.task, "class" if page.one_class else "label"
    joined = task.average_precision != "step"
    own = f"Each {noun} against all others, by its own confidence."
    if len(task.labels) == 1:
        own = f"By the confidence of {task.labels[0]}."
    official = (
        " The average precision joins the points by straight lines, as the official code of this "
        "profile did."
    )
    yield Heading("ROC and precision-recall curves", anchor="curves", short="Curves")
    yield _note(
        f"{own} The dashed diagonal is that of random confidences. {THINNED}"
        f"{official if joined else ''}"
    )
    average = "trapezoid_average_precision" if joined else "average_precision"
    lines, areas = {}, {}
    for label, true, given in page.columns:
        curve = curves.precision_recall_curve(true, given, weights=page.weights)
        thinned = curves.thin_curve(curve)
        lines[label] = (thinned.x, thinned.y)
        for name, metric in (("auc", "auc"), ("average_precision", average)):
            area = curves.measure_curve(metric, true, given, weights=page.weights)
            areas[f"{name}.{label}"] = area
    yield _make_roc_figure(page.card)
    data = {"curves": lines, "steps": not joined}
    yield Figure("draw_precision_recall", "precision", "Precision-recall curve", data)
    yield _make_area_table(page.card, task, areas)
    title = "Confidences of positives and negatives"
    yield Heading(title, anchor="confidences", short="Confidences")
    positive = Item(f"cases that have the {noun}, above the axis", colour="c1")
    yield Items((positive, Item("all others, below it", colour="c0")))
    limit = task.confidence_threshold
    yield _note(
        "Each side in percent of its own cases. The dashed line is "
        f"{limit:g}, where a confidence begins to count as yes."
    )
    for n, (label, true, given) in enumerate(page.columns):
        caption = f"{label} ({int(true.sum()):,} of {len(true):,})"
        sides = {"positives": given[true], "negatives": given[~true]}
        data = {**sides, "label": label, "threshold": limit}
        yield Figure("draw_confidences", f"spread{n}", caption, data)


def _make_roc_figure(card: Scorecard) -> Figure:
    names = ("false_positive_rates", "true_positive_rates")
    lines = {label: tuple(roc[name] for name in names) for label, roc in card.rocs.items()}
    return Figure("draw_rocs", "roc", "ROC curve", {"curves": lines})


def _make_area_table(card: Scorecard, task: Task, areas: Mapping[str, float]) -> Block:
    """List the areas of each curve; ``areas`` are those that the scorecard does not hold."""
    rows = []
    for place, label in enumerate(task.labels):
        cells: list[Value] = [Cell(label, stroke=place)]
        for metric in CURVES:
            name = f"{metric}.{label}" if len(task.labels) > 1 else metric
            value = card.aggregates.get(name, areas.get(f"{metric}.{label}", math.nan))
            cells += [value, format_ends(card.intervals.get(name))]
        rows.append(cells)
    columns = [column for title in CURVES.values() for column in (title, "95 % interval")]
    return make_table(["Curve", *columns], rows, caption="The areas below the curves")


def _describe_limit(task: Task) -> str:
    """Write from which confidence on an answer counts as yes."""
    limit = f"{task.confidence_threshold:g}"
    return f"a confidence of {limit} or more" if task.inclusive else f"a confidence above {limit}"


def _note(text: str) -> Paragraph:
    return Paragraph(text, style="note")


class _Calibration(NamedTuple):
    """How far a confidence can be taken at its word; ``owner`` says whose it is."""

    owner: str
    curve: Reliability
    error: CalibrationError
    brier: float


def _describe_calibrations(page: _Page, found: Sequence[_Calibration]) -> Iterator[Block]:
    yield Heading("Calibration", anchor="calibration")
    yield _note(
        "The observed frequency of the outcome over the confidence. On the dashed diagonal the two "
        "agree; below it the confidences are too high. Below each diagram, how many cases its bins "
        "hold. The expected calibration error is the mean distance to the diagonal over "
        f"{len(found[0].curve.counts)} bins of equal width (another number of bins gives another "
        "error), the Brier score the mean squared difference from the outcome."
    )
    why = "The task scores the order of confidences or a threshold"
    if page.one_class:
        sums = page.confidences.sum(axis=1)
        n_whole = int((np.abs(sums - 1) <= SUM_TOLERANCE).sum())
        why = (
            "The task ranks confidences and does not ask that they add up to 1: "
            f"{n_whole} of {len(sums)} rows do, within {SUM_TOLERANCE:g}. Where they do not, the "
            "confidence of the chosen class is not meant as a probability"
        )
    elif len(found) > 1:
        why = (
            "Each label has a confidence of its own, and those of a row need not add up to 1. The "
            "task scores their order or a threshold"
        )
    yield _note(f"{why}, so a large error here breaks no rule of the task.")
    yield _note(
        "Chance makes the error larger, so that a perfectly calibrated model does not get 0: "
        "drawing every outcome from its confidence gives the mean and the range of 95 % below. An "
        "error within that range may be due to chance alone, and its interval begins at 0."
    )
    columns = {
        "Confidence of": [one.owner for one in found],
        "Expected calibration error": [one.error.error for one in found],
        "95 % interval": [format_ends(one.error.interval) for one in found],
        "If perfectly calibrated": [one.error.perfect for one in found],
        "95 % range": [format_ends(one.error.perfect_range) for one in found],
        "Brier score": [one.brier for one in found],
    }
    rows = zip(*columns.values(), strict=True)
    yield make_table(columns, rows, caption="Calibration errors, and what chance alone gives")
    for n, one in enumerate(found):
        error = f"error {format_value(one.error.error)} ({format_ends(one.error.interval)})"
        caption = f"{one.owner}: {error}, Brier score {format_value(one.brier)}"
        data = {"found": one.curve, "owner": one.owner}
        yield Figure("draw_calibration", f"calibration{n}", caption, data)
    for owner, curve, _, _ in found:
        columns = {
            "Confidence": [f"{low:.1f} to {high:.1f}" for low, high in pairwise(curve.edges)],
            "Cases": curve.counts.tolist(),
            "Mean confidence": curve.confidences.tolist(),
            "Observed frequency": curve.shares.tolist(),
        }
        rows, caption = zip(*columns.values(), strict=True), f"The bins of {owner} in numbers"
        yield make_table(columns, rows, caption=caption, folded=True)


def _describe_confusion(page: _Page) -> Iterator[Block]:
    whole, task = page.one_class or page.in_cells, page.task
    limit = "" if page.hard or whole else f", by {_describe_limit(task)}"
    note = f"Rows: truth; columns: prediction{limit}."
    if page.one_class:
        note += " A case whose highest confidence is shared is a tie and wrong."
    if (page.weights != 1).any():
        note += " The truth gives weights; here every case with a weight counts once."
    title = "Confusion matrix" if whole else "Confusion matrices"
    yield Heading(title, anchor="confusion", short="Confusion")
    yield _note(f"{note} Below each number its share of the row.")
    if whole:
        cells = task.table.labels if task.table and page.in_cells else ()
        known = tuple(f"{label:g}" for label in cells) or task.labels
        yield _make_matrix("All cases", page.names, known)
    else:
        for label, true, given in zip(task.labels, page.true.T, page.given.T, strict=True):
            pairs = [(YES_NO[not a], YES_NO[not b]) for a, b in zip(true, given, strict=True)]
            yield _make_matrix(label, pairs, YES_NO)


def _make_matrix(title: str, pairs: Iterable[tuple[str, str]], known: Sequence[str]) -> Block:
    """Make a table of a row for each truth; what is no label of the task comes last."""
    counted = Counter(pairs)
    rows, columns = (
        [*known, *sorted({pair[side] for pair in counted} - {*known}, key=lambda n: (n == TIE, n))]
        for side in (0, 1)
    )
    lines: list[Sequence[Value]] = []
    for row in rows:
        total, cells = sum(counted[row, column] for column in columns), []
        for column in columns:
            n, share = counted[row, column], counted[row, column] / max(1, total)
            below = format_percent(share) if n else ""
            cell = Cell(f"{n:,}", n, mark="bad", shade=share, below=below)
            cells.append(cell if row != column else replace(cell, mark="good"))
        lines.append((row, *cells, total))
    return make_table(["truth", *columns, "all"], lines, caption=title)


class _Mistake(NamedTuple):
    """One wrong answer: ``truth`` and ``chosen`` are classes, or yes and no to the ``label``.

    ``own`` is the confidence of the true class, where one class is chosen.
    """

    image: str
    label: str
    truth: str
    chosen: str
    confidence: float
    own: float = math.nan


def _list_mistakes(page: _Page) -> tuple[list[_Mistake], int]:
    """List the most confident wrong answers, the most confident first, and count all of them.

    Those of equal confidence go by the id of the image.
    """
    labels, confidences = page.task.labels, page.confidences
    whole = page.one_class or page.in_cells
    gaps, errors = np.abs(confidences - page.true), page.true != page.given
    if whole:
        # Numbers of classes are no confidences, so that all mistakes are equally confident.
        top = confidences.max(axis=1, initial=0.0) * (not page.in_cells)
        gaps, errors = top[:, None], page.wrong[:, None]
    order = sorted(
        np.argwhere(errors).tolist(),
        key=lambda cell: (-gaps[*cell], page.images[cell[0]], cell[1]),
    )
    found = []
    for row, column in order[:MOST_MISTAKES]:
        (truth, chosen), label, own = page.names[row], "", math.nan
        confidence = float(gaps[row, column])
        if not whole:
            truth, chosen = YES_NO if page.true[row, column] else YES_NO[::-1]
            label, confidence = labels[column], float(confidences[row, column])
        elif truth in labels:
            own = float(confidences[row, labels.index(truth)])
        found.append(_Mistake(page.images[row], label, truth, chosen, confidence, own))
    return found, len(order)


def _describe_mistakes(
    page: _Page, mistakes: Sequence[_Mistake], n_mistakes: int, sources: PageSources
) -> Iterator[Block]:
    shown = mistakes[:N_PICTURES]
    title = "Misclassified cases" if page.hard else "Most confident misclassified cases"
    yield Heading(title, anchor="mistakes", short="Misclassified")
    if not shown:
        every = "case" if page.one_class or page.hard else "label of every case"
        yield Paragraph(f"None: every {every} is right.")
        return
    how = ": wrong labels, those first whose confidence is farthest from the truth."
    if page.hard or page.one_class:
        how = ", by id." if page.hard else ": wrong classes, the highest confidence first."
    yield _note(f"{len(shown)} of {count(n_mistakes, 'wrong answer')}{how}")
    if sources.images is not None:
        photos = render_photos(
            open_source(sources.images),
            [one.image for one in shown],
            known=page.card.measured.images,
        )
        pictures = []
        for one in shown:
            if one.image in photos:
                label = f"{one.label}: " if one.label else ""
                confidence = "" if page.hard else f" ({format_value(one.confidence)})"
                own = "" if math.isnan(one.own) else f" ({format_value(one.own)})"
                note = f"{label}predicted {one.chosen}{confidence}, truth {one.truth}{own}"
                pictures.append(replace(photos[one.image], note=note))
        yield Gallery(tuple(pictures))
    yield _make_mistake_table(page, shown)


def _make_mistake_table(page: _Page, mistakes: Sequence[_Mistake], *, name: str = "") -> Block:
    titles = {"image": "Image", "truth": "Truth", "chosen": "Prediction"}
    if not page.one_class and len(page.task.labels) > 1:
        titles = {"image": "Image", "label": "Label", **titles}
    if not page.hard:
        titles |= {"confidence": "Confidence"}
        titles |= {"own": "Confidence of the truth"} if page.one_class else {}
    return make_table(
        list(titles.values()),
        [[getattr(one, field) for field in titles] for one in mistakes],
        caption="Misclassified cases, the most confident first",
        name=name,
        examples=(f"truth:{mistakes[0].truth}", "confidence>0.9") if name else (),
    )


def _describe_cases(page: _Page, mistakes: Sequence[_Mistake], n_mistakes: int) -> Iterator[Block]:
    task, n_cases = page.task, len(page.card.measured)
    if n_cases > MOST_ROWS:
        yield Heading("Cases", anchor="images")
        yield _note(
            f"There are {n_cases:,} cases, too many for a page. This table shows the "
            f"{len(mistakes):,} most confident of {n_mistakes:,} wrong answers; isiceval score ... "
            "--csv cases.csv writes every case."
        )
        if mistakes:
            yield _make_mistake_table(page, mistakes, name="all-images")
        return
    labels = () if page.in_cells else task.labels
    first, last = ("1", "2") if page.in_cells else (task.labels[0], task.labels[-1])
    examples = (f"truth:{first}", f"prediction:{last}", *(() if page.hard else (f"{first}>0.5",)))
    yield Heading("All cases", anchor="images")
    if n_bare := n_cases - len(page.images):
        verb = "is" if n_bare == 1 else "are"
        yield _note(f"{count(n_bare, 'case')} without weight {verb} in no number above.")
    rows: list[Sequence[Value]] = []
    flagged = []
    for case in page.card.cases:
        if (one := case.diagnosis) is None:
            continue
        result = Cell("correct", mark="good") if one.correct else Cell("misclassified", mark="bad")
        if not one.weight:
            result = Cell("not counted", mark="warning")
        values = one.confidences if labels else ()
        rows.append((case.image, one.truth, one.chosen, result, *values))
        flagged.append(result.mark == "bad")
    yield make_table(
        ["Image", "Truth", "Prediction", "Result", *labels],
        rows,
        flagged=flagged,
        caption="Every case with truth, prediction and confidences",
        name="all-images",
        flag="only misclassified",
        examples=examples,
    )
