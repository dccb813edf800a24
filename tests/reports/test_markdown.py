import re

import pytest

from tests.builders import from_cases


def cells(line):
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def tables(text):
    blocks = [block.splitlines() for block in text.split("\n\n")]
    return [block for block in blocks if block[0].startswith("|")]


def test_the_summary_of_a_scorecard(make):
    problems = (make.problem("all-black", "ISIC_0000001.png", severity="warning"),)
    text = make.markdown(make.scorecard(missing=1, problems=problems))
    assert (
        text
        == f"""\
## model.zip on 2018/1: Thresholded Jaccard 0.5300

5 images, 1 missing, 0 files ignored.

| Metric | Complete | As submitted | Note |
| --- | ---: | ---: | --- |
| **Thresholded Jaccard (ranking)** | **0.5300** | **0.6625** | **1 of 5 undefined, counted as 1** |
| Jaccard | 0.6300 | 0.7875 | 1 of 5 undefined, counted as 1 |
| Dice | 0.6942 | 0.8678 | 1 of 5 undefined, counted as 1 |
| Accuracy | 0.7580 | 0.9475 |  |
| Sensitivity | 0.7800 | 0.9750 | 1 of 5 undefined, counted as 1 |
| Specificity | 0.7492 | 0.9365 |  |
| Failure rate | 0.4000 | 0.2500 | share with a Jaccard below 0.65 |
| Median Jaccard | 0.7500 | 0.8250 |  |

Complete counts the 1 missing as failures, as submitted covers only the 4 that were sent.

- Median image: ISIC_0000000 (Jaccard 0.7500)
- Worst image: ISIC_0000004 (Jaccard 0.0000)

### Worst 5 images

| Image | Jaccard | Dice | Sensitivity | Specificity | Status |
| --- | ---: | ---: | ---: | ---: | --- |
| ISIC_0000004 | 0.0000 | 0.0000 | 0.0000 | 0.0000 | missing |
| ISIC_0000001 | 0.5000 | 0.6667 | 1.0000 | 0.8889 | scored |
| ISIC_0000000 | 0.7500 | 0.8571 | 1.0000 | 0.8571 | scored |
| ISIC_0000003 | 0.9000 | 0.9474 | 0.9000 | 1.0000 | scored |
| ISIC_0000002 | 1.0000 | 1.0000 | 1.0000 | 1.0000 | scored |

### Warnings (1)

| Code | Count | What is wrong | Where | Fix |
| --- | ---: | --- | --- | --- |
| all-black | 1 | something is wrong | ISIC_0000001.png | make it right |

Signature: `{make.signature}`
"""
    )


def test_a_complete_scorecard_has_one_column_of_values(make):
    text = make.markdown(make.scorecard(conversions={"JPEG": 2}))
    assert "| Metric | Value | Note |" in text
    assert "As submitted" not in text
    assert "### Converted (lenient)\n\n- JPEG (2)" in text


def test_a_scorecard_without_defined_images_has_no_worst(make):
    card = make.scorecard(task="2017/1")
    object.__setattr__(card, "measured", from_cases(case for case in card.cases if case.undefined))
    assert "Worst" not in make.markdown(card)


def test_the_leaderboard_lists_the_invalid_last_with_their_codes(make):
    problems = (make.problem("empty-file", "a"), make.problem("odd", "b", severity="warning"))
    board = make.board(make.standing(1, "a", team="T"), make.standing(None, "b", problems=problems))
    text = make.markdown(board)
    table, aside = tables(text)
    assert cells(table[0])[:4] == ["Rank", "Team", "Submission", "Thresholded Jaccard"]
    assert cells(table[2])[:4] == ["1", "T", "a", "0.6625"]
    assert cells(aside[2]) == ["b", "invalid: 1 error", "empty-file (1)"]
    assert f"\n\nSignature: `{make.signature}`" in text


def test_a_validation_groups_its_problems(make):
    problems = [make.problem("x", f"p{n}", detail=f"m{n}", fix=f"f{n}") for n in range(5)]
    text = make.markdown(make.validation([*problems, make.problem("y", "")]))
    assert text.startswith(
        "## masks.zip for 2018/1: INVALID: 6 errors\n\nZip: 12 images expected, 10"
    )
    (table,) = tables(text)
    where = "p0, p1, p2 and 2 more"
    assert cells(table[2]) == ["x", "5", "for example: m0", where, "for example: f0"]
    assert cells(table[3]) == ["y", "1", "something is wrong", "", "make it right"]


@pytest.mark.parametrize("name", ["a|b", "`a`|", "<script>alert(1)</script>", "\n\n# x", "a\\|b"])
def test_a_hostile_name_stays_in_its_cell(make, name):
    problems = (make.problem("odd", name, severity="warning", detail=name, fix=name),)
    standing = make.standing(1, name, team=name, approach=name)
    for text in (
        make.markdown(make.board(standing)),
        make.markdown(make.scorecard(submission=name, problems=problems)),
        make.markdown(make.validation(problems, submission=name)),
    ):
        assert "<script" not in text
        assert not re.search(r"^# x", text, re.MULTILINE)
        for table in tables(text):
            assert len({len(cells(line.replace("\\\\", ""))) for line in table}) == 1
