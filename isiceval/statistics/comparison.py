"""Comparison of two submissions: how large each difference is, and whether it may be chance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import compress
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from isiceval.errors import UsageError
from isiceval.metrics.arrays import Aggregator, Better, FloatArray, Outcomes, divide, make_mean
from isiceval.metrics.registry import find_aggregate
from isiceval.model import Agreement, Bootstrap, Change, Comparison, Difference
from isiceval.statistics import significance
from isiceval.statistics.bootstrap import (
    MIN_DEFINED,
    Progress,
    Resampling,
    compute_percentiles,
    plan_bootstrap,
    resample,
    resample_all,
)
from isiceval.statistics.ranking import check_comparable

if TYPE_CHECKING:
    from isiceval.options import BootstrapOptions
    from isiceval.scorecard import Scorecard
    from isiceval.tasks.task import Task

# With fewer flips of signs, no p-value could come near 0.05.
MIN_DRAWS = 100


def compare_submissions(
    cards: tuple[Scorecard, Scorecard],
    options: BootstrapOptions,
    *,
    task: Task,
    progress: Progress | None = None,
) -> Comparison:
    """Compare the second of two submissions with the first, on the same draws of the units.

    Raises UsageError where the two were scored in different ways or on different images, or the
    ranking metric has no difference.
    """
    named = {card.submission: card for card in cards}
    digest = check_comparable(named, task=task, use="compared")
    first, second = aggregators = cards[0].prepare(task), cards[1].prepare(task)
    if first.units != second.units:
        raise UsageError(f"{' and '.join(named)} were scored on different images")
    resampling, bootstrap = plan_bootstrap(options, first.units)
    per_unit = _find_unit_values(first), _find_unit_values(second)
    if first.unit_values:
        undefined = "defined in no image of both submissions"
        differences = {
            name: compare_values(
                one, other, better=find_aggregate(name).better, resampling=resampling
            )
            for name, one in first.unit_values.items()
            if not np.isnan(one + (other := second.unit_values[name])).all()
        }
    else:
        undefined = "undefined in one of the two"
        differences = _compare_draws(
            cards, aggregators, per_unit, resampling, bootstrap, progress=progress
        )
    ranking = differences.get(task.ranking)
    if ranking is None:
        raise UsageError(f"{find_aggregate(task.ranking).title} is {undefined}")
    significant = ranking.p_value <= significance.ALPHA
    if first.outcomes is not None and second.outcomes is not None:
        outcomes = first.outcomes, second.outcomes
        found = _compare_outcomes(first.units, outcomes, resampling, bootstrap)
    else:
        found = _compare_units(first, second, per_unit, task)
    return Comparison(
        task=task.id,
        profile=task.profile,
        metric=task.ranking,
        first=cards[0].submission,
        second=cards[1].submission,
        first_aggregates=cards[0].aggregates,
        second_aggregates=cards[1].aggregates,
        differences=differences,
        worse=significant and ranking.high < 0,
        better=significant and ranking.low > 0,
        jaccard_threshold=task.jaccard_threshold,
        bootstrap=bootstrap,
        truth_digest=digest,
        first_signature=cards[0].signature,
        second_signature=cards[1].signature,
        kind=task.kind,
        **found,
    )


def compare_values(
    first: ArrayLike,
    second: ArrayLike,
    *,
    better: Better = "higher",
    resampling: Resampling | None = None,
) -> Difference:
    """Compare the second submission with the first where the aggregate is a mean over units.

    ``first`` and ``second`` are the values of the same units, (units,), NaN where undefined.
    ``resampling`` says how many draws and flips, and which units stay together in both; where some
    do, the signed rank test is of the mean difference of each group. Raises ValueError where no
    unit is defined for both.
    """
    resampling = resampling or Resampling()
    one, other = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if one.ndim != 1 or one.shape != other.shape:
        raise ValueError(f"two rows of equal length are needed, not {one.shape} and {other.shape}")
    differences = other - one
    defined = differences[~np.isnan(differences)]
    if not defined.size:
        raise ValueError("no case is defined for both teams")
    rows = differences[None, :]
    mean = make_mean(rows)
    low, high = compute_percentiles(resample(mean, one.size, resampling)[:, 0])
    # Equal differences of decimals, 0.85 - 0.75 and 0.2 - 0.1, are equal but for rounding.
    test = significance.compute_signed_rank(np.round(rows, 12), groups=resampling.groups)
    spread = float(np.std(defined, ddof=1)) if defined.size > 1 else 0.0
    # Differences that vary by rounding alone do not vary.
    varies = spread > 1e-12 * float(np.abs(defined).max())
    return Difference(
        difference=float(mean(np.ones((1, one.size), dtype=np.int64))[0, 0]),
        low=float(low),
        high=float(high),
        p_value=significance.compute_flip_p(differences, resampling),
        p_signed_rank=float(significance.double_p(test.p_greater, test.p_less)[0]),
        effect_size=float(defined.mean()) / spread if varies else math.nan,
        rank_biserial=float(test.rank_biserial[0]),
        **_count_gains(differences if better == "higher" else -differences),
    )


def _count_gains(gains: FloatArray) -> dict[str, Any]:
    """Count where the first and where the second submission wins; NaN is left out.

    What differs by rounding alone is a tie.
    """
    gains = np.round(gains, 12)
    return {
        "n_cases": int((~np.isnan(gains)).sum()),
        "first_wins": int((gains < 0).sum()),
        "second_wins": int((gains > 0).sum()),
        "ties": int((gains == 0).sum()),
    }


def _compare_draws(
    cards: tuple[Scorecard, Scorecard],
    aggregators: tuple[Aggregator, Aggregator],
    per_unit: tuple[Mapping[str, FloatArray], Mapping[str, FloatArray]],
    resampling: Resampling,
    bootstrap: Bootstrap,
    *,
    progress: Progress | None,
) -> dict[str, Difference]:
    """Compare every aggregate that is defined in both, by its value on each draw."""
    first, second = aggregators
    one, other = resample_all(aggregators, resampling, progress=progress)
    differences = {}
    for place, name in enumerate(first.names):
        values = [card.aggregates.get(name, math.nan) for card in cards]
        observed = values[1] - values[0]
        if math.isnan(observed):
            continue
        found: dict[str, Any] = {"n_cases": len(first.units)}
        if name in per_unit[0]:
            found = _count_gains(per_unit[1][name] - per_unit[0][name])
        draws, p_value = other[:, place] - one[:, place], math.nan
        low = high = math.nan
        if np.isnan(draws).mean() <= 1 - MIN_DEFINED:
            low, high = map(float, compute_percentiles(draws))
            sides = significance.compute_bootstrap_p(draws, observed, n_units=bootstrap.n_units)
            p_value = float(significance.double_p(*sides))
        if name in first.roc_inputs and not bootstrap.grouped:  # DeLong takes no account of groups
            roc = first.roc_inputs[name]
            delong = significance.compute_delong_p(
                roc.truth, roc.score, second.roc_inputs[name].score
            )
            found["p_delong"] = None if math.isnan(delong) else delong
        differences[name] = Difference(
            difference=observed, low=low, high=high, p_value=p_value, **found
        )
    return differences


def _find_unit_values(aggregator: Aggregator) -> Mapping[str, FloatArray]:
    """Find each aggregate of each unit by itself, by name; none in a table."""
    if aggregator.unit_values or aggregator.outcomes is not None:
        return aggregator.unit_values
    each = aggregator.evaluate(np.eye(len(aggregator.units), dtype=np.int64))
    return dict(zip(aggregator.names, each.T, strict=True))


def _compare_units(
    first: Aggregator,
    second: Aggregator,
    per_unit: tuple[Mapping[str, FloatArray], Mapping[str, FloatArray]],
    task: Task,
) -> dict[str, Any]:
    """Compare the ranking metric of each unit; find whose Jaccard crosses the threshold."""
    unknown = np.full(len(first.units), np.nan)
    scores = (own[task.ranking].tolist() for own in per_unit)
    jaccards = (own.unit_values.get("jaccard", unknown).tolist() for own in (first, second))
    changes = tuple(
        Change(image=unit, first=a, second=b, first_jaccard=c, second_jaccard=d)
        for unit, a, b, c, d in zip(first.units, *scores, *jaccards, strict=True)
    )
    limit = task.jaccard_threshold
    return {
        "changes": changes,
        "compared": "metric",
        "improved": tuple(c.image for c in changes if c.first_jaccard < limit <= c.second_jaccard),
        "worsened": tuple(c.image for c in changes if c.second_jaccard < limit <= c.first_jaccard),
    }


def _compare_outcomes(
    units: tuple[str, ...],
    outcomes: tuple[Outcomes, Outcomes],
    resampling: Resampling,
    bootstrap: Bootstrap,
) -> dict[str, Any]:
    """Find which rows of a table became right or wrong, and how the confidence in them changed."""
    counted, right = outcomes[0].counted, [own.correct for own in outcomes]
    improved, worsened = counted & right[1] & ~right[0], counted & right[0] & ~right[1]
    only_first, only_second = int(worsened.sum()), int(improved.sum())
    one_right = only_first + only_second
    p_value, test = significance.compute_mcnemar_p(only_first, only_second), "exact McNemar"
    if bootstrap.grouped:  # McNemar takes no account of groups
        gains, each = improved.astype(np.float64) - worsened, counted.astype(np.float64)
        draws = resample(lambda drawn: divide(drawn @ gains, drawn @ each), len(units), resampling)
        observed = float(gains.sum() / each.sum())
        sides = significance.compute_bootstrap_p(draws, observed, n_units=bootstrap.n_units)
        p_value, test = float(significance.double_p(*sides)), "paired bootstrap of groups"
    given = [own.confidence for own in outcomes if own.confidence is not None]
    values = given if len(given) == 2 else [own.astype(np.float64) for own in right]
    rows = zip(units, *(own.tolist() for own in values), strict=True)
    return {
        "changes": tuple(Change(image=unit, first=a, second=b) for unit, a, b in rows),
        "compared": "confidence" if values is given else "right",
        "improved": tuple(compress(units, improved)),
        "worsened": tuple(compress(units, worsened)),
        "agreement": Agreement(
            both_right=int((counted & right[0] & right[1]).sum()),
            only_first=only_first,
            only_second=only_second,
            both_wrong=int((counted & ~right[0] & ~right[1]).sum()),
            p_value=p_value,
            test=test,
            effect_size=only_second / one_right - 0.5 if one_right else math.nan,
        ),
    }
