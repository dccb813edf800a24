import numpy as np
import pytest
from PIL import Image

from isiceval.errors import IsicevalError
from isiceval.model import Size
from isiceval.readers.mask import read_expected, read_header
from isiceval.sources.container import ArrayContainer
from isiceval.sources.expected import Expected, match_files
from isiceval.sources.opening import open_source
from isiceval.tasks.task import find_task

TASK = find_task("2018/1")


def test_sizes_of_dermoscopic_images_come_from_their_headers(tmp_path):
    Image.new("RGB", (33, 22)).save(tmp_path / "ISIC_0000001.jpg")
    Image.new("RGB", (33, 22)).save(tmp_path / "ISIC_0000001_superpixels.png")
    expectation = read_expected(open_source(tmp_path), task=TASK, role="images")
    assert expectation.sizes == {"ISIC_0000001": Size(33, 22)}


def test_an_image_that_cannot_be_read_is_told(tmp_path):
    (tmp_path / "ISIC_0000001.jpg").write_bytes(b"\xff\xd8\xff junk")
    with pytest.raises(IsicevalError, match=r"ISIC_0000001\.jpg cannot be read as an image"):
        read_expected(open_source(tmp_path), task=TASK, role="images")


def test_two_keys_for_one_image_in_memory_are_refused():
    arrays = {"ISIC_0000001": np.eye(2), "isic_0000001_segmentation": np.eye(2)}
    with pytest.raises(IsicevalError, match="several files for ISIC_0000001"):
        read_expected(ArrayContainer(arrays), task=TASK)


def test_an_array_without_two_dimensions_has_no_size():
    with pytest.raises(IsicevalError, match="cannot be read as an image"):
        read_expected(ArrayContainer({"a": np.zeros(3)}), task=TASK)


def test_keys_in_memory_need_no_suffix_even_where_files_do(tmp_path):
    path = tmp_path / "mine.toml"
    naming = 'naming = { image = "c[0-9]", suffixes = ["_m"], example = "c7_m.png" }'
    path.write_text(f'[task.mine]\ntitle = "x"\n{naming}\n')
    expectation = Expected(sizes={"c1": None}, files={})
    task = find_task(str(path))
    pairing = match_files(ArrayContainer({"c1": np.eye(2)}), expectation, task=task)
    assert pairing.matched == {"c1": "c1"}


def test_headers_of_damaged_members_carry_their_fault(tmp_path):
    (tmp_path / "ISIC_0000001.png").write_bytes(b"")
    (tmp_path / "ISIC_0000002.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    container = open_source(tmp_path)
    (tmp_path / "ISIC_0000003.png").write_bytes(b"gone")
    images = ("ISIC_0000001", "ISIC_0000002")
    readings = [read_header(container, f"{image}.png", image=image) for image in images]
    codes = [reading.problems[0].code for reading in readings]
    assert codes == ["empty-file", "damaged-png"]
