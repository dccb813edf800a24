"""Tasks of several masks an image, from the files to scorecard, validation and leaderboard."""

import shutil

import numpy as np
import pytest

import isiceval
from isiceval.cli.main import main
from isiceval.errors import IsicevalError, UsageError
from isiceval.pipeline import list_images, write_manifest

LABELS = ("globules", "streaks")


@pytest.fixture
def challenge(root):
    """The small made challenge of attributes."""
    return root / "fixtures" / "attributes"


@pytest.fixture
def masks():
    """Truth of the task 2016/2B in memory: two images, both features."""
    made = {}
    for n in range(2):
        for k, label in enumerate(LABELS):
            mask = np.zeros((40 + n, 60), dtype=bool)
            mask[5 : 20 + k, 10 : 30 + n] = True
            made[f"ISIC_000000{n + 1}_{label}"] = mask
    return made


def test_a_prediction_that_is_the_truth_is_perfect(masks):
    scorecard = isiceval.score("2016/2B", truth=masks, prediction=masks)
    assert scorecard.score == scorecard.aggregates["jaccard.streaks"] == 1.0
    assert (scorecard.n_cases, len(scorecard.cases)) == (2, 4)
    assert {(c.image, c.label) for c in scorecard.cases} == {
        (f"ISIC_000000{n}", label) for n in (1, 2) for label in LABELS
    }


def test_masks_are_counted_at_512_and_pooled_by_feature(masks):
    other = {name: np.roll(mask, 5, axis=1) for name, mask in masks.items()}
    scorecard = isiceval.score("2016/2B", truth=masks, prediction=other)
    assert {case.counts.total for case in scorecard.cases} == {512 * 512}
    own = [case.counts for case in scorecard.cases if case.label == "globules"]
    tp, union = sum(c.tp for c in own), sum(c.tp + c.fp + c.fn for c in own)
    assert scorecard.aggregates["jaccard.globules"] == tp / union
    both = [scorecard.aggregates[f"jaccard.{label}"] for label in LABELS]
    assert scorecard.score == pytest.approx(sum(both) / 2)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_number_of_workers_moves_nothing(challenge, workers):
    prediction = challenge / "submissions" / "close"
    scored = isiceval.score(
        "2018/2", truth=challenge / "truth", prediction=prediction, workers=workers
    )
    parts = {label: [c.counts for c in scored.cases if c.label == label] for label in scored.labels}
    shares = [sum(c.tp / c.total for c in own) for own in parts.values()]
    unions = [sum((c.tp + c.fp + c.fn) / c.total for c in own) for own in parts.values()]
    assert scored.score == pytest.approx(sum(shares) / sum(unions))


def test_the_board_of_the_made_challenge(challenge):
    board = isiceval.rank(
        "2018/2", truth=challenge / "truth", submissions=[challenge / "submissions"]
    )
    assert [(s.rank, s.submission) for s in board.standings] == [
        (1, "close"),
        (2, "guess"),
        (None, "no-streaks"),
    ]
    assert {p.code for p in board.standings[-1].problems} == {"missing-prediction"}
    assert {p.where for p in board.standings[-1].problems} == {
        f"ISIC_030000{n}_attribute_streaks" for n in (1, 2, 3)
    }


def test_every_missing_mask_is_named_with_its_file(challenge):
    validation = isiceval.validate(
        "2018/2", truth=challenge / "truth", prediction=challenge / "submissions" / "no-streaks"
    )
    assert (validation.n_expected, validation.n_matched, validation.noun) == (15, 12, "mask")
    assert validation.errors[0].fix.startswith("add ISIC_0300001_attribute_streaks.png")


def test_empty_masks_of_attributes_are_no_warning(challenge):
    truth = challenge / "truth"
    assert isiceval.validate("2018/2", truth=truth, prediction=truth).problems == ()


def test_images_and_manifests_expect_every_attribute(challenge, save_masks, tmp_path):
    sizes = {"ISIC_0300001": (48, 64), "ISIC_0300002": (56, 56), "ISIC_0300003": (72, 48)}
    images = {f"{image}.png": np.eye(*shape, dtype=bool) for image, shape in sizes.items()}
    folder = save_masks(tmp_path / "images", images)
    prediction = challenge / "submissions" / "close"
    assert isiceval.validate("2018/2", images=folder, prediction=prediction).valid
    for source in ({"images": folder}, {"truth": challenge / "truth"}):
        manifest = tmp_path / "sizes.csv"
        manifest.write_text(write_manifest("2018/2", **source), encoding="utf-8")
        validation = isiceval.validate("2018/2", manifest=manifest, prediction=prediction)
        assert (validation.valid, validation.n_expected) == (True, 15)
    plain = "image,width,height\nISIC_0300001,64,48\n"
    manifest.write_text(plain, encoding="utf-8")
    assert isiceval.validate("2018/2", manifest=manifest, prediction=prediction).n_expected == 5


def test_a_truth_without_one_of_its_masks_is_the_organisers(challenge, tmp_path):
    truth = shutil.copytree(challenge / "truth", tmp_path / "truth")
    (truth / "ISIC_0300002_attribute_globules.png").unlink()
    for check in (isiceval.score, isiceval.validate):
        with pytest.raises(IsicevalError, match="no mask of ISIC_0300002 for globules") as caught:
            check("2018/2", truth=truth, prediction=challenge / "truth")
        assert caught.value.exit_status == 3


def test_missing_masks_cannot_be_scored_as_failures(masks):
    with pytest.raises(UsageError, match="no score for a mask that was not sent"):
        isiceval.score("2016/2B", truth=masks, prediction=masks, missing="zero")


def test_images_are_listed_once(challenge):
    images = list_images("2018/2", truth=challenge / "truth")
    assert images == ["ISIC_0300001", "ISIC_0300002", "ISIC_0300003"]


@pytest.mark.parametrize(("profile", "value"), [("today", 1.0), ("2018", 0.0)])
def test_what_is_empty_everywhere_counts_as_the_profile_says(profile, value):
    labels = isiceval.get_task("2018/2").labels
    empty = {f"ISIC_0000001_attribute_{n}": np.zeros((8, 8), dtype=bool) for n in labels}
    assert isiceval.score("2018/2", truth=empty, prediction=empty, profile=profile).score == value


def test_facts_and_reports(challenge, capsys, tmp_path):
    assert main(["tasks", "2016/2B"]) == 0
    out = capsys.readouterr().out
    assert "512 x 512, nearest pixel" in out
    assert "the mean over labels" in out
    words = ["score", "2018/2", str(challenge / "submissions" / "close")]
    words += ["--truth", str(challenge / "truth"), "--csv", str(tmp_path / "c.csv")]
    assert main([*words, "--min", "jaccard.globules=0.1"]) == 0
    assert "By label" in capsys.readouterr().out
    rows = (tmp_path / "c.csv").read_text("utf-8").splitlines()
    assert rows[0].startswith("image,label,tp,fp,fn,tn,width,height,jaccard,")
    assert len(rows) == 16


def test_a_mask_of_another_size_is_refused_though_all_are_resized(masks):
    other = masks | {"ISIC_0000001_globules": np.ones((80, 120), dtype=bool)}
    validation = isiceval.validate("2016/2B", truth=masks, prediction=other)
    assert [p.code for p in validation.errors] == ["wrong-dimensions"]


def test_a_truth_whose_keys_name_no_label_is_told(masks):
    bad = {"ISIC_0000001": masks["ISIC_0000001_globules"]}
    with pytest.raises(IsicevalError, match="'ISIC_0000001' names no label"):
        isiceval.score("2016/2B", truth=bad, prediction=masks)
