import math
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from isiceval.errors import UsageError
from isiceval.metrics.catalogue import measure, miss
from isiceval.model import Counts, Size
from isiceval.ranking.groups import Groups, Redrawing
from isiceval.ranking.insight import study_leaderboard, study_scorecard
from isiceval.ranking.leaderboard import Entry, rank_entries
from isiceval.ranking.uncertainty import add_statistics
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
    def test_draws_and_seed_are_those_asked_for(self):
        card = make_card("a", [3, 10, 30, 50, 80, 100, 0, 5])
        one = study_scorecard(card, redrawing=Redrawing(draws=50, seed=1))
        other = study_scorecard(card, redrawing=Redrawing(draws=50, seed=2))
        assert (one.bootstrap.draws, one.bootstrap.seed, one.bootstrap.n_units) == (50, 1, 8)
        whole = [study.breakdowns[1].subgroups[0].score_interval for study in (one, other)]
        assert whole[0] != whole[1]

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
    cards: ClassVar = {
        "good": make_card("good", [1, 2, 3, 4, 5, 6, 7, 90]),
        "fair": make_card("fair", [11, 12, 13, 14, 15, 16, 17, 99]),
        "poor": make_card("poor", [40, 50, 60, 70, 80, 90, 95, 100]),
    }
    board = rank(**cards)

    def test_rank_frequencies_are_those_of_the_boards_own_draws(self):
        board = add_statistics(self.board, self.cards, Redrawing(draws=200, seed=3))
        insight = study_leaderboard(board)
        assert [team.submission for team in insight.teams] == ["good", "fair", "poor"]
        for team, standing in zip(insight.teams, board.standings, strict=True):
            assert sum(team.rank_shares) == pytest.approx(1)
            assert team.rank_shares[0] == standing.p_first
            within = team.rank_shares[standing.rank_low - 1 : standing.rank_high]
            assert sum(within) >= 0.95

    def test_groups_are_those_the_board_was_ranked_with(self):
        groups = Groups(where="a", clusters={f"ISIC_{k:07d}": str(k // 2) for k in range(8)})
        redrawing = Redrawing(draws=50, seed=3, groups=groups)
        board = add_statistics(self.board, self.cards, redrawing)
        insight = study_leaderboard(board, groups=groups)
        assert [t.rank_shares[0] for t in insight.teams] == [s.p_first for s in board.standings]
        with pytest.raises(UsageError, match="give those it was ranked with"):
            study_leaderboard(board)

    def test_a_board_that_was_not_redrawn_has_no_frequencies(self):
        assert {team.rank_shares for team in study_leaderboard(self.board).teams} == {()}

    def test_masks_of_several_labels_are_images_of_their_own(self):
        def split(standing):
            cases = tuple(
                replace(case, image=f"ISIC_{n // 2:07d}", label=("globules", "streaks")[n % 2])
                for n, case in enumerate(standing.cases)
            )
            return replace(standing, cases=cases)

        standings = tuple(map(split, self.board.standings))
        insight = study_leaderboard(
            replace(self.board, kind="masks", metric="jaccard", standings=standings)
        )
        assert insight.images[0] == "ISIC_0000003 streaks"
        assert len(insight.images) == 8
        assert {image.n_failed for image in insight.hardest} == {None}

    def test_values_of_single_images_are_left_out_where_there_are_none(self):
        insight = study_leaderboard(replace(self.board, kind="table", metric="auc"))
        assert insight.shown == "auc"
        assert insight.images == insight.teams == insight.hardest == ()

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

    def test_nothing_ranked_is_nothing_known(self):
        board = rank_entries([Entry(submission="bad", scorecard=None)], task=TASK)
        insight = study_leaderboard(board)
        assert insight.teams == insight.images == insight.hardest == ()

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
