"""Findings become few faults, and every code has its words."""

import pytest

from isiceval.model import Problem
from isiceval.readers.csv.findings import (
    Findings,
    describe_faults,
    name_lines,
    name_texts,
    pick_errors,
    quote,
)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([7], "line 7"),
        ([7, 8], "lines 7 to 8"),
        ([1, 3, 4, 5, 9], "lines 1, 3 to 5, 9"),
        (list(range(0, 30, 2)), "lines 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22 and 3 more"),
    ],
)
def test_lines_are_named_shortly(lines, words):
    assert name_lines(lines) == words


def test_findings_on_one_subject_are_one_fault():
    findings = Findings("s.csv")
    for line in (9, 3, 4, 9):
        findings.add("empty-cell", f"first {line}", subject="MEL", line=line)
    findings.add("empty-cell", "other", subject="NV", line=2)
    findings.add_lines("tied-classes", "ties", [])
    findings.add("missing-id", "none")
    assert findings.to_faults() == (
        Problem("empty-cell", "s.csv:3", "first 9; also lines 4, 9"),
        Problem("empty-cell", "s.csv:2", "other"),
        Problem("missing-id", "s.csv", "none"),
    )


def test_long_lists_and_texts_are_cut():
    assert name_texts([str(n) for n in range(12)]) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"
    assert quote("x" * 50) == '"' + "x" * 37 + '..."'


def test_every_code_says_what_is_wrong_why_it_matters_and_what_to_do():
    for code, words in describe_faults().items():
        assert words.severity in {"error", "warning"}
        assert words.title.endswith(".")
        assert words.text.endswith(".")
        assert words.fix
        assert not words.fix.endswith(".")
        assert code == code.lower().replace("_", "-").replace(" ", "-")


def test_errors_are_told_from_warnings():
    faults = (Problem("hard-labels", "s", ""), Problem("missing-id", "s", ""))
    assert pick_errors(faults) == faults[1:]
