import json

import numpy as np
import pytest


@pytest.fixture
def other(tmp_path, masks, save_masks):
    return save_masks(tmp_path / "new", {i: np.roll(m, 8, axis=1) for i, m in masks.items()})


def test_two_folders(run, tmp_path, truth, prediction, other):
    targets = [tmp_path / name for name in ("c.json", "c.md")]
    status, out, err = run(
        *("compare", "2018/1", prediction, other, "--truth", truth),
        *("--json", targets[0], "--markdown", targets[1]),
    )
    assert (status, err) == (0, "")
    assert out.startswith("B is worse than A: Thresholded Jaccard -0.")
    assert "- A: out\n- B: new\n" in out
    assert "Worsened by B (Jaccard below 0.65, not so in A): 6 images" in out
    document = json.loads(targets[0].read_text())
    assert document["format"] == "isiceval.comparison"
    assert document["worse"] is True
    assert len(document["lost"]) == len(document["changes"]) == 6
    assert targets[1].read_text().startswith("## B is worse than A: Thresholded Jaccard -0.")


def test_scorecards_need_no_truth(run, tmp_path, truth, prediction, other):
    old, new = tmp_path / "old.json", tmp_path / "new.csv"
    run("score", "2018/1", prediction, "--truth", truth, "--json", old)
    run("score", "2018/1", other, "--truth", truth, "--csv", new)
    status, out, _ = run("compare", "2018/1", old, new, "--markdown", "-")
    assert status == 0
    assert out.startswith("## B is worse")
    assert "- A: old.json\n- B: new.csv\n- Task: 2018/1 (profile today), 6 images\n" in out


def test_fail_if_worse(run, truth, prediction, other):
    words = ("--truth", truth, "--fail-if-worse")
    status, _, err = run("compare", "2018/1", prediction, other, *words)
    assert status == 1
    assert err == "isiceval: B is significantly worse than A\n"
    assert run("compare", "2018/1", other, prediction, *words)[0] == 0
    assert run("compare", "2018/1", prediction, prediction, *words)[0] == 0


def test_a_folder_needs_the_truth(run, prediction, other):
    status, _, err = run("compare", "2018/1", prediction, other)
    assert status == 2
    assert f"scoring {prediction} needs the truth" in err


def test_an_invalid_submission(run, truth, prediction, other):
    (other / "ISIC_0000001_segmentation.png").unlink()
    status, out, _ = run("compare", "2018/1", prediction, other, "--truth", truth)
    assert status == 1
    assert "missing-prediction" in out
    words = ("compare", "2018/1", prediction, other, "--truth", truth, "--missing", "zero")
    assert run(*words)[0] == 0


def test_one_submission_is_usage(run, truth, prediction):
    status, _, err = run("compare", "2018/1", prediction, "--truth", truth)
    assert status == 2
    assert "name two submissions to compare, not 1" in err


def test_a_task_file_by_option(run, tmp_path, truth, prediction, other):
    task = tmp_path / "mine.toml"
    task.write_text('[task.mine]\nranking = "dice"\n')
    status, out, _ = run("compare", prediction, other, "--task", task, "--truth", truth)
    assert status == 0
    assert out.startswith("B does not differ significantly from A: Dice -0.")
