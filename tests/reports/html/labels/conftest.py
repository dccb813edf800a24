"""Reports of tables, attribute masks and superpixels made from small scorecards."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from isiceval.metrics.counts import measure_counts
from isiceval.metrics.registry import POOLED_MASKS
from isiceval.model import Case, Counts, Diagnosis, Size
from isiceval.tasks.task import find_task
from tests.builders import make_scorecard

LABEL_TASKS = ("2018/3", "2017/3", "2020", "2024", "ima205/2019", "ima205/2022")


def make_table_card(name="2018/3", submission="table.csv", *, prefix="ISIC_", n=40, problems=()):
    """A table of made confidences, of any task of tables; the last label is rare."""
    task = find_task(name)
    rng = np.random.default_rng(len(name))
    labels = task.labels
    cells = task.table.labels if len(labels) == 1 and len(task.table.labels) > 2 else ()
    cases = []
    for k in range(n):
        true = int(rng.integers(0, max(2, len(labels))))
        confidences = np.round(rng.random(len(labels)), 3)
        if cells:
            known, chosen = (f"{cells[int(rng.integers(0, 3))]:g}" for _ in range(2))
            confidences = np.array([float(chosen)])
        else:
            confidences = np.round(confidences) if task.table.labels else confidences
            known = labels[true] if true < len(labels) else "none"
            given = [label for label, c in zip(labels, confidences, strict=True) if c > 0.5]
            chosen = "+".join(given) or "none"
            if task.table.one_class:
                chosen = labels[int(np.argmax(confidences))]
        diagnosis = Diagnosis(
            truth=known,
            chosen=chosen,
            correct=known == chosen,
            confidences=tuple(confidences.tolist()),
            weight=float(k > 0 or cells != ()),
        )
        cases.append(Case(image=f"{prefix}{k:07d}", status="scored", diagnosis=diagnosis))
    return make_scorecard(
        task,
        cases,
        submission,
        problems=tuple(problems),
        truth_digest="ab" * 32,
        submission_digest="cd" * 32,
        signature=f"task:{task.id}|n:{n}",
    )


def make_pooled_card(name, submission="team", *, prefix="ISIC_", n=12, problems=()):
    """Counts of attribute masks or superpixels, some of them empty."""
    task = find_task(name)
    rng = np.random.default_rng(3)
    cases = []
    for k in range(n):
        for label in task.labels:
            tp, fp, fn = (int(v) for v in rng.integers(1, 9, 3) * rng.integers(0, 2, 3))
            counts = Counts(tp=tp, fp=fp, fn=fn, tn=40 - tp - fp - fn)
            names = POOLED_MASKS if task.kind == "masks" else POOLED_MASKS[2:]
            values = {
                name: measure_counts(name, counts, undefined=task.undefined) for name in names
            }
            cases.append(
                Case(
                    image=f"{prefix}{k:07d}",
                    label=label,
                    status="scored",
                    counts=counts,
                    size=Size(8, 5) if task.kind == "masks" else None,
                    values=values,
                )
            )
    # The confidences of superpixels are in no scorecard that was written: counted like masks.
    card = make_scorecard(replace(task, kind="masks"), cases, submission, kind=task.kind)
    aggregates = dict(card.aggregates)
    known = ("auc", "average_precision") if task.kind == "superpixels" else ()
    for metric in known:
        aggregates[metric] = 0.5
        aggregates |= {f"{metric}.{label}": 0.5 for label in task.labels}
    rates = {"false_positive_rates": [0.0, 0.2, 1.0], "true_positive_rates": [0.0, 0.7, 1.0]}
    return replace(
        card,
        aggregates=aggregates,
        problems=tuple(problems),
        truth_digest="ab" * 32,
        signature=f"task:{task.id}|n:{n}",
        rocs=dict.fromkeys(task.labels, rates) if known else {},
    )


def make_columns(card):
    """A column of metadata: two sites, one of each three images on the back."""
    images = sorted({case.image for case in card.cases})
    return {"site": {image: "arm" if k % 3 else "back" for k, image in enumerate(images)}}


CARDS = {
    **dict.fromkeys(LABEL_TASKS, make_table_card),
    **dict.fromkeys(("2018/2", "2016/2B", "2017/2", "2016/2"), make_pooled_card),
}


@pytest.fixture(params=sorted(CARDS))
def label_task(request):
    """Each task of labels in turn, by name."""
    return request.param


@pytest.fixture(scope="session")
def labels(pages):
    """Give the makers above to a test, as attributes."""

    class Labels:
        outline = pages.outline
        page = pages.page
        table_card = staticmethod(make_table_card)
        pooled_card = staticmethod(make_pooled_card)
        columns = staticmethod(make_columns)

        @staticmethod
        def card(name, *words, **choices):
            return CARDS[name](name, *words, **choices)

        @classmethod
        @cache
        def made_page(cls, name):
            """The page of a task, with a column of metadata, made once."""
            card = cls.card(name)
            return cls.page(card, columns=make_columns(card))

    return Labels
