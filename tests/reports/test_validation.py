"""Problems grouped by code, and the verdict."""

import re

import pytest

from isiceval.reports.validation import count_codes, describe_verdict, group_problems


def some_problems(make):
    missing = [
        make.problem(
            "missing-prediction",
            f"ISIC_{n:07d}",
            detail="there is no mask for this image",
            fix="send it",
        )
        for n in range(15)
    ]
    swapped = [
        make.problem("wrong-dimensions", f"{n}.png", detail=f"it is {n} x 4", fix=f"cut {n}")
        for n in (7, 8)
    ]
    zipped = [make.problem("nested-zip", "", detail="a zip in a zip", fix="zip the masks")]
    black = [make.problem("all-black", "z.png", severity="warning")]
    return [*black, *missing, *swapped, *zipped]


def test_groups_put_errors_first_and_keep_the_order_of_first_appearance(make):
    problems = [
        make.problem("odd", "a", severity="warning"),
        make.problem("second", "b"),
        make.problem("first", "c"),
        make.problem("second", "d"),
    ]
    groups = group_problems(problems)
    assert {code: [one.where for one in found] for code, found in groups.items()} == {
        ("error", "second"): ["b", "d"],
        ("error", "first"): ["c"],
        ("warning", "odd"): ["a"],
    }
    assert [code for _, code in groups] == ["second", "first", "odd"]
    assert count_codes(problems) == {"second": 2, "first": 1, "odd": 1}


def test_a_row_tells_whether_its_first_problem_speaks_for_all(make):
    problems = [
        make.problem("x", "a", detail="m1", fix="f1"),
        make.problem("x", "b", detail="m2", fix="f1"),
    ]
    assert "| x | 2 | for example: m1 | a, b | f1 |" in make.markdown(make.validation(problems))


def test_verdicts(make):
    error, warning = make.problem("e", "a"), make.problem("w", "a", severity="warning")
    assert describe_verdict([]) == "valid"
    assert describe_verdict([warning]) == "valid, 1 warning"
    assert describe_verdict([error, warning, warning]) == "INVALID: 1 error, 2 warnings"
    assert describe_verdict([error]) == "INVALID: 1 error"


def test_a_valid_submission_is_two_lines(make):
    assert make.plain(make.validation()) == (
        "masks.zip for 2018/1: valid\nZip: 12 images expected, 10 found, 1 file ignored.\n"
    )


def test_problems_are_grouped_and_counted(make):
    assert (
        make.plain(make.validation(some_problems(make)))
        == """\
masks.zip for 2018/1: INVALID: 18 errors, 1 warning
Zip: 12 images expected, 10 found, 1 file ignored.

Errors (18)
Code                Count  What is wrong
--------------------------------------------------------------------------------
missing-prediction     15  there is no mask for this image
                           Where: ISIC_0000000, ISIC_0000001, ISIC_0000002 and
                           12 more
                           Fix: send it

wrong-dimensions        2  for example: it is 7 x 4
                           Where: 7.png, 8.png
                           Fix: for example: cut 7

nested-zip              1  a zip in a zip
                           Fix: zip the masks

Warnings (1)
Code       Count  What is wrong
------------------------------------
all-black      1  something is wrong
                  Where: z.png
                  Fix: make it right

isiceval explain CODE prints the rule behind a code.
"""
    )


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_the_counts_of_the_groups_add_up(make, width):
    problems = some_problems(make)
    text = make.plain(make.validation(problems), width=width)
    counts = re.findall(r"^[a-z-]+ +(\d+)  ", text, re.MULTILINE)
    assert sum(map(int, counts)) == len(problems)
    assert max(map(len, text.splitlines()[3:])) <= width


def test_conversions_are_listed(make):
    text = make.plain(make.validation(conversions={"JPEG": 2}))
    assert "\nConverted (lenient)\n- JPEG (2)\n" in text


def test_what_could_not_be_opened_is_called_so(make):
    text = make.plain(make.validation(form="none"))
    assert "Not readable: 12 images expected, 10 found" in text
