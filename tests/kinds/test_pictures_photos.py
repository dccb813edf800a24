import io

import numpy as np
import pytest
from PIL import Image

from isiceval.errors import IsicevalError
from isiceval.kinds.pictures import PHOTO_SIDE, render_photos
from isiceval.sources.container import ArrayContainer
from isiceval.sources.opening import open_source

IDS = ["ISIC_0000001", "ISIC_0000002", "IL_0000003"]


@pytest.fixture
def save(tmp_path):
    def save_photo(name, size=(80, 60), colour=(200, 150, 130)):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, colour).save(path)
        return open_source(tmp_path)

    return save_photo


def decode(thumbnail):
    with Image.open(io.BytesIO(thumbnail.content)) as image:
        assert image.format == "WEBP"
        assert image.size == (thumbnail.width, thumbnail.height)
        return np.asarray(image.convert("RGB")).astype(int)


def test_a_photo_is_made_small_and_keeps_its_shape(save):
    drawn = render_photos(save("isic_0000001.JPG", (1000, 500)), IDS, known=IDS)
    assert list(drawn) == ["ISIC_0000001"]
    thumbnail = drawn["ISIC_0000001"]
    assert (thumbnail.width, thumbnail.height) == (PHOTO_SIDE, PHOTO_SIDE // 2)
    assert np.abs(decode(thumbnail) - (200, 150, 130)).max() <= 10


def test_a_small_photo_stays_as_large_as_it_is(save):
    drawn = render_photos(save("deep/down/ISIC_0000002.png", (30, 20)), IDS, known=IDS)
    assert (drawn["ISIC_0000002"].width, drawn["ISIC_0000002"].height) == (30, 20)


def test_a_folder_may_be_named_after_the_case(save):
    save("IL_0000003/ISIC_9.jpg", (40, 20))
    photos = save("IL_0000003/ISIC_8.jpg", (20, 20))
    assert render_photos(photos, IDS, known=IDS)["IL_0000003"].width == 20
    photos = save("x/IL_0000003.jpg", (50, 20))
    assert render_photos(photos, IDS, known=IDS)["IL_0000003"].width == 50


def test_downsampled_photos_are_found(save):
    photos = save("ISIC_0000001_downsampled.jpg")
    assert list(render_photos(photos, IDS, known=IDS)) == ["ISIC_0000001"]


def test_only_the_chosen_are_drawn(save):
    save("ISIC_0000001.jpg")
    photos = save("ISIC_0000002.jpg")
    assert list(render_photos(photos, IDS[1:2], known=IDS)) == ["ISIC_0000002"]


def test_a_photo_that_cannot_be_read_is_left_out(save, tmp_path):
    save("ISIC_0000001.jpg")
    (tmp_path / "ISIC_0000002.jpg").write_bytes(b"no photo at all")
    (tmp_path / "IL_0000003.jpg").write_bytes((tmp_path / "ISIC_0000001.jpg").read_bytes()[:300])
    assert list(render_photos(open_source(tmp_path), IDS, known=IDS)) == ["ISIC_0000001"]


def test_a_folder_without_photos_of_the_cases_is_a_fault(save, tmp_path):
    photos = save("holiday.jpg")
    (tmp_path / "ISIC_0000001.txt").write_text("words", encoding="utf-8")
    with pytest.raises(IsicevalError, match="no file named after an id"):
        render_photos(photos, IDS, known=IDS)
    with pytest.raises(IsicevalError, match="does not exist"):
        render_photos(open_source(tmp_path / "nowhere"), IDS, known=IDS)
    with pytest.raises(IsicevalError, match="not arrays"):
        render_photos(ArrayContainer({}), IDS, known=IDS)
