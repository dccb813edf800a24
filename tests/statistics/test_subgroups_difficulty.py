import math

import numpy as np
import pytest

from isiceval.statistics.subgroups import compute_difficulty

ROWS = [
    {"a": 0.9, "b": 0.2, "c": 0.5},
    {"a": 0.7, "b": 0.4, "c": math.nan},
]


def test_images_go_from_the_hardest_to_the_easiest():
    found = compute_difficulty(ROWS)
    assert found.images == ("b", "c", "a")
    assert found.means == pytest.approx([0.3, 0.5, 0.8])
    assert found.values[1].tolist() == [0.4, pytest.approx(math.nan, nan_ok=True), 0.7]


def test_without_values_there_is_nothing():
    assert compute_difficulty([]) is None
    assert compute_difficulty([{}, {}]) is None


def test_an_image_that_is_undefined_for_all_comes_last():
    found = compute_difficulty([{**row, "0": math.nan} for row in ROWS])
    assert found.images == ("b", "c", "a", "0")
    assert np.isnan(found.means[-1])


def test_an_image_that_one_submission_lacks_is_undefined_there():
    found = compute_difficulty([*ROWS, {"b": 0.0}])
    assert found.images[0] == "b"
    assert np.isnan(found.values[2, 1:]).all()
