"""Score large tables with isiceval and with the official scorer, and print the ratios."""

from __future__ import annotations

import argparse
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
from running import compile_package, run_in_turn, take_medians

CLASSES = ("MEL", "NV", "BCC", "AK", "BKL", "DF", "VASC", "SCC", "UNK")
OFFICIAL = """
import pathlib, sys, warnings
warnings.simplefilter("ignore")
import numpy as np
from rdp import rdp
from isic_challenge_scoring import metrics
from isic_challenge_scoring.classification import ClassificationMetric, ClassificationScore
# NumPy 2 no longer crosses flat vectors, which the official thinning of curves does.
metrics.rdp = lambda p, **o: rdp(np.column_stack((p, np.zeros(len(p)))), **o)
paths = map(pathlib.Path, sys.argv[2:])
print(repr(float(ClassificationScore.from_file(*paths, ClassificationMetric(sys.argv[1])).overall)))
"""
OURS = """
import sys
import isiceval
score = isiceval.score(sys.argv[1], truth=sys.argv[2], prediction=sys.argv[3]).score
print(repr(float(score)))
"""


def write_tables(folder: Path, classes: tuple[str, ...], n: int) -> tuple[Path, Path]:
    """Write a truth and a prediction of n rows, in the same order of ids."""
    rng = np.random.default_rng(2019)
    labels = rng.integers(0, max(2, len(classes)), n)
    eye = np.eye(len(classes))[labels] if len(classes) > 1 else (labels == 1)[:, None] * 1.0
    given = np.clip(eye * 0.3 + rng.random(eye.shape) * 0.7, 0, 1)
    paths = folder / "truth.csv", folder / "prediction.csv"
    for path, values, digits in zip(paths, (eye, given), (1, 6), strict=True):
        rows = (",".join(f"{v:.{digits}f}" for v in row) for row in values.tolist())
        # From 1,000,000 on: the official scorer gives ISIC_0035068 no weight, whatever the task.
        lines = (f"ISIC_{k:07d},{row}" for k, row in enumerate(rows, start=1_000_000))
        path.write_text("\n".join([f"image,{','.join(classes)}", *lines]) + "\n")
    return paths


def compare(task: str, metric: str, classes: tuple[str, ...], n: int, repeat: int) -> None:
    """Score one made table both ways in turn, and print medians and the ratio."""
    with tempfile.TemporaryDirectory() as name:
        paths = [str(path) for path in write_tables(Path(name), classes, n)]
        start = [sys.executable, "-c"]
        commands = {
            "official": [*start, OFFICIAL, metric, *paths],
            "isiceval": [*start, OURS, task, *paths],
        }
        found = run_in_turn(commands, repeat)
    seconds = {who: take_medians(own).wall for who, own in found.items()}
    print(f"{task}: {n:,} rows x {len(classes)}, median of {repeat}")
    for who, own in found.items():
        peak = max(one.peak for one in own)
        print(f"  {who:9} {seconds[who]:7.2f} s {peak:7.0f} MiB  score {own[0].output.strip()}")
    print(f"  official / isiceval: {seconds['official'] / seconds['isiceval']:.2f}")


def main() -> None:
    """Compare a table of the size of 2019 and one of the size of 2024."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5)
    repeat = parser.parse_args().repeat
    compile_package()
    names = ("isic-challenge-scoring", "numpy", "pandas", "scikit-learn")
    print(", ".join(f"{name} {version(name)}" for name in names))
    compare("2019/1", "balanced_accuracy", CLASSES, 8_238, repeat)
    compare("2020", "auc", ("malignant",), 400_000, repeat)


if __name__ == "__main__":
    main()
