"""The ranking methods against challengeR's answers, and on draws against explicit repeats."""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from isiceval.statistics.ranking import METHODS, rank_teams

GOLDEN = Path(__file__).parents[2] / "fixtures" / "golden" / "ranking"
NAMES = {
    "mean_then_rank": "mean_then_rank",
    "median_then_rank": "median_then_rank",
    "rank_then_mean": "rank_then_mean",
    "rank_then_median": "rank_then_median",
    "test_none": "test_then_rank",
    "test_holm": "test_then_rank_holm",
}


def read_rows(name):
    with (GOLDEN / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read_matrices():
    columns = defaultdict(lambda: defaultdict(list))
    for row in read_rows("own_matrix.csv"):
        value = float(row["value"]) if row["value"] else np.nan
        columns[row["task"]][row["alg_name"]].append(value)
    return {task: np.array(list(teams.values())) for task, teams in columns.items()}


def read_answers():
    answers = defaultdict(list)
    for row in read_rows("golden_own_rankings.csv"):
        answers[row["method"], row["task"]].append((float(row["value"]), float(row["rank"])))
    return answers


MATRICES, ANSWERS = read_matrices(), read_answers()


def test_every_answer_is_compared():
    assert sum(map(len, ANSWERS.values())) == 336
    assert {task for _, task in ANSWERS} == set(MATRICES)
    assert set(NAMES.values()) == set(METHODS)


@pytest.mark.parametrize(("name", "task"), sorted(ANSWERS))
def test_scores_and_ranks_are_those_of_challenge_r(name, task):
    base = name.removesuffix("_smallbetter")
    method = NAMES[base.removesuffix("_tiesavg")]
    values = MATRICES[task]
    # challengeR was told to count a missing value as 0; ranking within cases takes no such rule.
    filled = values if method.startswith("rank") else np.nan_to_num(values, nan=0.0)
    ranking = rank_teams(
        filled,
        method,
        better="lower" if name.endswith("_smallbetter") else "higher",
        undefined="worst",
        ties="average" if base.endswith("_tiesavg") else "lowest",
    )
    scores, ranks = zip(*ANSWERS[name, task], strict=True)
    assert ranking.scores == pytest.approx(scores, abs=1e-14, rel=0)
    assert ranking.ranks.tolist() == list(ranks)


def make_values(*, undefined):
    rng = np.random.default_rng(11)
    values = np.round(rng.random((5, 14)) + np.linspace(0, 0.4, 5)[:, None], 1)
    if undefined:
        values[rng.random(values.shape) < 0.15] = np.nan
        values[:, 3] = np.nan
    return values


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("better", ["higher", "lower"])
@pytest.mark.parametrize("undefined", ["omit", "worst"])
def test_turned_values_rank_alike_in_the_other_direction(method, better, undefined):
    values = make_values(undefined=True)
    turned = "lower" if better == "higher" else "higher"
    one = rank_teams(values, method, better=better, undefined=undefined)
    other = rank_teams(-values, method, better=turned, undefined=undefined)
    assert one.ranks.tolist() == other.ranks.tolist()


def test_a_repeated_case_is_ranked_as_several_cases_not_pooled_into_one():
    values = np.array([[0.9, 0.4, 0.5], [0.8, 0.6, 0.7]])
    scores = rank_teams(np.repeat(values, [3, 0, 1], axis=1), "rank_then_mean").scores
    assert scores.tolist() == [(3 * 1 + 2) / 4, (3 * 2 + 1) / 4]
    # Pooled by case, the three copies of the first would have ranks 1 and 4.
    pooled = [(3 * 1 + 2) / 4, (3 * 4 + 1) / 4]
    assert scores[1] < pooled[1]


def test_a_repeated_case_is_tested_as_several_cases_not_dropped():
    values = np.vstack([np.full(4, 0.6), [0.5, 0.5, 0.5, 0.61]])
    assert rank_teams(values, "test_then_rank").scores.tolist() == [0, 0]
    thrice = rank_teams(np.repeat(values, [3, 3, 3, 1], axis=1), "test_then_rank")
    assert thrice.scores.tolist() == [1, 0]
    assert thrice.ranks.tolist() == [1, 2]


def test_wins_are_the_shares_of_teams_that_are_beaten():
    values = np.random.default_rng(7).random((3, 20)) + np.array([[0.0], [0.1], [0.9]])
    assert rank_teams(values, "test_then_rank").scores.tolist() == [0, 0, 1]


def test_undefined_cases_within_a_case():
    values = [[0.9, np.nan], [0.8, 0.2], [0.8, 0.1]]
    omitted = rank_teams(values, "rank_then_mean").scores.tolist()
    worst = rank_teams(values, "rank_then_mean", undefined="worst").scores.tolist()
    assert omitted == [1.0, 1.5, 2.0]
    assert worst == [2.0, 1.5, 2.0]


def test_a_case_undefined_for_all_has_nobody_ahead():
    values = [[np.nan, 0.1], [np.nan, 0.2]]
    lowest = rank_teams(values, "rank_then_mean", undefined="worst")
    average = rank_teams(values, "rank_then_mean", undefined="worst", ties="average")
    assert lowest.scores.tolist() == [1.5, 1.0]
    assert average.scores.tolist() == [1.75, 1.25]


@pytest.mark.parametrize("method", ["mean_then_rank", "median_then_rank", "rank_then_mean"])
def test_a_team_that_is_undefined_in_every_case_is_last(method):
    values = [[np.nan, np.nan], [0.1, 0.2], [0.3, 0.4]]
    ranking = rank_teams(values, method)
    assert np.isnan(ranking.scores[0])
    assert ranking.ranks.tolist() == [3, 2, 1]


def test_means_are_those_of_the_leaderboard_to_the_last_digit():
    values = np.random.default_rng(0).random((50, 101))
    values[:, 7] = np.nan
    assert rank_teams(values, "mean_then_rank").scores.tolist() == [
        math.fsum(row[~np.isnan(row)]) / 100 for row in values
    ]


@pytest.mark.parametrize("method", METHODS)
def test_a_lone_team_is_first(method):
    assert rank_teams([[0.5, 0.7]], method).ranks.tolist() == [1]
