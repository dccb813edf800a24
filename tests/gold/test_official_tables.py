"""Every number that official code answered on tables, reproduced through the public API."""

import json
import math
from functools import cache
from pathlib import Path

import pytest

import isiceval

OFFICIAL = Path(__file__).parents[2] / "fixtures" / "golden" / "official"
TOLERANCE = 1e-12
# folder, task, whose answer, profile, how many numbers it holds
ANSWERS = (
    ("2016-3", "2016/3", "y2016", "2016", 16),
    ("2016-3B", "2016/3B", "y2016", "2016", 16),
    ("2017-3", "2017/3", "y2017", "2017", 48),
    ("2018-3", "2018/3", "v5_8_0", None, 75),
    ("2019-1", "2019/1", "v5_8_0", None, 93),
    ("2019-1", "2019/2", "v5_8_0", None, 93),
    ("2020", "2020", "v5_8_0", None, 21),
    ("2024", "2024", "note", None, 1),
    ("milk10k", "milk10k", "v5_8_0", "code", 111),
)
NAMES = {
    "ap": "average_precision",
    "auc_sens_80": "auc_above_sensitivity",
    "area_under_roc": "auc",
}


@cache
def score_folder(folder, task, profile):
    (truth,) = (OFFICIAL / folder / "truth").iterdir()
    prediction = OFFICIAL / folder / "prediction" / "submission.csv"
    return isiceval.score(task, truth=truth, prediction=prediction, profile=profile)


def iter_recorded(answer):
    """Yield (place, metric, value) for every number of a recorded answer."""
    for name, value in answer.items():
        if name in NESTED:
            yield from NESTED[name](value)
        elif isinstance(value, dict):
            yield from ((name, metric, number) for metric, number in value.items())
        elif name != "scorer":
            yield name, "", value


def iter_rows(rows):
    return ((row["dataset"], m["name"], m["value"]) for row in rows for m in row["metrics"])


def iter_classes(metrics):
    return ((c, m, number) for m, classes in metrics.items() for c, number in classes.items())


NESTED = {"rows": iter_rows, "per_category": iter_classes}


def find_name(scorecard, place, metric):
    """Find our name for a number of the official code."""
    if place == "validation":
        named = f"validation.{scorecard.metric}"
        return named if named in scorecard.aggregates else scorecard.metric
    if place == "overall":
        return scorecard.metric
    for label in scorecard.labels:
        if metric.endswith(f"_{label}"):
            place, metric = label, metric.removesuffix(f"_{label}")
    metric = metric.removesuffix("_mean")
    metric = metric.replace("spec_at_sens_0.", "specificity_at_")
    metric = metric.replace("spec_at_sens_", "specificity_at_")
    metric = NAMES.get(metric, metric)
    alone = len(scorecard.labels) == 1
    return f"{metric}.{place}" if place in scorecard.labels and not alone else metric


@pytest.mark.parametrize(("folder", "task", "key", "profile", "n_numbers"), ANSWERS)
def test_every_number_is_the_official_one(folder, task, key, profile, n_numbers, record_property):
    recorded = json.loads((OFFICIAL / folder / "official.json").read_text("utf-8"))[key]
    numbers = list(iter_recorded(recorded))
    assert len(numbers) == n_numbers
    scorecard = score_folder(folder, task, profile)
    differences = {0.0}
    for place, metric, official in numbers:
        name = find_name(scorecard, place, metric)
        ours = scorecard.aggregates[name]
        if official is None:
            assert math.isnan(ours)
        else:
            assert ours == pytest.approx(official, rel=0, abs=TOLERANCE), (place, metric)
            differences.add(abs(ours - official))
    record_property("largest difference", float(max(differences)))


@pytest.mark.parametrize(("folder", "task"), [a[:2] for a in ANSWERS])
def test_aggregates_are_computed_again_from_the_csv_and_read_from_the_json(folder, task, tmp_path):
    from isiceval.reports.csv import write_csv
    from isiceval.reports.json import write_json

    scorecard = score_folder(folder, task, None)
    for name, text in (("s.csv", write_csv(scorecard)), ("s.json", write_json(scorecard))):
        (tmp_path / name).write_text(text, encoding="utf-8")
        again = isiceval.Scorecard.load(tmp_path / name)
        assert again.cases == scorecard.cases
        assert again.aggregates == pytest.approx(scorecard.aggregates, abs=0, nan_ok=True)
        assert (again.kind, again.labels) == ("table", scorecard.labels)
