"""The made challenge: scores as plain NumPy and the official scorer give them, and its board."""

import json
import warnings
import zipfile
from pathlib import Path

import pytest
from isic_challenge_scoring.segmentation import SegmentationScore

import isiceval
from isiceval.metrics.registry import AGGREGATES, METRICS

CHALLENGE = Path(__file__).parents[2] / "fixtures" / "challenge"
TRUTH, SUBMISSIONS = CHALLENGE / "truth", CHALLENGE / "submissions"
SCORES = json.loads((CHALLENGE / "expected" / "scores.json").read_text(encoding="utf-8"))
PROBLEMS = json.loads((CHALLENGE / "expected" / "problems.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=sorted(SCORES))
def scored(request):
    prediction = SUBMISSIONS / request.param
    return SCORES[request.param], isiceval.score("2018/1", truth=TRUTH, prediction=prediction)


def test_counts_equal_those_of_numpy(scored):
    expected, scorecard = scored
    assert len(scorecard.cases) == len(expected["cases"]) == 12
    for case in scorecard.cases:
        wanted = expected["cases"][case.image]
        ours = {name: getattr(case.counts, name) for name in ("tp", "fp", "fn", "tn")}
        assert ours == {name: wanted[name] for name in ours}
        assert case.values == pytest.approx({name: wanted[name] for name in METRICS}, abs=1e-12)


def test_aggregates_equal_those_of_numpy(scored):
    expected, scorecard = scored
    assert set(expected["aggregates"]) == set(AGGREGATES)
    assert scorecard.aggregates == pytest.approx(expected["aggregates"], abs=1e-12)


@pytest.mark.parametrize("name", sorted(SCORES))
def test_expected_scores_are_those_of_the_official_scorer(name, tmp_path):
    folder = SUBMISSIONS / name
    if folder.suffix == ".zip":
        with zipfile.ZipFile(folder) as archive:
            archive.extractall(tmp_path)
        folder = tmp_path / folder.stem
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what pandas says of the official code is not about ours
        official = SegmentationScore.from_dir(TRUTH, folder).macro_average.to_dict()
    aggregates = {metric: SCORES[name]["aggregates"][metric] for metric in METRICS}
    assert aggregates == pytest.approx(official, abs=1e-12)


def test_broken_has_exactly_the_problems_that_were_put_into_it():
    validation = isiceval.validate("2018/1", truth=TRUTH, prediction=SUBMISSIONS / "broken")
    assert {(p.code, p.severity, p.where) for p in validation.problems} == set(map(tuple, PROBLEMS))
    assert not validation.valid
    assert validation.n_ignored == 1


def test_broken_is_refused_with_all_its_errors():
    with pytest.raises(isiceval.InvalidSubmission) as caught:
        isiceval.score("2018/1", truth=TRUTH, prediction=SUBMISSIONS / "broken")
    errors = {(p.code, p.where) for p in caught.value.problems if p.severity == "error"}
    assert errors == {(code, where) for code, kind, where in PROBLEMS if kind == "error"}


def rank(**options):
    return isiceval.rank(
        "2018/1",
        truth=TRUTH,
        submissions=[SUBMISSIONS],
        teams=CHALLENGE / "teams.csv",
        **options,
    )


def test_board_of_all_submissions():
    board = rank()
    assert [(s.rank, s.submission, s.team) for s in board.standings] == [
        (1, "careful-unet", "Team A"),
        (2, "coarse-grid", "Team A"),
        (3, "plain-threshold.zip", "Team B"),
        (None, "broken", "Team C"),
    ]
    for standing in board.standings[:3]:
        expected = SCORES[standing.submission]["aggregates"]
        assert standing.aggregates == pytest.approx(expected, abs=1e-12)


def test_board_of_teams_keeps_the_best_approach():
    board = rank(per="team")
    assert [(s.rank, s.team, s.submission) for s in board.standings] == [
        (1, "Team A", "careful-unet"),
        (2, "Team B", "plain-threshold.zip"),
        (None, "Team C", "broken"),
    ]
    assert board.superseded == 1
