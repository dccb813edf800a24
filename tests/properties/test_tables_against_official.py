"""Random tables as files: whole scorecards against the official scorer in use today."""

from importlib.metadata import version

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from isic_challenge_scoring import metrics as official_metrics
from isic_challenge_scoring.classification import ClassificationMetric, ClassificationScore
from rdp import rdp
from sklearn.metrics import average_precision_score, matthews_corrcoef, roc_auc_score

import isiceval

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # what pandas says of the official code is not about ours
    pytest.mark.skipif(
        int(version("isic-challenge-scoring").split(".")[1]) < 8,
        reason="before 5.8, all there is for this Python, the official tables break on pandas 3",
    ),
]
NAMES = {"ap": "average_precision", "auc_sens_80": "auc_above_sensitivity"}
CLASSES = isiceval.get_task("2019/1").labels
FIXTURES = [HealthCheck.function_scoped_fixture]


@pytest.fixture(autouse=True)
def plane_rdp(monkeypatch):
    """Let the official scorer thin its curves where NumPy no longer crosses flat vectors."""

    def thin(points, **options):
        return rdp(np.column_stack((points, np.zeros(len(points)))), **options)

    monkeypatch.setattr(official_metrics, "rdp", thin)


@st.composite
def tables(draw):
    """Truth with weights, sorted by id, and a prediction with rows and columns in any order."""
    n = draw(st.integers(27, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    labels = rng.permutation(np.concatenate((np.arange(9), rng.integers(0, 9, n - 9))))
    steps = draw(st.sampled_from([3, 10, 1000]))
    ids = pd.Index([f"ISIC_{k:07d}" for k in range(n)], name="image")
    truth = pd.DataFrame(np.eye(9)[labels], columns=CLASSES, index=ids)
    given_values = rng.integers(0, steps + 1, (n, 9)) / steps
    prediction = pd.DataFrame(given_values, columns=CLASSES, index=ids)
    weights = rng.choice([0.0, 0.5, 1.0, 2.5], n)
    validation = rng.choice([0.0, 1.0], n)
    for column in (weights, validation):
        assume((np.eye(9)[labels].T @ column > 0).all())
    truth["score_weight"], truth["validation_weight"] = weights, validation
    order = rng.permutation(n), rng.permutation(9)
    return truth, prediction.iloc[order[0], order[1]]


# The official scorer takes a quarter of a second: 20 random tables of 9 classes at a time.
@settings(suppress_health_check=FIXTURES, deadline=None, max_examples=20)
@given(table=tables())
def test_every_number_of_a_scorecard_is_that_of_the_official_scorer(table, tmp_path):
    paths = [tmp_path / "truth.csv", tmp_path / "mine.csv"]
    for frame, path in zip(table, paths, strict=True):
        frame.to_csv(path)
    official = ClassificationScore.from_file(*paths, ClassificationMetric.BALANCED_ACCURACY)
    scorecard = isiceval.score("2019/1", truth=paths[0], prediction=paths[1], bootstrap=0)
    ours = scorecard.aggregates
    assert ours["balanced_accuracy"] == pytest.approx(official.overall, abs=1e-12)
    assert ours["validation.balanced_accuracy"] == pytest.approx(official.validation, abs=1e-12)
    for name, value in official.macro_average.items():
        assert ours[NAMES.get(name, name)] == pytest.approx(value, abs=1e-12)
    for label, row in official.per_category.iterrows():
        for name, value in row.items():
            ours_of_label = ours[f"{NAMES.get(name, name)}.{label}"]
            assert ours_of_label == pytest.approx(value, abs=1e-12)


def test_weights_follow_their_ids_where_the_official_scorer_goes_by_position(tmp_path):
    ids = [f"ISIC_{k:07d}" for k in range(9)]
    truth = pd.DataFrame(np.eye(9), columns=CLASSES, index=pd.Index(ids, name="image"))
    prediction = truth.copy()
    prediction.iloc[0] = truth.iloc[1].to_numpy()
    truth["score_weight"], truth["validation_weight"] = [0.0] + [1.0] * 8, 1.0
    truth = truth.iloc[::-1]
    ours = isiceval.score("2019/1", truth=truth, prediction=prediction)
    assert ours.score == 1.0  # the only wrong case weighs nothing
    for frame, name in ((truth, "truth.csv"), (prediction, "mine.csv")):
        frame.to_csv(tmp_path / name)
    paths = tmp_path / "truth.csv", tmp_path / "mine.csv"
    try:
        theirs = ClassificationScore.from_file(*paths, ClassificationMetric.BALANCED_ACCURACY)
    except ValueError:  # a class without weight stops some versions
        return
    assert theirs.overall != 1.0


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(4, 80), steps=st.sampled_from([2, 10, 1000]))
def test_one_class_agrees_with_scikit_learn(seed, n, steps):
    rng = np.random.default_rng(seed)
    truth = rng.permutation([0, 1, *rng.integers(0, 2, n - 2)])
    given_values = rng.integers(0, steps + 1, n) / steps
    ids = [f"ISIC_{k:07d}" for k in range(n)]
    known = dict(zip(ids, truth.tolist(), strict=True))
    scorecard = isiceval.score(
        "2020",
        truth=known,
        prediction=dict(zip(ids, given_values.tolist(), strict=True)),
        bootstrap=0,
    )
    assert scorecard.score == pytest.approx(roc_auc_score(truth, given_values), abs=1e-12)
    precision = average_precision_score(truth, given_values)
    assert scorecard.aggregates["average_precision"] == pytest.approx(precision, abs=1e-12)
    hard = rng.permutation(truth)
    names = [f"IM_{k:06d}" for k in range(n)]
    labelled = [dict(zip(names, values.tolist(), strict=True)) for values in (truth, hard)]
    card = isiceval.score("ima205/2019", truth=labelled[0], prediction=labelled[1], bootstrap=0)
    assert card.score == pytest.approx(matthews_corrcoef(truth, hard), abs=1e-12)
