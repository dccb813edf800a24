"""What the pages of masks show: examples, subgroups, and what became of each mask."""

import math
from dataclasses import replace

import numpy as np
import pytest

import isiceval
from isiceval.blocks import Figure, Gallery, Items, Table
from isiceval.kinds.describe_segmentation import (
    describe_segmentation,
    find_jaccard,
    find_share,
    list_columns,
    pick_examples,
)
from isiceval.model import Case, Counts, Size
from isiceval.options import BootstrapOptions, PageSources
from isiceval.pages import compute_breakdowns
from isiceval.tasks.task import find_task
from tests.builders import from_cases, make_scorecard, measure, miss

FEW = BootstrapOptions(draws=40)
TASK = find_task("2018/1")
SIZES = (Size(40, 25), Size(50, 20))


def make_case(image, tp, fp, fn, *, label="streaks", total=100):
    counts = Counts(tp=tp, fp=fp, fn=fn, tn=total - tp - fp - fn)
    return Case(image=image, label=label, status="scored", counts=counts)


def make_card(n, *, n_missing=0):
    cases = [
        measure(TASK, f"ISIC_{k:07d}", Counts(tp=100, fp=9 * k, fn=0, tn=900 - 9 * k), SIZES[k % 2])
        for k in range(n)
    ]
    cases += [miss(f"ISIC_{k:07d}") for k in range(n, n + n_missing)]
    return make_scorecard(TASK, cases)


def describe(card, **sources):
    task = find_task(card.task)
    return list(describe_segmentation(card, task=task, sources=PageSources(**sources)))


@pytest.fixture
def attributes(root):
    folder = root / "fixtures" / "attributes"
    sources = {"truth": folder / "truth", "prediction": folder / "submissions" / "guess"}
    return isiceval.score("2018/2", **sources), sources


def test_masks_that_are_empty_in_both_have_no_jaccard():
    assert math.isnan(find_jaccard(make_case("a", 0, 0, 0)))
    assert find_jaccard(make_case("a", 1, 1, 0)) == 0.5
    assert find_jaccard(make_case("a", 0, 0, 3)) == 0.0


def test_of_equal_jaccards_the_larger_error_is_worse():
    cases = [make_case(f"i{k}", 0, k, 0) for k in range(1, 4)]
    cases += [make_case(f"k{k}", k, 1, 0) for k in range(1, 7)]
    empty = make_case("empty", 0, 0, 0)
    picked = pick_examples([*cases, empty], n_worst=3, n_other=2)
    assert [case.image for case in picked["worst"]] == ["i3", "i2", "i1"]
    assert [case.image for case in picked["best"]] == ["k6", "k5"]
    everything = [case.image for part in picked.values() for case in part]
    assert len(everything) == len(set(everything)) == 7
    assert pick_examples([empty], n_worst=3, n_other=2) == {"worst": [], "median": [], "best": []}
    assert [c.image for c in pick_examples(cases[:1], n_worst=3, n_other=2)["worst"]] == ["i1"]


def test_size_and_lesion_share_are_known_of_each_image():
    columns = list_columns(make_card(8, n_missing=1))
    assert list(columns) == ["image size", "lesion share"]
    assert set(columns["image size"].values()) == {"40 x 25", "50 x 20"}
    assert columns["lesion share"]["ISIC_0000000"] == "10.00 %"
    assert columns["lesion share"]["ISIC_0000008"] == ""


def test_many_sizes_become_megapixels():
    card = make_card(8)
    cases = tuple(replace(c, size=Size(1000 + 100 * k, 1000)) for k, c in enumerate(card.cases))
    assert "image size (megapixels)" in list_columns(replace(card, measured=from_cases(cases)))


def test_shares_are_of_the_image():
    case = make_case("a", 10, 30, 0)
    assert (find_share(case), find_share(case, predicted=True)) == (0.1, 0.4)
    assert math.isnan(find_share(replace(case, counts=None)))


def test_images_below_the_threshold_are_counted_and_flagged():
    card = make_card(9, n_missing=1)
    key, *blocks = describe(card)
    n = sum(case.values["jaccard"] < 0.65 for case in card.cases)
    assert key.items[1].text == f"{n} of 10"
    assert key.items[2].text == "1"
    (table,) = [block for block in blocks if isinstance(block, Table)]
    assert sum(row.flagged for row in table.rows) == n > 1
    assert table.rows[-1].cells[-1].text == "missing"


def test_every_mask_is_counted_once(attributes):
    card, _ = attributes
    key, *blocks = describe(card)
    figures = [block for block in blocks if isinstance(block, Figure)]
    assert len(figures) == len(card.labels)
    for label, figure in zip(card.labels, figures, strict=True):
        own = [case.counts for case in card.cases if case.label == label]
        n_empty = sum(not c.truth and not c.prediction for c in own)
        assert len(figure.data["values"]) + n_empty == len(own) == 3
    counts = [case.counts for case in card.cases]
    assert key.items[1].text == str(sum(c.truth > 0 and c.prediction == 0 for c in counts))
    assert key.items[2].text == str(sum(c.truth == 0 and c.prediction > 0 for c in counts))


def test_overlays_need_the_masks(attributes):
    card, sources = attributes
    assert not [block for block in describe(card) if isinstance(block, Gallery)]
    blocks = describe(card, **sources)
    galleries = [block for block in blocks if isinstance(block, Gallery)]
    notes = [picture.note for gallery in galleries for picture in gallery.pictures]
    assert notes
    assert all(note.startswith(("worst: ", "median: ", "best: ")) for note in notes)
    assert any(isinstance(block, Items) and block.items[0].colour for block in blocks)


@pytest.mark.parametrize("name", ["2018/2", "2016/2B"])
def test_a_subgroup_of_masks_is_scored_as_if_it_were_alone(name):
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
    (found,) = compute_breakdowns(card, {"site": site}, task=task, bootstrap=FEW)
    for group, part in zip(found.subgroups, (images[:7], images[7:]), strict=True):
        kept = [{key: mask for key, mask in of.items() if key[:12] in part} for of in masks]
        alone = isiceval.score(name, truth=kept[0], prediction=kept[1])
        score, interval = group.values[card.metric], group.intervals[card.metric]
        assert score == pytest.approx(alone.score, abs=1e-12)
        assert interval.low <= score <= interval.high
        assert "failure_rate" not in group.values
