import pickle

import pytest

from isiceval.sources.container import ReadError, format_bytes, is_junk


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
