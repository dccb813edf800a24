"""Every number that official code answered on attribute masks, through the public API."""

import json
import math
from functools import cache
from pathlib import Path

import pytest

import isiceval

OFFICIAL = Path(__file__).parents[2] / "fixtures" / "golden" / "official"
# folder, task, whose answer, profile, how many numbers it holds
ANSWERS = (
    ("2016-2B", "2016/2B", "y2016", None, 15),
    ("2018-2", "2018/2", "v5_8_0", "today", 13),
    ("2018-2", "2018/2", "y2018", "2018", 1),
)


@cache
def score_folder(folder, task, profile):
    truth, prediction = (OFFICIAL / folder / name for name in ("truth", "prediction"))
    return isiceval.score(task, truth=truth, prediction=prediction, profile=profile, workers=1)


def iter_recorded(answer):
    """Yield (place, metric, value) for every number of a recorded answer."""
    for name, value in answer.items():
        if name == "rows":
            yield from ((r["dataset"], m["name"], m["value"]) for r in value for m in r["metrics"])
        elif isinstance(value, dict):
            yield from ((name, metric, number) for metric, number in value.items())
        elif name != "scorer":
            yield name, "jaccard", value


@pytest.mark.parametrize(("folder", "task", "key", "profile", "n_numbers"), ANSWERS)
def test_every_number_is_the_official_one(folder, task, key, profile, n_numbers, record_property):
    recorded = json.loads((OFFICIAL / folder / "official.json").read_text("utf-8"))[key]
    numbers = list(iter_recorded(recorded))
    assert len(numbers) == n_numbers
    scorecard = score_folder(folder, task, profile)
    differences = {0.0}
    for place, metric, official in numbers:
        label = place.removeprefix("collection_")
        ours = scorecard.aggregates[f"{metric}.{label}" if label in scorecard.labels else metric]
        assert ours == pytest.approx(official, rel=0, abs=1e-12), (place, metric)
        differences.add(abs(ours - official))
    record_property("largest difference", float(max(differences)))


@pytest.mark.parametrize(("folder", "task"), sorted({a[:2] for a in ANSWERS}))
def test_aggregates_are_computed_again_from_the_csv_and_read_from_the_json(folder, task, tmp_path):
    from isiceval.reports.csv import write_csv
    from isiceval.reports.json import write_json

    scorecard = score_folder(folder, task, None)
    for name, text in (("s.csv", write_csv(scorecard)), ("s.json", write_json(scorecard))):
        (tmp_path / name).write_text(text, encoding="utf-8")
        again = isiceval.Scorecard.load(tmp_path / name)
        assert again.aggregates == pytest.approx(scorecard.aggregates, abs=0, nan_ok=True)
        assert [c.counts for c in again.cases] == [c.counts for c in scorecard.cases]
        assert again.kind == "masks"
        assert not math.isnan(again.score)
