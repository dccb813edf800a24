"""Every number that official code answered on superpixels, through the public API."""

import json
import math
from functools import cache
from pathlib import Path

import pytest

import isiceval

OFFICIAL = Path(__file__).parents[2] / "fixtures" / "golden" / "official"
NAMES = {"area_under_roc": "auc"}
# folder, task, whose answer, profile, how many numbers it holds
ANSWERS = (("2016-2", "2016/2", "y2016", "2016", 75), ("2017-2", "2017/2", "y2017", "2017", 133))


@cache
def score_folder(folder, task, profile=None):
    truth, prediction = (OFFICIAL / folder / name for name in ("truth", "prediction"))
    return isiceval.score(task, truth=truth, prediction=prediction, profile=profile)


def iter_ours(scorecard):
    """Yield (row, metric, value) for the rows of the official answer."""
    for label in scorecard.labels:
        for metric in ("accuracy", "sensitivity", "specificity", "average_precision", "auc"):
            yield f"aggregate_{label}", metric, scorecard.aggregates[f"{metric}.{label}"]
    for case in scorecard.cases:
        for metric, value in case.values.items():
            yield f"{case.image}_{case.label}", metric, value


def average_rows(rows):
    """Average every metric over the rows that have it, as the platform of those years did."""
    values = {}
    for _, metric, value in rows:
        if not math.isnan(value):
            values.setdefault(metric, []).append(value)
    return {("average", metric): math.fsum(v) / len(v) for metric, v in values.items()}


def iter_recorded(answer):
    for row in answer["rows"]:
        for metric in row["metrics"]:
            skipped = metric["name"] in {"average_precision", "area_under_roc"}
            if not (skipped and row["dataset"].startswith("ISIC_")):
                yield row["dataset"], NAMES.get(metric["name"], metric["name"]), metric["value"]
    for name, value in answer["average"].items():
        yield "average", NAMES.get(name, name), value


@pytest.mark.parametrize(("folder", "task", "key", "profile", "n_numbers"), ANSWERS)
def test_every_number_is_the_official_one(folder, task, key, profile, n_numbers, record_property):
    recorded = json.loads((OFFICIAL / folder / "official.json").read_text("utf-8"))[key]
    numbers = {(row, metric): value for row, metric, value in iter_recorded(recorded)}
    assert len(numbers) == n_numbers
    rows = list(iter_ours(score_folder(folder, task, profile)))
    ours = {(row, metric): value for row, metric, value in rows} | average_rows(rows)
    assert set(ours) == set(numbers)
    differences = {0.0}
    for place, official in numbers.items():
        if official is None:
            assert math.isnan(ours[place]), place
        else:
            assert ours[place] == pytest.approx(official, rel=0, abs=1e-12), place
            differences.add(abs(ours[place] - official))
    record_property("largest difference", float(max(differences)))


@pytest.mark.parametrize(("folder", "task"), [a[:2] for a in ANSWERS])
def test_the_ranking_is_the_mean_of_the_pooled_features(folder, task):
    scorecard = score_folder(folder, task)
    pooled = [scorecard.aggregates[f"{scorecard.metric}.{label}"] for label in scorecard.labels]
    assert scorecard.score == pytest.approx(sum(pooled) / len(pooled))


@pytest.mark.parametrize(("folder", "task"), [a[:2] for a in ANSWERS])
def test_the_json_is_read_back_and_the_csv_says_that_it_cannot_be(folder, task, tmp_path):
    from isiceval.reports.csv import write_csv
    from isiceval.reports.json import write_json

    scorecard = score_folder(folder, task)
    (tmp_path / "s.json").write_text(write_json(scorecard), encoding="utf-8")
    again = isiceval.Scorecard.load(tmp_path / "s.json")
    assert again.aggregates == scorecard.aggregates
    assert again.rocs == scorecard.rocs
    assert [case.counts for case in again.cases] == [case.counts for case in scorecard.cases]
    (tmp_path / "s.csv").write_text(write_csv(scorecard), encoding="utf-8")
    with pytest.raises(isiceval.IsicevalError, match="load the JSON of the scorecard instead"):
        isiceval.Scorecard.load(tmp_path / "s.csv")
