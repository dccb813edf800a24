"""What the report of a table is made from: curves, calibration, confusion, mistakes, groups."""

import math
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, roc_auc_score

import isiceval
from isiceval.errors import UsageError
from isiceval.kinds.kind import from_diagnoses
from isiceval.metrics.calibration import brier_score, expected_calibration_error
from isiceval.reports.redact import publish_scorecard
from isiceval.statistics.groups import Redrawing
from isiceval.studies import tables
from isiceval.studies.tables import study_table
from isiceval.tasks.catalogue import find_task

FEW = Redrawing(draws=40)
IDS = [f"ISIC_{k:07d}" for k in range(120)]


def make(name, *, seed=1, decimals=2):
    """Score a made table; returns the scorecard, the truth and the confidences."""
    task = find_task(name)
    rng = np.random.default_rng(seed)
    n_labels = len(task.labels)
    right = rng.integers(0, n_labels + (not task.table.one_class), len(IDS))
    truth = (right[:, None] == np.arange(n_labels)).astype(float)
    given = np.round(np.clip(rng.random(truth.shape) * 0.8 + 0.3 * truth, 0, 1), decimals)
    score = isiceval.score(
        name,
        truth={image: row.tolist() for image, row in zip(IDS, truth, strict=True)},
        prediction={image: row.tolist() for image, row in zip(IDS, given, strict=True)},
        bootstrap=0,
    )
    return score, truth, given


def study(card, **facts):
    return study_table(card, task=find_task(card.task), redrawing=FEW, **facts)


@pytest.mark.parametrize("name", ["2018/3", "2017/3", "2020", "2024"])
def test_each_label_has_its_curves_and_its_counts(name):
    card, truth, given = make(name)
    insight = study(card)
    assert [label.label for label in insight.labels] == list(card.labels)
    for n, label in enumerate(insight.labels):
        assert label.auc.estimate == pytest.approx(roc_auc_score(truth[:, n], given[:, n]))
        area = np.trapezoid(label.roc.up, label.roc.across)
        assert area == pytest.approx(label.auc.estimate, abs=0.002)
        assert (label.precision_recall.across[0], label.precision_recall.up[0]) == (0, 1)
        assert sum(label.positives) == label.counts.truth == truth[:, n].sum()
        assert sum(label.negatives) == len(IDS) - truth[:, n].sum()
        assert label.counts.prediction == (given[:, n] > 0.5).sum()
        assert math.isnan(label.auc.low)


def test_the_chosen_class_is_calibrated_where_one_is_chosen():
    card, truth, given = make("2018/3", decimals=4)
    insight = study(card)
    right = truth.argmax(axis=1) == given.argmax(axis=1)
    assert insight.n_wrong == (~right).sum()
    assert insight.chosen.brier == pytest.approx(brier_score(right, given.max(axis=1)))
    error = expected_calibration_error(right, given.max(axis=1))
    assert insight.chosen.error == pytest.approx(error)
    assert insight.chosen.n == len(IDS)
    assert all(label.calibration is None for label in insight.labels)


def test_else_each_label_is():
    card, truth, given = make("2017/3")
    insight = study(card)
    assert insight.chosen is None
    for n, label in enumerate(insight.labels):
        assert label.calibration.brier == pytest.approx(brier_score(truth[:, n], given[:, n]))


def test_the_confusion_matrix_is_that_of_scikit_learn():
    card, truth, given = make("2018/3", decimals=4)
    confusion = study(card).confusion
    assert confusion.rows == confusion.columns == card.labels
    expected = confusion_matrix(truth.argmax(axis=1), given.argmax(axis=1), labels=range(7))
    assert np.array_equal(confusion.counts, expected)


def test_a_tie_has_a_column_and_is_wrong():
    card, _, given = make("2018/3", decimals=1)
    confusion = study(card).confusion
    assert confusion.columns == (*card.labels, "tie")
    shared = (given == given.max(axis=1, keepdims=True)).sum(axis=1) > 1
    assert sum(row[-1] for row in confusion.counts) == shared.sum() > 0
    assert sum(map(sum, confusion.counts)) == len(IDS)


def test_the_most_confident_mistakes_come_first(monkeypatch):
    card, truth, given = make("2018/3", decimals=4)
    monkeypatch.setattr(tables, "MOST_MISTAKES", 10)
    insight = study(card)
    wrong = truth.argmax(axis=1) != given.argmax(axis=1)
    assert insight.n_mistakes == wrong.sum()
    top = sorted(given.max(axis=1)[wrong], reverse=True)[:10]
    assert [one.confidence for one in insight.mistakes] == pytest.approx(top)
    first = insight.mistakes[0]
    row = IDS.index(first.image)
    assert first.truth == card.labels[truth[row].argmax()] != first.chosen
    assert first.own == given[row][truth[row].argmax()]


def test_mistakes_of_labels_are_the_farthest_from_the_truth():
    card, truth, given = make("2017/3")
    insight = study(card)
    wrong = (truth > 0.5) != (given > 0.5)
    assert insight.n_mistakes == len(insight.mistakes) == wrong.sum()
    gaps = [one.gap for one in insight.mistakes]
    assert gaps == sorted(gaps, reverse=True)
    assert max(gaps) == np.abs(truth - given)[wrong].max()
    for one in insight.mistakes:
        cell = IDS.index(one.image), card.labels.index(one.label)
        assert (one.truth, one.chosen) == (("yes", "no") if truth[cell] else ("no", "yes"))
        assert one.confidence == given[cell]


def test_equal_confidences_go_by_id():
    truth = dict.fromkeys(IDS[:9], 1) | {IDS[9]: 0}
    card = isiceval.score("2020", truth=truth, prediction=dict.fromkeys(IDS[:10], 0.25))
    assert [one.image for one in study(card).mistakes] == IDS[:9]


def test_hard_labels_have_counts_alone():
    truth = {f"IM_{k:06d}": k % 2 for k in range(20)}
    guess = {f"IM_{k:06d}": int(k < 10) for k in range(20)}
    insight = study(isiceval.score("ima205/2019", truth=truth, prediction=guess))
    (label,) = insight.labels
    assert (label.counts.tp, label.counts.fp, label.counts.fn, label.counts.tn) == (5, 5, 5, 5)
    assert label.roc.across == label.positives == ()
    assert label.calibration is None
    assert insight.confusion is None
    assert insight.n_mistakes == 10


def test_classes_in_cells_are_confused_by_number():
    truth = {image: 1 + k % 3 for k, image in enumerate(IDS[:30])}
    guess = {image: 1 + k % 2 for k, image in enumerate(IDS[:30])}
    columns = {"site": dict.fromkeys(IDS[:10], "arm")}
    insight = study(isiceval.score("ima205/2022", truth=truth, prediction=guess), columns=columns)
    expected = confusion_matrix(list(truth.values()), list(guess.values()), labels=range(1, 9))
    assert np.array_equal(insight.confusion.counts, expected)
    assert insight.labels == ()
    assert {(one.truth, one.chosen) for one in insight.mistakes} == {
        ("1", "2"),
        ("2", "1"),
        ("3", "1"),
        ("3", "2"),
    }
    arm = insight.breakdowns[0].subgroups[0]
    own = {image: truth[image] for image in IDS[:10]}
    alone = isiceval.score(
        "ima205/2022", truth=own, prediction={image: guess[image] for image in own}
    )
    assert arm.score == pytest.approx(alone.score)


@pytest.mark.parametrize("name", ["2018/3", "2017/3", "2020", "2024"])
def test_a_group_is_scored_as_if_it_were_alone(name):
    card, truth, given = make(name)
    site = {image: "arm" if k < 50 else "back" for k, image in enumerate(IDS)}
    (breakdown,) = study(card, columns={"site": site}).breakdowns
    for part, group in zip((slice(50), slice(50, None)), breakdown.subgroups, strict=True):
        rows = zip(IDS[part], truth[part].tolist(), given[part].tolist(), strict=True)
        known, told = {}, {}
        for image, row, answer in rows:
            known[image], told[image] = row, answer
        alone = isiceval.score(name, truth=known, prediction=told)
        assert group.n == len(known)
        assert group.score == pytest.approx(alone.score, abs=1e-12)
        wrong = [not case.diagnosis.correct for case in alone.cases]
        assert group.failure_rate == pytest.approx(np.mean(wrong))
        assert group.failure_interval.low <= group.failure_rate <= group.failure_interval.high
        if group.score_interval is not None:
            assert group.score_interval.estimate == pytest.approx(alone.score, abs=1e-12)
            assert group.score_interval.low <= group.score <= group.score_interval.high


def test_a_class_that_a_group_lacks_is_told_and_not_guessed():
    card, truth, _ = make("2020")
    site = {
        image: "healthy" if not row[0] else "ill" for image, row in zip(IDS, truth, strict=True)
    }
    (breakdown,) = study(card, columns={"site": site}).breakdowns
    assert [math.isnan(group.score) for group in breakdown.subgroups] == [True, True]
    assert [group.score_interval for group in breakdown.subgroups] == [None, None]
    assert {group.n_labels for group in breakdown.subgroups} == {None}
    card, truth, _ = make("2018/3")
    few = {image: "few" if row[:3].any() else "rest" for image, row in zip(IDS, truth, strict=True)}
    (breakdown,) = study(card, columns={"site": few}).breakdowns
    assert {group.name: group.n_labels for group in breakdown.subgroups} == {"few": 3, "rest": 4}


def test_a_column_of_many_words_is_not_broken_down():
    card, _, _ = make("2020")
    (breakdown,) = study(card, columns={"note": {image: f"x{image}" for image in IDS}}).breakdowns
    assert "120 different values" in breakdown.note


def test_cases_without_weight_count_nowhere():
    card, _, _ = make("2018/3")
    bare = tuple(
        replace(case, diagnosis=replace(case.diagnosis, weight=float(k >= 20)))
        for k, case in enumerate(card.cases)
    )
    insight = study(replace(card, measured=from_diagnoses(bare, labels=card.labels)))
    assert insight.n_counted == 100
    assert insight.chosen.n == sum(map(sum, insight.confusion.counts)) == 100
    assert all(IDS.index(one.image) >= 20 for one in insight.mistakes)
    assert not insight.weighted


def test_rows_that_add_up_to_one_are_counted():
    truth = {image: k % 2 == 0 for k, image in enumerate(IDS[:10])}
    rows = {image: [float(t), float(not t)] for image, t in truth.items()}
    told = {image: [0.5, 0.5] if k < 3 else [0.9, 0.5] for k, image in enumerate(IDS[:10])}
    card = isiceval.score("2017/3", truth=rows, prediction=told)
    assert study(card).n_whole == 3


def test_a_scorecard_without_its_truth_has_no_page():
    card, _, _ = make("2020")
    with pytest.raises(UsageError, match="does not hold the truth"):
        study(publish_scorecard(card))
