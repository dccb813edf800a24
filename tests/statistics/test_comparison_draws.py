"""Two submissions to a task of tables, attributes or superpixels, compared by paired draws."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

import isiceval
from isiceval.errors import CannotResample, UsageError
from isiceval.reports.json import write_json
from isiceval.scorecard import from_document, to_document
from isiceval.statistics.bootstrap import Resampling, iter_weights

RESAMPLING = Resampling(draws=200, seed=4)
FIXTURES = Path(__file__).parents[2] / "fixtures"


def make_pair(name, n=70, *, skills=(0.5, 0.35), **columns):
    """Score two teams on one made truth; the rows are in another order than the ids."""
    task = isiceval.get_task(name)
    labels, key = list(task.labels), task.table.key
    generator = np.random.default_rng(21)
    if len(labels) > 1:
        truth = np.eye(len(labels))[generator.integers(0, len(labels), n)]
    elif task.table.labels:
        truth = generator.choice(task.table.labels, (n, 1))
    else:
        truth = (generator.random((n, 1)) < 0.4).astype(float)
    index = pd.Index([f"ISIC_{k:07d}" for k in generator.permutation(n)], name=key)
    known = pd.DataFrame(truth, index=index, columns=labels).assign(**columns).reset_index()
    cards = []
    for skill in skills:
        given = (skill * truth + (1 - skill) * generator.random(truth.shape)).round(3)
        if task.table.labels:
            kept = generator.random((n, 1)) < skill
            given = np.where(kept, truth, generator.permutation(truth))
        table = pd.DataFrame(given, index=index, columns=labels).reset_index()
        cards.append(isiceval.score(task, truth=known, prediction=table, bootstrap=0))
    return task, cards


def compare(task, cards, names=("a", "b"), **options):
    first, second = (
        replace(card, submission=name) for card, name in zip(cards, names, strict=True)
    )
    options = {"bootstrap": 200, "seed": 4} | options
    return isiceval.compare(task, first=first, second=second, **options)


def read(card, task):
    cases = sorted(card.cases, key=lambda case: case.image)
    truth = [[label == c.diagnosis.truth for label in task.labels] for c in cases]
    return np.array(truth), np.array([c.diagnosis.confidences for c in cases])


def test_the_difference_of_a_table_has_a_verdict():
    task, cards = make_pair("2018/3")
    comparison = compare(task, cards)
    found = comparison.differences["balanced_accuracy"]
    aggregates = [card.aggregates["balanced_accuracy"] for card in cards]
    assert found.difference == aggregates[1] - aggregates[0]
    assert found.low < found.difference < found.high < 0
    assert (comparison.worse, comparison.better) == (True, False)
    back = compare(task, cards[::-1])
    assert (back.worse, back.better) == (False, True)
    assert back.differences["auc"].p_value == comparison.differences["auc"].p_value
    assert set(comparison.differences) == set(cards[0].aggregates)
    for one in comparison.differences.values():
        assert (one.low > 0 or one.high < 0) == (one.p_value <= 0.05)


def test_a_table_has_no_score_of_single_cases():
    found = compare(*make_pair("2018/3")).differences["balanced_accuracy"]
    assert found.effect_size is found.rank_biserial is found.p_signed_rank is None
    assert found.first_wins is found.second_wins is found.ties is None
    assert found.n_cases == 70


@pytest.mark.parametrize("name", ["2018/3", "2020", "ima205/2022"])
def test_which_cases_went_from_wrong_to_right_and_back(name):
    task, cards = make_pair(name)
    comparison = compare(task, cards)
    right = [{c.image: c.diagnosis.correct for c in card.cases} for card in cards]
    assert comparison.improved == tuple(sorted(i for i in right[0] if right[1][i] > right[0][i]))
    assert comparison.worsened == tuple(sorted(i for i in right[0] if right[1][i] < right[0][i]))
    found = comparison.agreement
    assert (found.only_first, found.only_second) == (
        len(comparison.worsened),
        len(comparison.improved),
    )
    assert found.both_right == sum(right[0][i] and right[1][i] for i in right[0])
    assert found.both_right + found.only_first + found.only_second + found.both_wrong == 70
    discordant = found.only_first + found.only_second
    assert found.p_value == pytest.approx(binomtest(found.only_first, discordant).pvalue)
    assert found.test == "exact McNemar"
    assert found.effect_size == pytest.approx(found.only_second / discordant - 0.5)


def test_one_submission_against_itself_has_no_effect():
    task, cards = make_pair("2018/3")
    comparison = compare(task, (cards[0], cards[0]))
    assert math.isnan(comparison.agreement.effect_size)
    assert comparison.agreement.p_value == 1
    document = json.loads(write_json(comparison))
    assert document["decisions"]["effect_size"] is None


def test_cases_without_weight_take_no_part():
    weights = np.where(np.arange(70) < 30, 0.0, 1.0)
    task, cards = make_pair("2020", score_weight=weights)
    comparison = compare(task, cards)
    found = comparison.agreement
    assert found.both_right + found.only_first + found.only_second + found.both_wrong == 40
    weightless = {c.image for c in cards[0].cases if c.diagnosis.weight == 0}
    assert not weightless & {*comparison.improved, *comparison.worsened}


def test_fractions_of_weight_are_compared_by_the_draws():
    task, cards = make_pair("2020", score_weight=np.linspace(0.5, 1.5, 70))
    found = compare(task, cards).differences["auc"]
    assert found.low < found.difference < found.high
    drawn = np.stack(
        [
            np.concatenate([card.prepare(task).evaluate(w) for w in iter_weights(70, RESAMPLING)])
            for card in cards
        ]
    )[:, :, list(cards[0].aggregates).index("auc")]
    spread = np.std(drawn[1] - drawn[0])
    # A little wider, by the pseudo-case.
    assert 1.1 < (found.high - found.low) / (2 * 1.96 * spread) < 1.4


def test_groups_end_the_tests_of_single_rows():
    task, cards = make_pair("2018/3")
    images = sorted(case.image for case in cards[0].cases)
    clusters = {image: f"p{place // 5}" for place, image in enumerate(images)}
    comparison = compare(task, cards, groups=clusters)
    assert comparison.agreement.test.endswith("(by group)")
    assert comparison.agreement.p_value < 0.05
    # Fourteen groups cannot show more than this.
    assert comparison.agreement.p_value >= 2 * 0.5**14


@pytest.mark.parametrize(
    ("name", "compared", "trust"),
    [
        ("2018/3", "confidence", lambda truth, row: row[truth][0]),
        ("2020", "confidence", lambda truth, row: row[0] if truth[0] else 1 - row[0]),
        ("2017/3", "confidence", lambda truth, row: np.where(truth, row, 1 - row).mean()),
    ],
)
def test_changes_are_of_the_confidence_in_the_truth(name, compared, trust):
    task, cards = make_pair(name)
    comparison = compare(task, cards)
    assert comparison.compared == compared
    (truth, first), (_, second) = (read(card, task) for card in cards)
    for place, change in enumerate(comparison.changes):
        assert change.first == pytest.approx(trust(truth[place], first[place]))
        assert change.second == pytest.approx(trust(truth[place], second[place]))
    sizes = [abs(change.difference) for change in comparison.most_different]
    assert sizes == sorted(sizes, reverse=True)


def test_labels_in_cells_are_right_or_wrong():
    comparison = compare(*make_pair("ima205/2022"))
    assert comparison.compared == "right"
    assert {change.first for change in comparison.changes} == {0.0, 1.0}
    moved = {change.image for change in comparison.most_different}
    assert moved == {*comparison.improved, *comparison.worsened}


@pytest.mark.parametrize(
    ("name", "folder", "pair"),
    [
        ("2018/2", "attributes", ("close", "guess")),
        ("2017/2", "superpixels", ("trained", "guess")),
    ],
)
def test_attributes_and_superpixels_have_a_score_of_each_image(name, folder, pair):
    root = FIXTURES / folder
    first, second = (root / "submissions" / team for team in pair)
    truth = root / "truth"
    comparison = isiceval.compare(name, first=first, second=second, truth=truth, bootstrap=100)
    ranking = comparison.differences[comparison.metric]
    assert (ranking.first_wins, ranking.second_wins, ranking.ties, ranking.n_cases) == (3, 0, 0, 3)
    assert comparison.compared == "metric"
    assert [change.difference < 0 for change in comparison.changes] == [True] * 3
    # Three images: however large the difference, two-sided p is at least 2 in 8.
    assert math.isnan(ranking.p_value)
    assert math.isnan(ranking.high)
    assert comparison.verdict == "too few cases to tell"
    assert comparison.agreement is None


def test_the_score_of_an_image_is_what_it_alone_would_score():
    root = FIXTURES / "attributes"
    first, second = (root / "submissions" / team for team in ("close", "guess"))
    comparison = isiceval.compare("2018/2", first=first, second=second, truth=root / "truth")
    from PIL import Image

    image = comparison.changes[0].image
    masks = [
        {p.stem: np.asarray(Image.open(p)) > 128 for p in folder.glob(f"{image}_*.png")}
        for folder in (root / "truth", second)
    ]
    alone = isiceval.score("2018/2", truth=masks[0], prediction=masks[1], bootstrap=0)
    assert comparison.changes[0].second == pytest.approx(alone.score, abs=1e-12)


def test_what_is_undefined_in_one_of_them_has_no_difference():
    task, cards = make_pair("2018/3")
    blank = replace(cards[1], aggregates={**cards[1].aggregates, "ppv": math.nan})
    comparison = compare(task, [cards[0], blank])
    assert "ppv" not in comparison.differences
    lost = replace(cards[1], aggregates={**cards[1].aggregates, task.ranking: math.nan})
    with pytest.raises(UsageError, match="Balanced accuracy has no value in both"):
        compare(task, [cards[0], lost])


def test_other_images_are_refused():
    task, cards = make_pair("2020")
    fewer = replace(cards[1], measured=cards[1].measured.take(range(1, len(cards[1].cases))))
    with pytest.raises(UsageError, match="a and b were scored on different images"):
        compare(task, [cards[0], fewer])


def test_superpixels_read_back_say_the_way_out():
    root = FIXTURES / "superpixels"
    card = isiceval.score(
        "2017/2", truth=root / "truth", prediction=root / "submissions" / "guess", bootstrap=0
    )
    again = from_document(to_document(card))
    with pytest.raises(CannotResample, match="give the submission itself, and the truth, in its"):
        isiceval.compare("2017/2", first=again, second=again)


def test_the_json_is_finite_and_has_what_a_table_has():
    comparison = compare(*make_pair("2018/3"))
    document = json.loads(write_json(comparison))
    assert document["kind"] == "table"
    assert document["decisions"]["test"] == "exact McNemar"
    assert document["differences"]["auc.MEL"]["effect_size"] is None
    assert list(document["first_aggregates"])[:3] == ["balanced_accuracy", "auc", "auc.MEL"]
    assert "NaN" not in json.dumps(document)


def test_another_ranking_of_the_task_may_be_compared():
    cards = make_pair("2017/3")[1]
    ranked = [replace(card, metric="auc.melanoma") for card in cards]
    comparison = isiceval.compare(
        "2017/3", first=ranked[0], second=ranked[1], rank_by="auc.melanoma", bootstrap=100
    )
    assert comparison.metric == "auc.melanoma"
