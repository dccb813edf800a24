import math

import pytest

from isiceval.bars import Miss, find_misses, read_bars
from isiceval.errors import UsageError


def test_reads_several_bars_from_several_texts():
    assert read_bars(["jaccard=0.5,dice=0.6", "accuracy=1"]) == {
        "jaccard": 0.5,
        "dice": 0.6,
        "accuracy": 1.0,
    }


def test_reads_no_bar_from_no_text():
    assert read_bars([]) == {}
    assert read_bars([""]) == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("jaccard", "metric=number"),
        ("jacard=0.5", "did you mean 'jaccard'"),
        ("zzz=0.5", "known: jaccard"),
        ("failure_rate=0.1", "better when lower"),
        ("dice=high", "not a number"),
        ("dice=nan", "not a number"),
    ],
)
def test_says_what_is_wrong_with_a_bar(text, says):
    with pytest.raises(UsageError, match=says):
        read_bars([text])


def test_a_bar_for_images_is_a_metric_not_an_aggregate():
    assert read_bars(["median_jaccard=0.5"]) == {"median_jaccard": 0.5}
    with pytest.raises(UsageError, match="no metric 'median_jaccard'"):
        read_bars(["median_jaccard=0.5"], per_image=True)


def test_a_bar_is_reached_when_equalled_and_never_by_an_undefined_value():
    values = {"jaccard": 0.5, "dice": math.nan, "accuracy": 0.4}
    misses = find_misses(values, {"jaccard": 0.5, "dice": 0.0, "accuracy": 0.41})
    assert [miss.metric for miss in misses] == ["dice", "accuracy"]
    assert str(misses[0]) == "dice is undefined, the minimum is 0.0"
    assert str(misses[1]) == "accuracy is 0.4, the minimum is 0.41"


def test_a_miss_by_a_hair_does_not_look_reached():
    miss = Miss(metric="dice", minimum=0.75, value=0.7499999999)
    assert "0.7499999999" in str(miss)
