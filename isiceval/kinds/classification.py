"""Confidences by label: of the rows of a table here, of superpixels in ``superpixels.py``.

A submission of a table is one CSV, or a data frame or mapping in memory. Its metrics are of all
rows together, so the unit of a draw is a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np

from isiceval.checks.rules import complete_problems
from isiceval.errors import CannotResample, IsicevalError, UsageError
from isiceval.kinds import kind
from isiceval.kinds.kind import Measured, MeasuredConfidences, MeasuredCounts, Outcome, Scores
from isiceval.metrics import arrays, classes, curves, registry
from isiceval.metrics.arrays import Aggregator, BoolArray, FloatArray, IntArray, Term
from isiceval.metrics.counts import FORMULAS, CountArrays, measure_counts, split_counts
from isiceval.metrics.registry import AT, COUNTED, RETRIEVAL, VALIDATION, WHOLE, list_metrics
from isiceval.model import Form, Problem, Validation
from isiceval.options import ExpectedFrom, Options, Source
from isiceval.readers.csv.sheet import write_frame
from isiceval.readers.csv.table import Table, read_table, read_truth_table, sort_rows
from isiceval.sources.container import MIB, Container, format_bytes
from isiceval.sources.sidecars import format_manifest
from isiceval.tasks.task import CsvFormat, Task

Evaluate = Callable[[FloatArray], dict[str, FloatArray]]
"""Takes weights, (units, draws), and returns values by name, (draws,) each."""

SEVERAL, NONE, TIE = "+", "none", "tie"
"""In the truth or choice of a row: between several labels, for no label, for a shared top."""

MOST_BYTES = 1_000_000_000
SLACK_BYTES = 4 * MIB
SCORE_WEIGHT, VALIDATION_WEIGHT = "score_weight", "validation_weight"


class _File(NamedTuple):
    """The bytes of one table; ``fault`` says why there are none."""

    name: str
    form: Form
    data: bytes = b""
    fault: str = ""
    code: str = "not-a-table"


def _open(source: Source, *, layout: CsvFormat, role: str, most: int = MOST_BYTES) -> _File:
    if isinstance(source, Container):
        (problem,) = source.problems
        return _File(source.name, "none", fault=problem.detail, code=problem.code)
    if not isinstance(source, str | Path):
        return _File(f"{role} in memory", "memory", write_frame(source, layout=layout))
    path = Path(source)
    name = path.name.encode("utf-8", "replace").decode("utf-8")
    try:
        if path.is_dir():
            found = sum(child.suffix.lower() == ".csv" for child in path.iterdir())
            several = f"this is a folder of {found} CSV files: isiceval leaderboard ranks them all"
            fault = several if found > 1 else "this is a folder, not a CSV file"
            return _File(name, "folder", fault=fault)
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        is_lost = isinstance(error, FileNotFoundError)
        reason = "there is no such file" if is_lost else f"unreadable: {error.strerror}"
        return _File(name, "none", fault=reason)
    if len(data) > most:
        fault = f"the file has more than {format_bytes(most)}, which this task does not need"
        return _File(name, "file", fault=fault)
    return _File(name, "file", data)


def limit_bytes(n_rows: int, *, layout: CsvFormat) -> int:
    """Limit the bytes of a table: no way to write a number takes 32, or an id 64.

    In memory a table of short cells takes some fifty times its bytes, so strangers' tables
    are not read beyond what their rows need.
    """
    return SLACK_BYTES + n_rows * (64 + 32 * len(layout.required))


def _read_truth(task: Task, truth: Source) -> Table:
    layout = cast("CsvFormat", task.table)
    file = _open(truth, layout=layout.for_truth(), role="truth")
    if file.form == "folder":
        raise IsicevalError(
            f"task {task.id} takes a table (CSV), and the truth {file.name} is a folder"
        )
    if file.fault:
        raise IsicevalError(f"the truth {file.name} cannot be read: {file.fault}")
    table = read_truth_table(file.data, layout=layout, name=file.name)
    if task.cases is not None and len(table.ids) != task.cases:
        found = f"{len(table.ids)} rows, task {task.id} says there are {task.cases}"
        raise IsicevalError(f"the truth {file.name} has {found}")
    # A result lists its rows by id: rows sorted by class would tell the labels.
    return sort_rows(table, tuple(sorted(table.ids)))


def _check(task: Task, prediction: Source, expected: Sequence[str]) -> tuple[Table, Validation]:
    # Words stand for a number in the truth alone.
    layout = replace(cast("CsvFormat", task.table), words={})
    most = limit_bytes(len(expected), layout=layout)
    file = _open(prediction, layout=layout, role="table", most=most)
    problems: tuple[Problem, ...] = (Problem(file.code, file.name, file.fault),)
    table = Table(ids=(), columns=layout.columns, values=np.empty((0, len(layout.columns))))
    if not file.fault:
        table, problems = read_table(file.data, layout=layout, name=file.name, expected=expected)
    return table, Validation(
        task=task.id,
        submission=file.name,
        form=file.form,
        n_expected=len(expected),
        n_matched=len(table.ids),
        problems=complete_problems(problems),
    )


def validate(
    task: Task, prediction: Source, expected: ExpectedFrom, options: Options
) -> Validation:
    """Check one submission; nothing is scored."""
    refuse_mask_options(task, options)
    return _check(task, prediction, _expect(task, expected))[1]


def refuse_mask_options(task: Task, options: Options) -> None:
    """Raise UsageError for options that only masks have."""
    form, one, all_of, how = ("a table", "a row", "rows", "write a row for each id")
    if task.table is None:
        form, one, all_of, how = ("JSON", "an image", "superpixels", "send zeros")
    if options.lenient or options.headers_only:
        what = "lenient reading" if options.lenient else "headers only"
        raise UsageError(f"{what} is for masks; task {task.id} takes {form}")
    if options.missing != "refuse":
        raise UsageError(
            f"task {task.id} has no score for {one} that was not sent: its metrics are of all "
            f"{all_of} together; {how}"
        )


def _expect(task: Task, expected: ExpectedFrom) -> Sequence[str]:
    if expected.truth is not None:
        return _read_truth(task, expected.truth).ids
    return list(kind.read_listed(task, expected).sizes)


def list_images(task: Task, truth: Source) -> list[str]:
    """List the ids of the rows of a truth, sorted."""
    return sorted(_read_truth(task, truth).ids)


def write_manifest(task: Task, expected: ExpectedFrom) -> str:
    """Write ids as CSV; a table has no sizes."""
    return format_manifest(dict.fromkeys(sorted(_expect(task, expected))))


def measure(
    task: Task, truth: Source, predictions: Sequence[Source], options: Options
) -> Iterator[Outcome]:
    """Read each table and set its confidences beside the truth."""
    refuse_mask_options(task, options)
    known = _read_truth(task, truth)
    digest = known.compute_digest()
    own = np.array([task.weights.get(image, 1.0) for image in known.ids])
    validation = known.weights.get(VALIDATION_WEIGHT)
    patients = known.texts.get(kind.PATIENT)
    choices = describe_choices(task, options)
    if patients and any(patients):  # whole patients are drawn, which moves the intervals
        choices["patients"] = len({*patients} - {""})
    names = _name_rows(task, known.values, chosen=False)
    shared = {
        "images": known.ids,
        "labels": task.labels,
        "truth": names,
        "weights": known.weights.get(SCORE_WEIGHT, np.ones(len(known.ids))) * own,
        "validation": None if validation is None else validation * own,
        "patients": kind.Words.encode(patients) if patients else None,
    }
    for done, prediction in enumerate(predictions, start=1):
        table, checked = _check(task, prediction, known.ids)
        measured = None
        if checked.valid:
            chosen = _name_rows(task, table.values, chosen=True)
            measured = MeasuredConfidences(
                confidences=table.values,
                chosen=chosen,
                correct=_find_correct(names, chosen),
                **shared,
            )
        yield Outcome(
            validation=checked,
            measured=measured,
            choices=choices,
            truth_digest=digest,
            compute_digest=table.compute_digest,
        )
        if options.progress is not None:
            options.progress(done, len(predictions))


def _find_correct(truth: kind.Words, chosen: kind.Words) -> BoolArray:
    places = {name: place for place, name in enumerate(chosen.names)}
    right = np.array([places.get(name, classes.UNDECIDED) for name in truth.names], np.int64)
    correct: BoolArray = right[truth.codes] == chosen.codes
    return correct


def recompute(task: Task, measured: Measured) -> Measured:
    """Choose the labels of a table again by its confidences.

    Raises CannotResample as :func:`collect_scores` does, ValueError where a truth, a confidence or
    a weight is none.
    """
    scores = collect_scores(task, measured)
    if isinstance(measured, MeasuredCounts):
        return measured
    given, weights = measured.confidences, measured.weights
    if not registry.has_classes_in_cells(task):
        named = {label for name in measured.truth.names for label in name.split(SEVERAL)}
        if unknown := named - {*task.labels, NONE}:
            raise ValueError(f"{min(unknown)} is no label of the task")
        if not ((given >= 0) & (given <= 1)).all():
            raise ValueError("a confidence is not from 0 to 1")
    if not (np.isfinite(scores.truth).all() and np.isfinite(given).all()):
        raise ValueError("a class is no number")
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise ValueError("a weight is no number from 0")
    chosen = _name_rows(task, given, chosen=True)
    return replace(measured, chosen=chosen, correct=_find_correct(measured.truth, chosen))


def _name_rows(task: Task, values: FloatArray, *, chosen: bool) -> kind.Words:
    """Name the labels of each row: those of the truth, or those that were chosen."""
    if registry.has_classes_in_cells(task):
        found, codes = np.unique(values[:, 0], return_inverse=True)
        return kind.Words(codes, tuple(f"{value:g}" for value in found.tolist()))
    if chosen and task.table is not None and task.table.one_class:
        # UNDECIDED is -1: the last name.
        places = classes.choose_class(values) % (len(task.labels) + 1)
        return kind.Words(places, (*task.labels, TIE))
    given = find_positive(task, values) if chosen else values > 0.5
    rows, codes = np.unique(given, axis=0, return_inverse=True)
    names = [
        SEVERAL.join(label for label, is_so in zip(task.labels, row, strict=True) if is_so) or NONE
        for row in rows.tolist()
    ]
    return kind.Words(codes.ravel(), tuple(names))


def find_positive(task: Task, confidences: FloatArray) -> BoolArray:
    """Find where a confidence counts as yes by the threshold of the task."""
    limit = task.confidence_threshold
    return confidences >= limit if task.inclusive else confidences > limit


def collect_scores(task: Task, measured: Measured) -> Scores:
    """Collect truth and confidences from the columns of a scorecard.

    Raises CannotResample where it was made public and does not hold the truth, and where it was
    read back and does not hold the confidences of superpixels.
    """
    images, rows = kind.number_images(measured.images)
    if isinstance(measured, MeasuredCounts):
        pooled = measured.superpixels
        if pooled is None:
            raise CannotResample(
                "it is a scorecard without the confidence of every superpixel, which draws of the "
                "images need: give the submission itself, and the truth, in its place"
            )
        # Images that are not among the rows were left out of a subgroup.
        places = {image: place for place, image in enumerate(images)}
        units = np.array([places.get(image, -1) for image in pooled.images])[pooled.units]
        kept = units >= 0
        return replace(pooled.take(kept), images=images, units=units[kept])
    truth = measured.truth
    if "" in truth.names:
        raise CannotResample(
            "this scorecard was made public: it does not hold the truth of its cases"
        )
    if registry.has_classes_in_cells(task):
        values = np.array([[float(name)] for name in truth.names])
    else:
        split = [name.split(SEVERAL) for name in truth.names]
        values = np.array([[label in names for label in task.labels] for names in split])
    patients = measured.patients.decode() if measured.patients else []
    validation = measured.validation
    return Scores(
        truth=values[truth.codes],
        confidences=measured.confidences,
        images=images,
        units=rows,
        weights=measured.weights,
        validation=None if validation is None or np.isnan(validation).any() else validation,
        patients=tuple(patients) if patients and all(patients) else None,
    )


def prepare(task: Task, measured: Measured) -> Aggregator:
    """Prepare every aggregate to be computed on any draw of the rows.

    What a row weighs in the score is multiplied by how often it was drawn. The retrieval metrics
    are means over patients, each drawn as often as its first row, by order of unit: where whole
    patients are drawn that is how often the patient was, else each is drawn independently.
    """
    scores = collect_scores(task, measured)
    evaluate_score = _prepare_metrics(task, scores, list_metrics(task))
    evaluate_validation: Evaluate | None = None
    if scores.validation is not None:
        own = replace(scores, weights=scores.validation)
        evaluate_validation = _prepare_metrics(task, own, [task.ranking.partition(".")[0]])

    def evaluate(weights: FloatArray) -> dict[str, FloatArray]:
        found = evaluate_score(weights)
        if evaluate_validation is not None:
            found[f"{VALIDATION}{task.ranking}"] = evaluate_validation(weights)[task.ranking]
        return found

    known = evaluate(np.zeros((len(scores.images), 1)))
    names = [name for name in registry.describe_aggregates(task) if name in known]

    def evaluate_draws(weights: IntArray) -> FloatArray:
        values = evaluate(np.ascontiguousarray(weights.T, dtype=np.float64))
        return np.stack([values[name] for name in names], axis=1)

    outcomes = None
    if isinstance(measured, MeasuredConfidences):
        outcomes = _list_outcomes(task, scores, measured.correct)
    return Aggregator(
        units=scores.images,
        names=tuple(names),
        evaluate=evaluate_draws,
        outcomes=outcomes,
        undefined=_count_undefined(task, scores),
        compute_rocs=partial(_compute_rocs, task, scores),
        compute_terms=partial(_compute_terms, task, scores),
    )


def _prepare_metrics(task: Task, scores: Scores, metrics: Sequence[str]) -> Evaluate:
    """Prepare metrics of the rows that have a weight: of each label, and of all labels together."""
    scores = scores.take(scores.weights > 0)
    truth, given, n_units = scores.truth, scores.confidences, len(scores.images)
    weights, at = scores.weights, scores.units
    unweighted = {"partial_auc", "weighted_accuracy", *RETRIEVAL}
    if task.average_precision == "trapezoid":
        unweighted.add("average_precision")
    whole: dict[str, Callable[[FloatArray], FloatArray]] = {}
    for metric in metrics:
        if (metric in unweighted or metric.startswith(AT)) and (weights != 1).any():
            raise IsicevalError(
                f"the truth gives weights other than 0 and 1, and {metric} of task {task.id} "
                "cannot be weighted; leave score_weight and validation_weight out of the truth"
            )
        if metric == "balanced_accuracy":
            right, chosen = classes.choose_class(truth > 0.5), classes.choose_class(given)
            shape = (truth.shape[1], n_units)
            whole[metric] = classes.measure_recalls(right, chosen, weights, at, shape)
        elif metric == "weighted_accuracy":
            # With weights from the drawn truth, each class there weighs the same: the mean recall.
            columns = truth[:, 0], given[:, 0]
            whole[metric] = classes.measure_label_recalls(*columns, weights, at, n_units)
        elif metric in RETRIEVAL and scores.patients is not None:
            ranked, known = metric == "ranked_retrieval_sensitivity", truth[:, 0] > 0.5
            found = classes.measure_retrieval(
                known, given[:, 0], scores.patients, at, ranked=ranked
            )
            whole[metric] = _average_patients(*found)
    single = [metric for metric in metrics if metric not in WHOLE]
    evaluate_labels: Evaluate = _prepare_labels(task, scores, single) if single else lambda _: {}

    def evaluate(weights: FloatArray) -> dict[str, FloatArray]:
        values = {
            metric: arrays.average(list(formula(weights))) for metric, formula in whole.items()
        }
        for metric, own in evaluate_labels(weights).items():
            values[metric] = arrays.average(list(own))
            if len(own) > 1:
                names = (f"{metric}.{label}" for label in task.labels)
                values |= dict(zip(names, own, strict=True))
        return values

    return evaluate


def _average_patients(first: IntArray, values: FloatArray) -> Callable[[FloatArray], FloatArray]:
    """Prepare the mean of the values of patients, (1, draws)."""
    return lambda weights: arrays.divide(values @ weights[first], weights[first].sum(axis=0))[None]


def _prepare_labels(task: Task, scores: Scores, metrics: Sequence[str]) -> Evaluate:
    """Prepare the metrics of each label: values are (labels, draws)."""
    truth, weights, units = scores.truth > 0.5, scores.weights, scores.units
    n = len(scores.images)
    labels = [
        curves.LabelScores(truth=known, confidence=own, weights=weights, units=units)
        for known, own in zip(truth.T, scores.confidences.T, strict=True)
    ]
    named = {metric: metric for metric in metrics if metric in curves.FORMULAS}
    if "average_precision" in named and task.average_precision == "trapezoid":
        named["average_precision"] = "trapezoid_average_precision"
    areas = [curves.measure_curves(label, list(named.values())) for label in labels]
    at = [metric for metric in metrics if metric.startswith(AT)]
    specificities = [curves.measure_specificities(one, task.sensitivities) for one in labels if at]
    taken = find_positive(task, scores.confidences)
    cells = count_cells(truth, taken, weights, units, n)

    def evaluate(weights: FloatArray) -> dict[str, FloatArray]:
        counts = CountArrays(*(cells @ weights))
        found = [area(weights) for area in areas]
        values = {
            metric: measure_counts(metric, counts, undefined=task.undefined)
            for metric in metrics
            if metric in COUNTED
        }
        values |= {metric: np.stack([own[name] for own in found]) for metric, name in named.items()}
        if at:
            own = np.stack([measure(weights) for measure in specificities], axis=1)
            values |= dict(zip(at, own, strict=True))
        return values

    return evaluate


def count_cells(
    truth: BoolArray, taken: BoolArray, weights: FloatArray, units: IntArray, n_units: int
) -> FloatArray:
    """Add up what the rows of each unit weigh: (4, labels, units), TP, FP, FN and TN.

    ``truth`` and ``taken`` have shape (rows, labels), ``weights`` and ``units`` (rows,).
    """
    cells = (truth & taken, ~truth & taken, truth & ~taken, ~truth & ~taken)
    return np.array(
        [[np.bincount(units, weights * own, n_units) for own in cell.T] for cell in cells]
    )


def _compute_terms(task: Task, scores: Scores) -> dict[str, list[Term]]:
    """Compute the terms of every aggregate, of the score and of the validation rows."""
    terms = _split_metrics(task, scores, list_metrics(task))
    if scores.validation is not None:
        own = replace(scores, weights=scores.validation)
        name = task.ranking
        found = _split_metrics(task, own, [name.partition(".")[0]])
        terms |= {f"{VALIDATION}{name}": found[name]} if name in found else {}
    return terms


def _split_metrics(task: Task, scores: Scores, metrics: Sequence[str]) -> dict[str, list[Term]]:
    scores = scores.take(scores.weights > 0)
    if (scores.weights != 1).any():
        return {}
    truth, given, units = scores.truth, scores.confidences, scores.units
    known = truth > 0.5
    taken = find_positive(task, given)
    cells = np.array([known & taken, ~known & taken, known & ~taken, ~known & ~taken], np.float64)
    terms = {}
    for metric in metrics:
        if metric == "balanced_accuracy":
            right, chosen = classes.choose_class(known), classes.choose_class(given)
            terms[metric] = classes.split_recalls(right, chosen, units)
        elif metric == "weighted_accuracy":
            terms[metric] = classes.split_recalls(truth[:, 0], given[:, 0], units)
        elif metric in RETRIEVAL and scores.patients is not None:
            first, values = classes.measure_retrieval(
                known[:, 0], given[:, 0], scores.patients, units, ranked=metric != RETRIEVAL[0]
            )
            terms[metric] = [Term(values, first)]
        elif metric not in RETRIEVAL:
            own = [
                split_counts(metric, cells[:, :, n])
                if metric in COUNTED
                else curves.split_curve(metric, known[:, n], given[:, n])
                for n in range(len(task.labels))
            ]
            own = [[term._replace(places=units[term.places]) for term in one] for one in own]
            # A metric of counts that is 0/0 may have a value.
            omit = metric not in COUNTED or task.undefined == "omit"
            terms[metric] = arrays.average_terms(own, omit=omit)
            if len(own) > 1:
                terms |= {f"{metric}.{n}": one for n, one in zip(task.labels, own, strict=True)}
    return terms


def _list_outcomes(task: Task, scores: Scores, correct: BoolArray) -> arrays.Outcomes:
    """List what the table says of each unit."""
    order = np.argsort(scores.units, kind="stable")
    counted = scores.weights[order] > 0
    truth, given = scores.truth[order] > 0.5, scores.confidences[order]
    confidence = None
    if task.table is not None and not task.table.labels:
        # Of one class the confidence in it; else the mean over labels of that in yes or no.
        confidence = (
            np.where(truth, given, 0.0).sum(axis=1)
            if task.table.one_class
            else np.where(truth, given, 1 - given).mean(axis=1)
        )
    return arrays.Outcomes(correct[order], counted, confidence)


def _count_undefined(task: Task, scores: Scores) -> dict[str, int]:
    """Count, for each metric of counts, the labels in which its formula was 0/0.

    Only those metrics are named in which the task gives such a label a value; none of superpixels.
    """
    metrics = [metric for metric in task.metrics if metric in COUNTED]
    if task.undefined == "omit" or not metrics:
        return {}
    taken, truth = find_positive(task, scores.confidences), scores.truth > 0.5
    rows = np.zeros(len(truth), dtype=np.int64)
    counts = CountArrays(*count_cells(truth, taken, scores.weights, rows, 1))
    found = {metric: int(np.isnan(FORMULAS[metric](counts)).sum()) for metric in metrics}
    return {metric: n for metric, n in found.items() if n}


def _compute_rocs(task: Task, scores: Scores) -> dict[str, arrays.RocPoints]:
    """Compute the ROC curve of each label, thinned; of labels in place of confidences none."""
    if task.table is not None and task.table.labels:
        return {}
    columns = zip(task.labels, scores.truth.T > 0.5, scores.confidences.T, strict=True)
    return {
        label: curves.thin_curve(curves.roc_curve(*column, weights=scores.weights)).list_points()
        for label, *column in columns
    }


def describe_choices(task: Task, options: Options) -> dict[str, object]:  # noqa: ARG001 - see above
    """Describe the choices that move a number, for the signature."""
    choices: dict[str, object] = {}
    if task.table is None or not task.table.labels:
        choices["positive"] = f"{'>=' if task.inclusive else '>'}{task.confidence_threshold:g}"
    if "average_precision" in list_metrics(task):
        choices["precision"] = task.average_precision
    return choices | {"undefined": task.undefined, "missing": "refuse"}
