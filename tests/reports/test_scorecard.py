"""The blocks of a scorecard: metrics and their notes, labels, the worst images."""

from dataclasses import replace
from pathlib import Path

import pytest

import isiceval
from isiceval.blocks import Table, cell_text
from isiceval.metrics.registry import AGGREGATES
from isiceval.reports.csv import write_csv
from isiceval.reports.scorecard import describe, make_metric_table, order_aggregates
from isiceval.scorecard import from_csv
from tests.builders import from_cases

FOLDER = Path(__file__).parents[2] / "fixtures" / "diagnosis"


def list_rows(card):
    """List the texts of the rows of the table of metrics, by title."""
    table = make_metric_table(card)
    return {cell_text(row.cells[0]): list(map(cell_text, row.cells[1:])) for row in table.rows}


def list_notes(card):
    return {title.removesuffix(" (ranking)"): row[-1] for title, row in list_rows(card).items()}


def find_labels(card):
    """Find the table of labels."""
    return [block for block in describe(card) if isinstance(block, Table)][1]


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
    assert list_notes(card)["PPV"] == "0/0 in 1 of 7 labels, counted as 1"


def test_they_are_counted_again_from_the_csv_of_cases(card):
    assert from_csv(write_csv(card), submission="a").undefined == card.undefined


def test_no_case_of_a_table_is_built_for_the_metrics(card, monkeypatch):
    monkeypatch.setattr("isiceval.kinds.kind.Diagnosis", None)
    assert len(list(describe(card))) > 2


def test_means_over_labels_are_told_from_the_share_of_right_cases(card):
    notes = list_notes(card)
    assert notes["Accuracy"] == "mean over labels, each a yes or no"
    assert notes["Balanced accuracy"] == notes["AUC"] == ""


def test_where_undefined_labels_are_left_out_none_is_counted():
    task = replace(isiceval.get_task("2018/3"), undefined="omit")
    truth = FOLDER / "truth.csv"
    prediction = FOLDER / "submissions" / "single-network.csv"
    card = isiceval.score(task, truth=truth, prediction=prediction, bootstrap=0)
    assert card.undefined == {}
    assert list_notes(card)["PPV"].startswith("undefined for 1 of 7 labels")


def test_the_balanced_accuracy_of_one_class_is_said_to_carry_no_information():
    truth = {f"ISIC_{k:07d}": k % 2 for k in range(8)}
    guess = {image: k / 8 for k, image in enumerate(truth)}
    card = isiceval.score("2020", truth=truth, prediction=guess, bootstrap=0)
    assert (
        list_notes(card)["Balanced accuracy"]
        == "always 1 with a single class, carries no information"
    )


def test_the_ranking_metric_comes_first_and_once():
    for metric in AGGREGATES:
        order = order_aggregates(metric, (), kind="mask")
        assert order[0] == metric
        assert sorted(order) == sorted(AGGREGATES)


def test_rows_carry_values_and_notes(make):
    rows = list_rows(make.scorecard(missing=1))
    assert next(iter(rows)) == "Thresholded Jaccard (ranking)"
    assert rows["Dice"] == ["0.6942", "0.8678", "1 of 5 undefined, counted as 1"]
    assert rows["Accuracy"][-1] == ""
    assert rows["Failure rate"][-1] == "share with a Jaccard below 0.65"


def test_undefined_cases_that_are_left_out_are_said_to_be(make):
    notes = list_notes(make.scorecard(task="2017/1"))
    assert notes["Jaccard"] == "1 of 4 undefined, left out"


def test_a_scorecard_with_missing_images_at_width_100(make):
    card = make.scorecard(missing=1, problems=(make.problem("odd", "x", severity="warning"),))
    assert (
        make.plain(card, width=100)
        == f"""\
model.zip on 2018/1: Thresholded Jaccard 0.5300
5 images, 1 missing, 0 files ignored.

Metric                         Complete  As submitted  Note
--------------------------------------------------------------------------------------
Thresholded Jaccard (ranking)    0.5300        0.6625  1 of 5 undefined, counted as 1
Jaccard                          0.6300        0.7875  1 of 5 undefined, counted as 1
Dice                             0.6942        0.8678  1 of 5 undefined, counted as 1
Accuracy                         0.7580        0.9475
Sensitivity                      0.7800        0.9750  1 of 5 undefined, counted as 1
Specificity                      0.7492        0.9365
Failure rate                     0.4000        0.2500  share with a Jaccard below 0.65
Median Jaccard                   0.7500        0.8250

Complete counts the 1 missing as failures, as submitted covers only the 4 that were sent.

- Median image: ISIC_0000000 (Jaccard 0.7500)
- Worst image: ISIC_0000004 (Jaccard 0.0000)

Worst 5 images
Image         Jaccard    Dice  Sensitivity  Specificity  Status
----------------------------------------------------------------
ISIC_0000004   0.0000  0.0000       0.0000       0.0000  missing
ISIC_0000001   0.5000  0.6667       1.0000       0.8889  scored
ISIC_0000000   0.7500  0.8571       1.0000       0.8571  scored
ISIC_0000003   0.9000  0.9474       0.9000       1.0000  scored
ISIC_0000002   1.0000  1.0000       1.0000       1.0000  scored

Warnings (1)
Code  Count  What is wrong
-------------------------------
odd       1  something is wrong
             Where: x
             Fix: make it right

isiceval explain CODE prints the rule behind a code.

Signature: {make.signature}
"""
    )


def test_a_complete_scorecard_fits_80_columns(make):
    text = make.plain(make.scorecard())
    assert "Thresholded Jaccard (ranking)  0.6625  1 of 4 undefined, counted as 1\n" in text
    assert "As submitted" not in text
    assert f"\nSignature: {make.signature}\n" in text


def test_a_scorecard_without_defined_images_says_so(make):
    card = make.scorecard(task="2017/1")
    object.__setattr__(card, "measured", from_cases(case for case in card.cases if case.undefined))
    object.__setattr__(card, "aggregates", dict.fromkeys(card.aggregates, float("nan")))
    text = make.plain(card)
    assert "Jaccard -\n" in text
    assert "Worst" not in text


def test_the_table_has_intervals(make):
    card = make.chancy_scorecard(missing=1)
    low, high = card.intervals["dice"].low, card.intervals["dice"].high
    written = f"[{low:.4f}, {high:.4f}]"
    assert list_rows(card)["Dice"][:4] == ["0.6942", written, "", "0.8678"]
    text = make.plain(card, width=120)
    assert (
        "Intervals: 95 %, Bayesian bootstrap with a pseudo-case over 5 images, 50 draws, seed 12345"
        in text
    )
    text = make.markdown(card)
    assert "| Metric | Complete | 95 % interval | As submitted | Note |" in text
    assert f"| Dice | 0.6942 | {written} | 0.8678 |" in text


def test_groups_and_strata_are_said(make):
    text = make.plain(make.chancy_scorecard(strata=True), width=120)
    assert "Bayesian bootstrap with a pseudo-case over 2 groups in 2 strata, 50 draws" in text


@pytest.fixture(scope="module")
def sampled():
    truth = FOLDER / "truth.csv"
    prediction = FOLDER / "submissions" / "deep-ensemble.csv"
    return isiceval.score("2018/3", truth=truth, prediction=prediction, bootstrap=60)


def test_labels_have_the_interval_of_the_first_metric(make, sampled):
    table = find_labels(sampled)
    titles = [column.title for column in table.columns]
    assert titles[:4] == ["Label", "AUC", "95 % interval", "AUC beyond 80% sensitivity"]
    by_label = {row.cells[0]: list(map(cell_text, row.cells)) for row in table.rows}
    ends = sampled.intervals["auc.NV"]
    assert by_label["NV"][2] == f"[{ends.low:.4f}, {ends.high:.4f}]"
    assert f"| NV | {by_label['NV'][1]} | {by_label['NV'][2]} |" in make.markdown(sampled)
    bare = find_labels(replace(sampled, intervals={}, bootstrap=None))
    assert [column.title for column in bare.columns][1:3] == titles[1:4:2]


def test_the_ranking_metric_of_labels_comes_first():
    task = isiceval.get_task("milk10k")
    folder = FOLDER.parent / "golden" / "official" / "milk10k"
    truth, prediction = (next((folder / part).iterdir()) for part in ("truth", "prediction"))
    card = isiceval.score(task, truth=truth, prediction=prediction, bootstrap=0)
    assert find_labels(card).columns[1].title == "Dice"


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 160])
def test_the_last_columns_of_labels_give_way(make, sampled, width):
    text = make.plain(sampled, width=width).split("By label\n")[1]
    table = [line for line in text.split("\n\n")[0].splitlines() if not line.startswith("(")]
    assert max(map(len, table)) <= width
    assert [line.split()[0] for line in table if line[:1].isupper()][1:] == list(sampled.labels)
    assert ("more column" in text.split("\n\n")[0]) == (width < 120)
