import pytest

from isiceval.metrics.catalogue import measure
from isiceval.model import Counts, Size
from isiceval.scorecard import Scorecard, aggregate
from isiceval.statistics.bootstrap import Resampling
from isiceval.statistics.groups import Redrawing
from isiceval.statistics.stability import estimate_intervals
from isiceval.studies.subgroups import break_down
from isiceval.tasks.catalogue import find_task

TASK = find_task("2018/1")
FEW = Redrawing(draws=100)


def make_card(n):
    cases = [
        measure(TASK, f"i{k}", Counts(tp=100, fp=2 * k, fn=0, tn=500), Size(30, 20))
        for k in range(n)
    ]
    return Scorecard(
        task=TASK.id,
        profile=TASK.profile,
        metric=TASK.ranking,
        submission="a",
        **aggregate(cases, jaccard_threshold=0.65),
    )


def group(texts):
    values = {f"i{k}": text for k, text in enumerate(texts)}
    found = break_down(make_card(len(texts)), "c", values, task=TASK, redrawing=FEW)
    return found, {subgroup.name: subgroup.n for subgroup in found.subgroups}


def test_categories_with_what_is_not_given_last():
    _, sizes = group(["male", "female", "", "male"])
    assert list(sizes.items()) == [("female", 1), ("male", 2), ("not given", 1)]


def test_an_image_without_a_row_is_not_given():
    found = break_down(make_card(2), "sex", {"i0": "male"}, task=TASK, redrawing=FEW)
    assert [subgroup.name for subgroup in found.subgroups] == ["male", "not given"]


def test_numbers_become_round_bands_that_hold_every_case():
    _, sizes = group([str(age) for age in (5, 15, 20, 39, 40, 61, 79, 85)])
    assert list(sizes.items()) == [
        ("0 to < 20", 2),
        ("20 to < 40", 2),
        ("40 to < 60", 1),
        ("60 to < 80", 2),
        ("80 to ≤ 100", 1),
    ]


def test_crowded_numbers_become_quartiles():
    _, sizes = group([str(n) for n in (*range(1, 20), 1000)])
    assert list(sizes) == ["1 to < 5.8", "5.8 to < 10", "10 to < 15", "15 to ≤ 1000"]
    assert sum(sizes.values()) == 20


def test_few_numbers_stay_as_they_are_in_order():
    _, sizes = group(["10", "9", "10", "100"])
    assert list(sizes) == ["9", "10", "100"]


def test_percent_and_sizes_sort_by_number():
    assert list(group(["100 x 90", "20 x 30", "9 x 9"])[1]) == ["9 x 9", "20 x 30", "100 x 90"]
    _, sizes = group([f"{n}.00 %" for n in range(0, 80, 10)])
    assert next(iter(sizes)) == "0 to < 20 %"


def test_many_categories_keep_the_largest():
    _, sizes = group([*"aabbccddeeffgghhiijjkk", "l", "m", "n"])
    assert sizes["all others"] == 3
    assert len(sizes) == 12


def test_identifiers_are_not_broken_down():
    found, sizes = group([f"lesion-{n}" for n in range(30)])
    assert sizes == {}
    assert found.note == "not broken down: it has 30 different values"


def test_scores_and_intervals_are_those_of_the_group_alone():
    found, _ = group(["a"] * 40 + ["b"] * 4)
    card = make_card(44)
    large, small = found.subgroups
    ordered = sorted(card.cases[:40], key=lambda case: case.image)
    own = [case.values["threshold_jaccard"] for case in ordered]
    expected = estimate_intervals([own], resampling=Resampling(draws=FEW.draws, seed=FEW.seed))
    assert large.score == pytest.approx(sum(own) / 40)
    assert large.score_interval.low == expected.low[0]
    assert large.score_interval.high == expected.high[0]
    failed = sum(case.values["jaccard"] < 0.65 for case in card.cases[:40])
    assert large.failure_rate == failed / 40 > 0
    assert small.score_interval is small.failure_interval is None
