import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isiceval.metrics.diagnosis import matthews
from isiceval.metrics.pooling import FORMULAS, WeightedCounts
from isiceval.statistics.tallies import Tally, add_tallies, average_values, measure_tally

four = st.tuples(*[st.integers(0, 9)] * 4)


@given(st.lists(four, min_size=1, max_size=8))
def test_formulas_are_those_of_single_counts(rows):
    tally = Tally(*np.array(rows, float).T)
    for name, formula in {**FORMULAS, "matthews": matthews}.items():
        found = measure_tally(name, tally)
        filled = measure_tally(name, tally, undefined=1.0)
        for draw, (tp, fp, fn, tn) in enumerate(rows):
            expected = formula(WeightedCounts(tp=tp, fp=fp, fn=fn, tn=tn))
            assert found[draw] == pytest.approx(expected, abs=1e-15, nan_ok=True)
            counted = 1.0 if math.isnan(expected) else expected
            assert filled[draw] == pytest.approx(counted, abs=1e-15)


def test_tallies_add_up():
    one, other = (Tally(*np.array(row, float)[:, None]) for row in ((1, 2, 3, 4), (5, 6, 7, 8)))
    assert [float(part[0]) for part in add_tallies([one, other])] == [6, 8, 10, 12]


def test_what_is_undefined_is_left_out_of_a_mean():
    values = [np.array([0.5, np.nan, np.nan]), np.array([1.0, 0.25, np.nan])]
    assert average_values(values).tolist()[:2] == [0.75, 0.25]
    assert math.isnan(average_values(values)[2])
