"""Rules on the submission as a whole."""

import pytest

from isiceval.checks.submission import empty_submission, nested_zip
from isiceval.model import Fault


@pytest.mark.parametrize(
    ("form", "ignored", "message"),
    [
        ("folder", (), "the folder holds no mask"),
        ("zip", (".DS_Store",), "the zip holds no mask, only 1 system file that is ignored"),
        ("zip", ("a", "b"), "the zip holds no mask, only 2 system files that are ignored"),
        ("memory", (), "the mapping holds no mask"),
        ("none", (), "the submission holds no mask"),
    ],
)
def test_an_empty_submission_says_what_it_is(make_evidence, form, ignored, message):
    evidence = make_evidence(form=form, names=(), ignored=ignored, readings=())
    (problem,) = empty_submission.check(evidence)
    assert problem.message == message
    assert problem.where == "masks"
    assert ("mapping" in problem.fix) == (form == "memory")


def test_a_submission_that_could_not_be_opened_is_not_called_empty(make_evidence):
    fault = Fault("unreadable-zip", "masks.zip", "cut off")
    assert empty_submission.check(make_evidence(names=(), faults=(fault,))) == ()


@pytest.mark.parametrize(
    ("form", "fix"), [("zip", "zip the masks, not the zip"), ("folder", "unpack it in the folder")]
)
def test_a_zip_inside_has_the_fix_that_fits_its_place(make_evidence, form, fix):
    fault = Fault("nested-zip", "inner.zip", "is a zip")
    (problem,) = nested_zip.check(make_evidence(form=form, faults=(fault,)))
    assert problem.fix.startswith(fix)
