"""Measure on made populations how often intervals hold the truth and tests find what is not there.

``python tests/benchmarks/measure_intervals.py --section scores`` runs one of the sections scores,
differences, errors, ranks, alternatives (other tests); all of them take some 17 minutes of one
processor. The standard error of a share of .95 of 1000 samples is .007, of 150 samples .018. The
tables at the end of a section are those of the guide: of all populations the lowest coverage, or
the highest rate of errors.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as on the command line; before NumPy is loaded

import argparse
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import bdtr, ndtr, ndtri, stdtr

from isiceval.metrics.arrays import Term, average_terms, divide
from isiceval.metrics.classes import split_recalls
from isiceval.metrics.counts import FORMULAS, CountArrays, split_counts
from isiceval.metrics.curves import measure_curve, split_curve
from isiceval.statistics.bootstrap import Resampling
from isiceval.statistics.intervals import compute_interval, gather
from isiceval.statistics.pairwise import analyse_pairs, compare_terms
from isiceval.statistics.significance import compute_signed_rank

SIZES = (10, 20, 50, 100, 300, 600, 1000)
FAILURES = (0.02, 0.10, 0.30)
POSITIVES = (0.02, 0.10)
TEAMS = 10
MAXIMA = 2000  # draws of the critical value
GRID = (np.arange(200_000) + 0.5) / 200_000

# Cases of each class and recalls: shares of ISIC 2018 task 3; two profiles of real submissions.
SHARES = np.array([0.67, 0.11, 0.11, 0.051, 0.033, 0.014, 0.012])
RECALLS = {
    "recalls .96": np.full(7, 0.96),
    "recalls .93 to .55": np.array([0.93, 0.80, 0.78, 0.75, 0.70, 0.60, 0.55]),
    "recalls .95 to .75": np.array([0.95, 0.85, 0.80, 0.90, 0.75, 0.80, 0.85]),
}


@dataclass
class Cell:
    """One line of the output: how many samples held the truth, or made an error."""

    what: str
    n: int
    held: float
    samples: int
    width: float = float("nan")


# Images --------------------------------------------------------------------------------------


def find_jaccards(u, failures):
    """Turn uniform numbers into Jaccard indices: failures below .65, the others about .86."""
    failed = 0.65 * np.sqrt(np.minimum(u / max(failures, 1e-9), 1))
    passing = np.clip((u - failures) / (1 - failures), 0, 1)
    return np.where(u < failures, failed, 0.65 + 0.35 * (1 - (1 - passing) ** 0.6) ** 0.7)


def threshold(values):
    return np.where(values < 0.65, 0.0, values)


IMAGE_METRICS: dict[str, Callable] = {
    "Jaccard": find_jaccards,
    "thresholded Jaccard": lambda u, f: threshold(find_jaccards(u, f)),
    "failure rate": lambda u, f: (u < f).astype(float),
    "Jaccard, failures lost": lambda u, f: np.where(u < f, 0.0, find_jaccards(u, 0.0)),
}


def draw_uniforms(rng, shape, correlation):
    """Draw uniform numbers of teams x images that share how hard an image is, (..., teams, n)."""
    *outer, n = shape
    common = rng.standard_normal((*outer[:-1], 1, n))
    own = rng.standard_normal(shape)
    return ndtr(np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own)


# Positive and negative cases -----------------------------------------------------------------

CURVES = ("auc", "average_precision", "partial_auc")
SHIFT = 2.5


@lru_cache
def find_positive_scores(kind):
    """Return many quantiles of the scores of positive cases; negative ones are standard normal."""
    if kind == "hidden":  # 12 in 100 positive cases look like negative ones
        return np.sort(np.concatenate([ndtri(GRID[::25])] * 3 + [ndtri(GRID[::25]) + SHIFT] * 22))
    area = 0.12 * 0.5 + 0.88 * ndtr(SHIFT / np.sqrt(2)) if kind == "alike" else float(kind)
    return ndtri(GRID) + np.sqrt(2) * ndtri(area)


@lru_cache
def find_true_curves(kind, positive):
    """Return AUC, average precision and partial AUC of a population."""
    specificity = ndtr(find_positive_scores(kind))
    n = len(specificity)
    hits = positive * (n - np.arange(n)) / n
    precision = hits / (hits + (1 - positive) * (1 - specificity))
    return np.array([specificity.mean(), precision.mean(), specificity[: n // 5].sum() / n])


def draw_table(rng, n, positive, kinds, correlation):
    """Draw truth (n,) and scores (teams, n), with at least 5 cases of each class; None where not."""
    truth = rng.random(n) < positive
    if min(truth.sum(), (~truth).sum()) < 5:
        return None
    u = draw_uniforms(rng, (len(kinds), n), correlation)
    scores = ndtri(u)
    for row, kind in enumerate(kinds):
        quantiles = find_positive_scores(kind)
        own = np.minimum((u[row, truth] * len(quantiles)).astype(int), len(quantiles) - 1)
        scores[row, truth] = quantiles[own]
    return truth, scores


def split(metric, truth, scores):
    """Split a curve metric of each submission, (teams, cases); the score is that of the metric."""
    # Partial AUC takes confidences in [0, 1].
    given = ndtr(scores)
    terms = [split_curve(metric, truth, row) for row in given]
    return [measure_curve(metric, truth, row) for row in given], list(zip(*terms, strict=True))


# What is tested ------------------------------------------------------------------------------


def find_ends(scores, terms, n, *, groups=None):
    """Find the ends of the interval of each score; ``terms`` holds a list a term."""
    resampling = Resampling(groups=groups)
    gathered = [gather(own, n_units=n, resampling=resampling) for own in terms]
    return compute_interval(np.asarray(scores), gathered)


def compare(scores, terms, n):
    return compare_terms(np.asarray(scores), [gather(own, n_units=n) for own in terms])


def find_difference(differences):
    """Find the interval of the second less the first of two."""
    found = analyse_pairs(differences)
    return found.low[1, 0], found.high[1, 0]


def make_means(values):
    """Make the scores and the terms of means over cases, (teams, cases)."""
    places = np.arange(values.shape[1])
    return values.mean(axis=1), [[Term(row, places) for row in values]]


# Sections ------------------------------------------------------------------------------------


def check(what, n, truth, ends) -> Cell:
    low, high = ends
    held = (low <= truth) & (truth <= high)
    return Cell(what, n, float(np.mean(held)), held.size, float(np.mean(high - low)))


def measure_image_scores(rng, samples) -> Iterator[Cell]:
    for name, find in IMAGE_METRICS.items():
        for failures in FAILURES:
            true = find(GRID, failures).mean()
            for n in SIZES:
                values = find(rng.random((samples, n)), failures)
                ends = find_ends(*make_means(values), n)
                yield check(f"{name}, {failures:.0%} fail", n, true, ends)


def measure_pooled_scores(rng, samples) -> Iterator[Cell]:
    for empty in (0.0, 0.7):
        for n in SIZES:
            above, below = draw_pooled(rng, (samples, n), empty)
            enough = (below > 0).sum(axis=1) >= 5
            if enough.mean() < 0.5:
                continue
            scores = above[enough].sum(axis=1) / below[enough].sum(axis=1)
            terms = [split_pooled(*pair) for pair in zip(above[enough], below[enough], strict=True)]
            ends = find_ends(scores, list(zip(*terms, strict=True)), n)
            yield check(f"pooled Dice, {empty:.0%} without lesion", n, find_true_pooled(), ends)


def measure_grouped_scores(rng, samples) -> Iterator[Cell]:
    """Measure means of images of patients: 1 to 8 images each, which fail together."""
    for failures in FAILURES:
        true = threshold(find_jaccards(GRID, failures)).mean()
        for patients in SIZES[1:6]:
            sizes = 1 + np.arange(patients) % 8
            groups = np.repeat(np.arange(patients), sizes)
            common = rng.standard_normal((samples, patients))[:, groups]
            u = ndtr(np.sqrt(0.6) * common + np.sqrt(0.4) * rng.standard_normal(common.shape))
            values = threshold(find_jaccards(u, failures))
            ends = find_ends(*make_means(values), len(groups), groups=groups.tolist())
            yield check(
                f"thresholded Jaccard by patient, {failures:.0%} fail", patients, true, ends
            )


def measure_grouped_areas(rng, samples) -> Iterator[Cell]:
    """Measure AUC and average precision of superpixels, 25 of each image, which are alike."""
    for n in SIZES[1:5]:
        groups = np.repeat(np.arange(n), 25)
        for spread in (0.5, 1.0):
            found: dict[str, list] = {"auc": [], "average_precision": []}
            for _ in range(samples):
                truth, scores = draw_superpixels(rng, groups, spread)
                for metric, own in found.items():
                    parts = split(metric, truth, scores[None])
                    own.append(np.ravel(find_ends(*parts, len(groups), groups=groups.tolist())))
            for metric, own in found.items():
                true = find_true_superpixels(metric, spread)
                yield check(f"{metric} by image, spread {spread}", n, true, np.array(own).T)


def draw_superpixels(rng, groups, spread):
    """Draw truth and scores; images differ in how much is positive, and in how well it is found."""
    n = groups[-1] + 1
    share, shift = rng.beta(1, 6, n)[groups], (1.5 + spread * rng.standard_normal(n))[groups]
    truth = rng.random(len(groups)) < share
    return truth, rng.standard_normal(len(groups)) + np.where(truth, shift, 0.0)


@lru_cache
def find_true_superpixels(metric, spread):
    rng = np.random.default_rng(1)
    truth, scores = draw_superpixels(rng, np.repeat(np.arange(40_000), 25), spread)
    return measure_curve(metric, truth, ndtr(scores))


def draw_pooled(rng, shape, empty, agreement=None):
    """Draw the numerator and denominator of Dice of each image; sizes are log-normal."""
    size = rng.lognormal(0, 1, shape) * (rng.random(shape) >= empty)
    u = rng.random(shape) if agreement is None else agreement
    return 2 * size * find_jaccards(u, 0.1), size * (1 + find_jaccards(u, 0.1))


def split_pooled(above, below):
    """Split pooled Dice, of 2 TP and of 2 TP + FP + FN of each image."""
    wrong = below - above
    return split_counts("dice", np.array([above / 2, wrong, 0 * wrong, 0 * wrong]), size=2)


@lru_cache
def find_true_pooled():
    values = find_jaccards(GRID, 0.1)
    return 2 * values.mean() / (1 + values).mean()


def measure_recall_scores(rng, samples) -> Iterator[Cell]:
    for name, recalls in RECALLS.items():
        for n in SIZES:
            found = []
            for _ in range(samples):
                truth = draw_classes(rng, n)
                right = rng.random(n) < recalls[truth]
                found.append(find_recall_ends(truth, right))
            yield check(f"balanced accuracy, {name}", n, recalls.mean(), np.array(found).T)
    for positive in POSITIVES:
        for n in SIZES:
            counts = rng.binomial(n, positive, samples)
            found = []
            for count in counts[counts > 0].tolist():
                values = (rng.random((1, count)) < 0.85) * 1.0
                found.append(np.ravel(find_ends(*make_means(values), count)))
            yield check(f"sensitivity .85, {positive:.0%} positive", n, 0.85, np.array(found).T)


def split_classes(truth, right):
    """Split balanced accuracy of each submission, right (teams, cases)."""
    chosen = np.where(right, truth, -1)
    terms = [split_recalls(truth, row, np.arange(len(truth))) for row in chosen]
    scores = [sum(term.values.mean() for term in own) for own in terms]
    return scores, list(zip(*terms, strict=True))


def find_recall_ends(truth, right):
    return np.ravel(find_ends(*split_classes(truth, right[None]), len(truth)))


def draw_classes(rng, n):
    """Draw the class of each case; every class occurs."""
    return np.concatenate([np.arange(7), rng.choice(7, n - 7, p=SHARES / SHARES.sum())])


def measure_count_scores(rng, samples) -> Iterator[Cell]:
    """Measure Matthews correlation, and macro F1 of seven classes."""
    for positive in (*POSITIVES, 0.3):
        shares = np.array([0.8 * positive, 0.1 * (1 - positive), 0.2 * positive])
        shares = np.append(shares, 1 - shares.sum())
        true = float(FORMULAS["matthews"](CountArrays(*shares)))
        for n in SIZES:
            found = []
            for counts in rng.multinomial(n, shares, samples):
                cells = np.eye(4)[:, np.repeat(np.arange(4), counts)]
                if min(counts[[0, 2]].sum(), counts[[1, 3]].sum()) >= 5:
                    terms = [[term] for term in split_counts("matthews", cells)]
                    score = [terms[0][0].values.mean()] if terms else [0.0]
                    found.append(np.ravel(find_ends(score, terms, n)) if terms else (-1, 1))
            if len(found) > samples / 4:
                yield check(f"Matthews, {positive:.0%} positive", n, true, np.array(found).T)
    shares = SHARES / SHARES.sum()
    for name, recalls in RECALLS.items():
        # A wrong case is given to another class, by the shares of these.
        table = np.outer(shares * (1 - recalls), shares) * (1 - np.eye(7))
        table *= (shares * (1 - recalls) / table.sum(axis=1))[:, None]
        table += np.diag(shares * recalls)
        true = np.mean(2 * np.diag(table) / (table.sum(axis=0) + table.sum(axis=1)))
        for n in SIZES[1:]:
            found = []
            for _ in range(samples):
                truth, given = divmod(rng.choice(49, n, p=table.ravel() / table.sum()), 7)
                found.append(find_f1_ends(truth, given, n))
            kept = [ends for ends in found if ends is not None]
            if len(kept) > samples / 4:
                yield check(f"macro F1, {name}", n, true, np.array(kept).T)


def find_f1_ends(truth, given, n):
    """Find the interval of macro F1; None where a class has fewer than five cases."""
    own, chosen = np.eye(7, dtype=bool)[truth].T, np.eye(7, dtype=bool)[given].T
    if own.sum(axis=1).min() < 5:
        return None
    cells = np.array([own & chosen, ~own & chosen, own & ~chosen, ~own & ~chosen], float)
    terms = average_terms([split_counts("dice", cells[:, k]) for k in range(7)], omit=False)
    score = sum(term.values.mean() for term in terms)
    return np.ravel(find_ends([score], [[term] for term in terms], n))


def measure_curve_scores(rng, samples) -> Iterator[Cell]:
    yield from measure_curve_pairs(rng, samples, scores=True)


def measure_curve_pairs(rng, samples, *, scores) -> Iterator[Cell]:
    kinds = (("0.9",), ("hidden",), ("0.8",))
    if not scores:
        kinds = (("0.9", "0.9"), ("hidden", "hidden"), ("0.8", "0.9"), ("hidden", "alike"))
    for positive in POSITIVES:
        for n in (size for size in SIZES if size * positive >= 5):
            for own in kinds:
                tables = (draw_table(rng, n, positive, own, 0.6) for _ in range(2 * samples))
                kept = [table for table in tables if table is not None][:samples]
                true = find_true_curves(own[-1], positive) - (
                    0 if scores else find_true_curves(own[0], positive)
                )
                for place, metric in enumerate(CURVES):
                    found = []
                    for truth, given in kept:
                        parts = split(metric, truth, given)
                        if scores:
                            found.append(np.ravel(find_ends(*parts, n)))
                        else:
                            found.append(find_difference(compare(*parts, n)))
                    what = f"{metric} of {' and '.join(own)}, {positive:.0%} positive"
                    yield check(what, n, true[place], np.array(found).T)


def compare_pooled(rng, teams, n):
    values, size = find_jaccards(draw_uniforms(rng, (teams, n), 0.5), 0.1), rng.lognormal(0, 1, n)
    above, below = 2 * size * values, size * (1 + values)
    terms = [split_pooled(*pair) for pair in zip(above, below, strict=True)]
    return compare(above.sum(axis=1) / below.sum(axis=1), list(zip(*terms, strict=True)), n)


def measure_image_differences(rng, samples) -> Iterator[Cell]:
    for name, find in IMAGE_METRICS.items():
        for failures in FAILURES:
            for other, correlation in ((failures, 0.5), (failures, 0.95), (failures / 2, 0.6)):
                true = find(GRID, other).mean() - find(GRID, failures).mean()
                for n in SIZES[1:]:
                    u = draw_uniforms(rng, (samples, 2, n), correlation)
                    pairs = np.stack([find(u[:, 0], failures), find(u[:, 1], other)], axis=1)
                    found = [find_difference(compare(*make_means(pair), n)) for pair in pairs]
                    what = f"{name}, {failures:.0%} and {other:.0%} fail, correlation {correlation}"
                    yield check(what, n, true, np.array(found).T)


def measure_other_differences(rng, samples) -> Iterator[Cell]:
    for n in SIZES[1:]:
        found = [find_difference(compare_pooled(rng, 2, n)) for _ in range(samples)]
        yield check("pooled Dice, equal", n, 0.0, np.array(found).T)
    for name, recalls in RECALLS.items():
        for n in SIZES[1:]:
            found = []
            for _ in range(samples // 2):
                truth = draw_classes(rng, n)
                right = draw_uniforms(rng, (2, n), 0.5) < recalls[truth]
                found.append(find_difference(compare(*split_classes(truth, right), n)))
            yield check(f"balanced accuracy, {name}, equal", n, 0.0, np.array(found).T)


# Boards of equal teams -----------------------------------------------------------------------


def make_steps(first, second):
    """Make two kinds of teams of equal mean: (share that fails, value then, value otherwise) each."""
    return [lambda u, own=own: np.where(u < own[0], own[1], own[2]) for own in (first, second)]


def equalise(metric, failures, mean):
    find = IMAGE_METRICS[metric]
    scale = mean / find(GRID, failures).mean()
    return lambda u: find(u, failures) * scale


def list_boards():
    """List boards of teams of equal means, by name; teams of different shapes take turns."""
    thresholded = "thresholded Jaccard"
    return {
        "10 % and 2 % fail, two values": make_steps((0.1, 0.3, 0.9), (0.02, 0.3, 0.834 / 0.98)),
        "10 % and 2 % lost, two values": make_steps((0.1, 0.0, 0.9), (0.02, 0.0, 0.81 / 0.98)),
        "2 % and none lost, two values": make_steps((0.02, 0.0, 0.9), (0.0, 0.0, 0.882)),
        **{
            f"thresholded Jaccard, {f:.0%} fail": [equalise(thresholded, f, 0.55)] for f in FAILURES
        },
        "thresholded Jaccard, 2 % and 10 % fail": [
            equalise(thresholded, f, 0.7) for f in (0.02, 0.1)
        ],
        "Jaccard, 2, 10 and 30 % fail": [equalise("Jaccard", f, 0.7) for f in FAILURES],
    }


def judge(pairs_of_boards) -> tuple[float, float]:
    """Return the share of pairs, and of boards, in which one of equal teams is called better."""
    single, family = [], []
    for differences in pairs_of_boards:
        found = analyse_pairs(differences, draws=MAXIMA)
        family.append(found.better.any())
        single.append((found.p_values <= 0.025).sum() / (TEAMS * (TEAMS - 1) / 2))
    return float(np.mean(single)), float(np.mean(family))


def measure_image_errors(rng, samples) -> Iterator[Cell]:
    for name, kinds in list_boards().items():
        for n in (50, 100, 300, 1000):
            u = draw_uniforms(rng, (samples, TEAMS, n), 0.5)
            values = np.stack([kinds[k % len(kinds)](u[:, k]) for k in range(TEAMS)], axis=1)
            single, family = judge(compare(*make_means(own), n) for own in values)
            yield Cell(f"{name}: single", n, single, samples)
            yield Cell(f"{name}: familywise", n, family, samples)


def measure_alternatives(rng, samples) -> Iterator[Cell]:
    """Measure how often tests call two submissions of equal means different, at 5 %."""
    for name, kinds in list_boards().items():
        for n in (50, 100, 300, 1000):
            u = draw_uniforms(rng, (samples, 2, n), 0.5)
            pairs = np.stack([kinds[k % len(kinds)](u[:, k]) for k in range(2)], axis=1)
            gains = (pairs[:, 1] - pairs[:, 0]).round(12)
            wilcoxon = compute_signed_rank(gains)
            means, errors = gains.mean(axis=1), gains.std(axis=1, ddof=1) / np.sqrt(n)
            flips = rng.choice([-1.0, 1.0], (500, n)) @ gains.T
            reached = (np.abs(flips) >= np.abs(gains.sum(axis=1)) - 1e-9).sum(axis=0)
            own = [analyse_pairs(compare(*make_means(pair), n)).adjusted.min() for pair in pairs]
            found = {
                "Wilcoxon signed rank": 2 * np.minimum(wilcoxon.p_greater, wilcoxon.p_less),
                "paired t": 2 * stdtr(n - 1, -np.abs(divide(means, errors))),
                "sign flips": (reached + 1) / 501,
                "pseudo-case": np.array(own),
            }
            for test, p_values in found.items():
                rejected = np.nan_to_num(p_values, nan=1.0) <= 0.05
                yield Cell(f"{test}, {name}", n, float(rejected.mean()), samples)


def measure_table_errors(rng, samples) -> Iterator[Cell]:
    for name, recalls in RECALLS.items():
        for n in (50, 100, 300, 1000):
            boards = []
            for _ in range(samples // 2):
                truth = draw_classes(rng, n)
                right = draw_uniforms(rng, (TEAMS, n), 0.5) < recalls[truth]
                boards.append(compare(*split_classes(truth, right), n))
            single, family = judge(boards)
            yield Cell(f"balanced accuracy, {name}: single", n, single, samples // 2)
            yield Cell(f"balanced accuracy, {name}: familywise", n, family, samples // 2)
    for kinds in (("0.9",), ("hidden",), ("hidden", "alike")):
        for positive in POSITIVES:
            for n in (size for size in (50, 100, 300, 600, 1000) if size * positive >= 5):
                teams = [kinds[k % len(kinds)] for k in range(TEAMS)]
                tables = (draw_table(rng, n, positive, teams, 0.6) for _ in range(samples))
                boards = [compare(*split("auc", *t), n) for t in tables if t is not None]
                single, family = judge(boards)
                what = f"AUC of {' and '.join(kinds)}, {positive:.0%} positive"
                yield Cell(f"{what}: single", n, single, len(boards))
                yield Cell(f"{what}: familywise", n, family, len(boards))


def measure_draw_errors(rng, samples) -> Iterator[Cell]:
    for positive, n in ((0.1, 50), (0.1, 300), (0.02, 300), (0.02, 1000)):
        tables = (draw_table(rng, n, positive, ["hidden"] * TEAMS, 0.6) for _ in range(samples))
        kept = [table for table in tables if table is not None]
        for metric in CURVES[1:]:
            single, family = judge(compare(*split(metric, *table), n) for table in kept)
            what = f"{metric} of hidden, {positive:.0%} positive"
            yield Cell(f"{what}: single", n, single, len(kept))
            yield Cell(f"{what}: familywise", n, family, len(kept))
    for n in (50, 100, 300, 1000):
        boards = [compare_pooled(rng, TEAMS, n) for _ in range(samples // 2)]
        single, family = judge(boards)
        yield Cell("pooled Dice, equal: single", n, single, len(boards))
        yield Cell("pooled Dice, equal: familywise", n, family, len(boards))
    for n in (50, 100, 300, 1000):
        differing = rng.binomial(n, 0.1, samples)
        first = rng.binomial(differing, 0.5)
        fewer = np.minimum(first, differing - first)
        p_values = np.minimum(1, 2 * bdtr(fewer, differing, 0.5))
        yield Cell(
            "exact McNemar, 10 % differ: single", n, float((p_values <= 0.05).mean()), samples
        )


def measure_ranks(rng, samples) -> Iterator[Cell]:
    """Measure how often the sure ranks of all teams hold at once, teams a gap apart."""
    for teams in (5, 10, 30):
        for gap in (0.01, 0.25, 1.0):
            for n in (100, 1000):
                held, width = [], []
                for _ in range(samples // (4 if teams == 30 else 1)):
                    u = draw_uniforms(rng, (teams, n), 0.5)
                    base = threshold(find_jaccards(u, 0.1))
                    # One standard error of a difference of two teams, of this population.
                    error = 0.30 / np.sqrt(n)
                    values = base * (1 - gap * error * np.arange(teams)[:, None])
                    found = analyse_pairs(compare(*make_means(values), n), draws=MAXIMA)
                    low, high = found.sure_ranks
                    ranks = np.arange(1, teams + 1)
                    held.append(((low <= ranks) & (ranks <= high)).all())
                    width.append((high - low + 1).mean())
                what = f"{teams} teams, gap {gap} standard errors: all ranks at once"
                yield Cell(what, n, float(np.mean(held)), len(held), float(np.mean(width)))


SECTIONS: dict[str, tuple] = {
    "scores": (
        measure_image_scores,
        measure_grouped_scores,
        measure_grouped_areas,
        measure_pooled_scores,
        measure_recall_scores,
        measure_count_scores,
        measure_curve_scores,
    ),
    "differences": (
        measure_image_differences,
        measure_other_differences,
        lambda rng, samples: measure_curve_pairs(rng, samples, scores=False),
    ),
    "errors": (measure_image_errors, measure_table_errors, measure_draw_errors),
    "ranks": (measure_ranks,),
    "alternatives": (measure_alternatives,),
}
# Samples of each part of a section, as shares of --samples: what is slow gets fewer.
SHARES_OF_SAMPLES = {
    "scores": (1, 1, 0.3, 1, 1, 0.5, 0.3),
    "differences": (1, 0.5, 0.15),
    "errors": (0.8, 2, 0.8),
    "ranks": (0.4,),
    "alternatives": (1,),
}


def run_section(name: str, seed: int, samples: int) -> None:
    start, used, cells = time.perf_counter(), time.process_time(), []
    rng = np.random.Generator(np.random.PCG64([seed, list(SECTIONS).index(name)]))
    for measure, share in zip(SECTIONS[name], SHARES_OF_SAMPLES[name], strict=True):
        for cell in measure(rng, max(20, int(samples * share))):
            print(
                f"{name:<13}{cell.what:<66}{cell.n:>5}  {cell.held:.3f}  width {cell.width:.4f}"
                f"  samples {cell.samples}",
                flush=True,
            )
            cells.append(cell)
    _print_table(cells, worst=max if name in ("errors", "alternatives") else min)
    counted = [cell.held for cell in cells if cell.n >= (50 if name == "errors" else 20)]
    print(
        f"{name}: {len(counted)} cells, least {min(counted):.3f}, mean {np.mean(counted):.3f}, "
        f"most {max(counted):.3f}; {time.perf_counter() - start:.0f} s, "
        f"processor {time.process_time() - used:.0f} s\n",
        flush=True,
    )


def _print_table(cells: list[Cell], *, worst: Callable) -> None:
    """Print the worst cell of each metric and number of cases as a Markdown table."""
    found: dict[tuple[str, int], list[float]] = {}
    for cell in cells:
        family = re.split(r",| of \w|:", cell.what)[0]
        rate = cell.what.rpartition(": ")[2] if "wise" in cell.what or "single" in cell.what else ""
        found.setdefault((f"{family} {rate}".strip(), cell.n), []).append(cell.held)
    sizes = sorted({n for _, n in found})
    print(f"\n| | {' | '.join(f'n = {n}' for n in sizes)} |\n|---|{'---|' * len(sizes)}")
    for family in dict.fromkeys(family for family, _ in found):
        row = [worst(found[family, n]) if (family, n) in found else None for n in sizes]
        print(f"| {family} | {' | '.join(map(_format_share, row))} |")
    print()


def _format_share(share: float | None) -> str:
    if share is None:
        return ""
    return "1.00" if share > 0.9995 else f"{share:.3f}"[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--section", choices=[*SECTIONS, "all"], default="all")
    parser.add_argument("--seed", type=int, default=2018)
    parser.add_argument("--samples", type=int, default=1000)
    chosen = parser.parse_args()
    for name in SECTIONS if chosen.section == "all" else [chosen.section]:
        run_section(name, chosen.seed, chosen.samples)


if __name__ == "__main__":
    main()
