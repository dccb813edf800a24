import pytest

from isiceval.metrics.arrays import make_mean
from isiceval.model import Counts, Size
from isiceval.options import BootstrapOptions
from isiceval.pages import compute_breakdowns
from isiceval.statistics.bootstrap import Resampling, compute_percentiles, resample
from isiceval.statistics.subgroups import split_images
from isiceval.tasks.task import find_task
from tests.builders import make_scorecard, measure

TASK = find_task("2018/1")
FEW = BootstrapOptions(draws=100, interval="percentile")


def make_card(n):
    cases = [
        measure(TASK, f"i{k}", Counts(tp=100, fp=2 * k, fn=0, tn=500), Size(30, 20))
        for k in range(n)
    ]
    return make_scorecard(TASK, cases)


def group(texts):
    images = [f"i{k}" for k in range(len(texts))]
    found = split_images(images, dict(zip(images, texts, strict=True)))
    return {name: len(own) for name, own in found}


def test_categories_with_what_is_not_given_last():
    sizes = group(["male", "female", "", "male"])
    assert list(sizes.items()) == [("female", 1), ("male", 2), ("not given", 1)]


def test_an_image_without_a_row_is_not_given():
    found = split_images(["i0", "i1"], {"i0": "male"})
    assert found == [("male", ("i0",)), ("not given", ("i1",))]


def test_numbers_become_round_bands_that_hold_every_case():
    sizes = group([str(age) for age in (5, 15, 20, 39, 40, 61, 79, 85)])
    assert list(sizes.items()) == [
        ("0 to < 20", 2),
        ("20 to < 40", 2),
        ("40 to < 60", 1),
        ("60 to < 80", 2),
        ("80 to ≤ 100", 1),
    ]


def test_crowded_numbers_become_quartiles():
    sizes = group([str(n) for n in (*range(1, 20), 1000)])
    assert list(sizes) == ["1 to < 5.8", "5.8 to < 10", "10 to < 15", "15 to ≤ 1000"]
    assert sum(sizes.values()) == 20


def test_few_numbers_stay_as_they_are_in_order():
    sizes = group(["10", "9", "10", "100"])
    assert list(sizes) == ["9", "10", "100"]


def test_percent_and_sizes_sort_by_number():
    assert list(group(["100 x 90", "20 x 30", "9 x 9"])) == ["9 x 9", "20 x 30", "100 x 90"]
    sizes = group([f"{n}.00 %" for n in range(0, 80, 10)])
    assert next(iter(sizes)) == "0 to < 20 %"


def test_many_categories_keep_the_largest():
    sizes = group([*"aabbccddeeffgghhiijjkk", "l", "m", "n"])
    assert sizes["all others"] == 3
    assert len(sizes) == 12


def test_identifiers_are_no_subgroups():
    images = [f"i{n}" for n in range(30)]
    values = {image: f"lesion-{image}" for image in images}
    assert split_images(images, values) == "the column has 30 different values"
    (found,) = compute_breakdowns(make_card(30), {"c": values}, task=TASK, bootstrap=FEW)
    assert found.subgroups == ()
    assert found.note == "no subgroups: the column has 30 different values"


def test_scores_and_intervals_are_those_of_the_subgroup_alone():
    card = make_card(44)
    values = {f"i{k}": "a" if k < 40 else "b" for k in range(44)}
    (found,) = compute_breakdowns(card, {"c": values}, task=TASK, bootstrap=FEW)
    large, small = found.subgroups
    ordered = sorted(card.cases[:40], key=lambda case: case.image)
    own = [case.values["threshold_jaccard"] for case in ordered]
    resampling = Resampling(draws=FEW.draws, seed=FEW.seed)
    low, high = compute_percentiles(resample(make_mean([own]), 40, resampling))
    assert large.values["threshold_jaccard"] == pytest.approx(sum(own) / 40)
    interval = large.intervals["threshold_jaccard"]
    assert (interval.low, interval.high) == (low[0], high[0])
    failed = sum(case.values["jaccard"] < 0.65 for case in card.cases[:40])
    assert large.values["failure_rate"] == failed / 40 > 0
    assert small.intervals == {}
