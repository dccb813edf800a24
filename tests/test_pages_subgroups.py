"""Groups of tables against the metrics of rows that are there as often as they were drawn."""

import re
from dataclasses import replace

import numpy as np
import pytest

import isiceval
from isiceval.model import Case, Diagnosis
from isiceval.options import BootstrapOptions
from isiceval.pages import compute_breakdowns, write_scorecard
from isiceval.sources.sidecars import Groups
from isiceval.statistics.bootstrap import iter_weights, plan_bootstrap
from isiceval.tasks.task import find_task
from tests.builders import make_scorecard

TABLES = ["2018/3", "2019/1", "2017/3", "2020", "milk10k", "ima205/2019", "2016/3", "2024"]
FEW = BootstrapOptions(draws=60, seed=4, interval="percentile")


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
    return make_scorecard(task, cases, "a.csv", aggregates={task.ranking: 0.5})


def study(card, task, kept):
    """Return the groups "in" and, where there is one, "out" of a column of two values."""
    values = {c.image: "in" if n in kept else "out" for n, c in enumerate(card.cases)}
    (found,) = compute_breakdowns(card, {"c": values}, task=task, bootstrap=FEW)
    return {group.name: group for group in found.subgroups}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("weighted", [False, True])
def test_each_draw_is_the_metric_of_the_rows_as_often_as_drawn(name, weighted):
    task = find_task(name)
    if weighted and name in ("2016/3", "2017/3", "2024"):
        pytest.skip("metrics of this task cannot be weighted: such a truth is refused")
    # Enough of them for five cases of each class.
    n, weights = (90, (0.0, 0.5, 1.0)) if weighted else (40, (1.0,))
    cases = make_cases(task, n + 20, weights=weights)
    group = study(make_card(task, cases), task, range(n))["in"]
    own = [case for case in cases[:n] if case.diagnosis.weight]
    resampling, _ = plan_bootstrap(FEW, [case.image for case in own])
    task = replace(task, metrics=(task.ranking,), sensitivities=())
    values = []
    for row in np.concatenate(list(iter_weights(len(own), resampling))):
        drawn = [case for case, n in zip(own, row.tolist(), strict=True) for _ in range(n)]
        values.append(make_scorecard(task, drawn).aggregates[task.ranking])
    low, high = np.nanquantile(values, [0.025, 0.975])
    assert len(group.images) == len(own)
    assert group.values[task.ranking] == pytest.approx(
        make_scorecard(task, own).aggregates[task.ranking]
    )
    interval = group.intervals[task.ranking]
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-12)


def test_a_group_has_the_share_of_what_is_wrong():
    task = find_task("2018/3")
    cases = make_cases(task, weights=(1.0,))
    groups = study(make_card(task, cases), task, range(10, 40))
    share = np.mean([not case.diagnosis.correct for case in cases[10:40]])
    assert groups["in"].values["failure_rate"] == pytest.approx(share)
    interval = groups["in"].intervals["failure_rate"]
    assert interval.low < share < interval.high
    few = study(make_card(task, cases), task, range(4))["in"]
    assert few.intervals == {}


@pytest.mark.parametrize(
    ("n_positive", "has_one"), [(4, False), (5, True), (35, True), (36, False)]
)
def test_a_score_of_few_positives_or_few_negatives_has_no_interval(n_positive, has_one):
    truth = {f"ISIC_{k:07d}": int(k < n_positive) for k in range(40)}
    guess = {image: (k * 7 % 40) / 40 for k, image in enumerate(truth)}
    card = isiceval.score("2020", truth=truth, prediction=guess, bootstrap=0)
    group = study(card, find_task("2020"), range(40))["in"]
    assert group.labels == {"malignant": (n_positive, 40 - n_positive)}
    assert ("auc" in group.intervals) == has_one
    assert "failure_rate" in group.intervals  # which needs neither


def test_a_mean_over_classes_needs_five_cases_in_all():
    task = find_task("2018/3")
    for n_each, n_rare, has_one in ((10, 0, True), (10, 1, True), (2, 0, False), (2, 1, True)):
        classes = ["MEL"] * n_each + ["NV"] * n_each + ["DF"] * n_rare
        truth = {
            f"ISIC_{k:07d}": [float(own == label) for label in task.labels]
            for k, own in enumerate(classes)
        }
        card = isiceval.score("2018/3", truth=truth, prediction=truth, bootstrap=0)
        group = study(card, task, range(len(classes)))["in"]
        assert group.labels["DF"] == (n_rare, 2 * n_each)
        assert (card.metric in group.intervals) == has_one


def test_units_are_groups_where_images_are_grouped():
    task = find_task("2020")
    truth = {f"ISIC_{k:07d}": k % 2 for k in range(40)}
    card = isiceval.score("2020", truth=truth, prediction=truth, bootstrap=0)
    values = dict.fromkeys(truth, "a")
    for n_groups in (4, 5):
        patients = {image: f"p{k % n_groups}" for k, image in enumerate(truth)}
        bootstrap = BootstrapOptions(draws=20, groups=Groups(where="g", group_of=patients))
        (found,) = compute_breakdowns(card, {"c": values}, task=task, bootstrap=bootstrap)
        assert ("failure_rate" in found.subgroups[0].intervals) == (n_groups == 5)


def test_the_page_counts_positives_and_what_chance_alone_misses():
    truth = {f"ISIC_{k:07d}": int(k % 4 == 0) for k in range(80)}
    card = isiceval.score("2020", truth=truth, prediction=truth, bootstrap=0)
    sites = {image: "abcd"[k // 20] for k, image in enumerate(truth)}
    page = write_scorecard(card, task="2020", metadata={"site": sites}, bootstrap=20)
    text = re.sub(r"<[^>]+>", " ", page)
    assert (
        "With 4 subgroups one interval in 20 misses its value by chance; about 0.2 of them" in text
    )
    assert re.search(r"Images\s+Positives\s+AUC", text)
    assert re.search(r"\sa\s+20\s+5\s+1\.0000", text)


def test_rows_without_weight_are_not_in_a_group():
    task = find_task("2018/3")
    cases = make_cases(task)
    group = study(make_card(task, cases), task, range(60))["in"]
    counted = [not c.diagnosis.correct for c in cases if c.diagnosis.weight]
    assert len(group.images) == len(counted) < 60
    assert group.values["failure_rate"] == pytest.approx(np.mean(counted))


def test_what_is_defined_in_no_draw_has_no_interval():
    task = find_task("2020")
    cases = [
        replace(c, diagnosis=replace(c.diagnosis, truth="none"))
        for c in make_cases(task, weights=(1.0,))
    ]
    group = study(make_card(task, cases), task, range(60))["in"]
    assert np.isnan(group.values[task.ranking])
    assert list(group.intervals) == ["failure_rate"]


def test_a_table_with_patients_is_broken_down_by_its_ranking_metric():
    truth = {f"ISIC_{k:07d}": k % 2 for k in range(8)}
    guess = {image: k / 8 for k, image in enumerate(truth)}
    card = isiceval.score("2024", truth=truth, prediction=guess)
    group = study(card, find_task("2024"), range(8))["in"]
    assert group.values[card.metric] == pytest.approx(card.score)
