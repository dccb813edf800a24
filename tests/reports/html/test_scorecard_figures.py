import math
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from isiceval.model import Counts
from isiceval.reports.html.scorecard_figures import draw_histogram, draw_sizes, find_share

SVG = "{http://www.w3.org/2000/svg}"


def list_words(drawn):
    return [title.text for title in ET.fromstring(drawn).iter(f"{SVG}title")]


def read_bars(drawn):
    found = (re.fullmatch(r"(.*) to (.*): (\d+) images?", words) for words in list_words(drawn))
    return {float(match[1]): int(match[3]) for match in found}


def test_bars_count_every_value_and_part_at_the_threshold():
    drawn = draw_histogram([0.0, 0.6499, 0.65, 0.65, 1.0], threshold=0.65)
    assert read_bars(drawn) == {0.0: 1, 0.6: 1, 0.65: 2, 0.95: 1}
    bars = [g for g in ET.fromstring(drawn).iter(f"{SVG}path") if g.find(f"{SVG}title") is not None]
    assert [bar.get("class") for bar in bars] == ["fill-bad"] * 2 + ["fill-good"] * 2
    assert "of 5 images in bars of 0.05; 2 lie below 0.65" in ET.fromstring(drawn).get("aria-label")


def test_bars_are_those_of_numpy():
    values = np.random.default_rng(5).random(500).tolist() + [k / 20 for k in range(21)]
    counts, edges = np.histogram(values, [k / 20 for k in range(21)])
    expected = {round(float(e), 2): int(n) for e, n in zip(edges, counts, strict=False) if n}
    assert read_bars(draw_histogram(values, threshold=0.65)) == expected


def test_no_value_is_an_empty_histogram():
    assert read_bars(draw_histogram([], threshold=0.65)) == {}


def test_every_image_is_a_point_that_says_its_numbers(pages):
    cases = pages.card().cases
    drawn = draw_sizes(cases, threshold=0.65)
    words = list_words(drawn)
    assert {text.split(":")[0] for text in words} == {case.image for case in cases}
    assert "ISIC_0000000: Jaccard 1.0000, lesion 20.0 % of the image" in words
    points = [
        u for u in ET.fromstring(drawn).iter(f"{SVG}use") if u.find(f"{SVG}title") is not None
    ]
    below = [case.image for case in cases if case.values["jaccard"] < 0.65]
    told = [p.find(f"{SVG}title").text[:12] for p in points if "fill-bad" in p.get("class")]
    assert told == below != []


def test_points_stand_on_a_log_axis_that_ends_at_a_thousandth(pages):
    first = pages.card().cases[0]
    shares = (1e-6, 0.001, 0.01, 0.1, 1.0)
    cases = [
        replace(first, counts=Counts(tp=round(1e6 * s), fp=0, fn=0, tn=round(1e6 * (1 - s))))
        for s in shares
    ]
    drawn = draw_sizes(cases, threshold=0.65)
    points = [
        u for u in ET.fromstring(drawn).iter(f"{SVG}use") if u.find(f"{SVG}title") is not None
    ]
    x = [float(point.get("x")) for point in points]
    assert x[0] == x[1]
    assert np.diff(x[1:]) == pytest.approx(np.diff(x[1:])[0], abs=0.03)


def test_an_image_that_was_not_counted_is_no_point(pages):
    unknown = replace(pages.card().cases[0], counts=None)
    assert math.isnan(find_share(unknown))
    assert list_words(draw_sizes([unknown], threshold=0.65)) == []


def test_image_ids_do_nothing(pages):
    evil = replace(pages.card().cases[0], image='"><script>\x00\u202e')
    (words,) = list_words(draw_sizes([evil], threshold=0.65))
    assert words.startswith('"><script>\\x00\\u202e: Jaccard')
