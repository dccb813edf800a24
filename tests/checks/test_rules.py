"""All rules together: each is complete, is reported where it is broken, and none is forgotten."""

import inspect
import re
from dataclasses import fields, replace
from pathlib import Path

import msgspec
import pytest

import isiceval
from isiceval.checks import detect
from isiceval.checks.evidence import Evidence
from isiceval.checks.rules import (
    Rule,
    check_submission,
    complete_problems,
    find_rule,
    list_errors,
    list_rules,
    read_rules,
)
from isiceval.errors import UsageError
from isiceval.model import FileMatch, Problem, Size
from isiceval.tasks.task import find_task

RULES = read_rules()
FIRST = "ISIC_0000001"
READ = tuple(code for code, rule in RULES.items() if not rule.find)
READINGS = {
    "wrong-mode": {"mode": "RGB", "foreground": None, "values": ()},
    "wrong-dimensions": {"size": Size(30, 40), "foreground": None, "values": ()},
    "not-binary": {"values": (0, 1), "foreground": 0},
    "all-black": {"values": (0,), "foreground": 0},
    "all-white": {"values": (255,), "foreground": 1200},
    "looks-inverted": {"foreground": 1100, "border": 0.9},
    "several-regions": {"regions": 2},
    "has-holes": {"holes": 2},
    "wrong-format": {"problems": (Problem("wrong-format", "x", "is a TIFF image"),)},
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
        if code in READ or code == "nested-zip":
            return make_evidence(problems=(Problem(code, "masks.zip", "is not as it should be"),))
        if code in READINGS:
            return make_evidence(make_reading(**READINGS[code]))
        if code in PAIRINGS:
            return make_evidence(pairing=FileMatch(matched={}, **PAIRINGS[code]))
        if code == "grey-mask":
            grey = make_reading(values=(0, 9, 255), foreground=None)
            return make_evidence(grey, task=find_task("2016/1"))
        if code == "empty-submission":
            return make_evidence(names=(), readings=())
        readings = [make_reading(image, size=Size(s.width + 1, 9)) for image, s in SHIFTED.items()]
        return make_evidence(*readings, expected=SHIFTED)

    return build


def test_a_fine_submission_has_no_problem(make_evidence):
    assert check_submission(make_evidence()) == ()


@pytest.mark.parametrize("code", RULES)
def test_each_rule_speaks_where_it_is_broken_and_only_there(make_broken, code):
    problems = check_submission(make_broken(code))
    brings_along = {"wrong-dimensions"} if code == "looks-shifted" else set()
    assert {problem.code for problem in problems} == {code} | brings_along
    assert {p.severity for p in problems if p.code == code} == {RULES[code].severity}


@pytest.mark.parametrize("form", ["folder", "memory"])
@pytest.mark.parametrize("code", RULES)
def test_messages_are_one_short_plain_line(make_broken, code, form):
    for problem in check_submission(replace(make_broken(code), form=form)):
        for words in (problem.detail, problem.fix):
            assert words == words.strip() != ""
            assert words.isprintable()
            assert len(words) <= 150
        assert len(problem.detail) <= 100
        assert not problem.detail.endswith(".")
        assert problem.where


@pytest.mark.parametrize("rule", list_rules(), ids=lambda rule: rule.code)
def test_each_rule_says_what_why_and_how_to_fix_it(rule):
    assert re.fullmatch("[a-z]+(-[a-z]+)*", rule.code)
    assert rule.title.endswith(".")
    assert rule.title.count(". ") == 0
    assert len(rule.title) <= 100
    assert rule.why.endswith(".")
    assert rule.fix
    assert not rule.fix.endswith(".")
    assert "{" not in rule.title + rule.fix
    assert "\n" not in rule.title + rule.why + rule.fix
    assert rule.applies_to


def test_every_function_of_detect_is_that_of_one_rule():
    functions = [
        name
        for name, function in inspect.getmembers(detect, inspect.isfunction)
        if not name.startswith("_") and function.__module__ == detect.__name__
    ]
    assert sorted(rule.find for rule in list_rules() if rule.find) == sorted(functions)


def test_only_rules_with_a_function_have_texts_with_placeholders():
    for rule in list_rules():
        assert bool(rule.find) == bool(rule.detail)
        assert rule.find or not (rule.details or rule.fixes)


def test_a_rule_with_a_misspelt_field_is_refused():
    with pytest.raises(msgspec.ValidationError, match="unknown field `titel`"):
        msgspec.convert({"code": "x", "titel": "y"}, Rule)


def test_rules_are_listed_errors_first():
    severities = [rule.severity for rule in list_rules()]
    assert severities == sorted(severities)
    assert set(severities) == {"error", "warning"}


def test_problems_come_in_rule_order_and_within_a_rule_by_place(make_evidence, make_reading):
    evidence = make_evidence(
        make_reading("ISIC_0000003", mode="RGB"),
        make_reading("ISIC_0000002", values=(0, 1)),
        make_reading(FIRST, mode="P", regions=4),
        pairing=FileMatch(matched={}, unexpected=("z", "a"), missing=("ISIC_0000009",)),
    )
    found = [(problem.code, problem.where) for problem in check_submission(evidence)]
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
    assert find_rule(code) is RULES["all-black"]


def test_a_mistyped_code_gets_the_nearest_one():
    with pytest.raises(UsageError, match="no problem code 'al-blak'; did you mean 'all-black'"):
        find_rule("al-blak")


def test_a_code_like_no_other_gets_the_list():
    with pytest.raises(UsageError, match="the codes are not-a-submission, unreadable-zip"):
        find_rule("42")


def test_a_problem_without_a_rule_is_a_bug_and_not_ignored(make_evidence, make_reading):
    reading = make_reading(problems=(Problem("bad-smell", "x", "smells"),))
    with pytest.raises(LookupError, match="bad-smell"):
        check_submission(make_evidence(reading))


def test_readers_report_every_rule_without_a_function_and_no_other_code():
    folder = Path(isiceval.__file__).parent
    paths = [path for path in sorted(folder.rglob("*.py")) if path.parent.name != "checks"]
    source = "\n".join(path.read_text("utf-8") for path in paths)
    reporting = r'(?:Problem|problems\.add|add_problem)\(\s*(?:\w+(?:\(.*?\))?, )?"([a-z-]+)"'
    reported = set(re.findall(reporting, source))
    assert len(reported) > 40
    assert reported <= set(RULES)
    assert {code for code in READ if f'"{code}"' not in source} == set()


def test_severity_and_fix_are_filled_in():
    given = Problem("hard-labels", "a.csv", "only 0 and 1")
    (problem,) = complete_problems([given])
    assert problem == replace(given, severity="warning", fix=RULES["hard-labels"].fix)
    assert complete_problems([replace(given, fix="try again")])[0].fix == "try again"


def test_several_details_of_one_place_are_one_problem():
    given = [Problem("damaged-png", "x", detail) for detail in ("bad checksum", "no end")]
    (problem,) = complete_problems([*given])
    assert problem.detail == "bad checksum; no end"


def test_errors_are_picked_by_their_rule():
    problems = (Problem("hard-labels", "s", ""), Problem("missing-id", "s", ""))
    assert list_errors(problems) == problems[1:]


@pytest.mark.parametrize(("where", "shown"), [("a.png", "a.png"), ("", "masks")])
def test_a_problem_of_the_whole_names_its_place_or_else_the_submission(make_evidence, where, shown):
    (problem,) = check_submission(
        make_evidence(problems=(Problem("damaged-member", where, "cut off"),))
    )
    assert (problem.where, problem.detail) == (shown, "cut off")


def test_a_problem_met_twice_is_reported_once(make_evidence, make_reading):
    reading = make_reading(problems=(Problem("damaged-member", "", "cut off while reading"),))
    known = Problem("damaged-member", reading.name, "cut off")
    other = Problem("damaged-member", "other.png", "cut off")
    found = check_submission(make_evidence(reading, problems=(known, other)))
    assert [(p.where, p.detail) for p in found] == [
        (reading.name, "cut off"),
        ("other.png", "cut off"),
    ]


@pytest.mark.parametrize(
    ("reader", "has", "lacks"),
    [
        ("masks", {"wrong-mode", "unsafe-name"}, {"missing-id", "not-json"}),
        ("superpixels", {"not-json", "nan-value", "unsafe-name"}, {"missing-id", "wrong-mode"}),
        ("csv", {"missing-id", "nan-value"}, {"not-json", "unsafe-name", "wrong-mode"}),
    ],
)
def test_rules_of_a_reader_are_those_its_submissions_can_break(reader, has, lacks):
    codes = {rule.code for rule in list_rules(reader=reader)}
    assert has <= codes
    assert not lacks & codes


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
