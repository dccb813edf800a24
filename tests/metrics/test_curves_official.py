"""Random tables: the formulas against the official scorer in use today."""

import math
from importlib.metadata import version

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from isic_challenge_scoring import metrics as official_metrics
from isic_challenge_scoring.classification import ClassificationMetric, ClassificationScore
from rdp import rdp

from isiceval.metrics.curves import roc_curve, thin_curve
from tests.builders import average_classes, balanced_accuracy, measure_class

pytestmark = pytest.mark.skipif(
    int(version("isic-challenge-scoring").split(".")[1]) < 8,
    reason="before 5.8, all there is for this Python, the official tables break on pandas 3",
)
TOLERANCE = 1e-12
OFFICIAL_NAMES = {"average_precision": "ap", "auc_above_sensitivity": "auc_sens_80"}
WEIGHTS = (0.0, 0.5, 1.0, 2.5)


@pytest.fixture(autouse=True)
def plane_rdp(monkeypatch):
    """Let the official scorer thin its curves where NumPy no longer crosses flat vectors."""

    def thin(points, **options):
        return rdp(np.column_stack((points, np.zeros(len(points)))), **options)

    monkeypatch.setattr(official_metrics, "rdp", thin)


@st.composite
def tables(draw):
    """A table with ties: labels, confidences in [0, 1] in coarse steps, weights, validation."""
    n_classes = draw(st.integers(2, 5))
    n = draw(st.integers(3 * n_classes, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    steps = draw(st.sampled_from([2, 5, 10, 100]))
    labels = np.concatenate((np.arange(n_classes), rng.integers(0, n_classes, n - n_classes)))
    rng.shuffle(labels)
    confidences = rng.integers(0, steps + 1, (n, n_classes)) / steps
    weights = rng.choice(WEIGHTS, n) if draw(st.booleans()) else np.ones(n)
    validation = (rng.random(n) < 0.7).astype(float)
    eye = np.eye(n_classes)[labels]
    assume((eye.T @ weights > 0).all())
    assume((eye.T @ validation > 0).all())
    return eye > 0.5, confidences, weights, validation


def ask_official(table, ranking, seed):
    """Ask with columns and rows of the prediction in another order, truth sorted by id."""
    truth, confidences, weights, validation = table
    names = [f"C{place}" for place in range(truth.shape[1])]
    ids = [f"ISIC_{row:07d}" for row in range(len(truth))]
    known = pd.DataFrame(truth.astype(float), columns=names, index=ids)
    given = pd.DataFrame(confidences, columns=names, index=ids)
    rng = np.random.default_rng(seed)
    shuffled = given.iloc[rng.permutation(len(ids))]
    counting = pd.DataFrame({"score_weight": weights, "validation_weight": validation}, index=ids)
    return ClassificationScore(known, shuffled.sort_index(), counting, ranking)


def answer(table, ranking):
    truth, confidences, weights, validation = table
    values = [
        measure_class(known, given, weights=weights, undefined=1.0)
        for known, given in zip(truth.T, confidences.T, strict=True)
    ]
    macro = average_classes(values)
    balanced = balanced_accuracy(truth, confidences, weights=weights)
    overall = balanced if ranking == "balanced_accuracy" else macro[ranking]
    if ranking == "balanced_accuracy":
        seen = balanced_accuracy(truth, confidences, weights=validation)
    else:
        seen = average_classes(
            measure_class(known, given, weights=validation, undefined=1.0)
            for known, given in zip(truth.T, confidences.T, strict=True)
        )[ranking]
    return values, macro, balanced, overall, seen


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
@given(
    table=tables(),
    ranking=st.sampled_from(["balanced_accuracy", "auc", "average_precision", "dice"]),
    seed=st.integers(0, 100),
)
def test_every_number_is_that_of_the_official_scorer(table, ranking, seed):
    official = ask_official(table, ClassificationMetric(OFFICIAL_NAMES.get(ranking, ranking)), seed)
    values, macro, balanced, overall, validation = answer(table, ranking)
    for own, (_, theirs) in zip(values, official.per_category.iterrows(), strict=True):
        for name, value in own.items():
            assert value == pytest.approx(theirs[OFFICIAL_NAMES.get(name, name)], abs=TOLERANCE)
    for name, value in macro.items():
        theirs = official.macro_average[OFFICIAL_NAMES.get(name, name)]
        assert value == pytest.approx(theirs, abs=TOLERANCE)
    assert balanced == pytest.approx(official.aggregate["balanced_accuracy"], abs=TOLERANCE)
    assert overall == pytest.approx(official.overall, abs=TOLERANCE)
    assert validation == pytest.approx(official.validation, abs=TOLERANCE)


@pytest.mark.parametrize(("n", "seed"), [(40, 0), (400, 1), (900, 2)])
def test_the_points_of_the_curves_are_those_of_the_official_scorer(n, seed):
    rng = np.random.default_rng(seed)
    truth = np.eye(2)[rng.integers(0, 2, n)] > 0.5
    confidences = np.clip(truth * 0.2 + rng.random((n, 2)) * 0.8, 0, 1)
    weights = rng.choice([0.0, 1.0], n, p=[0.1, 0.9])
    official = ask_official((truth, confidences, weights, weights), ClassificationMetric.AUC, seed)
    for place, (_, theirs) in enumerate(official.rocs.items()):
        own = thin_curve(roc_curve(truth[:, place], confidences[:, place], weights=weights))
        thresholds = np.where(np.isinf(own.thresholds), 1.0, own.thresholds)
        assert thresholds.tolist() == theirs.index.tolist()
        assert own.x == pytest.approx(theirs["fpr"].to_numpy(), abs=TOLERANCE)
        assert own.y == pytest.approx(theirs["tpr"].to_numpy(), abs=TOLERANCE)


def test_a_class_absent_from_the_truth_is_undefined_where_the_official_scorer_stops():
    truth = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 0]]) > 0.5
    confidences = np.array([[0.9, 0.1, 0.2], [0.2, 0.8, 0.1], [0.3, 0.6, 0.1]])
    values, macro, balanced, _, _ = answer((truth, confidences, np.ones(3), np.ones(3)), "auc")
    assert math.isnan(values[2]["auc"])
    assert values[2]["sensitivity"] == 1.0
    assert macro["auc"] == pytest.approx((values[0]["auc"] + values[1]["auc"]) / 2)
    assert balanced == 0.75


def test_weights_stay_with_their_rows_where_the_truth_is_not_sorted():
    truth = np.array([[1, 0], [1, 0], [0, 1]]) > 0.5
    confidences = np.array([[0.9, 0.1], [0.1, 0.9], [0.1, 0.9]])
    weights = np.array([1.0, 0.0, 1.0])
    order = [2, 1, 0]
    sorted_score = balanced_accuracy(truth, confidences, weights=weights)
    unsorted = balanced_accuracy(truth[order], confidences[order], weights=weights[order])
    assert sorted_score == unsorted == 1.0
