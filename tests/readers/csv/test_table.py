"""One CSV for each problem, and what reading makes of it."""

import io
import json
import math
import zipfile
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from isiceval.checks.rules import list_errors, list_rules, read_rules
from isiceval.errors import IsicevalError
from isiceval.readers.csv.table import Table, read_table, read_truth_table
from isiceval.tasks.task import CsvFormat

THREE = CsvFormat(columns=("MEL", "NV", "BCC"), one_class=True, warn_official=True)
ONE = CsvFormat(columns=("malignant",))
KAGGLE = CsvFormat(columns=("malignant",), synonyms={"image_name": "image", "target": "malignant"})
LOOSE = CsvFormat(columns=("malignant",), strict=False)
LESIONS = CsvFormat(
    key="lesion_id",
    columns=("MEL", "NV"),
    id_pattern="IL_[0-9]{7}",
    synonyms={"lesion": "lesion_id"},
    unofficial=("lesion",),
)
Y2016 = CsvFormat(columns=("malignant",), header="none", strict=False)
Y2017 = CsvFormat(
    key="image_id",
    columns=("melanoma", "seborrheic_keratosis"),
    header="optional",
    strict=False,
)
SUM = CsvFormat(columns=("MEL", "NV"), distribution=True)
LABELS = CsvFormat(key="ID", columns=("CLASS",), id_pattern=r"\d+", labels=(1.0, 2.0, 3.0))
WEIGHTED = CsvFormat(columns=("MEL",), weights=("score_weight",))

A, B, C = "ISIC_0000001", "ISIC_0000002", "ISIC_0000003"
GOOD = f"image,MEL,NV,BCC\n{A},0.5,0.3,0.2\n{B},0.1,0.8,0.1\n"


def zip_text(name, text):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, text)
    return buffer.getvalue()


def read(data, layout=THREE, expected=(A, B)):
    content = data if isinstance(data, bytes) else data.encode()
    return read_table(content, layout=layout, name="s.csv", expected=expected)


def codes(data, layout=THREE, expected=(A, B)):
    return [problem.code for problem in read(data, layout, expected)[1]]


# code, layout, content, where, words in the detail
PROBLEMS = (
    ("empty-table", THREE, "", "s.csv", "empty"),
    ("empty-table", THREE, " \r\n\n", "s.csv", "empty"),
    ("empty-table", THREE, "image,MEL,NV,BCC\n", "s.csv", "no row of data"),
    ("empty-table", THREE, "# nothing\n", "s.csv", "no row of data"),
    ("not-a-table", THREE, json.dumps([{"image": A}]), "s.csv", "JSON"),
    ("not-a-table", THREE, zip_text("s.csv", GOOD), "s.csv", "format zip"),
    ("not-a-table", THREE, zip_text("xl/workbook.xml", "<x/>"), "s.csv", "an Excel workbook"),
    ("not-a-table", THREE, b"\xd0\xcf\x11\xe0 and more", "s.csv", "an old Excel workbook"),
    ("not-a-table", THREE, b"\xef\xbb\xbf <!doctype html>", "s.csv", "a web page"),
    ("not-a-table", THREE, b"image,MEL\0\0\0", "s.csv", "binary data"),
    ("not-a-table", THREE, b"%PDF-1.7 and more", "s.csv", "format PDF"),
    ("not-a-table", THREE, b"BM\0\0\0", "s.csv", "format BMP"),
    ("not-a-table", THREE, "version https://git-lfs.github.com/\n", "s.csv", "git-lfs pointer"),
    ("wrong-encoding", THREE, GOOD.encode("utf-16"), "s.csv", "UTF-16"),
    ("wrong-encoding", THREE, GOOD.encode() + b"\xa0", "s.csv:4", "0xA0"),
    ("wrong-delimiter", THREE, GOOD.replace(",", ";"), "s.csv:1", "semicolons"),
    ("wrong-delimiter", THREE, GOOD.replace(",", "\t"), "s.csv:1", "tabs"),
    ("wrong-delimiter", THREE, GOOD.replace(",", "|").replace("|BCC", ""), "s.csv:1", "bars"),
    ("wrong-delimiter", Y2016, f"{A};0,5\n{B};0,1\n", "s.csv:1", "semicolons"),
    ("stray-quote", THREE, GOOD.replace("0.5", '"0.5'), "s.csv:3", "not closed"),
    ("comment-line", THREE, "# made by a model\n" + GOOD, "s.csv:1", "#"),
    ("byte-order-mark", THREE, b"\xef\xbb\xbf" + GOOD.encode(), "s.csv", "byte-order mark"),
    ("old-line-ends", THREE, GOOD.replace("\n", "\r"), "s.csv", "3 lines"),
    ("no-final-newline", THREE, GOOD[:-1], "s.csv", "no line end"),
    ("few-newlines", THREE, "image,MEL,NV,BCC" + " " * 2000 + "\n" + GOOD[17:], "s.csv", "2,000"),
    ("missing-header", THREE, GOOD[17:], "s.csv:1", "image,MEL,NV,BCC"),
    ("unexpected-header", Y2016, f"image,malignant\n{A},0.5\n{B},0.1\n", "s.csv:1", "header"),
    ("ignored-header", Y2017, f"a,b,c\n{A},0.5,0.1\n{B},0.2,0.4\n", "s.csv:1", "by position"),
    (
        "column-order",
        Y2017,
        f"image_id,seborrheic_keratosis,melanoma\n{A},0.5,0.1\n{B},0.2,0.4\n",
        "s.csv:1",
        "seborrheic_keratosis, melanoma",
    ),
    ("missing-column", THREE, f"image,MEL,NV\n{A},0.5,0.3\n{B},0.1,0.8\n", "s.csv:1", "BCC"),
    ("extra-column", THREE, GOOD.replace("BCC\n", "BCC,SCC\n"), "s.csv:1", '"SCC"'),
    ("ignored-column", LOOSE, f"image,malignant,x\n{A},0.5,x\n{B},0.1,y\n", "s.csv:1", '"x"'),
    ("index-column", ONE, f",image,malignant\n0,{A},0.5\n1,{B},0.1\n", "s.csv:1", "column 1"),
    ("index-column", ONE, f"image,malignant,Unnamed: 2\n{A},0.5,0\n", "s.csv:1", "column 3"),
    ("misspelt-column", THREE, GOOD.replace("MEL", " Mel "), "s.csv:1", '" Mel " should be "MEL"'),
    ("misspelt-column", ONE, f"image,malignent\n{A},0.5\n{B},0.1\n", "s.csv:1", '"malignant"'),
    ("duplicate-column", THREE, GOOD.replace("BCC", "NV,BCC"), "s.csv:1", '"NV" is there twice'),
    ("unofficial-name", LESIONS, "lesion,MEL,NV\nIL_0000001,0.5,0.1\n", "s.csv:1", '"lesion_id"'),
    ("short-row", THREE, GOOD.replace(",0.1\n", "\n"), "s.csv:3", "3 fields, not 4"),
    ("long-row", THREE, GOOD.replace("0.2\n", "0.2,\n"), "s.csv:2", "5 fields, not 4"),
    ("ignored-field", Y2016, f"{A},0.5,sure\n{B},0.1\n", "s.csv:1", "3 fields, not 2"),
    ("empty-id", ONE, f"image,malignant\n{A},0.5\n ,0.1\n", "s.csv:3", "no id"),
    ("misspelt-id", THREE, GOOD.replace(A, A + ".png"), "s.csv:2", "a file extension"),
    ("misspelt-id", THREE, GOOD.replace(A, A.lower()), "s.csv:2", "capital and small"),
    ("misspelt-id", THREE, GOOD.replace(A, f" {A} "), "s.csv:2", "spaces"),
    ("misspelt-id", THREE, GOOD.replace(A, A + "_downsampled"), "s.csv:2", "_downsampled"),
    ("misspelt-id", THREE, GOOD.replace(A, '"ISIC_0,000,001"'), "s.csv:2", "thousands"),
    ("adjusted-id", THREE, GOOD.replace(A, A + ".JPG"), "s.csv:2", f"read as {A}"),
    ("adjusted-id", Y2016, f"{A.lower()},0.5\n{B},0.1\n", "s.csv:1", f"read as {A}"),
    ("duplicate-id", THREE, GOOD + f"{A},0.1,0.2,0.7\n", "s.csv:4", "line 2 already"),
    ("missing-id", THREE, GOOD.replace(B, A + "9"), "s.csv", f"1 of 2 ids has no row: {B}"),
    ("extra-id", THREE, GOOD + f"{C},0.1,0.2,0.7\n", "s.csv:4", C),
    ("ignored-row", Y2016, f"{A},0.5\n{B},0.1\n{C},0.1\n", "s.csv:3", C),
    ("empty-cell", THREE, GOOD.replace("0.5", " "), "s.csv:2", "column MEL"),
    ("nan-value", THREE, GOOD.replace("0.5", "NaN"), "s.csv:2", 'column MEL: "NaN"'),
    ("nan-value", THREE, GOOD.replace("0.8", "N/A"), "s.csv:3", 'column NV: "N/A"'),
    ("infinite-value", THREE, GOOD.replace("0.5", "-inf"), "s.csv:2", "not finite"),
    ("infinite-value", THREE, GOOD.replace("0.5", "1e999"), "s.csv:2", "not finite"),
    ("not-a-number", THREE, GOOD.replace("0.5", "high"), "s.csv:2", '"high" is text'),
    ("not-a-number", THREE, GOOD.replace("0.5", "53 %"), "s.csv:2", "percentage"),
    ("not-a-number", THREE, GOOD.replace("0.5", "0_5"), "s.csv:2", "text"),
    ("not-a-number", THREE, GOOD.replace("0.5", "\u0665"), "s.csv:2", "text"),
    ("not-a-number", THREE, GOOD.replace("0.5", '"1,000"'), "s.csv:2", "thousands separators"),
    ("decimal-comma", THREE, GOOD.replace("0.5", '"0,5"'), "s.csv:2", "decimal comma"),
    ("out-of-range", THREE, GOOD.replace("0.5", "1.00001"), "s.csv:2", "1.00001 is outside"),
    ("out-of-range", THREE, GOOD.replace("0.5", "-3"), "s.csv:2", "-3.0 is outside"),
    ("clipped-value", THREE, GOOD.replace("0.5", "1.0000001"), "s.csv:2", "clipped"),
    ("not-a-label", LABELS, "ID,CLASS\n1,3\n2,9\n", "s.csv:3", "9.0 is none of 1, 2, 3"),
    ("negative-weight", WEIGHTED, f"image,MEL,score_weight\n{A},1,-1\n", "s.csv:2", "-1.0"),
    ("integer-column", THREE, GOOD.replace("0.5", "1").replace("0.1,0.8", "0,0.8"), "s.csv", "MEL"),
    ("constant-column", THREE, GOOD.replace("0.2\n", "0.1\n"), "s.csv", "BCC is 0.1 in every row"),
    ("tied-classes", THREE, GOOD.replace("0.3", "0.5"), "s.csv:2", "1 row has a tie"),
    ("not-a-distribution", SUM, f"image,MEL,NV\n{A},0.5,0.3\n{B},0.1,0.9\n", "s.csv:2", "0.8"),
    ("hard-labels", THREE, f"image,MEL,NV,BCC\n{A},1.0,0,0.0\n{B},0,1.0,0\n", "s.csv", "0 or 1"),
)  # fmt: skip


@pytest.mark.parametrize(("code", "layout", "content", "where", "words"), PROBLEMS)
def test_each_problem_has_its_place_and_detail(code, layout, content, where, words):
    expected = None if layout in (LABELS, LESIONS) else (A, B)
    _, problems = read(content, layout, expected)
    (problem,) = [problem for problem in problems if problem.code == code]
    assert problem.where == where
    assert words in problem.detail


def test_every_code_of_tables_has_a_case():
    tested = {code for code, *_ in PROBLEMS} | {"shifted-order", "symbolic-link"}
    assert tested == {rule.code for rule in list_rules(reader="csv")}


@pytest.mark.parametrize(
    ("content", "layout"),
    [
        (GOOD, THREE),
        (GOOD.replace("\n", "\r\n"), THREE),
        (GOOD.replace("0.5", " 5e-1 "), THREE),
        ("NV,image,BCC,MEL\n" + f"0.3,{A},0.2,0.5\n\n0.8,{B},0.1,0.1\n", THREE),
        (GOOD.replace(A, f'"{A}"'), THREE),
        (f"image,malignant\n{A},0.5\n{B},1\n", ONE),
        (f"image,MEL,NV\n{A},0.5,0.5\n{B},0.26,0.72\n", SUM),
        (f"image_name,target\n{A},0.5\n{B},1\n", KAGGLE),
        (f"image,malignant\n{A},0.5\n{B},1\n", KAGGLE),
        (f"{A},0.5\n{B},1\n", Y2016),
        (f"{A},0.5,0.25\n{B},1,0\n", Y2017),
        (f"Image_ID,Melanoma,seborrheic_keratosis\n{A},0.5,0.25\n{B},1,0\n", Y2017),
    ],
)
def test_a_valid_file_has_no_problem(content, layout):
    table, problems = read(content, layout)
    assert problems == ()
    assert table.ids == (A, B)
    assert table.values[0, 0] == 0.5


def test_columns_and_rows_come_in_the_order_that_is_asked_for():
    table, problems = read(f"image,NV,BCC,MEL\n{B},0.8,0.1,0.15\n{A},0.3,0.2,0.5\n")
    assert problems == ()
    assert table.columns == ("MEL", "NV", "BCC")
    assert table.ids == (A, B)
    assert table.values.tolist() == [[0.5, 0.3, 0.2], [0.15, 0.8, 0.1]]


def test_all_problems_are_found_in_one_pass():
    rows = [
        f"{A}.png,nan,0.5,2",
        f"{B},0.5,,-1",
        f"{B},0.5,0.1,0.2",
        "ISIC_0000009,high,0.1,0.2",
        f"{C},0.1,0.1",
    ]
    text = "image,MEL,NV,BBC\n" + "\n".join(rows) + "\n"
    layout = CsvFormat(columns=("MEL", "NV", "BCC"))
    _, problems = read(text, layout, (A, B, C, "ISIC_0000004"))
    found = {(problem.code, problem.where.partition(":")[2]) for problem in problems}
    assert found == {
        ("extra-column", "1"),
        ("missing-column", "1"),
        ("misspelt-id", "2"),
        ("duplicate-id", "4"),
        ("extra-id", "5"),
        ("missing-id", ""),
        ("short-row", "6"),
        ("nan-value", "2"),
        ("empty-cell", "3"),
    }
    (hint,) = [problem.detail for problem in problems if problem.code == "missing-column"]
    assert hint == 'missing: BCC (is it "BBC"?)'


def test_one_problem_names_all_its_lines():
    lines = [f"ISIC_{n:07d},{'2' if n % 2 else '0.5'}" for n in range(60)]
    text = "image,malignant\n" + "\n".join(lines) + "\n"
    _, (problem,) = read(text, ONE, None)
    assert problem.where == "s.csv:3"
    assert problem.detail.startswith("column malignant: 2.0 is outside [0, 1]; also lines 5, 7, 9,")
    assert problem.detail.endswith(" and 17 more")


def test_of_two_rows_with_one_id_the_first_counts():
    table, _ = read(GOOD + f"{A},0.1,0.2,0.7\n")
    assert table.ids == (A, B)
    assert table.values[0].tolist() == [0.5, 0.3, 0.2]


def test_a_table_with_problems_is_read_as_far_as_possible():
    text = f"image;mel;NV;BCC\n{A.lower()}.png;0,5;0,3;0,2\n{B};0,1;0,8;0,1\n"
    table, problems = read(text)
    assert {problem.code for problem in list_errors(problems)} == {
        "wrong-delimiter",
        "misspelt-column",
        "misspelt-id",
        "decimal-comma",
    }
    assert table.values.tolist() == [[0.5, 0.3, 0.2], [0.1, 0.8, 0.1]]


def test_columns_of_2017_are_read_by_name_where_the_header_gives_another_order():
    text = f"image_id,seborrheic_keratosis,melanoma\n{A},0.25,0.75\n{B},0.2,0.4\n"
    table, _ = read(text, Y2017)
    assert table.values[0].tolist() == [0.75, 0.25]


def test_clipping_stays_within_a_millionth():
    text = f"image,malignant\n{A},1.0000009\n{B},-0.0000009\n{C},1.0000011\n"
    table, problems = read(text, ONE, (A, B, C))
    assert [problem.code for problem in problems] == ["out-of-range", "clipped-value"]
    assert table.values[:2].tolist() == [[1.0], [0.0]]
    assert math.isnan(table.values[2, 0])


def test_lines_are_counted_by_what_an_editor_shows():
    text = f'image,malignant\n\n"{A}\n",0.5\n{B},high\n'
    _, problems = read(text, ONE)
    assert [(problem.code, problem.where) for problem in problems] == [
        ("misspelt-id", "s.csv:3"),
        ("not-a-number", "s.csv:5"),
    ]


def test_a_header_may_begin_like_a_bitmap():
    _, problems = read(f"BMI,image,malignant\n21,{A},0.5\n19,{B},0.25\n", ONE)
    assert [problem.code for problem in problems] == ["extra-column"]


def test_a_key_of_another_name_is_found_by_its_ids():
    _, problems = read(f"file,malignant\n{A},0.5\n{B},high\n", ONE)
    assert [problem.code for problem in problems] == [
        "extra-column",
        "missing-column",
        "not-a-number",
    ]


@pytest.mark.parametrize("content", ["one line", "file,malignant\n", "file,malignant\nx,0.5\n"])
def test_without_ids_nothing_is_read(content):
    table, problems = read(content, ONE)
    assert table.ids == ()
    assert list_errors(problems)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (f"image,malignant\n{A}.jpg,0.5\n", ["adjusted-id"]),
        ("image,malignant\nisic_0000001 ,0.5\n", ["misspelt-id"]),
        ("image,malignant\nISIC_1,0.5\n", ["misspelt-id"]),
        ("image,malignant\n,0.5\n", ["empty-id"]),
    ],
)
def test_without_expected_ids_the_pattern_decides(content, found):
    assert codes(content, ONE, None) == found


def test_ids_that_pandas_made_floats():
    layout = CsvFormat(key="ID", columns=("CLASS",), id_pattern=r"\d+", labels=(1.0, 2.0))
    table, (problem,) = read("ID,CLASS\n12.0,1\n13.0,2\n", layout, ("12", "13"))
    assert problem.code == "misspelt-id"
    assert "decimals" in problem.detail
    assert table.ids == ("12", "13")


@pytest.mark.parametrize("shift", [1, 7])
def test_ids_in_a_shifted_order(shift):
    ids = [f"ISIC_{n:07d}" for n in range(10)]
    moved = ids[shift:] + ids[:shift]
    text = "image,malignant\n" + "".join(f"{i},{n / 10}\n" for n, i in enumerate(moved))
    _, (problem,) = read(text, ONE, ids)
    assert problem.code == "shifted-order"
    assert f"by {min(shift, 10 - shift)} rows" in problem.detail


def test_ids_in_another_order_are_fine():
    ids = [f"ISIC_{n:07d}" for n in range(10)]
    text = "image,malignant\n" + "".join(f"{i},{n / 10}\n" for n, i in enumerate(reversed(ids)))
    assert codes(text, ONE, ids) == []
    assert codes(text, ONE, ids[:9]) == ["extra-id"]


def test_one_row_is_too_little_to_call_a_column_constant():
    assert codes(f"image,malignant\n{A},1.0\n", ONE, (A,)) == []


@settings(deadline=None)
@given(st.binary(max_size=200))
@example(b'"')
@example(b"image,MEL,NV,BCC\r\r\n\x00")
@example(b"\xff\xfe\x00")
@example(b"image\n" * 3)
def test_any_bytes_are_read_or_refused(data):
    for layout in (THREE, Y2016, Y2017, LABELS):
        table, problems = read_table(data, layout=layout, name="s.csv", expected=(A, B))
        assert {problem.code for problem in problems} <= set(read_rules())
        assert len(table.ids) == len(table.values)
        assert list_errors(problems)


CELLS = st.sampled_from(
    ["image", "MEL", "NV", "BCC", A, B, "0.5", "1", "0.1", "", "nan", '"', "x", " ", "1e9", "#"]
)


@settings(deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=6), max_size=8), st.sampled_from(",;\t"))
def test_any_rows_are_read_or_refused(rows, delimiter):
    text = "\n".join(delimiter.join(row) for row in rows)
    for layout in (THREE, Y2016, Y2017):
        table, problems = read(text, layout)
        assert len(set(table.ids)) == len(table.ids)
        assert not list_errors(problems) or list_errors(problems)[0].where.startswith("s.csv")
        if not list_errors(problems):
            assert not np.isnan(table.values).any()


def test_a_text_column_of_the_truth_is_kept():
    data = f"image,malignant,patient_id\n{A},1,P1\n{B},0, P2\n"
    table = read_truth_table(data.encode(), layout=ONE, name="t.csv")
    assert table.texts == {"patient_id": ("P1", "P2")}
    assert table.values.tolist() == [[1.0], [0.0]]


def test_the_truth_may_weigh_its_rows():
    text = f"image,malignant,score_weight\n{A},1,0.5\n{B},0,2\n"
    table = read_truth_table(text.encode(), layout=ONE, name="t.csv")
    assert table.weights["score_weight"].tolist() == [0.5, 2.0]
    assert "validation_weight" not in table.weights


def test_the_truth_may_hold_words():
    layout = CsvFormat(
        columns=("malignant",), header="none", words={"benign": 0.0, "malignant": 1.0}
    )
    table = read_truth_table(f"{A},malignant\n{B},Benign\n".encode(), layout=layout, name="t.csv")
    assert table.values.tolist() == [[1.0], [0.0]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"image,malignant\n{A},1\n{A},0\n", "the truth t.csv:3: ISIC_0000001 has line 2"),
        (f"image,malignant,x\n{A},1,0\n{B},0,0\n", 'the truth t.csv:1: unknown: "x"'),
        (f"image,malignant\n{A},0\n{B},0\n", "the truth t.csv has no positive case"),
        (f"image,malignant\n{A},1\n{B},1\n", "the truth t.csv has no negative case"),
        (f"image,malignant,score_weight\n{A},1,0\n{B},0,1\n", "no positive case"),
        (f"image,malignant\n{A},0.5\n{B},0\n", "0.5 is none of 0, 1"),
        (f"image,malignant\n{A},x\n{A},0\n", "(and 1 more error)"),
        ("", "the truth t.csv: the file is empty"),
    ],
)
def test_an_error_in_the_truth_is_the_organisers(text, words):
    with pytest.raises(IsicevalError) as caught:
        read_truth_table(text.encode(), layout=ONE, name="t.csv")
    assert words in str(caught.value)


def test_a_truth_of_class_ids_needs_no_positive_case():
    table = read_truth_table(b"ID,CLASS\n1,3\n2,1\n", layout=LABELS, name="t.csv")
    assert table.values.tolist() == [[3.0], [1.0]]


def test_a_cell_may_be_longer_than_pythons_reader_takes():
    long = "x" * 200_000
    assert codes(GOOD + f"{long},0.5,0.3,0.2\n", THREE) == ["extra-id"]
    _, problems = read(GOOD.replace(A, f'"{A}') + long, THREE, (A, B))
    (detail,) = (problem.detail for problem in problems if problem.code == "stray-quote")
    assert "more than 131,072 characters" in detail


NUMBERS = st.one_of(st.floats(), st.sampled_from([1e-4, 9.9e-5, 1e-5, 1e-6, 1e16, 0.1 + 0.2]))


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=20))
def test_the_digest_is_of_numbers_as_repr_writes_them(rows):
    ids = tuple(f"ISIC_{k:07d}" for k in range(len(rows)))
    values = np.array(rows, dtype=np.float64).reshape(-1, 2)
    found = Table(ids=ids, columns=("a", "b"), values=values).compute_digest()
    lines = (f"{image} {list(row)!r} []\n" for image, row in zip(ids, rows, strict=True))
    assert found == sha256("".join(lines).encode()).hexdigest()


@pytest.mark.parametrize("blank", ["\xa0", "\u2003", "\u3000"])
def test_a_blank_that_the_official_scorer_refuses_is_named(blank):
    for cell in (f"0.5{blank}", f"{blank}0.5"):
        _, (problem,) = read(GOOD.replace("0.5", cell), THREE)
        assert problem.code == "not-a-number"
        assert f"no plain space (U+{ord(blank):04X})" in problem.detail
    assert codes(GOOD.replace("0.5", " 0.5 "), THREE) == []
