"""The scorecard: what it tells, and its way to a file and back."""

import csv
import io
import json
import math

import pandas as pd
import pytest

from isiceval.errors import UsageError
from isiceval.metrics.registry import AGGREGATES, METRICS
from isiceval.model import Counts, Interval, Problem, Size
from isiceval.scorecard import (
    CSV_COLUMNS,
    Scorecard,
    from_csv,
    from_document,
    problem_to_document,
    to_document,
)
from isiceval.tasks.task import Task
from tests import builders
from tests.builders import from_cases, measure, miss

TASK = Task(id="2017/1", title="t", profile="2017")
THIRD = Counts(tp=1, fp=1, fn=1, tn=6)
MOST = Counts(tp=7, fp=1, fn=0, tn=1)
EMPTY = Counts(tp=0, fp=0, fn=0, tn=9)
PROBLEM = Problem(code="all-black", severity="warning", where="c.png", detail="m", fix="f")
SIGNATURE = "task:2017/1|profile:2017|metric:jaccard|threshold:0.65|truth:abc"


def make_scorecard(*cases, **fields):
    chosen = cases or (
        measure(TASK, "ISIC_0000001", THIRD, Size(3, 3)),
        measure(TASK, "ISIC_0000002", MOST, Size(3, 3)),
        measure(TASK, "ISIC_0000003", EMPTY, Size(9, 1)),
        miss("ISIC_0000004", Size(4, 2)),
    )
    usual = {
        "submission": "masks.zip",
        "problems": (PROBLEM,),
        "conversions": {"JPEG": 2},
        "n_ignored": 1,
        "truth_digest": "abc",
        "submission_digest": "def",
        "signature": SIGNATURE,
    }
    return builders.make_scorecard(TASK, chosen, **usual | fields)


def write_csv(scorecard, **changes):
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, CSV_COLUMNS)
    writer.writeheader()
    for row in scorecard.measured.iter_rows():
        writer.writerow(row | {"signature": scorecard.signature} | changes)
    return text.getvalue()


def same(left, right):
    """Tell whether two scorecards are equal, NaN being equal to NaN."""
    return repr(left) == repr(right)


def test_score_is_the_ranking_metric():
    scorecard = make_scorecard(metric="dice")
    assert scorecard.score == scorecard.aggregates["dice"] != scorecard.aggregates["jaccard"]


def test_it_counts_cases_and_missing_ones():
    scorecard = make_scorecard()
    assert (scorecard.n_cases, scorecard.n_missing) == (4, 1)


def test_complete_and_as_submitted_stand_side_by_side():
    scorecard = make_scorecard()
    assert scorecard.aggregates["jaccard"] == pytest.approx((1 / 3 + 7 / 8 + 0) / 3)
    assert scorecard.as_submitted["jaccard"] == pytest.approx((1 / 3 + 7 / 8) / 2)
    assert scorecard.aggregates["failure_rate"] == pytest.approx(2 / 3)
    assert scorecard.as_submitted["failure_rate"] == 0.5
    assert set(scorecard.as_submitted) == set(AGGREGATES)


def test_as_submitted_is_left_out_where_nothing_is_missing():
    assert make_scorecard(measure(TASK, "a", THIRD, Size(3, 3))).as_submitted is None


def test_undefined_cases_are_counted():
    undefined = make_scorecard().undefined
    assert undefined["jaccard"] == undefined["sensitivity"] == 1
    assert undefined["accuracy"] == undefined["specificity"] == 0


def test_worst_and_median_cases():
    scorecard = make_scorecard()
    order = [case.image for case in scorecard.worst()]
    assert order == ["ISIC_0000004", "ISIC_0000001", "ISIC_0000002"]
    assert [case.image for case in scorecard.worst(1)] == order[:1]
    assert scorecard.worst_case.image == order[0]
    assert scorecard.median_case.image == order[1]


def test_without_a_jaccard_there_is_no_worst_case():
    scorecard = make_scorecard(measure(TASK, "a", EMPTY, Size(9, 1)))
    assert scorecard.worst_case is scorecard.median_case is None
    assert math.isnan(scorecard.score)


def test_rows_have_the_columns_of_the_csv_and_nothing_for_what_is_unknown():
    scored, _, empty, missing = make_scorecard().measured.iter_rows()
    assert (*scored, "signature") == CSV_COLUMNS
    assert (scored["tp"], scored["fp"], scored["fn"], scored["tn"]) == (1, 1, 1, 6)
    assert (scored["width"], scored["height"]) == (3, 3)
    assert scored["status"] == "scored"
    assert set(make_scorecard().to_frame()["signature"]) == {SIGNATURE}
    assert empty["jaccard"] is empty["sensitivity"] is None
    assert empty["accuracy"] == 1.0
    assert missing["status"] == "missing"
    assert missing["tp"] is None
    assert (missing["width"], missing["jaccard"]) == (4, 0.0)


def test_frame_has_the_columns_of_the_csv():
    frame = make_scorecard().to_frame()
    assert tuple(frame.columns) == CSV_COLUMNS
    assert len(frame) == 4
    assert frame["tp"].tolist() == [1, 7, 0, pd.NA]
    assert str(frame["tp"].dtype) == "Int64"
    assert str(frame["jaccard"].dtype) == "float64"
    assert frame["jaccard"].mean() == pytest.approx(make_scorecard().score)
    assert math.isnan(frame.loc[2, "jaccard"])


def test_frame_of_no_case_has_the_columns_too():
    frame = make_scorecard().__class__(
        task="t", profile="p", metric="jaccard", submission="s", measured=from_cases([]), aggregates={}
    ).to_frame()  # fmt: skip
    assert tuple(frame.columns) == CSV_COLUMNS
    assert len(frame) == 0


def test_document_holds_only_finite_numbers():
    document = to_document(make_scorecard())
    json.dumps(document, allow_nan=False)
    assert document["format"] == "isiceval.scorecard"
    assert document["format_version"] == 1
    assert document["score"] == make_scorecard().score
    assert document["cases"][2]["jaccard"] is None
    assert document["worst_image"] == "ISIC_0000004"
    assert document["median_image"] == "ISIC_0000001"
    assert (document["n_cases"], document["n_missing"]) == (4, 1)


def test_document_of_a_score_that_is_undefined():
    document = to_document(make_scorecard(measure(TASK, "a", EMPTY, Size(9, 1))))
    json.dumps(document, allow_nan=False)
    assert document["score"] is document["worst_image"] is document["median_image"] is None
    assert document["as_submitted"] is None


@pytest.mark.parametrize(
    "scorecard", [make_scorecard(), make_scorecard(measure(TASK, "a", EMPTY, Size(9, 1)))]
)
def test_json_is_read_back_whole(scorecard, tmp_path):
    path = tmp_path / "scorecard.json"
    path.write_text(json.dumps(to_document(scorecard), indent=2), encoding="utf-8")
    assert same(Scorecard.load(path), scorecard)
    assert same(Scorecard.load(str(path)), scorecard)


def test_csv_gives_cases_and_aggregates_back(tmp_path):
    scorecard = make_scorecard()
    path = tmp_path / "masks.zip.csv"
    path.write_text(write_csv(scorecard), encoding="utf-8-sig")
    again = Scorecard.load(path)
    bare = {"problems": (), "conversions": {}, "n_ignored": 0, "submission_digest": ""}
    assert same(again, make_scorecard(**bare))


def test_csv_aggregates_come_from_the_rows_alone():
    text = write_csv(make_scorecard(), jaccard=0.25)
    assert from_csv(text, submission="s").aggregates["jaccard"] == 0.25


def test_csv_threshold_comes_from_the_signature():
    text = write_csv(make_scorecard(), signature=SIGNATURE.replace("0.65", "0.9"))
    again = from_csv(text, submission="s")
    assert again.jaccard_threshold == 0.9
    assert again.aggregates["failure_rate"] == 1.0


def test_size_may_be_unknown():
    scorecard = make_scorecard(miss("a"))
    assert from_csv(write_csv(scorecard), submission="s").cases[0].size is None


HEADER = ",".join(CSV_COLUMNS)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "its columns must be image, status, tp"),
        ("image,status\na,scored\n", "its columns must be image, status, tp"),
        (HEADER + "\n", "its columns must be image, status, tp"),
        (write_csv(make_scorecard(), status="lost"), "status 'lost' of ISIC_0000001 is neither"),
        (write_csv(make_scorecard(), tp="many"), "many"),
        (write_csv(make_scorecard(), dice="high"), "high"),
        (write_csv(make_scorecard(), signature="task:2017/1"), "threshold"),
        (
            write_csv(make_scorecard())
            + write_csv(make_scorecard(), signature="x").partition("\n")[2],
            "its rows come from several runs",
        ),
        (f'{HEADER}\n"{"x" * 200_000}"', "field larger than field limit"),
        ("{", "Expecting property name"),
        ("{}", '"format" is None, not "isiceval.scorecard"'),
        ('{"format": "isiceval.leaderboard"}', "\"format\" is 'isiceval.leaderboard'"),
        (
            '{"format": "isiceval.scorecard", "format_version": 2}',
            "it has format version 2, this isiceval reads 1",
        ),
        ('{"format": "isiceval.scorecard", "format_version": 1}', "as_submitted"),
    ],
)
def test_a_file_that_is_no_scorecard_says_why(text, reason, tmp_path):
    path = tmp_path / "file.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="is not a scorecard") as caught:
        Scorecard.load(path)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cases", None),
        ("cases", [{}]),
        ("cases", 3),
        ("aggregates", []),
        ("problems", [{"code": "a"}]),
        ("problems", [1]),
    ],
)
def test_a_scorecard_with_a_damaged_field_is_refused(field, value, tmp_path):
    path = tmp_path / "scorecard.json"
    path.write_text(json.dumps({**to_document(make_scorecard()), field: value}), encoding="utf-8")
    with pytest.raises(UsageError, match="is not a scorecard"):
        Scorecard.load(path)


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xd8\xff\xe0")
    for path in (tmp_path, tmp_path / "none.json", binary):
        with pytest.raises(UsageError, match=r"cannot read .* as a scorecard"):
            Scorecard.load(path)


def test_documents_of_another_version_are_not_guessed_at():
    document = to_document(make_scorecard())
    with pytest.raises(ValueError, match="format version 7"):
        from_document({**document, "format_version": 7})


def test_a_problem_becomes_five_texts():
    assert problem_to_document(PROBLEM) == {
        "code": "all-black", "severity": "warning", "where": "c.png", "message": "m", "fix": "f",
    }  # fmt: skip


def test_values_are_those_of_every_metric():
    assert set(METRICS) < set(CSV_COLUMNS)
    assert all(set(case.values) == set(METRICS) for case in make_scorecard().cases)


def test_a_file_that_is_older_than_a_metric_is_read_without_it():
    text = write_csv(make_scorecard()).replace(",dice,", ",another,")
    document = to_document(make_scorecard())
    for row in document["cases"]:
        del row["dice"]
    for again in (from_csv(text, submission="s"), from_document(document)):
        assert all(math.isnan(case.values["dice"]) for case in again.cases)
        assert again.score == make_scorecard().score
        assert again.undefined == make_scorecard().undefined


def test_an_infinite_value_is_refused(tmp_path):
    path = tmp_path / "card.json"
    document = to_document(make_scorecard())
    document["cases"][0]["jaccard"] = math.inf
    path.write_text(json.dumps(document))
    with pytest.raises(UsageError, match="inf is no value of a metric"):
        Scorecard.load(path)


@pytest.mark.parametrize("fault", [{"intervals": {"jaccard": [0.5]}}, {"bootstrap": {"x": 1}}])
def test_faulty_intervals_are_refused(tmp_path, fault):
    path = tmp_path / "card.json"
    path.write_text(json.dumps(to_document(make_scorecard()) | fault))
    with pytest.raises(UsageError, match="is not a scorecard"):
        Scorecard.load(path)


def test_a_scorecard_shows_itself_in_one_line():
    scorecard = make_scorecard()
    text = (
        f"<Scorecard of {scorecard.submission} for 2017/1: jaccard {scorecard.score:.4f}, 4 images>"
    )
    assert repr(scorecard) == text
    known = {"jaccard": Interval(0.25, 0.75)}
    assert "[0.2500, 0.7500], 4 images>" in repr(make_scorecard(intervals=known))
