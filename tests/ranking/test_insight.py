import math
from dataclasses import replace

import numpy as np
import pytest

from isiceval.metrics.catalogue import measure, miss
from isiceval.model import Counts, Size
from isiceval.model import Interval as Ends
from isiceval.ranking.groups import Redrawing
from isiceval.ranking.insight import study_leaderboard, study_scorecard
from isiceval.ranking.leaderboard import Entry, rank_entries
from isiceval.ranking.methods import list_methods
from isiceval.ranking.uncertainty import add_intervals, add_statistics
from isiceval.scorecard import Scorecard, aggregate
from isiceval.tasks.catalogue import find_task

TASK = find_task("2018/1")
SIZES = (Size(40, 25), Size(50, 20))


def make_card(name, missed, *, n_missing=0):
    cases = [
        measure(TASK, f"ISIC_{k:07d}", Counts(tp=100, fp=m, fn=0, tn=900 - m), SIZES[k % 2])
        for k, m in enumerate(missed)
    ]
    cases += [miss(f"ISIC_{k:07d}") for k in range(len(cases), len(cases) + n_missing)]
    return Scorecard(
        task=TASK.id,
        profile=TASK.profile,
        metric=TASK.ranking,
        submission=name,
        cases=tuple(cases),
        signature="task:2018/1|threshold:0.65",
        **aggregate(cases, jaccard_threshold=0.65),
    )


def rank(**cards):
    return rank_entries(
        [Entry(submission=name, scorecard=card) for name, card in cards.items()], task=TASK
    )


class TestScorecard:
    def test_estimates_are_the_aggregates_and_intervals_hold_them(self):
        card = make_card("a", [3, 10, 30, 50, 80, 100, 0, 5], n_missing=1)
        insight = study_scorecard(card)
        assert set(insight.intervals) == set(card.aggregates)
        for name, interval in insight.intervals.items():
            assert interval.estimate == pytest.approx(card.aggregates[name], abs=1e-12)
            assert interval.low <= interval.estimate <= interval.high
        assert insight.intervals["jaccard"].low < insight.intervals["jaccard"].high

    def test_draws_and_seed_are_those_asked_for(self):
        card = make_card("a", [3, 10, 30, 50, 80, 100, 0, 5])
        one = study_scorecard(card, redrawing=Redrawing(draws=50, seed=1))
        other = study_scorecard(card, redrawing=Redrawing(draws=50, seed=2))
        assert (one.sampling.draws, one.sampling.seed, one.sampling.level) == (50, 1, 0.95)
        assert one.intervals["jaccard"] != other.intervals["jaccard"]

    def test_intervals_of_the_scorecard_are_taken_where_they_are_of_the_same_draws(self):
        card = add_intervals(make_card("a", [3, 10, 30, 50, 80]), Redrawing(draws=50, seed=1))
        marked = replace(card, intervals={**card.intervals, "dice": Ends(0.25, 0.75)})
        same = study_scorecard(marked, redrawing=Redrawing(draws=50, seed=1)).intervals["dice"]
        other = study_scorecard(marked, redrawing=Redrawing(draws=60, seed=1)).intervals["dice"]
        assert (same.low, same.high) == (0.25, 0.75)
        assert other.low > 0.25

    def test_size_and_lesion_share_are_always_broken_down(self):
        card = make_card("a", range(0, 80, 10), n_missing=1)
        found = {b.column: b for b in study_scorecard(card, columns={"sex": {}}).breakdowns}
        assert list(found) == ["sex", "image size", "lesion share"]
        sizes = {group.name: group.n for group in found["image size"].subgroups}
        assert sizes == {"40 x 25": 4, "50 x 20": 4, "not given": 1}
        assert [group.name for group in found["lesion share"].subgroups] == ["10.00 %", "not given"]

    def test_many_sizes_become_megapixels(self):
        card = make_card("a", range(8))
        cases = tuple(
            replace(case, size=Size(1000 + 100 * k, 1000)) for k, case in enumerate(card.cases)
        )
        columns = [b.column for b in study_scorecard(replace(card, cases=cases)).breakdowns]
        assert columns == ["image size (megapixels)", "lesion share"]


class TestLeaderboard:
    board = rank(
        good=make_card("good", [1, 2, 3, 4, 5, 6, 7, 90]),
        fair=make_card("fair", [11, 12, 13, 14, 15, 16, 17, 99]),
        poor=make_card("poor", [40, 50, 60, 70, 80, 90, 95, 100]),
    )

    def test_teams_are_those_of_the_board(self):
        insight = study_leaderboard(self.board)
        assert [team.submission for team in insight.teams] == ["good", "fair", "poor"]
        assert [t.ranks["mean_then_rank"] for t in insight.teams] == [
            s.rank for s in self.board.standings
        ]
        for team, standing in zip(insight.teams, self.board.standings, strict=True):
            assert set(team.ranks) == set(list_methods())
            assert team.score.estimate == pytest.approx(standing.aggregates["threshold_jaccard"])
            assert team.rank_low <= team.ranks["mean_then_rank"] <= team.rank_high
            assert sum(team.rank_shares) == pytest.approx(1)

    def test_intervals_and_p_values_are_those_of_the_board(self):
        cards = {k: make_card(k, m) for k, m in {"a": [1, 9, 4, 5], "b": [2, 30, 8, 8]}.items()}
        board = add_statistics(rank(**cards), cards, Redrawing(draws=30, seed=4))
        insight = study_leaderboard(board, redrawing=Redrawing(draws=30, seed=4))
        ends = [standing.intervals["threshold_jaccard"] for standing in board.standings]
        assert [(t.score.low, t.score.high) for t in insight.teams] == [
            (end.low, end.high) for end in ends
        ]
        assert insight.p_values[0][1] == board.significance.p_values[0][1]

    def test_images_go_from_the_hardest_with_the_jaccard_before_the_threshold(self):
        insight = study_leaderboard(self.board)
        assert insight.shown == "jaccard"
        means = np.array([team.values for team in insight.teams]).mean(axis=0)
        assert means.tolist() == sorted(means.tolist())
        assert insight.images[0] == "ISIC_0000007"
        first = insight.hardest[0]
        assert first.image == "ISIC_0000007"
        assert first.best == pytest.approx(100 / 190)
        assert (first.best_submission, first.n_failed) == ("good", 3)

    def test_p_values_and_letters_tell_the_same(self):
        insight = study_leaderboard(self.board)
        p = np.array(insight.p_values)
        assert np.isnan(np.diag(p)).all()
        for one, first in enumerate(insight.teams):
            for other, second in enumerate(insight.teams):
                apart = one != other and min(p[one, other], p[other, one]) <= insight.alpha
                assert apart != bool(set(first.letters.split()) & set(second.letters.split()))

    def test_a_stable_order_has_tau_1(self):
        levels = {f"t{k}": make_card(f"t{k}", [10 * k + j for j in range(6)]) for k in range(4)}
        assert study_leaderboard(rank(**levels)).tau == 1.0

    def test_nothing_ranked_is_nothing_known(self):
        board = rank_entries([Entry(submission="bad", scorecard=None)], task=TASK)
        insight = study_leaderboard(board)
        assert insight.teams == insight.images == insight.p_values == ()
        assert math.isnan(insight.tau)

    def test_an_image_that_is_undefined_for_all_stands_last(self):
        board = rank(a=make_card("a", [1, 2, 3]), b=make_card("b", [4, 5, 6]))
        blind = []
        for standing in board.standings:
            first, *rest = standing.cases
            gone = replace(first, values=dict.fromkeys(first.values, math.nan))
            blind.append(replace(standing, cases=(gone, *rest)))
        insight = study_leaderboard(replace(board, standings=tuple(blind)))
        assert insight.images[-1] == "ISIC_0000000"
        assert [hard.image for hard in insight.hardest] == ["ISIC_0000002", "ISIC_0000001"]
