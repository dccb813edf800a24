"""Measure what isiceval costs: start-up, headers alone, per image, per megapixel, per submission."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from compare_scorers import say_versions, score, score_officially
from PIL import Image, ImageDraw
from rich.console import Console
from rich.table import Table
from running import Run, compile_package, run_in_turn, sample_memory

COUNTS = (10, 100, 375, 750, 1500, 3000)
FACTORS = (1, 2, 4, 8)
Commands = dict[str, Sequence[object]]


def measure(commands: Commands, repeat: int) -> dict[str, Run]:
    """Run all commands in turn, several times; keep the least of each number."""
    runs = run_in_turn(commands, repeat)
    return {
        name: Run(*(min(column) for column in zip(*(r[:3] for r in own), strict=True)), output="")
        for name, own in runs.items()
    }


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


def measure_start(scratch: Path, repeat: int) -> tuple[dict[str, Run], list[str]]:
    """Measure one tiny pair, and the headers of 300 files."""
    tiny = make_pair(scratch / "tiny", count=1, width=64, height=48)
    many, others = make_pair(scratch / "headers", count=300, width=600, height=450)
    python = [sys.executable, "-c"]
    validate = ["-m", "isiceval", "validate", "2018/1", others, "--truth", many, "--headers-only"]
    official, ours, start, headers = (
        "official scorer, one tiny pair",
        "isiceval score, one tiny pair",
        "python -c 'import click'",
        "validate --headers-only, 300 files",
    )
    costs = measure(
        {
            official: score_officially(*tiny),
            ours: score(*tiny),
            "python -c pass": [*python, "pass"],
            start: [*python, "import click"],
            headers: [sys.executable, *validate],
        },
        repeat,
    )
    return costs, [
        (
            f"one tiny pair: {costs[official].wall / costs[ours].wall:.1f} times as fast as the "
            "official scorer (to reach: 6)"
        ),
        (
            f"headers of 300 files: {costs[headers].wall / costs[start].wall:.1f} times an empty run "
            "that imports the library of the command line (at most 5)"
        ),
    ]


def measure_counts(scratch: Path, repeat: int) -> tuple[dict[str, Run], list[str]]:
    """Measure scores of more and more images."""
    commands: Commands = {}
    for count in COUNTS:
        pair = make_pair(scratch / f"n{count}", count=count, width=1000, height=750)
        commands[f"score, {count} pairs of 0.75 megapixels"] = score(*pair)
    costs = measure(commands, repeat)
    two = score(scratch / f"n{COUNTS[-1]}/truth", scratch / f"n{COUNTS[-1]}/out", workers=2)
    lines = [*_say_doubling(costs, COUNTS, "images")]
    return costs, [*lines, f"{COUNTS[-1]} pairs, 2 processes: {sample_memory(two):.0f} MiB in all"]


def measure_sizes(scratch: Path, repeat: int) -> tuple[dict[str, Run], list[str]]:
    """Measure scores of larger and larger images."""
    commands: Commands = {}
    for factor in FACTORS:
        pair = make_pair(scratch / f"m{factor}", count=60, width=2000, height=1500 * factor)
        commands[f"score, 60 pairs of {3 * factor} megapixels"] = score(*pair)
    costs = measure(commands, repeat)
    return costs, _say_doubling(costs, FACTORS, "megapixels")


def _say_doubling(costs: Mapping[str, Run], steps: Sequence[int], what: str) -> list[str]:
    """Say what each doubling costs; the two numbers are clock and processor."""
    return [
        f"{large} for {small} {what}: {second.wall / first.wall:.2f} times the seconds, "
        f"{second.cpu / first.cpu:.2f} times the processor seconds (at most {2.1 * large / small / 2:g})"
        for (small, first), (large, second) in pairwise(zip(steps, costs.values(), strict=True))
    ]


def measure_board(scratch: Path, repeat: int) -> tuple[dict[str, Run], list[str]]:
    """Measure a leaderboard against a single score."""
    truth, out = make_pair(scratch / "board", count=100, width=2000, height=1500)
    teams = scratch / "teams"
    teams.mkdir()
    for k in range(20):
        make_masks(teams / f"team{k}", count=100, width=2000, height=1500, shift=k)
    words = ["-m", "isiceval", "leaderboard", "2018/1", teams, "--truth", truth, "--workers", 1]
    one, all_of_them = "score, 100 pairs of 3 megapixels", "leaderboard, 20 submissions of them"
    costs = measure({one: score(truth, out), all_of_them: [sys.executable, *words]}, repeat)
    ratio = costs[all_of_them].wall / costs[one].wall
    return costs, [f"20 submissions: {ratio:.1f} times a single score (at most 11)"]


def report(console: Console, costs: Mapping[str, Run], lines: Sequence[str]) -> None:
    """Print one line a command, then what they say."""
    table = Table()
    table.add_column("command, the least of all runs")
    for heading in ("seconds", "processor seconds", "largest process MiB"):
        table.add_column(heading, justify="right")
    for name, cost in costs.items():
        table.add_row(name, f"{cost.wall:.3f}", f"{cost.cpu:.3f}", f"{cost.peak:.0f}")
    console.print(table)
    for line in lines:
        console.print(line)


def main() -> None:
    """Measure everything, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5, help="runs of each (default 5)")
    arguments = parser.parse_args()
    compile_package()
    console = Console(width=110)
    for part in (measure_start, measure_counts, measure_sizes, measure_board):
        with tempfile.TemporaryDirectory() as name:
            report(console, *part(Path(name), arguments.repeat))
    say_versions(console)


if __name__ == "__main__":
    main()
