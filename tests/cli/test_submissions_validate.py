import json

from PIL import Image


def test_a_valid_submission(run, truth, prediction):
    status, out, err = run("validate", "2018/1", prediction, "--truth", truth)
    assert status == 0
    assert out.splitlines()[0].endswith(" for 2018/1: valid")
    assert err == ""


def test_an_invalid_one_with_all_its_problems(run, truth, prediction):
    (prediction / "ISIC_0000001_segmentation.png").unlink()
    Image.new("L", (22, 34)).save(prediction / "ISIC_0000003_segmentation.png")
    status, out, _ = run("validate", "2018/1", prediction, "--truth", truth)
    assert status == 1
    assert "missing-prediction" in out
    assert "swapped" in out


def test_json(run, truth, prediction):
    (prediction / "ISIC_0000001_segmentation.png").unlink()
    status, out, _ = run("validate", "2018/1", prediction, "--truth", truth, "--json")
    assert status == 1
    assert json.loads(out)["valid"] is False


def test_nothing_to_check_against_is_usage(run, prediction):
    status, _, err = run("validate", "2018/1", prediction)
    assert status == 2
    assert "exactly one of truth, images and manifest" in err


def test_a_fault_of_the_truth_is_3(run, tmp_path, prediction):
    (tmp_path / "empty").mkdir()
    status, out, err = run("validate", "2018/1", prediction, "--truth", tmp_path / "empty")
    assert status == 3
    assert out == ""
    assert "holds no file named like ISIC_0012345_segmentation.png" in err
