"""What the page of a table or of superpixels shows: curves, calibration, misclassified cases."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from isiceval.blocks import (
    Block,
    Cell,
    Column,
    Figure,
    Gallery,
    Heading,
    Item,
    Items,
    Paragraph,
    Picture,
    Row,
    Table,
)
from isiceval.errors import UsageError
from isiceval.kinds.classification import TIE, Scores, collect_scores
from isiceval.kinds.kind import MeasuredConfidences, open_source
from isiceval.kinds.pictures import render_photos
from isiceval.metrics.calibration import Reliability, brier_score, draw_reliability
from isiceval.metrics.curves import (
    auc,
    average_precision,
    precision_recall_curve,
    thin_precision_recall,
    trapezoid_average_precision,
)
from isiceval.metrics.registry import has_classes_in_cells
from isiceval.model import Case, Counts
from isiceval.options import PageSources
from isiceval.reports.numbers import count, number_cell, show, show_ends, show_percent
from isiceval.scorecard import Scorecard
from isiceval.tasks.task import Task

MOST_MISTAKES = 2000  # listed where a table is too long to show whole
MOST_ROWS = 10_000  # of a table that is shown whole: a browser lays it out in about a second
N_PICTURES = 24
SUM_TOLERANCE = 0.01  # a row whose confidences add up to 1 within this is a distribution
YES_NO = ("yes", "no")
THINNED = "Points closer than a thousandth to the line are left out; areas are of all points."


def describe_classification(
    scorecard: Scorecard, *, task: Task, sources: PageSources
) -> Iterator[Block]:
    """Yield the key numbers, figures, mistakes and the table of all cases of a submission.

    Cases without weight count nowhere. Raises UsageError where the scorecard does not hold the
    truth of its cases.
    """
    if sources.lenient:
        form = "a table" if task.table else "JSON"
        raise UsageError(f"lenient reading is for masks; task {task.id} takes {form}")
    if task.table is None:
        if sources.images is not None:
            raise UsageError("the page of superpixels shows no photos: leave --images out")
        yield from _describe_superpixels(scorecard, task)
    else:
        yield from _describe_table(scorecard, task, sources)


def _describe_superpixels(card: Scorecard, task: Task) -> Iterator[Block]:
    n = len(task.labels)
    total = sum((case.counts for case in card.cases if case.counts), Counts(tp=0, fp=0, fn=0, tn=0))
    held = f"in {count(card.n_cases, 'image')}, for {count(n, 'feature')}"
    found = f"of {total.truth:,} with a feature, by {_describe_limit(task)}"
    yield Items(
        (
            Item(f"{total.total // n:,}", term="Superpixels", note=held),
            Item(f"{total.tp:,}", term="True positives", note=found),
            Item(f"{total.fp:,}", term="False positives", note="superpixels without the feature"),
        ),
        large=True,
    )
    yield Heading("ROC curves", anchor="curves", short="Curves")
    yield Paragraph(
        "Each feature over the superpixels of all images. The dashed diagonal is that of random "
        f"confidences. {THINNED}",
        style="note",
    )
    yield _make_roc_figure(card)
    yield _make_curve_table(card, task, {})
    names = ("accuracy", "sensitivity", "specificity")
    counts = ("True positives", "False positives", "False negatives", "True negatives")
    yield Heading("All images", anchor="images")
    yield Paragraph(
        f"Superpixels of each image and feature, by {_describe_limit(task)}.", style="note"
    )
    yield Table(
        columns=(
            Column("Image"),
            Column("Feature", name="feature"),
            *(
                Column(title, number=True, name=name)
                for title, name in zip(counts, ("tp", "fp", "fn", "tn"), strict=True)
            ),
            *(Column(name.capitalize(), number=True, name=name) for name in names),
        ),
        rows=tuple(
            Row(
                (
                    case.image,
                    case.label,
                    *(Cell(str(k), value=k) for k in (own.tp, own.fp, own.fn, own.tn)),
                    *(number_cell(case.values[name]) for name in names),
                )
            )
            for case in card.cases
            for own in (case.counts or Counts(tp=0, fp=0, fn=0, tn=0),)
        ),
        caption="The counts of each image and feature",
        name="all-images",
        examples=(f"feature:{task.labels[0]}", "tp>0", "sensitivity<0.5"),
    )


def _describe_table(card: Scorecard, task: Task, sources: PageSources) -> Iterator[Block]:
    layout = task.table
    hard = layout is not None and bool(layout.labels)
    one_class = layout is not None and layout.one_class
    measured = card.measured
    if not isinstance(measured, MeasuredConfidences):
        raise TypeError("a table is measured by confidences")
    kept = measured.take(np.flatnonzero(measured.weights > 0))
    counted, answers = kept.cases, replace(collect_scores(task, kept), validation=None)
    wrong = np.array([not c.diagnosis.correct for c in counted if c.diagnosis], dtype=np.bool_)
    calibrations = [] if hard else _list_calibrations(answers, wrong, task, one_class=one_class)
    mistakes, n_mistakes = _list_mistakes(answers, counted, wrong, task)
    given = "another class, or a tie at the top"
    if not one_class:
        several = "some label " if len(task.labels) > 1 else ""
        given = "another label" if hard else f"{several}by {_describe_limit(task)}"
    key = Item(f"{int(wrong.sum()):,} of {len(counted):,}", term="Misclassified cases", note=given)
    if len(calibrations) == 1:
        (one,) = calibrations
        owner = "of the chosen class" if one_class else "of the confidence"
        error, brier = (
            Item(show(value), term=name, note=f"{owner}; 0 is best")
            for value, name in ((one.curve.error, "Calibration error"), (one.brier, "Brier score"))
        )
        yield Items((key, error, brier), large=True)
    else:
        yield Items((key,), large=True)
    if not hard:
        yield from _describe_curves(card, task, answers)
    yield from _describe_calibrations(calibrations, task, answers)
    yield from _describe_confusion(card, task, answers)
    yield from _describe_mistakes(card, task, mistakes, n_mistakes, sources.images)
    yield from _list_cases(card, task, mistakes, n_mistakes)


def _describe_curves(card: Scorecard, task: Task, answers: Scores) -> Iterator[Block]:
    noun = "class" if task.table and task.table.one_class else "label"
    joined = task.average_precision != "step"
    own = f"Each {noun} against all others, by its own confidence."
    if len(task.labels) == 1:
        own = f"By the confidence of {task.labels[0]}."
    official = (
        " The average precision joins the points by straight lines, as the official code of this "
        "profile did."
    )
    yield Heading("ROC and precision-recall curves", anchor="curves", short="Curves")
    yield Paragraph(
        f"{own} The dashed diagonal is that of random confidences. {THINNED}"
        f"{official if joined else ''}",
        style="note",
    )
    truth = {label: answers.truth[:, n] > 0.5 for n, label in enumerate(task.labels)}
    given = {label: answers.confidences[:, n] for n, label in enumerate(task.labels)}
    precise = {
        label: thin_precision_recall(
            precision_recall_curve(truth[label], given[label], weights=answers.weights)
        )
        for label in task.labels
    }
    yield _make_roc_figure(card)
    yield Figure(
        kind="draw_precision_recall",
        name="precision",
        caption="Precision-recall curve",
        data={
            "curves": {name: (one.recalls, one.precisions) for name, one in precise.items()},
            "steps": not joined,
        },
    )
    areas = {
        "auc": auc,
        "average_precision": trapezoid_average_precision if joined else average_precision,
    }
    values = {
        f"{metric}.{label}": area(truth[label], given[label], weights=answers.weights)
        for metric, area in areas.items()
        for label in task.labels
    }
    yield _make_curve_table(card, task, values)
    yield Heading(
        "Confidences of positives and negatives", anchor="confidences", short="Confidences"
    )
    yield Items(
        (
            Item(f"cases that have the {noun}, above the axis", colour="c1"),
            Item("all others, below it", colour="c0"),
        )
    )
    yield Paragraph(
        "Each side in percent of its own cases. The dashed line is "
        f"{task.confidence_threshold:g}, where a confidence begins to count as yes.",
        style="note",
    )
    for n, label in enumerate(task.labels):
        yield Figure(
            kind="draw_confidences",
            name=f"spread{n}",
            caption=f"{label} ({int(truth[label].sum()):,} of {len(truth[label]):,})",
            data={
                "positives": given[label][truth[label]],
                "negatives": given[label][~truth[label]],
                "label": label,
                "threshold": task.confidence_threshold,
            },
        )


def _make_roc_figure(card: Scorecard) -> Figure:
    curves = {
        label: (
            [x for x in points["false_positive_rates"] if x is not None],
            [y for y in points["true_positive_rates"] if y is not None],
        )
        for label, points in card.rocs.items()
    }
    return Figure(kind="draw_rocs", name="roc", caption="ROC curve", data={"curves": curves})


def _make_curve_table(card: Scorecard, task: Task, values: Mapping[str, float]) -> Table:
    """List the areas of each curve; ``values`` are those that the scorecard does not hold."""
    metrics = {"auc": "AUC", "average_precision": "Average precision"}

    def list_cells(label: str) -> Iterator[Cell]:
        for metric in metrics:
            name = f"{metric}.{label}"
            own = name if len(task.labels) > 1 else metric
            yield number_cell(card.aggregates.get(own, values.get(name, math.nan)))
            yield Cell(show_ends(card.intervals.get(own)))

    interval = Column("95 % interval")
    columns = [(Column(title, number=True), interval) for title in metrics.values()]
    return Table(
        columns=(Column("Curve"), *(column for pair in columns for column in pair)),
        rows=tuple(
            Row((Cell(label, stroke=place), *list_cells(label)))
            for place, label in enumerate(task.labels)
        ),
        caption="The areas below the curves",
    )


def _describe_limit(task: Task) -> str:
    """Write from which confidence on an answer counts as yes."""
    limit = f"{task.confidence_threshold:g}"
    return f"a confidence of {limit} or more" if task.inclusive else f"a confidence above {limit}"


class _Calibration(NamedTuple):
    """Whose confidences they are, their reliability and their Brier score."""

    owner: str
    curve: Reliability
    brier: float


def _list_calibrations(
    answers: Scores, wrong: NDArray[np.bool_], task: Task, *, one_class: bool
) -> list[_Calibration]:
    """List the calibration of the chosen class where one is chosen, else of each label."""
    pairs = [
        (label, answers.truth[:, n] > 0.5, answers.confidences[:, n])
        for n, label in enumerate(task.labels)
    ]
    if one_class and len(wrong):
        pairs = [("the chosen class", ~wrong, answers.confidences.max(axis=1))]
    return [
        _Calibration(
            owner,
            draw_reliability(outcome, confidence, weights=answers.weights),
            brier_score(outcome, confidence, weights=answers.weights),
        )
        for owner, outcome, confidence in pairs
        if len(outcome)
    ]


def _describe_calibrations(
    found: Sequence[_Calibration], task: Task, answers: Scores
) -> Iterator[Block]:
    if not found:
        return
    yield Heading("Calibration", anchor="calibration")
    yield Paragraph(
        "The observed frequency of the outcome over the confidence. On the dashed diagonal the two "
        "agree; below it the confidences are too high. Below each diagram, how many cases its bins "
        "hold. The expected calibration error is the mean distance to the diagonal over "
        f"{len(found[0].curve.counts)} bins of equal width (another number of bins gives another "
        "error), the Brier score the mean squared difference from the outcome.",
        style="note",
    )
    why = "The task scores the order of confidences or a threshold"
    if task.table and task.table.one_class:
        sums = answers.confidences.sum(axis=1)
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
    yield Paragraph(f"{why}, so a large error here breaks no rule of the task.", style="note")
    for n, one in enumerate(found):
        yield Figure(
            kind="draw_calibration",
            name=f"calibration{n}",
            caption=f"{one.owner}: error {show(one.curve.error)}, Brier score {show(one.brier)}",
            data={"found": one.curve, "owner": one.owner},
        )
    for one in found:
        edges = one.curve.edges.tolist()
        columns = (one.curve.counts, one.curve.confidences, one.curve.shares)
        bins = zip(edges, edges[1:], *(column.tolist() for column in columns), strict=False)
        yield Table(
            columns=(
                Column("Confidence"),
                Column("Cases", number=True),
                Column("Mean confidence", number=True),
                Column("Observed frequency", number=True),
            ),
            rows=tuple(
                Row((f"{a:.1f} to {b:.1f}", f"{k:,}", number_cell(mean), number_cell(observed)))
                for a, b, k, mean, observed in bins
            ),
            caption=f"The bins of {one.owner} in numbers",
            folded=True,
        )


def _describe_confusion(card: Scorecard, task: Task, answers: Scores) -> Iterator[Block]:
    one_class = task.table is not None and task.table.one_class
    whole = one_class or has_classes_in_cells(task)
    limit = "" if task.table and task.table.labels else f", by {_describe_limit(task)}"
    note = f"Rows: truth; columns: prediction{'' if whole else limit}."
    if whole:
        note += " Below each number the share of its row."
    if one_class:
        note += " A case whose highest confidence is shared is a tie and wrong."
    if (answers.weights != 1).any():
        note += " The truth gives weights; here every case with a weight counts once."
    yield Heading(
        "Confusion matrix" if whole else "Confusion matrices", anchor="confusion", short="Confusion"
    )
    yield Paragraph(note, style="note")
    if whole:
        pairs = [
            (case.diagnosis.truth, case.diagnosis.chosen)
            for case in card.cases
            if case.diagnosis and case.diagnosis.weight > 0
        ]
        known = list(task.labels)
        if task.table is not None and has_classes_in_cells(task):
            known = [f"{label:g}" for label in task.table.labels]
        yield _make_matrix("All cases", Counter(pairs), known)
        return
    given = _threshold(answers, task)
    for n, label in enumerate(task.labels):
        true = answers.truth[:, n] > 0.5
        pairs = [
            (YES_NO[not t], YES_NO[not g])
            for t, g in zip(true.tolist(), given[:, n].tolist(), strict=True)
        ]
        yield _make_matrix(label, Counter(pairs), YES_NO)


def _threshold(answers: Scores, task: Task) -> NDArray[np.bool_]:
    limit = task.confidence_threshold
    return answers.confidences >= limit if task.inclusive else answers.confidences > limit


def _make_matrix(title: str, counted: Mapping[tuple[str, str], int], known: Sequence[str]) -> Table:
    """Make a table of a row for each truth; what is no label of the task comes last."""

    def order(names: Iterable[str]) -> list[str]:
        return [*known, *sorted(set(names) - set(known), key=lambda name: (name == TIE, name))]

    rows, columns = order(row for row, _ in counted), order(column for _, column in counted)
    made = []
    for row in rows:
        counts = {column: counted.get((row, column), 0) for column in columns}
        total = sum(counts.values())
        cells = (
            Cell(
                f"{n:,}",
                value=n,
                mark="good" if row == column else "bad",
                shade=n / total if total else 0.0,
                below=show_percent(n / total) if n else "",
            )
            for column, n in counts.items()
        )
        made.append(Row((row, *cells, f"{total:,}")))
    return Table(
        columns=(
            Column("truth"),
            *(Column(name, number=True) for name in columns),
            Column("all", number=True),
        ),
        rows=tuple(made),
        caption=title,
    )


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


def _list_mistakes(
    answers: Scores, cases: Sequence[Case], wrong: NDArray[np.bool_], task: Task
) -> tuple[list[_Mistake], int]:
    """List the most confident wrong answers, the most confident first, and count all of them.

    Those of equal confidence go by the id of the image.
    """
    whole = has_classes_in_cells(task)
    if whole or (task.table is not None and task.table.one_class):
        gaps = np.zeros((len(cases), 1)) if whole else answers.confidences
        gaps = gaps.max(axis=1, initial=0.0)[:, None]
        errors = wrong[:, None]
    else:
        true, given = answers.truth > 0.5, _threshold(answers, task)
        gaps, errors = np.abs(answers.confidences - true), true != given
    rows, columns = np.nonzero(errors)
    order = sorted(
        zip(rows.tolist(), columns.tolist(), strict=True),
        key=lambda cell: (-gaps[cell], cases[cell[0]].image, cell[1]),
    )
    found = []
    for row, column in order[:MOST_MISTAKES]:
        case, confidences = cases[row], answers.confidences[row]
        if (
            errors.shape[1] == 1
            and wrong.shape
            and (whole or (task.table and task.table.one_class))
        ):
            if case.diagnosis is None:
                continue
            truth, chosen = case.diagnosis.truth, case.diagnosis.chosen
            own = float(confidences[task.labels.index(truth)]) if truth in task.labels else math.nan
            found.append(_Mistake(case.image, "", truth, chosen, float(confidences.max()), own))
        else:
            yes = bool(true[row, column])
            label, confidence = task.labels[column], float(confidences[column])
            answer = YES_NO[bool(yes)], YES_NO[not yes]
            found.append(_Mistake(case.image, label, answer[1], answer[0], confidence))
    return found, len(order)


def _describe_mistakes(
    card: Scorecard,
    task: Task,
    mistakes: Sequence[_Mistake],
    n_mistakes: int,
    images: object,
) -> Iterator[Block]:
    hard = task.table is not None and bool(task.table.labels)
    one_class = task.table is not None and task.table.one_class
    shown = mistakes[:N_PICTURES]
    yield Heading(
        "Misclassified cases" if hard else "Most confident misclassified cases",
        anchor="mistakes",
        short="Misclassified",
    )
    if not shown:
        every = "case" if one_class or hard else "label of every case"
        yield Paragraph(f"None: every {every} is right.")
        return
    how = ": wrong labels, those first whose confidence is farthest from the truth."
    if hard:
        how = ", by id."
    elif one_class:
        how = ": wrong classes, the highest confidence first."
    yield Paragraph(
        f"{len(shown)} of {n_mistakes} wrong {'answers' if n_mistakes != 1 else 'answer'}{how}",
        style="note",
    )
    photos: Mapping[str, Picture] = {}
    if images is not None:
        with ExitStack() as stack:
            known = [case.image for case in card.cases]
            opened = open_source(stack, images)
            photos = render_photos(opened, [one.image for one in shown], known=known)
    pictures = []
    for one in shown:
        if one.image in photos:
            confidence = "" if hard else f" ({show(one.confidence)})"
            own = "" if math.isnan(one.own) else f" ({show(one.own)})"
            said = f"{one.label + ': ' if one.label else ''}{one.chosen}{confidence}"
            pictures.append(
                replace(photos[one.image], note=f"predicted {said}, truth {one.truth}{own}")
            )
    if pictures:
        yield Gallery(tuple(pictures))
    yield _make_mistake_table(shown, task, caption="Misclassified cases, the most confident first")


def _make_mistake_table(
    mistakes: Sequence[_Mistake], task: Task, *, caption: str, name: str = ""
) -> Table:
    hard = task.table is not None and bool(task.table.labels)
    one_class = task.table is not None and task.table.one_class
    several = not one_class and len(task.labels) > 1
    columns = [Column("Image")]
    columns += [Column("Label", name="label")] if several else []
    columns += [Column("Truth", name="truth"), Column("Prediction", name="prediction")]
    columns += [] if hard else [Column("Confidence", number=True, name="confidence")]
    columns += [Column("Confidence of the truth", number=True)] if one_class and not hard else []
    rows = []
    for one in mistakes:
        cells: list[str | Cell] = [one.image, *([one.label] if several else [])]
        cells += [one.truth, one.chosen]
        cells += [] if hard else [number_cell(one.confidence)]
        cells += [number_cell(one.own)] if one_class and not hard else []
        rows.append(Row(tuple(cells)))
    return Table(
        columns=tuple(columns),
        rows=tuple(rows),
        caption=caption,
        name=name,
        examples=(f"truth:{mistakes[0].truth}", "confidence>0.9") if name else (),
    )


def _list_cases(
    card: Scorecard, task: Task, mistakes: Sequence[_Mistake], n_mistakes: int
) -> Iterator[Block]:
    if len(card.cases) > MOST_ROWS:
        yield Heading("Cases", anchor="images")
        yield Paragraph(
            f"There are {len(card.cases):,} cases, too many for a page. This table shows the "
            f"{len(mistakes):,} most confident of {n_mistakes:,} wrong answers; isiceval score ... "
            "--csv cases.csv writes every case.",
            style="note",
        )
        if mistakes:
            caption = "The most confident misclassified cases"
            yield _make_mistake_table(mistakes, task, caption=caption, name="all-images")
        return
    whole = has_classes_in_cells(task)
    labels = () if whole else task.labels
    first, last = ("1", "2") if whole else (task.labels[0], task.labels[-1])
    examples = [f"truth:{first}", f"prediction:{last}"]
    if labels and not (task.table and task.table.labels):
        examples.append(f"{first}>0.5")
    yield Heading("All cases", anchor="images")
    n_bare = sum(case.diagnosis is not None and not case.diagnosis.weight for case in card.cases)
    if n_bare:
        verb = "is" if n_bare == 1 else "are"
        yield Paragraph(
            f"{count(n_bare, 'case')} without weight {verb} in no number above.", style="note"
        )
    yield Table(
        columns=(
            Column("Image"),
            Column("Truth", name="truth"),
            Column("Prediction", name="prediction"),
            Column("Result"),
            *(Column(label, number=True, name=label.lower()) for label in labels),
        ),
        rows=tuple(
            Row(
                (
                    case.image,
                    one.truth,
                    one.chosen,
                    _name_result(correct=one.correct, weight=one.weight),
                    *(number_cell(value) for value in one.confidences if labels),
                ),
                flagged=not one.correct and one.weight > 0,
            )
            for case in card.cases
            for one in (case.diagnosis,)
            if one is not None
        ),
        caption="Every case with truth, prediction and confidences",
        name="all-images",
        flag="only misclassified",
        examples=tuple(examples),
    )


def _name_result(*, correct: bool, weight: float) -> Cell:
    if not weight:
        return Cell("not counted", mark="warning")
    return Cell("correct", mark="good") if correct else Cell("misclassified", mark="bad")
