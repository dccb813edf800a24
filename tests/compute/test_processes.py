import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from isiceval.compute import processes as workers
from isiceval.kinds.cases import Desk, Job, blame, split, tell_fault
from isiceval.model import Problem, Reading
from isiceval.readers.telling import MaskRules
from isiceval.sources.container import ArrayContainer

IMAGES = [f"ISIC_{k:07d}" for k in range(10)]


@dataclass(frozen=True)
class Deadly(ArrayContainer):
    """Masks of which one ends the process that reads it."""

    def array(self, name):
        if name == "ISIC_0000007":
            os._exit(9)
        return ArrayContainer.array(self, name)


def make_desk(*, deadly=False):
    arrays = {image: np.eye(k + 2, dtype=bool) for k, image in enumerate(IMAGES)}
    kind = Deadly if deadly else ArrayContainer
    rules = MaskRules()
    return Desk(
        truth=ArrayContainer(arrays),
        submissions=(ArrayContainer(arrays), kind(arrays)),
        truth_rules=rules,
        rules=rules,
    )


def make_jobs():
    return [Job(image=i, truth=i, predictions=((0, i), (1, i))) for i in IMAGES]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_outcomes_come_in_the_order_of_the_jobs(count):
    outcomes = workers.measure_all(make_desk(), make_jobs(), workers=count)
    assert [outcome.image for outcome in outcomes] == IMAGES
    assert [outcome.counts[0][1].tp for outcome in outcomes] == [k + 2 for k in range(10)]


def test_progress_counts_images_with_many_workers_too():
    seen = []
    workers.measure_all(
        make_desk(), make_jobs(), workers=2, progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(k + 1, 10) for k in range(10)]


def test_a_file_that_kills_its_reader_is_named_and_nothing_else_is_lost():
    outcomes = workers.measure_all(make_desk(deadly=True), make_jobs(), workers=2)
    assert [outcome.image for outcome in outcomes] == IMAGES
    for outcome in outcomes:
        fatal = outcome.image == "ISIC_0000007"
        assert outcome.truth is not None
        assert len(outcome.counts) == (1 if fatal else 2)
        faults = [fault.code for _, reading in outcome.readings for fault in reading.problems]
        assert faults == (["unreadable-file"] if fatal else [])


@pytest.mark.parametrize(
    ("asked", "pixels", "jobs", "expected"),
    [(None, 10**6, 300, 1), (None, 10**12, 1, 1), (7, 0, 300, 7), (7, 10**12, 3, 3), (1, 0, 0, 1)],
)
def test_small_work_starts_no_second_process(asked, pixels, jobs, expected):
    assert workers.choose_workers(asked, pixels=pixels, jobs=jobs) == expected


def test_large_work_uses_every_core_where_forking_is_safe(monkeypatch):
    monkeypatch.setattr(workers, "can_fork", lambda: True)
    monkeypatch.setattr(workers, "count_cores", lambda: 3)
    assert workers.choose_workers(None, pixels=10**12, jobs=300) == 3
    monkeypatch.setattr(workers, "can_fork", lambda: False)
    assert workers.choose_workers(None, pixels=10**12, jobs=300) == 1


def test_cores_are_counted_without_affinity(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert workers.count_cores() == 5


def test_a_worker_needs_its_desk_first(monkeypatch):
    monkeypatch.setattr(workers, "_desk", None)
    with pytest.raises(RuntimeError, match="before its desk"):
        workers._measure_batch([])


def test_a_job_is_split_and_blamed_by_prediction():
    job = Job(image="a", truth="t", predictions=((0, "x"), (3, "y")))
    assert [part.predictions for part in split(job)] == [((0, "x"),), ((3, "y"),)]
    blamed = blame(job)
    assert [(index, r.name, r.problems[0].code) for index, r in blamed.readings] == [
        (0, "x", "unreadable-file"),
        (3, "y", "unreadable-file"),
    ]


def test_a_fault_of_the_truth_is_told_in_a_few_words():
    assert tell_fault(None) == ""
    assert (
        tell_fault(Reading(image="a", name="a", problems=(Problem("x", "a", "is odd"),)))
        == "is odd"
    )
    assert "3 grey values" in tell_fault(Reading(image="a", name="a", values=(0, 1, 2)))
    assert "mode is RGB" in tell_fault(Reading(image="a", name="a", mode="RGB"))


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_process_outlives_the_run(tmp_path, end):
    script = tmp_path / "run.py"
    script.write_text(
        textwrap.dedent(
            """
            import os, sys, time
            from isiceval.compute import processes as workers
            from isiceval.kinds.cases import Desk, Job

            class Slow(Desk):
                __slots__ = ()
                def measure(self, job):
                    os.write(1, f"{os.getpid()}\\n".encode())
                    time.sleep(60)

            if __name__ == "__main__":
                desk = Slow(truth=None, submissions=(), truth_rules=None, rules=None)
                workers.measure_all(desk, [Job(image=str(k)) for k in range(4)], workers=2)
            """
        )
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
