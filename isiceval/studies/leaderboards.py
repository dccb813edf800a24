"""Work out what the page of a leaderboard shows beside its standings: which images are hard."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from isiceval.insight import HardImage, LeaderboardInsight, TeamInsight
from isiceval.model import Case, Leaderboard, Standing
from isiceval.scorecard import read_signature
from isiceval.statistics.ordering import FloatArray

N_HARDEST = 20


def study_leaderboard(board: Leaderboard) -> LeaderboardInsight:
    """Work out which images are hard, from the values of single images where a board has them."""
    shown = "jaccard" if board.metric == "threshold_jaccard" else board.metric
    ranked = [standing for standing in board.standings if standing.rank is not None]
    images = sorted({_name(case) for s in ranked for case in s.cases if shown in case.values})
    if not images:
        return LeaderboardInsight(shown=shown)
    visible = _build_matrix(ranked, images, shown)
    order = _order_by_difficulty(visible)
    return LeaderboardInsight(
        shown=shown,
        teams=tuple(
            TeamInsight(submission=standing.submission, values=tuple(line))
            for standing, line in zip(ranked, visible[:, order].tolist(), strict=True)
        ),
        images=tuple(images[place] for place in order),
        hardest=_find_hardest(ranked, images, visible, _find_threshold(board, ranked)),
    )


def _name(case: Case) -> str:
    return f"{case.image} {case.label}" if case.label else case.image


def _build_matrix(standings: Sequence[Standing], images: Sequence[str], metric: str) -> FloatArray:
    rows = [{_name(case): case.values.get(metric, math.nan) for case in s.cases} for s in standings]
    return np.array([[row.get(image, math.nan) for image in images] for row in rows])


def _find_threshold(board: Leaderboard, ranked: Sequence[Standing]) -> float | None:
    """Find below which Jaccard an image has failed; None where the task has no such line."""
    if board.kind != "mask":
        return None
    return float(read_signature(ranked[0].signature).get("threshold", "0.65"))


def _order_by_difficulty(values: FloatArray) -> list[int]:
    means = _mean_images(values)
    return sorted(range(len(means)), key=lambda n: (math.isnan(means[n]), means[n], n))


def _mean_images(values: FloatArray) -> list[float]:
    defined = ~np.isnan(values)
    total = np.where(defined, values, 0.0).sum(axis=0)
    count = defined.sum(axis=0)
    means: list[float] = np.where(count > 0, total / np.maximum(count, 1), np.nan).tolist()
    return means


def _find_hardest(
    standings: Sequence[Standing],
    images: Sequence[str],
    values: FloatArray,
    threshold: float | None,
) -> tuple[HardImage, ...]:
    means = _mean_images(values)
    hardest = [n for n in _order_by_difficulty(values) if not math.isnan(means[n])][:N_HARDEST]
    found = []
    for n in hardest:
        column = values[:, n]
        best = int(np.nanargmax(column))
        found.append(
            HardImage(
                image=images[n],
                mean=means[n],
                best=float(column[best]),
                best_submission=standings[best].submission,
                n_failed=None if threshold is None else int((column < threshold).sum()),
            )
        )
    return tuple(found)
