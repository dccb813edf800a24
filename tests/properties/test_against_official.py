"""isiceval answers what the official scorer in use today answers, on whatever masks."""

import math
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from isic_challenge_scoring import metrics as official_metrics
from isic_challenge_scoring.segmentation import SegmentationScore
from PIL import Image

import isiceval
from isiceval.metrics import counts as overlap
from isiceval.metrics.registry import METRICS
from isiceval.model import Counts

KINDS = {
    "empty": st.just(0),
    "full": st.just(255),
    "binary": st.sampled_from([0, 255]),
    "edges of the threshold": st.sampled_from([0, 1, 127, 128, 129, 254, 255]),
    "soft": st.integers(0, 255),
}


@st.composite
def draw_pair(draw):
    """Draw a truth, a prediction of the same size, and whether each is stored as 1-bit."""
    shape = draw(hnp.array_shapes(min_dims=2, max_dims=2, max_side=21))
    truth = draw(st.sampled_from(["empty", "full", "binary"]))
    prediction = draw(st.sampled_from(sorted(KINDS)))
    return tuple(
        (draw(hnp.arrays(np.uint8, shape, elements=KINDS[kind])), draw(st.booleans()))
        for kind in (truth, prediction)
    )


def write_mask(folder, number, values, one_bit):
    folder.mkdir(exist_ok=True)
    image = Image.fromarray(values)
    if one_bit:
        image = image.point(lambda value: 255 * (value > 128)).convert("1")
    image.save(folder / f"ISIC_{number:07d}_segmentation.png")


def score_officially(truth, prediction):
    with warnings.catch_warnings():
        # what pandas says of the official code is not about ours
        warnings.simplefilter("ignore")
        return SegmentationScore.from_dir(truth, prediction)


@settings(max_examples=60, deadline=None)
@given(pairs=st.lists(draw_pair(), min_size=1, max_size=4))
def test_masks_score_as_the_official_scorer_scores_them(pairs):
    with tempfile.TemporaryDirectory() as name:
        truth, prediction = Path(name, "truth"), Path(name, "prediction")
        for number, (expected, answered) in enumerate(pairs):
            write_mask(truth, number, *expected)
            write_mask(prediction, number, *answered)
        official = score_officially(truth, prediction)
        for task in ("2018/1", "2017/1"):
            ours = isiceval.score(
                task, truth=truth, prediction=prediction, profile="today", workers=1
            )
            averages = {metric: ours.aggregates[metric] for metric in METRICS}
            wanted = official.macro_average.to_dict()
            assert averages == pytest.approx(wanted, rel=0, abs=1e-12)
            assert ours.score == pytest.approx(official.overall, rel=0, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(pairs=st.lists(draw_pair(), min_size=1, max_size=4))
def test_arrays_in_memory_score_as_their_files(pairs):
    truth = {f"ISIC_{n:07d}": values > 128 for n, ((values, _), _) in enumerate(pairs)}
    prediction = {f"ISIC_{n:07d}": values for n, (_, (values, _)) in enumerate(pairs)}
    # whole numbers of only 0 and 1 are refused in memory: they were meant as booleans
    assume(all(values.max() != 1 for values in prediction.values()))
    with tempfile.TemporaryDirectory() as name:
        for number, ((expected, _), (answered, _)) in enumerate(pairs):
            write_mask(Path(name, "truth"), number, expected, one_bit=True)
            write_mask(Path(name, "prediction"), number, answered, one_bit=False)
        files = isiceval.score(
            "2018/1", truth=Path(name, "truth"), prediction=Path(name, "prediction"), workers=1
        )
    memory = isiceval.score("2018/1", truth=truth, prediction=prediction, workers=1)
    assert [case.counts for case in memory.cases] == [case.counts for case in files.cases]
    assert memory.aggregates == files.aggregates


pixels = st.integers(0, 10**9) | st.integers(0, 3)


@pytest.mark.parametrize("name", sorted(METRICS))
@settings(deadline=None)
@given(tp=pixels, fp=pixels, fn=pixels, tn=pixels)
def test_formulas_equal_the_official_ones_exactly(name, tp, fp, fn, tn):
    if not tp + fp + fn + tn:
        tn = 1  # the official accuracy of no pixel at all is a division by zero
    ours = getattr(overlap, name)(Counts(tp=tp, fp=fp, fn=fn, tn=tn))
    official = getattr(official_metrics, f"binary_{name}")(
        pd.Series({"TP": tp, "FP": fp, "FN": fn, "TN": tn})
    )
    assert (1.0 if math.isnan(ours) else ours) == official
