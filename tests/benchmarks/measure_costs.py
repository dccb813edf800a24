"""Measure what isiceval costs: start-up, headers alone, per image, per megapixel, per submission."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from compare_scorers import OFFICIAL, say_versions
from PIL import Image, ImageDraw
from rich.console import Console
from rich.table import Table


class Cost(NamedTuple):
    """The least that a process took over all its runs."""

    wall: float
    cpu: float
    peak: float


def run(words: Sequence[str]) -> Cost:
    """Run a process once; seconds of clock and of processor, and MiB of its largest process."""
    start = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"failed: {' '.join(words)}")
    wall = time.perf_counter() - start
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def measure(commands: Mapping[str, Sequence[str]], repeat: int) -> dict[str, Cost]:
    """Run all commands in turn, several times; keep the least of each."""
    found: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(repeat):
        for name, words in commands.items():
            found[name].append(run(words))
    return {name: Cost(*map(min, zip(*costs, strict=True))) for name, costs in found.items()}


def make_masks(folder: Path, *, count: int, width: int, height: int, shift: int = 0) -> Path:
    """Make one mask of a round lesion and name it for every image; links, so that disks stay empty."""
    folder.mkdir(parents=True)
    mask = Image.new("L", (width, height))
    box = (width // 4 + shift, height // 4, width * 3 // 4 + shift, height * 3 // 4)
    ImageDraw.Draw(mask).ellipse(box, fill=255)
    first = folder / "first"
    mask.save(first, "PNG")
    for k in range(count):
        os.link(first, folder / f"ISIC_{k:07d}_segmentation.png")
    first.unlink()
    return folder


def make_pair(folder: Path, **size: int) -> tuple[Path, Path]:
    """Make a truth and a shifted prediction."""
    truth = make_masks(folder / "truth", **size)
    return truth, make_masks(folder / "out", **size, shift=9)


def isiceval(*words: object) -> list[str]:
    """Write a command line of isiceval."""
    return [sys.executable, "-m", "isiceval", *map(str, words)]


def score(truth: Path, out: Path) -> list[str]:
    """Write the command that scores with one process and writes both files."""
    files = ["--csv", out.with_suffix(".csv"), "--json", out.with_suffix(".json")]
    return isiceval("score", "2018/1", out, "--truth", truth, "--workers", 1, *files)


def measure_start(scratch: Path, repeat: int) -> dict[str, Cost]:
    """Measure one tiny pair, and the headers of 300 files."""
    truth, out = make_pair(scratch / "tiny", count=1, width=64, height=48)
    many, others = make_pair(scratch / "headers", count=300, width=600, height=450)
    headers = isiceval("validate", "2018/1", others, "--truth", many, "--headers-only")
    commands = {
        "official scorer, one tiny pair": [sys.executable, "-c", OFFICIAL, str(truth), str(out)],
        "isiceval score, one tiny pair": score(truth, out),
        "python -c 'import click'": [sys.executable, "-c", "import click"],
        "python -c pass": [sys.executable, "-c", "pass"],
        "validate --headers-only, 300 files": headers,
    }
    return measure(commands, repeat)


def measure_growth(scratch: Path, repeat: int) -> dict[str, Cost]:
    """Measure scores of more images, of larger images, and of more submissions."""
    commands: dict[str, Sequence[str]] = {}
    for count in (500, 1000, 2000):
        pair = make_pair(scratch / f"n{count}", count=count, width=1000, height=750)
        commands[f"score, {count} pairs of 0.75 megapixels"] = score(*pair)
    for factor in (1, 2, 4):
        pair = make_pair(scratch / f"m{factor}", count=60, width=2000, height=1500 * factor)
        commands[f"score, 60 pairs of {3 * factor} megapixels"] = score(*pair)
    truth, out = make_pair(scratch / "board", count=100, width=2000, height=1500)
    commands["score, 100 pairs of 3 megapixels"] = score(truth, out)
    teams = scratch / "teams"
    teams.mkdir()
    for k in range(20):
        make_masks(teams / f"team{k}", count=100, width=2000, height=1500, shift=k)
    board = isiceval("leaderboard", "2018/1", teams, "--truth", truth, "--workers", 1)
    commands["leaderboard, 20 submissions of them"] = board
    return measure(commands, repeat)


def report(costs: Mapping[str, Cost]) -> None:
    """Print one line a command, and the versions that made the numbers."""
    table = Table(title="the least of all runs")
    table.add_column("command")
    for heading in ("seconds", "processor seconds", "largest process MiB"):
        table.add_column(heading, justify="right")
    for name, cost in costs.items():
        table.add_row(name, f"{cost.wall:.3f}", f"{cost.cpu:.3f}", f"{cost.peak:.0f}")
    console = Console(width=110)
    console.print(table)
    say_versions(console)


def main() -> None:
    """Measure everything, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5, help="runs of each (default 5)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        costs = measure_start(scratch, arguments.repeat)
        costs |= measure_growth(scratch, arguments.repeat)
    report(costs)


if __name__ == "__main__":
    main()
