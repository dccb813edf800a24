import json
import math

from isiceval.metrics.registry import AGGREGATES
from isiceval.reports.json import write_json
from isiceval.scorecard import Scorecard


def refuse(constant):
    raise AssertionError(f"{constant} is not JSON")


def read(text):
    return json.loads(text, parse_constant=refuse)


def test_the_scorecard_is_read_back_from_its_json(make, tmp_path):
    problems = (make.problem("odd", make.hostile, severity="warning"),)
    card = make.scorecard(missing=1, problems=problems, conversions={"JPEG": 2}, n_ignored=3)
    path = tmp_path / "card.json"
    path.write_text(write_json(card), encoding="utf-8")
    assert Scorecard.load(path) == card


def test_documents_hold_only_finite_numbers(make):
    card = make.scorecard(task="2017/1")
    assert read(write_json(card))["cases"][2]["jaccard"] is None
    standing = make.standing(None, "x", status="undefined", aggregates={"jaccard": math.nan})
    document = read(write_json(make.board(standing, metric="jaccard")))
    assert document["standings"][0]["score"] is None


def test_documents_cannot_act_on_a_terminal(make):
    problems = [make.problem("odd", make.hostile)]
    for text in (
        write_json(make.validation(problems, submission=make.hostile)),
        write_json(make.board(make.standing(1, make.hostile))),
        write_json(make.scorecard(submission=make.hostile)),
    ):
        assert text.isascii()
        assert all(character.isprintable() or character == "\n" for character in text)
        assert make.hostile in _texts(read(text))


def _texts(value):
    if isinstance(value, dict):
        return {text for item in value.values() for text in _texts(item)}
    if isinstance(value, list):
        return {text for item in value for text in _texts(item)}
    return {value}


def test_validation_lists_and_counts_every_problem(make):
    problems = [
        make.problem("missing-prediction", "ISIC_0000001"),
        make.problem("missing-prediction", "ISIC_0000002"),
        make.problem("all-black", "x.png", severity="warning"),
    ]
    document = read(write_json(make.validation(problems)))
    assert document["format"] == "isiceval.validation"
    assert document["format_version"] == 1
    assert document["valid"] is False
    assert (document["n_errors"], document["n_warnings"]) == (2, 1)
    assert document["problem_counts"] == {"missing-prediction": 2, "all-black": 1}
    assert document["problems"][0] == {
        "code": "missing-prediction",
        "severity": "error",
        "where": "ISIC_0000001",
        "message": "something is wrong",
        "fix": "make it right",
    }
    assert sum(document["problem_counts"].values()) == len(document["problems"])


def test_the_leaderboard_carries_full_values(make):
    standing = make.standing(1, "a", team="T", columns={"country": "AT"})
    invalid = make.standing(None, "b", problems=(make.problem("empty-file", "x"),))
    board = make.board(standing, invalid, columns=("country",), truth_digest="ab", superseded=1)
    document = read(write_json(board))
    assert document["format"] == "isiceval.leaderboard"
    assert document["superseded"] == 1
    first, second = document["standings"]
    assert first["aggregates"] == dict(standing.aggregates)
    assert first["score"] == standing.aggregates["threshold_jaccard"]
    assert first["columns"] == {"country": "AT"}
    assert second["rank"] is None
    assert second["score"] is None
    assert second["aggregates"] == dict.fromkeys(AGGREGATES)
    assert second["problem_counts"] == {"empty-file": 1}
