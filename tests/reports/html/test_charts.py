import base64
import io
import math

import numpy as np
import pytest
from PIL import Image

from isiceval.reports.html.charts import (
    Scale,
    fit_scale,
    lay_bars,
    paint_strip,
    place_share,
    round_up,
)


def test_a_scale_keeps_values_within_the_axis():
    scale = Scale(0.5, 1.0)
    assert [scale.place(v) for v in (0.4, 0.5, 0.75, 1.2)] == [0, 0, 50, 100]
    assert Scale().ticks == [
        (0, "0"),
        (20, "0.2"),
        (40, "0.4"),
        (60, "0.6"),
        (80, "0.8"),
        (100, "1"),
    ]
    assert [text for _, text in Scale(0.7, 0.9).ticks] == ["0.7", "0.75", "0.8", "0.85", "0.9"]


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ([0.71, 0.83], 0.7, 0.85),
        ([0.0, 1.0], 0.0, 1.0),
        ([1.0, 1.0], 0.9, 1.0),
        ([0.0, 0.0], 0.0, 0.05),
        ([math.nan], 0.0, 1.0),
        ([], 0.0, 1.0),
    ],
)
def test_a_scale_fits_its_values(values, low, high):
    assert fit_scale(values) == pytest.approx(Scale(low, high))


def test_bars_count_every_value_and_part_at_the_threshold():
    values = [0.0, 0.6499, 0.65, 0.65, 1.0, math.nan]
    bars = lay_bars(values, threshold=0.65)
    assert {bar.low: bar.n for bar in bars if bar.n} == {0.0: 1, 0.6: 1, 0.65: 2, 0.95: 1}
    assert [bar.low for bar in bars if bar.failed][-1] == 0.6
    assert max(bar.height for bar in bars) == 100
    assert [bar.n for bar in lay_bars([], threshold=0.65)] == [0] * 20


@pytest.mark.parametrize(
    ("n", "end"), [(0, 1), (2, 2), (3, 4), (7, 8), (11, 20), (148, 200), (401, 500)]
)
def test_axes_of_counts_end_on_whole_numbers(n, end):
    assert round_up(n) == end


def test_shares_stand_on_a_log_axis():
    assert [place_share(share) for share in (0.0, 0.001, 0.01, 1.0)] == [0, 0, 33.33, 100]


def test_a_strip_is_a_picture_with_a_pixel_a_value():
    uri = paint_strip([0.0, 0.5, 1.0, math.nan])
    head, _, content = uri.partition(",")
    assert head == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(content))) as image:
        pixels = np.asarray(image.convert("RGBA"))[0]
    assert pixels[0].tolist() == [0, 34, 78, 255]
    assert pixels[2].tolist() == [254, 232, 56, 255]
    assert pixels[:, 3].tolist() == [255, 255, 255, 0]
    brightness = pixels[:3, :3].astype(int).sum(axis=1)
    assert brightness.tolist() == sorted(brightness.tolist())
