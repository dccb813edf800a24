"""Which column is which, and which row is for which id."""

import pytest

from isiceval.checks.evidence import ProblemCollector
from isiceval.readers.csv.header import clean_id, find_columns, is_data_row
from isiceval.tasks.task import CsvFormat

TWO = CsvFormat(columns=("MEL", "NV"))
BARE = CsvFormat(columns=("MEL", "NV"), header="none", strict=False)
OPTIONAL = CsvFormat(columns=("MEL", "NV"), header="optional", strict=False)
DATA = ["ISIC_0000001", "0.5", "0.5"]


@pytest.mark.parametrize(
    ("layout", "header", "places", "begin", "code"),
    [
        (TWO, ["image", "MEL", "NV"], {"image": 0, "MEL": 1, "NV": 2}, 1, None),
        (TWO, ["NV", "image", "MEL"], {"image": 1, "MEL": 2, "NV": 0}, 1, None),
        (TWO, ["image", "MEL", "mel", "NV"], {"image": 0, "MEL": 1, "NV": 3}, 1, "extra-column"),
        (TWO, ["image", "MEL"], {"image": 0, "MEL": 1}, 1, "missing-column"),
        (BARE, ["image", "MEL", "NV"], {"image": 0, "MEL": 1, "NV": 2}, 1, "unexpected-header"),
        (OPTIONAL, ["image", "NV", "MEL"], {"image": 0, "MEL": 2, "NV": 1}, 1, "column-order"),
        (OPTIONAL, DATA, {"image": 0, "MEL": 1, "NV": 2}, 0, None),
        (TWO, DATA, {"image": 0, "MEL": 1, "NV": 2}, 0, "missing-header"),
    ],
)
def test_columns_are_found_by_name_or_else_by_position(layout, header, places, begin, code):
    problems = ProblemCollector("s.csv")
    found, _, first = find_columns([header, DATA], 1, layout, problems)
    assert (dict(found), first) == (places, begin)
    assert [problem.code for problem in problems.list_problems()] == ([code] if code else [])


def test_a_row_of_data_begins_with_an_id_or_has_a_number_behind():
    assert is_data_row(DATA, TWO)
    assert is_data_row(["other", "0.5"], TWO)
    assert not is_data_row(["image", "MEL"], TWO)


@pytest.mark.parametrize("written", [" ISIC_0000001 ", "'ISIC_0000001'", "ISIC_0000001.jpg"])
def test_an_id_is_cleaned_before_it_is_compared(written):
    assert clean_id(written) == "isic_0000001"
