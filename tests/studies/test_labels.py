"""What the reports of attribute masks and superpixels are made from."""

import math
from dataclasses import replace

import numpy as np
import pytest

import isiceval
from isiceval.model import Case, Counts
from isiceval.statistics.groups import Redrawing
from isiceval.studies.labels import (
    find_jaccard,
    pick_masks,
    study_masks,
    study_superpixels,
)
from isiceval.tasks.catalogue import find_task

FEW = Redrawing(draws=40)


@pytest.fixture
def card(root):
    folder = root / "fixtures" / "attributes"
    return isiceval.score(
        "2018/2", truth=folder / "truth", prediction=folder / "submissions" / "guess"
    )


@pytest.fixture
def features(root):
    folder = root / "fixtures" / "superpixels"
    return isiceval.score(
        "2017/2", truth=folder / "truth", prediction=folder / "submissions" / "trained"
    )


def make_case(image, tp, fp, fn, *, label="streaks", total=100):
    counts = Counts(tp=tp, fp=fp, fn=fn, tn=total - tp - fp - fn)
    return Case(image=image, label=label, status="scored", counts=counts)


def test_masks_that_are_empty_in_both_have_no_jaccard():
    assert math.isnan(find_jaccard(make_case("a", 0, 0, 0)))
    assert find_jaccard(make_case("a", 1, 1, 0)) == 0.5
    assert find_jaccard(make_case("a", 0, 0, 3)) == 0.0


def test_of_equal_jaccards_the_larger_error_is_worse():
    cases = [make_case(f"i{k}", 0, k, 0) for k in range(1, 4)]
    cases += [make_case(f"k{k}", k, 1, 0) for k in range(1, 7)]
    cases += [make_case("empty", 0, 0, 0), make_case("other", 5, 0, 0, label="globules")]
    picked = pick_masks(cases, "streaks")
    assert [case.image for case in picked["worst"]] == ["i3", "i2", "i1"]
    assert [case.image for case in picked["best"]] == ["k6", "k5"]
    everything = [case.image for part in picked.values() for case in part]
    assert len(everything) == len(set(everything)) == 7
    assert pick_masks(cases[-2:-1], "streaks") == {"worst": [], "median": [], "best": []}
    assert [c.image for c in pick_masks(cases[:1], "streaks")["worst"]] == ["i1"]


def test_every_mask_is_counted_once(card):
    insight = study_masks(card, task=find_task("2018/2"), redrawing=FEW)
    assert [label.label for label in insight.labels] == list(card.labels)
    for label in insight.labels:
        own = [case.counts for case in card.cases if case.label == label.label]
        assert len(label.jaccards) + label.n_empty == len(own) == 3
        assert label.n_missed == sum(c.truth > 0 and c.prediction == 0 for c in own)
        assert label.n_invented == sum(c.truth == 0 and c.prediction > 0 for c in own)
    assert sum(label.n_invented for label in insight.labels) > 0
    assert [breakdown.column for breakdown in insight.breakdowns] == ["image size"]


@pytest.mark.parametrize("name", ["2018/2", "2016/2B"])
def test_a_group_of_masks_is_scored_as_if_it_were_alone(name):
    task = find_task(name)
    rng = np.random.default_rng(2)
    between = task.naming.suffixes[0]
    masks = [
        {
            f"ISIC_{k:07d}{between}{label}": rng.random((8, 9)) < 0.3
            for k in range(12)
            for label in task.labels
        }
        for _ in range(2)
    ]
    card = isiceval.score(name, truth=masks[0], prediction=masks[1])
    images = sorted({case.image for case in card.cases})
    site = {image: "arm" if k < 7 else "back" for k, image in enumerate(images)}
    insight = study_masks(card, task=task, columns={"site": site}, redrawing=FEW)
    for group, part in zip(insight.breakdowns[0].subgroups, (images[:7], images[7:]), strict=True):
        kept = [{key: mask for key, mask in of.items() if key[:12] in part} for of in masks]
        alone = isiceval.score(name, truth=kept[0], prediction=kept[1])
        assert group.score == pytest.approx(alone.score, abs=1e-12)
        assert group.score_interval.low <= group.score <= group.score_interval.high
        assert group.n_labels == len(task.labels)
        assert math.isnan(group.failure_rate)


def test_features_have_the_curves_of_the_scorecard(features):
    insight = study_superpixels(features, task=find_task("2017/2"), redrawing=FEW)
    for label in insight.labels:
        rates = features.rocs[label.label]
        assert list(label.roc.up) == rates["true_positive_rates"]
        assert label.auc.estimate == features.aggregates[f"auc.{label.label}"]
        own = [case.counts for case in features.cases if case.label == label.label]
        assert label.counts.total == sum(counts.total for counts in own)
    assert insight.breakdowns == ()


def test_a_group_of_superpixels_is_scored_as_if_it_were_alone():
    task = find_task("2017/2")
    rng = np.random.default_rng(5)
    truth, given = (
        {f"ISIC_{k:07d}": {n: make(30 + k).tolist() for n in task.labels} for k in range(12)}
        for make in (lambda size: rng.integers(0, 2, size), rng.random)
    )
    card = isiceval.score("2017/2", truth=truth, prediction=given)
    site = {image: "arm" if k < 7 else "back" for k, image in enumerate(truth)}
    insight = study_superpixels(card, task=task, columns={"site": site}, redrawing=FEW)
    for group, part in zip(insight.breakdowns[0].subgroups, ("arm", "back"), strict=True):
        truth_part, given_part = (
            {image: values for image, values in of.items() if site[image] == part}
            for of in (truth, given)
        )
        alone = isiceval.score("2017/2", truth=truth_part, prediction=given_part)
        assert group.score == pytest.approx(alone.score, abs=1e-12)
        assert group.score_interval.low < group.score < group.score_interval.high
        assert math.isnan(group.failure_rate)


def test_groups_of_superpixels_need_the_confidences(features):
    images = sorted({case.image for case in features.cases})
    read = replace(features, measured=replace(features.measured, superpixels=None))
    columns = {"site": {images[0]: "arm"}}
    insight = study_superpixels(read, task=find_task("2017/2"), columns=columns, redrawing=FEW)
    (breakdown,) = insight.breakdowns
    assert breakdown.subgroups == ()
    assert breakdown.note.startswith("not broken down: ")
    assert "the confidence of every superpixel" in breakdown.note


def test_a_column_of_many_words_is_not_broken_down():
    task = find_task("2017/2")
    truth = {f"ISIC_{k:07d}": {label: [0, 1] for label in task.labels} for k in range(30)}
    card = isiceval.score("2017/2", truth=truth, prediction=truth)
    columns = {"note": {image: f"about {image}" for image in truth}}
    insight = study_superpixels(card, task=task, columns=columns, redrawing=FEW)
    assert "30 different values" in insight.breakdowns[0].note
