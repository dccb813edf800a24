"""The table of teams: what is read from it, and what its errors say."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isiceval.errors import IsicevalError
from isiceval.sources.sidecars import match_teams, parse_time, read_teams

FULL = """file,team,approach,uses_external_data,submitted_at,institution
a.zip,Alpha,one,yes,2018-07-01 10:00,"Town, University of"
b,Beta,,no,,
"""


def read(text):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "teams.csv"
        path.write_text(text, encoding="utf-8", newline="")
        return read_teams(path)


def problem(text):
    with pytest.raises(IsicevalError) as caught:
        read(text)
    assert type(caught.value) is IsicevalError
    return str(caught.value)


def test_every_column_is_read():
    teams = read(FULL)
    assert teams.where == "teams.csv"
    assert teams.columns == ("uses_external_data", "institution")
    first, second = teams.lines
    assert (first.file, first.team, first.approach) == ("a.zip", "Alpha", "one")
    assert first.submitted_at == "2018-07-01 10:00"
    assert first.columns == {"uses_external_data": "yes", "institution": "Town, University of"}
    assert (second.file, second.team, second.approach, second.submitted_at) == ("b", "Beta", "", "")
    assert second.columns == {"uses_external_data": "no", "institution": ""}
    assert [team.line for team in teams.lines] == [2, 3]


def test_only_the_file_column_is_needed():
    teams = read("file\na\n")
    assert [team.file for team in teams.lines] == ["a"]
    assert teams.columns == ()


def test_a_table_without_lines_names_no_team():
    assert read("file,team\n").lines == ()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiter_is_told_from_the_first_line(delimiter, quoting, end):
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerows([["team", "file", "note"], ["A, B; C\tD", "a.zip", 'say "x"']])
    (team,) = read(stream.getvalue()).lines
    assert (team.team, team.file, team.columns) == ("A, B; C\tD", "a.zip", {"note": 'say "x"'})


def test_header_with_the_most_fields_wins_when_file_is_in_several():
    assert read("file;team;a,b\nx;y;z\n").columns == ("a,b",)


def test_own_columns_are_known_in_any_spelling():
    teams = read("File,TEAM,Approach,Submitted at,Uses-External-Data\na,T,p,2018-07-01,no\n")
    (team,) = teams.lines
    assert (team.file, team.team, team.approach, team.submitted_at) == ("a", "T", "p", "2018-07-01")
    assert teams.columns == ("Uses-External-Data",)


def test_blank_rows_short_rows_and_blank_excess_are_fine():
    teams = read("\n\nfile,team,note,\n\na,Alpha,,,,\n , ,\nb\n")
    assert [(t.file, t.team, t.line) for t in teams.lines] == [("a", "Alpha", 5), ("b", "", 7)]
    assert teams.columns == ("note",)
    assert teams.lines[1].columns == {"note": ""}


def test_line_numbers_count_lines_inside_quotes():
    teams = read('file,note\na,"two\nlines"\nb,\n')
    assert [team.line for team in teams.lines] == [2, 4]


def test_a_folder_may_be_written_as_a_path():
    assert [t.file for t in read("file\nmasks/\nruns\\one\\\n").lines] == ["masks", "runs/one"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("team,approach\nA,b\n", "line 1: there is no column 'file'"),
        ("team,approach\nA,b\n", "found 'team', 'approach'"),
        ("\nfile,team,Team\n", "line 2: the column 'team' is there twice"),
        ("file,note,note\n", "line 1: the column 'note' is there twice"),
        ("file,team\na,A\nb,B\na,C\n", "line 4: 'a' is already on line 2"),
        ("file,team\na,A,Inc.\n", "line 2: 3 fields, the first line names 2"),
        ("file,team\n,A\n", "line 2: the column 'file' is blank"),
        ("file,team\n/,A\n", "line 2: the column 'file' is blank"),
        ("file,,\na,x,\n", "line 2: there is a value in a column without a name"),
        ('file,team\na,"A\nb,B\n', "line 2: not readable as CSV"),
        ('file,team\na,"A"x\n', "line 2: not readable as CSV"),
        ("file,submitted_at\na,\nb,yesterday\n", "line 3: submitted_at 'yesterday' is not a time"),
        (
            "file,submitted_at\na,2018-02-30\n",
            "line 2: submitted_at '2018-02-30' is not a time",
        ),
    ],
)
def test_the_message_names_file_and_line(text, sentence):
    message = problem(text)
    assert message.startswith("teams.csv, line ")
    assert sentence in message
    assert "\n" not in message


def test_names_that_differ_only_in_how_an_accent_is_stored_are_the_same():
    assert "is already on line 2" in problem("file\ncafé\ncafe\u0301\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2018-07-27", datetime(2018, 7, 27, tzinfo=UTC)),
        ("2018-07-27 15:30", datetime(2018, 7, 27, 15, 30, tzinfo=UTC)),
        (" 2018-07-27T15:30:05 ", datetime(2018, 7, 27, 15, 30, 5, tzinfo=UTC)),
        ("2018-07-27 15:30:05.25", datetime(2018, 7, 27, 15, 30, 5, 250000, tzinfo=UTC)),
        ("2018-07-27 15:30:05,25Z", datetime(2018, 7, 27, 15, 30, 5, 250000, tzinfo=UTC)),
        ("2018-07-27t15:30z", datetime(2018, 7, 27, 15, 30, tzinfo=UTC)),
        ("2018-07-27 15:30 UTC", datetime(2018, 7, 27, 15, 30, tzinfo=UTC)),
        ("2018-07-27 17:30 +0200", datetime(2018, 7, 27, 15, 30, tzinfo=UTC)),
        ("2018-07-27T11:30-04:00", datetime(2018, 7, 27, 15, 30, tzinfo=UTC)),
        ("2018-07-27T17:30+02", datetime(2018, 7, 27, 15, 30, tzinfo=UTC)),
    ],
)
def test_times_are_read(text, expected):
    assert parse_time(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "now", "27.07.2018", "07/27/2018", "2018-7-27", "20180727", "1532705400", "2018-07-27 15",
     "2018-07-27 24:30", "2018-13-01", "2018-07-27 15:30 CEST", "2018-07-27Z", "\uff12018-07-27"],
)  # fmt: skip
def test_other_times_are_refused(text):
    with pytest.raises(ValueError, match="is not a time"):
        parse_time(text)


@given(
    st.datetimes(
        timezones=st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
    )
)
def test_what_isoformat_writes_is_read(moment):
    assert parse_time(moment.isoformat()) == moment


cell = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@given(
    st.lists(st.tuples(cell.map(str.strip), cell.map(str.strip)), max_size=6),
    st.sampled_from([",", ";", "\t"]),
)
def test_any_text_survives_a_csv_writer(cells, delimiter):
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(["file", "team", "note"])
    writer.writerows([[f"s{i}", *pair] for i, pair in enumerate(cells)])
    teams = read(stream.getvalue())
    assert [(t.file, t.team, t.columns["note"]) for t in teams.lines] == [
        (f"s{i}", *pair) for i, pair in enumerate(cells)
    ]


def match(text, submissions):
    matched, _ = match_teams(read(text), submissions)
    return {name: team.team for name, team in matched.items()}


def test_full_names_go_first_then_stems():
    text = "file,team\na,A\na.zip,B\nb.zip,C\nc.json,D\nv1.2,E\n"
    submissions = ["v1.2.ZIP", "a.zip", "a", "b", "c.json"]
    assert match(text, submissions) == {
        "v1.2.ZIP": "E", "a.zip": "B", "a": "A", "b": "C", "c.json": "D"
    }  # fmt: skip


def test_only_zip_and_json_are_stripped():
    with pytest.raises(IsicevalError, match="there is no submission 'v1'"):
        match("file\nv1\n", ["v1.2"])


def test_a_submission_that_is_not_in_the_table_is_left_out():
    assert match("file,team\na,A\n", ["b", "a"]) == {"a": "A"}


def test_accents_match_however_they_are_stored():
    assert match("file,team\ncafé,A\n", ["cafe\u0301.zip"]) == {"cafe\u0301.zip": "A"}
    assert match("file,team\ncafé,A\n", ["cafe\u0301"]) == {"cafe\u0301": "A"}


@pytest.mark.parametrize(
    ("text", "submissions", "sentence"),
    [
        ("file\nteam_one\n", ["team_two", "x"],
         r"line 2: there is no submission 'team_one'; did you mean 'team_two'\?$"),
        ("file\nzzz\n", ["a"], r"line 2: there is no submission 'zzz'$"),
        ("file\na\n", ["a.zip", "a.json"],
         r"line 2: 'a' could be 'a.zip' or 'a.json'; write the full name$"),
        ("file\na.zip\na\n", ["a.zip"],
         r"line 3: 'a' can only be 'a.zip', which line 2 already names$"),
        ("file\na\na.zip\n", ["a.json"],
         r"line 3: 'a.zip' can only be 'a.json', which line 2 already names$"),
    ],
)  # fmt: skip
def test_lines_that_fit_no_submission_are_named(text, submissions, sentence):
    with pytest.raises(IsicevalError, match="^teams.csv, " + sentence):
        match(text, submissions)


def test_a_line_whose_submission_is_gone_is_named_and_left_out():
    teams = read("file,team\nb.zip,B\nteam_gone.zip,C\na,A\n")
    matched, notes = match_teams(teams, ["a.zip", "b.zip"])
    assert {name: team.team for name, team in matched.items()} == {"a.zip": "A", "b.zip": "B"}
    assert notes == ("teams.csv, line 3: there is no submission 'team_gone.zip'; left out",)
    assert match_teams(read("file\na\n"), ["a"])[1] == ()


def test_a_line_that_may_be_a_misspelt_submission_is_still_an_error():
    text = "file\na\nteam_gone\n"
    assert match(text, ["a", "something else"]) == {"a": ""}
    with pytest.raises(IsicevalError, match=r"did you mean 'team_done\.zip'"):
        match(text, ["a", "team_done.zip"])
