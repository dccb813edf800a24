"""Intervals, leaderboards and comparisons of every kind of task from the command line."""

import csv
import io
import json
from pathlib import Path

import pytest

from isiceval.cli.main import main

FIXTURES = Path(__file__).parents[2] / "fixtures"
DIAGNOSIS = FIXTURES / "diagnosis"
TRUTH = DIAGNOSIS / "truth.csv"
ENSEMBLE, SINGLE = (
    DIAGNOSIS / "submissions" / f"{n}.csv" for n in ("deep-ensemble", "single-network")
)
KINDS = [
    ("2018/3", TRUTH, ENSEMBLE, SINGLE),
    *(
        (task, FIXTURES / kind / "truth", *(FIXTURES / kind / "submissions" / n for n in teams))
        for task, kind, teams in (
            ("2018/2", "attributes", ("close", "guess")),
            ("2017/2", "superpixels", ("trained", "guess")),
        )
    ),
]


@pytest.fixture
def run(capsys):
    def run_command(*words):
        status = main([str(word) for word in words])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run_command


@pytest.mark.parametrize(
    ("task", "truth", "first", "second"), KINDS, ids=lambda value: str(value)[-9:]
)
class TestEveryKind:
    def test_score(self, run, task, truth, first, second):
        words = ("score", task, first, "--truth", truth, "--json", "-")
        status, out, _ = run(*words)
        assert status == 0
        document = json.loads(out)
        assert document["bootstrap"]["draws"] == 1000
        assert set(document["intervals"]) <= set(document["aggregates"])
        ends = document["intervals"].get(document["metric"])
        assert ends is None if document["n_cases"] < 5 else 0 <= ends[0] < ends[1] <= 1
        assert run(*words)[1] == out, "the same inputs and seed give the same bytes"
        status, out, _ = run(*words, "--bootstrap", "0")
        assert json.loads(out)["intervals"] == {}

    def test_leaderboard(self, run, task, truth, first, second):
        words = ("leaderboard", task, first, second, "--truth", truth, "--csv", "-")
        status, out, _ = run(*words, "--bootstrap", "100")
        assert status == 0
        best, last = csv.DictReader(io.StringIO(out))
        assert (best["ci_low"] == "") == (best["n_cases"] == "3")
        assert best["ci_low"] <= best["ci_high"]
        assert (best["rank_low"], best["rank_high"], best["p_first"]) == ("1", "1", "1.0")
        assert (last["rank_low"], last["test_then_rank"] != "") == ("2", True)
        assert run(*words, "--bootstrap", "100")[1] == out

    def test_compare(self, run, tmp_path, task, truth, first, second):
        target = tmp_path / "comment.md"
        status, out, err = run(
            *("compare", task, first, second, "--truth", truth, "--bootstrap", "100"),
            *("--markdown", target, "--fail-if-worse"),
        )
        assert out.startswith("B ")
        assert target.read_text().startswith("## B ")
        worse = out.startswith("B is worse")
        assert status == int(worse)
        assert ("significantly worse than A" in err) == worse
        assert worse == (task == "2018/3"), "three images prove nothing"

    def test_groups(self, run, tmp_path, task, truth, first, second):
        _, out, _ = run("score", task, first, "--truth", truth, "--bootstrap", "0", "--json", "-")
        images = sorted({case["image"] for case in json.loads(out)["cases"]})
        groups = tmp_path / "groups.csv"
        lines = [f"{image},g{place // 2}" for place, image in enumerate(images)]
        groups.write_text("\n".join(["image,group", *lines]))
        words = ("--truth", truth, "--groups", groups, "--bootstrap", "100")
        n = (len(images) + 1) // 2
        assert f"over {n} groups, 100 draws" in run("score", task, first, *words)[1]
        out = run("leaderboard", task, first, second, *words)[1]
        assert f"over {n} groups, 100 draws" in out
        out = run("compare", task, first, second, *words)[1]
        assert f"over {n} groups, 100 draws" in out


def test_a_scorecard_of_superpixels_is_told_the_way_out(run, tmp_path):
    task, truth, first, second = KINDS[2]
    card = tmp_path / "card.json"
    run("score", task, first, "--truth", truth, "--json", card)
    status, _, err = run("compare", task, card, second, "--truth", truth)
    assert status == 2
    assert err == (
        "isiceval: card.json: it is a scorecard without the confidence of every superpixel, which draws "
        "of the images need: give the submission itself, and the truth, in its place\n"
    )
    words = ("leaderboard", task, card, second, "--truth", truth)
    assert "untrusted-scorecard (1)" in run(*words)[1]
    status, out, _ = run(*words, "--trust-scorecards")
    assert status == 0
    assert (
        "- No rank intervals and tests: card.json: it is a scorecard without the confidence" in out
    )
    assert "interval" not in out.split("How certain the ranking is")[0]


def test_scorecards_of_tables_need_no_truth(run, tmp_path):
    cards = [tmp_path / f"{name}.json" for name in "ab"]
    for path, card in zip((ENSEMBLE, SINGLE), cards, strict=True):
        run("score", "2018/3", path, "--truth", TRUTH, "--bootstrap", "0", "--json", card)
    status, out, _ = run("compare", "2018/3", *cards, "--bootstrap", "100")
    assert status == 0
    whole = run("compare", "2018/3", ENSEMBLE, SINGLE, "--truth", TRUTH, "--bootstrap", "100")[1]
    assert out.split("60 images")[1] == whole.split("60 images")[1]


def test_compare_ranks_by_what_the_task_allows(run):
    folder = FIXTURES / "golden" / "official" / "2017-3"
    truth, prediction = (next((folder / part).iterdir()) for part in ("truth", "prediction"))
    words = ("compare", "2017/3", prediction, prediction, "--truth", truth, "--rank-by")
    status, out, _ = run(*words, "auc.melanoma")
    assert status == 0
    assert out.startswith("B gives the same answers as A: AUC (melanoma) 0.0000 [0.0000, 0.0000]")
    status, _, err = run(*words, "dice")
    assert status == 2
    assert "task 2017/3 ranks by auc or auc.melanoma or auc.seborrheic_keratosis" in err
