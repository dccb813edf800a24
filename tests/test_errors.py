"""What is raised on purpose."""

import pickle

import pytest

from isiceval.errors import InvalidSubmission, IsicevalError, UsageError
from isiceval.model import Problem, Validation


def make_problem(number, severity="error"):
    return Problem(
        code="empty-file", severity=severity, where=f"{number}.png", detail="is empty", fix="f"
    )


def make_error(*problems):
    return InvalidSubmission(
        Validation(
            task="2018/1",
            submission="masks.zip",
            form="zip",
            n_expected=9,
            n_matched=9,
            problems=problems,
        )
    )


def test_one_error_is_named():
    error = make_error(make_problem(1), make_problem(2, "warning"))
    assert str(error) == "masks.zip is invalid, 1 error: [empty-file] 1.png: is empty"


def test_three_errors_are_named():
    message = str(make_error(*map(make_problem, range(3))))
    assert message.startswith("masks.zip is invalid, 3 errors: [empty-file] 0.png: is empty; ")
    assert message.endswith("[empty-file] 2.png: is empty")


def test_of_many_errors_the_rest_is_counted():
    message = str(make_error(*map(make_problem, range(5))))
    assert "2.png" in message
    assert "3.png" not in message
    assert message.endswith("; and 2 more")


def test_problems_hold_warnings_too():
    problems = (make_problem(1), make_problem(2, "warning"))
    assert make_error(*problems).problems == problems


def test_invalid_submission_survives_the_way_between_processes():
    error = make_error(make_problem(1))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is InvalidSubmission
    assert str(again) == str(error)
    assert again.validation == error.validation


@pytest.mark.parametrize(
    ("error", "status"),
    [(IsicevalError("x"), 3), (UsageError("x"), 2), (make_error(make_problem(1)), 1)],
)
def test_exit_status_tells_whose_fault_it_is(error, status):
    assert error.exit_status == status
    assert isinstance(error, IsicevalError)
