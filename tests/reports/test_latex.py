"""LaTeX tables: what they say, and that no name breaks out of its cell."""

from dataclasses import replace

import pytest

from isiceval.reports import latex
from isiceval.reports.escape import escape_latex


def body(text):
    lines = text.split("\n")
    return lines[lines.index(r"\midrule") + 1 : lines.index(r"\bottomrule")]


def test_a_scorecard_with_intervals(make):
    text = latex.write_scorecard(make.chancy_scorecard())
    assert "% Intervals: 95 %, percentile bootstrap over 4 images, 50 draws, seed 12345.\n" in text
    assert "\\begin{tabular}{lcc}\n\\toprule\n" in text
    assert "Metric & Value & 95\\,\\% interval \\\\\n" in text
    first = body(text)[0]
    assert first.startswith("Thresholded Jaccard (ranking) & 0.6625 & {[")
    assert first.endswith("]} \\\\")
    assert text.endswith("\\end{tabular}\n")


def test_a_scorecard_without_intervals(make):
    text = latex.write_scorecard(make.scorecard())
    assert "\\begin{tabular}{lc}\n" in text
    assert body(text)[0] == "Thresholded Jaccard (ranking) & 0.6625 \\\\"


def test_a_leaderboard_has_letters_intervals_and_notes(make):
    text = latex.write_leaderboard(make.chancy_board())
    assert "% Leaderboard of 2018/1 (profile today).\n" in text
    assert "% Alike: submissions that share a letter cannot be told apart" in text
    assert "% broken: invalid: 1 error\n" in text
    rows = body(text)
    assert len(rows) == 3
    assert rows[0].startswith(
        "1 & best\\_net & 0.9000\\textsuperscript{a} & {[0.8000, 1.0000]} & 1--2 & 0.75 & "
    )
    assert "0.5000\\textsuperscript{ab}" in rows[1]
    assert "0.4000\\textsuperscript{b}" in rows[2]
    assert "& 3 & 0 &" in rows[2]


def test_a_leaderboard_without_statistics(make):
    text = latex.write_leaderboard(make.board(make.standing(1, "a", team="T", approach="U")))
    assert "Rank & Team & Approach & Thresholded Jaccard & Jaccard & Dice" in text
    assert body(text)[0].startswith("1 & T & U & 0.6625 & ")
    assert "textsuperscript" not in text


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a_b & 50%", r"a\_b \& 50\%"),
        (r"\input{x}", r"\textbackslash{}input\{x\}"),
        ("$x^2~#1", r"\$x\textasciicircum{}2\textasciitilde{}\#1"),
        ("a--b", r"a-{}-b"),
        ("x\ny", r"x\textbackslash{}ny"),
    ],
)
def test_names_are_set_as_they_are(make, name, written):
    assert escape_latex(name) == written
    text = latex.write_leaderboard(make.board(make.standing(1, name)))
    assert body(text)[0].startswith(f"1 & {written} & ")


def test_a_hostile_name_stays_on_its_line(make):
    plain = latex.write_leaderboard(make.board(make.standing(1, "a")))
    text = latex.write_leaderboard(make.board(make.standing(1, make.hostile)))
    assert len(text.splitlines()) == len(plain.splitlines())
    assert "\x1b" not in text
    note = latex.write_scorecard(make.scorecard(submission="a\n\\end{x}"))
    assert "\n\\end{x}" not in note


@pytest.mark.parametrize("teams", [("Team A", "Team A", "Team B"), ("Team A", "", "Team B")])
def test_rows_that_teams_do_not_tell_apart_name_their_submission(make, teams):
    board = make.chancy_board()
    standings = [
        replace(standing, team=team, approach="")
        for standing, team in zip(board.standings, (*teams, "Team C"), strict=False)
    ]
    text = latex.write_leaderboard(replace(board, standings=tuple(standings)))
    assert "Rank & Team & Submission &" in text
    assert body(text)[0].startswith(f"1 & {teams[0]} & best\\_net & ")
