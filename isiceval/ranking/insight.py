"""Work out what the pages show: intervals, subgroups, ranks under every method, hard images."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from string import ascii_lowercase

import numpy as np

from isiceval.insight import (
    Breakdown,
    HardImage,
    Interval,
    LeaderboardInsight,
    Overlay,
    Sampling,
    ScorecardInsight,
    TeamInsight,
)
from isiceval.metrics.catalogue import METRICS
from isiceval.model import Case, Leaderboard, Standing
from isiceval.ranking.groups import Redrawing, plan_redrawing
from isiceval.ranking.methods import list_methods, rank_teams
from isiceval.ranking.ordering import Better, FloatArray
from isiceval.ranking.resampling import Resampling
from isiceval.ranking.significance import (
    ALPHA,
    find_different,
    group_indistinct,
    map_significance,
)
from isiceval.ranking.statistics import (
    LEVEL,
    Intervals,
    RankStability,
    estimate_intervals,
    estimate_rank_stability,
)
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
    """Work out the interval of every aggregate, and the score by the values of each column.

    ``columns`` maps the name of a column to the value of each image; the size of the image and
    the share of it that is lesion are always among them.
    """
    chosen = redrawing or Redrawing()
    return ScorecardInsight(
        sampling=_describe(chosen),
        intervals=estimate_aggregates(scorecard.cases, scorecard.jaccard_threshold, chosen),
        breakdowns=_break_down_all(scorecard, columns or {}, chosen),
        overlays=tuple(overlays),
    )


def _describe(redrawing: Redrawing) -> Sampling:
    return Sampling(draws=redrawing.draws, seed=redrawing.seed, level=LEVEL)


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


def estimate_aggregates(
    cases: Sequence[Case], jaccard_threshold: float, redrawing: Redrawing
) -> dict[str, Interval]:
    """Estimate every aggregate of some cases with its bootstrap interval."""
    resampling, _ = plan_redrawing(redrawing, [case.image for case in cases])
    matrix = np.array([[case.values[name] for case in cases] for name in METRICS])
    jaccard = matrix[list(METRICS).index("jaccard")]
    failed = np.where(np.isnan(jaccard), np.nan, jaccard < jaccard_threshold)
    means = estimate_intervals(np.vstack((matrix, failed)), resampling=resampling)
    median = estimate_intervals(jaccard[None, :], center="median", resampling=resampling)
    named = dict(zip((*METRICS, "failure_rate"), _iter_intervals(means), strict=True))
    return {**named, "median_jaccard": next(iter(_iter_intervals(median)))}


def _iter_intervals(found: Intervals) -> Iterable[Interval]:
    numbers = zip(found.estimate.tolist(), found.low.tolist(), found.high.tolist(), strict=True)
    return (Interval(estimate=e, low=low, high=high) for e, low, high in numbers)


def study_leaderboard(
    board: Leaderboard, *, redrawing: Redrawing | None = None
) -> LeaderboardInsight:
    """Work out how sure a leaderboard is, and which images are hard; from its ranked standings."""
    chosen = redrawing or Redrawing()
    shown = "jaccard" if board.metric == "threshold_jaccard" else board.metric
    ranked = [s for s in board.standings if s.rank is not None and s.cases]
    if not ranked:
        return LeaderboardInsight(sampling=_describe(chosen), shown=shown)
    images = sorted({case.image for standing in ranked for case in standing.cases})
    values = _build_matrix(ranked, images, board.metric)
    visible = _build_matrix(ranked, images, shown)
    better = _find_better(board.metric)
    p_values = map_significance(values, better=better)
    resampling, _ = plan_redrawing(chosen, images)
    stability = estimate_rank_stability(values, better=better, resampling=resampling)
    order = _order_by_difficulty(visible)
    taus = stability.tau[~np.isnan(stability.tau)]
    return LeaderboardInsight(
        sampling=_describe(chosen),
        shown=shown,
        teams=_describe_teams(
            ranked,
            values,
            visible[:, order],
            stability,
            p_values,
            better=better,
            resampling=resampling,
        ),
        images=tuple(images[place] for place in order),
        hardest=_find_hardest(ranked, images, visible, _read_threshold(ranked)),
        p_values=tuple(tuple(row) for row in p_values.tolist()),
        alpha=ALPHA,
        tau=float(np.mean(taus)) if len(taus) else math.nan,
    )


def _find_better(metric: str) -> Better:
    return "lower" if METRICS[metric].better == "lower" else "higher"


def _build_matrix(standings: Sequence[Standing], images: Sequence[str], metric: str) -> FloatArray:
    rows = [{case.image: case.values[metric] for case in s.cases} for s in standings]
    return np.array([[row.get(image, math.nan) for image in images] for row in rows])


def _read_threshold(standings: Sequence[Standing]) -> float:
    return float(read_signature(standings[0].signature).get("threshold", "0.65"))


def _order_by_difficulty(values: FloatArray) -> list[int]:
    means = _mean_images(values)
    return sorted(range(len(means)), key=lambda n: (math.isnan(means[n]), means[n], n))


def _mean_images(values: FloatArray) -> list[float]:
    defined = ~np.isnan(values)
    total = np.where(defined, values, 0.0).sum(axis=0)
    count = defined.sum(axis=0)
    means: list[float] = np.where(count > 0, total / np.maximum(count, 1), np.nan).tolist()
    return means


def _describe_teams(
    standings: Sequence[Standing],
    values: FloatArray,
    visible: FloatArray,
    stability: RankStability,
    p_values: FloatArray,
    *,
    better: Better,
    resampling: Resampling,
) -> tuple[TeamInsight, ...]:
    ranks = {m: rank_teams(values, m, better=better).ranks for m in list_methods()}
    letters = _write_letters(p_values, stability)
    scores = list(_iter_intervals(estimate_intervals(values, resampling=resampling)))
    return tuple(
        TeamInsight(
            submission=standing.submission,
            score=scores[n],
            rank_low=int(stability.low[n]),
            rank_high=int(stability.high[n]),
            rank_shares=tuple(stability.frequencies[n].tolist()),
            letters=letters[n],
            ranks={method: int(found[n]) for method, found in ranks.items()},
            values=tuple(visible[n].tolist()),
        )
        for n, standing in enumerate(standings)
    )


def _write_letters(p_values: FloatArray, stability: RankStability) -> list[str]:
    """Write the letters of the groups that each team is in; a team alone has one too."""
    groups = group_indistinct(find_different(p_values), stability.ranks)
    names = [_name_group(n) for n in range(len(groups))]
    return [
        " ".join(name for name, group in zip(names, groups, strict=True) if team in group)
        for team in range(len(p_values))
    ]


def _name_group(n: int) -> str:
    first, second = divmod(n, 26)
    return (ascii_lowercase[first - 1] if first else "") + ascii_lowercase[second]


def _find_hardest(
    standings: Sequence[Standing], images: Sequence[str], values: FloatArray, threshold: float
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
                n_failed=int((column < threshold).sum()),
            )
        )
    return tuple(found)
