"""Rules on names."""

import dataclasses

import pytest

from isiceval.model import FileMatch, Problem
from isiceval.tasks.task import Naming, find_task

FIRST = "ISIC_0000001"
MATCHED = {"ISIC_0000003": "ISIC_0000003.png"}


def test_every_missing_image_is_named_with_the_file_to_add(find_problems, make_evidence):
    missing = ("ISIC_0000002", FIRST)
    problems = find_problems(
        "missing-prediction", make_evidence(pairing=FileMatch(matched=MATCHED, missing=missing))
    )
    assert [p.where for p in problems] == [FIRST, "ISIC_0000002"]
    assert problems[0].detail == "there is no file for this image"
    assert problems[0].fix == "add ISIC_0000001_segmentation.png"


def test_where_no_file_matches_the_truth_may_be_another_one(find_problems, make_evidence):
    pairing = FileMatch(matched={}, missing=(FIRST,))
    (problem,) = find_problems("missing-prediction", make_evidence(pairing=pairing))
    assert "check that the truth or images belong to this submission" in problem.fix


def test_a_missing_array_is_asked_for_by_its_key(find_problems, make_evidence):
    pairing = FileMatch(matched={}, missing=(FIRST,))
    (problem,) = find_problems("missing-prediction", make_evidence(form="memory", pairing=pairing))
    assert problem.detail == "there is no entry for this image"
    assert problem.fix == 'add its prediction under the key "ISIC_0000001"'


def test_an_example_without_an_id_still_gives_a_file_name(find_problems, make_evidence):
    naming = Naming(image="[a-z]+[0-9]{3}", example="MASK.png")
    task = dataclasses.replace(find_task("2018/1"), naming=naming)
    pairing = FileMatch(matched=MATCHED, missing=("skin007",))
    (problem,) = find_problems("missing-prediction", make_evidence(task=task, pairing=pairing))
    assert problem.fix == "add skin007.png"


@pytest.mark.parametrize("code", ["not-a-submission", "unreadable-zip"])
def test_nothing_is_missed_in_a_submission_that_could_not_be_opened(
    find_problems, make_evidence, code
):
    pairing = FileMatch(matched={}, missing=(FIRST,))
    given = Problem(code, "masks", "is a text file")
    assert (
        find_problems("missing-prediction", make_evidence(pairing=pairing, problems=(given,))) == ()
    )
    assert find_problems("missing-prediction", make_evidence(pairing=pairing, names=())) == ()


def test_images_are_missed_also_beside_a_damaged_member(find_problems, make_evidence):
    pairing = FileMatch(matched={}, missing=(FIRST,))
    given = Problem("damaged-member", "x.png", "cut off")
    assert (
        len(find_problems("missing-prediction", make_evidence(pairing=pairing, problems=(given,))))
        == 1
    )


@pytest.mark.parametrize(("form", "noun"), [("zip", "files"), ("memory", "keys")])
def test_duplicates_name_every_file(find_problems, make_evidence, form, noun):
    found = ("a/ISIC_0000001.png", "b/ISIC_0000001.png")
    pairing = FileMatch(matched={}, duplicates={FIRST: found})
    (problem,) = find_problems("duplicate-prediction", make_evidence(form=form, pairing=pairing))
    assert problem.where == FIRST
    assert problem.detail == f"2 {noun} for one image: {found[0]}, {found[1]}"
    assert ("keys" if form == "memory" else "file") in problem.detail
    assert ("key" in problem.fix) == (form == "memory")


def find_unexpected(find_problems, make_evidence, name, *, missing=(), **changes):
    pairing = FileMatch(matched={}, missing=missing, unexpected=(name,))
    (problem,) = find_problems("unexpected-file", make_evidence(pairing=pairing, **changes))
    assert problem.where == name
    return problem


@pytest.mark.parametrize("name", ["notes.txt", "ISIC_0009999_segmentation.png", "x_000001.png"])
def test_a_stray_file_may_just_be_left_out(find_problems, make_evidence, name):
    problem = find_unexpected(find_problems, make_evidence, name)
    assert problem.detail == "belongs to no expected image"
    assert problem.fix == (
        "leave it out, unless truth or images lack its image; predictions are named like "
        "ISIC_0012345_segmentation.png"
    )


@pytest.mark.parametrize(
    "name",
    ["ISIC_00000012.png", "old/0000001.png", "ISIC_0000001 (copy).png", "x99990000001.png"],
)
def test_a_stray_file_with_the_number_of_an_image_would_be_refused(
    find_problems, make_evidence, name
):
    problem = find_unexpected(find_problems, make_evidence, name)
    assert problem.detail == (
        "contains the number of ISIC_0000001; the official server would refuse two files for it"
    )


def test_only_the_file_name_is_searched_for_numbers_not_its_folder(find_problems, make_evidence):
    assert (
        "no expected" in find_unexpected(find_problems, make_evidence, "0000001/notes.txt").detail
    )


def test_a_stray_file_with_the_number_of_a_missing_image_may_be_its_mask(
    find_problems, make_evidence
):
    problem = find_unexpected(find_problems, make_evidence, "mask-0000001.png", missing=(FIRST,))
    assert problem.detail == "contains the number of ISIC_0000001, which is missing"
    assert problem.fix.startswith("if it is the prediction for that image, name it ISIC_0000001_")


def test_the_official_server_is_not_spoken_of_for_ids_it_does_not_know(
    find_problems, make_evidence
):
    problem = find_unexpected(
        find_problems, make_evidence, "x0000001.png", expected={"skin_0000001": None}
    )
    assert problem.detail == "belongs to no expected image"


def test_an_unexpected_key_is_called_a_key(find_problems, make_evidence):
    problem = find_unexpected(find_problems, make_evidence, "ISIC_0009999", form="memory")
    assert problem.detail == "this key is the id of no expected image"
