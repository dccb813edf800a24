import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isiceval.metrics.arrays import average
from isiceval.metrics.counts import FORMULAS, CountArrays, matthews, measure_counts

four = st.tuples(*[st.integers(0, 9)] * 4)


@given(st.lists(four, min_size=1, max_size=8))
def test_formulas_are_those_of_single_counts(rows):
    tally = CountArrays(*np.array(rows, float).T)
    for name, formula in {**FORMULAS, "matthews": matthews}.items():
        found = measure_counts(name, tally)
        filled = measure_counts(name, tally, undefined=1.0)
        for draw, (tp, fp, fn, tn) in enumerate(rows):
            expected = formula(CountArrays(tp=tp, fp=fp, fn=fn, tn=tn))
            assert found[draw] == pytest.approx(expected, abs=1e-15, nan_ok=True)
            counted = 1.0 if math.isnan(expected) else expected
            assert filled[draw] == pytest.approx(counted, abs=1e-15)


def test_what_is_undefined_is_left_out_of_a_mean():
    values = [np.array([0.5, np.nan, np.nan]), np.array([1.0, 0.25, np.nan])]
    assert average(values).tolist()[:2] == [0.75, 0.25]
    assert math.isnan(average(values)[2])
