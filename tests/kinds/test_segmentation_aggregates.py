"""Cases to one value per metric."""

import math

import pytest

from isiceval.kinds.describe_segmentation import pick_examples
from isiceval.metrics.registry import AGGREGATES, METRICS
from isiceval.model import Case, Counts, Size
from isiceval.tasks.task import Task
from tests.builders import make_scorecard, measure, miss, summarise

NAN = math.nan


def make_card(cases):
    return make_scorecard(Task(id="t", title="t"), cases)


def make_case(image, jaccard, **values):
    filled = {**dict.fromkeys(METRICS, 0.5), "jaccard": jaccard, **values}
    return Case(image=image, status="scored", values=filled)


def test_every_aggregate_is_there():
    assert set(summarise([make_case("a", 0.7)], jaccard_threshold=0.65)) == set(AGGREGATES)


def test_failure_rate_counts_only_what_is_below_the_threshold():
    cases = [make_case(str(n), value) for n, value in enumerate([0.65, 0.64999, 0.9, 0.0])]
    assert summarise(cases, jaccard_threshold=0.65)["failure_rate"] == 0.5


def test_failure_rate_follows_the_threshold():
    cases = [make_case("a", 0.5), make_case("b", 0.7)]
    assert summarise(cases, jaccard_threshold=0.5)["failure_rate"] == 0.0
    assert summarise(cases, jaccard_threshold=0.8)["failure_rate"] == 1.0


def test_a_case_without_jaccard_is_left_out_of_failure_rate_and_median():
    cases = [make_case("a", NAN), make_case("b", 0.2), make_case("c", 0.8)]
    aggregates = summarise(cases, jaccard_threshold=0.65)
    assert aggregates["failure_rate"] == 0.5
    assert aggregates["median_jaccard"] == 0.5
    assert aggregates["jaccard"] == 0.5


def test_a_missing_image_is_a_failure():
    cases = [make_case("a", 0.8), miss("b")]
    aggregates = summarise(cases, jaccard_threshold=0.65)
    assert aggregates["failure_rate"] == 0.5
    assert aggregates["jaccard"] == 0.4
    assert aggregates["accuracy"] == 0.25


@pytest.mark.parametrize(
    ("jaccards", "median"), [([0.3], 0.3), ([0.9, 0.1, 0.4], 0.4), ([0.1, 0.9, 0.4, 0.6], 0.5)]
)
def test_median_jaccard(jaccards, median):
    cases = [make_case(str(n), value) for n, value in enumerate(jaccards)]
    assert summarise(cases, jaccard_threshold=0.65)["median_jaccard"] == median


def test_undefined_cases_are_counted_by_metric():
    task = Task(id="t", title="t", undefined="omit")
    empty = measure(task, "a", Counts(tp=0, fp=0, fn=0, tn=4), Size(2, 2))
    full = measure(task, "b", Counts(tp=4, fp=0, fn=0, tn=0), Size(2, 2))
    assert make_card([empty, full, empty, miss("c")]).undefined == {
        "jaccard": 2,
        "threshold_jaccard": 2,
        "dice": 2,
        "accuracy": 0,
        "sensitivity": 2,
        "specificity": 1,
    }


def test_order_by_jaccard_breaks_ties_by_image_and_leaves_out_the_undefined():
    cases = [make_case("d", 0.5), make_case("b", 0.5), make_case("a", 0.9), make_case("c", NAN)]
    assert [case.image for case in make_card(cases).worst(9)] == ["b", "d", "a"]


@pytest.mark.parametrize(("n", "image"), [(1, "0"), (2, "0"), (3, "1"), (4, "1"), (5, "2")])
def test_the_median_case_is_the_lower_of_two_middle_ones(n, image):
    cases = [make_case(str(number), number / 10) for number in range(n)]
    assert make_card(cases[::-1]).median_case.image == image


def test_there_is_no_median_of_nothing():
    assert make_card([make_case("a", NAN)]).median_case is None


class TestPickExamples:
    @staticmethod
    def pick(n, **sizes):
        cases = [make_case(f"i{k:03d}", k / 200) for k in range(n)]
        found = pick_examples(cases[::-1], **{"n_worst": 8, "n_other": 4, **sizes})
        return {place: [int(case.image[1:]) for case in chosen] for place, chosen in found.items()}

    def test_from_many(self):
        assert self.pick(100) == {
            "worst": list(range(8)),
            "median": [48, 49, 50, 51],
            "best": [99, 98, 97, 96],
        }

    def test_from_few_each_once_and_the_median_in_the_middle(self):
        assert self.pick(10) == {"worst": [0, 1, 2, 3], "median": [4, 5, 6], "best": [9, 8, 7]}
        assert self.pick(3) == {"worst": [0], "median": [1], "best": [2]}
        assert self.pick(1) == {"worst": [0], "median": [], "best": []}
        assert self.pick(0) == {"worst": [], "median": [], "best": []}
