"""Tables in memory are read as their CSV would be."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isiceval.errors import UsageError
from isiceval.readers.csv.sheet import write_frame
from isiceval.readers.csv.table import read_table
from isiceval.tasks.task import CsvFormat

TWO = CsvFormat(columns=("MEL", "NV"), synonyms={"image_name": "image"}, warn_official=True)
ONE = CsvFormat(columns=("malignant",))
BARE = CsvFormat(columns=("malignant",), header="none")
A, B = "ISIC_0000001", "ISIC_0000002"
VALUES = [[0.1, 1 / 3], [0.7, 0.25]]


def read(source, layout=TWO):
    data = write_frame(source, layout=layout)
    return read_table(data, layout=layout, name="memory", expected=(A, B))


@pytest.mark.parametrize(
    "source",
    [
        pd.DataFrame({"image": [A, B], "MEL": [0.1, 0.7], "NV": [1 / 3, 0.25]}),
        pd.DataFrame({"NV": [1 / 3, 0.25], "image_name": [A, B], "MEL": [0.1, 0.7]}),
        pd.DataFrame(VALUES, index=[A, B], columns=["MEL", "NV"]),
        pd.DataFrame(VALUES, index=pd.Index([A, B], name="image"), columns=["MEL", "NV"]),
        {"image": [A, B], "MEL": [0.1, 0.7], "NV": (1 / 3, 0.25)},
        {"image_name": [A, B], "MEL": np.array([0.1, 0.7]), "NV": np.array([1 / 3, 0.25])},
        {A: VALUES[0], B: np.array(VALUES[1])},
        {B: {"NV": 0.25, "MEL": 0.7}, A: {"MEL": 0.1, "NV": 1 / 3}},
    ],
)
def test_data_frames_and_mappings_lose_no_digit(source):
    table, problems = read(source)
    assert problems == ()
    assert table.values.tolist() == VALUES


@pytest.mark.parametrize("layout", [ONE, BARE])
@pytest.mark.parametrize(
    "source",
    [
        {A: 0.5, B: np.float64(0.25)},
        {A: [0.5], B: np.array([0.25])},
        {A: np.array(0.5), B: np.float32(0.25)},
        pd.DataFrame({"image": [A, B], "malignant": [0.5, 0.25]}),
    ],
)
def test_one_class_needs_no_list(source, layout):
    table, problems = read(source, layout)
    assert problems == ()
    assert table.values.tolist() == [[0.5], [0.25]]


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=2))
def test_every_float_comes_back(values):
    table, _ = read(dict(zip((A, B), values, strict=True)), ONE)
    assert table.values[:, 0].tolist() == values


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ({A: 0.5, B: float("nan")}, "nan-value"),
        ({A: 0.5, B: None}, "empty-cell"),
        ({A: 0.5, B: "high"}, "not-a-number"),
        ({A: 0.5}, "missing-id"),
        ({A: {}, B: 0.5}, "empty-cell"),
        ({A: [0.5, 0.1], B: [0.5]}, "long-row"),
        (pd.DataFrame({"image": [A, B], "malignant": [0.5, np.nan]}), "nan-value"),
        (pd.DataFrame({"malignant": [0.5, 0.25]}), "missing-id"),
    ],
)
def test_problems_are_those_of_a_file(source, code):
    assert code in {problem.code for problem in read(source, ONE)[1]}


def test_booleans_and_integers_are_hard_labels():
    _, problems = read({A: [True, False], B: [0, 1]})
    assert {problem.code for problem in problems} == {"integer-column", "hard-labels"}


@pytest.mark.parametrize(
    ("source", "layout", "words"),
    [
        ([A, B], TWO, "not list"),
        ({"image": [A, B], "MEL": [0.1], "NV": [0.2]}, TWO, "same length"),
        ({"image": [A, B], "MEL": 0.1, "NV": 0.2}, TWO, "same length"),
        ({A: {"SCC": 0.5}}, TWO, "'SCC'"),
        ({A: 0.5}, TWO, "one confidence each for MEL, NV"),
        ({A: "0.5"}, TWO, "one confidence each for MEL, NV"),
    ],
)
def test_what_is_no_table_is_refused(source, layout, words):
    with pytest.raises(UsageError) as caught:
        write_frame(source, layout=layout)
    assert words in str(caught.value)
