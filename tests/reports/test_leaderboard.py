"""The blocks of a leaderboard: standings, what is not ranked, how certain the ranking is."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

import isiceval
from isiceval.reports.csv import write_csv
from isiceval.reports.json import write_json
from isiceval.reports.leaderboard import describe_status, find_groups
from isiceval.scorecard import Scorecard
from isiceval.statistics.ranking import METHODS

UNCERTAINTY = ("ci_low", "ci_high", "rank_low", "rank_high", "p_first", "tied_with")
TABLE = Path(__file__).parents[2] / "fixtures" / "diagnosis"


def list_method_columns(board):
    header = csv.DictReader(io.StringIO(write_csv(board))).fieldnames
    return tuple(name for name in header if "_then_" in name)


def some_problems(make):
    missing = [make.problem("missing-prediction", f"ISIC_{n:07d}") for n in range(15)]
    zipped = [make.problem("nested-zip", "")]
    black = [make.problem("all-black", "z.png", severity="warning")]
    return [*black, *missing, *zipped]


def make_usual_board(make, **fields):
    problems = tuple(some_problems(make))
    return make.board(
        make.standing(1, "a.zip", team="Lab A", approach="U-Net"),
        make.standing(2, "b", team="Lab B", approach="x", missing=2, problems=problems[:1]),
        make.standing(None, "c", status="undefined"),
        make.standing(None, "d.zip", team="Lab D", problems=problems),
        **fields,
    )


def test_a_leaderboard_at_width_100(make):
    board = make_usual_board(make, per="team", ties="earlier", superseded=3)
    assert (
        make.plain(board, width=100)
        == f"""\
Leaderboard of 2018/1 (profile today), ranked on Thresholded Jaccard
4 submissions, the best approach of each team by its latest submission (3 superseded); \
of equal scores the earlier ranks first.

                                   Thresholded
Rank  Team   Approach  Submission      Jaccard  Jaccard    Dice  Accuracy  Missing  Warnings
--------------------------------------------------------------------------------------------
   1  Lab A  U-Net     a.zip            0.6625   0.7875  0.8678    0.9475        0         0
   2  Lab B  x         b                0.4417   0.5250  0.5785    0.6317        2         1
(4 more columns in a wider terminal and in --json)

Not ranked (2)
Team   Submission  Status              Why
--------------------------------------------------------------------------------------
       c           undefined           Thresholded Jaccard is undefined in every image
Lab D  d.zip       invalid: 16 errors  missing-prediction (15), nested-zip (1)

isiceval validate 2018/1 SUBMISSION --truth TRUTH lists every problem of a submission.

Signature: {make.signature}
"""
    )


def test_a_leaderboard_of_sound_submissions_has_no_empty_columns(make):
    text = make.plain(make.board(make.standing(1, "a")))
    for heading in ("Team", "Approach", "Missing", "Warnings", "Not ranked"):
        assert heading not in text
    assert "No ranked submission lacks an image or has a warning." in text


def test_a_board_without_a_ranked_submission(make):
    text = make.plain(make.board(make.standing(None, "c", status="undefined")))
    assert "Rank" not in text.replace("ranked", "")
    assert "Not ranked (1)" in text
    assert "isiceval validate" not in text


def test_different_signatures_are_all_printed(make):
    board = make.board(
        make.standing(1, "a", signature="s:1"),
        make.standing(2, "b", signature="s:2"),
        make.standing(3, "c", signature="s:2"),
    )
    text = make.plain(board)
    assert "Signature of 1 submission: s:1\nSignature of 2 submissions: s:2\n" in text


def test_what_was_ignored_is_listed(make):
    board = make.board(make.standing(1, "a"), notes=("line 3 of teams.csv",))
    assert "\nNotes\n- line 3 of teams.csv\n" in make.plain(board)
    assert "### Notes\n\n- line 3 of teams.csv\n" in make.markdown(board)


def test_status_counts_errors_only(make):
    problems = (make.problem("e", "a"), make.problem("w", "a", severity="warning"))
    assert describe_status(make.standing(None, "x", problems=problems)) == "invalid: 1 error"
    assert describe_status(make.standing(None, "x", status="undefined")) == "undefined"
    assert describe_status(make.standing(1, "x")) == "ranked"


def test_the_other_methods_are_all_but_the_boards_own(make):
    found = list_method_columns(make.chancy_board())
    assert {*found, "mean_then_rank"} == set(METHODS)
    assert len(found) == len(METHODS) - 1


def test_the_terminal_draws_intervals_at_width_120(make):
    text = make.plain(make.chancy_board(), width=120)
    lines = text.splitlines()
    assert lines[4].split() == [
        *("Rank", "Submission", "Jaccard", "95", "%", "interval", "0.20", "1.00"),
        *("Ranks", "In", "draws", "P(first)", "Group", "Jaccard", "Dice"),
    ]
    first, second, third = lines[6:9]
    assert "[0.8000, 1.0000]" in first
    assert first.index("[-") > third.index("[-")
    assert first.split()[-6:] == ["1-2", "1-2", "0.75", "a", "0.7875", "0.8678"]
    assert second.split()[-6:-2] == ["1-3", "1-2", "0.25", "ab"]
    assert third.split()[-6:-2] == ["2-3", "3", "0", "b"]
    assert "percentile bootstrap over 4 images, 50 draws, seed 12345; the same" in text
    assert "Kendall's tau between this ranking and that of a resample: 0.90 on average" in text
    assert "submissions that share a letter do not differ significantly" in text


@pytest.mark.parametrize("width", [60, 70, 80, 100, 120, 200])
def test_the_table_fits_its_width(make, width):
    table = make.plain(make.chancy_board(), width=width).split("\n\n")[1]
    lines = [line for line in table.splitlines() if not line.startswith("(")]
    assert max(map(len, lines)) <= width
    drawn = [line for line in lines if "-o" in line]
    assert len(drawn) == (3 if width >= 120 else 0)
    assert ("[0.8000, 1.0000]" in table) == (width >= 80)


def test_without_statistics_nothing_is_said_of_them(make):
    for result in (make.board(make.standing(1, "a")), make.scorecard()):
        for text in (make.plain(result, width=120), make.markdown(result)):
            assert not any(word in text for word in ("interval", "first", "Group", "bootstrap"))


def test_many_letters_give_way_to_numbers(make):
    board = make.chancy_board(groups=tuple(("best_net", f"x{n}") for n in range(60)))
    assert find_groups(board) == ("Similar", {"best_net": "1", "middle": "2", "last": "1"})
    text = make.plain(board, width=120)
    assert "Similar: from how many others a submission does not differ significantly" in text


def test_letters_go_on_behind_z(make):
    groups = tuple((f"x{n}",) for n in range(54))
    _, letters = find_groups(make.chancy_board(groups=groups))
    assert (letters["x0"], letters["x26"], letters["x53"]) == ("a", "A", "(54)")


def test_the_csv_has_numbers_and_names(make):
    board = make.chancy_board()
    found = list(csv.DictReader(io.StringIO(write_csv(board))))
    first, *_, invalid = found
    assert [first[name] for name in UNCERTAINTY] == ["0.8", "1.0", "1", "2", "0.75", "middle"]
    assert found[1]["tied_with"] == "best_net; last"
    assert first["rank_then_mean"] == "2"
    assert first["test_then_rank"] == ""
    assert {invalid[name] for name in (*UNCERTAINTY, *list_method_columns(board))} == {""}


def test_the_rows_of_a_csv_have_the_organisers_columns(make):
    standing = make.standing(1, "a", columns={"dice": "six", "country": "AT"})
    board = make.board(standing, make.standing(None, "b"), columns=("country", "dice", "rank"))
    first, _ = csv.DictReader(io.StringIO(write_csv(board)))
    assert first["teams_dice"] == "six"
    assert float(first["dice"]) == standing.aggregates["dice"]
    assert tuple(first)[-4:] == ("country", "teams_dice", "teams_rank", "signature")


def test_an_organisers_column_of_the_same_name_is_told_apart(make):
    board = make.board(make.standing(1, "a"), columns=("ci_low", "rank_then_mean"))
    (header, *_) = write_csv(board).splitlines()
    assert header.split(",")[-3:-1] == ["teams_ci_low", "teams_rank_then_mean"]


def test_the_json_has_all(make):
    document = json.loads(write_json(make.chancy_board()))
    assert document["bootstrap"] == {
        "draws": 50,
        "seed": 12345,
        "n_units": 4,
        "level": 0.95,
        "grouped": False,
        "n_strata": 1,
        "grouped_by": "",
        "interval": "percentile",
    }
    assert document["tau"] == 0.9
    assert document["significance"]["p_values"][0] == [None, 0.2, 0.01]
    assert document["significance"]["groups"] == [["best_net", "middle"], ["middle", "last"]]
    assert document["significance"]["adjust"] == "largest difference"
    first = document["standings"][0]
    assert first["intervals"] == {"threshold_jaccard": [0.8, 1.0]}
    assert (first["rank_low"], first["rank_high"], first["p_first"]) == (1, 2, 0.75)
    assert first["tied_with"] == ["middle"]
    assert first["ranks"] == {"mean_then_rank": 1, "rank_then_mean": 2}


def test_the_scorecard_is_read_back_with_its_intervals(make, tmp_path):
    card = make.chancy_scorecard()
    path = tmp_path / "card.json"
    path.write_text(write_json(card))
    assert Scorecard.load(path) == card
    document = json.loads(path.read_text())
    del document["intervals"], document["bootstrap"]
    path.write_text(json.dumps(document))
    assert Scorecard.load(path) == make.scorecard()


def test_markdown_has_the_columns_and_says_what_they_mean(make):
    text = make.markdown(make.chancy_board())
    assert (
        "| Thresholded Jaccard | 95 % interval | Ranks | In draws | P(first) | Group | Jaccard |"
        in text
    )
    assert "| 0.9000 | [0.8000, 1.0000] | 1-2 | 1-2 | 0.75 | a |" in text
    assert " Group: submissions that share a letter" in text
    assert "| broken | invalid: 1 error | empty-file (1) |" in text


@pytest.fixture(scope="module")
def board():
    names = ("deep-ensemble", "single-network")
    submissions = {name: TABLE / "submissions" / f"{name}.csv" for name in names}
    truth = TABLE / "truth.csv"
    return isiceval.rank("2018/3", truth=truth, submissions=submissions, bootstrap=60)


def test_the_other_methods_are_the_other_metrics(board):
    methods = list_method_columns(board)
    assert methods[:2] == ("auc_then_rank", "auc_above_sensitivity_then_rank")
    assert methods[-2:] == ("test_then_rank", "test_then_rank_holm")
    assert "balanced_accuracy_then_rank" not in methods
    assert not any("." in name for name in methods)
    (first, second) = csv.DictReader(io.StringIO(write_csv(board)))
    assert (first["auc_then_rank"], second["auc_then_rank"]) == ("1", "2")
    assert "rank_then_mean" not in first
    assert float(first["ci_low"]) < float(first["balanced_accuracy"]) < float(first["ci_high"])
    off = replace(board, standings=tuple(replace(s, ranks={}) for s in board.standings))
    header = csv.DictReader(io.StringIO(write_csv(off))).fieldnames
    assert header == list(first), "the columns are the same without statistics"


def test_every_report_of_a_board_names_the_test(make, board):
    said = "against each claim; adjusted for all pairs (largest difference), 5 %."
    assert said in make.plain(board, width=120)
    assert said in make.markdown(board)
    assert said in make.latex(board)
    document = json.loads(write_json(board))
    assert document["significance"]["test"].startswith("difference of the scores")
    assert document["significance"]["detectable"] > 0
    assert document["note"] == ""
    assert document["standings"][0]["ranks"]["npv_then_rank"] == 1


def test_latex_has_the_metrics_of_the_task(make, board):
    text = make.latex(board)
    assert "& AUC & AUC beyond 80\\% sensitivity & Average precision &" in text
    assert "Jaccard" not in text
    assert "& -" not in text


def test_a_note_says_why_there_are_no_statistics(make, board):
    bare = replace(board, bootstrap=None, significance=None, tau=None, note="No intervals: why.")
    assert "- No intervals: why." in make.plain(bare)
    assert "- No intervals: why." in make.markdown(bare)
    assert "% No intervals: why." in make.latex(bare)
    assert json.loads(write_json(bare))["note"] == "No intervals: why."
