"""The report of a table as a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from isiceval.label_insight import Confusion, LabelInsight, Mistake, TableInsight
from isiceval.metrics.aggregates import has_classes_in_cells
from isiceval.model import Counts
from isiceval.reports.html import label_figures
from isiceval.reports.html.charts import write_data_uri
from isiceval.reports.html.label_words import describe, say_limit, shade
from isiceval.reports.html.page import render
from isiceval.scorecard import Scorecard
from isiceval.tasks.task import Task

N_PICTURES = 24
MOST_ROWS = 10_000
YES_NO = ("yes", "no")


def write_table(scorecard: Scorecard, *, task: Task, insight: TableInsight) -> str:
    """Write the report of a table: one file of HTML that needs nothing beside it.

    A table of more than ten thousand cases is not shown whole, but by its mistakes.
    """
    hard = task.table is not None and bool(task.table.labels)
    drawn = [] if hard else list(insight.labels)
    return render(
        "table.html.j2",
        **describe(scorecard, task),
        insight=insight,
        hard=hard,
        drawn=drawn,
        one_class=task.table is not None and task.table.one_class,
        strokes=[label_figures.choose_stroke(place) for place in range(len(drawn))],
        roc=label_figures.draw_rocs(drawn) if drawn else "",
        precision=(
            label_figures.draw_precision_recall(drawn, joined=task.average_precision != "step")
            if drawn
            else ""
        ),
        spreads=label_figures.draw_each(
            label_figures.draw_confidences,
            drawn,
            name="spread",
            limit=task.confidence_threshold,
        ),
        calibrations=_draw_calibrations(insight),
        matrices=_list_matrices(insight),
        limit=say_limit(task),
        pictures=[_Picture(m, _write_photo(m)) for m in insight.mistakes[:N_PICTURES]],
        whole=len(scorecard.cases) <= MOST_ROWS,
        columns=() if has_classes_in_cells(task) else task.labels,
        example=("1", "2") if has_classes_in_cells(task) else (task.labels[0], task.labels[-1]),
        n_bare=sum(c.diagnosis is not None and not c.diagnosis.weight for c in scorecard.cases),
    )


class _Picture(NamedTuple):
    mistake: Mistake
    source: str


def _write_photo(mistake: Mistake) -> str:
    if mistake.thumbnail is None:
        return ""
    return write_data_uri("image/webp", mistake.thumbnail.content)


class _Drawn(NamedTuple):
    """A reliability diagram: whose it is, the figure, and the numbers behind it."""

    name: str
    figure: object
    calibration: object


def _draw_calibrations(insight: TableInsight) -> list[_Drawn]:
    known = [(label.label, label.calibration) for label in insight.labels]
    if insight.chosen is not None:
        known = [("the chosen class", insight.chosen)]
    return [
        _Drawn(
            name,
            label_figures.draw_calibration(calibration, name=f"calibration{n}", what=name),
            calibration,
        )
        for n, (name, calibration) in enumerate(known)
        if calibration is not None and calibration.n
    ]


class _Cell(NamedTuple):
    n: int
    share: float
    shade: str


class _Matrix(NamedTuple):
    """A confusion matrix ready to be written: each row with its total and cells."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, int, list[_Cell]]]


def _list_matrices(insight: TableInsight) -> list[_Matrix]:
    if insight.confusion is not None:
        return [_lay_matrix("", insight.confusion)]
    return [_lay_label(label) for label in insight.labels if label.counts is not None]


def _lay_label(label: LabelInsight) -> _Matrix:
    counts = label.counts or Counts(tp=0, fp=0, fn=0, tn=0)
    cells = ((counts.tp, counts.fn), (counts.fp, counts.tn))
    return _lay_matrix(label.label, Confusion(rows=YES_NO, columns=YES_NO, counts=cells))


def _lay_matrix(title: str, confusion: Confusion) -> _Matrix:
    rows = []
    for name, counts in zip(confusion.rows, confusion.counts, strict=True):
        total = sum(counts)
        rows.append((name, total, _lay_cells(name, counts, confusion.columns)))
    return _Matrix(title, confusion.columns, rows)


def _lay_cells(row: str, counts: Sequence[int], columns: Sequence[str]) -> list[_Cell]:
    total = sum(counts)
    shares = [n / total if total else float("nan") for n in counts]
    return [
        _Cell(n, share, shade(share, right=row == column))
        for n, share, column in zip(counts, shares, columns, strict=True)
    ]
