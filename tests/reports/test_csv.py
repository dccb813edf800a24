import csv
import io
import math

import pytest

from isiceval.metrics.registry import AGGREGATES
from isiceval.reports.csv import write_csv
from isiceval.scorecard import CSV_COLUMNS, Scorecard


def read(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_scorecard_is_read_back_from_its_csv_digit_by_digit(make, tmp_path):
    card = make.scorecard(missing=1, task="2017/1", signature=make.signature)
    path = tmp_path / "model.csv"
    path.write_text(write_csv(card), encoding="utf-8", newline="")
    loaded = Scorecard.load(path)
    assert dict(loaded.aggregates) == dict(card.aggregates)
    assert dict(loaded.as_submitted) == dict(card.as_submitted)
    assert [(c.image, c.status, c.counts, c.size) for c in loaded.cases] == [
        (c.image, c.status, c.counts, c.size) for c in card.cases
    ]


def test_the_scorecard_has_its_columns_and_plain_line_ends(make):
    text = write_csv(make.scorecard())
    assert text.splitlines()[0] == ",".join(CSV_COLUMNS)
    assert text.endswith("\n")
    assert "\r" not in text
    assert text.splitlines()[1].startswith("ISIC_0000000,scored,30,10,0,60,10,10,0.75,0.75,")


def test_undefined_values_and_unknown_counts_are_empty(make):
    rows = read(write_csv(make.scorecard(missing=1, task="2017/1")))
    assert rows[2]["jaccard"] == ""
    assert rows[4]["tp"] == ""
    assert rows[4]["jaccard"] == "0.0"


def test_the_leaderboard_has_its_columns_in_order(make):
    board = make.board(make.standing(1, "a"), columns=("country",))
    header = write_csv(board).splitlines()[0].split(",")
    others = [name for name in AGGREGATES if name != "threshold_jaccard"]
    assert header == [
        *("rank", "team", "approach", "submission", "threshold_jaccard", *others),
        *("ci_low", "ci_high", "rank_low_sure", "rank_high_sure", "rank_low", "rank_high"),
        *("p_first", "tied_with", "median_then_rank", "rank_then_mean", "rank_then_median"),
        *("test_then_rank", "test_then_rank_holm"),
        *("n_cases", "n_missing", "warnings", "status", "submitted_at"),
        *("unverified", "submission_digest", "country", "signature"),
    ]


def test_the_leaderboard_keeps_full_values_and_empties(make):
    problems = tuple(make.problem("e", str(n)) for n in range(3))
    standing = make.standing(1, "a")
    board = make.board(standing, make.standing(None, "b", problems=problems))
    first, second = read(write_csv(board))
    for name in AGGREGATES:
        assert float(first[name]) == standing.aggregates[name]
        assert second[name] == ""
    assert (first["rank"], first["status"]) == ("1", "ranked")
    assert (second["rank"], second["status"]) == ("", "invalid: 3 errors")


def test_numbers_are_left_alone_and_text_is_guarded(make):
    values = dict.fromkeys(AGGREGATES, -0.5) | {"dice": math.nan}
    standing = make.standing(
        1,
        "-1.zip",
        team="=cmd|' /C calc'!A0",
        approach="\uff1d1",
        aggregates=values,
        columns={"country": "@x", "=head": "+1"},
    )
    board = make.board(standing, columns=("country", "=head"))
    (row,) = read(write_csv(board))
    assert row["threshold_jaccard"] == "-0.5"
    assert row["dice"] == ""
    assert row["submission"] == "'-1.zip"
    assert row["team"] == "'=cmd|' /C calc'!A0"
    assert row["approach"] == "'\uff1d1"
    assert row["country"] == "'@x"
    assert row["'=head"] == "'+1"


@pytest.mark.parametrize("name", ["a,b", 'say "hi"', "line\nbreak", "\x1b[31mred", "\udc80"])
def test_a_hostile_name_stays_in_its_cell(make, name):
    text = write_csv(make.board(make.standing(1, name)))
    assert len(text.splitlines()) == 2
    assert "\x1b" not in text
    assert text.encode("utf-8")
    (row,) = read(text)
    assert row["rank"] == "1"
