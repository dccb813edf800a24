"""The words of problems of tables and superpixel files."""

from isiceval.model import Problem
from isiceval.tasks.faults import describe_faults, pick_errors


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
