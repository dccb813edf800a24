"""The list of metrics, and counts turned into a case."""

import math

import pytest

from isiceval.errors import IsicevalError
from isiceval.metrics.counts import FORMULAS
from isiceval.metrics.registry import AGGREGATES, METRICS, find_aggregate, require_known
from isiceval.model import Counts, Size
from isiceval.tasks.task import Task
from tests.builders import measure, miss

HALF = Counts(tp=5, fp=2, fn=3, tn=10)


def make_task(**settings):
    return Task(**{"id": "own", "title": "Own", **settings})


def test_every_formula_of_counts_is_a_metric():
    assert set(METRICS) < set(FORMULAS)
    assert [find_aggregate(name).name for name in FORMULAS] == list(FORMULAS)


@pytest.mark.parametrize("name", sorted(AGGREGATES))
def test_every_aggregate_says_how_to_read_it(name):
    aggregate = AGGREGATES[name]
    assert aggregate.name == name
    assert aggregate.title[0].isupper()
    assert aggregate.better in ("higher", "lower")
    assert aggregate.range == (0.0, 1.0)


def test_only_the_failure_rate_is_better_low():
    assert [name for name, a in AGGREGATES.items() if a.better == "lower"] == ["failure_rate"]


def test_measured_case_holds_what_it_was_made_from():
    case = measure(make_task(), "ISIC_0000001", HALF, Size(4, 5))
    assert (case.image, case.status, case.counts, case.size) == (
        "ISIC_0000001", "scored", HALF, Size(4, 5),
    )  # fmt: skip
    assert case.undefined == ()
    assert case.values["jaccard"] == 0.5
    assert case.values["threshold_jaccard"] == 0.0


@pytest.mark.parametrize(("threshold", "value"), [(0.5, 0.5), (0.51, 0.0), (0.0, 0.5)])
def test_thresholded_jaccard_follows_the_task(threshold, value):
    case = measure(make_task(jaccard_threshold=threshold), "a", HALF, Size(4, 5))
    assert case.values["threshold_jaccard"] == value


def test_a_missing_image_counts_as_zero_whatever_the_policy():
    case = miss("a", Size(2, 3))
    assert case.status == "missing"
    assert case.counts is None
    assert case.size == Size(2, 3)
    assert case.values == dict.fromkeys(METRICS, 0.0)
    assert case.undefined == ()


def test_the_size_of_a_missing_image_may_be_unknown():
    assert miss("a").size is None


@pytest.mark.parametrize("name", sorted(METRICS))
def test_a_task_may_rank_on_every_metric(name):
    task = make_task(ranking=name)
    assert require_known(task) is task


def test_a_misspelt_ranking_metric_is_told():
    with pytest.raises(IsicevalError, match=r"task own: .*'jacard'.*did you mean 'jaccard'\?"):
        require_known(make_task(ranking="jacard"))


def test_an_unknown_ranking_metric_is_told_what_there_is():
    with pytest.raises(IsicevalError, match="known: jaccard, threshold_jaccard, dice"):
        require_known(make_task(ranking="xyz"))


def test_the_policy_touches_only_what_is_undefined():
    defined = measure(make_task(undefined=1.0), "a", HALF, Size(4, 5))
    left_out = measure(make_task(undefined="omit"), "a", HALF, Size(4, 5))
    assert defined == left_out
    assert not any(math.isnan(value) for value in defined.values.values())
