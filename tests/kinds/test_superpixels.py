"""Tasks of superpixels, from the files to scorecard, validation and leaderboard."""

import json
import shutil

import numpy as np
import pytest

import isiceval
from isiceval.cli.main import main
from isiceval.errors import IsicevalError, UsageError
from isiceval.kinds import superpixels
from isiceval.pipeline import list_images, write_manifest

FEATURES = ("globules", "streaks")


@pytest.fixture
def challenge(root):
    """The small made challenge of superpixels."""
    return root / "fixtures" / "superpixels"


@pytest.fixture
def truth():
    """Truth of the task 2016/2 in memory: two images of five superpixels."""
    return {
        "ISIC_0000001": {"globules": [1, 0, 0, 1, 0], "streaks": [0, 0, 1, 1, 0]},
        "ISIC_0000002": {"globules": [0, 0, 1, 0, 0], "streaks": [1, 0, 0, 0, 0]},
    }


def test_arrays_and_files_give_the_same_scorecard(truth, tmp_path):
    arrays = {i: {f: np.array(v) for f, v in own.items()} for i, own in truth.items()}
    for image, own in truth.items():
        (tmp_path / f"{image}.json").write_text(json.dumps(own), encoding="utf-8")
    of_arrays = isiceval.score("2016/2", truth=arrays, prediction=arrays)
    of_files = isiceval.score("2016/2", truth=tmp_path, prediction=tmp_path)
    assert of_arrays.score == of_files.score == 1.0
    assert of_arrays.cases == of_files.cases
    assert of_arrays.truth_digest == of_files.truth_digest
    assert (of_files.n_cases, len(of_files.cases)) == (2, 4)


def test_a_file_is_not_read_beyond_what_its_numbers_need(truth, tmp_path, monkeypatch):
    monkeypatch.setattr(superpixels, "SLACK_BYTES", 100)
    for image, own in truth.items():
        (tmp_path / f"{image}.json").write_text(json.dumps(own).ljust(100 + 2 * 5 * 64))
    assert isiceval.validate("2016/2", truth=truth, prediction=tmp_path).valid
    with (tmp_path / "ISIC_0000002.json").open("ab") as file:
        file.truncate(1 << 40)
    (problem,) = isiceval.validate("2016/2", truth=truth, prediction=tmp_path).errors
    assert (problem.code, problem.where) == ("oversized-member", "ISIC_0000002.json")
    assert problem.detail == "has 1024.0 GiB; at most 740 bytes are read"


def test_superpixels_of_all_images_are_put_together_for_each_feature(truth):
    given = {i: {f: [0.9 * v + 0.05 for v in own[f]] for f in own} for i, own in truth.items()}
    given["ISIC_0000002"]["streaks"] = [0.01, 0.5, 0.5, 0.5, 0.5]
    scorecard = isiceval.score("2016/2", truth=truth, prediction=given)
    assert scorecard.aggregates["auc.globules"] == 1.0
    assert scorecard.aggregates["auc.streaks"] == pytest.approx(14 / 21)
    assert scorecard.aggregates["auc"] == pytest.approx((1 + 14 / 21) / 2)
    counts = {(c.image, c.label): c.counts for c in scorecard.cases}
    assert counts["ISIC_0000002", "streaks"].fn == 1


def test_profiles_differ_in_the_average_precision(truth):
    given = {i: {f: [0.5] * 5 for f in own} for i, own in truth.items()}
    scores = [
        isiceval.score("2016/2", truth=truth, prediction=given, profile=profile).score
        for profile in ("2016", "today")
    ]
    assert scores == pytest.approx([0.65, 0.3])  # (1 + prevalence) / 2, and the prevalence


def test_the_board_of_the_made_challenge(challenge):
    board = isiceval.rank(
        "2017/2", truth=challenge / "truth", submissions=[challenge / "submissions"]
    )
    assert [(s.rank, s.submission) for s in board.standings] == [
        (1, "trained"),
        (2, "guess"),
        (None, "broken"),
    ]
    assert {p.code for p in board.standings[-1].problems} == {"wrong-length"}


def test_a_good_submission_has_no_problem(challenge, tmp_path, zip_folder):
    prediction = challenge / "submissions" / "trained"
    zipped = zip_folder(prediction, tmp_path / "p.zip", top="json/")
    for source in (prediction, zipped):
        validation = isiceval.validate("2017/2", truth=challenge / "truth", prediction=source)
        assert validation.problems == ()
        assert (validation.n_expected, validation.n_matched) == (3, 3)


def test_lengths_are_held_against_the_superpixel_images(challenge):
    images = challenge / "superpixels"
    good, broken = (challenge / "submissions" / name for name in ("trained", "broken"))
    assert isiceval.validate("2017/2", images=images, prediction=good).valid
    problems = isiceval.validate("2017/2", images=images, prediction=broken).problems
    assert {p.code for p in problems} == {"wrong-length"}
    assert "the image has 20 superpixels" in problems[0].detail


def test_a_manifest_of_ids_is_enough_to_validate(challenge, tmp_path):
    manifest = tmp_path / "ids.csv"
    manifest.write_text(write_manifest("2017/2", truth=challenge / "truth"), encoding="utf-8")
    prediction = challenge / "submissions" / "trained"
    assert isiceval.validate("2017/2", manifest=manifest, prediction=prediction).valid


def test_every_fault_of_files_and_values_is_told(challenge, tmp_path):
    folder = shutil.copytree(challenge / "submissions" / "trained", tmp_path / "mine")
    (folder / "ISIC_0400001_features.json").write_text("{", encoding="utf-8")
    (folder / "ISIC_0400002_features.json").unlink()
    path = folder / "ISIC_0400003_features.json"
    features = json.loads(path.read_text("utf-8"))
    features["streaks"][3] = 1.7
    path.write_text(json.dumps(features), encoding="utf-8")
    (folder / "notes.json").write_text("{}", encoding="utf-8")
    validation = isiceval.validate("2017/2", truth=challenge / "truth", prediction=folder)
    assert {(p.code, p.where.partition(":")[0]) for p in validation.problems} == {
        ("not-json", "ISIC_0400001_features.json"),
        ("missing-prediction", "ISIC_0400002"),
        ("out-of-range", "ISIC_0400003_features.json"),
        ("unexpected-file", "notes.json"),
    }


def test_a_broken_truth_is_the_organisers(truth):
    bad = truth | {"ISIC_0000002": {"globules": [0.5] * 5, "streaks": [0] * 5}}
    with pytest.raises(IsicevalError, match="none of 0, 1") as caught:
        isiceval.score("2016/2", truth=bad, prediction=truth)
    assert caught.value.exit_status == 3
    uneven = truth | {"ISIC_0000002": {"globules": [0] * 4, "streaks": [0] * 5}}
    with pytest.raises(IsicevalError, match="differ in length"):
        isiceval.score("2016/2", truth=uneven, prediction=truth)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"missing": "zero"}, "no score for an image that was not sent"),
        ({"lenient": True}, "lenient reading is for masks"),
    ],
)
def test_options_of_masks_are_refused(truth, options, words):
    with pytest.raises(UsageError, match=words):
        isiceval.score("2016/2", truth=truth, prediction=truth, **options)


def test_headers_only_and_arrays_of_masks_are_refused(truth):
    with pytest.raises(UsageError, match="headers only is for masks"):
        isiceval.validate("2016/2", truth=truth, prediction=truth, headers_only=True)
    with pytest.raises(UsageError, match="must be a mapping of feature to numbers"):
        isiceval.score("2016/2", truth=truth, prediction={"ISIC_0000001": [1, 2]})


def test_what_cannot_be_numbers_is_told(truth):
    bad = truth | {"ISIC_0000001": {"globules": [object()], "streaks": [0] * 5}}
    with pytest.raises(UsageError, match="must hold numbers for each feature"):
        isiceval.score("2016/2", truth=truth, prediction=bad)


def test_images_are_listed_and_facts_told(challenge, capsys):
    images = ["ISIC_0400001", "ISIC_0400002", "ISIC_0400003"]
    assert list_images("2017/2", truth=challenge / "truth") == images
    assert main(["tasks", "2016/2"]) == 0
    assert "R + 256 G + 65536 B" in capsys.readouterr().out


def test_the_csv_has_a_row_for_each_image_and_feature(challenge, tmp_path):
    out = tmp_path / "c.csv"
    words = ["score", "2017/2", str(challenge / "submissions" / "trained")]
    words += ["--truth", str(challenge / "truth"), "--csv", str(out), "--min", "auc.streaks=0.6"]
    assert main(words) == 0
    rows = out.read_text("utf-8").splitlines()
    assert rows[0].startswith("image,label,tp,fp,fn,tn,width,height,accuracy,sensitivity,")
    assert len(rows) == 1 + 3 * 4
