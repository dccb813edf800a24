"""Work out what the reports of attribute masks and superpixels show beside their scorecards."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from isiceval.insight import Overlay
from isiceval.label_insight import Curve, LabelInsight, MaskLabel, MasksInsight, SuperpixelsInsight
from isiceval.metrics.overlap import jaccard
from isiceval.model import Bootstrap, Case, Counts
from isiceval.scorecard import Scorecard
from isiceval.statistics.groups import Redrawing, plan_redrawing
from isiceval.studies.lesions import list_sizes
from isiceval.studies.subgroups import break_down
from isiceval.studies.tables import find_interval
from isiceval.tasks.task import Task

N_WORST, N_OTHER = 3, 2


def find_jaccard(case: Case) -> float:
    """Find the Jaccard of one mask; NaN where it is empty in truth and prediction."""
    return jaccard(case.counts) if case.counts is not None else math.nan


def pick_masks(cases: Sequence[Case], label: str) -> dict[str, list[Case]]:
    """Pick the worst, median and best masks of a label, each once, of those not empty in both.

    Of equal Jaccards the larger error, by its share of the image, is the worse.
    """
    own = [c for c in cases if c.label == label and not math.isnan(find_jaccard(c))]
    ordered = sorted(own, key=_judge)
    n_other = min(N_OTHER, len(ordered) // 3)
    start = len(ordered) // 2 - n_other // 2
    return {
        "worst": ordered[: min(N_WORST, max(1, start))],
        "median": ordered[start : start + n_other],
        "best": ordered[len(ordered) - n_other :][::-1],
    }


def _judge(case: Case) -> tuple[float, float, str]:
    counts = case.counts or Counts(tp=0, fp=0, fn=0, tn=0)
    error = (counts.fp + counts.fn) / counts.total if counts.total else 0.0
    return find_jaccard(case), -error, case.image


def study_masks(
    scorecard: Scorecard,
    *,
    task: Task,
    columns: Mapping[str, Mapping[str, str]] | None = None,
    overlays: Iterable[Overlay] = (),
    redrawing: Redrawing | None = None,
) -> MasksInsight:
    """Work out the Jaccard of each mask by label, and the score by the values of each column.

    ``columns`` maps the name of a column to the value of each image; the size of the image is
    always among them.
    """
    chosen = redrawing or Redrawing()
    every = {**(columns or {}), **list_sizes(scorecard.cases)}
    return MasksInsight(
        bootstrap=_describe(scorecard, chosen),
        labels=tuple(_study_masks(scorecard.cases, label) for label in task.labels),
        overlays=tuple(overlays),
        breakdowns=tuple(
            break_down(scorecard, name, values, task=task, redrawing=chosen)
            for name, values in every.items()
        ),
    )


def _describe(scorecard: Scorecard, redrawing: Redrawing) -> Bootstrap:
    images = list(dict.fromkeys(case.image for case in scorecard.cases))
    return plan_redrawing(redrawing, images)[1]


def _study_masks(cases: Sequence[Case], label: str) -> MaskLabel:
    own = [case for case in cases if case.label == label]
    values = [find_jaccard(case) for case in own]
    counts = [case.counts for case in own if case.counts is not None]
    return MaskLabel(
        label=label,
        jaccards=tuple(value for value in values if not math.isnan(value)),
        n_empty=sum(not one.truth and not one.prediction for one in counts),
        n_missed=sum(one.truth > 0 and not one.prediction for one in counts),
        n_invented=sum(not one.truth and one.prediction > 0 for one in counts),
    )


def study_superpixels(
    scorecard: Scorecard,
    *,
    task: Task,
    columns: Mapping[str, Mapping[str, str]] | None = None,
    redrawing: Redrawing | None = None,
) -> SuperpixelsInsight:
    """Collect the curve and the counts of each feature, and break the score down.

    A scorecard that was read from a file has no confidence of a superpixel, so that the score of
    a group cannot be computed; its breakdowns say so.
    """
    chosen = redrawing or Redrawing()
    return SuperpixelsInsight(
        bootstrap=_describe(scorecard, chosen),
        labels=tuple(_collect_label(scorecard, label, task) for label in task.labels),
        breakdowns=tuple(
            break_down(scorecard, name, values, task=task, redrawing=chosen)
            for name, values in (columns or {}).items()
        ),
    )


def _collect_label(scorecard: Scorecard, label: str, task: Task) -> LabelInsight:
    def look_up(metric: str) -> float:
        name = f"{metric}.{label}" if len(task.labels) > 1 else metric
        return scorecard.aggregates.get(name, math.nan)

    suffix = f".{label}" if len(task.labels) > 1 else ""
    roc = scorecard.rocs.get(label, {})
    counts = [c.counts for c in scorecard.cases if c.label == label and c.counts is not None]
    return LabelInsight(
        label=label,
        auc=find_interval(scorecard, f"auc{suffix}", look_up("auc")),
        average_precision=find_interval(
            scorecard, f"average_precision{suffix}", look_up("average_precision")
        ),
        roc=Curve(
            across=tuple(_iter_known(roc.get("false_positive_rates", ()))),
            up=tuple(_iter_known(roc.get("true_positive_rates", ()))),
        ),
        counts=sum(counts, Counts(tp=0, fp=0, fn=0, tn=0)),
    )


def _iter_known(values: Iterable[float | None]) -> Iterable[float]:
    return (value for value in values if value is not None)
