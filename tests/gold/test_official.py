"""Every number that the official scorers answered, reproduced to 1e-12."""

import json
import math
import shutil
import zipfile
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

import isiceval

OFFICIAL = Path(__file__).parents[2] / "fixtures" / "golden" / "official"
# folder, task, whose answer, the profile that must reproduce it
ANSWERS = (
    ("2016-1", "2016/1", "y2016", "2016"),
    ("2017-1", "2017/1", "y2017", "2017"),
    ("2017-1", "2017/1", "v5_8_0", "today"),
    ("2018-1", "2018/1", "y2018", "2018"),
    ("2018-1", "2018/1", "v5_8_0", "today"),
)
TASKS = sorted({(folder, task) for folder, task, _, _ in ANSWERS})
NUMBERS = {"2016-1": 14 * 5 + 5, "2017-1": 16 * 5 + 5 + 8, "2018-1": 26 * 1 + 8}


def read_answers(folder):
    return json.loads((OFFICIAL / folder / "official.json").read_text(encoding="utf-8"))


@cache
def score_folder(folder, task, profile):
    return isiceval.score(
        task,
        truth=OFFICIAL / folder / "truth",
        prediction=OFFICIAL / folder / "prediction",
        profile=profile,
        workers=1,
    )


def iter_recorded(answer):
    """Yield (image or kind of aggregate, metric, value) for every number of one answer."""
    for row in answer.get("rows", ()):
        for metric in row["metrics"]:
            yield row["dataset"], metric["name"], metric["value"]
    for kind in ("average", "macro_average"):
        for name, value in answer.get(kind, {}).items():
            yield kind, name, value
    for kind in ("overall", "validation"):
        if kind in answer:
            yield kind, "score", answer[kind]


RECORDED = [
    pytest.param(folder, task, profile, number, id="-".join((folder, key, *number[:2])))
    for folder, task, key, profile in ANSWERS
    for number in iter_recorded(read_answers(folder)[key])
]


def find_ours(scorecard, where, metric):
    if metric == "score":
        return scorecard.score
    if where.endswith("average"):
        return scorecard.aggregates[metric]
    (case,) = (case for case in scorecard.cases if case.image == where)
    return case.values[metric]


@pytest.mark.parametrize(("folder", "task", "profile", "number"), RECORDED)
def test_number_equals_the_official_one(folder, task, profile, number):
    where, metric, official = number
    ours = find_ours(score_folder(folder, task, profile), where, metric)
    if official is None:
        assert math.isnan(ours)
    else:
        assert ours == pytest.approx(official, rel=0, abs=1e-12)


def count_numbers(node):
    """Count the numbers and nulls anywhere in a JSON document."""
    if isinstance(node, dict):
        return sum(count_numbers(value) for value in node.values())
    if isinstance(node, list):
        return sum(count_numbers(value) for value in node)
    return not isinstance(node, str)


def test_every_recorded_number_is_compared():
    compared = Counter(param.values[0] for param in RECORDED)
    assert compared == NUMBERS
    assert {folder: count_numbers(read_answers(folder)) for folder in compared} == NUMBERS


def test_every_answer_is_compared():
    recorded = {(folder, key) for folder, _ in TASKS for key in read_answers(folder)}
    assert recorded == {(folder, key) for folder, _, key, _ in ANSWERS}


@pytest.mark.parametrize(("folder", "task", "key", "profile"), ANSWERS)
def test_every_file_is_scored(folder, task, key, profile):
    files = {path.name for path in (OFFICIAL / folder / "truth").iterdir()}
    assert files == {path.name for path in (OFFICIAL / folder / "prediction").iterdir()}
    cases = [case.image for case in score_folder(folder, task, profile).cases]
    assert cases == sorted(name[:12] for name in files)
    rows = [row["dataset"] for row in read_answers(folder)[key].get("rows", ())]
    assert rows in ([], cases)


def zip_folder(folder, path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir(), reverse=True):
            archive.write(file, f"masks/{file.name}")
    return path


@pytest.mark.parametrize(("folder", "task"), TASKS)
def test_zips_give_the_same_scorecard(folder, task, tmp_path):
    plain = score_folder(folder, task, None)
    zipped = isiceval.score(
        task,
        truth=zip_folder(OFFICIAL / folder / "truth", tmp_path / "truth.zip"),
        prediction=zip_folder(OFFICIAL / folder / "prediction", tmp_path / "masks.zip"),
        workers=1,
    )
    assert zipped.signature == plain.signature
    assert list(zipped.measured.iter_rows()) == list(plain.measured.iter_rows())
    assert zipped.aggregates == plain.aggregates
    assert zipped.truth_digest == plain.truth_digest
    assert zipped.submission_digest == plain.submission_digest
    assert zipped.signature == plain.signature


def test_digest_moves_with_the_content_of_one_mask(tmp_path):
    folder = OFFICIAL / "2017-1"
    plain = score_folder("2017-1", "2017/1", None)
    prediction = tmp_path / "prediction"
    shutil.copytree(folder / "prediction", prediction)
    name = "ISIC_1492355_segmentation.png"
    shutil.copyfile(folder / "truth" / name, prediction / name)
    other = isiceval.score("2017/1", truth=folder / "truth", prediction=prediction, workers=1)
    assert other.truth_digest == plain.truth_digest
    assert other.submission_digest != plain.submission_digest
    assert len(plain.truth_digest) == len(plain.submission_digest) == 64
