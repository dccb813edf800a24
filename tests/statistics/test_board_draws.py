"""Leaderboards of tables, attributes and superpixels, against a bootstrap that repeats rows."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau, rankdata

import isiceval
from isiceval.model import Standing
from isiceval.options import BootstrapOptions
from isiceval.pipeline import add_statistics
from isiceval.reports.csv import write_csv
from isiceval.reports.leaderboard import describe_statistics
from isiceval.scorecard import from_document, to_document
from isiceval.sources.sidecars import Groups
from isiceval.statistics.bootstrap import Resampling, iter_weights
from isiceval.statistics.ranking import rank_entries
from isiceval.statistics.significance import adjust_holm, compute_delong_matrix
from tests.builders import add_intervals, auc, balanced_accuracy

FIXTURES = Path(__file__).parents[2] / "fixtures"
DRAWS, SEED = 200, 3
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
    board = make_board(task, cards)
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


def test_the_area_of_one_label_is_tested_by_delong():
    task, cards = make_cards("2020")
    board = make_board(task, cards)
    assert board.significance.test == "one-sided DeLong"
    names = board.significance.submissions
    truth = read(cards[names[0]], task)[0]
    expected = adjust_holm(
        compute_delong_matrix(truth, [read(cards[name], task)[1] for name in names])
    )
    found = np.array(board.significance.p_values, dtype=float)
    assert np.allclose(found, expected, atol=1e-12, equal_nan=True)
    apart = {(a, b) for a, b in np.argwhere(expected <= 0.05).tolist()}
    assert apart
    tied = {(s.submission, other) for s in board.standings for other in s.tied_with}
    for one, other in apart:
        assert (names[one], names[other]) not in tied


def test_so_is_one_label_of_several_where_it_ranks():
    task = isiceval.get_task("2017/3")
    ranked = replace(task, ranking="auc.melanoma")
    cards = make_cards("2017/3")[1]
    cards = {name: replace(card, metric="auc.melanoma") for name, card in cards.items()}
    board = make_board(ranked, cards)
    assert board.significance.test == "one-sided DeLong"
    assert "auc.melanoma_then_rank" in board.standings[0].ranks
    assert (
        make_board(task, make_cards("2017/3")[1]).significance.test == "one-sided paired bootstrap"
    )


def test_other_scores_are_tested_on_the_draws():
    task, cards = make_cards("2018/3")
    board = make_board(task, cards)
    assert board.significance.test == "one-sided paired bootstrap"
    scores = score_draws(cards, task, balanced_accuracy).round(12)
    names = list(cards)
    unadjusted = np.full((4, 4), np.nan)
    for one in range(4):
        for other in range(4):
            if one != other:
                reached = int((scores[:, one] <= scores[:, other]).sum())
                unadjusted[one, other] = (reached + 1) / (DRAWS + 1)
    order = [board.significance.submissions.index(name) for name in names]
    found = np.array(board.significance.p_values, dtype=float)[np.ix_(order, order)]
    counted = adjust_holm(unadjusted)
    # Where no draw reaches the other team p may be smaller than can be counted.
    assert (found <= counted + 1e-12)[~np.eye(4, dtype=bool)].all()
    last = found[:3, 3]
    assert (last < 1 / (DRAWS + 1)).all()
    large = unadjusted > 0.3
    assert (found[large] == 1.0).all()


@pytest.mark.parametrize("name", ["2020", "2018/3"])
def test_groups_are_redrawn_whole_and_end_the_tests_of_single_cases(name):
    task, cards = make_cards(name)
    images = sorted(case.image for case in cards["team-0"].cases)
    clusters = {image: f"p{place // 4}" for place, image in enumerate(images)}
    redrawing = BootstrapOptions(
        draws=DRAWS, seed=SEED, groups=Groups(where="g", group_of=clusters)
    )
    board = make_board(task, cards, redrawing)
    assert board.significance.test == "one-sided paired bootstrap (by group)"
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
    p_values = np.array(board.significance.p_values, dtype=float)
    wins = (p_values <= 0.05).sum(axis=1)
    by_wins = rankdata(-wins, method="min").tolist()
    for place, standing in enumerate(board.standings):
        assert standing.ranks["balanced_accuracy_then_rank"] == standing.rank
        assert standing.ranks["test_then_rank_holm"] == by_wins[place]
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
    interval = first.intervals[board.metric]
    assert interval.low < first.aggregates[board.metric] < interval.high


def test_where_draws_are_impossible_the_board_says_so():
    root = FIXTURES / "superpixels"
    card = isiceval.score(
        "2017/2", truth=root / "truth", prediction=root / "submissions" / "guess", bootstrap=0
    )
    board = isiceval.rank("2017/2", submissions={"old": from_document(to_document(card))})
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
    board = isiceval.rank("2017/2", submissions={"old": from_document(to_document(card))})
    assert board.standings[0].intervals == card.intervals != {}
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
    board = isiceval.rank(task, submissions={"public": again})
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
        assert "auc" not in standing.intervals
        assert "accuracy" in standing.intervals
        assert (standing.rank_low, standing.p_first) == (None, None)
        assert standing.ranks["auc_then_rank"] == 1
    assert board.tau is None
    assert board.bootstrap is not None
    assert "none of these is known" in " ".join(describe_statistics(board))
    assert ",,,,b,1,1," in write_csv(board)
