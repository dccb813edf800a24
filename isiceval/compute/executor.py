"""Where jobs run: in this process, or in others that follow the same protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

Progress = Callable[[int, int], None]
"""Called with how many jobs are done, and how many there are."""

Context = TypeVar("Context")
Job = TypeVar("Job")
Result = TypeVar("Result")


class Executor(Protocol):
    """Runs a function on many jobs; where it does so never changes a result."""

    def map(
        self,
        function: Callable[[Context, Job], Result],
        jobs: Sequence[Job],
        *,
        context: Context,
        seconds: float = 0.0,
        isolated: bool = False,
    ) -> Iterator[Result | None]:
        """Yield ``function(context, job)`` for every job, in their order.

        None stands for a job that ended the process it ran in, also when it was run alone.
        ``seconds``: how long one process takes for all, to decide whether others are worth
        starting. ``isolated``: every job gets a process of its own, since one may end it.
        """


@dataclass(frozen=True, slots=True)
class SerialExecutor:
    """Runs every job in this process."""

    def map(
        self,
        function: Callable[[Context, Job], Result],
        jobs: Sequence[Job],
        *,
        context: Context,
        seconds: float = 0.0,  # noqa: ARG002 - nothing to decide
        isolated: bool = False,  # noqa: ARG002 - a job that ends this process ends the run
    ) -> Iterator[Result | None]:
        """Yield the result of every job; see :class:`Executor`."""
        for job in jobs:
            yield function(context, job)
