"""All rules together: each is complete, each can speak and be silent, none is forgotten."""

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

import isiceval
from isiceval.checks.evidence import Evidence
from isiceval.checks.rules import RULES, SUBJECTS, check, explain, list_rules
from isiceval.errors import UsageError
from isiceval.model import Pairing, Problem, Size
from isiceval.tasks.catalogue import find_task
from isiceval.tasks.faults import describe_faults

FIRST = "ISIC_0000001"
CONTAINER_FAULTS = (
    "not-a-submission",
    "unreadable-zip",
    "encrypted-member",
    "unsupported-compression",
    "nested-zip",
    "overlapping-members",
    "duplicate-member",
    "unsafe-name",
    "symbolic-link",
    "too-many-members",
    "oversized-member",
    "damaged-member",
)
FILE_FAULTS = (
    "empty-file",
    "wrong-format",
    "damaged-png",
    "unreadable-file",
    "wrong-array",
    "unusable-colours",
    "trailing-data",
    "odd-chunks",
)
READINGS = {
    "wrong-mode": {"mode": "RGB", "foreground": None, "values": ()},
    "wrong-dimensions": {"size": Size(30, 40), "foreground": None, "values": ()},
    "not-binary": {"values": (0, 1), "foreground": 0},
    "all-black": {"values": (0,), "foreground": 0},
    "all-white": {"values": (255,), "foreground": 1200},
    "looks-inverted": {"foreground": 1100, "border": 0.9},
    "several-regions": {"regions": 2},
    "has-holes": {"holes": 2},
    **{code: {"problems": (Problem(code, "x", "is not as it should be"),)} for code in FILE_FAULTS},
}
PAIRINGS = {
    "missing-prediction": {"missing": (FIRST,)},
    "duplicate-prediction": {"duplicates": {FIRST: ("a.png", "b.png")}},
    "unexpected-file": {"unexpected": ("notes.txt",)},
    "several-submissions": {
        "duplicates": {n: (f"one/{n}.png", f"two/{n}.png") for n in (FIRST, "ISIC_0000002")},
        "unexpected": ("one/notes.txt",),
    },
}
SHIFTED = {f"ISIC_000000{n}": Size(n, 9) for n in range(1, 6)}


@pytest.fixture
def make_broken(make_evidence, make_reading):
    """Return a builder of evidence that breaks the rule of a code, and no other."""

    def build(code: str) -> Evidence:
        if code in CONTAINER_FAULTS or code in describe_faults():
            return make_evidence(problems=(Problem(code, "masks.zip", "is not as it should be"),))
        if code in READINGS:
            return make_evidence(make_reading(**READINGS[code]))
        if code in PAIRINGS:
            return make_evidence(pairing=Pairing(matched={}, **PAIRINGS[code]))
        if code == "grey-mask":
            grey = make_reading(values=(0, 9, 255), foreground=None)
            return make_evidence(grey, task=find_task("2016/1"))
        if code == "empty-submission":
            return make_evidence(names=(), readings=())
        readings = [make_reading(image, size=Size(s.width + 1, 9)) for image, s in SHIFTED.items()]
        return make_evidence(*readings, expected=SHIFTED)

    return build


def test_a_fine_submission_has_no_problem(make_evidence):
    assert check(make_evidence()) == ()


@pytest.mark.parametrize("code", RULES)
def test_each_rule_speaks_where_it_is_broken_and_only_there(make_broken, code):
    problems = check(make_broken(code))
    brings_along = {"wrong-dimensions"} if code == "looks-shifted" else set()
    assert {problem.code for problem in problems} == {code} | brings_along
    assert {p.severity for p in problems if p.code == code} == {RULES[code].severity}


@pytest.mark.parametrize("form", ["folder", "memory"])
@pytest.mark.parametrize("code", RULES)
def test_messages_are_one_short_plain_line(make_broken, code, form):
    for problem in check(replace(make_broken(code), form=form)):
        for words in (problem.detail, problem.fix):
            assert words == words.strip() != ""
            assert words.isprintable()
            assert len(words) <= 120
        assert len(problem.detail) <= 100
        assert not problem.detail.endswith(".")
        assert problem.where


@pytest.mark.parametrize("rule", list_rules(), ids=lambda rule: rule.code)
def test_each_rule_says_what_why_and_how_to_fix_it(rule):
    assert re.fullmatch("[a-z]+(-[a-z]+)*", rule.code)
    assert rule.title.endswith(".")
    assert rule.title.count(". ") == 0
    assert len(rule.title) <= 100
    assert len(rule.text) > len(rule.title)
    assert rule.fix
    assert "\n" not in rule.title + rule.fix


@pytest.mark.parametrize("rule", list_rules(), ids=lambda rule: rule.code)
def test_the_function_of_a_rule_is_called_like_its_code(rule):
    assert rule.find.__name__ == rule.code.replace("-", "_")


def test_no_two_rules_share_a_code():
    codes = [
        code
        for subject in SUBJECTS
        for code in re.findall(r'@rule\("([^"]+)"', Path(subject.__file__).read_text("utf-8"))
    ]
    assert sorted([*codes, *describe_faults()]) == sorted(RULES)


def test_rules_are_listed_errors_first():
    severities = [rule.severity for rule in list_rules()]
    assert severities == sorted(severities)
    assert set(severities) == {"error", "warning"}


def test_problems_come_in_rule_order_and_within_a_rule_by_place(make_evidence, make_reading):
    evidence = make_evidence(
        make_reading("ISIC_0000003", mode="RGB"),
        make_reading("ISIC_0000002", values=(0, 1)),
        make_reading(FIRST, mode="P", regions=4),
        pairing=Pairing(matched={}, unexpected=("z", "a"), missing=("ISIC_0000009",)),
    )
    found = [(problem.code, problem.where) for problem in check(evidence)]
    assert found == [
        ("missing-prediction", "ISIC_0000009"),
        ("wrong-mode", "ISIC_0000001_segmentation.png"),
        ("wrong-mode", "ISIC_0000003_segmentation.png"),
        ("unexpected-file", "a"),
        ("unexpected-file", "z"),
        ("not-binary", "ISIC_0000002_segmentation.png"),
        ("several-regions", "ISIC_0000001_segmentation.png"),
    ]


@pytest.mark.parametrize("code", ["all-black", "All_Black", " ALL BLACK "])
def test_a_rule_is_explained_by_its_code(code):
    assert explain(code) is RULES["all-black"]


def test_a_mistyped_code_gets_the_nearest_one():
    with pytest.raises(UsageError, match="no problem code 'al-blak'; did you mean 'all-black'"):
        explain("al-blak")


def test_a_code_like_no_other_gets_the_list():
    with pytest.raises(UsageError, match="the codes are not-a-submission, unreadable-zip"):
        explain("42")


def test_a_fault_without_a_rule_is_a_bug_and_not_passed_over(make_evidence, make_reading):
    reading = make_reading(problems=(Problem("bad-smell", "x", "smells"),))
    with pytest.raises(LookupError, match="bad-smell"):
        check(make_evidence(reading))


def test_every_fault_that_reading_can_report_has_a_rule():
    folder = Path(isiceval.__file__).parent
    paths = [path for path in sorted(folder.rglob("*.py")) if path.parent.name != "tables"]
    source = "\n".join(path.read_text("utf-8") for path in paths)
    used = set(re.findall(r'Problem\(\s*(?:code=)?"([^"]+)"', source))
    assert used
    assert used <= set(RULES)


@pytest.mark.parametrize(
    ("kind", "has", "lacks"),
    [
        ("mask", {"wrong-mode", "unsafe-name"}, {"missing-id", "not-json"}),
        ("masks", {"wrong-mode", "unsafe-name"}, {"missing-id", "not-json"}),
        ("superpixels", {"not-json", "nan-value", "unsafe-name"}, {"missing-id", "wrong-mode"}),
        ("table", {"missing-id", "nan-value"}, {"not-json", "unsafe-name", "wrong-mode"}),
    ],
)
def test_rules_of_a_kind_are_those_its_submissions_can_break(kind, has, lacks):
    codes = {rule.code for rule in list_rules(kind=kind)}
    assert has <= codes
    assert not lacks & codes


def test_every_problem_code_written_in_inputs_is_one_that_has_a_rule():
    told = {*CONTAINER_FAULTS, *FILE_FAULTS}
    assert told < set(RULES)
    assert not told & {*PAIRINGS, "wrong-mode", "grey-mask", "empty-submission"}


def test_rules_cannot_see_a_pixel_of_the_truth():
    names = {field.name for field in fields(Evidence)}
    assert names == {
        "task",
        "submission",
        "form",
        "names",
        "ignored",
        "problems",
        "pairing",
        "expected",
        "readings",
        "lenient",
    }
