"""Which column is which, and which row is for which id."""

import pytest

from isiceval.checks.evidence import MAX_COMPARED, ProblemCollector
from isiceval.readers.csv import header
from isiceval.readers.csv.header import clean_id, find_columns, is_data_row
from isiceval.tasks.task import CsvFormat

TWO = CsvFormat(columns=("MEL", "NV"))
BARE = CsvFormat(columns=("MEL", "NV"), header="none", strict=False)
OPTIONAL = CsvFormat(columns=("MEL", "NV"), header="optional", strict=False)
DATA = ["ISIC_0000001", "0.5", "0.5"]


@pytest.mark.parametrize(
    ("layout", "first", "places", "begin", "code"),
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
def test_columns_are_found_by_name_or_else_by_position(layout, first, places, begin, code):
    problems = ProblemCollector("s.csv")
    found, _, n_before = find_columns([first, DATA], 1, layout, problems)
    assert (dict(found), n_before) == (places, begin)
    assert [problem.code for problem in problems.list_problems()] == ([code] if code else [])


def test_a_row_of_data_begins_with_an_id_or_has_a_number_behind():
    assert is_data_row(DATA, TWO)
    assert is_data_row(["other", "0.5"], TWO)
    assert not is_data_row(["image", "MEL"], TWO)


@pytest.mark.parametrize("written", [" ISIC_0000001 ", "'ISIC_0000001'", "ISIC_0000001.jpg"])
def test_an_id_is_cleaned_before_it_is_compared(written):
    assert clean_id(written) == "isic_0000001"


def test_a_long_number_is_told_in_one_pass():
    # Two repeats side by side took hours for this one.
    assert not is_data_row(["a", "1" * 1_000_000 + "x"], TWO)
    assert is_data_row(["a", "1" * 1_000_000 + ".5e7 "], TWO)


@pytest.mark.parametrize("name", ["", "MELA"])
def test_a_few_of_very_many_unknown_columns_are_compared(name, monkeypatch):
    compared = []

    def match(word, names, **_):
        compared.append((word, list(names)))
        return []

    monkeypatch.setattr(header, "get_close_matches", match)
    find_columns([["image", "NV", *[name] * 50_000]], 1, TWO, ProblemCollector("s.csv"))
    assert len(compared) <= MAX_COMPARED + 2
    assert max(len(names) for _, names in compared) <= MAX_COMPARED


@pytest.mark.parametrize("pattern", [r"\w+", "[a-z]+|ISIC_[0-9]{7}", ".*"])
def test_a_header_is_one_even_where_ids_could_be_called_like_it(pattern):
    layout = CsvFormat(columns=("MEL", "NV"), id_pattern=pattern, synonyms={"case": "image"})
    for first in (["image", "MEL", "NV"], ["NV", "MEL", "case"]):
        problems = ProblemCollector("s.csv")
        _, _, n_before = find_columns([first, DATA], 1, layout, problems)
        assert (n_before, problems.list_problems()) == (1, ())
    assert is_data_row(["x", "0.5"], layout)


def test_a_very_long_cell_is_no_id():
    layout = CsvFormat(columns=("MEL",), id_pattern="a*a*a*b")
    assert not is_data_row(["a" * 100_000, "x"], layout)
