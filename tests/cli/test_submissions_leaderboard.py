import csv
import io
import json
import sys

import pytest


def test_the_table_and_the_files(run, tmp_path, truth, prediction, masks, save_masks):
    best = save_masks(tmp_path / "best", masks)
    targets = [tmp_path / name for name in ("board.csv", "board.json", "board.md")]
    status, out, err = run(
        *("leaderboard", "2018/1", prediction, best, "--truth", truth),
        *("--csv", targets[0], "--json", targets[1], "--markdown", targets[2]),
    )
    assert (status, err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(targets[0].read_text())))
    assert [(row["rank"], row["submission"]) for row in rows] == [("1", "best"), ("2", "out")]
    assert float(rows[0]["threshold_jaccard"]) == 1.0
    assert out.index("best") < out.index("out")
    assert json.loads(targets[1].read_text())["standings"][0]["submission"] == "best"
    assert "best" in targets[2].read_text()


def test_an_invalid_submission_does_not_stop_the_board(run, tmp_path, truth, prediction):
    (tmp_path / "junk.zip").write_bytes(b"PK\x03\x04 not really")
    words = ("leaderboard", "2018/1", prediction, tmp_path / "junk.zip", "--truth", truth)
    status, out, _ = run(*words, "--csv", "-")
    assert status == 0
    assert "invalid" in out


def test_a_task_file_by_option(run, tmp_path, truth, prediction):
    task = tmp_path / "mine.toml"
    task.write_text('[task.mine]\ntitle = "My lesions"\n')
    status, out, _ = run("leaderboard", prediction, "--task", task, "--truth", truth)
    assert status == 0
    assert "out" in out


def test_the_same_inputs_and_seed_give_the_same_bytes(
    run, tmp_path, truth, prediction, masks, save_masks
):
    best = save_masks(tmp_path / "best", masks)
    words = ("leaderboard", "2018/1", prediction, best, "--truth", truth, "--bootstrap", "100")
    made = []
    for turn in ("first", "second"):
        targets = [tmp_path / f"{turn}.{kind}" for kind in ("csv", "json", "md", "tex")]
        options = zip(("--csv", "--json", "--markdown", "--latex"), targets, strict=True)
        status, out, _ = run(*words, *(word for pair in options for word in pair))
        assert status == 0
        made.append([out, *(target.read_bytes() for target in targets)])
    assert made[0] == made[1]
    (row, _) = csv.DictReader(io.StringIO(made[0][1].decode()))
    assert 0.6 < float(row["ci_low"]) < float(row["ci_high"]) == 1
    assert row["rank_low"] == "1"
    assert made[0][4].startswith(b"% Leaderboard of 2018/1")


def test_a_board_without_statistics(run, truth, prediction):
    words = ("leaderboard", "2018/1", prediction, "--truth", truth, "--bootstrap", "0")
    _, out, _ = run(*words, "--csv", "-")
    (row,) = csv.DictReader(io.StringIO(out))
    assert row["rank"] == "1"
    assert row["ci_low"] == row["rank_low"] == row["rank_then_mean"] == ""


@pytest.fixture
def board(run, truth, prediction, tmp_path):
    def run_board(lines, *words):
        (tmp_path / "teams.csv").write_text("file,team\n" + lines)
        fixed = ("--truth", truth, "--teams", tmp_path / "teams.csv", "--bootstrap", 0)
        return run("leaderboard", "2018/1", prediction, *fixed, *words)

    return run_board


def test_a_line_of_a_submission_that_is_gone_stops_nothing(board, tmp_path):
    card = tmp_path / "board.json"
    status, out, err = board("out,A\nwithdrawn.zip,B\n", "--json", card, "--markdown", "-")
    sentence = "teams.csv, line 3: there is no submission 'withdrawn.zip'; left out"
    assert status == 0
    assert f"Notes\n- {sentence}" in err
    assert "### Notes\n\n- teams.csv, line 3" in out
    assert json.loads(card.read_text())["notes"] == [sentence]


def test_it_is_told_to_the_organiser_alone(board, tmp_path):
    card = tmp_path / "board.json"
    status, out, _ = board("out,A\nwithdrawn.zip,B\n", "--public", "--json", card)
    assert status == 0
    assert "withdrawn" not in out + card.read_text()


def test_a_table_that_names_no_submission_stops_the_board(board):
    status, out, err = board("withdrawn.zip,B\n")
    assert (status, out) == (3, "")
    assert "there is no submission 'withdrawn.zip'" in err


def test_the_best_of_a_team_needs_to_know_the_teams(run, truth, prediction):
    status, _, err = run("leaderboard", "2018/1", prediction, "--truth", truth, "--per", "team")
    assert status == 2
    assert "per team needs the table of teams" in err


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
@pytest.mark.parametrize("form", ["folder", "zip", "csv"])
def test_a_link_to_the_truth_is_no_submission(
    form, run, tmp_path, truth, prediction, zip_folder, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sent").mkdir()
    task, known = "2018/1", truth
    prediction.rename(tmp_path / "sent" / "alice")
    if form == "zip":
        known = zip_folder(truth, tmp_path / "truth.zip")
    elif form == "csv":
        task, known = "2020", tmp_path / "truth.csv"
        known.write_text("image_name,target\nISIC_0000001,1\nISIC_0000002,0\n")
        (tmp_path / "sent" / "alice.csv").write_text(known.read_text().replace("1\n", "0.9\n"))
    mallory = tmp_path / "sent" / f"mallory{known.suffix}"
    mallory.symlink_to(known)
    status, out, err = run("leaderboard", task, "sent", "--truth", known, "--json", "-")
    assert status == 0, err
    standings = json.loads(out)["standings"]
    placed = {standing["submission"]: standing["rank"] for standing in standings}
    assert placed[mallory.name] is None
    assert "symbolic-link" in out
    assert "links in a folder of submissions are not followed" in out
