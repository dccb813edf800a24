"""Would the official scorer take the file? Reading must say so before it is uploaded."""

import io
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isic_challenge_scoring.load_csv import parse_csv, sort_rows, validate_rows
from isic_challenge_scoring.types import ScoreError

from isiceval.checks.rules import list_errors
from isiceval.readers.csv.table import read_table
from isiceval.tasks.task import CsvFormat

pytestmark = pytest.mark.skipif(
    int(version("isic-challenge-scoring").split(".")[1]) < 8,
    reason="before 5.8, all there is for this Python, the official tables break on pandas 3",
)
CLASSES = ("MEL", "NV", "BCC")
LAYOUT = CsvFormat(columns=CLASSES, synonyms={"lesion_id": "image"}, warn_official=True)
IDS = tuple(f"ISIC_{n:07d}" for n in range(4))
# Warnings that the upload would be refused, though the file can be read.
REFUSED_OFFICIALLY = {"integer-column", "few-newlines", "clipped-value", "unofficial-name"}
ROWS = [f"{image},0.{n}5,0.5,0.25" for n, image in enumerate(IDS)]


def build(rows=ROWS, header="image,MEL,NV,BCC", end="\n"):
    return end.join([header, *rows]) + end


def ask_official(text):
    """Return the table as the official scorer reads it, or None where it refuses."""
    truth = pd.DataFrame(1.0, columns=pd.Index(CLASSES), index=IDS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas has much to say about the official code
        try:
            table = parse_csv(io.StringIO(text), truth.columns)
            validate_rows(truth, table)
        except ScoreError:
            return None
        sort_rows(table)
    return table


def read(text):
    table, problems = read_table(text.encode(), layout=LAYOUT, name="s.csv", expected=IDS)
    refused = bool(list_errors(problems)) or bool(
        REFUSED_OFFICIALLY & {problem.code for problem in problems}
    )
    return table, refused, {problem.code for problem in problems}


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        (build(), True),
        (build(ROWS[::-1]), True),
        (build(header="lesion_id,MEL,NV,BCC"), True),
        (build([row.replace(",", ".jpg,", 1) for row in ROWS]), True),
        (build([row.replace(",", ".JPG,", 1) for row in ROWS]), True),
        (build([row.replace(",", ".png,", 1) for row in ROWS]), False),
        (build([row.replace(",", " ,", 1) for row in ROWS]), False),
        (build([row.lower() for row in ROWS]), False),
        (build(ROWS[:3]), False),
        (build([*ROWS, "ISIC_0000009,0.1,0.2,0.3"]), False),
        (build([*ROWS, ROWS[0]]), False),
        (build(header="Image,MEL,NV,BCC"), False),
        (build(header="image,MEL,NV"), False),
        (build(header="image, MEL,NV,BCC"), False),
        (build(header="image,MEL,NV,NV"), False),
        (build([f"{row},1" for row in ROWS], header="image,MEL,NV,BCC,SCC"), False),
        (build([row.replace("0.5", "1") for row in ROWS]), False),
        (build([*ROWS[:3], ROWS[3].replace("0.5", "1")]), True),
        (build([*ROWS[:3], ROWS[3].replace("0.5", "")]), False),
        (build([*ROWS[:3], ROWS[3].replace("0.5", "nan")]), False),
        (build([*ROWS[:3], ROWS[3].replace("0.5", "inf")]), False),
        (build([*ROWS[:3], ROWS[3].replace("0.5", "1.5")]), False),
        (build([*ROWS[:3], ROWS[3].replace("0.5", "1.0000000001")]), False),
        (build([*ROWS[:3], ROWS[3].replace("0.5", "-0.1")]), False),
        (build([*ROWS[:3], ROWS[3].replace("0.5", "high")]), False),
        (build([*ROWS[:3], ROWS[3].rpartition(",")[0]]), False),
        (build().replace(",", ";"), False),
        (build().replace(",", "\t"), False),
        ("[]\n\n\n", False),
        ("", False),
    ],
)
def test_the_official_scorer_accepts_and_refuses_the_same(text, accepted):
    assert (ask_official(text) is not None) == accepted
    _, refused, _ = read(text)
    assert refused == (not accepted)


def test_rows_with_a_field_too_many_are_refused_here_alone():
    text = build([f"{row},0.7" for row in ROWS])
    assert ask_official(text) is not None
    assert "long-row" in read(text)[2]


@settings(deadline=None)
@given(
    cells=st.lists(
        st.lists(
            st.floats(0, 1).map(repr) | st.sampled_from(["1", "0", "", "nan", "2.0", "-0.5", "x"]),
            min_size=3,
            max_size=3,
        ),
        min_size=4,
        max_size=4,
    ),
    rows=st.permutations(range(4)),
    columns=st.permutations(range(3)),
)
def test_random_tables_get_the_same_verdict_and_values(cells, rows, columns):
    header = "image," + ",".join(CLASSES[place] for place in columns)
    body = [f"{IDS[row]}," + ",".join(cells[row][place] for place in columns) for row in rows]
    text = build(body, header=header)
    official = ask_official(text)
    table, refused, _ = read(text)
    assert refused == (official is None)
    if official is not None:
        assert table.values == pytest.approx(official.to_numpy(), rel=1e-15, abs=0)
        assert np.array_equal(table.values, [[float(c) for c in row] for row in cells])
