"""McNemar against SciPy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from isiceval.statistics.significance import compute_mcnemar_p


@given(st.integers(0, 300), st.integers(0, 300))
def test_mcnemar_is_the_binomial_test(only_first, only_second):
    found = compute_mcnemar_p(only_first, only_second)
    total = only_first + only_second
    expected = binomtest(only_first, total).pvalue if total else 1.0
    assert found == pytest.approx(expected, abs=1e-12)
