"""Arrays that all formulas share: checks, exact weighted sums, means and medians.

A statistic takes weights of shape (draws, cases), whole numbers of 0 and above: how often each
case counts in each draw. The score is one draw of ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]

Statistic: TypeAlias = Callable[[IntArray], FloatArray]
"""Takes weights, (draws, cases), and returns its value for each draw, (draws, anything)."""


class RocInputs(NamedTuple):
    """What DeLong's test compares: (units,) truth and score of one label, in order of unit."""

    truth: BoolArray
    score: FloatArray


class Outcomes(NamedTuple):
    """What a table says of each unit, arrays of shape (units,).

    ``correct``: whether the chosen labels are the true ones. ``counted``: whether the unit has a
    weight in the score. ``confidence``: the confidence in the truth, None where the table holds
    labels instead of confidences.
    """

    correct: BoolArray
    counted: BoolArray
    confidence: FloatArray | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Aggregator:
    """Every aggregate of one submission, ready to be computed on any draw of its units.

    ``units``: the ids of what is drawn (images, or rows of a table), sorted.
    ``names``: the aggregates by their full names, in the order of reports.
    ``evaluate``: takes weights (draws, units), whole numbers of 0 and above; returns (draws,
    names), NaN where an aggregate is undefined on that draw. On one draw of ones these are the
    scorecard's aggregates.
    ``unit_values``: by name, for each aggregate that is a mean over units, the value of each unit,
    shape (units,); NaN where a unit is left out. Empty where no aggregate is such a mean.
    ``roc_inputs``: by name, for each aggregate that is the area under the ROC curve of one label.
    ``outcomes``: what a table says of each unit; None of masks and superpixels.
    """

    units: tuple[str, ...]
    names: tuple[str, ...]
    evaluate: Statistic
    unit_values: dict[str, FloatArray] = field(default_factory=dict)
    roc_inputs: dict[str, RocInputs] = field(default_factory=dict)
    outcomes: Outcomes | None = None

    def measure(self) -> dict[str, float]:
        """Compute the aggregates themselves: one draw in which every unit counts once."""
        (row,) = self.evaluate(np.ones((1, len(self.units)), dtype=np.int64)).tolist()
        return dict(zip(self.names, row, strict=True))
