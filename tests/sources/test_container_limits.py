import pickle

import pytest

from isiceval.model import Size
from isiceval.sources import container
from isiceval.sources.container import ReadError, format_bytes, is_junk, is_too_large


@pytest.mark.parametrize(
    "name",
    [
        "__MACOSX/._ISIC_0000001.png",
        "a/__macosx/ISIC_0000001.png",
        "__MACOSX",
        "._ISIC_0000001.png",
        "a/b/._x",
        ".DS_Store",
        "a/.ds_store",
        "Thumbs.db",
        "a/THUMBS.DB",
        "desktop.ini",
        "ATTRIBUTION.txt",
        "a/License.TXT",
    ],
)
def test_system_files_are_junk(name):
    assert is_junk(name)


@pytest.mark.parametrize(
    "name",
    [
        "ISIC_0000001.png",
        "_ISIC_0000001.png",
        "a/__MACOSX_/ISIC_0000001.png",
        "my thumbs.db",
        "desktop.ini.png",
        "LICENSE",
        "README.txt",
        ".hidden.png",
    ],
)
def test_other_files_are_not(name):
    assert not is_junk(name)


def test_read_error_survives_the_way_between_processes():
    error = ReadError("damaged-member", "a.png", "is broken")
    copy = pickle.loads(pickle.dumps(error))
    assert copy.problem == error.problem
    assert copy.args == ("damaged-member", "a.png", "is broken")


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1.0 KiB"),
        (64 * 1024**2, "64.0 MiB"),
        (8 * 1024**3, "8.0 GiB"),
    ],
)
def test_bytes_are_written_as_people_do(count, text):
    assert format_bytes(count) == text


def test_the_images_of_2019_and_2020_may_lie_in_one_folder():
    assert container.MAX_MEMBERS > 33_126


@pytest.mark.parametrize(
    ("width", "height", "too_large"),
    [
        (2**27, 1, False),
        (2**27 + 1, 1, True),
        (1, 2**21, False),
        (1, 2**27, True),  # a word for each row: 1 GiB
        (2**13, 2**14, False),
    ],
)
def test_a_row_counts_as_whole_words(width, height, too_large):
    assert is_too_large(Size(width, height)) == too_large
