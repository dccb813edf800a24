"""What isiceval raises on purpose; anything else is a bug."""

from __future__ import annotations

from collections.abc import Sequence

from isiceval.model import Problem


class IsicevalError(Exception):
    """The organiser's side is at fault: the truth, a task file, a configuration.

    The message is one clear sentence; ``exit_status`` is what the command line returns.
    """

    exit_status = 3


class UsageError(IsicevalError):
    """The call itself makes no sense: an unknown option value, a path that is not there."""

    exit_status = 2


class InvalidSubmission(IsicevalError):  # noqa: N818 - the name users see; an invalid submission is a verdict
    """The submission breaks at least one rule; ``problems`` holds all that were found."""

    exit_status = 1

    def __init__(self, submission: str, problems: Sequence[Problem]) -> None:
        """Say how many errors there are and name the first few."""
        self.submission = submission
        self.problems = tuple(problems)
        errors = [p for p in self.problems if p.severity == "error"]
        noun = "error" if len(errors) == 1 else "errors"
        shown = "; ".join(f"[{p.code}] {p.where}: {p.message}" for p in errors[:3])
        more = f"; and {len(errors) - 3} more" if len(errors) > 3 else ""
        super().__init__(f"{submission} is invalid, {len(errors)} {noun}: {shown}{more}")

    def __reduce__(self) -> tuple[type[InvalidSubmission], tuple[str, tuple[Problem, ...]]]:
        """Survive the way between processes."""
        return type(self), (self.submission, self.problems)
