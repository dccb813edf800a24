"""Aggregates of draws, against the scoring of submissions whose cases are literally repeated."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import isiceval
from isiceval.errors import CannotResample
from isiceval.kinds.kind import Scores
from isiceval.scorecard import Scorecard, from_document, redact_scorecard, to_document
from isiceval.statistics.bootstrap import Resampling, resample_all
from tests.builders import aggregate_superpixels, make_scorecard

FIXTURES = Path(__file__).parents[1] / "fixtures"
GOLDEN = FIXTURES / "golden" / "official"
TASKS = [
    (folder.name.replace("-", "/", 1), profile)
    for folder in sorted(GOLDEN.iterdir())
    for profile in isiceval.get_task(folder.name.replace("-", "/", 1)).profiles or ("default",)
]


def find_inputs(task):
    folder = GOLDEN / task.id.replace("/", "-")
    inputs = folder / "truth", folder / "prediction"
    return [next(p.iterdir()) for p in inputs] if task.kind == "table" else inputs


@pytest.fixture(scope="module")
def cards():
    """Score the golden inputs of a task once."""
    known = {}

    def score(name, profile=None):
        task = isiceval.get_task(name, profile=profile)
        if task not in known.values():
            truth, prediction = find_inputs(task)
            known[name, profile] = isiceval.score(
                task, truth=truth, prediction=prediction, bootstrap=0
            )
        return task, known[name, profile]

    return score


def evaluate(aggregation, weights):
    rows = aggregation.evaluate(np.atleast_2d(np.asarray(weights, dtype=np.int64)))
    return [dict(zip(aggregation.names, row, strict=True)) for row in rows.tolist()]


def assert_close(found, expected):
    assert list(found) == list(expected)
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=1e-12, nan_ok=True), name


@pytest.mark.parametrize(("name", "profile"), TASKS)
def test_weights_of_1_give_the_aggregates_of_the_scorecard(cards, name, profile):
    task, card = cards(name, profile)
    aggregation = card.prepare(task)
    assert list(aggregation.units) == sorted({case.image for case in card.cases})
    (found,) = evaluate(aggregation, np.ones(len(aggregation.units)))
    assert_close(found, card.aggregates)


@pytest.mark.parametrize(
    ("name", "truth", "prediction"),
    [
        ("2018/3", "diagnosis/truth.csv", "diagnosis/submissions/single-network.csv"),
        ("2018/2", "attributes/truth", "attributes/submissions/guess"),
        ("2017/2", "superpixels/truth", "superpixels/submissions/trained"),
        ("2018/1", "challenge/truth", "challenge/submissions/careful-unet"),
    ],
)
def test_the_task_is_found_by_its_id(name, truth, prediction):
    card = isiceval.score(
        name, truth=FIXTURES / truth, prediction=FIXTURES / prediction, bootstrap=0
    )
    aggregation = card.prepare()
    (found,) = evaluate(aggregation, np.ones(len(aggregation.units)))
    assert_close(found, card.aggregates)


def draw_weights(n, draws=6):
    return np.random.default_rng(n).multinomial(n, np.full(n, 1 / n), size=draws)


def repeat(cases, aggregation, weights):
    drawn = dict(zip(aggregation.units, weights.tolist(), strict=True))
    return [case for case in cases for _ in range(drawn[case.image])]


# In 2024 a draw repeats patients, not rows; it has a test of its own.
TABLES = [(n, p) for n, p in TASKS if isiceval.get_task(n).kind == "table" and n != "2024"]


@pytest.mark.parametrize(("name", "profile"), TABLES)
def test_a_draw_of_a_table_is_the_score_of_its_repeated_rows(cards, name, profile):
    task, card = cards(name, profile)
    aggregation = card.prepare(task)
    weights = draw_weights(len(aggregation.units))
    for found, row in zip(evaluate(aggregation, weights), weights, strict=True):
        assert_close(found, make_scorecard(task, repeat(card.cases, aggregation, row)).aggregates)


@pytest.mark.parametrize(("name", "profile"), [t for t in TASKS if t[0] in ("2016/2B", "2018/2")])
def test_a_draw_of_attributes_pools_the_repeated_masks(cards, name, profile):
    task, card = cards(name, profile)
    aggregation = card.prepare(task)
    weights = draw_weights(len(aggregation.units))
    for found, row in zip(evaluate(aggregation, weights), weights, strict=True):
        assert_close(found, make_scorecard(task, repeat(card.cases, aggregation, row)).aggregates)


def score_superpixels(card, task, rows):
    """Score the chosen rows of all superpixels as if they were those of one image."""
    found = card.measured.superpixels
    pooled = Scores(
        images=("ISIC_0000000",),
        units=np.zeros(len(rows), dtype=np.int64),
        weights=np.ones(len(rows)),
        truth=found.truth[rows],
        confidences=found.confidences[rows],
    )
    return aggregate_superpixels(pooled, task=task)


@pytest.mark.parametrize(("name", "profile"), [t for t in TASKS if t[0] in ("2016/2", "2017/2")])
def test_a_draw_of_superpixels_repeats_all_those_of_an_image(cards, name, profile):
    task, card = cards(name, profile)
    aggregation = card.prepare(task)
    owners = np.array(card.measured.superpixels.images)[card.measured.superpixels.units]
    weights = draw_weights(len(aggregation.units), draws=4)
    for found, row in zip(evaluate(aggregation, weights), weights, strict=True):
        drawn = dict(zip(aggregation.units, row.tolist(), strict=True))
        rows = np.repeat(np.arange(len(owners)), [drawn[image] for image in owners])
        assert_close(found, score_superpixels(card, task, rows))


def make_patients(task, n=60, **columns):
    generator = np.random.default_rng(5)
    target = (generator.random(n) < 0.3).astype(float)
    given = (0.3 * target + 0.7 * generator.random(n)).round(2)
    ids = [f"ISIC_{k:07d}" for k in generator.permutation(n)]
    key, label = task.table.key, task.labels[0]
    truth = pd.DataFrame({key: ids, label: target, **columns})
    return truth, pd.DataFrame({key: ids, label: given})


def test_retrieval_draws_patients_each_as_often_as_its_first_row():
    task = isiceval.get_task("2024")
    patients = [f"p{k % 9}" for k in range(60)]
    truth, prediction = make_patients(task, patient_id=patients)
    card = isiceval.score(task, truth=truth, prediction=prediction, bootstrap=0)
    aggregation = card.prepare(task)
    first = {}
    for case in sorted(card.cases, key=lambda case: case.image):
        first.setdefault(case.diagnosis.patient, case.image)
    weights = draw_weights(60)
    for found, row in zip(evaluate(aggregation, weights), weights, strict=True):
        drawn = dict(zip(aggregation.units, row.tolist(), strict=True))
        # A patient drawn twice is two patients.
        cases = [
            replace(case, diagnosis=replace(case.diagnosis, patient=f"{patient}-{n}"))
            for patient, image in first.items()
            for n in range(drawn[image])
            for case in card.cases
            if case.diagnosis.patient == patient
        ]
        expected = make_scorecard(task, cases).aggregates
        for name in ("retrieval_sensitivity", "ranked_retrieval_sensitivity"):
            assert found[name] == pytest.approx(expected[name], abs=1e-12)
        expected = make_scorecard(task, repeat(card.cases, aggregation, row)).aggregates
        for name in ("auc", "partial_auc"):
            assert found[name] == pytest.approx(expected[name], abs=1e-12)


@pytest.mark.parametrize("scored", [1.0, 0.5])
def test_weights_of_score_and_validation_count_in_every_draw(scored):
    task = isiceval.get_task("2020")
    each = np.where(np.arange(60) % 3 == 0, 0.0, scored)
    truth, prediction = make_patients(task, score_weight=each, validation_weight=1.0 - each)
    card = isiceval.score(task, truth=truth, prediction=prediction, bootstrap=0)
    assert "validation.auc" in card.aggregates
    aggregation = card.prepare(task)
    weights = draw_weights(60)
    for found, row in zip(evaluate(aggregation, weights), weights, strict=True):
        assert_close(found, make_scorecard(task, repeat(card.cases, aggregation, row)).aggregates)


@pytest.mark.parametrize("name", ["2018/1", "2018/2", "2017/2", "2018/3"])
def test_a_subgroup_is_what_its_images_alone_would_score(cards, name):
    task, card = cards(name)
    images = sorted({case.image for case in card.cases})[::2]
    rows = [row for row, image in enumerate(card.measured.images) if image in set(images)]
    aggregation = replace(card, measured=card.measured.take(rows)).prepare(task)
    assert list(aggregation.units) == images
    (found,) = evaluate(aggregation, np.ones(len(images)))
    whole = card.prepare(task)
    chosen = [int(unit in images) for unit in whole.units]
    assert_close(found, evaluate(whole, chosen)[0])


def test_a_class_that_is_absent_from_a_draw_is_left_out_of_the_mean():
    task = isiceval.get_task("2018/3")
    truth = pd.DataFrame(np.eye(7)[[0, 0, 1, 1, 2]], columns=list(task.labels))
    ids = [f"ISIC_{k:07d}" for k in range(5)]
    prediction = truth * 0.6 + 0.05
    card = isiceval.score(
        task,
        truth=truth.assign(image=ids),
        prediction=prediction.assign(image=ids),
        bootstrap=0,
    )
    aggregation = card.prepare(task)
    all_there, without, none = evaluate(aggregation, [[1] * 5, [1, 1, 1, 1, 0], [0] * 5])
    assert all_there["auc.BCC"] == 1.0
    assert math.isnan(without["auc.BCC"])
    assert without["auc"] == without["balanced_accuracy"] == 1.0
    assert math.isnan(none["balanced_accuracy"])


def test_all_are_drawn_at_once_and_progress_is_told(cards):
    task, card = cards("2020")
    aggregation = card.prepare(task)
    told = []
    resampling = Resampling(draws=30, seed=2)
    one, other = resample_all(
        [aggregation, aggregation], resampling, progress=lambda *now: told.append(now)
    )
    assert one.shape == (30, len(aggregation.names))
    assert np.array_equal(one, other, equal_nan=True)
    assert told[-1] == (30, 30)


def test_superpixels_read_back_cannot_be_redrawn(cards):
    task, card = cards("2017/2")
    again = from_document(to_document(card))
    assert again.measured.superpixels is None
    assert again == card, "what is not written does not part two scorecards"
    with pytest.raises(CannotResample, match="without the confidence of every superpixel"):
        again.prepare(task)
    assert redact_scorecard(card).measured.superpixels is None


def test_public_scorecards_of_attributes_cannot_be_redrawn(cards):
    task, card = cards("2018/2")
    with pytest.raises(CannotResample, match="without the pixel counts of single masks"):
        redact_scorecard(card).prepare(task)


def test_scorecards_read_back_give_the_same_draws(cards, tmp_path):
    for name in ("2018/1", "2018/2", "2018/3"):
        task, card = cards(name)
        again = from_document(to_document(card))
        assert isinstance(again, Scorecard)
        one, other = (c.prepare(task) for c in (card, again))
        weights = draw_weights(len(one.units), draws=2)
        assert np.array_equal(one.evaluate(weights), other.evaluate(weights), equal_nan=True)
