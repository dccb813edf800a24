"""Superpixel JSON and PNG: what is read, and every problem."""

import io
import json
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from isiceval.checks.evidence import MAX_COMPARED
from isiceval.checks.rules import list_errors, list_rules
from isiceval.errors import IsicevalError
from isiceval.readers import superpixels
from isiceval.readers.superpixels import count_superpixels, read_superpixels, read_truth_superpixels

TWO = ("globules", "streaks")
FOUR = ("pigment_network", "negative_network", "milia_like_cyst", "streaks")
NAME = "ISIC_0000003.json"
GOOD = {"globules": [0.0, 0.25, 1], "streaks": [1, 0, 0.5]}


def read(document, features=TWO, n_expected=3):
    text = document if isinstance(document, str) else json.dumps(document)
    data = text if isinstance(text, bytes) else text.encode()
    return read_superpixels(data, features=features, name=NAME, n_expected=n_expected)


# code, file, words in the detail
PROBLEMS = (
    ("not-json", "", "empty"),
    ("not-json", '{"globules": [0,\n 1', "(column 3)"),
    ("not-json", "image,MEL\n", "Expecting value"),
    ("not-json", "[" * 100_000, "nested too deeply"),
    ("not-json", '{"globules": [' + "9" * 5000 + "]}", "too many digits"),
    ("not-an-object", [[0, 1]], "a list"),
    ("not-an-object", 3, "a single value"),
    ("missing-feature", {"globules": [0, 1, 1]}, '"streaks" is missing'),
    ("misspelt-feature", {"Globules": [0, 1, 1], "streaks": [0, 0, 1]}, '"globules"'),
    ("duplicate-feature", '{"globules": [0, 1, 1], "globules": [], "streaks": [0, 0, 1]}', "twice"),
    ("ignored-feature", GOOD | {"notes": "x"}, '"notes"'),
    ("not-an-array", GOOD | {"streaks": {"0": 1}}, "streaks is not an array"),
    ("wrong-length", GOOD | {"streaks": [0, 1]}, "streaks has 2 values, the image has 3"),
    ("not-a-number", GOOD | {"streaks": [0, None, 1]}, "streaks[1] is null"),
    ("not-a-number", GOOD | {"streaks": [0, True, 1]}, "streaks[1] is true"),
    ("not-a-number", GOOD | {"streaks": [0, [1], 1]}, "streaks[1] is a list"),
    ("not-a-number", GOOD | {"streaks": [0, {}, 1]}, "streaks[1] is an object"),
    ("not-a-number", GOOD | {"streaks": [0, "1_0", 1]}, 'streaks[1] is "1_0"'),
    ("nan-value", GOOD | {"streaks": [0, float("nan"), 1]}, "streaks[1] is nan"),
    ("nan-value", GOOD | {"streaks": [0, "N/A", 1]}, 'streaks[1] is "N/A"'),
    ("infinite-value", GOOD | {"streaks": [0, float("-inf"), 1]}, "streaks[1] is -inf"),
    ("infinite-value", '{"globules": [0, 1, 1], "streaks": [0, 0, 1' + "0" * 400 + "]}", "inf"),
    ("out-of-range", GOOD | {"streaks": [0, 1.5, -2]}, "streaks[1] = 1.5 and 1 more are outside"),
    ("clipped-value", GOOD | {"streaks": [0, 1.0000001, 1]}, "is clipped"),
    ("text-number", GOOD | {"streaks": [0, "0.5", 1]}, 'streaks[1] is the text "0.5"'),
)


@pytest.mark.parametrize(("code", "document", "words"), PROBLEMS)
def test_each_problem_has_its_detail(code, document, words):
    _, problems = read(document)
    (problem,) = [problem for problem in problems if problem.code == code]
    assert problem.where.partition(":")[0] == NAME
    assert words in problem.detail


def test_every_code_of_superpixels_has_a_case():
    own = {rule.code for rule in list_rules(reader="superpixels") if len(rule.applies_to) == 1}
    assert own <= {code for code, *_ in PROBLEMS}


def test_a_valid_file_has_no_problem():
    superpixels, problems = read(GOOD)
    assert problems == ()
    assert {name: v.tolist() for name, v in superpixels.items()} == GOOD


def test_a_broken_line_of_json_is_named():
    _, (problem,) = read('{"globules": [0,\n 1')
    assert problem.where == f"{NAME}:2"


def test_bytes_that_are_no_text_are_no_json():
    _, (problem,) = read_superpixels(b"\xff\x00", features=TWO, name=NAME)
    assert (problem.code, problem.detail) == ("not-json", "the file is not UTF-8 text")


def test_a_byte_order_mark_does_not_matter():
    data = b"\xef\xbb\xbf" + json.dumps(GOOD).encode()
    _, problems = read_superpixels(data, features=TWO, name=NAME)
    assert problems == ()


def test_names_as_in_the_rules_of_2017_are_read():
    names = ("network", "negative network", "milia-like cysts", "streaks")
    superpixels, problems = read({name: [0.5] for name in names}, FOUR, 1)
    assert set(superpixels) >= {"negative_network", "milia_like_cyst", "streaks"}
    assert {problem.code for problem in problems} >= {"misspelt-feature"}
    assert list_errors(problems)


def test_all_problems_are_found_in_one_pass():
    document = {"Globules": [0, None, 1.5], "notes": []}
    _, problems = read(document)
    assert {problem.code for problem in problems} == {
        "misspelt-feature",
        "missing-feature",
        "ignored-feature",
        "not-a-number",
        "out-of-range",
    }


def test_a_text_that_is_a_number_counts_as_it():
    superpixels, problems = read(GOOD | {"streaks": ["0.5", "1", 0]})
    assert [problem.code for problem in problems] == ["text-number"]
    assert superpixels["streaks"].tolist() == [0.5, 1.0, 0.0]


def test_without_a_known_number_the_features_must_agree():
    _, (problem,) = read({"globules": [0, 1], "streaks": [1]}, n_expected=None)
    assert (problem.code, problem.detail) == (
        "wrong-length",
        "the features differ in length: globules has 2, streaks has 1",
    )


def test_the_truth_holds_0_and_1():
    data = json.dumps({"globules": [0, 1], "streaks": [1, 0]}).encode()
    truth = read_truth_superpixels(data, features=TWO, name=NAME)
    assert truth["globules"].tolist() == [0.0, 1.0]
    soft = json.dumps({"globules": [0, 0.5], "streaks": [1, 0]}).encode()
    with pytest.raises(IsicevalError, match=r"the truth .*globules\[1\] = 0\.5 is none of 0, 1"):
        read_truth_superpixels(soft, features=TWO, name=NAME)


@settings(deadline=None)
@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:0.1glonultrkse', max_size=60))
def test_any_text_is_read_or_refused(content):
    data = content if isinstance(content, bytes) else content.encode()
    superpixels, problems = read_superpixels(data, features=TWO, name=NAME)
    assert set(superpixels) <= set(TWO)
    assert list_errors(problems)


def encode(labels, mode="RGB"):
    labels = np.asarray(labels, dtype=np.uint32)
    channels = np.stack([labels & 255, labels >> 8 & 255, labels >> 16 & 255], axis=-1)
    buffer = io.BytesIO()
    Image.fromarray(channels.astype(np.uint8), "RGB").convert(mode).save(buffer, format="PNG")
    return buffer.getvalue()


def unpack_badly(data):
    """Put bytes that do not inflate into an image whose checksums all fit."""
    at = data.index(b"IDAT")
    length = int.from_bytes(data[at - 4 : at])
    chunk = b"IDAT" + b"\xff" * length
    checksum = zlib.crc32(chunk).to_bytes(4)
    return data[:at] + chunk + checksum + data[at + 8 + length :]


def test_red_is_the_lowest_byte():
    labels = np.arange(66_000).reshape(220, 300)
    assert count_superpixels(encode(labels), name="s.png") == 66_000


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"no image", "cannot be read as PNG"),
        (encode([[0, 1]])[:-20], "cannot be read as PNG"),
        (encode([[0, 1]])[:30], "cannot be read as PNG"),
        (unpack_badly(encode([[0, 1]])), "cannot be read as PNG"),
        (encode([[0, 1]], "L"), "must be an RGB image, its mode is L"),
        (encode([[0, 2]]), "leave out 1 number"),
    ],
)
def test_an_error_in_a_superpixel_image_is_the_organisers(data, words):
    with pytest.raises(IsicevalError) as caught:
        count_superpixels(data, name="s.png")
    assert words in str(caught.value)


@pytest.mark.parametrize("key", ["x{}", "globule{}"])
def test_very_many_unknown_keys_are_one_problem(key, monkeypatch):
    compared = []

    def match(word, *_, **__):
        compared.append(word)
        return []

    monkeypatch.setattr(superpixels, "get_close_matches", match)
    _, (problem,) = read(GOOD | {key.format(n): 0 for n in range(20_000)})
    assert problem.code == "ignored-feature"
    assert problem.detail.startswith('unknown: "')
    assert problem.detail.endswith(" and 19,990 more")
    assert len(compared) <= MAX_COMPARED
