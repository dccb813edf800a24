"""Spread the reading over processes; the number of workers never changes a result.

Processes, because NumPy's short calls contend for the interpreter lock. A worker that dies
takes nothing with it: its jobs are done again one by one, and the file that kills its reader
is named.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from isiceval.kinds.cases import Desk, Job, Outcome, blame, split

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor
    from multiprocessing.process import BaseProcess

Progress = Callable[[int, int], None]

# Pixels that one process reads in about half a second; below, starting a second one costs more.
PIXELS_WORTH_A_WORKER = 500_000_000


def measure_all(
    desk: Desk,
    jobs: Sequence[Job],
    *,
    workers: int | None = None,
    pixels: int = 0,
    progress: Progress | None = None,
) -> list[Outcome]:
    """Do every job and return the outcomes in the order of the jobs.

    ``workers`` None means as many as the machine has and the work is worth: ``pixels`` says
    how much there is to read. ``progress`` is called with images done and images in all.
    """
    count = choose_workers(workers, pixels=pixels, jobs=len(jobs))
    stream = _in_turn(desk, jobs) if count <= 1 else _in_parallel(desk, jobs, count)
    done: dict[int, Outcome] = {}
    for index, outcome in stream:
        done[index] = outcome
        if progress is not None:
            progress(len(done), len(jobs))
    return [done[index] for index in range(len(jobs))]


def choose_workers(asked: int | None, *, pixels: int, jobs: int) -> int:
    """Choose how many processes to use: what was asked for, or what the work is worth."""
    if asked is not None:
        return max(1, min(asked, jobs))
    if not can_fork():
        return 1
    return max(1, min(count_cores(), pixels // PIXELS_WORTH_A_WORKER, jobs))


def count_cores() -> int:
    """Count the cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def can_fork() -> bool:
    """Tell whether forking is safe here: Linux, and no second thread that may hold a lock."""
    tasks = Path("/proc/self/task")
    return sys.platform == "linux" and tasks.is_dir() and len(list(tasks.iterdir())) == 1


def _in_turn(desk: Desk, jobs: Iterable[Job]) -> Iterator[tuple[int, Outcome]]:
    for index, job in enumerate(jobs):
        yield index, desk.measure(job)


def _in_parallel(desk: Desk, jobs: Sequence[Job], count: int) -> Iterator[tuple[int, Outcome]]:
    """Hand out small batches; what a dead worker left undone is done again with care."""
    import multiprocessing
    from concurrent.futures.process import BrokenProcessPool

    size = max(1, min(8, len(jobs) // (count * 4)))
    batches = [range(start, min(start + size, len(jobs))) for start in range(0, len(jobs), size)]
    undone = set(range(len(jobs)))
    others = set(multiprocessing.active_children())
    try:
        with _open_pool(desk, count) as pool, _no_stragglers(others):
            with _undisturbed():
                futures = {pool.submit(_measure_batch, [jobs[i] for i in b]): b for b in batches}
            for batch, outcomes in _as_done(futures):
                undone -= set(batch)
                yield from zip(batch, outcomes, strict=True)
    except BrokenProcessPool:
        for index in sorted(undone):
            yield index, _measure_with_care(desk, jobs[index])


def _as_done(
    futures: dict[Future[list[Outcome]], range],
) -> Iterator[tuple[range, list[Outcome]]]:
    from concurrent.futures import FIRST_COMPLETED, wait

    while futures:
        finished, _ = wait(futures, return_when=FIRST_COMPLETED)
        for future in sorted(finished, key=lambda f: futures[f].start):
            outcomes = future.result()
            yield futures.pop(future), outcomes


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let Ctrl-C wait until the processes are started: half a pool can neither work nor end.

    The processes stay deaf to it, which reaches them too at a terminal; we end them.
    """
    import signal

    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _no_stragglers(others: Collection[BaseProcess]) -> Iterator[None]:
    """End our processes at once when the block does not end well: nobody waits for them."""
    import multiprocessing

    try:
        yield
    except BaseException:
        for process in multiprocessing.active_children():
            if process not in others:
                process.kill()
        raise


def _measure_with_care(desk: Desk, job: Job) -> Outcome:
    """Do one job one prediction at a time, each in a process of its own."""
    whole = _measure_alone(desk, Job(image=job.image, truth=job.truth, expected=job.expected))
    parts = [_measure_alone(desk, part) for part in split(job)]
    return Outcome(
        image=job.image,
        truth=whole.truth,
        readings=tuple(reading for part in parts for reading in part.readings),
        counts=tuple(counts for part in parts for counts in part.counts),
    )


def _measure_alone(desk: Desk, job: Job) -> Outcome:
    import multiprocessing
    from concurrent.futures.process import BrokenProcessPool

    others = set(multiprocessing.active_children())
    try:
        with _open_pool(desk, 1) as pool, _no_stragglers(others):
            with _undisturbed():
                future = pool.submit(_measure_batch, [job])
            return future.result()[0]
    except BrokenProcessPool:
        return blame(job)


def _open_pool(desk: Desk, count: int) -> ProcessPoolExecutor:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("fork" if can_fork() else "spawn")
    return ProcessPoolExecutor(count, mp_context=context, initializer=_sit_down, initargs=(desk,))


_desk: Desk | None = None


def _sit_down(desk: Desk) -> None:
    """Start a worker: keep what all jobs need, and end when the parent process ends."""
    from threading import Thread

    global _desk  # noqa: PLW0603 - a worker process has one desk for its whole life
    _desk = desk
    Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    import multiprocessing
    from multiprocessing.connection import wait as wait_for_sentinel

    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for_sentinel([parent.sentinel])
        os._exit(1)


def _measure_batch(jobs: Sequence[Job]) -> list[Outcome]:
    if _desk is None:
        raise RuntimeError("a worker was given a job before its desk")
    return [_desk.measure(job) for job in jobs]
