"""Five real models on ten real images: the numbers of the official scorer, where the masks are."""

import os
import warnings
from pathlib import Path

import pytest
from isic_challenge_scoring.segmentation import SegmentationScore

import isiceval

DATA = Path(os.environ.get("ISICEVAL_DATA", "")) / "isic2017-test-10"
MODELS = ("DeepLabV3Plus", "FlexibleUNet", "SwinUNet", "SwinUNet-augmented", "UNet")

pytestmark = pytest.mark.skipif(
    not os.environ.get("ISICEVAL_DATA"), reason="ISICEVAL_DATA names no folder with real masks"
)


@pytest.mark.parametrize("model", MODELS)
def test_a_real_model_gets_the_official_numbers(model):
    truth, prediction = DATA / "truth", DATA / "submissions" / model
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what pandas says of the official code is not about ours
        official = SegmentationScore.from_dir(truth, prediction).macro_average.to_dict()
    scorecard = isiceval.score("2018/1", truth=truth, prediction=prediction)
    ours = {metric: scorecard.aggregates[metric] for metric in official}
    assert ours == pytest.approx(official, abs=1e-12)
    by_year = isiceval.score("2017/1", truth=truth, prediction=prediction)
    assert by_year.score == pytest.approx(official["jaccard"], abs=1e-12)
