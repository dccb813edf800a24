import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from isiceval.compute import executor
from isiceval.compute.executor import choose_workers, count_cores, map_jobs, run_alone

NUMBERS = list(range(30))


def add(context, job):
    """Add two numbers; some jobs end or fail instead."""
    if job == context.get("deadly"):
        os._exit(9)
    if job == context.get("wrong"):
        raise ValueError(f"{job} is wrong")
    return context["number"] + job


def run(workers, **context):
    return list(map_jobs(add, NUMBERS, context={"number": 100, **context}, workers=workers))


@pytest.fixture(params=["fork", "spawn"])
def method(request, monkeypatch):
    """Start processes in either way, whatever is safe here."""
    if request.param == "fork" and sys.platform != "linux":
        pytest.skip("forking is for Linux")
    monkeypatch.setattr(executor, "can_fork", lambda: request.param == "fork")
    return request.param


forking = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")


@forking
@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_come_in_the_order_of_the_jobs(workers, method):
    assert run(workers) == [100 + k for k in NUMBERS]


@forking
def test_a_job_that_ends_its_process_is_none_and_nothing_else_is_lost(method):
    expected = [None if k == 7 else 100 + k for k in NUMBERS]
    assert run(2, deadly=7) == expected


@forking
def test_what_a_job_raises_is_raised(method):
    with pytest.raises(ValueError, match="12 is wrong"):
        run(2, wrong=12)


@forking
def test_isolated_jobs_have_a_process_each(method):
    context = {"number": 5, "deadly": 1}
    assert [run_alone(add, context, job) for job in (0, 1, 2)] == [5, None, 7]


def test_a_context_that_cannot_be_sent_is_used_here(monkeypatch):
    monkeypatch.setattr(executor, "can_fork", lambda: False)
    assert run(2, lock=threading.Lock()) == [100 + k for k in NUMBERS]


def test_where_no_process_can_be_started_the_work_is_done_here(monkeypatch):
    def refuse():
        raise PermissionError("no more processes")

    monkeypatch.setattr(executor, "_ready_to_start", refuse)
    assert run(2) == [100 + k for k in NUMBERS]


@forking
def test_an_abandoned_run_leaves_no_process(method):
    import multiprocessing

    before = set(multiprocessing.active_children())
    stream = map_jobs(add, NUMBERS, context={"number": 0}, workers=2)
    next(stream)
    stream.close()
    assert set(multiprocessing.active_children()) <= before


@pytest.mark.parametrize(
    ("asked", "seconds", "jobs", "expected"),
    [
        (None, 0.1, 300, 1),
        (None, 1000, 1, 1),
        (7, 0, 300, 7),
        (7, 1000, 3, 3),
        (1, 0, 0, 1),
    ],
)
def test_small_work_starts_no_second_process(asked, seconds, jobs, expected):
    assert choose_workers(asked, seconds=seconds, jobs=jobs) == expected


@pytest.mark.parametrize(
    ("forks", "spawns", "seconds", "expected"),
    [
        (True, True, 1000, 3),
        (False, True, 1000, 3),
        (False, False, 1000, 1),
        (True, False, 2 * executor.FORK_SECONDS, 2),
        (False, True, 1.9 * executor.SPAWN_SECONDS, 1),
    ],
)
def test_large_work_uses_every_core(monkeypatch, forks, spawns, seconds, expected):
    monkeypatch.setattr(executor, "can_fork", lambda: forks)
    monkeypatch.setattr(executor, "can_spawn", lambda: spawns)
    monkeypatch.setattr(executor, "count_cores", lambda: 3)
    assert choose_workers(None, seconds=seconds, jobs=300) == expected


@pytest.mark.parametrize(
    ("executable", "expected"),
    [
        (sys.executable, True),
        ("/usr/bin/python3.12", True),
        ("/usr/sbin/uwsgi", False),
        ("", False),
    ],
)
def test_an_embedding_program_is_not_started(monkeypatch, executable, expected):
    monkeypatch.setattr(sys, "executable", executable)
    assert executor.can_spawn() is expected


def test_cores_are_counted_without_affinity(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert count_cores() == 5


SCRIPT = """
import sys
import numpy as np
import isiceval
from isiceval.compute import executor

executor.choose_workers = lambda *args, **kwargs: 2
with open(sys.argv[1], "a") as log:
    log.write("started\\n")

class Wrapped:  # an array type of the script, which another process cannot know
    def __init__(self, array):
        self.array = array
        self.shape = array.shape
    def __array__(self, dtype=None, copy=None):
        return self.array

kind = Wrapped if sys.argv[2] == "own type" else np.asarray
masks = {f"ISIC_{k:07d}": kind(np.eye(40 + k, dtype=bool)) for k in range(6)}
print(isiceval.score("2018/1", truth=masks, prediction=masks).score)
"""


@pytest.mark.parametrize("arrays", ["NumPy", "own type"])
def test_a_script_without_a_main_guard_runs_once(tmp_path, arrays):
    script, log = tmp_path / "script.py", tmp_path / "log"
    script.write_text(SCRIPT)
    words = [sys.executable, str(script), str(log), arrays]
    run = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "1.0\n", "")
    assert log.read_text() == "started\n"


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("threads", ["1", "4"], ids=["fork", "spawn"])
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_process_outlives_the_run(tmp_path, end, threads):
    (tmp_path / "slow.py").write_text(
        textwrap.dedent(
            """
            import os, time

            def sleep(context, job):
                os.write(1, f"{os.getpid()}\\n".encode())
                time.sleep(60)
            """
        )
    )
    script = tmp_path / "run.py"
    script.write_text(
        textwrap.dedent(
            """
            import threading
            from isiceval.compute.executor import map_jobs
            from slow import sleep

            for _ in range(THREADS - 1):
                threading.Thread(target=threading.Event().wait, daemon=True).start()
            list(map_jobs(sleep, range(4), context=None, workers=2))
            """
        ).replace("THREADS", threads)
    )
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    ) as run:
        pids = [int(run.stdout.readline()) for _ in range(2)]
        run.send_signal(end)
        run.wait(timeout=30)
    assert all(_ends(pid) for pid in pids)


def _ends(pid, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        stat = Path(f"/proc/{pid}/stat")
        if not stat.exists() or stat.read_text().split(")")[-1].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False
