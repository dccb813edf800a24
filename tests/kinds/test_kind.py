"""What was measured, as columns: views, parts, rows there and back."""

import math
from dataclasses import replace

import pytest

from isiceval.kinds.kind import UNKNOWN, Words, list_columns, read_rows
from isiceval.model import Case, Counts, Diagnosis, Size
from isiceval.tasks.task import Task
from tests.builders import from_cases, from_diagnoses, measure, miss

TASK = Task(id="t", title="t")
CASES = (
    measure(TASK, "b", Counts(tp=1, fp=1, fn=1, tn=6), Size(3, 3)),
    measure(TASK, "a", Counts(tp=0, fp=0, fn=0, tn=9), Size(9, 1)),
    miss("c", Size(4, 2)),
)
LABELS = ("MEL", "NV")
ROWS = (
    Case(
        image="a",
        status="scored",
        diagnosis=Diagnosis(truth="MEL", chosen="NV", correct=False, confidences=(0.1, 0.9)),
    ),
    Case(
        image="b",
        status="scored",
        diagnosis=Diagnosis(
            truth="none",
            chosen="tie",
            correct=False,
            confidences=(0.5, 0.5),
            weight=0.0,
            validation_weight=1.0,
            patient="p",
        ),
    ),
)


@pytest.fixture(params=["counts", "confidences"])
def pair(request):
    """The cases of masks or of a table, and their columns."""
    if request.param == "counts":
        return CASES, from_cases(CASES)
    return ROWS, from_diagnoses(ROWS, labels=LABELS)


def test_cases_are_views_of_the_columns(pair):
    cases, measured = pair
    assert len(measured) == len(cases)
    assert measured.cases == cases


def test_some_rows_are_taken_in_the_order_asked_for(pair):
    cases, measured = pair
    assert measured.take([1, 0]).cases == (cases[1], cases[0])
    assert measured.take([]).cases == ()


def test_columns_are_equal_where_their_values_are(pair):
    _, measured = pair
    assert measured == replace(measured)
    assert measured != measured.take([1, 0])
    assert measured != "columns"


def test_rows_are_read_back(pair):
    _, measured = pair
    kind, labels = ("table", LABELS) if measured.labels else ("mask", ())
    rows = list(measured.iter_rows())
    assert (*rows[0], "signature") == list_columns(kind, labels)
    assert read_rows(rows, kind, labels) == measured


def test_what_tells_of_the_truth_is_left_out(pair):
    cases, measured = pair
    public = measured.redact(values=False)
    assert [case.image for case in public.cases] == [case.image for case in cases]
    assert all(case.counts is None for case in public.cases)
    assert all(math.isnan(value) for case in public.cases for value in case.values.values())
    assert all(not case.diagnosis.truth for case in public.cases if case.diagnosis)
    assert read_rows(list(public.iter_rows()), "table", LABELS) == public if cases is ROWS else True


def test_values_of_single_images_may_stay():
    public = from_cases(CASES).redact(values=True)
    assert [case.values for case in public.cases] == [case.values for case in CASES]
    assert (public.counts == UNKNOWN).all()


def test_words_store_each_text_once():
    words = Words.encode(["x", "y", "x"])
    assert (words.names, words.codes.tolist(), words.decode()) == (
        ("x", "y"),
        [0, 1, 0],
        ["x", "y", "x"],
    )
    table = from_diagnoses(ROWS, labels=LABELS)
    turned = Words(1 - table.truth.codes, table.truth.names[::-1])
    assert replace(table, truth=turned) == table
