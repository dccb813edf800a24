"""Masks from files: what can be scored, and everything that speaks against the rest."""

from __future__ import annotations

import base64
import hashlib
import io
import struct
import subprocess
import sys

import numpy as np
import png_writer as writer
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from isiceval.model import Size
from isiceval.readers.mask import HEADER_BYTES, MaskRules, read_header, read_mask
from isiceval.readers.png import decode
from isiceval.sources.container import Container

BLOB = writer.make_blob(41, 30)
SIZE = Size(41, 30)
N_SPOILED = 400


def read(data, *, expected=SIZE, **rules):
    return read_mask(
        data, image="ISIC_1", name="ISIC_1.png", rules=MaskRules(**rules), expected=expected
    )


def refuse(data, **options):
    """Read what must not be scored; return its codes and the details in one line."""
    reading, mask = read(data, **options)
    assert mask is None
    assert reading.foreground is None
    codes = [fault.code for fault in reading.problems]
    return codes, " / ".join(fault.detail for fault in reading.problems)


def test_a_fine_mask():
    data = writer.write_mask(BLOB, filters=(0, 1, 2, 4))
    reading, mask = read(data)
    assert np.array_equal(mask.to_array(), BLOB)
    assert reading.image == "ISIC_1"
    assert reading.name == "ISIC_1.png"
    assert reading.sha256 == hashlib.sha256(data).hexdigest()
    assert (reading.format, reading.mode, reading.size) == ("PNG", "L", SIZE)
    assert reading.values == (0, 255)
    assert reading.foreground == BLOB.sum()
    assert reading.border == 0
    assert (reading.regions, reading.holes) == (None, None)
    assert (reading.conversions, reading.problems) == ((), ())


@pytest.mark.parametrize(("value", "values"), [(0, (0,)), (255, (255,))])
@pytest.mark.parametrize("depth", [1, 8])
def test_full_and_empty_masks(value, values, depth):
    grey = np.full((30, 41), min(value, 2**depth - 1))
    reading, _ = read(writer.write_png(grey, depth=depth))
    assert reading.values == values
    assert reading.foreground == (SIZE.pixels if value else 0)
    assert reading.border == (1 if value else 0)
    assert reading.mode == ("1" if depth == 1 else "L")


def test_an_unknown_size_is_taken_as_it_is():
    reading, mask = read(writer.write_mask(BLOB), expected=None)
    assert mask.size == reading.size == SIZE


@pytest.mark.parametrize(("threshold", "foreground"), [(0, 3), (127, 2), (128, 1), (129, 0)])
def test_grey_values_are_foreground_above_the_threshold(threshold, foreground):
    grey = np.array([[0, 1, 128, 129]])
    reading, mask = read(writer.write_png(grey), expected=None, threshold=threshold)
    assert reading.values == (0, 1, 128, 129)
    assert reading.foreground == mask.foreground == foreground


def test_values_of_a_soft_mask_are_all_listed():
    down = np.arange(256).repeat(400).reshape(256, 400)
    across = np.tile(np.arange(256), (600, 1))
    for grey in (down, across):
        reading, _ = read(writer.write_png(grey, filters=(0,)), expected=None)
        assert reading.values == tuple(range(256))


def test_strict_rules_take_zero_and_one_as_they_are():
    reading, mask = read(writer.write_png(BLOB.astype(int)))
    assert reading.values == (0, 1)
    assert mask.foreground == 0
    assert reading.conversions == ()


@pytest.mark.parametrize(
    ("low", "high", "foreground"),
    [(0, 1, True), (0, 128, True), (3, 7, True), (200, 255, True), (9, 9, None), (0, 0, False)],
)
@pytest.mark.parametrize("lenient", [False, True])
def test_where_grey_is_refused_the_greater_of_two_values_is_foreground(
    low, high, foreground, lenient
):
    grey = np.where(BLOB, high, low)
    reading, mask = read(writer.write_png(grey), grey="refuse", lenient=lenient)
    expected = BLOB if foreground else np.full_like(BLOB, foreground is None)
    assert np.array_equal(mask.to_array(), expected)
    assert reading.conversions == ()


def test_where_grey_is_refused_three_values_are():
    grey = np.where(BLOB, 255, 0)
    grey[0, 0] = 7
    reading, mask = read(writer.write_png(grey), grey="refuse")
    assert (mask, reading.foreground, reading.problems) == (None, None, ())
    assert reading.values == (0, 7, 255)
    reading, mask = read(writer.write_png(grey), grey="refuse", lenient=True)
    assert np.array_equal(mask.to_array(), BLOB)
    assert reading.conversions == ("grey thresholded",)


def test_one_bit_masks_where_grey_is_refused():
    reading, mask = read(writer.write_png(BLOB.astype(int), depth=1), grey="refuse")
    assert (reading.mode, reading.values) == ("1", (0, 255))
    assert np.array_equal(mask.to_array(), BLOB)


@pytest.mark.parametrize(
    ("made", "regions", "holes"),
    [
        (["....", "....", "...."], 0, 0),
        (["#...", ".#..", "..#."], 1, 0),
        (["##..", "....", "..##"], 2, 0),
        ([".#..", "#.#.", ".#.."], 1, 1),
        (["####", "#..#", "#..#"], 1, 0),
        (["#####", "#.#.#", "#####"], 1, 2),
        (["####", "#.##", "##.#", "####"], 1, 2),
        (["####", "####"], 1, 0),
    ],
)
def test_regions_and_holes(made, regions, holes):
    mask = np.array([[pixel == "#" for pixel in row] for row in made])
    reading, _ = read(writer.write_mask(mask), expected=None, regions=True)
    assert (reading.regions, reading.holes) == (regions, holes)


def test_another_size_is_never_inflated(monkeypatch):
    def refuse_to(*_):
        raise AssertionError("inflated")

    monkeypatch.setattr(decode, "check_rows", refuse_to)
    monkeypatch.setattr(decode, "decode_grey", refuse_to)
    data = writer.write_mask(BLOB, change_rows=lambda _: b"")
    reading, mask = read(data, expected=Size(30, 41))
    assert (mask, reading.size, reading.problems) == (None, SIZE, ())
    codes, detail = refuse(writer.spoil_checksum(data, b"IDAT"), expected=Size(30, 41))
    assert codes == ["damaged-png"]
    assert "checksum" in detail


def test_a_bomb_is_not_decoded():
    header = (b"IHDR", writer.write_header(60_000, 60_000))
    data = writer.join([header, *writer.split(writer.write_mask(BLOB))[1:]])
    codes, detail = refuse(data, expected=None)
    assert codes == ["damaged-png"]
    assert "60000 x 60000" in detail


def test_a_file_without_bytes():
    assert refuse(b"") == (["empty-file"], "the file holds no bytes")


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (b"<html>", "is not PNG but HTML"),
        (b"PK\3\4", "is not PNG but zip"),
        (b"\1\2\3\4", "is not PNG, and no other image format that is known"),
    ],
)
@pytest.mark.parametrize("lenient", [False, True])
def test_other_formats(data, detail, lenient):
    assert refuse(data, lenient=lenient) == (["wrong-format"], detail)


def test_a_jpeg_is_measured_and_refused():
    out = io.BytesIO()
    Image.fromarray(BLOB).convert("L").save(out, "JPEG")
    reading, mask = read(out.getvalue())
    assert (mask, reading.format, reading.size) == (None, "JPEG", SIZE)
    assert [fault.code for fault in reading.problems] == ["wrong-format"]
    assert reading.problems[0].where == "ISIC_1.png"


@pytest.mark.parametrize(("colour", "depth"), [(0, 16), (2, 8), (2, 16), (3, 4), (4, 8), (6, 8)])
def test_other_modes_are_left_to_the_rules(colour, depth):
    values = writer.make_values(41, 30, colour=colour, depth=depth)
    palette = [(b"PLTE", writer.make_palette())] if colour == 3 else []
    reading, mask = read(writer.write_png(values, colour=colour, depth=depth, before=palette))
    assert (mask, reading.problems, reading.values) == (None, (), ())
    assert reading.mode in {"I;16", "RGB", "P", "LA"} | {"RGBA"}


def test_damage_is_found_in_other_modes_too():
    values = writer.make_values(41, 30, colour=2, depth=8)
    data = writer.write_png(values, colour=2, change_rows=lambda rows: rows[: 10 * 124])
    for lenient in (False, True):
        assert refuse(data, lenient=lenient) == (
            ["damaged-png"],
            "rows 11 to 30 of 30 are missing",
        )


@pytest.mark.parametrize("depth", [1, 2, 8])
def test_missing_rows_are_told(depth):
    values = BLOB.astype(int)
    length = 1 + -(-41 * depth // 8)
    data = writer.write_png(values, depth=depth, change_rows=lambda rows: rows[: 17 * length])
    assert refuse(data) == (["damaged-png"], "rows 18 to 30 of 30 are missing")


def test_all_faults_of_a_file_are_told():
    data = writer.write_mask(
        BLOB, change_rows=lambda rows: rows[: 29 * 42], before=[(b"gAMA", bytes(4))]
    )
    codes, detail = refuse(writer.spoil_checksum(data, b"IDAT") + b"more")
    assert codes == ["damaged-png", "trailing-data", "odd-chunks", "damaged-png"]
    assert "wrong checksum in chunk IDAT" in detail
    assert "row 30 of 30 is missing" in detail
    assert "4 bytes follow" in detail
    assert "gamma" in detail


def test_a_file_cut_anywhere_is_damaged():
    data = writer.write_mask(BLOB)
    for n in range(1, len(data)):
        codes, _ = refuse(data[:n])
        assert set(codes) == {"damaged-png"}, n


def test_a_file_with_any_byte_changed_is_never_scored_differently():
    data = writer.write_mask(BLOB)
    for at in range(len(data)):
        spoiled = bytearray(data)
        spoiled[at] ^= 0x10
        reading, mask = read(bytes(spoiled))
        assert mask is None, at
        assert reading.problems, at


def test_warnings_do_not_stop_scoring():
    data = writer.write_mask(BLOB, before=[(b"acTL", bytes(8)), (b"tRNS", b"\0\0")]) + b"x"
    reading, mask = read(data)
    assert np.array_equal(mask.to_array(), BLOB)
    assert [(fault.code, fault.where) for fault in reading.problems] == [
        ("trailing-data", "ISIC_1.png"),
        ("odd-chunks", "ISIC_1.png"),
    ]
    assert reading.problems[0].detail == "1 byte follows the end (IEND)"
    assert "APNG" in reading.problems[1].detail
    assert "tRNS" in reading.problems[1].detail


class OneFile(Container):
    """A submission of one file, which notes how much of it is read."""

    def __init__(self, data):
        super().__init__(name="team")
        self.data, self.reads = data, []

    def head(self, name, n):
        self.reads.append(n)
        return self.data[:n]

    def read(self, name):
        self.reads.append("all")
        return self.data


def head(data, **options):
    return read_header(OneFile(data), "ISIC_1.png", image="ISIC_1", **options)


def test_header_of_a_png():
    reading = head(writer.write_mask(BLOB)[:33])
    assert (reading.format, reading.mode, reading.size, reading.problems) == ("PNG", "L", SIZE, ())


def test_header_that_is_damaged():
    reading = head(writer.write_mask(BLOB)[:20])
    assert reading.size is None
    assert [fault.code for fault in reading.problems] == ["damaged-png"]
    assert [fault.code for fault in head(b"").problems] == ["empty-file"]


def make_jpeg(**options):
    out = io.BytesIO()
    Image.new("RGB", (41, 30)).save(out, "JPEG", **options)
    return out.getvalue()


def test_header_of_another_format():
    reading = head(make_jpeg())
    assert (reading.format, reading.size) == ("JPEG", SIZE)
    assert [fault.code for fault in reading.problems] == ["wrong-format"]
    assert head(make_jpeg(), lenient=True).problems == ()
    assert [fault.code for fault in head(b"<html>").problems] == ["wrong-format"]


def test_header_beyond_the_first_bytes_asks_for_more():
    data = make_jpeg(icc_profile=bytes(100_000))
    file = OneFile(data)
    assert read_header(file, "a.jpg", image="a").size == SIZE
    assert file.reads == [HEADER_BYTES, "all"]
    file = OneFile(make_jpeg() + bytes(100_000))
    assert read_header(file, "a.jpg", image="a").size == SIZE
    assert file.reads == [HEADER_BYTES]
    assert [fault.code for fault in head(data[:9000]).problems] == ["wrong-format"]


def test_plain_masks_load_no_imaging_library():
    code = (
        "import sys, base64\n"
        "from isiceval.readers.mask import read_mask\n"
        "from isiceval.readers.mask import MaskRules, read_size\n"
        "data = base64.b64decode(sys.argv[1])\n"
        "reading, mask = read_mask(data, image='a', name='a', rules=MaskRules(lenient=True))\n"
        "assert mask is not None and read_size(data)\n"
        "loaded = {'PIL', 'skimage', 'scipy', 'pandas'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    data = base64.b64encode(writer.write_mask(BLOB, filters=(0, 1, 2, 4))).decode()
    subprocess.run([sys.executable, "-c", code, data], check=True)


KINDS = st.sampled_from([*writer.KINDS, (0, 8), (0, 8), (0, 1)])


@st.composite
def spoiled_files(draw):
    """Draw a valid file of any kind, with bytes changed, dropped or doubled."""
    colour, depth = draw(KINDS)
    values = writer.make_values(
        draw(st.integers(1, 20)), draw(st.integers(1, 9)), colour=colour, depth=depth
    )
    data = bytearray(
        writer.write_png(
            values,
            colour=colour,
            depth=depth,
            filters=draw(st.lists(st.integers(0, 4), min_size=1, max_size=4)),
            interlaced=draw(st.booleans()),
            before=[(b"PLTE", writer.make_palette()[: draw(st.integers(0, 9)) * 3])],
            after=[(b"tRNS", draw(st.binary(max_size=8)))] if draw(st.booleans()) else [],
            pieces=draw(st.integers(1, 3)),
            level=draw(st.sampled_from([0, 6])),
        )
    )
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data) - 1))
        end = min(len(data), at + draw(st.integers(1, 12)))
        change = draw(st.sampled_from(["set", "drop", "double"]))
        if change == "set":
            data[at] = draw(st.integers(0, 255))
        elif change == "double":
            data[at:at] = data[at:end]
        elif end - at < len(data):
            del data[at:end]
    if draw(st.booleans()):
        return repair(bytes(data))
    return bytes(data)


def strip(data):
    """Keep what makes the pixels: Pillow refuses some files for chunks that do not matter."""
    chunks = writer.split(data[: data.index(b"IEND") + 8])
    return writer.join(chunk for chunk in chunks if chunk[0] in (b"IHDR", b"IDAT", b"IEND"))


def repair(data):
    """Give every chunk that can still be found its right checksum, to get behind that check."""
    try:
        return writer.join(writer.split(data))
    except struct.error:
        return data


@settings(max_examples=N_SPOILED, deadline=None)
@given(data=spoiled_files(), lenient=st.booleans(), refused=st.booleans())
def test_spoiled_files_raise_nothing_and_are_never_misread(data, lenient, refused):
    grey = "refuse" if refused else "threshold"
    reading, mask = read(data, expected=None, lenient=lenient, grey=grey)
    head(data)
    if mask is not None:
        assert mask.foreground == mask.to_array().sum() == reading.foreground
        assert mask.size == reading.size
        if not (lenient or refused):
            with Image.open(io.BytesIO(strip(data)), formats=["PNG"]) as image:
                pixels = np.asarray(image.convert("L")) > 128
            assert np.array_equal(mask.to_array(), pixels)


@given(data=st.binary(max_size=200), signed=st.booleans())
def test_any_bytes_raise_nothing(data, signed):
    reading, mask = read(writer.SIGNATURE * signed + data, lenient=True)
    assert mask is None
    assert reading.problems
