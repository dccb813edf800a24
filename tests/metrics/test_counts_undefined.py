"""What every metric counts as in every case where its formula is 0/0, for every policy."""

import math

import pytest

from isiceval.metrics.counts import FORMULAS
from isiceval.metrics.registry import METRICS
from isiceval.model import Counts, Size
from isiceval.tasks.task import Task
from tests.builders import measure

NAN = math.nan
BOTH_EMPTY = Counts(tp=0, fp=0, fn=0, tn=9)
TRUTH_EMPTY = Counts(tp=0, fp=4, fn=0, tn=5)
TRUTH_EMPTY_ALL_PREDICTED = Counts(tp=0, fp=9, fn=0, tn=0)
PREDICTION_EMPTY = Counts(tp=0, fp=0, fn=4, tn=5)
BOTH_FULL = Counts(tp=9, fp=0, fn=0, tn=0)
TRUTH_FULL = Counts(tp=4, fp=0, fn=5, tn=0)
TRUTH_FULL_NONE_PREDICTED = Counts(tp=0, fp=0, fn=9, tn=0)
NO_PIXEL = Counts(tp=0, fp=0, fn=0, tn=0)

# NaN here: the formula is 0/0 and the policy decides
TABLE = {
    "jaccard": {
        "both empty": (BOTH_EMPTY, NAN),
        "truth empty": (TRUTH_EMPTY, 0.0),
        "truth empty, all predicted": (TRUTH_EMPTY_ALL_PREDICTED, 0.0),
        "prediction empty": (PREDICTION_EMPTY, 0.0),
        "both full": (BOTH_FULL, 1.0),
        "truth full": (TRUTH_FULL, 4 / 9),
        "truth full, none predicted": (TRUTH_FULL_NONE_PREDICTED, 0.0),
        "no pixel": (NO_PIXEL, NAN),
    },
    "threshold_jaccard": {
        "both empty": (BOTH_EMPTY, NAN),
        "truth empty": (TRUTH_EMPTY, 0.0),
        "truth empty, all predicted": (TRUTH_EMPTY_ALL_PREDICTED, 0.0),
        "prediction empty": (PREDICTION_EMPTY, 0.0),
        "both full": (BOTH_FULL, 1.0),
        "truth full": (TRUTH_FULL, 0.0),
        "truth full, none predicted": (TRUTH_FULL_NONE_PREDICTED, 0.0),
        "no pixel": (NO_PIXEL, NAN),
    },
    "dice": {
        "both empty": (BOTH_EMPTY, NAN),
        "truth empty": (TRUTH_EMPTY, 0.0),
        "truth empty, all predicted": (TRUTH_EMPTY_ALL_PREDICTED, 0.0),
        "prediction empty": (PREDICTION_EMPTY, 0.0),
        "both full": (BOTH_FULL, 1.0),
        "truth full": (TRUTH_FULL, 8 / 13),
        "truth full, none predicted": (TRUTH_FULL_NONE_PREDICTED, 0.0),
        "no pixel": (NO_PIXEL, NAN),
    },
    "accuracy": {
        "both empty": (BOTH_EMPTY, 1.0),
        "truth empty": (TRUTH_EMPTY, 5 / 9),
        "truth empty, all predicted": (TRUTH_EMPTY_ALL_PREDICTED, 0.0),
        "prediction empty": (PREDICTION_EMPTY, 5 / 9),
        "both full": (BOTH_FULL, 1.0),
        "truth full": (TRUTH_FULL, 4 / 9),
        "truth full, none predicted": (TRUTH_FULL_NONE_PREDICTED, 0.0),
        "no pixel": (NO_PIXEL, NAN),
    },
    "sensitivity": {
        "both empty": (BOTH_EMPTY, NAN),
        "truth empty": (TRUTH_EMPTY, NAN),
        "truth empty, all predicted": (TRUTH_EMPTY_ALL_PREDICTED, NAN),
        "prediction empty": (PREDICTION_EMPTY, 0.0),
        "both full": (BOTH_FULL, 1.0),
        "truth full": (TRUTH_FULL, 4 / 9),
        "truth full, none predicted": (TRUTH_FULL_NONE_PREDICTED, 0.0),
        "no pixel": (NO_PIXEL, NAN),
    },
    "specificity": {
        "both empty": (BOTH_EMPTY, 1.0),
        "truth empty": (TRUTH_EMPTY, 5 / 9),
        "truth empty, all predicted": (TRUTH_EMPTY_ALL_PREDICTED, 0.0),
        "prediction empty": (PREDICTION_EMPTY, 1.0),
        "both full": (BOTH_FULL, NAN),
        "truth full": (TRUTH_FULL, NAN),
        "truth full, none predicted": (TRUTH_FULL_NONE_PREDICTED, NAN),
        "no pixel": (NO_PIXEL, NAN),
    },
}
EMPTY_CASES = frozenset(TABLE["jaccard"])
ROWS = [
    pytest.param(name, counts, value, id=f"{name}: {case}")
    for name, cases in TABLE.items()
    for case, (counts, value) in cases.items()
]


def measure_with(undefined, counts):
    return measure(Task(id="t", title="t", undefined=undefined), "a", counts, Size(3, 3))


def test_no_metric_and_no_empty_case_is_forgotten():
    assert set(TABLE) == set(METRICS)
    assert all(set(cases) == EMPTY_CASES for cases in TABLE.values())


def test_every_metric_says_when_it_is_undefined_and_is():
    for name, metric in METRICS.items():
        assert metric.undefined
        assert any(math.isnan(value) for _, value in TABLE[name].values())


@pytest.mark.parametrize(("name", "counts", "value"), ROWS)
def test_formula(name, counts, value):
    assert FORMULAS[name](counts) == pytest.approx(value, nan_ok=True, abs=1e-15)


@pytest.mark.parametrize("undefined", [1.0, 0.0, 0.5])
@pytest.mark.parametrize(("name", "counts", "value"), ROWS)
def test_policy_gives_a_number(name, counts, value, undefined):
    case = measure_with(undefined, counts)
    expected = undefined if math.isnan(value) else value
    assert case.values[name] == pytest.approx(expected, abs=1e-15)
    assert (name in case.undefined) == math.isnan(value)


@pytest.mark.parametrize(("name", "counts", "value"), ROWS)
def test_policy_leaves_out(name, counts, value):
    case = measure_with("omit", counts)
    assert case.values[name] == pytest.approx(value, nan_ok=True, abs=1e-15)
    assert (name in case.undefined) == math.isnan(value)
