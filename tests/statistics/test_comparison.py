"""Two submissions compared image by image."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import wilcoxon

import isiceval
from isiceval.errors import UsageError
from isiceval.model import Counts, Size
from isiceval.pipeline import name_pair
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
    gaps = second - first
    found = comparison.differences["jaccard"]
    assert found.difference == pytest.approx(gaps.mean())
    assert found.low < found.difference < found.high
    assert found.effect_size == pytest.approx(gaps.mean() / gaps.std(ddof=1))
    assert (found.first_wins, found.second_wins, found.ties) == (3, 2, 1)
    kept = gaps[np.abs(gaps) > 1e-12].round(12)
    expected = wilcoxon(kept, correction=True, method="asymptotic").pvalue
    assert found.p_signed_rank == pytest.approx(expected, abs=1e-12)
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
    lower, alike = make_scorecard(range(25, 65)), make_scorecard([*range(41, 80), 40])
    verdicts = [(c.worse, c.better) for c in (compare(base, lower), compare(lower, base))]
    assert verdicts == [(True, False), (False, True)]
    same = compare(base, base)
    assert (same.worse, same.better, same.verdict) == (False, False, "identical")
    assert math.isnan(same.differences["jaccard"].effect_size)
    unsure = compare(base, alike)
    assert unsure.differences["jaccard"].difference == 0
    assert (unsure.worse, unsure.better) == (False, False)


def test_five_images_can_prove_nothing_and_six_can():
    """Flipping signs gives five equal differences one time in 16."""
    base, lower = (60, 70, 80, 90, 75, 85), (0.5, 1, 2, 1, 1, 3)
    few = compare(make_scorecard(base[:5]), make_scorecard(lower[:5]))
    assert few.verdict == "too few cases to tell"
    assert few.differences["jaccard"].high > 0
    assert few.differences["jaccard"].p_value >= 2 / 2**5
    six = compare(make_scorecard(base), make_scorecard(lower))
    assert six.verdict == "worse"
    assert 0.03 < six.differences["jaccard"].p_value <= 0.05


def test_the_interval_and_p_say_the_same_and_two_ways_round():
    rng = np.random.default_rng(5)
    for gain in (0, 3, 6, 9):
        first = rng.integers(40, 80, 40)
        second = np.clip(first + rng.integers(-10, 11, 40) + gain, 1, 99)
        pair = make_scorecard(first.tolist()), make_scorecard(second.tolist())
        there, back = compare(*pair), compare(*pair[::-1])
        for name, found in there.differences.items():
            assert (found.low > 0 or found.high < 0) == (found.p_value <= 0.05)
            other = back.differences[name]
            assert (other.low, other.high) == pytest.approx((-found.high, -found.low))
            assert other.p_value == pytest.approx(found.p_value)
        ranking = there.differences["jaccard"]
        assert ranking.p_value == pytest.approx(min(1, 2 * there.p_false_claim))
        assert (there.better, there.worse) == (back.worse, back.better)


def test_equal_failures_of_two_submissions_say_little():
    """None of 20 images failed in either: a difference of failure rates is still possible."""
    cards = [make_scorecard(range(start, start + 20)) for start in (70, 75)]
    found = compare(*cards).differences["failure_rate"]
    assert found.difference == 0
    assert found.low < -0.05 < 0.05 < found.high


@pytest.mark.parametrize(("margin", "verdict"), [(None, "undecided"), (0.05, "equivalent")])
def test_equivalence_needs_a_margin(margin, verdict):
    rng = np.random.default_rng(1)
    first = rng.integers(60, 90, 300)
    pair = (
        make_scorecard(first.tolist()),
        make_scorecard((first + rng.choice([-1, 1], 300)).tolist()),
    )
    first, second = (replace(card, submission=name) for card, name in zip(pair, "ab", strict=True))
    found = isiceval.compare(TASK, first=first, second=second, margin=margin)
    assert (found.verdict, found.margin) == (verdict, margin)
    with pytest.raises(UsageError, match="the margin must be above 0, not -1"):
        isiceval.compare(TASK, first=first, second=second, margin=-1)


def test_groups_are_one_case_each():
    rng = np.random.default_rng(6)
    first = rng.integers(50, 70, 80)
    second = first + np.repeat(rng.integers(-8, 13, 8), 10)
    cards = make_scorecard(first.tolist()), make_scorecard(second.tolist())
    groups = {f"ISIC_{n:07d}": f"p{n // 10}" for n in range(80)}
    free = compare(*cards).differences["jaccard"]
    grouped = isiceval.compare(
        TASK, first=replace(cards[0], submission="b"), second=cards[1], groups=groups
    ).differences["jaccard"]
    assert grouped.p_value > free.p_value
    assert grouped.high - grouped.low > 2 * (free.high - free.low)
    means = (second - first).reshape(8, 10).mean(axis=1) / 100
    expected = wilcoxon(means[means != 0], correction=True, method="asymptotic").pvalue
    assert grouped.p_signed_rank == pytest.approx(expected, abs=1e-12)


def test_cases_undefined_in_either_are_left_out_and_said_to_be():
    comparison = compare(make_scorecard((90, 0, 80)), make_scorecard((80, 50, 0)))
    assert comparison.differences["jaccard"].n_cases == 1
    assert comparison.differences["accuracy"].n_cases == 3
    assert math.isnan(comparison.changes[1].difference)
    assert comparison.improved == comparison.worsened == ()
    assert len(comparison.most_different) == 1


def test_nothing_in_common_is_said():
    with pytest.raises(UsageError, match="Jaccard has no value in both of the two"):
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
