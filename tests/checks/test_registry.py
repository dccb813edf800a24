"""How a docstring becomes a rule, and how faults reach their rule."""

import pytest

from isiceval.checks.registry import Finding, find_faults, rule
from isiceval.model import Problem


@rule("made-up", "warning")
def made_up(evidence):
    """Something is made up.

    One paragraph that
    goes over two lines.

    Another one.

    Fix: think of
    something else.
    """
    yield Finding("b", "second")
    yield Finding("a", "first", "its own fix")


def test_the_docstring_is_the_rule():
    assert made_up.code == "made-up"
    assert made_up.severity == "warning"
    assert made_up.title == "Something is made up."
    assert made_up.text == "One paragraph that goes over two lines.\n\nAnother one."
    assert made_up.fix == "think of something else."


def test_problems_come_in_order_of_place_with_the_rules_fix_where_none_is_given(make_evidence):
    first, second = made_up.check(make_evidence())
    assert (first.where, first.detail, first.fix) == ("a", "first", "its own fix")
    assert (second.where, second.detail, second.fix) == ("b", "second", "think of something else.")
    assert {(p.code, p.severity) for p in (first, second)} == {("made-up", "warning")}


def test_a_rule_without_words_has_empty_ones():
    silent = rule("silent", "error")(lambda evidence: ())
    assert (silent.title, silent.text, silent.fix) == ("", "", "")


@pytest.mark.parametrize(("where", "shown"), [("a.png", "a.png"), ("", "masks")])
def test_a_fault_of_the_container_names_its_place_or_else_the_submission(
    make_evidence, where, shown
):
    evidence = make_evidence(problems=(Problem("damaged-member", where, "cut off"),))
    assert list(find_faults(evidence, "damaged-member")) == [Finding(shown, "cut off")]
    assert list(find_faults(evidence, "unsafe-name")) == []


def test_a_fault_met_twice_is_told_once(make_evidence, make_reading):
    reading = make_reading(problems=(Problem("damaged-member", "", "cut off while reading"),))
    known = Problem("damaged-member", reading.name, "cut off")
    other = Problem("damaged-member", "other.png", "cut off")
    told = list(find_faults(make_evidence(reading, problems=(known, other)), "damaged-member"))
    assert told == [Finding(reading.name, "cut off"), Finding("other.png", "cut off")]


def test_two_faults_of_one_file_are_told_as_one_problem(make_evidence, make_reading):
    faults = (Problem("damaged-png", "x", "bad checksum"), Problem("damaged-png", "x", "no end"))
    told = list(find_faults(make_evidence(make_reading(problems=faults)), "damaged-png"))
    assert [finding.message for finding in told] == ["bad checksum; no end"]
