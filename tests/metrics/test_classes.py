"""Yes or no per class, and the one class chosen, against scikit-learn and by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from isiceval.metrics.classes import UNDECIDED, choose_class, measure_label_recalls, split_recalls
from isiceval.metrics.counts import FORMULAS, CountArrays, matthews
from tests.builders import (
    average_classes,
    balanced_accuracy,
    count_class,
    measure_class,
    recall_classes,
)

TOLERANCE = 1e-12


@st.composite
def binary_cases(draw):
    n = draw(st.integers(1, 40))
    drawn = np.frombuffer(draw(st.binary(min_size=n, max_size=n)), np.uint8)
    weights = np.array([0.25, 0.5, 1.0, 3.0])[drawn // 18 % 4]
    return drawn % 2 == 1, drawn // 2 % 9 / 8, weights


@st.composite
def labelled_cases(draw):
    n, n_classes = draw(st.integers(1, 40)), draw(st.integers(2, 5))
    drawn = np.frombuffer(draw(st.binary(min_size=n, max_size=n)), np.uint8).astype(int)
    return drawn % n_classes, drawn // n_classes % n_classes, n_classes


@settings(deadline=None)
@given(binary_cases())
def test_counts_are_those_of_a_confusion_matrix(case):
    truth, confidence, weights = case
    counts = count_class(truth, confidence, weights=weights)
    matrix = sklearn_metrics.confusion_matrix(
        truth, confidence > 0.5, labels=[False, True], sample_weight=weights
    )
    assert [[counts.tn, counts.fp], [counts.fn, counts.tp]] == matrix.tolist()


@pytest.mark.parametrize(
    ("inclusive", "threshold", "positive"),
    [(False, 0.5, 1), (True, 0.5, 2), (False, 0.25, 2), (True, 0.75, 1), (False, 0.75, 0)],
)
def test_a_confidence_at_the_threshold(inclusive, threshold, positive):
    counts = count_class([1, 1, 1], [0.2, 0.5, 0.75], inclusive=inclusive, threshold=threshold)
    assert counts == CountArrays(tp=positive, fp=0, fn=3 - positive, tn=0)


@settings(deadline=None)
@given(binary_cases())
def test_formulas_agree_with_scikit_learn_where_they_are_defined(case):
    truth, confidence, _ = case
    taken = confidence > 0.5
    counts = count_class(truth, confidence)
    expected = {
        "accuracy": sklearn_metrics.accuracy_score(truth, taken),
        "sensitivity": sklearn_metrics.recall_score(truth, taken, zero_division=math.nan),
        "specificity": sklearn_metrics.recall_score(~truth, ~taken, zero_division=math.nan),
        "dice": sklearn_metrics.f1_score(truth, taken, zero_division=math.nan),
        "ppv": sklearn_metrics.precision_score(truth, taken, zero_division=math.nan),
        "npv": sklearn_metrics.precision_score(~truth, ~taken, zero_division=math.nan),
        "jaccard": sklearn_metrics.jaccard_score(truth, taken, zero_division=0)
        if (truth | taken).any()
        else math.nan,
    }
    assert set(expected) | {"threshold_jaccard", "matthews"} == set(FORMULAS)
    for name, value in expected.items():
        assert FORMULAS[name](counts) == pytest.approx(value, abs=TOLERANCE, nan_ok=True), name


@pytest.mark.parametrize(
    ("truth", "confidence", "undefined"),
    [
        ([0, 0], [0.1, 0.2], {"sensitivity", "dice", "ppv"}),
        ([1, 1], [0.9, 0.8], {"specificity", "npv"}),
        ([0, 0], [0.9, 0.8], {"sensitivity", "npv"}),
        ([1, 1], [0.1, 0.2], {"specificity", "ppv"}),
    ],
)
def test_undefined_formulas_get_the_number_that_is_asked_for(truth, confidence, undefined):
    left = measure_class(truth, confidence)
    counted = {name for name in FORMULAS if name in left and math.isnan(left[name])}
    assert counted == undefined
    filled = measure_class(truth, confidence, undefined=1.0)
    assert {name for name in undefined if filled[name] == 1.0} == undefined
    assert math.isnan(filled["auc"])
    assert math.isnan(filled["auc_above_sensitivity"])


def test_the_mean_over_classes_leaves_out_what_is_undefined():
    classes = [{"auc": 0.5, "npv": math.nan}, {"auc": 1.0, "npv": math.nan}]
    mean = average_classes([*classes, {"auc": math.nan, "npv": math.nan}])
    assert mean["auc"] == 0.75
    assert math.isnan(mean["npv"])
    assert average_classes([]) == {}


@pytest.mark.filterwarnings("ignore:A single label was found")  # scikit-learn, one kind of case
@settings(deadline=None)
@given(binary_cases())
def test_matthews_is_that_of_scikit_learn(case):
    truth, confidence, weights = case
    taken = confidence > 0.5
    counts = count_class(truth, confidence, weights=weights)
    expected = sklearn_metrics.matthews_corrcoef(truth, taken, sample_weight=weights)
    measured = matthews(counts)
    if math.isnan(measured):
        assert expected == 0.0
        assert truth.all() or not truth.any() or taken.all() or not taken.any()
    else:
        assert measured == pytest.approx(expected, abs=TOLERANCE)
        assert -1 <= measured <= 1


def test_matthews_knows_right_from_inverted():
    assert matthews(CountArrays(tp=7, fp=0, fn=0, tn=3)) == 1.0
    assert matthews(CountArrays(tp=0, fp=3, fn=7, tn=0)) == -1.0
    assert matthews(CountArrays(tp=10**9, fp=1, fn=0, tn=10**9)) < 1.0


def test_the_highest_confidence_is_chosen_and_a_tie_is_undecided():
    rows = [[0.1, 0.2, 0.3], [0.3, 0.3, 0.1], [0, 0, 0], [1, 0, 1], [0.5, 0.4, 0.4]]
    assert choose_class(rows).tolist() == [2, UNDECIDED, UNDECIDED, UNDECIDED, 0]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([0.1, 0.2], "must have shape"),
        (np.empty((2, 0)), "must have shape"),
        ([[0.1, math.nan]], "finite"),
    ],
)
def test_confidences_of_another_shape_are_refused(rows, words):
    with pytest.raises(ValueError, match=words):
        choose_class(rows)


@settings(deadline=None)
@given(labelled_cases())
def test_recall_is_that_of_scikit_learn(case):
    labels, chosen, n_classes = case
    truth, confidences = np.eye(n_classes)[labels], np.eye(n_classes)[chosen] * 0.6 + 0.1
    recalls = recall_classes(truth, confidences)
    expected = sklearn_metrics.recall_score(
        labels, chosen, labels=range(n_classes), average=None, zero_division=math.nan
    )
    assert recalls == pytest.approx(expected, abs=TOLERANCE, nan_ok=True)
    present = [value for value in expected if not math.isnan(value)]
    assert balanced_accuracy(truth, confidences) == pytest.approx(np.mean(present), abs=TOLERANCE)


@settings(deadline=None)
@given(labelled_cases())
def test_weights_by_class_frequency_make_balanced_accuracy(case):
    labels, chosen, n_classes = case
    eye = np.eye(n_classes)
    balanced = balanced_accuracy(eye[labels], eye[chosen])
    n = len(labels)
    recalls = measure_label_recalls(labels, chosen, np.ones(n), np.arange(n), n)(np.ones((n, 1)))
    assert recalls.mean() == pytest.approx(balanced, abs=TOLERANCE)


def test_a_tie_is_wrong_even_where_the_right_class_shares_it():
    truth = np.eye(3)
    assert balanced_accuracy(truth, np.full((3, 3), 0.3)) == 0.0
    assert balanced_accuracy(truth, np.eye(3) * 0.6) == 1.0


def test_a_row_of_weight_0_does_not_count():
    truth, confidences = [[1, 0], [1, 0], [0, 1]], [[0.9, 0.1], [0.1, 0.9], [0.1, 0.9]]
    assert balanced_accuracy(truth, confidences) == 0.75
    assert balanced_accuracy(truth, confidences, weights=[1, 0, 1]) == 1.0
    assert balanced_accuracy(truth, confidences, weights=[1, 3, 1]) == 0.625


def test_a_class_without_a_case_is_left_out():
    assert balanced_accuracy([[1, 0, 0], [0, 1, 0]], [[1, 0, 0], [0, 0, 1]]) == 0.5
    assert math.isnan(recall_classes([[1, 0]], [[1, 0]])[1])
    assert math.isnan(balanced_accuracy([[1, 0]], [[1, 0]], weights=[0]))


def test_a_case_with_two_true_classes_counts_nowhere():
    assert balanced_accuracy([[1, 1], [1, 0], [0, 1]], [[1, 0], [1, 0], [0, 1]]) == 1.0


def test_recalls_are_split_by_class():
    truth = np.array([0, 0, 1, 2, 2, 2, UNDECIDED])
    chosen = np.array([0, 1, 1, 2, 2, UNDECIDED, 0])
    terms = split_recalls(truth, chosen, np.arange(7) + 10)
    assert [term.places.tolist() for term in terms] == [[10, 11], [12], [13, 14, 15]]
    recalls = np.array([term.values.mean() for term in terms]) * 3
    assert recalls == pytest.approx([1 / 2, 1, 2 / 3])
    assert {(term.low, term.high, term.least) for term in terms} == {(0.0, 1 / 3, 1)}
