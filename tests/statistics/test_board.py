"""Intervals of scorecards and the statistics of leaderboards, against a loop over the draws."""

import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import rankdata

from isiceval.errors import UsageError
from isiceval.metrics.arrays import rank_rows
from isiceval.metrics.registry import AGGREGATES, METRICS
from isiceval.model import Counts, Interval, Size, Standing
from isiceval.options import BootstrapOptions
from isiceval.pipeline import add_statistics
from isiceval.sources.sidecars import Groups
from isiceval.statistics.bootstrap import Resampling, iter_weights
from isiceval.statistics.ranking import METHODS, rank_entries, rank_teams
from isiceval.statistics.significance import adjust_holm, compute_signed_rank_matrix
from isiceval.tasks.task import find_task
from tests import builders
from tests.builders import add_intervals, from_cases, measure, miss, summarise

DRAWS = 300
N_CASES = 25
OMITTING = find_task("2017/1")
COUNTING = find_task("2018/1")


def make_scorecard(seed, *, shift=0.0, task=OMITTING, n_cases=N_CASES, empty=()):
    generator = np.random.default_rng(seed)
    cases = []
    for place in range(n_cases):
        hit = int(np.clip(generator.normal(72 - 40 * shift, 12), 1, 100))
        counts = Counts(tp=hit, fp=place % 7, fn=100 - hit, tn=300)
        if place in empty:
            counts = Counts(tp=0, fp=0, fn=0, tn=400)
        cases.append(measure(task, f"ISIC_{place:07d}", counts, Size(20, 20)))
    return builders.make_scorecard(task, cases, f"team-{seed}")


def make_board(scorecards, redrawing, task=OMITTING):
    named = {card.submission: card for card in scorecards}
    board = rank_entries([Standing(submission=name) for name in named], named, task=task)
    return add_statistics(board, named, redrawing, task=task)


def iter_drawn(resampling, cases):
    """Yield the cases of each draw, one by one, as often as they were drawn."""
    for block in iter_weights(len(cases), resampling):
        for weights in block:
            yield [case for case, n in zip(cases, weights, strict=True) for _ in range(n)]


@pytest.mark.parametrize("task", [OMITTING, COUNTING], ids=lambda task: task.id)
def test_intervals_are_percentiles_of_the_aggregates_of_each_draw(task):
    card = make_scorecard(1, task=task, empty=(3, 4))
    card = builders.make_scorecard(task, [*card.cases, miss("ISIC_9999999", Size(3, 3))])
    options = BootstrapOptions(draws=DRAWS, seed=7, interval="percentile")
    found = add_intervals(card, options, task=task)
    drawn = [
        summarise(cases, jaccard_threshold=0.65)
        for cases in iter_drawn(Resampling(draws=DRAWS, seed=7), card.cases)
    ]
    assert set(found.intervals) == set(AGGREGATES)
    for name, interval in found.intervals.items():
        low, high = np.quantile([aggregates[name] for aggregates in drawn], [0.025, 0.975])
        assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-12)
    assert (found.bootstrap.draws, found.bootstrap.seed, found.bootstrap.n_units) == (DRAWS, 7, 26)


def test_groups_move_the_interval_and_keep_the_estimate():
    card = make_scorecard(1)
    clusters = {case.image: f"p{place // 5}" for place, case in enumerate(card.cases)}
    redrawing = BootstrapOptions(
        draws=DRAWS, groups=Groups(where="g", group_of=clusters), interval="percentile"
    )
    found = add_intervals(card, redrawing, task=OMITTING)
    resampling = Resampling(draws=DRAWS, groups=list(clusters.values()))
    drawn = [
        summarise(cases, jaccard_threshold=0.65)["jaccard"]
        for cases in iter_drawn(resampling, card.cases)
    ]
    expected = Interval(*np.quantile(drawn, [0.025, 0.975]))
    assert found.intervals["jaccard"].low == pytest.approx(expected.low, abs=1e-12)
    assert found.intervals["jaccard"].high == pytest.approx(expected.high, abs=1e-12)
    assert (
        found.intervals["jaccard"]
        != add_intervals(card, BootstrapOptions(draws=DRAWS), task=OMITTING).intervals["jaccard"]
    )
    assert found.aggregates == card.aggregates
    assert (found.bootstrap.n_units, found.bootstrap.grouped) == (5, True)


def test_groups_are_tested_as_one():
    cards = [make_scorecard(seed, shift=0.1 * seed) for seed in range(3)]
    clusters = {case.image: f"p{place // 5}" for place, case in enumerate(cards[0].cases)}
    groups = Groups(where="g", group_of=clusters)
    board = make_board(cards, BootstrapOptions(draws=20, groups=groups))
    assert board.bootstrap.grouped
    by_name = {card.submission: card for card in cards}
    values = [[c.values["jaccard"] for c in by_name[s.submission].cases] for s in board.standings]
    beaten = adjust_holm(compute_signed_rank_matrix(values, groups=list(clusters.values()))) <= 0.05
    ranks = rank_rows(-beaten.sum(axis=1).astype(float)).tolist()
    assert [s.ranks["test_then_rank_holm"] for s in board.standings] == ranks
    # Five groups prove nothing.
    assert all(len(standing.tied_with) == 2 for standing in board.standings)


def test_the_order_of_the_cases_does_not_matter():
    card = make_scorecard(1)
    turned = replace(card, measured=from_cases(card.cases[::-1]))
    redrawing = BootstrapOptions(draws=50)
    assert (
        add_intervals(card, redrawing, task=OMITTING).intervals
        == add_intervals(turned, redrawing, task=OMITTING).intervals
    )


def test_an_aggregate_that_is_undefined_has_no_interval():
    card = make_scorecard(1, n_cases=5, empty=range(5))
    intervals = add_intervals(card, BootstrapOptions(draws=20), task=OMITTING).intervals
    assert set(intervals) == {"accuracy", "specificity"}
    assert math.isnan(card.aggregates["jaccard"])


def test_four_images_have_no_interval_and_five_have():
    options = BootstrapOptions(draws=20)
    few, enough = (
        add_intervals(make_scorecard(1, n_cases=n), options, task=OMITTING) for n in (4, 5)
    )
    assert (few.intervals, set(enough.intervals)) == ({}, set(AGGREGATES))


@pytest.fixture(scope="module")
def scorecards():
    return [make_scorecard(seed, shift=0.08 * seed, empty=(seed,)) for seed in range(6)]


def test_rank_intervals_are_those_of_a_loop_over_the_draws(scorecards):
    board = make_board(scorecards, BootstrapOptions(draws=DRAWS, seed=3))
    standings = {standing.submission: standing for standing in board.standings}
    ranks = []
    drawn = [iter_drawn(Resampling(draws=DRAWS, seed=3), card.cases) for card in scorecards]
    for teams in zip(*drawn, strict=True):
        means = [summarise(cases, jaccard_threshold=0.65)["jaccard"] for cases in teams]
        ranks.append(rankdata([-mean for mean in means], method="min"))
    ranks = np.array(ranks)
    for place, card in enumerate(scorecards):
        standing, column = standings[card.submission], ranks[:, place]
        inside = (column >= standing.rank_low) & (column <= standing.rank_high)
        assert inside.mean() >= 0.95
        shares = [np.mean(column == n) for n in range(1, len(board.standings) + 1)]
        assert standing.rank_shares == pytest.approx(shares, abs=1e-12)
        assert standing.rank_shares[0] == standing.p_first
        assert standing.rank_low == np.quantile(column, 0.025, method="lower")
        assert standing.rank_high == np.quantile(column, 0.975, method="higher")
        assert standing.p_first == pytest.approx((column == 1).mean())
    assert sum(standing.p_first for standing in board.standings) == pytest.approx(1.0)
    assert len({(s.rank_low, s.rank_high) for s in board.standings}) > 1


def test_intervals_of_a_board_are_those_of_its_scorecards(scorecards):
    board = make_board(scorecards, BootstrapOptions(draws=DRAWS, seed=3))
    alone = {
        c.submission: add_intervals(c, BootstrapOptions(draws=DRAWS, seed=3), task=OMITTING)
        for c in scorecards
    }
    for standing in board.standings:
        assert standing.intervals == alone[standing.submission].intervals
        assert set(standing.intervals) == set(AGGREGATES)
    assert board.bootstrap == alone["team-0"].bootstrap


def test_ranks_under_every_method(scorecards):
    board = make_board(scorecards, BootstrapOptions(draws=20))
    values = np.array([[case.values["jaccard"] for case in card.cases] for card in scorecards])
    standings = {standing.submission: standing for standing in board.standings}
    for method in METHODS:
        expected = rank_teams(values, method).ranks.astype(int).tolist()
        assert [standings[c.submission].ranks[method] for c in scorecards] == expected
    assert {s.rank for s in board.standings} == set(range(1, 7))
    assert all(s.ranks["mean_then_rank"] == s.rank for s in board.standings)


def test_who_cannot_be_told_apart(scorecards):
    board = make_board(scorecards, BootstrapOptions(draws=20))
    found = board.significance
    names = [standing.submission for standing in board.standings]
    assert list(found.submissions) == names
    assert [row[place] for place, row in enumerate(found.p_values)] == [None] * len(names)
    p_values, low = np.array(found.p_values, dtype=float), np.array(found.low)
    better = np.nan_to_num(p_values, nan=1.0) <= 0.05
    assert np.array_equal(better, low > 0)
    alike = ~(better | better.T)
    tied = {(s.submission, other) for s in board.standings for other in s.tied_with}
    assert tied == {(names[a], names[b]) for a, b in np.argwhere(alike).tolist() if a != b}
    grouped = {(a, b) for group in found.groups for a in group for b in group if a != b}
    assert grouped == tied
    scores = [standing.aggregates["jaccard"] for standing in board.standings]
    assert np.array(found.differences) == pytest.approx(np.subtract.outer(scores, scores))
    assert found.detectable > 0


def test_many_submissions_have_no_matrix_of_differences(monkeypatch, scorecards):
    monkeypatch.setattr("isiceval.statistics.board.MOST_IN_FULL", 5)
    found = make_board(scorecards, BootstrapOptions(draws=20)).significance
    assert found.differences == found.low == found.high == ()


def test_equal_submissions_share_everything():
    card = make_scorecard(1)
    twin = replace(card, submission="twin")
    board = make_board([card, twin], BootstrapOptions(draws=50))
    one, other = board.standings
    assert one.rank == other.rank == 1
    assert (one.rank_low, one.rank_high, one.p_first) == (1, 1, 1.0)
    assert (other.rank_low, other.rank_high, other.p_first) == (1, 1, 1.0)
    assert one.tied_with == (other.submission,)
    assert board.tau is None


def test_a_lone_submission_is_first():
    board = make_board([make_scorecard(1)], BootstrapOptions(draws=50))
    (standing,) = board.standings
    assert (standing.rank_low, standing.rank_high, standing.p_first) == (1, 1, 1.0)
    assert standing.tied_with == ()
    assert set(standing.ranks.values()) == {1}
    assert board.significance.p_values == ((None,),)


def test_those_without_a_rank_have_no_chances(scorecards):
    undefined = make_scorecard(9, empty=range(N_CASES))
    board = make_board([*scorecards[:2], undefined], BootstrapOptions(draws=20))
    last = board.standings[-1]
    assert (last.rank, last.rank_low, last.p_first, last.intervals) == (None, None, None, {})
    assert undefined.submission not in board.significance.submissions


def test_a_board_without_ranks_is_left_as_it_is():
    undefined = make_scorecard(9, empty=range(N_CASES))
    board = make_board([undefined], BootstrapOptions(draws=20))
    assert board.bootstrap is board.significance is None


def test_other_images_are_refused(scorecards):
    other = make_scorecard(9, n_cases=N_CASES - 1)
    with pytest.raises(UsageError, match="was scored on other images than"):
        make_board([scorecards[0], other], BootstrapOptions(draws=20))


def test_the_seed_alone_decides(scorecards):
    once = make_board(scorecards, BootstrapOptions(draws=50, seed=1))
    assert once == make_board(scorecards[::-1], BootstrapOptions(draws=50, seed=1))
    assert once != make_board(scorecards, BootstrapOptions(draws=50, seed=2))


def test_missing_images_count_as_failures_in_every_draw():
    card = make_scorecard(1)
    worse = builders.make_scorecard(
        OMITTING, [miss(case.image, case.size) for case in card.cases], "none"
    )
    board = make_board([card, worse], BootstrapOptions(draws=20))
    found = board.standings[1].intervals
    assert set(found) == set(AGGREGATES)
    # No draw has another median; one pseudo-case moves it by half a case of 25.
    assert (found["median_jaccard"].low, found["median_jaccard"].method) == (0.0, "percentile")
    assert found["median_jaccard"].high == pytest.approx(0.5 / 25.5)
    assert all(found[name].low == 0 < found[name].high < 0.1 for name in METRICS)
    assert 0.9 < found["failure_rate"].low < found["failure_rate"].high == 1.0


def test_intervals_load_neither_scipy_nor_pandas(tmp_path):
    code = (
        "import sys, numpy as np, isiceval\n"
        "masks = {f'ISIC_000000{n}': np.eye(8 + n, dtype=bool) for n in range(5)}\n"
        "card = isiceval.score('2018/1', truth=masks, prediction=masks)\n"
        "assert card.intervals['jaccard'].low < card.intervals['jaccard'].high == 1.0\n"
        "print(*sorted({'scipy', 'pandas', 'skimage', 'sklearn'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""
