"""The colours of the pages: contrast by WCAG 2.2 (1.4.3, 1.4.11), and eyes that miss a colour."""

import re
from itertools import combinations

import numpy as np
import pytest

from isiceval.kinds import pictures
from isiceval.reports.figures.style import INKS

# Machado, Oliveira and Fernandes 2009, IEEE TVCG 15:1291, severity 1.0, for linear RGB.
EYES = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TEXTS = ("ink", "soft", "accent", "good", "bad", "warn")
MARKS = ("ink", "soft", "good", "bad", "c0", "c1", "c2", "c3", "c4", "c5", "c6")


def read_colour(text):
    digits = text.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    return np.array([int(digits[k : k + 2], 16) for k in (0, 2, 4)]) / 255


def make_linear(colour):
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def measure_contrast(one, other):
    lights = sorted(make_linear(read_colour(c)) @ [0.2126, 0.7152, 0.0722] for c in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def measure_distance(one, other, eye=None):
    """Measure the distance of two colours in CIELAB, as an eye sees them."""
    from skimage.color import deltaE_cie76, rgb2lab

    pair = [make_linear(np.asarray(colour)) for colour in (one, other)]
    if eye:
        pair = [np.clip(np.array(EYES[eye]) @ colour, 0, 1) for colour in pair]
    gamma = [np.where(c <= 0.0031308, 12.92 * c, 1.055 * c ** (1 / 2.4) - 0.055) for c in pair]
    return float(deltaE_cie76(rgb2lab(gamma[0]), rgb2lab(gamma[1])))


@pytest.fixture(params=[0, 1], ids=["light", "dark"])
def paints(request, pages):
    """The variables of the style sheet, in light and in dark."""
    blocks = re.findall(r":root \{(.*?)\}", pages.style, re.DOTALL)
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", blocks[request.param]))


def test_contrast_is_that_of_the_standard():
    assert measure_contrast("#000", "#fff") == pytest.approx(21)
    assert measure_contrast("#767676", "#fff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("ground", ["card", "ground"])
def test_text_can_be_read(paints, name, ground):
    assert measure_contrast(paints[name], paints[ground]) >= 4.5


@pytest.mark.parametrize("name", MARKS)
def test_marks_can_be_seen(paints, name):
    assert measure_contrast(paints[name], paints["card"]) >= 3


@pytest.mark.parametrize("name", ["ink", "c0"])
def test_marks_can_be_seen_on_the_band(paints, name):
    assert measure_contrast(paints[name], paints["band"]) >= 3


def test_figures_are_drawn_in_the_light_colours_but_for_the_last_digit(pages):
    light = dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", pages.style.split("}")[0]))
    for name, colour in INKS.items():
        assert np.abs(read_colour(colour) - read_colour(light[name])).max() <= 1.01 / 255


@pytest.mark.parametrize("eye", [None, *EYES])
def test_good_and_bad_are_told_apart_by_every_eye(paints, eye):
    pair = [read_colour(paints[name]) for name in ("good", "bad")]
    assert measure_distance(*pair, eye) > 25


@pytest.mark.parametrize("eye", [None, *EYES])
def test_agreement_of_masks_is_told_apart_by_every_eye(eye):
    areas = (pictures.MISSED, pictures.SURPLUS, pictures.BOTH, pictures.NEITHER)
    for pair in combinations([np.array(area) / 255 for area in areas], 2):
        assert measure_distance(*pair, eye) > 25
