"""Work out what the pages show beside the scores: subgroups, rank frequencies, hard images."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from isiceval.errors import UsageError
from isiceval.insight import (
    Breakdown,
    HardImage,
    LeaderboardInsight,
    Overlay,
    ScorecardInsight,
    TeamInsight,
)
from isiceval.metrics.aggregates import find_aggregate
from isiceval.model import Case, Leaderboard, Standing
from isiceval.ranking.groups import Groups, Redrawing, plan_redrawing
from isiceval.ranking.ordering import Better, FloatArray
from isiceval.ranking.statistics import estimate_rank_stability
from isiceval.ranking.subgroups import break_down
from isiceval.scorecard import Scorecard, read_signature

N_HARDEST = 20
FEW_SIZES = 6


def study_scorecard(
    scorecard: Scorecard,
    *,
    columns: Mapping[str, Mapping[str, str]] | None = None,
    overlays: Iterable[Overlay] = (),
    redrawing: Redrawing | None = None,
) -> ScorecardInsight:
    """Break the score down by the values of each column, with intervals.

    ``columns`` maps the name of a column to the value of each image; the size of the image and
    the share of it that is lesion are always among them.
    """
    chosen = redrawing or Redrawing()
    _, bootstrap = plan_redrawing(chosen, [case.image for case in scorecard.cases])
    return ScorecardInsight(
        bootstrap=bootstrap,
        breakdowns=_break_down_all(scorecard, columns or {}, chosen),
        overlays=tuple(overlays),
    )


def _break_down_all(
    scorecard: Scorecard, columns: Mapping[str, Mapping[str, str]], redrawing: Redrawing
) -> tuple[Breakdown, ...]:
    built_in = {
        **list_sizes(scorecard.cases),
        "lesion share": {case.image: _find_share(case) for case in scorecard.cases},
    }
    return tuple(
        break_down(scorecard, name, values, redrawing=redrawing)
        for name, values in {**columns, **built_in}.items()
    )


def list_sizes(cases: Sequence[Case]) -> dict[str, dict[str, str]]:
    """List the size of each image: as it is where there are few, else in megapixels."""
    sizes = {case.image: case.size for case in cases if case.size}
    if len(set(sizes.values())) <= FEW_SIZES:
        return {"image size": {image: str(size) for image, size in sizes.items()}}
    megapixels = {image: f"{size.pixels / 1e6:.3f}" for image, size in sizes.items()}
    return {"image size (megapixels)": megapixels}


def _find_share(case: Case) -> str:
    """Write the share of an image that is lesion, in percent; nothing where it is not known."""
    if case.counts is None or not case.counts.total:
        return ""
    return f"{100 * case.counts.truth / case.counts.total:.2f} %"


def study_leaderboard(board: Leaderboard, *, groups: Groups | None = None) -> LeaderboardInsight:
    """Work out how often each rank is taken, and which images are hard, of a ranked board.

    The images are redrawn as the board says; ``groups`` are those it was ranked with. Both
    need values of single images: a board without them gets an insight without them.
    """
    shown = "jaccard" if board.metric == "threshold_jaccard" else board.metric
    ranked = [standing for standing in board.standings if standing.rank is not None]
    images = sorted({_name(case) for s in ranked for case in s.cases if shown in case.values})
    if not images:
        return LeaderboardInsight(shown=shown)
    visible = _build_matrix(ranked, images, shown)
    order = _order_by_difficulty(visible)
    shares = _find_rank_shares(board, ranked, groups)
    return LeaderboardInsight(
        shown=shown,
        teams=tuple(
            TeamInsight(submission=standing.submission, rank_shares=tuple(row), values=tuple(line))
            for standing, row, line in zip(ranked, shares, visible[:, order].tolist(), strict=True)
        ),
        images=tuple(images[place] for place in order),
        hardest=_find_hardest(ranked, images, visible, _find_threshold(board, ranked)),
    )


def _name(case: Case) -> str:
    return f"{case.image} {case.label}" if case.label else case.image


def _build_matrix(standings: Sequence[Standing], images: Sequence[str], metric: str) -> FloatArray:
    rows = [{_name(case): case.values.get(metric, math.nan) for case in s.cases} for s in standings]
    return np.array([[row.get(image, math.nan) for image in images] for row in rows])


def _find_rank_shares(
    board: Leaderboard, ranked: Sequence[Standing], groups: Groups | None
) -> list[list[float]]:
    """Find the share of draws in each rank; nothing where the score is no mean over images."""
    if board.bootstrap is None or board.kind != "mask":
        return [[] for _ in ranked]
    images = sorted({case.image for standing in ranked for case in standing.cases})
    drawn = Redrawing(draws=board.bootstrap.draws, seed=board.bootstrap.seed, groups=groups)
    resampling, bootstrap = plan_redrawing(drawn, images)
    if bootstrap != board.bootstrap:
        raise UsageError("the board was ranked with other groups: give those it was ranked with")
    stability = estimate_rank_stability(
        _build_matrix(ranked, images, board.metric),
        better=_find_better(board.metric),
        resampling=resampling,
    )
    shares: list[list[float]] = stability.frequencies.tolist()
    return shares


def _find_better(metric: str) -> Better:
    return "lower" if find_aggregate(metric).better == "lower" else "higher"


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
