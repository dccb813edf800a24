"""Tasks of tables, from the files to scorecard, validation and leaderboard."""

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import isiceval
from isiceval.cli.main import main
from isiceval.errors import IsicevalError, UsageError
from isiceval.kinds import classification
from isiceval.metrics.registry import describe_aggregates
from isiceval.pipeline import list_images, write_manifest
from tests.builders import store_table

IDS = [f"ISIC_{n:07d}" for n in range(1, 9)]
TRUTH = [1, 0, 1, 0, 0, 1, 0, 0]
GIVEN = [0.9, 0.2, 0.4, 0.6, 0.1, 0.8, 0.3, 0.2]


def write(path, header, *columns):
    lines = [",".join(map(str, row)) for row in zip(*columns, strict=True)]
    path.write_text("\n".join([*([header] if header else []), *lines]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def files(tmp_path):
    """Truth and prediction of the task of 2020."""
    truth = write(tmp_path / "truth.csv", "image,malignant", IDS, map(float, TRUTH))
    return truth, write(tmp_path / "mine.csv", "image,malignant", IDS, GIVEN)


def test_files_frames_and_mappings_give_the_same_scorecard(files):
    truth, prediction = files
    of_files = isiceval.score("2020", truth=truth, prediction=prediction)
    frames = [pd.read_csv(path) for path in files]
    of_frames = isiceval.score("2020", truth=frames[0], prediction=frames[1])
    mappings = [dict(zip(IDS, values, strict=True)) for values in (TRUTH, GIVEN)]
    of_mappings = isiceval.score("2020", truth=mappings[0], prediction=mappings[1])
    for other in (of_frames, of_mappings):
        hidden = {"submission": "", "problems": ()}
        assert replace(other, **hidden) == replace(of_files, **hidden)
    assert of_files.score == pytest.approx(14 / 15)
    assert (of_files.n_cases, of_files.n_missing, of_files.kind) == (8, 0, "table")


def test_both_headers_of_2020_are_read(files, tmp_path):
    other = write(tmp_path / "kaggle.csv", "image_name,target", IDS, GIVEN)
    scorecard = isiceval.score("2020", truth=files[0], prediction=other)
    assert (
        scorecard.aggregates
        == isiceval.score("2020", truth=files[0], prediction=files[1]).aggregates
    )


def test_a_case_says_what_was_true_chosen_and_given(files):
    scorecard = isiceval.score("2020", truth=files[0], prediction=files[1])
    first, _, third, *_ = (case.diagnosis for case in scorecard.cases)
    assert (first.truth, first.chosen, first.correct) == ("malignant", "malignant", True)
    assert (third.truth, third.chosen, third.correct) == ("malignant", "none", False)
    assert third.confidences == (0.4,)
    frame = scorecard.to_frame()
    assert frame.columns[:5].tolist() == ["image", "truth", "malignant", "chosen", "correct"]
    assert frame["correct"].sum() == 6


def test_roc_points_are_in_the_json_alone_and_survive(files, tmp_path):
    out = tmp_path / "s.json"
    words = ["score", "2020", str(files[1]), "--truth", str(files[0]), "--json", str(out)]
    assert main(words) == 0
    roc = json.loads(out.read_text("utf-8"))["rocs"]["malignant"]
    assert roc["thresholds"][0] is None
    assert (roc["true_positive_rates"][0], roc["true_positive_rates"][-1]) == (0, 1)
    assert isiceval.Scorecard.load(out).rocs["malignant"] == roc


def test_problems_come_all_at_once_with_their_lines(files, tmp_path):
    broken = [0.9, "x", 1.7, "", 0.1, 0.8, 0.3, 0.2]
    prediction = write(tmp_path / "bad.csv", "image,malignant", [*IDS[:7], "ISIC_0000001"], broken)
    validation = isiceval.validate("2020", truth=files[0], prediction=prediction)
    assert {(p.code, p.where) for p in validation.errors} == {
        ("not-a-number", "bad.csv:3"),
        ("out-of-range", "bad.csv:4"),
        ("empty-cell", "bad.csv:5"),
        ("duplicate-id", "bad.csv:9"),
        ("missing-id", "bad.csv"),
    }
    assert (validation.n_expected, validation.n_matched, validation.form) == (8, 7, "file")
    with pytest.raises(isiceval.InvalidSubmission):
        isiceval.score("2020", truth=files[0], prediction=prediction)


def test_a_folder_is_a_problem_of_the_submission(files, tmp_path):
    path = tmp_path / "thing.csv"
    path.mkdir()
    validation = isiceval.validate("2020", truth=files[0], prediction=path)
    assert [p.code for p in validation.errors] == ["not-a-table"]


def test_a_folder_of_tables_names_the_command_for_all(files, tmp_path):
    folder = tmp_path / "all"
    folder.mkdir()
    for name in ("a.csv", "b.CSV", "notes.txt"):
        (folder / name).write_text("x")
    (problem,) = isiceval.validate("2020", truth=files[0], prediction=folder).errors
    assert (problem.code, problem.where) == ("not-a-table", "all")
    assert problem.detail.startswith("this is a folder of 2 CSV files: isiceval leaderboard")


def test_a_table_is_not_read_beyond_what_its_rows_need(files, tmp_path, monkeypatch):
    monkeypatch.setattr(classification, "SLACK_BYTES", 1000)
    path = tmp_path / "huge.csv"
    most = classification.limit_bytes(8, layout=isiceval.get_task("2020").table)
    assert most == 1000 + 8 * (64 + 2 * 32)
    path.write_bytes(files[1].read_bytes().ljust(most, b"\n"))
    assert isiceval.validate("2020", truth=files[0], prediction=path).valid
    with path.open("ab") as file:
        file.truncate(1 << 40)
    (problem,) = isiceval.validate("2020", truth=files[0], prediction=path).errors
    assert problem.code == "not-a-table"
    assert problem.detail.startswith("the file has more than 2.0 KiB")


@pytest.mark.parametrize("gone", ["truth", "prediction"])
def test_a_path_where_nothing_is_is_usage(files, tmp_path, gone):
    paths = {"truth": files[0], "prediction": files[1], gone: tmp_path / "gone.csv"}
    for call in (isiceval.score, isiceval.validate):
        with pytest.raises(UsageError, match=r"there is no (truth|submission) .*gone\.csv"):
            call("2020", **paths)


def test_a_task_file_says_how_many_rows_there_are(files, tmp_path):
    task = replace(isiceval.get_task("2020"), cases=9)
    with pytest.raises(IsicevalError, match="has 8 rows, task 2020 says there are 9"):
        isiceval.score(task, truth=files[0], prediction=files[1])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"missing": "zero"}, "no score for a row that was not sent"),
        ({"lenient": True}, "lenient reading is for masks"),
        ({"rank_by": "dice"}, "task 2020 ranks by auc, not by 'dice'"),
    ],
)
def test_options_of_masks_are_refused(files, options, words):
    with pytest.raises(UsageError, match=words):
        isiceval.score("2020", truth=files[0], prediction=files[1], **options)


def test_headers_only_is_refused(files):
    with pytest.raises(UsageError, match="headers only is for masks"):
        isiceval.validate("2020", truth=files[0], prediction=files[1], headers_only=True)


def test_a_manifest_of_ids_is_enough_to_validate(files, tmp_path):
    path = tmp_path / "ids.csv"
    path.write_text(write_manifest("2020", truth=files[0]), encoding="utf-8")
    assert isiceval.validate("2020", manifest=path, prediction=files[1]).valid
    assert list_images("2020", truth=files[0]) == IDS


def test_dermoscopic_images_are_enough_to_validate(files, save_masks, tmp_path):
    masks = {f"{image}.png": np.eye(8, dtype=bool) for image in IDS}
    images = save_masks(tmp_path / "images", masks)
    assert isiceval.validate("2020", images=images, prediction=files[1]).n_matched == 8


def test_the_ranking_is_chosen_by_rank_by(tmp_path):
    columns = "image_id,melanoma,seborrheic_keratosis"
    truth = write(tmp_path / "t.csv", columns, IDS, TRUTH, [0, 1, 0, 0, 1, 0, 0, 0])
    mine = write(tmp_path / "m.csv", columns, IDS, GIVEN, GIVEN)
    scores = {}
    for name in (None, "auc.melanoma", "auc.seborrheic_keratosis"):
        scorecard = isiceval.score("2017/3", truth=truth, prediction=mine, rank_by=name)
        assert scorecard.score == scorecard.aggregates[name or "auc"]
        assert f"metric:{name or 'auc'}|" in scorecard.signature
        scores[name] = scorecard.score
    assert scores[None] == pytest.approx(sum(scores.values()) / 3)


def test_the_board_of_a_folder_of_tables(root):
    folder = root / "fixtures" / "diagnosis"
    board = isiceval.rank(
        "2018/3",
        truth=folder / "truth.csv",
        submissions=[folder / "submissions"],
        teams=folder / "submissions" / "teams.csv",
    )
    assert [(s.rank, s.submission, s.team) for s in board.standings] == [
        (1, "deep-ensemble.csv", "Team A"),
        (2, "single-network.csv", "Team A"),
        (3, "colour-histogram.csv", "Team B"),
        (None, "broken.csv", "Team C"),
    ]
    assert {p.code for p in board.standings[-1].problems if p.severity == "error"} == {
        "short-row",
        "duplicate-id",
        "missing-id",
        "empty-cell",
        "not-a-number",
        "out-of-range",
    }


def test_a_board_where_all_are_invalid_has_the_ranking_column_alone(files, tmp_path):
    from isiceval.reports.csv import write_csv

    board = isiceval.rank("2020", truth=files[0], submissions={"a": tmp_path / "gone.csv"})
    header = write_csv(board).splitlines()[0]
    assert ",auc," in header
    assert "jaccard" not in header


def test_bars_know_the_metrics_of_the_task(files, capsys):
    words = ["score", "2020", str(files[1]), "--truth", str(files[0])]
    assert main([*words, "--min", "auc=0.9 sensitivity=0.6"]) == 0
    assert main([*words, "--min", "auc=0.99"]) == 1
    assert main([*words, "--min", "jaccard=0.5"]) == 2
    assert "there is no metric 'jaccard'" in capsys.readouterr().err


@pytest.mark.parametrize("sorted_truth", [True, False])
def test_weights_follow_their_ids(sorted_truth, tmp_path):
    weights = [0, 1, 1, 1, 1, 1, 1, 1]
    rows = list(zip(IDS, TRUTH, weights, strict=True))
    rows = rows if sorted_truth else rows[::-1]
    truth = write(tmp_path / "t.csv", "image,malignant,score_weight", *zip(*rows, strict=True))
    given = dict(zip(IDS, [0.0, *GIVEN[1:]], strict=True))
    scorecard = isiceval.score("2020", truth=truth, prediction=given)
    assert scorecard.score == pytest.approx(9 / 10)  # without the first case


def test_a_single_case_weighs_what_the_task_says(tmp_path):
    classes = ("MEL", "NV", "BCC", "AKIEC", "BKL", "DF", "VASC")
    images = [*IDS[:7], "ISIC_0035068"]
    eye = {image: [float(k == n) for k in range(7)] for n, image in enumerate(images[:7])}
    truth = eye | {"ISIC_0035068": eye[IDS[0]]}
    wrong = eye | {"ISIC_0035068": eye[IDS[1]]}
    scorecard = isiceval.score("2018/3", truth=truth, prediction=wrong)
    assert scorecard.score == 1.0
    assert scorecard.labels == classes
    assert scorecard.cases[-1].diagnosis.weight == 0


def test_a_class_absent_from_the_truth_is_undefined_and_left_out():
    truth = {image: [float(k == n % 6) for k in range(7)] for n, image in enumerate(IDS)}
    given = {
        image: [0.9 * value + 0.01 * n for n, value in enumerate(v)] for image, v in truth.items()
    }
    scorecard = isiceval.score("2018/3", truth=truth, prediction=given)
    assert math.isnan(scorecard.aggregates["auc.VASC"])
    assert scorecard.aggregates["auc"] == scorecard.score == 1.0


def test_specificity_at_a_sensitivity_is_undefined_without_positives():
    truth = {image: [value, 0] for image, value in zip(IDS, TRUTH, strict=True)}
    given = {image: [value, 0.5] for image, value in zip(IDS, GIVEN, strict=True)}
    scorecard = isiceval.score("2017/3", truth=truth, prediction=given)
    assert math.isnan(scorecard.aggregates["specificity_at_82.seborrheic_keratosis"])
    assert not math.isnan(scorecard.aggregates["specificity_at_82.melanoma"])


def test_columns_of_2017_are_read_by_name_and_their_order_is_an_error(tmp_path):
    names = "image_id,seborrheic_keratosis,melanoma"
    mine = write(tmp_path / "m.csv", names, IDS, [0.5] * 7 + [0.4], GIVEN)
    truth = {image: [value, value] for image, value in zip(IDS, TRUTH, strict=True)}
    validation = isiceval.validate("2017/3", truth=truth, prediction=mine)
    assert [p.code for p in validation.errors] == ["column-order"]


@pytest.mark.parametrize(("task", "code"), [("2020", "long-row"), ("2016/3", "ignored-field")])
def test_rows_that_are_too_long_are_errors_except_in_2016(task, code, tmp_path):
    header = "" if task == "2016/3" else "image,malignant"
    mine = write(tmp_path / "m.csv", header, IDS, GIVEN, ["x"] * 8)
    truth = dict(zip(IDS, TRUTH, strict=True))
    validation = isiceval.validate(task, truth=truth, prediction=mine)
    if task == "2020":
        rows = [
            f"{a},{b}" + (",x" if n == 3 else "")
            for n, (a, b) in enumerate(zip(IDS, GIVEN, strict=True))
        ]
        mine.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        validation = isiceval.validate(task, truth=truth, prediction=mine)
        assert not validation.valid
    else:
        assert validation.valid
    assert code in {p.code for p in validation.problems}


@pytest.mark.parametrize("task", ["2016/3", "2016/3B"])
def test_the_truth_of_2016_may_be_words_and_a_prediction_may_not(task, tmp_path):
    words = ["malignant" if known else "benign" for known in TRUTH]
    spelt = write(tmp_path / "words.csv", "", IDS, words)
    truth = write(tmp_path / "numbers.csv", "", IDS, TRUTH)
    mine = write(tmp_path / "mine.csv", "", IDS, GIVEN)
    for known in (spelt, dict(zip(IDS, words, strict=True))):
        scorecard = isiceval.score(task, truth=known, prediction=mine)
        assert scorecard == isiceval.score(task, truth=truth, prediction=mine)
    validation = isiceval.validate(task, truth=spelt, prediction=spelt)
    assert [p.code for p in validation.errors] == ["not-a-number"]
    odd = write(tmp_path / "odd.csv", "", IDS, ["naevus", *words[1:]])
    with pytest.raises(IsicevalError, match='"naevus" is text'):
        isiceval.score(task, truth=odd, prediction=mine)


def test_whole_numbers_are_read_with_a_warning(files, tmp_path):
    mine = write(tmp_path / "m.csv", "image,malignant", IDS, TRUTH)
    scorecard = isiceval.score("2020", truth=files[0], prediction=mine)
    assert scorecard.score == 1.0
    assert "integer-column" in {p.code for p in scorecard.problems}


def test_retrieval_takes_the_earlier_of_equal_rows_and_needs_patients(tmp_path):
    ids = [f"ISIC_{n:07d}" for n in range(1, 18)]
    truth = [1] + [0] * 15 + [1]
    table = write(tmp_path / "t.csv", "isic_id,target,patient_id", ids, truth, ["P1"] * 17)
    given = dict.fromkeys(ids, 0.5)
    scorecard = isiceval.score("2024", truth=table, prediction=given)
    assert scorecard.aggregates["retrieval_sensitivity"] == 0.5  # the first, not the last
    alone = isiceval.score("2024", truth=dict(zip(ids, truth, strict=True)), prediction=given)
    assert "retrieval_sensitivity" not in alone.aggregates


def test_matthews_is_undefined_where_all_labels_are_the_same():
    ids = [f"IM_{n:06d}" for n in range(4)]
    truth = dict(zip(ids, [1, 0, 1, 0], strict=True))
    assert math.isnan(
        isiceval.score("ima205/2019", truth=truth, prediction=dict.fromkeys(ids, 0)).score
    )
    assert isiceval.score("ima205/2019", truth=truth, prediction=truth).score == 1.0


def test_weighted_accuracy_weighs_by_class_frequency():
    truth = dict(zip(IDS, [1, 1, 1, 2, 2, 3, 3, 3], strict=True))
    given = truth | {IDS[3]: 1}
    scorecard = isiceval.score("ima205/2022", truth=truth, prediction=given)
    assert scorecard.score == pytest.approx((1 + 0.5 + 1) / 3)
    assert (scorecard.cases[3].diagnosis.truth, scorecard.cases[3].diagnosis.chosen) == ("2", "1")
    assert scorecard.rocs == {}


def test_weights_other_than_0_and_1_are_refused_where_a_metric_takes_none(tmp_path):
    truth = write(tmp_path / "t.csv", "isic_id,target,score_weight", IDS, TRUTH, [0.5] * 8)
    with pytest.raises(IsicevalError, match="partial_auc of task 2024 cannot be weighted"):
        isiceval.score("2024", truth=truth, prediction=dict(zip(IDS, GIVEN, strict=True)))


def test_profiles_of_milk10k_differ_at_a_half():
    labels = isiceval.get_task("milk10k").labels
    ids = [f"IL_{n:07d}" for n in range(11)]
    truth = {image: [float(k == n) for k in range(11)] for n, image in enumerate(ids)}
    given = {image: [0.5 * value for value in row] for image, row in truth.items()}
    assert isiceval.score("milk10k", truth=truth, prediction=given, profile="rules").score == 1.0
    assert isiceval.score("milk10k", truth=truth, prediction=given).score == 0.0
    assert len(labels) == 11


def test_the_csv_of_a_task_file_cannot_be_loaded_alone(files, tmp_path):
    task = tmp_path / "my.toml"
    task.write_text(
        "[task.mine]\nkind = 'table'\nlabels = ['malignant']\nmetrics = ['auc']\n"
        "ranking = 'auc'\ntable = {}\n",
        encoding="utf-8",
    )
    cases = tmp_path / "c.csv"
    words = ["score", str(task), str(files[1]), "--truth", str(files[0]), "--csv", str(cases)]
    assert main(words) == 0
    with pytest.raises(UsageError, match="is defined in a task file: load the JSON instead"):
        isiceval.Scorecard.load(cases)


def test_an_unknown_metric_of_a_task_file_is_told(tmp_path):
    path = tmp_path / "my.toml"
    path.write_text(
        "[task.mine]\nkind = 'table'\nlabels = ['m']\nmetrics = ['aucc']\ntable = {}\n",
        encoding="utf-8",
    )
    with pytest.raises(IsicevalError, match="no metric 'aucc' to report; did you mean 'auc'"):
        isiceval.get_task(str(path))


def test_the_validation_score_is_the_ranking_by_validation_weights(tmp_path):
    weights = [1, 1, 1, 1, 0, 0, 0, 0]
    truth = write(tmp_path / "t.csv", "image,malignant,validation_weight", IDS, TRUTH, weights)
    scorecard = isiceval.score("2020", truth=truth, prediction=dict(zip(IDS, GIVEN, strict=True)))
    assert scorecard.aggregates["validation.auc"] == 0.75


def test_every_task_of_tables_tells_its_facts(capsys):
    for task in isiceval.list_tasks():
        assert main(["tasks", task.id]) == 0
    out = capsys.readouterr().out
    assert "confidences in [0, 1]; yes above 0.5" in out
    assert "labels: 1, 2, 3, 4, 5, 6, 7, 8" in out


def test_the_case_without_weight_in_2018_counts_in_every_other_task():
    ids = ["ISIC_0035068", "ISIC_0000001", "ISIC_0000002"]
    truth, given = (
        dict(zip(ids, [1, 1, 0], strict=True)),
        dict(zip(ids, [0.1, 0.9, 0.5], strict=True)),
    )
    assert isiceval.score("2020", truth=truth, prediction=given).score == 0.5


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("labels = ['a', 'b']\nmetrics = ['retrieval_sensitivity']\ntable = {}", "of one column"),
        ("labels = ['a']\nmetrics = ['auc']\ntable = { labels = [1, 2] }", "belong together"),
        ("labels = ['a']\nmetrics = ['weighted_accuracy']\ntable = {}", "belong together"),
    ],
)
def test_metrics_that_do_not_go_with_the_columns_are_told(tmp_path, settings, words):
    path = tmp_path / "my.toml"
    path.write_text(f"[task.mine]\nkind = 'table'\n{settings}\n", encoding="utf-8")
    with pytest.raises(IsicevalError, match=words):
        isiceval.get_task(str(path))


def test_two_numbered_classes_survive_the_csv(tmp_path):
    from isiceval.reports.csv import write_csv

    truth = dict(zip(IDS, [1, 1, 2, 2, 3, 3, 8, 8], strict=True))
    scorecard = isiceval.score("ima205/2022", truth=truth, prediction=truth | {IDS[0]: 2})
    path = tmp_path / "c.csv"
    path.write_text(write_csv(scorecard), encoding="utf-8")
    assert isiceval.Scorecard.load(path).aggregates == scorecard.aggregates


@pytest.mark.parametrize("name", ["2018/3", "2019/1", "2016/3", "ima205/2019"])
def test_aggregates_stand_in_the_order_of_reports(name):
    task = isiceval.get_task(name)
    n = len(task.labels)
    truth = np.eye(n)[np.arange(12) % n] if n > 1 else (np.arange(12)[:, None] % 2).astype(float)
    aggregator = classification.prepare(task, store_table(task, truth, truth * 0.8 + 0.1))
    names = [name for name in describe_aggregates(task) if not name.startswith("validation.")]
    assert list(aggregator.names) == names
