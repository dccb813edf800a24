"""How much of a file is read, and what is said of one that is too large."""

import io

import numpy as np
import pytest
from PIL import Image

import isiceval
from isiceval.model import Size
from isiceval.readers.mask import MaskRules, limit_bytes, read_file
from isiceval.sources.opening import open_source

NAME = "ISIC_0000001_segmentation.png"
IMAGE = "ISIC_0000001"
SIZE = Size(30, 20)


def encode(size, *, more=0, form="PNG"):
    out = io.BytesIO()
    Image.fromarray(np.zeros((size.height, size.width), np.uint8)).save(out, form)
    return out.getvalue() + b"\0" * more


@pytest.fixture(params=["folder", "zip"])
def container(request, tmp_path, zip_folder):
    def build(data):
        folder = tmp_path / "masks"
        folder.mkdir()
        (folder / NAME).write_bytes(data)
        path = zip_folder(folder, tmp_path / "m.zip") if request.param == "zip" else folder
        return open_source(path)

    return build


def read(container, **rules):
    return read_file(container, NAME, image=IMAGE, rules=MaskRules(**rules), expected=SIZE)


def test_a_file_larger_than_its_image_allows_is_not_read(container, monkeypatch):
    opened = container(encode(SIZE, more=limit_bytes(SIZE)))
    monkeypatch.setattr(type(opened), "read", None)
    reading, mask = read(opened)
    assert mask is None
    assert [fault.code for fault in reading.problems] == ["oversized-member"]
    assert "30 x 20" in reading.problems[0].detail


def test_a_file_just_within_the_limit_is_read(container):
    data = encode(SIZE)
    reading, mask = read(container(data + b"\0" * (limit_bytes(SIZE) - len(data))))
    assert mask is not None
    assert [fault.code for fault in reading.problems] == ["trailing-data"]


def test_of_a_large_file_of_another_size_the_size_is_told(container):
    reading, mask = read(container(encode(Size(31, 20), more=limit_bytes(SIZE))))
    assert (reading.size, reading.problems, mask) == (Size(31, 20), (), None)


def test_of_a_large_file_of_another_format_the_format_is_told(container):
    opened = container(encode(SIZE, more=limit_bytes(SIZE), form="JPEG"))
    assert [fault.code for fault in read(opened)[0].problems] == ["wrong-format"]
    assert [fault.code for fault in read(opened, lenient=True)[0].problems] == ["oversized-member"]


@pytest.mark.parametrize(("lenient", "codes"), [(False, ["wrong-format"]), (True, [])])
def test_headers_alone_are_read_as_leniently_as_pixels(tmp_path, lenient, codes):
    truth, out = tmp_path / "truth", tmp_path / "out"
    for folder, form in ((truth, "PNG"), (out, "JPEG")):
        folder.mkdir()
        (folder / NAME).write_bytes(encode(SIZE, form=form))
    found = isiceval.validate(
        "2018/1", truth=truth, prediction=out, lenient=lenient, headers_only=True
    )
    assert [problem.code for problem in found.problems] == codes
