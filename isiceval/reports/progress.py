"""A progress bar with images per second, for terminals only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

SECONDS_BETWEEN = 0.1


class RateColumn(ProgressColumn):
    """Images per second so far."""

    def render(self, task: Task) -> Text:
        """Render the rate, or nothing before there is one."""
        if not task.elapsed or not task.completed:
            return Text("")
        return Text(f"{task.completed / task.elapsed:.1f} images/s", style="progress.data.speed")


@contextmanager
def show_progress(console: Console, verb: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar while the block runs; yield the function that moves it.

    It is drawn from the calls alone, a few times a second, without a thread of its own, so
    that worker processes can still be forked safely while it is shown.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as bar:
        task = bar.add_task(verb, total=None)
        drawn = 0.0

        def move(done: int, total: int) -> None:
            nonlocal drawn
            now = monotonic()
            due = now - drawn > SECONDS_BETWEEN or done == total
            drawn = now if due else drawn
            bar.update(task, completed=done, total=total, refresh=due)

        yield move
