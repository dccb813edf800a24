"""What isiceval raises on purpose; anything else is a bug."""

from __future__ import annotations

from isiceval.model import Problem, Validation


class IsicevalError(Exception):
    """Something of the organiser's is wrong: the truth, a task file, a configuration.

    The message is one clear sentence; ``exit_status`` is what the command line returns.
    """

    exit_status = 3


class UsageError(IsicevalError):
    """The call itself is wrong: an unknown option value, a path that does not exist."""

    exit_status = 2


class CannotResample(UsageError):  # noqa: N818 - says what is wrong in two words
    """A scorecard does not hold what a bootstrap of its images is computed from."""


class InvalidSubmission(IsicevalError):  # noqa: N818 - the name users see
    """The submission has at least one error; ``problems`` has all that were found."""

    exit_status = 1

    def __init__(self, validation: Validation) -> None:
        """Make a message of the number of errors and the first three."""
        self.validation = validation
        errors = validation.errors
        noun = "error" if len(errors) == 1 else "errors"
        shown = "; ".join(f"[{p.code}] {p.where}: {p.detail}" for p in errors[:3])
        more = f"; and {len(errors) - 3} more" if len(errors) > 3 else ""
        name = validation.submission
        super().__init__(f"{name} is invalid, {len(errors)} {noun}: {shown}{more}")

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return every problem found, warnings too."""
        return self.validation.problems

    def __reduce__(self) -> tuple[type[InvalidSubmission], tuple[Validation]]:
        """Let the error be pickled, on its way from a worker process."""
        return type(self), (self.validation,)
