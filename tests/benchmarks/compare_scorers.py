"""Score one folder of masks with isiceval and with the official scorer, and print the ratios."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, features
from rich.console import Console
from rich.table import Table

OFFICIAL = """
import pathlib, sys, warnings
warnings.simplefilter("ignore")
from isic_challenge_scoring.segmentation import SegmentationScore
score = SegmentationScore.from_dir(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
print(repr(float(score.overall)))
"""
SHIFT = (12, 25)


@dataclass
class Runner:
    """One way to score, and what its runs took."""

    name: str
    words: Sequence[str]
    seconds: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)
    output: str = ""

    def run(self) -> None:
        """Run the whole process once; keep wall seconds and the largest process in MiB."""
        with tempfile.TemporaryFile() as out:
            start = time.perf_counter()
            process = subprocess.Popen(self.words, stdout=out)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.seconds.append(time.perf_counter() - start)
            self.peaks.append(usage.ru_maxrss / 1024)
            out.seek(0)
            self.output = out.read().decode()
        if process.returncode:
            raise SystemExit(f"{self.name} failed with exit status {process.returncode}")


def make_truth(folder: Path, *, count: int = 60) -> Path:
    """Make masks of one wavy lesion each, 3000 x 1700 pixels give or take."""
    generator = np.random.default_rng(2018)
    folder.mkdir()
    for k in range(count):
        width, height = int(generator.integers(2000, 4000)), int(generator.integers(1400, 2000))
        y, x = np.mgrid[:height, :width].astype(np.float32)
        angle = np.arctan2(y - height / 2, x - width / 2)
        waves = generator.uniform(0.02, 0.06, 5)
        radius = height / 3 * (1 + sum(w * np.cos((i + 2) * angle) for i, w in enumerate(waves)))
        mask = np.hypot(y - height / 2, x - width / 2) < radius
        Image.fromarray(mask * np.uint8(255)).save(folder / f"ISIC_{k:07d}_segmentation.png")
    return folder


def disturb(truth: Path, folder: Path, *, soft: bool) -> Path:
    """Write a prediction for every truth mask: shifted, and blurred where soft."""
    folder.mkdir()
    for path in sorted(truth.iterdir()):
        with Image.open(path) as image:
            moved = Image.fromarray(np.roll(np.asarray(image.convert("L")), SHIFT, axis=(0, 1)))
        if soft:
            moved = moved.filter(ImageFilter.GaussianBlur(8))
        moved.save(folder / path.name)
    return folder


def make_runners(truth: Path, prediction: Path, scratch: Path) -> list[Runner]:
    """Name the runs to compare; the official scorer comes first."""
    outputs = ["--csv", str(scratch / "cases.csv"), "--json", str(scratch / "card.json")]
    ours = [sys.executable, "-m", "isiceval", "score", "2018/1", str(prediction)]
    runners = [
        Runner(
            "isic-challenge-scoring", [sys.executable, "-c", OFFICIAL, str(truth), str(prediction)]
        )
    ]
    for workers in (1, 2):
        words = [*ours, "--truth", str(truth), "--workers", str(workers), *outputs]
        runners.append(Runner(f"isiceval, {workers} process{'es' if workers > 1 else ''}", words))
    return runners


def check_equal(official: Runner, scratch: Path) -> float:
    """Return the score both agree on; a benchmark of wrong numbers is worth nothing."""
    from isiceval import Scorecard

    ours, theirs = Scorecard.load(scratch / "card.json").score, float(official.output)
    if abs(ours - theirs) > 1e-12:
        raise SystemExit(f"scores differ: isiceval {ours!r}, official {theirs!r}")
    return ours


def report(runners: Sequence[Runner], *, images: int, megapixels: float, score: float) -> None:
    """Print one line a runner, and the versions that made the numbers."""
    base = statistics.median(runners[0].seconds)
    table = Table(title=f"{images} pairs, {megapixels:.0f} megapixels of truth, score {score:.6f}")
    for heading in (
        "runner",
        "seconds (median)",
        "fastest",
        "times as fast",
        "largest process MiB",
    ):
        table.add_column(heading, justify="left" if heading == "runner" else "right")
    for runner in runners:
        middle = statistics.median(runner.seconds)
        cells = (f"{middle:.2f}", f"{min(runner.seconds):.2f}", f"{base / middle:.1f}x")
        table.add_row(runner.name, *cells, f"{max(runner.peaks):.0f}")
    console = Console(width=110)
    console.print(table)
    say_versions(console)


def say_versions(console: Console) -> None:
    """Print the versions that made the numbers."""
    names = ("isiceval", "isic-challenge-scoring", "numpy", "pillow", "zlib-ng")
    console.print(
        f"Python {sys.version.split()[0]}; " + ", ".join(f"{n} {version(n)}" for n in names)
    )
    console.print(f"zlib of Pillow: {features.version('zlib')}; cores: {os.cpu_count()}")


def main() -> None:
    """Prepare the masks, run everyone in turn, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--truth", type=Path, help="folder of truth masks; made if not given")
    parser.add_argument("--soft", action="store_true", help="blur the predictions to grey")
    parser.add_argument("--repeat", type=int, default=5, help="runs of each (default 5)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        truth = arguments.truth or make_truth(scratch / "truth")
        prediction = disturb(truth, scratch / "prediction", soft=arguments.soft)
        runners = make_runners(truth, prediction, scratch)
        for _ in range(arguments.repeat):
            for runner in runners:
                runner.run()
        score = check_equal(runners[0], scratch)
        sizes = [Image.open(path).size for path in truth.iterdir()]
    megapixels = sum(width * height for width, height in sizes) / 1e6
    report(runners, images=len(sizes), megapixels=megapixels, score=score)


if __name__ == "__main__":
    main()
