import csv
import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import isiceval
from isiceval.cli.main import main


@pytest.fixture
def truth(tmp_path, masks, save_masks):
    return save_masks(tmp_path / "truth", masks)


@pytest.fixture
def prediction(tmp_path, masks, save_masks):
    return save_masks(tmp_path / "out", {i: np.roll(m, 1, axis=1) for i, m in masks.items()})


@pytest.fixture
def run(capsys):
    def run_command(*words):
        status = main([str(word) for word in words])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run_command


def test_the_version(run):
    assert run("--version") == (0, f"isiceval {isiceval.__version__}\n", "")


@pytest.mark.parametrize(
    "command", ["tasks", "explain", "validate", "manifest", "score", "leaderboard", "compare"]
)
def test_every_command_has_help_with_an_example(run, command):
    status, out, _ = run(command, "--help")
    assert status == 0
    assert "Example" in out
    assert f"isiceval {command}" in out


def test_without_a_command_there_is_help(run):
    status, out, err = run()
    assert status == 2
    assert "leaderboard" in out + err


def test_tasks_lists_and_tells(run):
    status, out, _ = run("tasks")
    assert status == 0
    assert all(task in out for task in ("2016/1", "2017/1", "2018/1"))
    status, out, _ = run("tasks", "2018/1", "--profile", "2018")
    assert status == 0
    assert "arXiv:1902.03368" in out


def test_explain_lists_and_explains(run):
    status, out, _ = run("explain")
    assert status == 0
    assert "wrong-dimensions" in out
    status, out, _ = run("explain", "wrong-dimensions")
    assert status == 0
    status, _, err = run("explain", "wrong-dimension")
    assert status == 2
    assert "did you mean 'wrong-dimensions'" in err


class TestValidate:
    def test_a_valid_submission(self, run, truth, prediction):
        status, out, err = run("validate", "2018/1", prediction, "--truth", truth)
        assert status == 0
        assert out.startswith("valid")
        assert err == ""

    def test_an_invalid_one_with_all_its_problems(self, run, truth, prediction):
        (prediction / "ISIC_0000001_segmentation.png").unlink()
        Image.new("L", (22, 34)).save(prediction / "ISIC_0000003_segmentation.png")
        status, out, _ = run("validate", "2018/1", prediction, "--truth", truth)
        assert status == 1
        assert "missing-prediction" in out
        assert "swapped" in out

    def test_json(self, run, truth, prediction):
        (prediction / "ISIC_0000001_segmentation.png").unlink()
        status, out, _ = run("validate", "2018/1", prediction, "--truth", truth, "--json")
        assert status == 1
        assert json.loads(out)["valid"] is False

    def test_nothing_to_check_against_is_usage(self, run, prediction):
        status, _, err = run("validate", "2018/1", prediction)
        assert status == 2
        assert "exactly one of truth, images and manifest" in err

    def test_a_fault_of_the_truth_is_3(self, run, tmp_path, prediction):
        (tmp_path / "empty").mkdir()
        status, out, err = run("validate", "2018/1", prediction, "--truth", tmp_path / "empty")
        assert status == 3
        assert out == ""
        assert "holds no file named like ISIC_0012345_segmentation.png" in err

    def test_manifest(self, run, tmp_path, truth, prediction):
        sizes = tmp_path / "sizes.csv"
        assert run("manifest", "2018/1", "--truth", truth, "-o", sizes)[0] == 0
        assert sizes.read_text().splitlines()[:2] == ["image,width,height", "ISIC_0000001,30,20"]
        assert run("manifest", "2018/1", "--truth", truth)[1] == sizes.read_text()
        assert run("validate", "2018/1", prediction, "--manifest", sizes)[0] == 0
        status, _, _ = run(
            "validate", "2018/1", prediction, "--manifest", sizes, "--headers-only", "--lenient"
        )
        assert status == 0


class TestScore:
    def test_the_summary_and_the_files(self, run, tmp_path, truth, prediction):
        targets = [tmp_path / name for name in ("cases.csv", "card.json", "card.md")]
        status, out, err = run(
            *("score", "2018/1", prediction, "--truth", truth),
            *("--csv", targets[0], "--json", targets[1], "--markdown", targets[2]),
        )
        assert (status, err) == (0, "")
        assert "Thresholded Jaccard" in out
        assert "task:2018/1|profile:today" in out
        card = isiceval.Scorecard.load(targets[1])
        assert isiceval.Scorecard.load(targets[0]).aggregates == card.aggregates
        assert "Thresholded Jaccard" in targets[2].read_text()

    def test_a_file_named_minus_is_standard_output(self, run, truth, prediction):
        status, out, err = run("score", "2018/1", prediction, "--truth", truth, "--csv", "-")
        assert status == 0
        rows = list(csv.DictReader(io.StringIO(out)))
        assert [row["image"] for row in rows] == [f"ISIC_{k:07d}" for k in range(1, 7)]
        assert "Thresholded Jaccard" in err

    def test_a_bar_that_is_missed(self, run, truth, prediction):
        words = ("score", "2018/1", prediction, "--truth", truth)
        assert run(*words, "--min", "dice=0.5")[0] == 0
        status, _, err = run(*words, "--min", "dice=0.99", "--min", "jaccard=0.1")
        assert status == 1
        assert err.count("\n") == 1
        assert err.startswith("isiceval: below the bar: dice is 0.")

    def test_a_bar_that_makes_no_sense_is_usage(self, run, truth, prediction):
        status, _, err = run("score", "2018/1", prediction, "--truth", truth, "--min", "dic=1")
        assert status == 2
        assert "did you mean 'dice'" in err

    def test_an_invalid_submission_writes_nothing(self, run, tmp_path, truth, prediction):
        (prediction / "ISIC_0000001_segmentation.png").unlink()
        target = tmp_path / "cases.csv"
        status, out, _ = run("score", "2018/1", prediction, "--truth", truth, "--csv", target)
        assert status == 1
        assert "missing-prediction" in out
        assert not target.exists()

    def test_missing_images_as_failures(self, run, truth, prediction):
        (prediction / "ISIC_0000001_segmentation.png").unlink()
        words = ("score", "2018/1", prediction, "--truth", truth, "--missing", "zero")
        status, out, _ = run(*words)
        assert status == 0
        assert "As submitted" in out
        assert "Complete" in out

    def test_a_task_file_by_option_or_in_place_of_the_task(self, run, tmp_path, truth, prediction):
        task = tmp_path / "mine.toml"
        task.write_text('[task.mine]\ntitle = "My lesions"\nranking = "dice"\n')
        assert run("score", task, prediction, "--truth", truth)[0] == 0
        status, out, _ = run("score", prediction, "--task", task, "--truth", truth)
        assert status == 0
        assert "task:mine" in out

    def test_no_submission_is_usage(self, run, truth):
        status, _, err = run("score", "2018/1", "--truth", truth)
        assert status == 2
        assert "name the submission" in err

    def test_an_unknown_option_is_usage(self, run):
        assert run("score", "2018/1", "x", "--frobnicate")[0] == 2

    def test_an_output_folder_that_is_not_there(self, run, tmp_path, truth, prediction):
        target = tmp_path / "nowhere" / "cases.csv"
        status, _, err = run("score", "2018/1", prediction, "--truth", truth, "--csv", target)
        assert status == 2
        assert "nowhere" in err


class TestLeaderboard:
    def test_the_table_and_the_files(self, run, tmp_path, truth, prediction, masks, save_masks):
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

    def test_an_invalid_submission_does_not_stop_the_board(self, run, tmp_path, truth, prediction):
        (tmp_path / "junk.zip").write_bytes(b"PK\x03\x04 not really")
        words = ("leaderboard", "2018/1", prediction, tmp_path / "junk.zip", "--truth", truth)
        status, out, _ = run(*words, "--csv", "-")
        assert status == 0
        assert "invalid" in out

    def test_a_task_file_by_option(self, run, tmp_path, truth, prediction):
        task = tmp_path / "mine.toml"
        task.write_text('[task.mine]\ntitle = "My lesions"\n')
        status, out, _ = run("leaderboard", prediction, "--task", task, "--truth", truth)
        assert status == 0
        assert "out" in out


class TestChance:
    def test_a_score_has_intervals_unless_told_otherwise(self, run, truth, prediction):
        words = ("score", "2018/1", prediction, "--truth", truth)
        _, out, _ = run(*words)
        assert "percentile bootstrap over 6 images, 1000 draws, seed 12345" in out
        _, out, _ = run(*words, "--bootstrap", "50", "--seed", "3")
        assert "percentile bootstrap over 6 images, 50 draws, seed 3" in out
        _, out, _ = run(*words, "--bootstrap", "0")
        assert "interval" not in out

    def test_groups(self, run, tmp_path, truth, prediction, masks):
        groups = tmp_path / "groups.csv"
        lines = [f"{image},p{place // 2}" for place, image in enumerate(masks)]
        groups.write_text("\n".join(["image,group", *lines]))
        words = ("score", "2018/1", prediction, "--truth", truth, "--groups", groups)
        assert "percentile bootstrap over 3 groups" in run(*words)[1]
        words = ("leaderboard", "2018/1", prediction, "--truth", truth, "--groups", groups)
        assert "percentile bootstrap over 3 groups" in run(*words)[1]
        status, _, err = run(*words, "--bootstrap", "0")
        assert status == 2
        assert "groups make no sense without draws" in err
        groups.write_text("\n".join(["image,group", *lines[1:]]))
        status, _, err = run(*words)
        assert status == 3
        assert err == (
            "isiceval: groups.csv has no line for ISIC_0000001; it needs one for every image of "
            "the task\n"
        )

    def test_the_same_inputs_and_seed_give_the_same_bytes(
        self, run, tmp_path, truth, prediction, masks, save_masks
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
        assert (row["ci_low"], row["ci_high"], row["rank_low"]) == ("1.0", "1.0", "1")
        assert made[0][4].startswith(b"% Leaderboard of 2018/1")

    def test_a_board_without_statistics(self, run, truth, prediction):
        words = ("leaderboard", "2018/1", prediction, "--truth", truth, "--bootstrap", "0")
        _, out, _ = run(*words, "--csv", "-")
        (row,) = csv.DictReader(io.StringIO(out))
        assert row["rank"] == "1"
        assert row["ci_low"] == row["rank_low"] == row["rank_then_mean"] == ""


class TestCompare:
    @pytest.fixture
    def other(self, tmp_path, masks, save_masks):
        return save_masks(tmp_path / "new", {i: np.roll(m, 8, axis=1) for i, m in masks.items()})

    def test_two_folders(self, run, tmp_path, truth, prediction, other):
        targets = [tmp_path / name for name in ("c.json", "c.md")]
        status, out, err = run(
            *("compare", "2018/1", prediction, other, "--truth", truth),
            *("--json", targets[0], "--markdown", targets[1]),
        )
        assert (status, err) == (0, "")
        assert out.startswith("B is worse than A: Thresholded Jaccard -0.")
        assert "A: out\nB: new\n" in out
        assert "Lost by B (Jaccard below 0.65, not so in A): 6 images" in out
        document = json.loads(targets[0].read_text())
        assert document["format"] == "isiceval.comparison"
        assert document["worse"] is True
        assert len(document["lost"]) == len(document["changes"]) == 6
        assert targets[1].read_text().startswith("## B is worse than A: Thresholded Jaccard -0.")

    def test_scorecards_need_no_truth(self, run, tmp_path, truth, prediction, other):
        old, new = tmp_path / "old.json", tmp_path / "new.csv"
        run("score", "2018/1", prediction, "--truth", truth, "--json", old)
        run("score", "2018/1", other, "--truth", truth, "--csv", new)
        status, out, _ = run("compare", "2018/1", old, new, "--markdown", "-")
        assert status == 0
        assert out.startswith("## B is worse")
        assert "A: old.json; B: new.csv; 2018/1, 6 images." in out

    def test_fail_if_worse(self, run, truth, prediction, other):
        words = ("--truth", truth, "--fail-if-worse")
        status, _, err = run("compare", "2018/1", prediction, other, *words)
        assert status == 1
        assert err == "isiceval: B is worse than A by more than chance\n"
        assert run("compare", "2018/1", other, prediction, *words)[0] == 0
        assert run("compare", "2018/1", prediction, prediction, *words)[0] == 0

    def test_a_folder_needs_the_truth(self, run, prediction, other):
        status, _, err = run("compare", "2018/1", prediction, other)
        assert status == 2
        assert f"scoring {prediction} needs the truth" in err

    def test_an_invalid_submission(self, run, truth, prediction, other):
        (other / "ISIC_0000001_segmentation.png").unlink()
        status, out, _ = run("compare", "2018/1", prediction, other, "--truth", truth)
        assert status == 1
        assert "missing-prediction" in out
        words = ("compare", "2018/1", prediction, other, "--truth", truth, "--missing", "zero")
        assert run(*words)[0] == 0

    def test_one_submission_is_usage(self, run, truth, prediction):
        status, _, err = run("compare", "2018/1", prediction, "--truth", truth)
        assert status == 2
        assert "name two submissions to compare, not 1" in err

    def test_a_task_file_by_option(self, run, tmp_path, truth, prediction, other):
        task = tmp_path / "mine.toml"
        task.write_text('[task.mine]\nranking = "dice"\n')
        status, out, _ = run("compare", prediction, other, "--task", task, "--truth", truth)
        assert status == 0
        assert out.startswith("B is worse than A: Dice")


def test_a_pipe_that_is_closed_early_loses_no_file(truth, prediction, tmp_path):
    card = tmp_path / "card.json"
    words = ["-m", "isiceval", "score", "2018/1", prediction, "--truth", truth, "--json", card]
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE) as process:
        process.stdout.close()
    assert isiceval.Scorecard.load(card).n_cases == 6


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pipe that says it is closed")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["tasks", "score", "explain"])
def test_a_pipe_that_is_closed_early_ends_the_run_quietly(truth, command, unbuffered, tmp_path):
    words = ["score", "2018/1", tmp_path, "--truth", truth] if command == "score" else [command]
    read_end, write_end = os.pipe()
    os.close(read_end)
    run = subprocess.run(
        [sys.executable, "-m", "isiceval", *words],
        stdout=write_end,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        check=False,
    )
    os.close(write_end)
    assert (run.returncode, run.stderr) == (1, b"")


def test_the_best_of_a_team_needs_to_know_the_teams(run, truth, prediction):
    status, _, err = run("leaderboard", "2018/1", prediction, "--truth", truth, "--per", "team")
    assert status == 2
    assert "per team needs the table of teams" in err


def test_an_edition_alone_names_its_tasks(run):
    status, _, err = run("tasks", "2017")
    assert status == 2
    assert "its tasks are 2017/1, 2017/2, 2017/3" in err


def test_python_m_runs_the_command_line():
    run = subprocess.run(
        [sys.executable, "-m", "isiceval", "--version"], capture_output=True, text=True, check=False
    )
    assert run.stdout == f"isiceval {isiceval.__version__}\n"


def test_a_pipe_gets_no_colour_and_no_progress_bar(truth, prediction):
    words = [sys.executable, "-m", "isiceval", "score", "2018/1", prediction, "--truth", truth]
    run = subprocess.run(words, capture_output=True, text=True, check=True)
    assert "\x1b" not in run.stdout
    assert run.stderr == ""


class TestStaleTeams:
    @pytest.fixture
    def board(self, run, truth, prediction, tmp_path):
        def run_board(lines, *words):
            (tmp_path / "teams.csv").write_text("file,team\n" + lines)
            fixed = ("--truth", truth, "--teams", tmp_path / "teams.csv", "--bootstrap", 0)
            return run("leaderboard", "2018/1", prediction, *fixed, *words)

        return run_board

    def test_a_line_of_a_submission_that_is_gone_stops_nothing(self, board, tmp_path):
        card = tmp_path / "board.json"
        status, out, err = board("out,A\nwithdrawn.zip,B\n", "--json", card, "--markdown", "-")
        sentence = "teams.csv, line 3: there is no submission 'withdrawn.zip'; left out"
        assert status == 0
        assert f"Passed over\n- {sentence}" in err
        assert "- Passed over: teams.csv, line 3" in out
        assert json.loads(card.read_text())["notes"] == [sentence]

    def test_it_is_told_to_the_organiser_alone(self, board, tmp_path):
        card = tmp_path / "board.json"
        status, out, _ = board("out,A\nwithdrawn.zip,B\n", "--public", "--json", card)
        assert status == 0
        assert "withdrawn" not in out + card.read_text()

    def test_a_table_that_names_no_submission_stops_the_board(self, board):
        status, out, err = board("withdrawn.zip,B\n")
        assert (status, out) == (3, "")
        assert "there is no submission 'withdrawn.zip'" in err


def test_a_truth_and_a_submission_that_look_swapped_are_asked_about(run, truth, prediction):
    for command in ("score", "validate"):
        status, _, err = run(command, "2018/1", truth, "--truth", prediction)
        assert (status, err) == (
            0,
            f"isiceval: {truth} is called a truth, {prediction} is not: are they swapped?\n",
        )
        for own, other in ((prediction, truth), (truth, truth), (prediction, prediction)):
            assert run(command, "2018/1", own, "--truth", other)[2] == ""
