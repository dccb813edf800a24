"""Aggregates of draws against the metrics of cases that are there as often as they were drawn."""

from dataclasses import replace

import numpy as np
import pytest

import isiceval
from isiceval.metrics.pooled import pool_masks
from isiceval.metrics.tables import gather_answers, summarise_answers
from isiceval.model import Case, Counts, Diagnosis
from isiceval.ranking.group_intervals import estimate_group, prepare_counts, prepare_table
from isiceval.ranking.groups import Redrawing, plan_redrawing
from isiceval.ranking.resampling import iter_weights
from isiceval.scorecard import Scorecard
from isiceval.tasks.catalogue import find_task

TABLES = ["2018/3", "2019/1", "2017/3", "2020", "milk10k", "ima205/2019"]
FEW = Redrawing(draws=60, seed=4)


def make_cases(task, n=60, seed=1, weights=(0.0, 1.0)):
    rng = np.random.default_rng(seed)
    labels, cases = task.labels, []
    for k in range(n):
        true = rng.integers(0, min(4, len(labels) + 1))  # the last classes are absent
        confidences = np.round(rng.random(len(labels)), 1 if not task.table.labels else 0)
        if true < len(labels):
            confidences[true] = np.round(min(1, confidences[true] + 0.4), 1)
        if task.table.labels:
            confidences = np.round(confidences)
        top = labels[int(np.argmax(confidences))]
        known = labels[true] if true < len(labels) else "none"
        diagnosis = Diagnosis(
            truth=known,
            chosen=top,
            correct=known == top,
            confidences=tuple(confidences.tolist()),
            weight=float(rng.choice(weights)),
        )
        cases.append(Case(image=f"ISIC_{k:07d}", status="scored", diagnosis=diagnosis))
    return cases


def make_card(task, cases):
    return Scorecard(
        task=task.id,
        profile=task.profile,
        metric=task.ranking,
        submission="a.csv",
        cases=tuple(cases),
        aggregates={},
        kind=task.kind,
        labels=task.labels,
    )


def draw_weights(n, draws=25):
    resampling, _ = plan_redrawing(Redrawing(draws=draws), [str(k) for k in range(n)])
    return np.concatenate(list(iter_weights(n, resampling)))


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("weighted", [False, True])
def test_each_draw_is_the_metric_of_the_cases_as_often_as_drawn(name, weighted):
    task = find_task(name)
    cases = make_cases(task, weights=(0.0, 0.5, 1.0) if weighted else (0.0, 1.0))
    answers = gather_answers(cases, task=task)
    task = replace(task, metrics=(task.ranking,), sensitivities=())
    statistic = prepare_table(answers, task.ranking, task=task)
    weights = draw_weights(len(cases))
    expected = [
        summarise_answers(replace(answers, weights=answers.weights * row), task=task)
        for row in weights
    ]
    values = [of_draw[task.ranking] for of_draw in expected]
    assert statistic(weights).ravel() == pytest.approx(values, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("metric", ["accuracy", "sensitivity", "specificity", "ppv", "npv"])
@pytest.mark.parametrize("suffix", ["", ".BCC", ".VASC"])
def test_metrics_of_counts_of_one_label_and_of_all(metric, suffix):
    task = replace(find_task("2018/3"), metrics=(metric,))
    answers = gather_answers(make_cases(task), task=task)
    weights = draw_weights(len(answers.weights))
    expected = [
        summarise_answers(replace(answers, weights=answers.weights * row), task=task)
        for row in weights
    ]
    name = f"{metric}{suffix}"
    values = [of_draw[name] for of_draw in expected]
    assert prepare_table(answers, name, task=task)(weights).ravel() == pytest.approx(values)


def make_masks(task, n=12):
    rng = np.random.default_rng(7)
    cases = []
    for k in range(n):
        for label in task.labels:
            tp, fp, fn = (int(v) for v in rng.integers(0, 9, 3) * rng.integers(0, 2))
            counts = Counts(tp=tp, fp=fp, fn=fn, tn=90 + 10 * k)
            cases.append(Case(image=f"i{k:02d}", label=label, status="scored", counts=counts))
    return cases


@pytest.mark.parametrize("name", ["2018/2", "2016/2B"])
@pytest.mark.parametrize("metric", ["jaccard", "dice", "accuracy", "sensitivity", "specificity"])
@pytest.mark.parametrize("suffix", ["", ".streaks"])
def test_masks_are_added_up_on_each_draw(name, metric, suffix):
    task = find_task(name)
    cases = make_masks(task)
    card = make_card(task, cases)
    weights = draw_weights(12, draws=60)
    drawn = [
        [replace(c, image=f"{c.image}{m}") for c in cases for m in range(row[int(c.image[1:])])]
        for row in weights
    ]
    values = [pool_masks(of_draw, task=task)[f"{metric}{suffix}"] for of_draw in drawn]
    images = {case.image for case in cases}
    found = estimate_group(
        card, images, task=task, redrawing=Redrawing(draws=60), metric=f"{metric}{suffix}"
    )
    interval = found[f"{metric}{suffix}"]
    low, high = np.nanquantile(values, [0.025, 0.975])
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-12)
    assert interval.estimate == pytest.approx(pool_masks(cases, task=task)[f"{metric}{suffix}"])


def test_labels_may_be_left_undefined():
    task = replace(find_task("2016/2B"), undefined="omit")
    counts = np.zeros((3, 2, 4))
    counts[:, 0, 0] = 1
    statistic = prepare_counts(counts, "jaccard", task=task)
    assert statistic(np.array([[1, 1, 1], [0, 0, 0]])).ravel() == pytest.approx(
        [1.0, np.nan], nan_ok=True
    )


def test_a_group_has_intervals_of_the_score_and_of_what_is_wrong():
    task = find_task("2018/3")
    cases = make_cases(task, weights=(1.0,))
    card = make_card(task, cases)
    images = [case.image for case in cases[10:40]]
    found = estimate_group(card, images, task=task, redrawing=FEW)
    assert set(found) == {"balanced_accuracy", "wrong"}
    share = np.mean([not case.diagnosis.correct for case in cases[10:40]])
    assert found["wrong"].estimate == pytest.approx(share)
    for interval in found.values():
        assert interval.low <= interval.estimate <= interval.high
    assert estimate_group(card, images[:4], task=task, redrawing=FEW) == {}


def test_cases_without_weight_are_not_wrong():
    task = find_task("2018/3")
    cases = make_cases(task)
    found = estimate_group(
        make_card(task, cases), [c.image for c in cases], task=task, redrawing=FEW
    )
    counted = [not c.diagnosis.correct for c in cases if c.diagnosis.weight]
    assert found["wrong"].estimate == pytest.approx(np.mean(counted))


def test_what_is_defined_in_no_draw_has_no_interval():
    task = find_task("2020")
    cases = [
        replace(c, diagnosis=replace(c.diagnosis, truth="none"))
        for c in make_cases(task, weights=(1.0,))
    ]
    card = make_card(task, cases)
    assert set(estimate_group(card, [c.image for c in cases], task=task, redrawing=FEW)) == {
        "wrong"
    }


def test_without_a_statistic_there_is_no_interval():
    truth = {f"ISIC_{k:07d}": k % 2 for k in range(8)}
    guess = {image: k / 8 for k, image in enumerate(truth)}
    card = isiceval.score("2024", truth=truth, prediction=guess)
    found = estimate_group(card, set(truth), task=find_task("2024"), redrawing=FEW)
    assert set(found) == {"wrong"}
