"""What the summary of a table says beside its numbers."""

from dataclasses import replace
from pathlib import Path

import pytest

import isiceval
from isiceval.reports.csv import write_scorecard
from isiceval.reports.rows import iter_metrics
from isiceval.scorecard import from_csv

FOLDER = Path(__file__).parents[2] / "fixtures" / "diagnosis"


def list_notes(card):
    return {row.name: row.note for row in iter_metrics(card)}


@pytest.fixture(scope="module")
def card():
    return isiceval.score(
        "2018/3",
        truth=FOLDER / "truth.csv",
        prediction=FOLDER / "submissions" / "single-network.csv",
        bootstrap=0,
    )


def test_labels_that_are_undefined_are_counted(card):
    # Nothing is taken for AKIEC, so that its PPV is 0/0, which the task counts as 1.
    assert card.undefined == {"ppv": 1}
    assert card.aggregates["ppv.AKIEC"] == 1
    assert list_notes(card)["ppv"] == "0/0 in 1 of 7 labels, counted as 1"


def test_they_are_counted_again_from_the_csv_of_cases(card):
    assert from_csv(write_scorecard(card), submission="a").undefined == card.undefined


def test_means_over_labels_are_told_from_the_share_of_right_cases(card):
    notes = list_notes(card)
    assert notes["accuracy"] == "mean over labels, each a yes or no"
    assert notes["balanced_accuracy"] == notes["auc"] == ""


def test_where_undefined_labels_are_left_out_none_is_counted():
    task = replace(isiceval.get_task("2018/3"), undefined="omit")
    truth = FOLDER / "truth.csv"
    prediction = FOLDER / "submissions" / "single-network.csv"
    card = isiceval.score(task, truth=truth, prediction=prediction, bootstrap=0)
    assert card.undefined == {}
    assert list_notes(card)["ppv"].startswith("undefined for 1 of 7 labels")


def test_the_balanced_accuracy_of_one_class_says_that_it_says_nothing():
    truth = {f"ISIC_{k:07d}": k % 2 for k in range(8)}
    guess = {image: k / 8 for k, image in enumerate(truth)}
    card = isiceval.score("2020", truth=truth, prediction=guess, bootstrap=0)
    assert list_notes(card)["balanced_accuracy"] == "of one class it is always 1 and says nothing"
