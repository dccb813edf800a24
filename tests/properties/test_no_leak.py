"""What a participant sees is made of the submission, and of ids and sizes, and of nothing else."""

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

import isiceval
from isiceval.cli.main import main
from isiceval.errors import InvalidSubmission
from isiceval.reports.csv import write_csv
from isiceval.reports.json import write_json
from isiceval.reports.markdown import render_markdown
from isiceval.reports.registry import describe

SHAPE = (6, 9)
IDS = ("ISIC_0000001", "ISIC_0000002", "ISIC_0000003")
NUMBER = re.compile(r"(?<![\w.])(?:null|\d+\.\d+(?:e-\d+)?)(?![\w.])|(?<!\S)-(?!\S)")

binary = arrays.arrays(np.uint8, SHAPE, elements=st.sampled_from([0, 255]))
truths = st.fixed_dictionaries(dict.fromkeys(IDS, binary))
others = arrays.arrays(
    np.uint8, st.sampled_from([SHAPE, SHAPE[::-1]]), elements=st.integers(0, 255)
)
broken = st.binary(max_size=60)
sent = st.dictionaries(
    st.sampled_from([*IDS, "ISIC_0000009"]), st.one_of(binary, others, broken), max_size=4
)
good = st.fixed_dictionaries(dict.fromkeys(IDS, binary))


def save(folder, masks):
    folder.mkdir()
    for image, mask in masks.items():
        path = folder / f"{image}_segmentation.png"
        if isinstance(mask, bytes):
            path.write_bytes(mask)
        else:
            Image.fromarray(mask).save(path)
    return folder


def mask_numbers(text):
    return NUMBER.sub("#", text)


def write_markdown(result):
    return render_markdown(describe(result))


def validate(truth, prediction):
    validation = isiceval.validate("2018/1", truth=truth, prediction=prediction)
    return [write_json(validation), write_markdown(validation)]


def score(truth, prediction, **options):
    try:
        card = isiceval.score("2018/1", truth=truth, prediction=prediction, **options)
    except InvalidSubmission as error:
        shown = [write_json(error.validation)]
        return [str(error), *map(str, error.problems), *shown]
    written = [write(card) for write in (write_json, write_markdown)]
    return [*map(mask_numbers, written), *map(str, card.problems)]


def run(capsys, *words):
    status = main(list(map(str, words)))
    captured = capsys.readouterr()
    shown = (re.sub(r" {2,}|-{3,}", " ", mask_numbers(text)) for text in captured)
    return status, *shown


@settings(max_examples=60)
@given(first=truths, second=truths, prediction=sent)
def test_two_truths_that_differ_in_pixels_give_the_same_words(first, second, prediction):
    with TemporaryDirectory() as name:
        folder = Path(name)
        one, two = save(folder / "one", first), save(folder / "two", second)
        out = save(folder / "out", prediction)
        assert validate(one, out) == validate(two, out)
        assert score(one, out, public=True) == score(two, out, public=True)
        zero = {"public": True, "missing": "zero"}
        assert score(one, out, **zero) == score(two, out, **zero)


@settings(max_examples=30)
@given(first=truths, second=truths, prediction=good)
def test_a_public_scorecard_differs_in_scores_alone(first, second, prediction):
    with TemporaryDirectory() as name:
        folder = Path(name)
        out = save(folder / "out", prediction)
        cards = [
            isiceval.score("2018/1", truth=save(folder / side, truth), prediction=out, public=True)
            for side, truth in (("one", first), ("two", second))
        ]
        documented = [json.loads(write_json(card)) for card in cards]
        for document in documented:
            document["aggregates"] = list(document["aggregates"])
            document["intervals"] = list(document["intervals"])
            del document["score"]
        assert documented[0] == documented[1]
        assert {value for case in documented[0]["cases"] for value in case.values()} == {
            *IDS,
            "scored",
            None,
            *SHAPE,
        }


@pytest.fixture
def two_truths(tmp_path):
    generator = np.random.default_rng(3)
    first = {image: generator.integers(0, 2, SHAPE, np.uint8) * np.uint8(255) for image in IDS}
    second = {image: 255 - mask for image, mask in first.items()}
    second[IDS[0]] = np.zeros(SHAPE, np.uint8)
    return [save(tmp_path / name, truth) for name, truth in (("one", first), ("two", second))]


@pytest.fixture
def prediction(tmp_path):
    mask = np.zeros(SHAPE, np.uint8)
    mask[1:4, 2:7] = 255
    return save(tmp_path / "out", dict.fromkeys(IDS, mask))


def test_the_command_line_tells_no_more(two_truths, prediction, capsys):
    for words in (
        ["validate", "2018/1", prediction],
        ["validate", "2018/1", prediction, "--json"],
        ["score", "2018/1", prediction, "--public"],
        ["score", "2018/1", prediction, "--public", "--json", "-"],
        ["score", "2018/1", prediction, "--public", "--markdown", "-"],
        ["score", "2018/1", prediction, "--public", "--latex", "-"],
        ["leaderboard", "2018/1", prediction, "--public"],
        ["leaderboard", "2018/1", prediction, "--public", "--markdown", "-"],
        ["leaderboard", "2018/1", prediction, "--public", "--latex", "-"],
        ["leaderboard", "2018/1", prediction, "--public", "--json", "-"],
        ["leaderboard", "2018/1", prediction, "--public", "--csv", "-"],
    ):
        one, two = (run(capsys, *words, "--truth", truth) for truth in two_truths)
        assert one == two, words
        assert one[0] == 0


def test_without_public_the_truth_can_be_told_apart(two_truths, prediction, capsys):
    words = ["score", "2018/1", prediction, "--json", "-"]
    one, two = (run(capsys, *words, "--truth", truth) for truth in two_truths)
    assert one != two


def test_single_images_are_public_only_where_asked(two_truths, prediction, capsys):
    words = ["score", "2018/1", prediction, "--truth", two_truths[0], "--csv", "-"]
    status, out, err = run(capsys, *words, "--public")
    assert (status, out) == (2, "")
    assert "--public-cases" in err
    card = isiceval.score("2018/1", truth=two_truths[0], prediction=prediction, public_cases=True)
    whole = isiceval.score("2018/1", truth=two_truths[0], prediction=prediction)
    assert [case.values for case in card.cases] == [case.values for case in whole.cases]
    assert all(case.counts is None for case in card.cases)
    assert "truth:" not in write_csv(card)
    assert run(capsys, *words, "--public-cases")[0] == 0


def test_a_public_csv_is_read_back(two_truths, prediction, tmp_path):
    card = isiceval.score("2018/1", truth=two_truths[0], prediction=prediction, public_cases=True)
    path = tmp_path / "out.csv"
    path.write_text(write_csv(card))
    assert isiceval.Scorecard.load(path).aggregates == card.aggregates


def test_a_public_leaderboard_names_no_file_of_a_team(two_truths, prediction, capsys):
    (prediction / f"{IDS[1]}_segmentation.png").write_bytes(b"secret of this team")
    words = ["leaderboard", "2018/1", prediction, "--truth", two_truths[0], "--json", "-"]
    assert f"{IDS[1]}_segmentation.png" in run(capsys, *words)[1]
    _, out, _ = run(capsys, *words, "--public")
    assert "_segmentation" not in out
    assert '"wrong-format": 1' in out


def list_numbers(value):
    """List every number in a JSON document."""
    if isinstance(value, dict | list):
        return [
            n
            for one in (value.values() if isinstance(value, dict) else value)
            for n in list_numbers(one)
        ]
    return [value] if isinstance(value, float) else []


@pytest.mark.parametrize("missing", ["refuse", "zero"])
def test_no_public_number_is_that_of_a_single_image(tmp_path, missing):
    generator = np.random.default_rng(5)
    ids = [f"ISIC_{k:07d}" for k in range(9)]
    truth, out = (
        {image: generator.integers(0, 2, (20, 30), np.uint8) * np.uint8(255) for image in ids}
        for _ in range(2)
    )
    if missing == "zero":
        del out[ids[3]], out[ids[4]]
    whole = isiceval.score("2018/1", truth=truth, prediction=out, missing=missing)
    single = {v for case in whole.cases for v in case.values.values()} - {0.0, 1.0}
    assert single & set(list_numbers(json.loads(write_json(whole))["aggregates"]))
    public = {"missing": missing, "public": True}
    card = isiceval.score("2018/1", truth=truth, prediction=out, **public)
    board = isiceval.rank("2018/1", truth=truth, submissions={"out": out}, **public)
    assert "median_jaccard" not in card.aggregates
    assert board.standings[0].cases == ()
    for result in (card, board):
        assert not single & set(list_numbers(json.loads(write_json(result))))
        assert "Median Jaccard" not in write_markdown(result)
    assert "median_jaccard" not in write_csv(board)
    again = isiceval.Scorecard.load(save_text(tmp_path / "card.json", write_json(card)))
    assert write_markdown(again) == write_markdown(card)


def save_text(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_a_minimum_of_what_is_not_public_is_refused(two_truths, prediction, capsys):
    words = ("score", "2018/1", prediction, "--truth", two_truths[0], "--min", "median_jaccard=0.1")
    status, out, err = run(capsys, *words, "--public")
    assert (status, out) == (2, "")
    assert "median_jaccard is not public" in err
    assert run(capsys, *words, "--public-cases")[0] in (0, 1)
