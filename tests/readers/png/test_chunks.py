"""PNG chunks: header, order, checksums, oddities, and every damage named."""

from __future__ import annotations

import struct

import numpy as np
import png_writer as writer
import pytest

from isiceval.model import Size
from isiceval.readers.png.chunks import MAX_CHUNKS, parse_header, parse_png

BLOB = writer.make_blob(31, 20)
PLAIN = writer.write_mask(BLOB)


def edit(*, drop=(), insert=None, at=1):
    chunks = [chunk for chunk in writer.split(PLAIN) if chunk[0] not in drop]
    if insert:
        chunks.insert(at, insert)
    return writer.join(chunks)


def with_header(body):
    return edit(drop=(b"IHDR",), insert=(b"IHDR", body), at=0)


def test_plain_file_has_nothing_to_tell():
    png = parse_png(PLAIN)
    assert (png.damage, png.oddities, png.n_trailing) == ((), (), 0)
    assert png.header.size == Size(31, 20)
    assert (png.header.mode, png.header.depth, png.header.interlaced) == ("L", 8, False)


@pytest.mark.parametrize(
    ("colour", "depth", "mode"),
    [
        (0, 1, "1"),
        (0, 2, "L"),
        (0, 4, "L"),
        (0, 8, "L"),
        (0, 16, "I;16"),
        (2, 8, "RGB"),
        (2, 16, "RGB"),
        (3, 1, "P"),
        (3, 8, "P"),
        (4, 8, "LA"),
        (6, 8, "RGBA"),
        (6, 16, "RGBA"),
    ],
)
def test_modes_have_pillows_names(colour, depth, mode):
    data = with_header(writer.write_header(31, 20, depth, colour))
    assert parse_header(data).header.mode == mode


@pytest.mark.parametrize(
    ("width", "height", "passes"),
    [
        (1, 1, ((1, 2),)),
        (2, 1, ((1, 2), (1, 2))),
        (5, 1, ((1, 2), (1, 2), (1, 2), (1, 3))),
        (8, 8, ((1, 2), (1, 2), (1, 3), (2, 3), (2, 5), (4, 5), (4, 9))),
    ],
)
def test_interlaced_passes_without_pixels_are_left_out(width, height, passes):
    data = with_header(writer.write_header(width, height, 8, 0, (0, 0, 1)))
    assert parse_header(data).header.passes == passes


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (PLAIN[:4], "the file ends after 4 bytes"),
        (PLAIN[:8], "the file ends after 8 bytes"),
        (PLAIN[:32], "the file ends after 32 bytes"),
        (PLAIN.replace(b"\r\n", b"\n", 1), "its first bytes were changed"),
        (b"?" + PLAIN[1:], "its first bytes were changed"),
        (edit(drop=(b"IHDR",)), "does not begin with a header"),
        (PLAIN[:8] + bytes(40), "does not begin with a header"),
        (with_header(writer.write_header(31, 20) + b"\0"), "does not begin with a header"),
        (writer.spoil_checksum(PLAIN, b"IHDR"), "wrong checksum in chunk IHDR"),
        (with_header(writer.write_header(0, 20)), "says 0 x 20 pixels"),
        (with_header(writer.write_header(31, 2**31)), "says 31 x 2147483648 pixels"),
        (with_header(writer.write_header(31, 20, 3)), "colour type 0 with 3 bits"),
        (with_header(writer.write_header(31, 20, 8, 5)), "colour type 5 with 8 bits"),
        (with_header(writer.write_header(31, 20, 8, 0, (1, 0, 0))), "unknown methods"),
        (with_header(writer.write_header(31, 20, 8, 0, (0, 1, 0))), "unknown methods"),
        (with_header(writer.write_header(31, 20, 8, 0, (0, 0, 2))), "unknown methods"),
    ],
)
def test_damaged_header(data, detail):
    png = parse_png(data)
    assert png.header is None
    assert len(png.damage) == 1
    assert detail in png.damage[0]
    assert parse_header(data).damage == png.damage


def test_all_faults_of_a_header_are_told():
    png = parse_header(with_header(writer.write_header(0, 20, 3, 0, (9, 0, 0))))
    assert len(png.damage) == 3


IDAT = dict(writer.split(PLAIN))[b"IDAT"]


@pytest.mark.parametrize(
    ("data", "details"),
    [
        (writer.spoil_checksum(PLAIN, b"IDAT"), ["wrong checksum in chunk IDAT"]),
        (writer.spoil_checksum(PLAIN, b"IEND"), ["wrong checksum in chunk IEND"]),
        (PLAIN[:-12], ["without an end mark (IEND), after chunk IDAT"]),
        (PLAIN[:-7], ["without an end mark (IEND), after chunk IDAT"]),
        (PLAIN[:-1], ["the file ends inside chunk IEND: 0 of its 0 bytes are there"]),
        (PLAIN[:60], [f"ends inside chunk IDAT: 19 of its {len(IDAT)} bytes"]),
        (PLAIN[:-12] + bytes(40), ["is not a chunk"]),
        (edit(drop=(b"IDAT",)), ["no image data"]),
        (edit(insert=(b"IHDR", writer.write_header(31, 20))), ["it has 2 headers"]),
        (edit(insert=(b"ABcd", b"")), ["does not define: ABcd"]),
        (edit(insert=(b"PLTE", b"12")), ["impossible length"]),
        (edit(insert=(b"PLTE", b"")), ["impossible length"]),
        (with_header(writer.write_header(31, 20, 8, 3)), ["its palette (PLTE) is missing"]),
    ],
)
def test_damaged_chunks(data, details):
    png = parse_png(data)
    assert png.header.size == Size(31, 20)
    assert len(png.damage) == len(details)
    for found, detail in zip(png.damage, details, strict=True):
        assert detail in found


def test_image_data_in_two_places():
    chunks = writer.split(writer.write_mask(BLOB, pieces=2))
    chunks.insert(2, (b"tEXt", b"between"))
    assert parse_png(writer.join(chunks)).damage == ("its image data (IDAT) is in 2 places",)


def test_two_palettes():
    palette = (b"PLTE", bytes(6))
    data = writer.write_mask(BLOB, before=[palette, palette])
    assert parse_png(data).damage == ("it has 2 palettes (PLTE)",)


def test_equal_damage_is_told_once():
    data = writer.write_mask(BLOB, pieces=3)
    for at in [k for k in range(len(data)) if data[k : k + 4] == b"IDAT"]:
        (n,) = struct.unpack_from(">I", data, at - 4)
        data = data[: at + 4 + n] + b"????" + data[at + 8 + n :]
    assert parse_png(data).damage == ("wrong checksum in 3 chunks IDAT",)


def test_all_damage_of_a_file_is_told():
    chunks = [*writer.split(PLAIN)[:2], (b"ZZzz", b""), (b"IHDR", b"")]
    damage = " / ".join(parse_png(writer.spoil_checksum(writer.join(chunks), b"IDAT")).damage)
    assert "wrong checksum in chunk IDAT" in damage
    assert "2 headers" in damage
    assert "ZZzz" in damage
    assert "IEND" in damage


def test_a_flood_of_chunks_ends_the_walk():
    flood = writer.write_chunk(b"teXt", b"") * MAX_CHUNKS
    png = parse_png(PLAIN[:33] + flood + PLAIN[33:])
    assert any("chunks or more" in detail for detail in png.damage)


@pytest.mark.parametrize("n", [1, 12, 5000])
def test_trailing_bytes_are_counted(n):
    png = parse_png(PLAIN + b"x" * n)
    assert (png.n_trailing, png.damage) == (n, ())


def exif(order, orientation, *, tag=0x0112, kind=3):
    mark = {"<": b"II*\0", ">": b"MM\0*"}[order]
    other = struct.pack(f"{order}HHIHH", 0x0100, 3, 1, 7, 0)
    entry = struct.pack(f"{order}HHIHH", tag, kind, 1, orientation, 0)
    return mark + struct.pack(f"{order}IH", 8, 2) + other + entry


@pytest.mark.parametrize(
    ("chunks", "words"),
    [
        ([(b"acTL", bytes(8))], ["animation", "APNG"]),
        ([(b"gAMA", struct.pack(">I", 45455))], ["gamma"]),
        ([(b"iCCP", b"name\0\0")], ["ICC"]),
        ([(b"tRNS", b"\0\0")], ["transparency"]),
        ([(b"eXIf", exif("<", 6))], ["EXIF orientation 6"]),
        ([(b"eXIf", exif(">", 3))], ["EXIF orientation 3"]),
        ([(b"gAMA", b"\0\0\1\0"), (b"tRNS", b"\0\0")], ["gamma", "transparency"]),
    ],
)
def test_odd_chunks_are_named(chunks, words):
    png = parse_png(writer.write_mask(BLOB, before=chunks))
    assert png.damage == ()
    assert all(word in "; ".join(png.oddities) for word in words)


@pytest.mark.parametrize(
    "chunks",
    [
        [(b"gAMA", struct.pack(">I", 45455)), (b"sRGB", b"\0")],
        [(b"eXIf", exif("<", 1))],
        [(b"eXIf", exif("<", 6, tag=0x0113))],
        [(b"eXIf", exif("<", 6, kind=4))],
        [(b"eXIf", exif("<", 6)[:20])],
        [(b"eXIf", b"not exif")],
        [(b"tEXt", b"Software\0x"), (b"pHYs", bytes(9)), (b"tIME", bytes(7))],
    ],
)
def test_ordinary_chunks_are_not_odd(chunks):
    png = parse_png(writer.write_mask(BLOB, before=chunks))
    assert (png.oddities, png.damage) == ((), ())


def test_writer_and_split_agree():
    values = writer.make_values(9, 7, colour=6, depth=16)
    data = writer.write_png(values, colour=6, depth=16, pieces=3)
    assert writer.join(writer.split(data)) == data
    assert np.array_equal(values.shape, (7, 9, 4))
