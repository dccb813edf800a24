"""What isiceval raises on purpose; anything else is a bug."""

from __future__ import annotations

from isiceval.model import Problem, Validation


class IsicevalError(Exception):
    """The organiser's side is at fault: the truth, a task file, a configuration.

    The message is one clear sentence; ``exit_status`` is what the command line returns.
    """

    exit_status = 3


class UsageError(IsicevalError):
    """The call itself makes no sense: an unknown option value, a path that is not there."""

    exit_status = 2


class NotRedrawable(UsageError):  # noqa: N818 - a limit of what was given, said in one word
    """A scorecard no longer holds what draws of its images are computed from."""


class InvalidSubmission(IsicevalError):  # noqa: N818 - the name users see: it is a verdict
    """The submission breaks at least one rule; ``problems`` holds all that were found."""

    exit_status = 1

    def __init__(self, validation: Validation) -> None:
        """Say how many errors there are and name the first few."""
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
        """Survive the way between processes."""
        return type(self), (self.validation,)
