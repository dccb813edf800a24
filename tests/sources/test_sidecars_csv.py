"""The reader of the organiser's CSVs: encodings, delimiters, and one way of wording errors."""

import pytest

from isiceval.errors import IsicevalError, UsageError
from isiceval.sources.sidecars import Row, read_csv_file


def read(path):
    return read_csv_file(path, role="the table of teams", keys=("file",))


@pytest.fixture
def parse(tmp_path):
    """Read a text as the content of a.csv."""

    def write_and_read(text, **options):
        (tmp_path / "a.csv").write_text(text, encoding="utf-8", newline="")
        return read_csv_file(tmp_path / "a.csv", role="the table", **options)

    return write_and_read


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_read_in_utf_8_and_utf_16(tmp_path, encoding):
    path = tmp_path / "teams.csv"
    path.write_bytes("\r\nfile;team\r\na; Zürich\r\n".encode(encoding))
    file = read(path)
    assert file.header == Row(2, ("file", "team"))
    assert file.rows == (Row(3, ("a", "Zürich")),)


def test_another_encoding_is_refused_with_its_line(tmp_path):
    path = tmp_path / "teams.csv"
    path.write_bytes("file,team\na,A\nb,Zürich\n".encode("cp1252"))
    with pytest.raises(IsicevalError, match=r"^teams.csv, line 3: this is not UTF-8 text; save it"):
        read(path)


def test_half_a_utf_16_character_is_refused(tmp_path):
    path = tmp_path / "teams.csv"
    path.write_bytes("file\na\n".encode("utf-16")[:-1])
    with pytest.raises(IsicevalError, match=r"^teams.csv: this is not UTF-16 text; save it"):
        read(path)


def test_a_table_that_is_not_there_is_a_fault_of_the_call(tmp_path):
    with pytest.raises(UsageError, match=r"^cannot read the table of teams .*none.csv: No such"):
        read(tmp_path / "none.csv")


@pytest.mark.parametrize("text", ["", "\n \n", "\ufeff", ",,\n"])
def test_an_empty_table_is_refused(parse, text):
    with pytest.raises(IsicevalError, match=r"^a.csv is empty: its first line must name the col"):
        parse(text, keys=())


def test_the_delimiter_is_the_one_that_gives_the_key(parse):
    assert parse("file;a,b,c\n", keys=("file",)).header.cells == ("file", "a,b,c")
    assert parse("x;a,b,c\n", keys=("file",)).header.cells == ("x;a", "b", "c")


def test_a_quotation_mark_without_a_partner(parse):
    text = 'file,size\na,5" wide\nb,"x"y\n'
    loose = parse(text, keys=("file",), strict=False)
    assert [row.cells for row in loose.rows] == [("a", '5" wide'), ("b", "xy")]
    with pytest.raises(IsicevalError, match=r"^a.csv, line 3: not readable as CSV"):
        parse(text, keys=("file",))


def test_a_cell_beyond_the_limit_is_one_clear_sentence(parse):
    with pytest.raises(IsicevalError, match="line 1: not readable as CSV: field larger"):
        parse("x" * 200_000, keys=("file",))


def test_columns_are_found_in_any_spelling(parse):
    file = parse("Image ID,b\n", keys=("image_id",))
    assert file.find_column("image", "image_id") == 0
    assert file.find_column("image") is None
    with pytest.raises(IsicevalError, match=r"a.csv, line 1: there is no column 'image' of ids; f"):
        file.require_column("image", "of ids")


def test_only_the_columns_that_are_kept_are_held(parse):
    text = "\ufeffA,image,b,Group\n1, x ,2,p\n3,y\n4,,5,\n"
    file = parse(text, keys=("image",), kept={"image", "group"})
    assert file.header.cells == ("A", "image", "b", "Group")
    assert [row.cells for row in file.rows] == [("", "x", "", "p"), ("", "y"), ("", "", "", "")]
    assert parse(text, keys=("image",), kept={"c"}).rows[0].cells == ()
