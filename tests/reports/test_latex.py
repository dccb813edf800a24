"""LaTeX tables: what they say, and that no name breaks out of its cell."""

import pytest

from isiceval.reports.escape import escape_latex


def body(text):
    lines = text.split("\n")
    return lines[lines.index(r"\midrule") + 1 : lines.index(r"\bottomrule")]


def test_a_scorecard_with_intervals(make):
    text = make.latex(make.chancy_scorecard())
    assert (
        "% Intervals: 95 %, Bayesian bootstrap with a pseudo-case over 4 images, 50 draws, seed"
        in text
    )
    assert "\\begin{tabular}{lrrl}\n\\toprule\n" in text
    assert "Metric & Value & 95 \\% interval & Note \\\\\n" in text
    first = body(text)[0]
    assert first == (
        "Thresholded Jaccard (ranking) & 0.6625 & - & 1 of 4 undefined, counted as 1 \\\\"
    ), "four images have no interval"
    assert body(make.latex(make.chancy_scorecard(missing=1)))[0].count("{[") == 1
    assert text.endswith("\\end{tabular}\n")


def test_a_scorecard_without_intervals(make):
    text = make.latex(make.scorecard())
    assert "\\begin{tabular}{lrl}\n" in text
    assert (
        body(text)[0]
        == "Thresholded Jaccard (ranking) & 0.6625 & 1 of 4 undefined, counted as 1 \\\\"
    )


def test_a_leaderboard_has_letters_intervals_and_notes(make):
    text = make.latex(make.chancy_board())
    assert "% Leaderboard of 2018/1 (profile today), ranked on Thresholded Jaccard\n" in text
    assert "Group: submissions that share a letter do not differ significantly" in text
    assert "% broken | invalid: 1 error | empty-file (1)\n" in text
    rows = body(text)
    assert len(rows) == 3
    assert rows[0].startswith(
        "1 & best\\_net & 0.9000 & {[0.8000, 1.0000]} & 1--2 & 1--2 & 0.75 & a & "
    )
    assert "& 0.25 & ab &" in rows[1]
    assert "& 2--3 & 3 & 0 & b &" in rows[2]


def test_a_leaderboard_without_statistics(make):
    text = make.latex(make.board(make.standing(1, "a", team="T", approach="U")))
    assert "Rank & Team & Approach & Submission & Thresholded Jaccard & Jaccard & Dice" in text
    assert body(text)[0].startswith("1 & T & U & a & 0.6625 & ")


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
    text = make.latex(make.board(make.standing(1, name)))
    assert body(text)[0].startswith(f"1 & {written} & ")


def test_a_hostile_name_stays_on_its_line(make):
    plain = make.latex(make.board(make.standing(1, "a")))
    text = make.latex(make.board(make.standing(1, make.hostile)))
    assert len(text.splitlines()) == len(plain.splitlines())
    assert "\x1b" not in text
    note = make.latex(make.scorecard(submission="a\n\\end{x}"))
    assert "\n\\end{x}" not in note


def test_a_name_that_begins_with_a_bracket_is_no_option_of_the_line_before(make):
    text = make.latex(make.board(make.standing(1, "[x]")))
    assert body(text)[0].startswith("1 & {[x]} & ")


def test_a_board_without_standings_is_comments_alone(make):
    assert all(line.startswith("%") for line in make.latex(make.board()).splitlines())
