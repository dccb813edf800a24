"""Comparison of two submissions: how large each difference is, and whether it may be chance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import compress
from typing import TYPE_CHECKING, Any

import numpy as np

from isiceval.errors import UsageError
from isiceval.metrics.arrays import Aggregator, FloatArray, Outcomes, Term, as_costs
from isiceval.metrics.registry import find_aggregate
from isiceval.model import Agreement, Bootstrap, Change, Comparison, Difference, Verdict
from isiceval.statistics.bootstrap import Progress, Resampling, plan_bootstrap, resample_all
from isiceval.statistics.intervals import LEAST_UNITS, has_enough
from isiceval.statistics.pairwise import Pairs, analyse_pairs, compare
from isiceval.statistics.ranking import check_comparable
from isiceval.statistics.significance import compute_mcnemar_p, compute_signed_rank, double_p

if TYPE_CHECKING:
    from isiceval.options import BootstrapOptions
    from isiceval.scorecard import Scorecard
    from isiceval.tasks.task import Task

# With fewer draws no percentile of them is worth showing.
MIN_DRAWS = 100


def compare_submissions(
    cards: tuple[Scorecard, Scorecard],
    options: BootstrapOptions,
    *,
    task: Task,
    margin: float | None = None,
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
    terms = [one.compute_terms() for one in aggregators]
    draws = resample_all(aggregators, resampling, progress=progress)
    per_unit = _find_unit_values(first), _find_unit_values(second)
    identical, few_units = _are_identical(*terms), bootstrap.n_units < LEAST_UNITS
    differences, pairs = {}, {}
    for place, name in enumerate(first.names):
        scores = np.array([card.aggregates.get(name, math.nan) for card in cards])
        found = _describe_units(name, per_unit, resampling, len(first.units))
        if np.isnan(scores).any() or not found["n_cases"]:
            continue
        drawn = np.stack([values[:, place] for values in draws], axis=1)
        own, n_units = [found.get(name, []) for found in terms], bootstrap.n_units
        compared = compare(own, scores, drawn, resampling=resampling, n_units=n_units)
        pairs[name] = pair = analyse_pairs(compared, span=find_aggregate(name).range)
        low, high, p_value = pair.low[1, 0], pair.high[1, 0], np.min(pair.adjusted)
        if few_units or not all(has_enough(one) for one in own if one):
            low = high = p_value = np.float64("nan")
        differences[name] = Difference(
            difference=float(pair.differences[1, 0]),
            low=0.0 if identical else float(low),
            high=0.0 if identical else float(high),
            p_value=float(p_value),
            method=pair.method,
            **found,
        )
    if task.ranking not in differences:
        raise UsageError(f"{find_aggregate(task.ranking).title} has no value in both of the two")
    ranking = pairs[task.ranking]
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
        verdict="identical" if identical else decide(ranking, margin),
        margin=margin,
        p_false_claim=float(np.append(ranking.p_values[ranking.differences > 0], 0.5)[0]),
        detectable=ranking.find_detectable(),
        jaccard_threshold=task.jaccard_threshold,
        bootstrap=bootstrap,
        truth_digest=digest,
        first_signature=cards[0].signature,
        second_signature=cards[1].signature,
        kind=task.kind,
        **found,
    )


def _are_identical(first: Mapping[str, list[Term]], second: Mapping[str, list[Term]]) -> bool:
    """Tell whether two submissions have the same values in every case; False if not known."""
    columns = [[t.values for name in first for t in own[name]] for own in (first, second)]
    if not columns[0] or len(columns[0]) != len(columns[1]):
        return False
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(*columns, strict=True))


def decide(pairs: Pairs, margin: float | None) -> Verdict:
    """Decide on the second of two submissions; a significant difference goes before equivalence."""
    if pairs.better.any():
        return "better" if pairs.better[1, 0] else "worse"
    if margin is not None and pairs.is_equivalent(margin):
        return "equivalent"
    differ = bool(pairs.differences.any())
    return "too few cases to tell" if differ and not pairs.enough[0, 1] else "undecided"


def _describe_units(
    name: str, values: Sequence[Mapping[str, FloatArray]], resampling: Resampling, n_units: int
) -> dict[str, Any]:
    """Describe how the values of single units differ, where an aggregate has such."""
    if name not in values[0]:
        return {"n_cases": n_units}
    first, second = (own[name] for own in values)
    # Equal differences of decimals, 0.85 - 0.75 and 0.2 - 0.1, are equal but for rounding.
    differences = np.round(second - first, 12)
    gains = -as_costs(differences, find_aggregate(name).better)
    defined = differences[~np.isnan(differences)]
    test = compute_signed_rank(differences[None], groups=resampling.groups)
    spread = float(np.std(defined, ddof=1)) if defined.size > 1 else 0.0
    # Differences that vary by rounding alone do not vary.
    varies = spread > 1e-12 * float(np.abs(defined).max(initial=0.0))
    return {
        "n_cases": int(defined.size),
        "first_wins": int((gains < 0).sum()),
        "second_wins": int((gains > 0).sum()),
        "ties": int((gains == 0).sum()),
        "p_signed_rank": float(double_p(test.p_greater, test.p_less)[0]),
        "effect_size": float(defined.mean()) / spread if varies else math.nan,
        "rank_biserial": float(test.rank_biserial[0]),
    }


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
    p_value, test = compute_mcnemar_p(only_first, only_second), "exact McNemar"
    if bootstrap.grouped:  # McNemar takes no account of groups
        places = np.flatnonzero(counted)
        terms = [[Term(own[places].astype(np.float64), places)] for own in right]
        shares = np.array([own[places].mean() for own in right])
        differences = compare(
            terms, shares, np.empty((0, 2)), resampling=resampling, n_units=len(units)
        )
        p_value, test = (
            float(np.min(analyse_pairs(differences).adjusted)),
            "difference of shares (by group)",
        )
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
