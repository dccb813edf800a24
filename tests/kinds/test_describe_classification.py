"""What the pages of tables and superpixels show: curves, calibration, confusion, mistakes."""

import math
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, roc_auc_score

import isiceval
from isiceval.blocks import Figure, Heading, Paragraph, Table, cell_text
from isiceval.errors import UsageError
from isiceval.kinds import describe_classification as module
from isiceval.kinds.describe_classification import describe_classification
from isiceval.metrics.calibration import brier_score, draw_reliability
from isiceval.options import BootstrapOptions, PageSources
from isiceval.pages import compute_breakdowns
from isiceval.scorecard import redact_scorecard
from isiceval.statistics.calibration import measure_calibration
from isiceval.tasks.task import find_task
from tests.builders import from_diagnoses

FEW = BootstrapOptions(draws=40)
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


class Page:
    """The blocks of a scorecard by their sections."""

    def __init__(self, card, **sources):
        task = find_task(card.task)
        found = describe_classification(
            card,
            task=task,
            sources=PageSources(**sources),
            measure_calibration=partial(measure_calibration, bootstrap=FEW),
        )
        self.key, *self.blocks = found
        self.figures = {b.name: b for b in self.blocks if isinstance(b, Figure)}
        self.sections, at = {}, ""
        for block in self.blocks:
            at = block.anchor if isinstance(block, Heading) and block.anchor else at
            self.sections.setdefault(at, []).append(block)

    def tables(self, anchor):
        """The tables of a section, each as rows of texts."""
        blocks = [block for block in self.sections.get(anchor, ()) if isinstance(block, Table)]
        return [[[*map(cell_text, row.cells)] for row in block.rows] for block in blocks]

    def notes(self, anchor):
        blocks = self.sections.get(anchor, ())
        return " ".join(block.text for block in blocks if isinstance(block, Paragraph))


def read_matrix(table):
    """The counts of a confusion matrix, without its totals."""
    return [[int(text) for text in row[1:-1]] for row in table]


@pytest.mark.parametrize("name", ["2018/3", "2017/3", "2020", "2024"])
def test_each_label_has_its_curves_and_its_counts(name):
    card, truth, given = make(name)
    page = Page(card)
    (areas,) = page.tables("curves")
    curves = page.figures["roc"].data["curves"]
    precise = page.figures["precision"].data["curves"]
    for n, label in enumerate(card.labels):
        area = roc_auc_score(truth[:, n], given[:, n])
        assert areas[n][:3] == [label, f"{area:.4f}", "-"]
        assert np.trapezoid(curves[label][1], curves[label][0]) == pytest.approx(area, abs=0.002)
        assert (precise[label][0][0], precise[label][1][0]) == (0, 1)
        data = page.figures[f"spread{n}"].data
        assert sorted(data["positives"]) == sorted(given[truth[:, n] == 1, n])
        assert sorted(data["negatives"]) == sorted(given[truth[:, n] == 0, n])


def test_the_chosen_class_is_calibrated_where_one_is_chosen():
    card, truth, given = make("2018/3", decimals=4)
    page = Page(card)
    right = truth.argmax(axis=1) == given.argmax(axis=1)
    error = draw_reliability(right, given.max(axis=1)).error
    assert [item.text for item in page.key.items] == [
        f"{(~right).sum()} of 120",
        f"{error:.4f}",
        f"{brier_score(right, given.max(axis=1)):.4f}",
    ]
    assert [name for name in page.figures if name.startswith("cali")] == ["calibration0"]
    (errors, bins) = page.tables("calibration")
    assert errors[0][:2] == ["the chosen class", f"{error:.4f}"]
    low, high = map(float, errors[0][2].split(" to "))
    assert low <= error <= high
    least, most = map(float, errors[0][4].split(" to "))
    assert 0 < least < float(errors[0][3]) < most
    assert errors[0][2] in page.figures["calibration0"].caption
    assert "does not get 0" in page.notes("calibration")
    assert sum(int(row[1]) for row in bins) == len(IDS)


def test_else_each_label_is():
    card, truth, given = make("2017/3")
    page = Page(card)
    for n, label in enumerate(card.labels):
        brier = brier_score(truth[:, n], given[:, n])
        figure = page.figures[f"calibration{n}"]
        assert figure.caption.startswith(f"{label}: error ")
        assert figure.caption.endswith(f"Brier score {brier:.4f}")


def test_the_confusion_matrix_is_that_of_scikit_learn():
    card, truth, given = make("2018/3", decimals=4)
    (table,) = Page(card).tables("confusion")
    expected = confusion_matrix(truth.argmax(axis=1), given.argmax(axis=1), labels=range(7))
    assert np.array_equal(read_matrix(table), expected)


def test_a_tie_has_a_column_and_is_wrong():
    card, _, given = make("2018/3", decimals=1)
    page = Page(card)
    (block,) = [b for b in page.sections["confusion"] if isinstance(b, Table)]
    assert [column.title for column in block.columns] == ["truth", *card.labels, "tie", "all"]
    matrix = read_matrix(page.tables("confusion")[0])
    shared = (given == given.max(axis=1, keepdims=True)).sum(axis=1) > 1
    assert sum(row[-1] for row in matrix) == shared.sum() > 0
    assert sum(map(sum, matrix)) == len(IDS)


def test_the_most_confident_mistakes_come_first(monkeypatch):
    card, truth, given = make("2018/3", decimals=4)
    monkeypatch.setattr(module, "N_PICTURES", 10)
    page = Page(card)
    (table,) = page.tables("mistakes")
    wrong = truth.argmax(axis=1) != given.argmax(axis=1)
    assert f"10 of {wrong.sum()} wrong answers" in page.notes("mistakes")
    top = sorted(given.max(axis=1)[wrong], reverse=True)[:10]
    assert [row[3] for row in table] == [f"{value:.4f}" for value in top]
    image, known, chosen, _, own = table[0]
    row = IDS.index(image)
    assert known == card.labels[truth[row].argmax()] != chosen
    assert own == f"{given[row][truth[row].argmax()]:.4f}"


def test_mistakes_of_labels_are_the_farthest_from_the_truth(monkeypatch):
    card, truth, given = make("2017/3")
    monkeypatch.setattr(module, "N_PICTURES", 1000)
    (table,) = Page(card).tables("mistakes")
    wrong = (truth > 0.5) != (given > 0.5)
    assert len(table) == wrong.sum()
    gaps = []
    for image, label, known, chosen, confidence in table:
        cell = IDS.index(image), card.labels.index(label)
        assert (known, chosen) == (("yes", "no") if truth[cell] else ("no", "yes"))
        assert confidence == f"{given[cell]:.4f}"
        gaps.append(abs(truth[cell] - given[cell]))
    assert gaps == sorted(gaps, reverse=True)


def test_equal_confidences_go_by_id():
    truth = dict.fromkeys(IDS[:9], 1) | {IDS[9]: 0}
    card = isiceval.score("2020", truth=truth, prediction=dict.fromkeys(IDS[:10], 0.25))
    assert [row[0] for row in Page(card).tables("mistakes")[0]] == IDS[:9]


def test_hard_labels_have_counts_alone():
    truth = {f"IM_{k:06d}": k % 2 for k in range(20)}
    guess = {f"IM_{k:06d}": int(k < 10) for k in range(20)}
    page = Page(isiceval.score("ima205/2019", truth=truth, prediction=guess))
    assert read_matrix(page.tables("confusion")[0]) == [[5, 5], [5, 5]]
    assert page.figures == {}
    assert "10 of 10 wrong answers" in page.notes("mistakes")


def test_classes_in_cells_are_confused_by_number():
    truth = {image: 1 + k % 3 for k, image in enumerate(IDS[:30])}
    guess = {image: 1 + k % 2 for k, image in enumerate(IDS[:30])}
    card = isiceval.score("ima205/2022", truth=truth, prediction=guess)
    page = Page(card)
    expected = confusion_matrix(list(truth.values()), list(guess.values()), labels=range(1, 9))
    assert np.array_equal(read_matrix(page.tables("confusion")[0]), expected)
    pairs = {(row[1], row[2]) for row in page.tables("mistakes")[0]}
    assert pairs == {("1", "2"), ("2", "1"), ("3", "1"), ("3", "2")}
    columns = {"site": dict.fromkeys(IDS[:10], "arm")}
    (found,) = compute_breakdowns(card, columns, task=find_task("ima205/2022"), bootstrap=FEW)
    own = {image: truth[image] for image in IDS[:10]}
    alone = isiceval.score(
        "ima205/2022", truth=own, prediction={image: guess[image] for image in own}
    )
    assert found.subgroups[0].values[card.metric] == pytest.approx(alone.score)


@pytest.mark.parametrize("name", ["2018/3", "2017/3", "2020", "2024"])
def test_a_subgroup_is_scored_as_if_it_were_alone(name):
    card, truth, given = make(name)
    site = {image: "arm" if k < 50 else "back" for k, image in enumerate(IDS)}
    (found,) = compute_breakdowns(card, {"site": site}, task=find_task(name), bootstrap=FEW)
    for part, group in zip((slice(50), slice(50, None)), found.subgroups, strict=True):
        known = dict(zip(IDS[part], truth[part].tolist(), strict=True))
        answers = dict(zip(IDS[part], given[part].tolist(), strict=True))
        alone = isiceval.score(name, truth=known, prediction=answers)
        assert group.images == tuple(known)
        assert group.values[card.metric] == pytest.approx(alone.score, abs=1e-12)
        wrong = [not case.diagnosis.correct for case in alone.cases]
        assert group.values["failure_rate"] == pytest.approx(np.mean(wrong))
        for key, interval in group.intervals.items():
            assert interval.low <= group.values[key] <= interval.high


def test_a_class_that_a_subgroup_lacks_is_undefined():
    card, truth, _ = make("2020")
    site = {
        image: "healthy" if not row[0] else "ill" for image, row in zip(IDS, truth, strict=True)
    }
    (found,) = compute_breakdowns(card, {"site": site}, task=find_task("2020"), bootstrap=FEW)
    for group in found.subgroups:
        assert math.isnan(group.values["auc"])
        assert "auc" not in group.intervals


def test_cases_without_weight_count_nowhere():
    card, _, _ = make("2018/3")
    bare = tuple(
        replace(case, diagnosis=replace(case.diagnosis, weight=float(k >= 20)))
        for k, case in enumerate(card.cases)
    )
    page = Page(replace(card, measured=from_diagnoses(bare, labels=card.labels)))
    assert page.key.items[0].text.endswith(" of 100")
    assert sum(map(sum, read_matrix(page.tables("confusion")[0]))) == 100
    assert all(IDS.index(row[0]) >= 20 for row in page.tables("mistakes")[0])
    assert "20 cases without weight are in no number above." in page.notes("images")
    assert "The truth gives weights" not in page.notes("confusion")


def test_rows_that_add_up_to_one_are_counted():
    truth = {image: [float(k % 7 == n) for n in range(7)] for k, image in enumerate(IDS[:10])}
    told = {image: [0.4, 0.6, 0, 0, 0, 0, 0.1 * (k >= 3)] for k, image in enumerate(IDS[:10])}
    card = isiceval.score("2018/3", truth=truth, prediction=told)
    assert "3 of 10 rows do, within 0.01" in Page(card).notes("calibration")


def test_a_scorecard_without_its_truth_has_no_page():
    card, _, _ = make("2020")
    with pytest.raises(UsageError, match="does not hold the truth"):
        Page(redact_scorecard(card))


@pytest.fixture
def features(root):
    folder = root / "fixtures" / "superpixels"
    return isiceval.score(
        "2017/2", truth=folder / "truth", prediction=folder / "submissions" / "trained"
    )


def test_features_have_the_curves_of_the_scorecard(features):
    page = Page(features)
    curves = page.figures["roc"].data["curves"]
    (areas,) = page.tables("curves")
    for n, label in enumerate(features.labels):
        assert curves[label][1] == list(features.rocs[label]["true_positive_rates"])
        assert areas[n][1] == f"{features.aggregates[f'auc.{label}']:.4f}"
    total = sum(case.counts.total for case in features.cases) // len(features.labels)
    assert page.key.items[0].text == f"{total:,}"


def test_a_subgroup_of_superpixels_is_scored_as_if_it_were_alone():
    task = find_task("2017/2")
    rng = np.random.default_rng(5)
    truth, given = (
        {f"ISIC_{k:07d}": {n: make(30 + k).tolist() for n in task.labels} for k in range(12)}
        for make in (lambda size: rng.integers(0, 2, size), rng.random)
    )
    card = isiceval.score("2017/2", truth=truth, prediction=given)
    site = {image: "arm" if k < 7 else "back" for k, image in enumerate(truth)}
    (found,) = compute_breakdowns(card, {"site": site}, task=task, bootstrap=FEW)
    for group, part in zip(found.subgroups, ("arm", "back"), strict=True):
        truth_part, given_part = (
            {image: values for image, values in of.items() if site[image] == part}
            for of in (truth, given)
        )
        alone = isiceval.score("2017/2", truth=truth_part, prediction=given_part)
        assert group.values[card.metric] == pytest.approx(alone.score, abs=1e-12)
        interval = group.intervals[card.metric]
        assert interval.low < alone.score < interval.high
        assert "failure_rate" not in group.values


def test_subgroups_of_superpixels_need_the_confidences(features):
    images = sorted({case.image for case in features.cases})
    read = replace(features, measured=replace(features.measured, superpixels=None))
    columns = {"site": {images[0]: "arm"}}
    (found,) = compute_breakdowns(read, columns, task=find_task("2017/2"), bootstrap=FEW)
    assert found.subgroups == ()
    assert found.note.startswith("no subgroups: ")
    assert "the confidence of every superpixel" in found.note
