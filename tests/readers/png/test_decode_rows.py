"""Image data of a PNG: inflated within bounds, and every damage of the stream named."""

from __future__ import annotations

import subprocess
import sys
import zlib

import png_writer as writer
import pytest

from isiceval.readers.png import decode as inflating
from isiceval.readers.png.chunks import parse_png
from isiceval.readers.png.decode import check_rows, decode_grey, decode_other

BLOB = writer.make_blob(30, 48)
ROW = 31


@pytest.fixture(params=["best", "zlib"], autouse=True)
def engine(request, monkeypatch):
    """Read with the best engine there is, and with zlib."""
    if request.param == "zlib":
        monkeypatch.setattr(inflating, "engine", zlib)


@pytest.mark.parametrize("present", [True, False])
def test_engine_is_zlib_ng_where_there_is_one(present):
    hide = "" if present else "sys.modules['zlib_ng'] = None;"
    code = (
        f"import sys; {hide} from isiceval.readers.png.chunks import engine; print(engine.__name__)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ("zlib_ng.zlib_ng" if present else "zlib")


def find_damage(**changes):
    """Return the damage all three ways of reading agree on."""
    png = parse_png(writer.write_mask(BLOB, **changes))
    found = check_rows(png, png.header)
    assert decode_grey(png, png.header).damage == found
    assert decode_other(png, png.header).damage == found
    assert decode_grey(png, png.header).bits is None
    return found


def keep_rows(n):
    return lambda rows: rows[: n * ROW]


@pytest.mark.parametrize(
    ("n", "detail"),
    [
        (47, "row 48 of 48 is missing"),
        (46, "rows 47 to 48 of 48 are missing"),
        (30, "rows 31 to 48 of 48 are missing"),
        (0, "rows 1 to 48 of 48 are missing"),
    ],
)
@pytest.mark.parametrize("block", [10, 100, 512 * 1024])
def test_missing_rows_are_named(n, detail, block, monkeypatch):
    monkeypatch.setattr(inflating, "BLOCK_BYTES", block)
    assert find_damage(change_rows=keep_rows(n)) == (detail,)


def test_a_row_that_is_cut_is_missing():
    assert find_damage(change_rows=lambda rows: rows[:-1]) == ("row 48 of 48 is missing",)
    cut = find_damage(change_rows=lambda rows: rows[: 30 * ROW + 7])
    assert cut == ("rows 31 to 48 of 48 are missing",)


def test_a_stream_that_is_cut_tells_its_rows():
    stream = zlib.compress(bytes(48 * ROW), 0)
    cut = find_damage(change_stream=lambda _: stream[: 7 + 10 * ROW + 3])
    assert cut == ("rows 11 to 48 of 48 are missing",)


def test_a_file_that_is_cut_tells_its_rows():
    data = writer.write_mask(BLOB, level=0)
    png = parse_png(data[: 41 + 7 + 10 * ROW + 3])
    assert "the file ends inside chunk IDAT" in png.damage[0]
    assert check_rows(png, png.header) == ("rows 11 to 48 of 48 are missing",)


@pytest.mark.parametrize("extra", [1, ROW, 100_000])
def test_too_many_bytes_are_damage(extra):
    found = find_damage(change_rows=lambda rows: rows + bytes(extra))
    assert found == ("its image data (IDAT) holds more than the rows of the image",)


def test_bytes_behind_the_stream_are_damage():
    found = find_damage(change_stream=lambda stream: stream + bytes(7), pieces=3)
    assert found == ("its image data (IDAT) is followed by 7 more bytes in IDAT",)


def test_empty_stream_is_damage():
    assert find_damage(change_stream=lambda _: b"") == ("rows 1 to 48 of 48 are missing",)


@pytest.mark.parametrize("cut", [1, 4])
def test_a_missing_checksum_is_damage(cut):
    found = find_damage(change_stream=lambda stream: stream[:-cut])
    assert found == ("its image data (IDAT) ends before its checksum",)


@pytest.mark.parametrize("block", [10, 100, 512 * 1024])
@pytest.mark.parametrize("level", [0, 9])
def test_a_wrong_checksum_is_damage(block, level, monkeypatch):
    monkeypatch.setattr(inflating, "BLOCK_BYTES", block)
    found = find_damage(change_stream=lambda stream: stream[:-4] + b"????", level=level)
    assert found == (inflating.WRONG_FRAME,)


def test_a_wrong_checksum_in_a_chunk_of_its_own_is_damage():
    chunks = writer.split(writer.write_mask(BLOB))
    stream = chunks[1][1]
    chunks[1:2] = [(b"IDAT", stream[:-4]), (b"IDAT", b"????")]
    png = parse_png(writer.join(chunks))
    assert check_rows(png, png.header) == (inflating.WRONG_FRAME,)


def test_a_wrong_zlib_header_is_damage():
    found = find_damage(change_stream=lambda stream: b"??" + stream[2:])
    assert found == (inflating.WRONG_FRAME,)


@pytest.mark.parametrize("block", [10, 100, 512 * 1024])
def test_a_corrupt_stream_tells_its_rows(block, monkeypatch):
    """Two stored blocks of 20 rows, then a block of a type that does not exist."""
    monkeypatch.setattr(inflating, "BLOCK_BYTES", block)
    rows = bytes(20 * ROW)
    stored = b"\x00" + len(rows).to_bytes(2, "little") + (65535 - len(rows)).to_bytes(2, "little")
    stream = b"\x78\x01" + (stored + rows) * 2 + b"\x07" + bytes(10)
    found = find_damage(change_stream=lambda _: stream)
    assert found[0] == "its image data (IDAT) is corrupt"
    assert found[1] in ("rows 41 to 48 of 48 are missing", "rows 40 to 48 of 48 are missing")
    assert len(found) == 2


@pytest.mark.parametrize("kind", [5, 200])
def test_a_wrong_filter_is_damage(kind):
    def spoil(rows):
        spoiled = bytearray(rows)
        spoiled[6 * ROW] = kind
        spoiled[9 * ROW] = 255
        return bytes(spoiled)

    found = find_damage(change_rows=spoil)
    assert found == (f"row 7 has filter type {kind}, PNG knows 0 to 4",)


def test_a_wrong_filter_and_missing_rows_are_both_told():
    found = find_damage(change_rows=lambda rows: b"\x09" + rows[1 : 40 * ROW])
    assert len(found) == 2


def test_missing_rows_of_an_interlaced_image():
    rows = sum((len(BLOB[y::down, x::across]) for x, y, across, down in writer.ADAM7[:2]), 0)
    data = writer.write_mask(
        BLOB, interlaced=True, change_rows=lambda made: made[: 6 * 5 + 6 * 5 + 9]
    )
    png = parse_png(data)
    assert rows == 12
    found = check_rows(png, png.header)
    assert found == ("row 2 of pass 3 of 7, and all that follows, is missing",)
    assert decode_grey(png, png.header).damage == found


def test_inflating_stops_at_the_end_of_the_image(monkeypatch):
    """A stream of 50 MB behind an image of 1.5 kB costs one byte more than the image."""
    taken = []
    genuine = inflating._Inflater.read

    def watch(self, n):
        data = genuine(self, n)
        taken.append(len(data))
        return data

    monkeypatch.setattr(inflating._Inflater, "read", watch)
    png = parse_png(writer.write_mask(BLOB, change_rows=lambda rows: rows + bytes(50_000_000)))
    assert "holds more" in check_rows(png, png.header)[0]
    assert sum(taken) == 48 * ROW + 1
