"""Score one folder of masks with isiceval and with the official scorer, and print the ratios."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import zlib
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, features
from rich.console import Console
from rich.table import Table
from running import Run, compile_package, run_in_turn, sample_memory, take_medians

OFFICIAL = """
import pathlib, sys, warnings
warnings.simplefilter("ignore")
from isic_challenge_scoring.segmentation import SegmentationScore
score = SegmentationScore.from_dir(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
print(repr(float(score.overall)))
"""
OTHER_ENGINE = """
import importlib, sys, types
engine = importlib.import_module(sys.argv.pop(1))
sys.modules["zlib_ng"] = types.SimpleNamespace(zlib_ng=engine)
from isiceval.__main__ import run
raise SystemExit(run())
"""
SHIFT = (12, 25)


def make_truth(folder: Path, *, count: int = 300) -> Path:
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


def score_officially(truth: Path, prediction: Path) -> list[object]:
    """Write the command that scores with the official scorer."""
    return [sys.executable, "-c", OFFICIAL, truth, prediction]


def score(truth: Path, prediction: Path, *, workers: int = 1, engine: str = "") -> list[object]:
    """Write the command that scores with isiceval and writes both files.

    ``engine``: inflate with another library than zlib-ng.
    """
    start = ["-c", OTHER_ENGINE, engine] if engine else ["-m", "isiceval"]
    files = ["--csv", prediction.with_suffix(".csv"), "--json", prediction.with_suffix(".json")]
    words = ["score", "2018/1", prediction, "--truth", truth, "--workers", workers, *files]
    return [sys.executable, *start, *words]


def make_commands(truth: Path, prediction: Path) -> dict[str, list[object]]:
    """Name the runs to compare; the official scorer comes first."""
    engines = ["zlib", *(["isal.isal_zlib"] if find_spec("isal") else [])]
    return {
        "isic-challenge-scoring": score_officially(truth, prediction),
        "isiceval, 1 process": score(truth, prediction),
        "isiceval, 2 processes": score(truth, prediction, workers=2),
        **{
            f"isiceval, 1 process, {engine}": score(truth, prediction, engine=engine)
            for engine in engines
        },
    }


def check_equal(runs: Mapping[str, list[Run]], prediction: Path) -> float:
    """Return the score both agree on; a benchmark of wrong numbers is worth nothing."""
    from isiceval import Scorecard

    ours = Scorecard.load(prediction.with_suffix(".json")).score
    theirs = float(next(iter(runs.values()))[0].output)
    if abs(ours - theirs) > 1e-12:
        raise SystemExit(f"scores differ: isiceval {ours!r}, official {theirs!r}")
    return ours


def compare(truth: Path, prediction: Path, *, repeat: int, title: str, console: Console) -> None:
    """Run everyone in turn, and print a line for each."""
    commands = make_commands(truth, prediction)
    runs = run_in_turn(commands, repeat)
    score = check_equal(runs, prediction)
    memory = {name: sample_memory(words) for name, words in commands.items()}
    table = Table(title=f"{title}, score {score:.6f}; medians of {repeat} runs in turn")
    table.add_column("runner")
    for heading in ("seconds", "fastest", "times as fast", "processor seconds"):
        table.add_column(heading, justify="right")
    table.add_column("MiB, largest process", justify="right")
    table.add_column("MiB, all together", justify="right")
    first = take_medians(next(iter(runs.values())))
    for name, own in runs.items():
        middle = take_medians(own)
        fastest = min(run.wall for run in own)
        cells = (f"{middle.wall:.2f}", f"{fastest:.2f}", f"{first.wall / middle.wall:.1f}x")
        peak = max(run.peak for run in own)
        table.add_row(name, *cells, f"{middle.cpu:.2f}", f"{peak:.0f}", f"{memory[name]:.0f}")
    console.print(table)


def say_versions(console: Console) -> None:
    """Print the versions that made the numbers."""
    names = ["isiceval", "isic-challenge-scoring", "numpy", "pillow", "click", "zlib-ng"]
    names += ["isal"] if find_spec("isal") else []
    console.print(
        f"Python {sys.version.split()[0]}; " + ", ".join(f"{n} {version(n)}" for n in names)
    )
    console.print(
        f"zlib {zlib.ZLIB_RUNTIME_VERSION}; zlib of Pillow: {features.version('zlib')}; "
        f"cores: {os.cpu_count()}; load: {os.getloadavg()[0]:.1f}"
    )


def main() -> None:
    """Prepare the masks, run everyone in turn, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--truth", type=Path, help="folder of truth masks; made if not given")
    parser.add_argument("--soft", action="store_true", help="blur the predictions to grey")
    parser.add_argument("--repeat", type=int, default=5, help="runs of each (default 5)")
    arguments = parser.parse_args()
    compile_package()
    console = Console(width=130)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        truth = arguments.truth or make_truth(scratch / "truth")
        prediction = disturb(truth, scratch / "prediction", soft=arguments.soft)
        sizes = [Image.open(path).size for path in truth.iterdir()]
        megapixels = sum(width * height for width, height in sizes) / 1e6
        title = f"{len(sizes)} pairs, {megapixels:.0f} megapixels of truth"
        compare(truth, prediction, repeat=arguments.repeat, title=title, console=console)
    say_versions(console)


if __name__ == "__main__":
    main()
