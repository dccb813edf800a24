import re

import pytest

from isiceval.reports import text as terminal
from tests.builders import from_cases


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


def test_a_valid_submission_is_two_lines(make):
    assert make.plain(terminal.print_validation, make.validation()) == (
        "valid\nmasks.zip (zip) for 2018/1: 12 images expected, 10 found, 1 file ignored\n"
    )


def test_problems_are_grouped_and_counted(make):
    text = make.plain(terminal.print_validation, make.validation(some_problems(make)))
    assert (
        text
        == """\
INVALID: 18 errors, 1 warning
masks.zip (zip) for 2018/1: 12 images expected, 10 found, 1 file ignored

Errors (18)
Code                Count  What is wrong, where, and the fix
--------------------------------------------------------------------------------
missing-prediction     15  there is no mask for this image
                           in ISIC_0000000, ISIC_0000001, ISIC_0000002 and 12
                           more
                           Fix: send it

wrong-dimensions        2  for example: it is 7 x 4
                           in 7.png, 8.png
                           Fix, for example: cut 7

nested-zip              1  a zip in a zip
                           Fix: zip the masks

Warnings (1)
Code                Count  What is wrong, where, and the fix
------------------------------------------------------------
all-black               1  something is wrong
                           in z.png
                           Fix: make it right

isiceval explain CODE prints the rule behind a code.
"""
    )


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_the_counts_of_the_groups_add_up(make, width):
    problems = some_problems(make)
    text = make.plain(terminal.print_validation, make.validation(problems), width=width)
    counts = re.findall(r"^[a-z-]+ +(\d+)  ", text, re.MULTILINE)
    assert sum(map(int, counts)) == len(problems)
    assert max(map(len, text.splitlines()[3:])) <= width


def test_conversions_are_listed(make):
    text = make.plain(terminal.print_validation, make.validation(conversions={"JPEG": 2}))
    assert "\nConverted (lenient)\n- JPEG (2)\n" in text


def test_a_scorecard_with_missing_images_at_width_100(make):
    card = make.scorecard(missing=1, problems=(make.problem("odd", "x", severity="warning"),))
    assert (
        make.plain(terminal.print_scorecard, card, width=100)
        == f"""\
model.zip on 2018/1: Thresholded Jaccard 0.5300
5 images, 1 missing, 0 files ignored

Metric                         Complete  As submitted  Note
--------------------------------------------------------------------------------------
Thresholded Jaccard (ranking)    0.5300        0.6625  1 of 5 undefined, counted as 1
Jaccard                          0.6300        0.7875  1 of 5 undefined, counted as 1
Dice                             0.6942        0.8678  1 of 5 undefined, counted as 1
Accuracy                         0.7580        0.9475
Sensitivity                      0.7800        0.9750  1 of 5 undefined, counted as 1
Specificity                      0.7492        0.9365
Failure rate                     0.4000        0.2500  share with a Jaccard below 0.65
Median Jaccard                   0.7500        0.8250

Complete counts the 1 missing as failures, as submitted covers only the 4 that were sent.
Median image: ISIC_0000000 (Jaccard 0.7500)
Worst image: ISIC_0000004 (Jaccard 0.0000)

Worst 5 images
Image         Jaccard     Dice  Sensitivity  Specificity  Status
-----------------------------------------------------------------
ISIC_0000004   0.0000   0.0000       0.0000       0.0000  missing
ISIC_0000001   0.5000   0.6667       1.0000       0.8889  scored
ISIC_0000000   0.7500   0.8571       1.0000       0.8571  scored
ISIC_0000003   0.9000   0.9474       0.9000       1.0000  scored
ISIC_0000002   1.0000   1.0000       1.0000       1.0000  scored

Warnings (1)
Code  Count  What is wrong, where, and the fix
----------------------------------------------
odd       1  something is wrong
             in x
             Fix: make it right

isiceval explain CODE prints the rule behind a code.

Signature: {make.signature}
"""
    )


def test_a_complete_scorecard_fits_80_columns(make):
    text = make.plain(terminal.print_scorecard, make.scorecard())
    assert "Thresholded Jaccard (ranking)  0.6625  1 of 4 undefined, counted as 1\n" in text
    assert "As submitted" not in text
    assert f"\nSignature: {make.signature}\n" in text


def test_a_scorecard_without_defined_images_says_so(make):
    card = make.scorecard(task="2017/1")
    object.__setattr__(card, "measured", from_cases(case for case in card.cases if case.undefined))
    object.__setattr__(card, "aggregates", dict.fromkeys(card.aggregates, float("nan")))
    text = make.plain(terminal.print_scorecard, card)
    assert "Jaccard -\n" in text
    assert "Worst" not in text


def make_usual_board(make, **fields):
    problems = tuple(some_problems(make))
    return make.board(
        make.standing(1, "a.zip", team="Lab A", approach="U-Net"),
        make.standing(2, "b", team="Lab B", approach="x", missing=2, problems=problems[:1]),
        make.standing(None, "c", status="undefined"),
        make.standing(None, "d.zip", team="Lab D", problems=problems),
        **fields,
    )


def test_a_leaderboard_at_width_100(make):
    board = make_usual_board(make, per="team", ties="earlier", superseded=3)
    assert (
        make.plain(terminal.print_leaderboard, board, width=100)
        == f"""\
Leaderboard of 2018/1 (profile today), ranked on Thresholded Jaccard
4 submissions, the best approach of each team by its latest submission (3 superseded); \
of equal scores the earlier ranks first

                                   Thresholded                   Failure
Rank  Team   Approach  Submission      Jaccard  Jaccard    Dice     rate  Missing  Warnings
-------------------------------------------------------------------------------------------
   1  Lab A  U-Net     a.zip            0.6625   0.7875  0.8678   0.2500        0         0
   2  Lab B  x         b                0.4417   0.5250  0.5785   0.5000        2         1

Not ranked (2)
Team   Submission  Status              Why
----------------------------------------------------------------------------------------------------
       c           undefined           Thresholded Jaccard is defined in no image
Lab D  d.zip       invalid: 18 errors  missing-prediction (15), wrong-dimensions (2), nested-zip (1)

isiceval validate 2018/1 SUBMISSION --truth TRUTH lists every problem of a submission.

Signature: {make.signature}
"""
    )


def test_a_leaderboard_of_sound_submissions_has_no_empty_columns(make):
    text = make.plain(terminal.print_leaderboard, make.board(make.standing(1, "a")))
    assert "Rank  Submission      Jaccard  Jaccard    Dice     rate  Sensitivity  Specificity" in (
        make.plain(terminal.print_leaderboard, make.board(make.standing(1, "a")), width=120)
    )
    for heading in ("Team", "Approach", "Missing", "Warnings", "Not ranked"):
        assert heading not in text
    assert "No ranked submission lacks an image or has a warning." in text


def test_names_that_do_not_fit_are_stacked_and_not_cut(make):
    names = {"team": "A team with a name", "approach": "an approach with another name"}
    long = "submission-2018-07-27.zip"
    text = make.plain(terminal.print_leaderboard, make.board(make.standing(1, long, **names)))
    for name in (*names.values(), long):
        assert re.search(rf"^ .*{name}( |$)", text, re.MULTILINE)


def test_a_name_longer_than_the_line_is_folded_whole(make):
    long = "n" * 100
    text = make.plain(terminal.print_leaderboard, make.board(make.standing(1, long)))
    assert sum(map(len, re.findall("n{10,}", text))) == 100
    assert max(map(len, text.splitlines()[2:-1])) <= 80


def test_a_board_without_a_ranked_submission(make):
    board = make.board(make.standing(None, "c", status="undefined"))
    text = make.plain(terminal.print_leaderboard, board)
    assert "Rank" not in text.replace("ranked", "")
    assert "Not ranked (1)" in text
    assert "isiceval validate" not in text


def test_different_signatures_are_all_printed(make):
    board = make.board(
        make.standing(1, "a", signature="s:1"),
        make.standing(2, "b", signature="s:2"),
        make.standing(3, "c", signature="s:2"),
    )
    text = make.plain(terminal.print_leaderboard, board)
    assert "Signature of 1 submission: s:1\nSignature of 2 submissions: s:2\n" in text


def print_everything(make, print_value, **options):
    name = make.hostile
    problems = (make.problem("odd", name, severity="warning", detail=name, fix=name),)
    validation = make.validation(problems, submission=name, conversions={name: 1})
    standing = make.standing(1, name, team=name, approach=name, problems=problems)
    invalid = make.standing(None, name, team=name, problems=problems)
    return "".join(
        (
            print_value(terminal.print_validation, validation, **options),
            print_value(
                terminal.print_scorecard,
                make.scorecard(submission=name, problems=problems),
                **options,
            ),
            print_value(terminal.print_leaderboard, make.board(standing, invalid), **options),
        )
    )


@pytest.mark.parametrize("width", [80, 120])
def test_hostile_names_cannot_act(make, width):
    for printer in (make.plain, make.terminal):
        text = print_everything(make, printer, width=width)
        assert all(character.isprintable() or character == "\n" for character in text)
    assert "evil\\x1b[31m\\u202egnp.[red]<b>|`x`|</b>\\u200b" in (
        print_everything(make, make.plain, width=200)
    )


def test_colour_is_only_an_extra(make):
    text = print_everything(make, make.terminal, colours=True)
    assert "\x1b[" in text
    assert re.sub(r"\x1b\[[0-9;]*m", "", text) == print_everything(make, make.terminal)
