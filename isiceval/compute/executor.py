"""Run jobs in this process or in several; the number of processes never changes a result.

Processes and not threads, because NumPy's short calls contend for the interpreter lock. A
process that dies loses nothing: its jobs are run again one by one, and a job that ends its
process again is reported as None.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

Progress = Callable[[int, int], None]
"""Called with how many jobs are done, and how many there are."""

Context = TypeVar("Context")
Job = TypeVar("Job")
Result = TypeVar("Result")

# How many seconds of work must be there for each process before another one is started unasked.
# A forked process is at work at once. A new interpreter loads NumPy and our readers first, 0.3 to
# 0.4 s of processor time: two gained nothing on 60 pairs of ISIC masks (0.9 s by the estimate of
# kinds.segmentation) and 1.4x on 150 pairs (3.6 s), so they start from 2 s on.
FORK_SECONDS = 0.5
SPAWN_SECONDS = 1.0

# Jobs are sent in batches: few enough that no process waits long at the end for another.
MAX_BATCH = 8


def map_jobs(
    function: Callable[[Context, Job], Result],
    jobs: Sequence[Job],
    *,
    context: Context,
    workers: int | None = None,
    seconds: float = 0.0,
) -> Iterator[Result | None]:
    """Yield ``function(context, job)`` for every job, in their order.

    None stands for a job that ended the process it ran in, also when it was run alone.
    ``function`` is a module-level function; it, the context and the jobs can be pickled.
    ``workers`` is the number of processes; None takes as many as there are cores and work for
    them, by the ``seconds`` that one process takes for all. Where no process can be started, all
    jobs run in this one.
    """
    count = choose_workers(workers, seconds=seconds, jobs=len(jobs))
    if count == 1:
        yield from (function(context, job) for job in jobs)
        return
    from multiprocessing.connection import wait

    size = max(1, min(MAX_BATCH, len(jobs) // (4 * count)))
    batches = (range(n, min(n + size, len(jobs))) for n in range(0, len(jobs), size))
    done: dict[int, Result | None] = {}
    n_yielded = 0
    with _open_workers(count, function, context) as processes:
        while True:
            idle = [worker for worker in processes if not worker.batch]
            for worker, batch in zip(idle, batches, strict=False):
                worker.send(batch, jobs)
            busy = [worker for worker in processes if worker.batch]
            if not busy:
                break
            ready = wait([worker.connection for worker in busy])
            for worker in [worker for worker in busy if worker.connection in ready]:
                batch, results = worker.batch, worker.receive()
                if results is None:
                    worker.end()
                    processes.remove(worker)
                    results = [run_alone(function, context, jobs[index]) for index in batch]
                    processes.extend(_start_workers(1, function, context))
                done.update(zip(batch, results, strict=True))
            while n_yielded in done:
                yield done.pop(n_yielded)
                n_yielded += 1
    # No process could be started, or none again after one has died.
    for index in range(n_yielded, len(jobs)):
        yield function(context, jobs[index])


def run_alone(
    function: Callable[[Context, Job], Result], context: Context, job: Job
) -> Result | None:
    """Run one job in a process of its own; None if the process dies or none can be started."""
    with _open_workers(1, function, context) as workers:
        for worker in workers:
            worker.send(range(1), [job])
            results = worker.receive()
            return results[0] if results else None
    return None


def choose_workers(asked: int | None, *, seconds: float, jobs: int) -> int:
    """Choose how many processes to use: what was asked for, or what the work is worth."""
    if asked is not None:
        return max(1, min(asked, jobs))
    if not can_fork() and not can_spawn():
        return 1
    worth = int(seconds / (FORK_SECONDS if can_fork() else SPAWN_SECONDS))
    return max(1, min(count_cores(), worth, jobs))


def count_cores() -> int:
    """Count the cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def can_fork() -> bool:
    """Tell whether forking is safe here: Linux, and no second thread that may hold a lock."""
    tasks = Path("/proc/self/task")
    return sys.platform == "linux" and tasks.is_dir() and len(list(tasks.iterdir())) == 1


def can_spawn() -> bool:
    """Tell whether new interpreters may be started unasked.

    Not from a worker of another pool, where the cores are taken, and not where Python is embedded,
    so that ``sys.executable`` is another program.
    """
    import multiprocessing

    is_python = Path(sys.executable or "").stem.lower().startswith(("python", "pypy"))
    return is_python and multiprocessing.parent_process() is None


@dataclass(slots=True, eq=False)
class _Worker:
    """A process, our end of the pipe to it, and which jobs it has now."""

    process: BaseProcess
    connection: Connection[Any, Any]
    batch: range = range(0)

    def send(self, batch: range, jobs: Sequence[Any]) -> None:
        self.batch = batch
        with suppress(OSError):  # the process has died, which receiving finds
            self.connection.send([jobs[index] for index in batch])

    def receive(self) -> list[Any] | None:
        """Return the results of its batch, or None if it has died; raise what it raised."""
        self.batch = range(0)
        try:
            succeeded, answer = self.connection.recv()
        except (EOFError, OSError):
            return None
        if not succeeded:
            raise answer
        return list(answer)

    def end(self) -> None:
        with suppress(OSError):
            self.connection.send(None)
        self.process.join()
        self.connection.close()


@contextmanager
def _open_workers(
    count: int, function: Callable[[Context, Job], Result], context: Context
) -> Iterator[list[_Worker]]:
    """Start processes and end them; kill them where the block does not end well."""
    workers = _start_workers(count, function, context)
    try:
        yield workers
    except BaseException:
        for worker in workers:
            worker.process.kill()
        raise
    finally:
        for worker in workers:
            worker.end()


def _start_workers(
    count: int, function: Callable[[Context, Job], Result], context: Context
) -> list[_Worker]:
    """Start processes; return none where one cannot be started or cannot take the context."""
    import multiprocessing

    method: Any = multiprocessing.get_context("fork" if can_fork() else "spawn")
    workers: list[_Worker] = []
    try:
        with _ready_to_start():
            for _ in range(count):
                ours, theirs = method.Pipe()
                process = method.Process(target=_work, args=(theirs, function, context))
                process.daemon = True
                process.start()
                theirs.close()
                workers.append(_Worker(process, ours))
        for worker in workers:
            worker.connection.recv()  # it has started and has the context
    except BaseException as error:
        for worker in workers:
            worker.process.kill()
            worker.end()
        # Whatever it was (a context that cannot be pickled, no memory, no right to start
        # processes): this process can do the work, and raises what is wrong with it.
        if isinstance(error, Exception):
            return []
        raise
    return workers


@contextmanager
def _ready_to_start() -> Iterator[None]:
    """Prepare this process for starting others.

    Ctrl-C waits until they are started and known, so that all can be ended. They inherit the
    block: Ctrl-C at a terminal reaches them too, and this process ends them.

    The main module is hidden, since multiprocessing runs it in every spawned process, where a
    script without ``if __name__ == "__main__"`` would start all over, and score. A context that
    needs it (an array type defined in the script) cannot be pickled while it is hidden, and then
    the work is done in this process.
    """
    import signal

    main, can_block = sys.modules["__main__"], hasattr(signal, "pthread_sigmask")  # not on Windows
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if can_block else None
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        if before is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(
    connection: Connection[Any, Any], function: Callable[[Any, Any], Any], context: object
) -> None:
    """Run batches of jobs until told to end, or until the parent process ends."""
    from multiprocessing import connection as connections
    from multiprocessing import parent_process
    from threading import Thread

    def exit_with_parent() -> None:
        if parent := parent_process():
            connections.wait([parent.sentinel])
            os._exit(1)

    Thread(target=exit_with_parent, daemon=True).start()
    connection.send(None)
    while (jobs := connection.recv()) is not None:
        try:
            answer: tuple[bool, Any] = True, [function(context, job) for job in jobs]
        except Exception as error:  # noqa: BLE001 - raised again in the parent process
            answer = False, error
        connection.send(answer)
