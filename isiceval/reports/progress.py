"""A progress bar with images per second, and one of draws, for terminals only."""

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
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

SECONDS_BETWEEN = 0.1
SECONDS_BEFORE = 1.0
"""The bar of the bootstrap appears only where it takes longer."""

Callback = Callable[[int, int], None]


class RateColumn(ProgressColumn):
    """Images or draws per second so far."""

    def render(self, task: Task) -> Text:
        """Render the rate, or nothing before there is one."""
        if not task.elapsed or not task.completed:
            return Text("")
        return Text(
            f"{task.completed / task.elapsed:.1f} {task.fields['unit']}/s",
            style="progress.data.speed",
        )


@contextmanager
def show_progress(console: Console, verb: str) -> Iterator[tuple[Callback, Callback]]:
    """Show a bar while the block runs; yield what moves it, and what moves that of the bootstrap.

    They are drawn from the calls alone, a few times a second, without a thread of their own, so
    that worker processes can still be forked safely while they are shown.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as bar:
        task = bar.add_task(verb, total=None, unit="images")
        yield _make_callback(bar, task), _make_later_callback(bar)


def _make_callback(bar: Progress, task: TaskID) -> Callback:
    drawn = 0.0

    def move(done: int, total: int) -> None:
        nonlocal drawn
        now = monotonic()
        due = now - drawn > SECONDS_BETWEEN or done == total
        drawn = now if due else drawn
        bar.update(task, completed=done, total=total, refresh=due)

    return move


def _make_later_callback(bar: Progress) -> Callback:
    """Make the callback of a bar that appears only after a while."""
    started: float | None = None
    callbacks: list[Callback] = []

    def move(done: int, total: int) -> None:
        nonlocal started
        started = monotonic() if started is None else started
        if monotonic() - started < SECONDS_BEFORE:
            return
        if not callbacks:
            callbacks.append(
                _make_callback(bar, bar.add_task("resampling", total=None, unit="draws"))
            )
        callbacks[0](done, total)

    return move
