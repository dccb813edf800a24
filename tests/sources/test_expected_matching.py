import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isiceval.sources.container import FolderContainer
from isiceval.sources.expected import Expected, find_image, group_by_image, match_files
from isiceval.tasks.task import Naming, Task

TASK = Task(id="t", title="T", also_allowed=("*.pdf", "docs/*.md"))
ONE = "ISIC_0000001"
TWO = "ISIC_0000002"


def pair(names, *, expected, task):
    folder = FolderContainer(root="", name="", names=tuple(names))
    return match_files(folder, Expected(sizes=dict.fromkeys(expected), files={}), task=task)


@pytest.mark.parametrize(
    "name",
    [
        "ISIC_0000001.png",
        "ISIC_0000001_segmentation.png",
        "ISIC_0000001_Segmentation.PNG",
        "isic_0000001_SEGMENTATION.Png",
        "deep/er/ISIC_0000001.png",
        "ISIC_0000002/ISIC_0000001.png",
        "ISIC_0000001.JPG",
        "ISIC_0000001_segmentation.jpeg",
        "ISIC_0000001.bmp",
        "ISIC_0000001.tif",
        "ISIC_0000001.tiff",
        "ISIC_0000001.gif",
        "ISIC_0000001.webp",
        "ISIC_0000001.npy",
        "ISIC_0000001",
        "isic_0000001_segmentation",
    ],
)
def test_finds_the_whole_id_in_any_case(name):
    assert find_image(name, Naming()) == ONE


@pytest.mark.parametrize(
    "name",
    [
        "ISIC_00000010.png",
        "ISIC_10000001000.png",
        "XISIC_0000001.png",
        "ISIC_0000001_superpixels.png",
        "ISIC_0000001 (1).png",
        "ISIC_0000001.png.png",
        "ISIC_0000001_segmentation_segmentation.png",
        "ISIC_0000001/mask.png",
        "0000001.png",
        "ISIC_0000001.pdf",
        "ISIC_0000001.txt",
        "ISIC_0000001-segmentation.png",
        ".png",
        "",
    ],
)
def test_never_finds_a_part_of_a_name(name):
    assert find_image(name, Naming()) is None


def test_id_keeps_its_own_case_where_the_pattern_allows_it():
    naming = Naming(image="[A-Za-z]+[0-9]+", suffixes=("",))
    assert find_image("Case12.png", naming) == "Case12"


def test_id_takes_the_lower_case_of_the_pattern():
    assert find_image("CASE12.png", Naming(image="case[0-9]+")) == "case12"


def test_id_of_a_mixed_pattern_stays_as_it_is():
    assert find_image("CASE12.png", Naming(image="Case[0-9]+")) == "CASE12"


def test_an_id_does_not_swallow_the_suffix():
    naming = Naming(image="[a-z_]+", suffixes=("", "_mask"))
    assert find_image("left_knee_mask.png", naming) == "left_knee"


def test_no_suffixes_means_no_suffix():
    naming = Naming(suffixes=())
    assert find_image("ISIC_0000001.png", naming) == ONE
    assert find_image("ISIC_0000001_segmentation.png", naming) is None


def test_a_pattern_that_matches_nothing_is_no_id():
    assert find_image(".png", Naming(image="x*", suffixes=("",))) is None


def test_a_pattern_with_groups_and_dots_works():
    naming = Naming(image=r"(im|pic)\.[0-9]+", suffixes=("",))
    assert find_image("im.12.png", naming) == "im.12"
    assert find_image("im.12", naming) == "im.12"


def test_index_groups_files_and_keeps_the_others():
    names = ["b/isic_0000001.png", "a/ISIC_0000001.png", "ISIC_0000002.jpg", "x.csv", "a.txt"]
    found, others = group_by_image(names, Naming())
    assert found == {ONE: ("a/ISIC_0000001.png", "b/isic_0000001.png"), TWO: ("ISIC_0000002.jpg",)}
    assert list(found) == [ONE, TWO]
    assert others == ("a.txt", "x.csv")


def test_index_joins_ids_that_differ_by_case():
    found, _ = group_by_image(["case1.png", "Case1.png"], Naming(image="[A-Za-z]+[0-9]"))
    assert found == {"Case1": ("Case1.png", "case1.png")}


def test_index_finds_nothing_where_the_pattern_fits_nothing():
    assert group_by_image(["b.png", "a.png"], Naming(image="never")) == ({}, ("a.png", "b.png"))


def test_pair_sorts_every_file_into_one_place():
    names = [
        "m/isic_0000001_Segmentation.PNG",
        "m/ISIC_0000003.png",
        "ISIC_0000001_superpixels.png",
        "paper.PDF",
        "sub/Paper.pdf",
        "docs/read.md",
        "read.md",
        "ISIC_0000009.png",
    ]
    pairing = pair(names, expected=[TWO, ONE, "ISIC_0000003"], task=TASK)
    assert pairing.matched == {
        ONE: "m/isic_0000001_Segmentation.PNG",
        "ISIC_0000003": "m/ISIC_0000003.png",
    }
    assert pairing.missing == (TWO,)
    assert pairing.duplicates == {}
    assert pairing.unexpected == ("ISIC_0000001_superpixels.png", "ISIC_0000009.png", "read.md")


@pytest.mark.parametrize(
    "second",
    [
        "b/ISIC_0000001.png",
        "isic_0000001.png",
        "ISIC_0000001.PNG",
        "ISIC_0000001.jpg",
        "ISIC_0000001_segmentation.png",
    ],
)
def test_two_files_for_one_image_are_duplicates(second):
    names = ["ISIC_0000001.png", second]
    pairing = pair(names, expected=(ONE,), task=TASK)
    assert pairing.duplicates == {ONE: tuple(sorted(names))}
    assert pairing.matched == {}
    assert pairing.missing == ()
    assert pairing.unexpected == ()


def test_ids_come_in_the_spelling_of_the_truth():
    pairing = pair(["ISIC_0000001.png"], expected=["Isic_0000001"], task=TASK)
    assert pairing.matched == {"Isic_0000001": "ISIC_0000001.png"}


def test_accents_match_however_they_are_written():
    name = unicodedata.normalize("NFD", "läsion.png")
    assert name != "läsion.png"
    assert pair([name], expected=["läsion"], task=TASK).matched == {"läsion": name}


def test_expected_ids_need_not_fit_the_pattern():
    task = replace(TASK, naming=Naming(image="never"))
    pairing = pair(["x_segmentation.png"], expected=["x"], task=task)
    assert pairing.matched == {"x": "x_segmentation.png"}


def test_an_allowed_glob_does_not_hide_a_mask():
    task = replace(TASK, also_allowed=("*",))
    pairing = pair(["ISIC_0000001.png", "y.png"], expected=[ONE], task=task)
    assert pairing.matched == {ONE: "ISIC_0000001.png"}
    assert pairing.unexpected == ()


NAMES = st.lists(
    st.one_of(
        st.text(max_size=20),
        st.builds(
            "{}{}_{:07d}{}.{}".format,
            st.sampled_from(["", "a/", "b/"]),
            st.sampled_from(["ISIC", "isic", "XISIC"]),
            st.integers(0, 3),
            st.sampled_from(["", "_segmentation", "0"]),
            st.sampled_from(["png", "PNG", "jpg", "txt"]),
        ),
    ),
    unique=True,
)


@settings(deadline=None)
@given(NAMES)
def test_every_file_and_every_image_is_accounted_for(names):
    task = Task(id="t", title="T")
    expected = [f"ISIC_{n:07d}" for n in range(3)]
    pairing = pair(names, expected=expected, task=task)
    used = [*pairing.matched.values(), *pairing.unexpected]
    used += [name for files in pairing.duplicates.values() for name in files]
    assert sorted(used) == sorted(names)
    told = [*pairing.matched, *pairing.missing, *pairing.duplicates]
    assert sorted(told) == expected
    for image, name in pairing.matched.items():
        assert find_image(name, task.naming) == image


@settings(deadline=None)
@given(NAMES)
def test_indexing_agrees_with_finding(names):
    found, others = group_by_image(names, Naming())
    for image, files in found.items():
        assert {find_image(name, Naming()) for name in files} == {image}
    assert all(find_image(name, Naming()) is None for name in others)
    assert sorted([*others, *(name for files in found.values() for name in files)]) == sorted(names)
