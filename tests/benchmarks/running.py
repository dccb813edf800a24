"""Run whole processes, and measure what they take: seconds, processor seconds, memory.

Each process is started by a small one of its own: a process inherits the high-water mark of the
one that started it, and that of a benchmark with NumPy in it is higher than what it measures.
"""

from __future__ import annotations

import compileall
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

LAUNCHER = """
import os, sys, time
start = time.perf_counter()
pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
wall = time.perf_counter() - start
numbers = [os.waitstatus_to_exitcode(status), wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss]
with open(sys.argv[1], "w") as file:
    file.write(repr(numbers))
"""
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


class Run(NamedTuple):
    """What one process took: seconds, processor seconds, MiB of its largest process, its output."""

    wall: float
    cpu: float
    peak: float
    output: str


def compile_package() -> None:
    """Compile isiceval, as installing it does: other packages are compiled already."""
    import isiceval

    compileall.compile_dir(str(Path(isiceval.__file__).parent), quiet=1)


def run(words: Sequence[object]) -> Run:
    """Run one process from its start to its end."""
    with tempfile.TemporaryDirectory() as folder:
        numbers, out = Path(folder, "numbers"), Path(folder, "out")
        launch = [sys.executable, "-I", "-S", "-c", LAUNCHER, str(numbers), *map(str, words)]
        with out.open("wb") as stream:
            subprocess.run(launch, stdout=stream, env=ENVIRONMENT, check=True)
        status, wall, cpu, peak = json.loads(numbers.read_text())
        if status:
            raise SystemExit(f"exit status {status}: {' '.join(map(str, words))}")
        return Run(wall, cpu, peak / 1024, out.read_text())


def run_in_turn(commands: Mapping[str, Sequence[object]], repeat: int) -> dict[str, list[Run]]:
    """Run all commands in turn, several times, so that a busy machine is busy for all alike."""
    found: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(repeat):
        for name, words in commands.items():
            found[name].append(run(words))
    return found


def take_medians(runs: Sequence[Run]) -> Run:
    """Take the median of each number over the runs of one command."""
    numbers = [statistics.median(column) for column in zip(*(r[:3] for r in runs), strict=True)]
    return Run(*numbers, output=runs[0].output)


def sample_memory(words: Sequence[object], *, every: float = 0.005) -> float:
    """Run a process and look every few milliseconds; most MiB of all its processes together.

    Memory that several processes share counts once (PSS, Linux).
    """
    process = subprocess.Popen(
        [str(word) for word in words],
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        env=ENVIRONMENT,
    )
    most = 0
    while process.poll() is None:
        most = max(most, sum(_read_share(path) for path in _list_session(process.pid)))
        time.sleep(every)
    return most / 1024


def _list_session(leader: int) -> list[Path]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(path.read_text().rpartition(")")[2].split()[3]) == leader:
                found.append(path.parent)
    return found


def _read_share(process: Path) -> int:
    with suppress(OSError):
        for line in (process / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
