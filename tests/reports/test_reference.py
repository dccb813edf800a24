from dataclasses import dataclass, replace

from isiceval.reports.reference import describe_rule, describe_rules, describe_task, describe_tasks
from isiceval.tasks.task import find_task, iter_tasks


@dataclass(frozen=True)
class Words:
    code: str = "all-black"
    severity: str = "warning"
    title: str = "A mask marks nothing."
    why: str = "First paragraph\nin two lines.\n\nSecond paragraph."
    fix: str = "look at the mask"


def test_tasks_are_one_line_each(make):
    lines = make.plain(describe_tasks(iter_tasks()), width=160).splitlines()
    assert lines[0].split("  ")[0] == "Task"
    line = next(line for line in lines if line.startswith("2018/1"))
    assert "Thresholded Jaccard" in line
    assert "training 2594, validation 100, test 1000" in line
    assert line.endswith("today, 2018")


def test_a_task_with_everything(make):
    text = make.plain(describe_task(find_task("2018/1")), width=100)
    for fact in (
        "2018/1  Lesion boundary segmentation",
        "ranking metric   Thresholded Jaccard (threshold_jaccard), the mean over images",
        "file name        ISIC_0012345_segmentation.png (case does not matter)",
        "after the id     _segmentation, nothing",
        "foreground       grey value above 128",
        "grey masks       accepted and thresholded, with a warning",
        "undefined (0/0)  counts as 1 in that metric",
        "failed image     Jaccard below 0.65",
        "one region       expected; several regions or holes are a warning",
        "also allowed     *.pdf",
        "- today (shown here): as the official scorer",
        "- 2018: as the code of 2018",
        "- The rules ask for one connected region without holes",
        "arXiv:1902.03368",
    ):
        assert fact in text


def test_a_task_in_another_profile(make):
    text = make.plain(describe_task(find_task("2018/1", profile="2018")), width=100)
    assert "undefined (0/0)  counts as 0 in that metric" in text
    assert "- 2018 (shown here): as the code of 2018" in text


def test_a_task_that_refuses_grey_and_leaves_out(make):
    text = make.plain(describe_task(find_task("2016/1")), width=100)
    assert "grey masks       refused, except two values, which are rescaled to 0 and 255" in text
    assert "undefined (0/0)  left out of the mean of that metric" in text
    assert "one region       not expected" in text
    assert "also allowed     nothing beside the masks" in text


def test_a_task_of_a_users_own(make):
    own = replace(
        find_task("2017/1"), id="own", splits={}, cases=7, profiles={}, notes=(), digest="abc"
    )
    text = make.plain(describe_task(own), width=100)
    assert "images           7" in text
    assert "task file        SHA-256 begins abc" in text
    assert "Profiles" not in text
    assert "Notes" not in text
    assert "as many as the truth has" in make.plain(describe_task(replace(own, cases=None)))


def test_rules_are_one_line_each(make):
    text = make.plain(describe_rules([Words(), Words(code="a", severity="error")]))
    assert text == (
        "Code       Severity  Rule\n"
        "------------------------------------------\n"
        "all-black  warning   A mask marks nothing.\n"
        "a          error     A mask marks nothing.\n"
        "\n"
        "isiceval explain CODE prints the whole rule.\n"
    )


def test_no_rules_print_a_bare_table(make):
    assert make.plain(describe_rules([])).startswith("Code")


def test_a_rule_prints_all_its_words(make):
    assert make.plain(describe_rule(Words())) == (
        "all-black (warning)\n"
        "\n"
        "A mask marks nothing.\n"
        "\n"
        "First paragraph in two lines.\n"
        "\n"
        "Second paragraph.\n"
        "\n"
        "Fix: look at the mask\n"
    )
    assert "Fix" not in make.plain(describe_rule(Words(fix="")))


def test_a_table_whose_truth_may_use_words(make):
    text = make.plain(describe_task(find_task("2016/3")), width=100)
    assert "words in the truth     benign as 0, malignant as 1; none in a submission" in text
    assert "words" not in make.plain(describe_task(find_task("2017/3")), width=100)
