import math
from dataclasses import replace

import numpy as np
import pytest

from isiceval.model import Counts, Size
from isiceval.scorecard import Scorecard
from isiceval.statistics.difficulty import compute_difficulty
from isiceval.statistics.ranking import Entry, rank_entries
from isiceval.tasks.catalogue import find_task
from tests.builders import aggregate, from_cases, measure

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


BOARD = rank(
    good=make_card("good", [1, 2, 3, 4, 5, 6, 7, 90]),
    fair=make_card("fair", [11, 12, 13, 14, 15, 16, 17, 99]),
    poor=make_card("poor", [40, 50, 60, 70, 80, 90, 95, 100]),
).standings


def test_images_go_from_the_hardest_to_the_easiest():
    found = compute_difficulty(BOARD, "jaccard")
    assert found.values.shape == (3, 8)
    assert found.values.mean(axis=0) == pytest.approx(found.means)
    assert found.means.tolist() == sorted(found.means.tolist())
    assert found.images[0] == "ISIC_0000007"
    assert found.values[0, 0] == pytest.approx(100 / 190)


def test_masks_of_several_labels_are_images_of_their_own():
    def split(standing):
        cases = tuple(
            replace(case, image=f"ISIC_{n // 2:07d}", label=("globules", "streaks")[n % 2])
            for n, case in enumerate(standing.cases)
        )
        return replace(standing, measured=from_cases(cases, labels=("globules", "streaks")))

    found = compute_difficulty([split(standing) for standing in BOARD], "jaccard")
    assert found.images[0] == "ISIC_0000003 streaks"
    assert len(found.images) == 8


def test_without_values_of_single_images_there_is_nothing():
    assert compute_difficulty(BOARD, "auc") is None
    assert compute_difficulty([], "jaccard") is None


def test_an_image_that_is_undefined_for_all_comes_last():
    blind = []
    for standing in BOARD:
        first, *rest = standing.cases
        gone = replace(first, values=dict.fromkeys(first.values, math.nan))
        blind.append(replace(standing, measured=from_cases((gone, *rest))))
    found = compute_difficulty(blind, "jaccard")
    assert found.images[-1] == "ISIC_0000000"
    assert np.isnan(found.means[-1])
