"""A progress bar with images per second, and one of draws, for terminals only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich import progress as bars
from rich.console import Console
from rich.text import Text

SECONDS_BETWEEN = 0.1
SECONDS_BEFORE = 1.0  # the bar of the bootstrap appears only where it takes longer

Callback = Callable[[int, int], None]


class RateColumn(bars.ProgressColumn):
    """Images or draws per second so far."""

    def render(self, task: bars.Task) -> Text:
        """Render the rate, or nothing before there is one."""
        rate = task.completed / task.elapsed if task.elapsed and task.completed else 0
        text = f"{rate:.1f} {task.fields['unit']}/s" if rate else ""
        return Text(text, style="progress.data.speed")


@contextmanager
def show_progress(console: Console, verb: str) -> Iterator[tuple[Callback, Callback]]:
    """Show a bar while the block runs; yield what moves it, and what moves that of the bootstrap.

    They are drawn from the calls alone, a few times a second, without a thread of their own, so
    that worker processes can still be forked safely while they are shown.
    """
    columns = (
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        RateColumn(),
        bars.TimeRemainingColumn(),
    )
    progress = bars.Progress(*columns, console=console, transient=True, auto_refresh=False)
    with progress as shown:
        move = _make_callback(shown, verb, "images")
        yield move, _make_callback(shown, "resampling", "draws", after=SECONDS_BEFORE)


def _make_callback(shown: bars.Progress, verb: str, unit: str, *, after: float = 0.0) -> Callback:
    """Make what moves a bar, which is shown at once or where the work takes longer than that."""
    task = None if after else shown.add_task(verb, total=None, unit=unit)
    started: float | None = None
    drawn = 0.0

    def move(done: int, total: int) -> None:
        nonlocal task, started, drawn
        now = monotonic()
        started = now if started is None else started
        if now - started < after:
            return
        if task is None:
            task = shown.add_task(verb, total=None, unit=unit)
        due = now - drawn > SECONDS_BETWEEN or done == total
        drawn = now if due else drawn
        shown.update(task, completed=done, total=total, refresh=due)

    return move
