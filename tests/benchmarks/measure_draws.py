"""Measure what statistics cost for each kind of task: 1000 draws of made submissions."""

from __future__ import annotations

import os

# As on the command line; before NumPy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import resource
import time
from importlib.metadata import version

import numpy as np
import pandas as pd

import isiceval
from isiceval.metrics.curves import measure_curve
from isiceval.model import Counts, Size, Standing
from isiceval.options import BootstrapOptions
from isiceval.pipeline import add_statistics
from isiceval.scorecard import Scorecard
from isiceval.statistics.bootstrap import Resampling, iter_weights, resample_all
from isiceval.statistics.ranking import rank_entries
from tests.builders import make_scorecard, measure

RNG = np.random.default_rng(2019)


def score_tables(name: str, n: int, *, teams: int = 1, positive: float = 0.5, patients: int = 0):
    """Score made tables of n rows on one truth; one label has a share of positive cases."""
    task = isiceval.get_task(name)
    labels = list(task.labels)
    if len(labels) > 1:
        truth = np.eye(len(labels))[RNG.integers(0, len(labels), n)]
    else:
        truth = (RNG.random((n, 1)) < positive).astype(float)
    ids = pd.Index([f"ISIC_{k:07d}" for k in range(1_000_000, 1_000_000 + n)], name=task.table.key)
    known = pd.DataFrame(truth, index=ids, columns=labels)
    if patients:
        known = known.assign(patient_id=[f"p{k}" for k in RNG.integers(0, patients, n)])
    known, cards = known.reset_index(), {}
    for team in range(teams):
        given = (0.3 * truth + 0.7 * RNG.random(truth.shape)).round(6)
        table = pd.DataFrame(given, index=ids, columns=labels).reset_index()
        cards[f"team-{team}"] = isiceval.score(task, truth=known, prediction=table, bootstrap=0)
    return task, cards


def score_superpixels(n: int, each: int):
    task = isiceval.get_task("2017/2")
    truth, prediction = {}, {}
    for k in range(n):
        known = {label: (RNG.random(each) < 0.05) * 1 for label in task.labels}
        truth[f"ISIC_{k:07d}"] = known
        prediction[f"ISIC_{k:07d}"] = {
            label: (0.2 * values + 0.8 * RNG.random(each)).round(4)
            for label, values in known.items()
        }
    card = isiceval.score(task, truth=truth, prediction=prediction, bootstrap=0)
    return task, {"team-0": card}


def score_masks(name: str, n: int) -> Scorecard:
    task = isiceval.get_task("2018/1")
    hits = np.clip(RNG.normal(72, 12, n), 1, 100).astype(int).tolist()
    cases = [
        measure(task, f"ISIC_{k:07d}", Counts(tp=h, fp=k % 7, fn=100 - h, tn=300), Size(20, 20))
        for k, h in enumerate(hits)
    ]
    return make_scorecard(task, cases, name)


class Clock:
    """Seconds since it was made: of the clock, and of the processor, which others do not disturb."""

    def __init__(self) -> None:
        self.wall, self.processor = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        return time.perf_counter() - self.wall, time.process_time() - self.processor


def format_value(what: str, start: Clock, more: str = "") -> float:
    wall, processor = start.read()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    times = f"{wall:7.2f} s, processor {processor:7.2f} s"
    print(f"{what:<52} {times}, peak {peak:5.0f} MiB  {more}", flush=True)
    return processor


def measure_draws(what: str, task, cards: dict[str, Scorecard], draws: int) -> None:
    (card,), start = cards.values(), Clock()
    aggregation = card.prepare(task)
    resample_all([aggregation], Resampling(draws=draws))
    format_value(what, start, f"{len(aggregation.names)} aggregates")


def measure_board(what: str, task, cards: dict[str, Scorecard], draws: int) -> None:
    board = rank_entries([Standing(submission=name) for name in cards], cards, task=task)
    start = Clock()
    add_statistics(board, cards, BootstrapOptions(draws=draws), task=task)
    format_value(what, start)


def compare_with_loop(n: int, draws: int) -> None:
    """Print how long one AUC takes by repeating rows, beside all draws at once."""
    task, cards = score_tables("2020", n, positive=0.1)
    card = cards["team-0"]
    aggregation = card.prepare(task)
    cases = sorted(card.cases, key=lambda case: case.image)
    truth = np.array([case.diagnosis.truth == "malignant" for case in cases])
    given = np.array([case.diagnosis.confidences[0] for case in cases])
    start = Clock()
    for block in iter_weights(n, Resampling(draws=draws)):
        for weights in block:
            rows = np.repeat(np.arange(n), weights)
            measure_curve("auc", truth[rows], given[rows])
    loop = format_value(f"AUC alone by repeating rows, {n} rows, {draws} draws", start)
    start = Clock()
    resample_all([aggregation], Resampling(draws=draws))
    ours = format_value("all ten aggregates at once, the same draws", start)
    print(f"ratio {loop / ours:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=1000)
    draws = parser.parse_args().draws
    print(
        ", ".join(f"{p} {version(p)}" for p in ("numpy", "scipy", "scikit-learn")), f"{draws} draws"
    )
    measure_draws("2018/3: 1,512 x 7", *score_tables("2018/3", 1512), draws)
    measure_draws("2019/1: 8,238 x 9", *score_tables("2019/1", 8238), draws)
    measure_draws("2020: 10,982 x 1", *score_tables("2020", 10_982, positive=0.02), draws)
    measure_draws("2017/2: 600 images x 900 superpixels x 4", *score_superpixels(600, 900), draws)
    tables = score_tables("2024", 400_000, positive=0.001, patients=1000)
    measure_draws("2024: 400,000 x 1", *tables, draws)
    compare_with_loop(2000, min(draws, 200))
    measure_board("2018/3: board of 20 teams", *score_tables("2018/3", 1512, teams=20), draws)
    masks = {f"team-{k}": score_masks(f"team-{k}", 1000) for k in range(100)}
    measure_board(
        "2018/1: board of 100 teams, 1000 images", isiceval.get_task("2018/1"), masks, draws
    )


if __name__ == "__main__":
    main()
