import math
from dataclasses import replace

import numpy as np
import pytest

from isiceval.kinds.kind import from_cases
from isiceval.metrics.catalogue import measure
from isiceval.model import Counts, Size
from isiceval.scorecard import Scorecard, aggregate
from isiceval.statistics.leaderboard import Entry, rank_entries
from isiceval.studies.leaderboards import study_leaderboard
from isiceval.tasks.catalogue import find_task

TASK = find_task("2018/1")
SIZES = (Size(40, 25), Size(50, 20))


def make_card(name, missed):
    cases = [
        measure(TASK, f"ISIC_{k:07d}", Counts(tp=100, fp=m, fn=0, tn=900 - m), SIZES[k % 2])
        for k, m in enumerate(missed)
    ]
    return Scorecard(
        task=TASK.id,
        profile=TASK.profile,
        metric=TASK.ranking,
        submission=name,
        signature="task:2018/1|threshold:0.65",
        **aggregate(cases, jaccard_threshold=0.65),
    )


def rank(**cards):
    return rank_entries(
        [Entry(submission=name, scorecard=card) for name, card in cards.items()], task=TASK
    )


class TestLeaderboard:
    board = rank(
        good=make_card("good", [1, 2, 3, 4, 5, 6, 7, 90]),
        fair=make_card("fair", [11, 12, 13, 14, 15, 16, 17, 99]),
        poor=make_card("poor", [40, 50, 60, 70, 80, 90, 95, 100]),
    )

    def test_masks_of_several_labels_are_images_of_their_own(self):
        def split(standing):
            cases = tuple(
                replace(case, image=f"ISIC_{n // 2:07d}", label=("globules", "streaks")[n % 2])
                for n, case in enumerate(standing.cases)
            )
            return replace(standing, measured=from_cases(cases, labels=("globules", "streaks")))

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
            blind.append(replace(standing, measured=from_cases((gone, *rest))))
        insight = study_leaderboard(replace(board, standings=tuple(blind)))
        assert insight.images[-1] == "ISIC_0000000"
        assert [hard.image for hard in insight.hardest] == ["ISIC_0000002", "ISIC_0000001"]
