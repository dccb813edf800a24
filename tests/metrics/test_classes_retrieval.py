"""The short list of each patient, against the slow way."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isiceval.metrics.classes import N_RETRIEVED, measure_retrieval

TOLERANCE = 1e-12


def retrieval_sensitivity(truth, confidence, *, patients, n=N_RETRIEVED, ranked=False):
    known, given = np.array(truth, bool), np.array(confidence)
    units = np.arange(len(known))
    _, values = measure_retrieval(known, given, patients, units, ranked=ranked, n=n)
    return values.mean() if len(values) else math.nan


@st.composite
def lesions(draw):
    n = draw(st.integers(1, 60))
    drawn = np.frombuffer(draw(st.binary(min_size=n, max_size=n)), np.uint8)
    truth = drawn % 2 == 1
    truth[0] = True
    return truth, drawn // 2 % 10 / 9, np.array(list("abcd"))[drawn // 20 % 4]


@settings(deadline=None)
@given(lesions(), st.integers(1, 20))
def test_it_is_what_pandas_finds_among_the_largest(case, n):
    truth, confidence, patients = case
    frame = pd.DataFrame({"truth": truth, "confidence": confidence, "patient": patients})
    found, ranked = [], []
    for _, own in frame.groupby("patient"):
        if not own["truth"].any():
            continue
        first = own.nlargest(n, "confidence")
        places = first["confidence"].rank(method="dense") / n
        found.append(first["truth"].sum() / own["truth"].sum())
        ranked.append((places * first["truth"]).sum() / own["truth"].sum())
    plain = retrieval_sensitivity(truth, confidence, patients=patients, n=n)
    weighed = retrieval_sensitivity(truth, confidence, patients=patients, n=n, ranked=True)
    assert plain == pytest.approx(np.mean(found), abs=TOLERANCE)
    assert weighed == pytest.approx(np.mean(ranked), abs=TOLERANCE)


def test_patients_without_a_malignancy_do_not_count():
    truth, confidence = [1, 0, 0], [0.4, 0.9, 0.8]
    assert retrieval_sensitivity(truth, confidence, patients="abb", n=1) == 1.0
    assert retrieval_sensitivity(truth, confidence, patients="aaa", n=1) == 0.0
    assert retrieval_sensitivity(truth, confidence, patients="aaa") == 1.0


def test_without_a_malignancy_it_is_undefined():
    assert math.isnan(retrieval_sensitivity([0, 0], [0.4, 0.9], patients="ab"))
    assert math.isnan(retrieval_sensitivity([0, 0], [0.4, 0.9], patients="ab", ranked=True))


def test_at_equal_confidence_the_earlier_case_is_on_the_list():
    assert retrieval_sensitivity([1, 0], [0.5, 0.5], patients="aa", n=1) == 1.0
    assert retrieval_sensitivity([0, 1], [0.5, 0.5], patients="aa", n=1) == 0.0
