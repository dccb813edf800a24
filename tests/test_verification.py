"""Scorecards from files: forged, damaged, out of date, or made with other options."""

import csv
import io
import json
import os
from pathlib import Path

import numpy as np
import pytest

import isiceval
from isiceval.errors import CannotResample, UsageError
from isiceval.reports.csv import write_csv
from isiceval.reports.json import write_json
from isiceval.reports.registry import ReportInputs, write_reports
from isiceval.scorecard import MAX_BYTES

FIXTURES = Path(__file__).parents[1] / "fixtures"
TABLE = FIXTURES / "diagnosis"
TASK = "2018/1"


def shift(masks, by):
    return {image: np.roll(mask, by, axis=1) for image, mask in masks.items()}


@pytest.fixture
def save(tmp_path, masks):
    """Score moved masks and write the scorecard, with its document changed."""

    def write(name, by=1, change=lambda _: None, *, truth=masks, **options):
        fixed = {"truth": truth, "prediction": shift(masks, by), "bootstrap": 0}
        card = isiceval.score(options.pop("task", TASK), **fixed | options)
        document = json.loads(write_json(card))
        change(document)
        (tmp_path / name).write_text(json.dumps(document))
        return tmp_path / name

    return write


def rank(*paths, truth=None, task=TASK, **options):
    return isiceval.rank(task, truth=truth, submissions=paths, bootstrap=50, **options)


def find(board, name):
    return next(one for one in board.standings if one.submission == name)


def explain(board, name):
    (problem,) = find(board, name).problems
    return problem.code, problem.detail


def edit_score(document):
    document["score"] = 0.999
    document["aggregates"] = dict.fromkeys(document["aggregates"], 0.999)


def edit_values(document):
    for case in document["cases"]:
        case["jaccard"] = case["threshold_jaccard"] = 0.999


@pytest.mark.parametrize("edit", [edit_score, edit_values])
def test_an_edited_value_is_computed_again(save, edit):
    honest, forged = save("honest.json", 1), save("forged.json", 2, edit)
    board = rank(honest, forged)
    assert [one.submission for one in board.standings] == ["honest.json", "forged.json"]
    again = find(board, "forged.json")
    assert again.aggregates == find(rank(save("same.json", 2)), "same.json").aggregates
    interval = again.intervals["jaccard"]
    assert interval.low <= again.aggregates["jaccard"] <= interval.high
    if edit is edit_score:
        assert explain(board, "forged.json")[0] == "edited-scorecard"
        assert (
            "says threshold_jaccard 0.9990, its cases give 0." in explain(board, "forged.json")[1]
        )
        assert explain(board, "forged.json")[1] in board.notes[0]


def test_edited_cases_of_a_table_are_computed_again(tmp_path):
    submission, truth = TABLE / "submissions" / "single-network.csv", TABLE / "truth.csv"
    card = isiceval.score("2018/3", truth=truth, prediction=submission, bootstrap=0)
    document = json.loads(write_json(card))
    edit_score(document)
    for case in document["cases"]:
        case["chosen"], case["correct"] = case["truth"], 1
    path = tmp_path / "forged.json"
    path.write_text(json.dumps(document))
    assert find(rank(path, task="2018/3"), "forged.json").aggregates == card.aggregates
    for case in document["cases"]:
        case["truth"] = max(card.labels, key=case.get)
    path.write_text(json.dumps(document))
    board = rank(path, submission, task="2018/3", truth=truth)
    assert explain(board, "forged.json") == (
        "other-scorecard", "holds another truth than the truth given",
    )  # fmt: skip


def test_a_comparison_does_not_take_edited_scorecards(save):
    honest, forged = save("honest.json", 1), save("forged.json", 2, edit_score)
    with pytest.raises(
        UsageError, match=r"forged\.json: says threshold_jaccard 0\.9990, its cases give"
    ):
        isiceval.compare(TASK, first=honest, second=forged)
    both = isiceval.compare(TASK, first=honest, second=forged, trust_scorecards=True)
    second, first = (each["jaccard"] for each in (both.second_aggregates, both.first_aggregates))
    assert both.differences["jaccard"].difference == pytest.approx(second - first)


def hide_counts(document):
    for case in document["cases"]:
        case.update(dict.fromkeys(("tp", "fp", "fn", "tn")), jaccard=1.0, threshold_jaccard=1.0)


@pytest.mark.parametrize(
    ("options", "change"),
    [
        ({"public": True}, lambda _: None),
        ({"public_cases": True}, lambda _: None),
        ({}, hide_counts),
        ({}, lambda document: document.update(truth_digest="")),
    ],
)
def test_what_cannot_be_checked_is_refused_or_marked(save, masks, options, change, tmp_path):
    honest, other = save("honest.json", 1), save("other.json", 2, change, **options)
    board = rank(honest, other, truth=masks)
    assert explain(board, "other.json")[0] == "untrusted-scorecard"
    assert find(board, "honest.json").rank_low is not None
    with pytest.raises(CannotResample, match=r"other\.json: "):
        isiceval.compare(TASK, first=honest, second=other)
    board = rank(honest, other, truth=masks, trust_scorecards=True)
    marks = {"honest.json": False, "other.json": True}
    assert {one.submission: one.unverified for one in board.standings} == marks
    rows = list(csv.DictReader(io.StringIO(write_csv(board))))
    assert {row["submission"]: row["unverified"] == "yes" for row in rows} == marks
    rows = json.loads(write_json(board))["standings"]
    assert {row["submission"]: row["unverified"] for row in rows} == marks
    paths = {name: str(tmp_path / name) for name in ("markdown", "html", "latex")}
    write_reports(board, paths, ReportInputs(task=isiceval.get_task(TASK)))
    assert all("unverified" in Path(path).read_text() for path in paths.values())


def test_a_public_scorecard_has_no_statistics_and_the_board_says_so(save):
    paths = save("honest.json", 1), save("public.json", 0, public=True)
    board = rank(*paths, trust_scorecards=True)
    assert [one.rank for one in board.standings] == [1, 2]
    assert board.bootstrap is board.significance is None
    assert {one.p_first for one in board.standings} == {None}
    assert board.note.startswith("No rank intervals and tests: public.json: it is a scorecard")


def test_a_corrected_truth_is_noticed_without_a_fresh_submission(save, masks):
    old, new = save("old.json", 1), {**masks, "ISIC_0000001": ~masks["ISIC_0000001"]}
    code, detail = explain(rank(old, truth=new), "old.json")
    assert code == "other-scorecard"
    assert detail.startswith("was scored with another truth (")
    assert detail.endswith("): it is out of date")
    with pytest.raises(
        UsageError, match=r"old\.json.*: was scored with another truth .*; score the"
    ):
        isiceval.compare(TASK, first=old, second=old, truth=new)


def test_without_the_truth_the_few_are_asked_about(save, masks):
    other = {**masks, "ISIC_0000001": ~masks["ISIC_0000001"]}
    paths = save("z.json", 0, truth=other), save("a.json", 1), save("b.json", 2)
    board = rank(*paths)
    assert [one.status for one in board.standings] == ["ranked", "ranked", "invalid"]
    (problem,) = find(board, "z.json").problems
    assert problem.detail.startswith("was scored with another truth (")
    assert problem.fix.startswith("give --truth to say which is right")


def test_a_wrong_digest_is_the_fault_of_the_scorecard_alone(save, tmp_path, masks, save_masks):
    forged = save("a.json", 0, lambda document: document.update(truth_digest="0" * 64))
    board = rank(forged, save_masks(tmp_path / "fresh", shift(masks, 1)), truth=masks)
    assert [(one.submission, one.status) for one in board.standings] == [
        ("fresh", "ranked"), ("a.json", "invalid"),
    ]  # fmt: skip


def sign_otherwise(document):
    document["signature"] = document["signature"].replace("lenient:no", "lenient:yes")


@pytest.mark.parametrize(
    ("options", "change", "said"),
    [
        ({"lenient": True}, lambda _: None, "was made with lenient:yes, here it is lenient:no"),
        ({"missing": "zero"}, lambda _: None, "was made with missing:zero, here it is missing:ref"),
        ({"task": "2017/1"}, lambda _: None, "its task is 2017/1, not 2018/1"),
        ({"profile": "2018"}, lambda _: None, "its profile is 2018, not today"),
        ({}, sign_otherwise, "was made with lenient:yes, here it is lenient:no"),
        ({}, lambda card: card.update(signature=""), "does not say its task, here it is 2018/1"),
        ({}, lambda card: card["cases"].pop(), "was scored on other images than the truth given"),
    ],
)
def test_scorecards_made_otherwise_are_refused(save, masks, options, change, said):
    path, fair = save("other.json", 0, change, **options), save("fair.json", 1)
    board = rank(path, fair, truth=masks)
    assert [one.submission for one in board.standings] == ["fair.json", "other.json"]
    code, detail = explain(board, "other.json")
    assert (code, said in detail) == ("other-scorecard", True)
    said = said.replace("the truth given", "the others")
    with pytest.raises(UsageError, match=r"\.json: .*; score the submission again"):
        isiceval.compare(TASK, first=path, second=fair)


def test_the_same_options_here_take_them(save, masks):
    path = save("lenient.json", 0, lenient=True)
    assert rank(path, truth=masks, lenient=True).standings[0].rank == 1


def test_options_do_not_matter_where_all_scorecards_have_the_same(save, masks):
    paths = save("a.json", 0, lenient=True), save("b.json", 1, lenient=True)
    assert [one.rank for one in rank(*paths).standings] == [1, 2]
    assert isiceval.compare(TASK, first=paths[0], second=paths[1]).differences
    board = isiceval.rank(TASK, truth=masks, submissions={"fresh": masks, "old": paths[0]})
    assert explain(board, "old")[1] == "was made with lenient:yes, here it is lenient:no"


def test_a_scorecard_in_memory_needs_the_same_options(masks):
    strict, lenient = (
        isiceval.score(TASK, truth=masks, prediction=masks, lenient=lenient, bootstrap=0)
        for lenient in (False, True)
    )
    board = isiceval.rank(TASK, submissions={"strict": strict, "lenient": lenient})
    assert [one.status for one in board.standings] == ["ranked", "invalid"]


def test_another_version_of_a_task_file_is_noticed(save, tmp_path, masks):
    text = '[task.own]\nkind = "segmentation"\n'
    (tmp_path / "own.toml").write_text(text)
    task = str(tmp_path / "own.toml")
    card = save("card.json", 1, task=task)
    assert rank(card, task=task).standings[0].rank == 1
    (tmp_path / "own.toml").write_text(text + "jaccard_threshold = 0.1\n")
    assert (
        "its Jaccard threshold is 0.65, not 0.1" in explain(rank(card, task=task), "card.json")[1]
    )
    (tmp_path / "own.toml").write_text(text + "# changed\n")
    assert "taskfile:" in explain(rank(card, task=task), "card.json")[1]


def test_a_json_in_a_folder_of_submissions_needs_to_be_trusted(save, tmp_path, masks, save_masks):
    folder = tmp_path / "submissions"
    save_masks(folder / "fresh", shift(masks, 1))
    save("submissions/mallory.json", 0)
    code, detail = explain(rank(folder, truth=masks), "mallory.json")
    assert (code, detail[:14]) == ("untrusted-scorecard", "is a JSON file")
    assert "name the file itself on the command line" in rank(folder, truth=masks).notes[0]
    trusted = rank(folder, truth=masks, trust_scorecards=True)
    assert [one.submission for one in trusted.standings] == ["mallory.json", "fresh"]
    assert not any(one.unverified for one in trusted.standings)
    named = rank(folder / "fresh", folder / "mallory.json", truth=masks)
    assert named.standings[0].submission == "mallory.json"


def nest(path):
    path.write_text('{"a":' * 100_000 + "1" + "}" * 100_000)


def make_sparse(path):
    path.touch()
    os.truncate(path, 5 * 1024**3)


ODD = {
    "garbage": lambda path: path.write_bytes(b"\x00\xff{"),
    "empty": lambda path: path.write_text(""),
    "list": lambda path: path.write_text("[[[["),
    "digits": lambda path: path.write_text('{"a": ' + "9" * 5000 + "}"),
    "other version": lambda path: path.write_text(
        '{"format": "isiceval.scorecard", "format_version": 2}'
    ),
    "other format": lambda path: path.write_text(json.dumps({"format": "x" * 10**6})),
    "nested": nest,
    "dangling link": lambda path: path.symlink_to("nowhere"),
    "loop": lambda path: path.symlink_to(path.name),
    "device": lambda path: path.symlink_to("/dev/zero"),
    "pipe": os.mkfifo,
    "sparse": make_sparse,
}


@pytest.mark.parametrize("make", ODD.values(), ids=ODD)
def test_one_bad_file_stops_no_board_and_never_hangs(save, tmp_path, make):
    honest, path = save("honest.json", 1), tmp_path / "odd.json"
    make(path)
    board = rank(honest, path)
    assert find(board, "honest.json").rank == 1
    code, detail = explain(board, "odd.json")
    assert code == "not-a-scorecard"
    assert len(detail) < 400
    with pytest.raises(UsageError, match=r"odd\.json(: .*; write it again with|$|: Too many)"):
        isiceval.compare(TASK, first=honest, second=path)


def test_a_link_that_leads_nowhere_stops_no_board(save, tmp_path, masks, save_masks):
    folder = tmp_path / "submissions"
    save_masks(folder / "fresh", shift(masks, 1))
    (folder / "gone.zip").symlink_to("nowhere.zip")
    board = rank(folder, truth=masks)
    assert [(one.submission, one.status) for one in board.standings] == [
        ("fresh", "ranked"), ("gone.zip", "invalid"),
    ]  # fmt: skip


WRONG = (None, [], {}, "x", -1, 0.5, True, 10**400, 2**63, [[[]]], [None], {"a": None}, {"": [1]})


@pytest.mark.parametrize("trust", [False, True])
def test_no_field_of_another_type_stops_the_board(save, tmp_path, trust):
    honest = save("honest.json", 1)
    document = json.loads(save("odd.json", 0).read_text())
    paths = [honest]
    for key in document:
        for place, value in enumerate(WRONG):
            paths.append(tmp_path / f"{key}-{place}.json")
            paths[-1].write_text(json.dumps(document | {key: value}))
    for key in document["cases"][0]:
        for place, value in enumerate(WRONG):
            cases = [document["cases"][0] | {key: value}, *document["cases"][1:]]
            paths.append(tmp_path / f"case-{key}-{place}.json")
            paths[-1].write_text(json.dumps(document | {"cases": cases}))
    for place, text in enumerate(("1e400", "NaN", "Infinity", "-1e400")):
        paths.append(tmp_path / f"number-{place}.json")
        paths[-1].write_text(
            json.dumps(document).replace('"jaccard": 1.0', f'"jaccard": {text}', 1)
        )
    board = rank(*paths, trust_scorecards=trust)
    assert find(board, "honest.json").status == "ranked"
    right = find(rank(tmp_path / "odd.json"), "odd.json").aggregates
    for one in board.standings:
        if one.rank and one.submission != "honest.json" and not one.unverified:
            assert one.aggregates == right, one.submission


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda cases: cases[0].update(tp=cases[0]["tp"] + 9), "do not add up to its size"),
        (lambda cases: cases[0].update(tp=2**62), "do not add up to its size"),
        (lambda cases: cases.append(cases[0]), "holds a case twice"),
        (lambda cases: cases.clear(), "holds no cases"),
        (lambda cases: cases[0].update(tp=-1), "-1 is no number of pixels"),
        (lambda cases: cases[0].update(tp=1.5), "1.5 is no number of pixels"),
    ],
)
def test_cases_that_contradict_themselves_are_refused(save, change, said):
    path = save("odd.json", 0, lambda document: change(document["cases"]))
    code, detail = explain(rank(path, trust_scorecards=True), "odd.json")
    assert (code, said in detail) == ("not-a-scorecard", True)


@pytest.mark.parametrize(
    "change",
    [{"MEL": 2.0}, {"MEL": None}, {"truth": "cancer"}, {"weight": -1.0}, {"weight": 1e999}],
)
def test_rows_of_a_table_that_are_none_are_refused(tmp_path, change):
    submission, truth = TABLE / "submissions" / "single-network.csv", TABLE / "truth.csv"
    card = isiceval.score("2018/3", truth=truth, prediction=submission, bootstrap=0)
    document = json.loads(write_json(card))
    document["cases"][0].update(change)
    path = tmp_path / "odd.json"
    path.write_text(json.dumps(document))
    assert explain(rank(path, task="2018/3"), "odd.json")[0] == "not-a-scorecard"


def test_identical_submissions_are_named_with_their_digests(tmp_path, masks, save_masks, save):
    folder = tmp_path / "submissions"
    for name, by in (("a", 1), ("b", 1), ("c", 2), ("d", 0)):
        save_masks(folder / name, shift(masks, by))
    truth = save_masks(tmp_path / "truth", masks)
    card = save("card.json", truth=truth, prediction=folder / "c")
    board = rank(*sorted(folder.iterdir()), card, truth=truth)
    digests = {one.submission: one.submission_digest for one in board.standings}
    assert {len(digest) for digest in digests.values()} == {64}
    assert digests["a"] == digests["b"] != digests["c"] == digests["card.json"]
    assert set(board.notes) == {
        f"a, b: identical, digest {digests['a'][:8]}",
        f"c, card.json: identical, digest {digests['c'][:8]}",
        "d: the same files as the truth",
    }
    assert digests["a"] in write_csv(board)
    assert digests["a"] in write_json(board)


def test_a_file_is_bounded_by_what_the_largest_truth_needs():
    # 401,059 rows of 2024, each some 300 bytes of indented JSON.
    assert MAX_BYTES > 401_059 * 300
