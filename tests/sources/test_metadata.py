import pytest

from isiceval.errors import IsicevalError, UsageError
from isiceval.sources.metadata import read_metadata, read_metadata_file
from isiceval.tasks.catalogue import find_task

TASK = find_task("2018/1")
IMAGES = ("ISIC_0000001", "ISIC_0000002")


def read(text):
    return read_metadata(text, where="facts.csv", task=TASK, images=IMAGES)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("key", ["image", "isic_id", "Image_Name"])
def test_columns_by_image(key, mark):
    rows = [[key, "age", "site"], ["ISIC_0000002", "50", "back"], ["ISIC_0000001", "", "arm"]]
    assert read("\n".join(mark.join(row) for row in rows)) == {
        "age": {"ISIC_0000002": "50", "ISIC_0000001": ""},
        "site": {"ISIC_0000002": "back", "ISIC_0000001": "arm"},
    }


def test_ids_may_be_file_names_and_other_images_are_passed_over():
    found = read("image,sex\nisic_0000001.jpg,male\nISIC_0000009,male\n")
    assert found == {"sex": {"ISIC_0000001": "male"}}


def test_a_short_row_leaves_a_column_out():
    assert read("image,age,sex\nISIC_0000001,50\n") == {"age": {"ISIC_0000001": "50"}, "sex": {}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "are empty"),
        ("age,sex\n1,male\n", "no column of image ids; name it image"),
        ("image,age,age\nISIC_0000001,1,2\n", "the column 'age' twice"),
        ("image,age\nISIC_0000001,1\nISIC_0000001,2\n", "two rows for ISIC_0000001"),
        (
            "image,age\nISIC_0000007,1\n",
            "no row about any image of the truth, such as ISIC_0000001",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence(text, words):
    with pytest.raises(IsicevalError, match=words) as caught:
        read(text)
    assert caught.value.exit_status == 3
    assert "facts.csv" in str(caught.value)


def test_a_file_that_is_not_there_or_not_text(tmp_path):
    with pytest.raises(UsageError, match="cannot read the metadata"):
        read_metadata_file(tmp_path / "no.csv", task=TASK, images=IMAGES)
    path = tmp_path / "wrong.csv"
    path.write_bytes(b"image,site\nISIC_0000001,\xe4\n")
    with pytest.raises(IsicevalError, match="not UTF-8 text"):
        read_metadata_file(path, task=TASK, images=IMAGES)
    path.write_bytes(b"\xef\xbb\xbfimage,site\nISIC_0000001,arm\n")
    found = read_metadata_file(path, task=TASK, images=IMAGES)
    assert found == {"site": {"ISIC_0000001": "arm"}}
