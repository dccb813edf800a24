"""The fast path reads a table as the careful one does, or leaves it to that."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from isiceval.checks.evidence import ProblemCollector
from isiceval.readers.csv.table import read_any_table, read_clean_table, read_table
from isiceval.tasks.task import CsvFormat

IDS = tuple(f"ISIC_{n:07d}" for n in range(5))
LAYOUTS = (
    CsvFormat(columns=("MEL", "NV"), synonyms={"image_name": "image"}, warn_official=True),
    CsvFormat(columns=("malignant",), one_class=True, unofficial=("lesion",), strict=False),
    CsvFormat(columns=("malignant",), synonyms={"lesion": "image"}, unofficial=("lesion",)),
    CsvFormat(columns=("MEL", "NV"), header="none", strict=False),
    CsvFormat(columns=("MEL", "NV"), header="optional", strict=False),
    CsvFormat(columns=("CLASS",), labels=(0.0, 1.0)),
    CsvFormat(columns=("CLASS",), labels=(0.0, 1.0), words={"1": 0.0}),
    CsvFormat(columns=("MEL",), id_pattern="[a-z]+|ISIC_[0-9]{7}"),
)
PIECES = st.sampled_from(
    [b"", b"0", b"1", b"9", b".", b",", b"\n", b"\r\n", b"\r", b"_", b"-", b"+", b"e", b"E5", b"e-9",
     b"nan", b"inf", b" ", b'"', b";", b"\t", b"#", b"A", b"a", b"1e999", b"0x1", b"\xc3\xa9", b"\0",
     b"\xef\xbb\xbf", b"image", b"image_name", b"lesion", b"ISIC_0000001", b"0.5"]
)  # fmt: skip
NUMBERS = (
    st.floats(0, 1).map(repr)
    | st.floats(0, 1).map("{:.3f}".format)
    | st.floats(-0.1, 1.1).map("{:e}".format)
    | st.text("0123456789", min_size=16, max_size=40).map("0.{}".format)
    | st.sampled_from(["0", "1", "0.", ".5", "1.0", "+0.25", "-0.0", "4.9e-324", "00.5", "1E0"])
)


@st.composite
def tables(draw):
    """Draw a layout and the bytes of a table that fits it, or nearly."""
    layout = draw(st.sampled_from(LAYOUTS))
    cells = NUMBERS if not layout.labels else st.sampled_from(["0", "1", "0.0", "1e0", "2"])
    rows = [[image, *(draw(cells) for _ in layout.columns)] for image in draw(st.permutations(IDS))]
    lines = [",".join(row) for row in rows[: draw(st.sampled_from([5, 5, 5, 4, 1]))]]
    header = [] if layout.header == "none" else [",".join(layout.required)]
    data = "".join(f"{line}\n" for line in [*header, *lines]).encode()
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(start + 6, len(data))))
        data = data[:start] + draw(PIECES) + data[end:]
    return layout, data


@given(tables(), st.sampled_from([IDS, IDS[::-1], IDS[:4], None]))
@example((LAYOUTS[1], b"image,malignant\r\nISIC_0000000,0.5\r\n"), ("ISIC_0000000",))
@example((LAYOUTS[7], b"image,MEL\nISIC_0000000,0.5\n"), ("ISIC_0000000",))
@example((LAYOUTS[2], b"lesion,malignant\nISIC_0000000,0.5\n"), ("ISIC_0000000",))
@example((LAYOUTS[1], b"image,malignant\nISIC_0000000,0.1_5\n"), ("ISIC_0000000",))
def test_both_readers_agree(layout_and_data, expected):
    layout, data = layout_and_data
    found = read_clean_table(data, layout=layout, expected=expected)
    if found is None:
        return
    clean, clean_lines = found
    problems = ProblemCollector("s.csv")
    table, lines = read_any_table(data, layout=layout, expected=expected, problems=problems)
    assert problems.list_problems() == ()
    assert (clean.ids, clean.columns, list(clean_lines)) == (table.ids, table.columns, lines)
    assert clean.values.dtype == table.values.dtype == np.float64
    assert clean.values.tobytes() == table.values.tobytes()
    assert (clean.weights, clean.texts) == (table.weights, table.texts) == ({}, {})


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("layout", LAYOUTS[:6])
@pytest.mark.parametrize("step", [1, -1])
def test_a_clean_table_is_read_fast(layout, end, step):
    numbers = "01111" if layout.labels else [f"0.{n}7" for n in range(5)]
    rows = [[image, *(n for _ in layout.columns)] for image, n in zip(IDS, numbers, strict=True)]
    header = [] if layout.header == "none" else [layout.required]
    data = "".join(",".join(row) + end for row in [*header, *rows[::step]]).encode()
    for expected in (IDS, None):
        clean = read_clean_table(data, layout=layout, expected=expected)
        assert clean is not None
        assert clean[0].ids == IDS[::step]
    found, problems = read_table(data, layout=layout, name="s.csv", expected=IDS)
    assert problems == ()
    assert found.ids == IDS
    assert found.values[:, 0].tolist() == [float(number) for number in numbers]


def test_names_of_kaggle_are_read_fast_and_unofficial_ones_are_not():
    data = b"image_name,MEL,NV\nISIC_0000000,0.5,0.25\nISIC_0000001,0.25,0.5\n"
    assert read_clean_table(data, layout=LAYOUTS[0], expected=IDS[:2]) is not None
    data = b"lesion,malignant\nISIC_0000000,0.5\nISIC_0000001,0.25\n"
    assert read_clean_table(data, layout=LAYOUTS[2], expected=IDS[:2]) is None


def test_the_digest_depends_on_neither_order_nor_spelling():
    layout = CsvFormat(columns=("MEL", "NV"), weights=("score_weight",), texts=("patient_id",))
    one = (
        b"image,MEL,NV,score_weight,patient_id\nISIC_0000001,.5,1,2,p%s\nISIC_0000000,0,1e-5,1,q\n"
    )
    two = b"image,NV,MEL,score_weight,patient_id\nISIC_0000000,.00001,0.0,1,q\nISIC_0000001,1,0.50,2,p%s"
    digests = {
        read_table(data, layout=layout, name="s.csv", expected=expected)[0].compute_digest()
        for data in (one, two)
        for expected in (None, IDS[:2])
    }
    # SHA-256 of "ISIC_0000000 [0.0, 1e-05] [1.0, 'q']\nISIC_0000001 [0.5, 1.0] [2.0, 'p%s']\n".
    assert digests == {"c71efac1d7408a596dcda21d8806a75a8a1f9bc0f5b0d1094c06aea9e69ef46e"}
