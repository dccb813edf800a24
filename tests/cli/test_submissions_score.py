import csv
import io

import isiceval


def test_the_summary_and_the_files(run, tmp_path, truth, prediction):
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


def test_a_file_named_minus_is_standard_output(run, truth, prediction):
    status, out, err = run("score", "2018/1", prediction, "--truth", truth, "--csv", "-")
    assert status == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["image"] for row in rows] == [f"ISIC_{k:07d}" for k in range(1, 7)]
    assert "Thresholded Jaccard" in err


def test_a_minimum_that_is_not_met(run, truth, prediction):
    words = ("score", "2018/1", prediction, "--truth", truth)
    assert run(*words, "--min", "dice=0.5")[0] == 0
    status, _, err = run(*words, "--min", "dice=0.99", "--min", "jaccard=0.1")
    assert status == 1
    assert err.count("\n") == 1
    assert err.startswith("isiceval: below the minimum: dice is 0.")


def test_a_minimum_that_makes_no_sense_is_usage(run, truth, prediction):
    status, _, err = run("score", "2018/1", prediction, "--truth", truth, "--min", "dic=1")
    assert status == 2
    assert "did you mean 'dice'" in err


def test_an_invalid_submission_writes_nothing(run, tmp_path, truth, prediction):
    (prediction / "ISIC_0000001_segmentation.png").unlink()
    target = tmp_path / "cases.csv"
    status, out, _ = run("score", "2018/1", prediction, "--truth", truth, "--csv", target)
    assert status == 1
    assert "missing-prediction" in out
    assert not target.exists()


def test_missing_images_as_failures(run, truth, prediction):
    (prediction / "ISIC_0000001_segmentation.png").unlink()
    words = ("score", "2018/1", prediction, "--truth", truth, "--missing", "zero")
    status, out, _ = run(*words)
    assert status == 0
    assert "As submitted" in out
    assert "Complete" in out


def test_a_task_file_by_option_or_in_place_of_the_task(run, tmp_path, truth, prediction):
    task = tmp_path / "mine.toml"
    task.write_text('[task.mine]\ntitle = "My lesions"\nranking = "dice"\n')
    assert run("score", task, prediction, "--truth", truth)[0] == 0
    status, out, _ = run("score", prediction, "--task", task, "--truth", truth)
    assert status == 0
    assert "task:mine" in out


def test_no_submission_is_usage(run, truth):
    status, _, err = run("score", "2018/1", "--truth", truth)
    assert status == 2
    assert "name the submission" in err


def test_an_unknown_option_is_usage(run):
    assert run("score", "2018/1", "x", "--frobnicate")[0] == 2


def test_an_output_folder_that_is_not_there(run, tmp_path, truth, prediction):
    target = tmp_path / "nowhere" / "cases.csv"
    status, _, err = run("score", "2018/1", prediction, "--truth", truth, "--csv", target)
    assert status == 2
    assert "nowhere" in err


def test_a_score_has_intervals_unless_told_otherwise(run, truth, prediction):
    words = ("score", "2018/1", prediction, "--truth", truth)
    _, out, _ = run(*words)
    assert "Bayesian bootstrap with a pseudo-case over 6 images, 1000 draws, seed 12345" in out
    _, out, _ = run(*words, "--bootstrap", "50", "--seed", "3")
    assert "Bayesian bootstrap with a pseudo-case over 6 images, 50 draws, seed 3" in out
    _, out, _ = run(*words, "--bootstrap", "0")
    assert "interval" not in out


def test_groups(run, tmp_path, truth, prediction, masks):
    groups = tmp_path / "groups.csv"
    lines = [f"{image},p{place // 2}" for place, image in enumerate(masks)]
    groups.write_text("\n".join(["image,group", *lines]))
    words = ("score", "2018/1", prediction, "--truth", truth, "--groups", groups)
    assert "Bayesian bootstrap with a pseudo-case over 3 groups" in run(*words)[1]
    words = ("leaderboard", "2018/1", prediction, "--truth", truth, "--groups", groups)
    assert "Bayesian bootstrap with a pseudo-case over 3 groups" in run(*words)[1]
    status, _, err = run(*words, "--bootstrap", "0")
    assert status == 2
    assert "groups need a bootstrap" in err
    groups.write_text("\n".join(["image,group", *lines[1:]]))
    status, _, err = run(*words)
    assert status == 3
    assert err == (
        "isiceval: groups.csv has no line for ISIC_0000001; it needs one for every image of "
        "the task\n"
    )
