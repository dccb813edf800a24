"""Problems found while reading: one for each code and subject, worded shortly."""

import pytest

from isiceval.checks.evidence import MAX_SUBJECTS, ProblemCollector, format_lines, quote
from isiceval.model import Problem


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([7], "line 7"),
        ([7, 8], "lines 7 to 8"),
        ([1, 3, 4, 5, 9], "lines 1, 3 to 5, 9"),
        (list(range(0, 30, 2)), "lines 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22 and 3 more"),
    ],
)
def test_lines_are_written_shortly(lines, words):
    assert format_lines(lines) == words


def test_problems_on_one_subject_are_one():
    problems = ProblemCollector("s.csv")
    for line in (9, 3, 4, 9):
        problems.add("empty-cell", f"first {line}", line, subject="MEL")
    problems.add("empty-cell", "other", 2, 5, subject="NV")
    problems.add("missing-id", "none")
    assert problems.list_problems() == (
        Problem("empty-cell", "s.csv:3", "first 9; also lines 4, 9"),
        Problem("empty-cell", "s.csv:2", "other; also line 5"),
        Problem("missing-id", "s.csv", "none"),
    )


def test_long_texts_are_cut():
    assert quote("x" * 50) == '"' + "x" * 37 + '..."'


def test_a_thousand_subjects_of_a_code_are_summed_up():
    problems = ProblemCollector("s.json")
    for subject in range(1000):
        problems.add("duplicate-feature", f"{subject} twice", subject, subject=str(subject))
    problems.add("missing-id", "none")
    *listed, rest, other = problems.list_problems()
    assert len(listed) == MAX_SUBJECTS
    assert rest.detail.startswith("the same is true of more than 100 others; also lines 101 to 999")
    assert (rest.code, other.code) == ("duplicate-feature", "missing-id")
