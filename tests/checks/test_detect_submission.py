"""Rules on the submission as a whole."""

import pytest

from isiceval.checks.rules import check_submission
from isiceval.model import FileMatch, Problem


@pytest.mark.parametrize(
    ("form", "ignored", "message"),
    [
        ("folder", (), "the folder holds no prediction"),
        ("zip", (".DS_Store",), "the zip holds no prediction, only 1 system file (ignored)"),
        ("zip", ("a", "b"), "the zip holds no prediction, only 2 system files (ignored)"),
        ("memory", (), "the mapping holds no prediction"),
        ("none", (), "the submission holds no prediction"),
    ],
)
def test_an_empty_submission_says_what_it_is(find_problems, make_evidence, form, ignored, message):
    evidence = make_evidence(form=form, names=(), ignored=ignored, readings=())
    (problem,) = find_problems("empty-submission", evidence)
    assert problem.detail == message
    assert problem.where == "masks"
    assert ("mapping" in problem.fix) == (form == "memory")


def test_a_submission_that_could_not_be_opened_is_not_called_empty(find_problems, make_evidence):
    given = Problem("unreadable-zip", "masks.zip", "cut off")
    assert find_problems("empty-submission", make_evidence(names=(), problems=(given,))) == ()


@pytest.mark.parametrize(
    ("form", "fix"), [("zip", "unpack the inner zip, and"), ("folder", "unpack it in the folder")]
)
def test_a_zip_inside_has_the_fix_that_fits_its_place(find_problems, make_evidence, form, fix):
    given = Problem("nested-zip", "inner.zip", "is a zip")
    (problem,) = find_problems("nested-zip", make_evidence(form=form, problems=(given,)))
    assert problem.fix.startswith(fix)


FIRST, SECOND = "ISIC_0000001", "ISIC_0000002"


def hold(make_evidence, *names, zips=(), form="folder"):
    found = {image: tuple(n for n in names if image in n) for image in (FIRST, SECOND)}
    duplicates = {image: files for image, files in found.items() if len(files) > 1}
    given = tuple(Problem("nested-zip", name, "is a zip inside the folder") for name in zips)
    return make_evidence(
        pairing=FileMatch(matched={}, duplicates=duplicates), problems=given, form=form
    )


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_folders_of_the_same_images_are_several_submissions(find_problems, make_evidence, form):
    names = [f"{team}/{image}.png" for team in "abcdef" for image in (FIRST, SECOND)]
    evidence = hold(make_evidence, *names, "a/copy_of/ISIC_0000001.png", zips=["g.zip"], form=form)
    (problem,) = find_problems("several-submissions", evidence)
    assert problem.where == "masks"
    assert problem.detail == "seems to hold 7 submissions: a, b, c, d and 3 more"
    assert "isiceval leaderboard 2018/1" in problem.fix
    assert {problem.code for problem in check_submission(evidence)} == {"several-submissions"}


def test_zips_in_a_folder_are_several_submissions(find_problems, make_evidence):
    (problem,) = find_problems("several-submissions", hold(make_evidence, zips=["a.zip", "b.zip"]))
    assert problem.detail == "seems to hold 2 submissions: a.zip, b.zip"


@pytest.mark.parametrize(
    ("names", "zips"),
    [
        ([f"a/{FIRST}.png", f"b/{FIRST}.png"], []),  # one image of three stands twice
        ([f"a/{FIRST}.png", f"a/{FIRST}_segmentation.png"], []),
        ([f"{FIRST}.png", f"{SECOND}.png", f"a/{FIRST}.png", f"a/{SECOND}.png"], []),
        ([], ["a.zip"]),
    ],
)
def test_a_few_duplicates_or_one_zip_are_one_submission(find_problems, make_evidence, names, zips):
    evidence = hold(make_evidence, *names, zips=zips)
    assert find_problems("several-submissions", evidence) == ()
    assert check_submission(evidence) != ()
