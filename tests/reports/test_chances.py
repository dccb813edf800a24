"""What the reports say of chance: terminal, CSV, JSON and Markdown, and nothing where it is off."""

import csv
import io
import json

import pytest

from isiceval.reports import csv as tables
from isiceval.reports import json as documents
from isiceval.reports import markdown, rows
from isiceval.reports import text as terminal
from isiceval.scorecard import Scorecard
from isiceval.statistics.ranking import list_methods


def test_the_other_methods_are_all_but_the_boards_own(make):
    found = rows.list_methods(make.chancy_board())
    assert {*found, "mean_then_rank"} == set(list_methods())
    assert len(found) == len(list_methods()) - 1


def test_the_terminal_draws_intervals_at_width_120(make):
    text = make.plain(terminal.print_leaderboard, make.chancy_board(), width=120)
    lines = text.splitlines()
    assert lines[4].split() == [
        *("Rank", "Submission", "Jaccard", "95", "%", "interval", "0.20", "1.00"),
        *("Ranks", "P(first)", "Alike", "Jaccard"),
    ]
    first, second, third = lines[6:9]
    assert "[0.8000, 1.0000]" in first
    assert first.index("[-") > third.index("[-")
    assert first.split()[-4:] == ["1-2", "0.75", "a", "0.7875"]
    assert second.split()[-4:-1] == ["1-2", "0.25", "ab"]
    assert third.split()[-4:-1] == ["3", "0", "b"]
    assert "percentile bootstrap over 4 images, 50 draws, seed 12345; all submissions" in text
    assert "Kendall's tau between this ranking and that of a draw: 0.90 on average" in text
    assert "submissions that share a letter cannot be told apart" in text


@pytest.mark.parametrize("width", [60, 70, 80, 100, 120, 200])
def test_the_table_fits_its_width(make, width):
    text = make.plain(terminal.print_leaderboard, make.chancy_board(), width=width)
    table = text.split("\n\n")[1]
    assert max(map(len, table.splitlines())) <= width
    drawn = [line for line in table.splitlines() if "-o" in line]
    assert len(drawn) == (3 if width >= 80 else 0)
    assert ("[0.8000, 1.0000]" in table) == (width >= 100)


def test_without_statistics_nothing_is_said_of_chance(make):
    board = make.board(make.standing(1, "a"))
    for text in (
        make.plain(terminal.print_leaderboard, board, width=120),
        markdown.write_leaderboard(board),
        make.plain(terminal.print_scorecard, make.scorecard(), width=120),
        markdown.write_scorecard(make.scorecard()),
    ):
        assert not any(word in text for word in ("interval", "first", "Alike", "bootstrap"))


def test_many_letters_give_way_to_numbers(make):
    board = make.chancy_board(groups=tuple(("best_net", f"x{n}") for n in range(60)))
    assert rows.find_letters(board)["best_net"].endswith("YZ(53)(54)(55)(56)(57)(58)(59)(60)")
    assert rows.find_alike(board) == {"best_net": "1", "middle": "2", "last": "1"}
    text = make.plain(terminal.print_leaderboard, board, width=120)
    assert "Alike: from how many others a submission cannot be told apart" in text


def test_the_csv_has_numbers_and_names(make):
    board = make.chancy_board()
    found = list(csv.DictReader(io.StringIO(tables.write_leaderboard(board))))
    first, *_, invalid = found
    assert [first[name] for name in rows.CHANCES] == ["0.8", "1.0", "1", "2", "0.75", "middle"]
    assert found[1]["tied_with"] == "best_net; last"
    assert first["rank_then_mean"] == "2"
    assert first["test_then_rank"] == ""
    assert {invalid[name] for name in (*rows.CHANCES, *rows.list_methods(board))} == {""}


def test_an_organisers_column_of_the_same_name_is_told_apart(make):
    board = make.board(make.standing(1, "a"), columns=("ci_low", "rank_then_mean"))
    assert rows.list_columns(board)[-3:-1] == ("teams_ci_low", "teams_rank_then_mean")


def test_the_json_has_all(make):
    document = json.loads(documents.write_leaderboard(make.chancy_board()))
    assert document["bootstrap"] == {
        "draws": 50,
        "seed": 12345,
        "n_units": 4,
        "level": 0.95,
        "grouped": False,
        "n_strata": 1,
    }
    assert document["tau"] == 0.9
    assert document["significance"]["p_values"][0] == [None, 0.2, 0.01]
    assert document["significance"]["groups"] == [["best_net", "middle"], ["middle", "last"]]
    assert document["significance"]["adjust"] == "holm"
    first = document["standings"][0]
    assert first["intervals"] == {"threshold_jaccard": [0.8, 1.0]}
    assert (first["rank_low"], first["rank_high"], first["p_first"]) == (1, 2, 0.75)
    assert first["tied_with"] == ["middle"]
    assert first["ranks"] == {"mean_then_rank": 1, "rank_then_mean": 2}


def test_the_scorecard_is_read_back_with_its_intervals(make, tmp_path):
    card = make.chancy_scorecard()
    path = tmp_path / "card.json"
    path.write_text(documents.write_scorecard(card))
    assert Scorecard.load(path) == card
    document = json.loads(path.read_text())
    del document["intervals"], document["bootstrap"]
    path.write_text(json.dumps(document))
    assert Scorecard.load(path) == make.scorecard()


def test_the_scorecards_table_has_intervals(make):
    card = make.chancy_scorecard(missing=1)
    low, high = card.intervals["dice"].low, card.intervals["dice"].high
    written = f"[{low:.4f}, {high:.4f}]"
    text = make.plain(terminal.print_scorecard, card, width=120)
    (line,) = [line for line in text.splitlines() if line.startswith("Dice")]
    assert " ".join(line.split()) == f"Dice 0.6942 {written} 0.8678 1 of 5 undefined, counted as 1"
    assert "Intervals: 95 %, percentile bootstrap over 5 images, 50 draws, seed 12345.\n" in text
    text = markdown.write_scorecard(card)
    assert "| Metric | Complete | 95 % interval | As submitted | Note |" in text
    assert f"| Dice | 0.6942 | {written} | 0.8678 |" in text


def test_markdown_has_the_columns_and_says_what_they_mean(make):
    text = markdown.write_leaderboard(make.chancy_board())
    assert "| Thresholded Jaccard | 95 % interval | Ranks | P(first) | Alike | Jaccard |" in text
    assert "| 0.9000 | [0.8000, 1.0000] | 1-2 | 0.75 | a |" in text
    assert "\n- Alike: submissions that share a letter" in text
    (row,) = [line for line in text.splitlines() if "| broken |" in line]
    assert "| - | - | - | - | - |" in row


def test_groups_and_strata_are_said(make):
    card = make.chancy_scorecard(strata=True)
    text = make.plain(terminal.print_scorecard, card, width=120)
    assert "percentile bootstrap over 2 groups in 2 strata, 50 draws" in text
