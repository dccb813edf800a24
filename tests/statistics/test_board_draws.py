"""Leaderboards of tables, attributes and superpixels, against a bootstrap that repeats rows."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau, rankdata

import isiceval
from isiceval.model import Interval, Standing
from isiceval.options import BootstrapOptions
from isiceval.pipeline import add_statistics
from isiceval.reports.csv import write_csv
from isiceval.reports.leaderboard import describe_statistics
from isiceval.scorecard import from_document, to_document
from isiceval.sources.sidecars import Groups
from isiceval.statistics.bootstrap import Resampling, iter_weights
from isiceval.statistics.ranking import rank_entries
from tests.builders import add_intervals, auc, balanced_accuracy

FIXTURES = Path(__file__).parents[2] / "fixtures"
DRAWS, SEED = 200, 3
PERCENTILE = BootstrapOptions(draws=DRAWS, seed=SEED, interval="percentile")
SKILLS = (0.5, 0.45, 0.42, 0.2)


def make_cards(name, n=80, *, skills=SKILLS, weights=None):
    """Score teams of several skills on one made truth."""
    task = isiceval.get_task(name)
    labels, key = list(task.labels), task.table.key
    generator = np.random.default_rng(8)
    if len(labels) > 1:
        truth = np.eye(len(labels))[generator.integers(0, len(labels), n)]
    else:
        truth = (generator.random((n, 1)) < 0.35).astype(float)
    ids = [f"ISIC_{k:07d}" for k in generator.permutation(n)]
    extra = {} if weights is None else {"score_weight": weights}
    known = pd.DataFrame(truth, index=pd.Index(ids, name=key), columns=labels)
    known = known.assign(**extra).reset_index()
    cards = {}
    for place, skill in enumerate(skills):
        given = (skill * truth + (1 - skill) * generator.random(truth.shape)).round(2)
        table = pd.DataFrame(given, index=pd.Index(ids, name=key), columns=labels).reset_index()
        card = isiceval.score(task, truth=known, prediction=table, bootstrap=0)
        cards[f"team-{place}"] = replace(card, submission=f"team-{place}")
    return task, cards


def make_board(task, cards, redrawing=None):
    board = rank_entries([Standing(submission=name) for name in cards], cards, task=task)
    return add_statistics(
        board, cards, redrawing or BootstrapOptions(draws=DRAWS, seed=SEED), task=task
    )


def read(card, task):
    cases = sorted(card.cases, key=lambda case: case.image)
    given = np.array([case.diagnosis.confidences for case in cases])
    if len(task.labels) == 1:
        return np.array([case.diagnosis.truth == task.labels[0] for case in cases]), given[:, 0]
    truth = [[float(label == case.diagnosis.truth) for label in task.labels] for case in cases]
    return np.array(truth), given


def score_draws(cards, task, formula, clusters=None):
    """Score every team on rows repeated one by one: draws x teams."""
    resampling = Resampling(draws=DRAWS, seed=SEED, groups=clusters)
    teams = [read(card, task) for card in cards.values()]
    scores = []
    for block in iter_weights(len(teams[0][0]), resampling):
        for weights in block:
            rows = np.repeat(np.arange(len(weights)), weights)
            scores.append([formula(truth[rows], given[rows]) for truth, given in teams])
    return np.array(scores)


FORMULAS = {"2018/3": balanced_accuracy, "2020": auc}


@pytest.mark.parametrize("name", FORMULAS)
def test_ranks_and_intervals_are_those_of_repeated_rows(name):
    task, cards = make_cards(name)
    board = make_board(task, cards, PERCENTILE)
    scores = score_draws(cards, task, FORMULAS[name])
    ranks = np.array([rankdata(-row.round(12), method="min") for row in scores])
    standings = {standing.submission: standing for standing in board.standings}
    for place, team in enumerate(cards):
        standing, column = standings[team], ranks[:, place]
        shares = [np.mean(column == n) for n in range(1, len(board.standings) + 1)]
        assert standing.rank_shares == pytest.approx(shares, abs=1e-12)
        assert standing.rank_shares[0] == standing.p_first
        assert standing.rank_low == np.quantile(column, 0.025, method="lower")
        assert standing.rank_high == np.quantile(column, 0.975, method="higher")
        assert standing.p_first == pytest.approx((column == 1).mean())
        interval = standing.intervals[task.ranking]
        ends = np.quantile(scores[:, place], [0.025, 0.975])
        assert (interval.low, interval.high) == pytest.approx(tuple(ends), abs=1e-12)
    order = [list(cards).index(standing.submission) for standing in board.standings]
    own = [standing.rank for standing in board.standings]
    taus = [kendalltau(own, row[order]).statistic for row in ranks]
    assert board.tau == pytest.approx(np.mean(taus), abs=1e-12)
    assert any(standing.rank_low < standing.rank_high for standing in board.standings)
    assert board.bootstrap.n_units == 80


def test_intervals_of_a_board_are_those_of_its_scorecards():
    task, cards = make_cards("2018/3")
    board = make_board(task, cards)
    for standing in board.standings:
        card = cards[standing.submission]
        alone = add_intervals(card, BootstrapOptions(draws=DRAWS, seed=SEED), task=task)
        assert standing.intervals == alone.intervals
        assert set(alone.intervals) == set(card.aggregates)


@pytest.mark.parametrize("name", [*FORMULAS, "2017/3"])
def test_letters_p_values_intervals_and_sure_ranks_say_the_same(name):
    task, cards = make_cards(name)
    board = make_board(task, cards)
    found = board.significance
    p_values, low = np.array(found.p_values, float), np.array(found.low)
    better = np.nan_to_num(p_values, nan=1.0) <= found.alpha
    assert better.any()
    assert not better.all()
    assert np.array_equal(better, low > 0)
    assert np.array_equal(np.array(found.high), -low.T)
    for place, standing in enumerate(board.standings):
        assert standing.rank_low_sure == 1 + better[:, place].sum()
        assert standing.rank_high_sure == len(better) - better[place].sum()
        apart = better[place] | better[:, place]
        tied = {other.submission for n, other in enumerate(board.standings) if not apart[n]}
        assert {*standing.tied_with, standing.submission} == tied
        letters = [set(group) for group in found.groups]
        together = set().union(*(group for group in letters if standing.submission in group))
        assert together == tied


def test_a_comparison_agrees_with_a_board_of_two():
    task, cards = make_cards("2020", skills=SKILLS[::3])
    board = make_board(task, cards)
    first, second = cards.values()
    found = isiceval.compare(task, first=first, second=second, bootstrap=DRAWS, seed=SEED)
    assert found.worse
    assert board.significance.p_values[0][1] == found.differences["auc"].p_value
    assert board.significance.low[0][1] == -found.differences["auc"].high
    assert board.significance.critical == pytest.approx(1.96, abs=0.001)


@pytest.mark.parametrize("name", ["2020", "2018/3"])
def test_groups_are_redrawn_whole_and_end_the_tests_of_single_cases(name):
    task, cards = make_cards(name)
    images = sorted(case.image for case in cards["team-0"].cases)
    clusters = {image: f"p{place // 4}" for place, image in enumerate(images)}
    redrawing = BootstrapOptions(
        draws=DRAWS,
        seed=SEED,
        groups=Groups(where="g", group_of=clusters),
        interval="percentile",
    )
    board = make_board(task, cards, redrawing)
    assert (board.bootstrap.grouped, board.bootstrap.n_units) == (True, 20)
    scores = score_draws(cards, task, FORMULAS[name], clusters=list(clusters.values()))
    for place, team in enumerate(cards):
        (standing,) = [s for s in board.standings if s.submission == team]
        ends = np.quantile(scores[:, place], [0.025, 0.975])
        interval = standing.intervals[task.ranking]
        assert (interval.low, interval.high) == pytest.approx(tuple(ends), abs=1e-12)


def test_ranks_under_every_other_metric_and_under_the_tests():
    task, cards = make_cards("2018/3")
    board = make_board(task, cards)
    assert [s.ranks["test_then_rank_holm"] for s in board.standings] == [1, 1, 1, 4]
    for standing in board.standings:
        assert standing.ranks["balanced_accuracy_then_rank"] == standing.rank
        assert set(standing.ranks) == {
            *(f"{metric}_then_rank" for metric in task.metrics),
            *("test_then_rank", "test_then_rank_holm"),
        }
    values = [standing.aggregates["npv"] for standing in board.standings]
    found = [standing.ranks["npv_then_rank"] for standing in board.standings]
    assert found == rankdata([-value for value in values], method="min").tolist()


def test_equal_submissions_are_tied_in_every_draw():
    task, cards = make_cards("2018/3", skills=(0.4,))
    twin = replace(cards["team-0"], submission="twin")
    board = make_board(task, {**cards, "twin": twin})
    for standing in board.standings:
        assert (standing.rank_low, standing.rank_high, standing.p_first) == (1, 1, 1.0)
        assert len(standing.tied_with) == 1
    assert board.tau is None


@pytest.mark.parametrize(("name", "folder"), [("2018/2", "attributes"), ("2017/2", "superpixels")])
def test_a_board_of_masks_and_one_of_superpixels(name, folder):
    root = FIXTURES / folder
    submissions = [root / "submissions"]
    board = isiceval.rank(name, truth=root / "truth", submissions=submissions, bootstrap=50)
    first = board.standings[0]
    assert (first.rank_low, first.rank_high, first.p_first) == (1, 1, 1.0)
    # Three images can prove nothing, however large the difference.
    assert first.tied_with == (board.standings[1].submission,)
    assert (first.rank_low_sure, first.rank_high_sure) == (1, 2)
    assert first.intervals == {}


def test_where_draws_are_impossible_the_board_says_so():
    root = FIXTURES / "superpixels"
    card = isiceval.score(
        "2017/2", truth=root / "truth", prediction=root / "submissions" / "guess", bootstrap=0
    )
    old = {"old": from_document(to_document(card))}
    board = isiceval.rank("2017/2", submissions=old, trust_scorecards=True)
    assert board.standings[0].rank == 1
    assert board.bootstrap is board.significance is None
    assert board.note.startswith(
        "No rank intervals and tests: old: it is a scorecard without the c"
    )


def test_intervals_of_a_scorecard_stay_where_draws_are_impossible():
    root = FIXTURES / "superpixels"
    card = isiceval.score(
        "2017/2", truth=root / "truth", prediction=root / "submissions" / "guess", bootstrap=100
    )
    kept = {card.metric: Interval(0.4, 0.7)}
    card = replace(card, intervals=kept)
    old = {"old": from_document(to_document(card))}
    board = isiceval.rank("2017/2", submissions=old, trust_scorecards=True)
    assert board.standings[0].intervals == kept
    assert board.standings[0].rank_low is None


@pytest.mark.parametrize(
    ("task", "folder", "submission", "truth"),
    [
        ("2018/2", "attributes", "close", "truth"),
        ("2017/2", "superpixels", "trained", "truth"),
        ("2018/3", "diagnosis", "deep-ensemble.csv", "truth.csv"),
    ],
)
def test_a_public_scorecard_is_read_back_and_ranked(task, folder, submission, truth):
    root = FIXTURES / folder
    card = isiceval.score(
        task,
        truth=root / truth,
        prediction=root / "submissions" / submission,
        public=True,
        bootstrap=50,
    )
    again = from_document(to_document(card))
    assert (again.score, again.intervals) == (card.score, card.intervals)
    board = isiceval.rank(task, submissions={"public": again}, trust_scorecards=True)
    assert (board.standings[0].rank, board.bootstrap) == (1, None)
    assert board.note.startswith("No rank intervals and tests: ")


def test_a_score_undefined_in_most_draws_has_no_interval_and_no_ranks():
    task = isiceval.get_task("2020")
    ids = [f"ISIC_{k:07d}" for k in range(40)]
    weights = [1.0, 1.0, *[0.0] * 38]
    truth = pd.DataFrame({"image": ids, "malignant": [1.0, *[0.0] * 39], "score_weight": weights})
    table = pd.DataFrame({"image": ids, "malignant": np.linspace(0.9, 0.1, 40)})
    card = isiceval.score(task, truth=truth, prediction=table, bootstrap=0)
    # A draw has both of the two cases that count in about (1 - 1/e)^2 = 0.4 of the draws.
    board = make_board(task, {"a": card, "b": replace(card, submission="b")})
    for standing in board.standings:
        assert standing.aggregates["auc"] == standing.rank == 1
        assert standing.intervals == {}
        assert (standing.rank_low, standing.p_first) == (None, None)
        assert standing.ranks["auc_then_rank"] == 1
    assert board.tau is None
    assert board.bootstrap is not None
    assert "neither is known" in " ".join(describe_statistics(board))
    assert ",,,1,2,,,,b,1,1," in write_csv(board)
