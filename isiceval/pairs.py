"""What a comparison of two submissions finds. Values only, standard library only."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from isiceval.model import Bootstrap, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two submissions on the cases defined for both; differences are second minus first.

    ``difference``: of the aggregate, with its percentile bootstrap interval ``low``, ``high``;
    NaN where it is undefined in most draws.
    ``p_value``: two-sided; where the aggregate is a mean over cases by flipping signs at random,
    else by the paired bootstrap.
    ``p_signed_rank``: two-sided, of Wilcoxon's signed rank test; of the mean difference of each
    group where cases are grouped.
    ``effect_size``: mean over standard deviation of the differences (Cohen's d_z); NaN where
    they do not vary.
    ``rank_biserial``: rank sum of the positive differences minus that of the negative ones,
    over their total, in [-1, 1]; NaN where no case differs.
    ``first_wins``, ``second_wins``, ``ties``: numbers of cases, by the metric's direction.
    ``p_delong``: two-sided, of DeLong's test, for the AUC of one label.
    Each is None where there is no such thing: a table has no score of single cases.
    """

    n_cases: int
    difference: float
    low: float
    high: float
    p_value: float
    p_signed_rank: float | None = None
    effect_size: float | None = None
    rank_biserial: float | None = None
    first_wins: int | None = None
    second_wins: int | None = None
    ties: int | None = None
    p_delong: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """In how many cases of a table two submissions chose the right labels.

    ``p_value`` is two-sided, that both are right equally often; ``test`` names the test.
    ``effect_size`` is Cohen's g: the share of the second among the cases in which only one is
    right, less one half, in [-0.5, 0.5]; NaN where there is no such case (Cohen 1988, chapter 5).
    """

    both_right: int
    only_first: int
    only_second: int
    both_wrong: int
    p_value: float
    test: str
    effect_size: float


Compared = Literal["metric", "confidence", "right"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One image in two submissions, NaN where undefined.

    ``first`` and ``second`` are what the comparison says it compared: the ranking metric of this
    image alone; in a table the confidence in the truth; or whether it is right, 1 or 0.
    """

    image: str
    first: float
    second: float
    first_jaccard: float = math.nan
    second_jaccard: float = math.nan

    @property
    def difference(self) -> float:
        """Return second minus first."""
        return self.second - self.first


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two submissions to one task, image by image; differences are second minus first.

    ``differences`` are by metric, the failure rate too; a metric that is defined in no image
    of both is not among them. ``changes`` has every image, by id, and ``compared`` says what of
    it. ``rescued`` and ``lost`` name the images whose Jaccard rose to the threshold or above it,
    and fell below it; in a table those that the second alone has right, and the first alone.
    ``decisions`` counts these, None where the task is no table.
    ``worse`` and ``better`` tell whether more than chance says so: the whole interval of the
    ranking metric's difference lies on that side of 0, and its p-value is at most 0.05.
    """

    task: str
    profile: str
    metric: str
    first: str
    second: str
    first_aggregates: Mapping[str, float]
    second_aggregates: Mapping[str, float]
    differences: Mapping[str, Difference]
    changes: tuple[Change, ...]
    rescued: tuple[str, ...]
    lost: tuple[str, ...]
    worse: bool
    better: bool
    jaccard_threshold: float
    bootstrap: Bootstrap
    truth_digest: str = ""
    first_signature: str = ""
    second_signature: str = ""
    kind: Kind = "mask"
    compared: Compared = "metric"
    decisions: Decisions | None = None

    @property
    def most_different(self) -> tuple[Change, ...]:
        """Return the images that differ, the most different first."""
        differing = [change for change in self.changes if abs(change.difference) > 0]
        ordered = sorted(differing, key=lambda change: (-abs(change.difference), change.image))
        return tuple(ordered)
