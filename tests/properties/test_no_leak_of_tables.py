"""What a team is handed of a table holds its own rows and the scores, and nothing of the truth."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import isiceval
from isiceval.errors import UsageError
from isiceval.reports.csv import write_csv
from isiceval.reports.json import write_json
from isiceval.scorecard import Scorecard, from_document, to_document

IDS = [f"ISIC_{k:07d}" for k in range(6)]
SCORES = ("score", "aggregates", "as_submitted", "intervals", "bootstrap")
ALONE = {"ISIC_0000000": 1, "ISIC_0000001": 0, "ISIC_0000002": 1}
TOLD = {"ISIC_0000000": 0.9, "ISIC_0000001": 0.8, "ISIC_0000002": 0.2}
hard = st.lists(st.integers(0, 1), min_size=6, max_size=6).filter(lambda row: 0 < sum(row) < 6)
soft = st.lists(st.floats(0, 1, width=16), min_size=6, max_size=6)


def publish(truth, prediction, **options):
    return isiceval.score(
        "2020",
        truth=dict(zip(IDS, truth, strict=True)),
        prediction=dict(zip(IDS, prediction, strict=True)),
        bootstrap=0,
        **options,
    )


@settings(max_examples=40)
@given(first=hard, second=hard, prediction=soft, cases=st.booleans())
def test_public_scorecards_of_two_truths_differ_in_scores_alone(first, second, prediction, cases):
    shown = []
    for truth in (first, second):
        card = publish(truth, prediction, public=True, public_cases=cases)
        document = json.loads(write_json(card))
        rows = write_csv(card)
        shown.append(({k: v for k, v in document.items() if k not in SCORES}, rows))
    assert shown[0] == shown[1]


def test_without_public_the_truth_is_there():
    cards = [publish(truth, [0.5] * 6) for truth in ([0, 1, 0, 1, 0, 1], [1, 0, 0, 1, 0, 1])]
    assert to_document(cards[0])["cases"] != to_document(cards[1])["cases"]
    assert to_document(cards[0])["rocs"]["malignant"]


def test_a_public_scorecard_is_read_back_but_for_what_needs_the_truth(tmp_path):
    card = isiceval.score("2020", truth=ALONE, prediction=TOLD, public=True)
    again = from_document(to_document(card))
    assert again == card
    assert [case.diagnosis.truth for case in again.cases] == ["", "", ""]
    assert [case.diagnosis.chosen for case in again.cases] == ["malignant", "malignant", "none"]
    path = tmp_path / "cases.csv"
    path.write_text(write_csv(card), encoding="utf-8")
    with pytest.raises(UsageError):
        Scorecard.load(path)
