import math

import pytest

from isiceval.errors import UsageError
from isiceval.options import Threshold, choose_bootstrap, find_unmet, parse_thresholds
from isiceval.pipeline import get_task

TASK = get_task("2018/1")


def test_reads_several_thresholds_from_several_texts():
    assert parse_thresholds(["jaccard=0.5,dice=0.6", "accuracy=1"], task=TASK) == (
        Threshold("jaccard", 0.5),
        Threshold("dice", 0.6),
        Threshold("accuracy", 1.0),
    )


def test_the_last_of_two_thresholds_of_one_metric_counts():
    assert parse_thresholds(["dice=0.5", "dice=0.6"], task=TASK) == (Threshold("dice", 0.6),)


@pytest.mark.parametrize("texts", [[], [""]])
def test_reads_no_threshold_from_no_text(texts):
    assert parse_thresholds(texts, task=TASK) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("jaccard", "metric=number"),
        ("jacard=0.5", "did you mean 'jaccard'"),
        ("zzz=0.5", "known: "),
        ("failure_rate=0.1", "better when lower"),
        ("dice=high", "not a number"),
        ("dice=nan", "not a number"),
    ],
)
def test_says_what_is_wrong_with_a_threshold(text, message):
    with pytest.raises(UsageError, match=message):
        parse_thresholds([text], task=TASK)


def test_a_threshold_of_images_is_a_metric_not_an_aggregate():
    assert parse_thresholds(["median_jaccard=0.5"], task=TASK)
    with pytest.raises(UsageError, match="no metric 'median_jaccard'"):
        parse_thresholds(["median_jaccard=0.5"], per_image=True, task=TASK)
    with pytest.raises(UsageError, match="2018/3 has no metric of single images"):
        parse_thresholds(["jaccard=0.5"], per_image=True, task=get_task("2018/3"))


def test_a_threshold_is_met_when_equalled_and_never_by_an_undefined_value():
    values = {"jaccard": 0.5, "dice": math.nan, "accuracy": 0.4}
    thresholds = parse_thresholds(["jaccard=0.5 dice=0.0 accuracy=0.41"], task=TASK)
    assert find_unmet(values, thresholds) == [
        "dice is undefined, the minimum is 0.0",
        "accuracy is 0.4, the minimum is 0.41",
    ]


def test_a_value_just_below_does_not_look_equal():
    (sentence,) = find_unmet({"dice": 0.7499999999}, [Threshold("dice", 0.75)])
    assert "0.7499999999" in sentence


def test_zero_draws_mean_no_statistics():
    assert choose_bootstrap(0, 1, None) is None
    with pytest.raises(UsageError, match="groups need a bootstrap"):
        choose_bootstrap(0, 1, {"a": "p"})


def test_groups_may_be_a_mapping_or_a_path(tmp_path):
    path = tmp_path / "g.csv"
    path.write_text("image,group\na,p\n")
    assert choose_bootstrap(5, 1, {"a": "p"}).groups.group_of == {"a": "p"}
    assert choose_bootstrap(5, 1, path).groups.group_of == {"a": "p"}
    assert choose_bootstrap(5, 1, str(path)) == choose_bootstrap(5, 1, path)


@pytest.mark.parametrize(("draws", "seed"), [(-1, 0), (20_001, 0), (10, -1)])
def test_numbers_that_make_no_sense_are_usage(draws, seed):
    with pytest.raises(UsageError):
        choose_bootstrap(draws, seed, None)


def test_a_minimum_that_no_score_reaches_is_refused():
    with pytest.raises(UsageError, match="jaccard is at most 1: the minimum in 'jaccard=60'"):
        parse_thresholds(["jaccard=60"], task=TASK)
