"""Two submissions compared image by image."""

import math
from dataclasses import replace

import numpy as np
import pytest

import isiceval
from isiceval.errors import UsageError
from isiceval.model import Counts, Size
from isiceval.pipeline import name_pair
from isiceval.statistics.bootstrap import Resampling
from isiceval.statistics.comparison import compare_values
from isiceval.tasks.task import find_task
from tests import builders
from tests.builders import measure

TASK = find_task("2017/1")


def make_scorecard(hits, *, name="a", task=TASK, **fields):
    cases = [
        measure(
            task, f"ISIC_{n:07d}", Counts(tp=h, fp=0, fn=100 - h if h else 0, tn=50), Size(3, 50)
        )
        for n, h in enumerate(hits)
    ]
    return builders.make_scorecard(task, cases, name, **fields)


def compare(first, second, *, task=TASK):
    first, second = replace(first, submission="a"), replace(second, submission="b")
    return isiceval.compare(task, first=first, second=second, bootstrap=200, seed=5)


HITS = (90, 64, 65, 30, 80, 70)
OTHER = (80, 66, 60, 10, 85, 70)


def test_differences_are_those_of_the_values():
    comparison = compare(make_scorecard(HITS), make_scorecard(OTHER, name="b"))
    first, second = np.array(HITS) / 100, np.array(OTHER) / 100
    expected = compare_values(first, second, resampling=Resampling(draws=200, seed=5))
    assert comparison.differences["jaccard"] == expected
    assert expected.difference == pytest.approx((second - first).mean())
    failed = comparison.differences["failure_rate"]
    assert failed.difference == pytest.approx(0.0)
    assert (failed.first_wins, failed.second_wins, failed.ties) == (1, 1, 4)
    assert comparison.first_aggregates["jaccard"] == pytest.approx(first.mean())
    assert comparison.bootstrap.draws == 200


def test_images_across_the_line_in_either_direction():
    comparison = compare(make_scorecard(HITS), make_scorecard(OTHER))
    assert comparison.improved == ("ISIC_0000001",)
    assert comparison.worsened == ("ISIC_0000002",)


def test_the_images_that_differ_most_come_first_and_equal_ones_not_at_all():
    comparison = compare(make_scorecard(HITS), make_scorecard(OTHER))
    assert [change.image[-1] for change in comparison.most_different] == ["3", "0", "2", "4", "1"]
    assert comparison.most_different[0].difference == pytest.approx(-0.2)
    assert len(comparison.changes) == 6


def test_worse_and_better_by_more_than_chance():
    base = make_scorecard(range(40, 80))
    lower, alike = make_scorecard(range(35, 75)), make_scorecard([*range(41, 80), 40])
    verdicts = [(c.worse, c.better) for c in (compare(base, lower), compare(lower, base))]
    assert verdicts == [(True, False), (False, True)]
    same = compare(base, base)
    assert (same.worse, same.better) == (False, False)
    assert math.isnan(same.differences["jaccard"].effect_size)
    unsure = compare(base, alike)
    assert unsure.differences["jaccard"].difference == 0
    assert (unsure.worse, unsure.better) == (False, False)


def test_an_interval_beside_0_is_not_enough_where_p_is_large():
    base, lower = make_scorecard((60, 70, 80)), make_scorecard((50, 61, 72))
    comparison = compare(base, lower)
    assert comparison.differences["jaccard"].high < 0
    assert comparison.differences["jaccard"].p_value > 0.05
    assert not comparison.worse


def test_cases_undefined_in_either_are_left_out_and_said_to_be():
    comparison = compare(make_scorecard((90, 0, 80)), make_scorecard((80, 50, 0)))
    assert comparison.differences["jaccard"].n_cases == 1
    assert comparison.differences["accuracy"].n_cases == 3
    assert math.isnan(comparison.changes[1].difference)
    assert comparison.improved == comparison.worsened == ()
    assert len(comparison.most_different) == 1


def test_nothing_in_common_is_said():
    with pytest.raises(UsageError, match="Jaccard is defined in no image of both"):
        compare(make_scorecard((90, 0)), make_scorecard((0, 90)))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("task", "2018/1", "b cannot be compared: its task is 2018/1, not 2017/1"),
        ("profile", "today", "its profile is today, not 2017"),
        ("metric", "dice", "its ranking metric is dice, not jaccard"),
        ("jaccard_threshold", 0.5, "its Jaccard threshold is 0.5, not 0.65"),
        ("truth_digest", "ff", "b cannot be compared: its truth digest is ff, not ab"),
    ],
)
def test_scorecards_made_in_another_way_are_refused(field, value, said):
    first = make_scorecard(HITS, truth_digest="abcd")
    with pytest.raises(UsageError, match=said):
        compare(first, replace(first, **{field: value}))


def test_other_images_are_refused():
    with pytest.raises(UsageError, match="scored on different images"):
        compare(make_scorecard(HITS), make_scorecard(HITS[:-1]))


def test_the_beginning_of_a_digest_is_enough():
    first = make_scorecard(HITS, truth_digest="abcdef")
    assert compare(first, replace(first, truth_digest="abc")).truth_digest == "abcdef"


def test_names_tell_the_two_apart(tmp_path):
    card = make_scorecard(HITS, name="net")
    assert name_pair(card, "runs/net.zip") == ("net", "net.zip")
    assert name_pair(card, card) == ("net (first)", "net (second)")
    assert name_pair({}, {}) == ("first", "second")
