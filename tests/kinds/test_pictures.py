import io

import numpy as np
import pytest
from PIL import Image

from isiceval.errors import IsicevalError
from isiceval.kinds.pictures import BOTH, MISSED, NEITHER, OVERLAY_SIDE, SURPLUS, render_overlays
from isiceval.metrics.counts import count
from isiceval.model import Size
from isiceval.options import PageSources
from isiceval.tasks.task import find_task
from tests.builders import measure

TASK = find_task("2018/1")
IMAGE = "ISIC_0000001"


def make_masks():
    truth, prediction = np.zeros((2, 120, 160), dtype=bool)
    truth[20:100, 20:90] = True
    prediction[20:100, 60:140] = True
    return truth, prediction


def draw(truth, prediction, images=None):
    case = measure(TASK, IMAGE, count(truth, prediction), Size(*truth.shape[::-1]))
    sources = PageSources(truth={IMAGE: truth}, prediction={IMAGE: prediction}, images=images)
    return list(render_overlays(TASK, [case], sources).values())


def decode(overlay):
    with Image.open(io.BytesIO(overlay.content)) as image:
        assert image.format == "WEBP"
        assert image.size == (overlay.width, overlay.height)
        return np.asarray(image.convert("RGB")).astype(int)


def save_photo(folder, size, colour=(200, 150, 130), name=f"{IMAGE}.jpg"):
    folder.mkdir(exist_ok=True)
    Image.new("RGB", size, colour).save(folder / name)
    return folder


def is_near(pixel, colour):
    return np.abs(pixel - np.array(colour)).max() <= 30


def test_agreement_is_coloured_over_the_mask():
    (overlay,) = draw(*make_masks())
    pixels = decode(overlay)
    assert overlay.caption == IMAGE
    assert overlay.alt == (
        f"{IMAGE}: outlines of truth and prediction over the mask, Jaccard 0.2500"
    )
    assert is_near(pixels[60, 40], MISSED)
    assert is_near(pixels[60, 120], SURPLUS)
    assert is_near(pixels[60, 75], BOTH)
    assert is_near(pixels[5, 5], NEITHER)


def test_outlines_are_light_within_a_dark_casing():
    pixels = decode(draw(*make_masks())[0])
    assert pixels[60, 21].min() > 180
    assert pixels[60, 18:20].sum(axis=1).min() < 150
    assert is_near(pixels[60, 138], (240, 228, 66)) or pixels[60, 138][2] < 150


def test_a_photo_of_another_resolution_lies_under_it(tmp_path):
    (overlay,) = draw(*make_masks(), save_photo(tmp_path / "photos", (640, 480)))
    pixels = decode(overlay)
    assert "over the image" in overlay.alt
    assert is_near(pixels[5, 5], (200, 150, 130))
    assert is_near(pixels[60, 75], (200, 150, 130))
    assert not is_near(pixels[60, 40], (200, 150, 130))


@pytest.mark.parametrize("size", [(480, 640), (300, 100)])
def test_a_photo_of_another_shape_is_told_and_left_out(tmp_path, size):
    (overlay,) = draw(*make_masks(), save_photo(tmp_path / "photos", size))
    assert "over the mask" in overlay.alt
    assert "another shape" in overlay.caption


def test_a_photo_that_is_damaged_is_told_and_left_out(tmp_path):
    folder = tmp_path / "photos"
    save_photo(folder, (160, 120))
    path = folder / f"{IMAGE}.jpg"
    path.write_bytes(path.read_bytes()[:300])
    (overlay,) = draw(*make_masks(), folder)
    assert "over the mask" in overlay.alt
    assert "cannot be read" in overlay.caption


def test_an_image_without_a_photo_is_drawn_over_its_mask(tmp_path):
    photos = save_photo(tmp_path / "photos", (160, 120), name="ISIC_0000002.jpg")
    masks = {image: make_masks()[0] for image in (IMAGE, "ISIC_0000002")}
    cases = [
        measure(TASK, image, count(mask, mask), Size(160, 120)) for image, mask in masks.items()
    ]
    sources = PageSources(truth=masks, prediction=masks, images=photos)
    found = render_overlays(TASK, cases, sources)
    assert "over the mask" in found[IMAGE, ""].alt
    assert found[IMAGE, ""].caption == IMAGE
    assert "over the image" in found["ISIC_0000002", ""].alt


def test_a_folder_without_a_photo_is_the_callers_fault(tmp_path):
    with pytest.raises(IsicevalError, match="no file named after an id of the truth"):
        draw(*make_masks(), save_photo(tmp_path / "photos", (9, 9), name="holiday.jpg"))
    with pytest.raises(IsicevalError, match="does not exist"):
        draw(*make_masks(), tmp_path / "nowhere")
    with pytest.raises(IsicevalError, match="not arrays in memory"):
        draw(*make_masks(), {})


def test_large_masks_are_scaled_down():
    truth = np.zeros((1500, 2000), dtype=bool)
    truth[500:1000, 500:1500] = True
    (overlay,) = draw(truth, truth)
    assert (overlay.width, overlay.height) == (OVERLAY_SIDE, OVERLAY_SIDE * 3 // 4)
    assert len(overlay.content) < 20_000


def test_masks_of_one_pixel_and_empty_ones_can_be_drawn():
    for shape in ((1, 1), (1, 900), (3, 3)):
        (overlay,) = draw(np.zeros(shape, dtype=bool), np.ones(shape, dtype=bool))
        decode(overlay)


def test_a_mask_that_is_gone_is_left_out():
    truth, prediction = make_masks()
    case = measure(TASK, IMAGE, count(truth, prediction), Size(160, 120))
    sources = PageSources(truth={IMAGE: truth}, prediction={"ISIC_0000002": prediction})
    assert not render_overlays(TASK, [case], sources)
