"""Groups, metadata and manifests: what is read, and one sentence for what is wrong."""

import pytest

from isiceval.errors import IsicevalError, UsageError
from isiceval.model import Size
from isiceval.sources.sidecars import (
    Groups,
    format_manifest,
    read_groups,
    read_manifest,
    read_metadata,
)
from isiceval.tasks.task import find_task

TASK = find_task("2018/1")
TABLE = find_task("2018/3")
IMAGES = ("ISIC_0000001", "ISIC_0000002")


@pytest.fixture
def metadata(tmp_path):
    def read(text):
        path = tmp_path / "facts.csv"
        path.write_text(text, newline="")
        return read_metadata(path, task=TASK, images=IMAGES)

    return read


@pytest.fixture
def groups(tmp_path):
    def read(text):
        path = tmp_path / "groups.csv"
        path.write_text(text, newline="")
        return read_groups(path)

    return read


@pytest.fixture
def manifest(tmp_path):
    def read(text, task=TASK):
        path = tmp_path / "sizes.csv"
        path.write_text(text, newline="")
        return read_manifest(path, task=task)

    return read


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("key", ["image", "isic_id", "Image_Name"])
def test_metadata_are_columns_by_image(metadata, key, mark):
    rows = [[key, "age", "site"], ["ISIC_0000002", "50", "back"], ["ISIC_0000001", "", "arm"]]
    assert metadata("\n".join(mark.join(row) for row in rows)) == {
        "age": {"ISIC_0000002": "50", "ISIC_0000001": ""},
        "site": {"ISIC_0000002": "back", "ISIC_0000001": "arm"},
    }


def test_ids_of_metadata_may_be_file_names_and_other_images_are_ignored(metadata):
    found = metadata("image,sex\nisic_0000001.jpg,male\nISIC_0000009,male\n")
    assert found == {"sex": {"ISIC_0000001": "male"}}


def test_a_short_row_of_metadata_leaves_a_column_out(metadata):
    assert metadata("image,age,sex\nISIC_0000001,50\n") == {
        "age": {"ISIC_0000001": "50"},
        "sex": {},
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "facts.csv is empty"),
        ("age,sex\n1,male\n", "line 1: there is no column of image ids; name it image"),
        ("image,age,age\nISIC_0000001,1,2\n", "line 1: the column 'age' is there twice"),
        (
            "image,age\nISIC_0000001,1\n\nISIC_0000001,2\n",
            "facts.csv, line 4: ISIC_0000001 has a row already",
        ),
        (
            "image,age\nISIC_0000007,1\n",
            "no row is about an image of the truth, such as ISIC_0000001",
        ),
    ],
)
def test_what_is_wrong_with_metadata(metadata, text, words):
    with pytest.raises(IsicevalError, match=words) as caught:
        metadata(text)
    assert caught.value.exit_status == 3
    assert str(caught.value).startswith("facts.csv")


def test_metadata_that_are_not_there(tmp_path):
    with pytest.raises(UsageError, match="cannot read the metadata"):
        read_metadata(tmp_path / "no.csv", task=TASK, images=IMAGES)


def test_groups_and_strata_are_read_whatever_else_is_there(groups):
    found = groups("\ufeffImage;sex;Group;stratum\na;f;p1;x\n\nb;m;;y\n")
    assert found == Groups(
        where="groups.csv", group_of={"a": "p1", "b": ""}, strata={"a": "x", "b": "y"}
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("image,age\na,50\n", "column 'group' .*patient_id.* 'stratum'; found 'image', 'age'"),
        ("image,group\n", "groups.csv: there is no row below the names of the columns"),
        ("image_name_1,image_name_2\na,\n", "line 2: 'a' lacks a cell"),
        ("group\np\n", "there is no column 'image' of image ids; found 'group'"),
        ("", "groups.csv is empty"),
        ("image,group\na,p\na,q\n", "line 3: a has two values of group"),
        ("image,group\na\n", "line 2: 'a' lacks a cell"),
        ("image,group\n,p\n", "lacks a cell"),
        ("image,stratum\na,\n", "a has a blank stratum"),
        ('image,group\n"a,p\n', "not readable as CSV"),
    ],
)
def test_what_is_wrong_with_groups(groups, text, words):
    with pytest.raises(IsicevalError, match=words) as caught:
        groups(text)
    assert caught.value.exit_status == 3


def test_groups_that_are_not_there(tmp_path):
    with pytest.raises(UsageError, match="cannot read the table of groups"):
        read_groups(tmp_path / "none.csv")


def test_a_manifest_comes_back_as_it_was_written(manifest):
    sizes = {"ISIC_0000001": Size(30, 20), "ISIC_0000002": Size(7, 9)}
    assert manifest(format_manifest(sizes)).sizes == sizes


def test_a_manifest_of_a_table_needs_no_sizes(manifest):
    text = format_manifest({"a": None, "b": None})
    assert text == "image,width,height\na,,\nb,,\n"
    assert manifest(text, TABLE).sizes == {"a": None, "b": None}
    with pytest.raises(IsicevalError, match="whole numbers"):
        manifest(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,w,h\n", "line 1: there is no column 'image' in the manifest; found 'id', 'w', 'h'"),
        ("", "sizes.csv is empty"),
        ("image,width,height\n", "sizes.csv: the manifest names no image"),
        ("image,width,height\na,1,x\n", "line 2: width and height must be whole numbers"),
        ("image,width,height\na,1\n", "line 2: width and height must be whole numbers"),
        ("image,width,height\na,1,0\n", "line 2: width and height must be above 0"),
        ("image,width,height\n,1,1\n", "line 2: there is no image id"),
        ("image,width,height\na,1,1\na,1,1\n", "line 3: a has a row already"),
    ],
)
def test_what_is_wrong_with_a_manifest(manifest, text, words):
    with pytest.raises(IsicevalError, match=words) as caught:
        manifest(text)
    assert caught.value.exit_status == 3


def test_a_manifest_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="cannot read the manifest"):
        read_manifest(tmp_path / "none.csv", task=TASK)
