import pytest

from isiceval.sources.limits import is_junk


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
