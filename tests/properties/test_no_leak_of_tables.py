"""What a team is handed of a table holds its own rows and the scores, and nothing of the truth."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import isiceval
from isiceval.errors import UsageError
from isiceval.reports.csv import write_csv
from isiceval.reports.json import write_json
from isiceval.reports.markdown import render_markdown
from isiceval.reports.registry import describe
from isiceval.scorecard import Scorecard, from_document, to_document

IDS = [f"ISIC_{k:07d}" for k in range(6)]
SCORES = ("score", "aggregates", "as_submitted", "intervals", "bootstrap")
ALONE = {"ISIC_0000000": 1, "ISIC_0000001": 0, "ISIC_0000002": 1}
TOLD = {"ISIC_0000000": 0.9, "ISIC_0000001": 0.8, "ISIC_0000002": 0.2}
hard = st.lists(st.integers(0, 1), min_size=6, max_size=6).filter(lambda row: 0 < sum(row) < 6)
soft = st.lists(st.floats(0, 1, width=16), min_size=6, max_size=6)


def write_markdown(result):
    return render_markdown(describe(result))


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


def write_rows(path, rows):
    path.write_text("image_name,target\n" + "".join(f"{k},{v}\n" for k, v in rows))
    return path


@settings(max_examples=40)
@given(
    labels=hard,
    seed=st.randoms(use_true_random=False),
    prediction=soft,
    sent=st.lists(st.sampled_from([*IDS, "ISIC_0000099"]), unique=True),
    cases=st.booleans(),
)
def test_the_order_of_rows_in_the_truth_is_told_by_nothing(labels, seed, prediction, sent, cases):
    truths = [list(zip(IDS, labels, strict=True)) for _ in range(3)]
    truths[1].sort(key=lambda row: row[1])  # by class, as a truth may be
    seed.shuffle(truths[2])
    told = []
    with TemporaryDirectory() as folder:
        out = write_rows(Path(folder, "out.csv"), zip(sent, prediction, strict=False))
        all_rows = dict(zip(IDS, prediction, strict=True))
        for rows in truths:
            truth = write_rows(Path(folder, "truth.csv"), rows)
            validation = isiceval.validate("2020", truth=truth, prediction=out)
            options = {"truth": truth, "public": True, "bootstrap": 20}
            board = isiceval.rank("2020", submissions={"a": out, "b": all_rows}, **options)
            card = isiceval.score("2020", prediction=all_rows, public_cases=cases, **options)
            manifest = isiceval.pipeline.write_manifest("2020", truth=truth)
            results = [validation, board, card]
            written = [write(r) for r in results for write in (write_json, write_markdown)]
            told.append([*written, write_csv(board), write_csv(card), manifest])
    assert told[0] == told[1] == told[2]


@pytest.mark.parametrize("shift", [0, 5])
def test_a_shifted_order_is_that_of_the_ids_not_of_the_truth(shift, tmp_path):
    ids = [f"ISIC_{k:07d}" for k in range(20)]
    by_class = sorted(ids, key=lambda image: (image[-1] in "37", image))
    truth = write_rows(tmp_path / "truth.csv", [(k, int(k[-1] in "37")) for k in by_class])
    for order, codes in ((by_class, []), (ids, ["shifted-order"] if shift else [])):
        moved = order[shift:] + order[:shift]
        rows = [(image, n / 20) for n, image in enumerate(moved)]
        out = write_rows(tmp_path / "out.csv", rows)
        validation = isiceval.validate("2020", truth=truth, prediction=out)
        assert [problem.code for problem in validation.problems] == codes


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
