"""Odd submissions: what isiceval answers, and what the official scorer answers.

The table of the README, "where isiceval differs on purpose", rests on these rows.
"""

import io
import struct
import warnings
import zlib
from dataclasses import dataclass, field
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
from isic_challenge_scoring.segmentation import SegmentationScore
from isic_challenge_scoring.types import ScoreError
from isic_challenge_scoring.unzip import extract_zip
from PIL import Image

import isiceval

A, B = "ISIC_0000001_segmentation.png", "ISIC_0000002_segmentation.png"
MASK = np.zeros((48, 64), np.uint8)
MASK[5:45, 20:35] = 255


def encode(array, form="PNG", **options):
    out = io.BytesIO()
    image = array if isinstance(array, Image.Image) else Image.fromarray(array)
    image.save(out, form, **options)
    return out.getvalue()


GOOD = encode(MASK)


def write_chunk(kind, body):
    checksum = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + checksum


def end_early(rows):
    """Write a PNG whose compressed stream ends after so many of its 48 rows."""
    data = zlib.compress(b"".join(b"\0" + row.tobytes() for row in MASK[:rows]))
    header = struct.pack(">IIBBBBB", 64, 48, 8, 0, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", data), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(write_chunk(*chunk) for chunk in chunks)


def corrupt(data):
    """Turn over a byte in the middle of the image data."""
    middle = data.index(b"IDAT") + 12
    return data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :]


def animate():
    first = Image.fromarray(MASK)
    return encode(first, save_all=True, append_images=[Image.fromarray(255 - MASK)])


def turn():
    exif = Image.Exif()
    exif[0x0112] = 6
    return encode(MASK, exif=exif)


def make_palette():
    image = Image.fromarray((MASK > 0).astype(np.uint8), mode=None).convert("P")
    image.putpalette([0, 0, 0, 255, 255, 255])
    return encode(image)


def pack(files):
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # duplicate names are meant
        with ZipFile(out, "w", ZIP_DEFLATED) as archive:
            for name, data in files:
                archive.writestr(name, data)
    return out.getvalue()


def lock(data):
    """Mark every file of a zip as encrypted."""
    data = bytearray(data)
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(magic)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(magic, at + 4)
    return bytes(data)


def claim_size(width, height):
    """Write a PNG that claims to be enormous and holds no such data."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(write_chunk(*chunk) for chunk in chunks)


INTERNAL = "internal failure"


@dataclass(frozen=True)
class Odd:
    """One odd submission: both answers, each a score or what is refused and why."""

    name: str
    files: list = field(default_factory=list)
    ours: float | None = None
    codes: tuple = ()
    official: float | str = ""
    change: object = bytes


def both(data):
    return [(A, data), (B, data)]


ODD = [
    Odd("fine", both(GOOD), 1.0, (), 1.0),
    Odd("0 and 1", both(encode(MASK // 255)), 0.0, ("not-binary",), 0.0),
    Odd("0 and 128", both(encode(MASK // 255 * 128)), 0.0, ("not-binary",), 0.0),
    Odd("inverted", both(encode(255 - MASK)), 0.0, ("looks-inverted",), 0.0),
    Odd("cut off", both(GOOD[: len(GOOD) // 2]), None, ("damaged-png",), INTERNAL),
    Odd("corrupt data", both(corrupt(GOOD)), None, ("damaged-png",), INTERNAL),
    Odd("locked zip", both(GOOD), None, ("encrypted-member",), INTERNAL, lock),
    Odd("huge PNG", both(claim_size(20000, 20000)), None, ("wrong-dimensions",), INTERNAL),
    Odd("palette", both(make_palette()), None, ("wrong-mode",), "not single-channel"),
    Odd("RGB", both(encode(np.stack([MASK] * 3, 2))), None, ("wrong-mode",), "not single-channel"),
    Odd(
        "LA",
        both(encode(Image.fromarray(MASK).convert("LA"))),
        None,
        ("wrong-mode",),
        "not single-channel",
    ),
    Odd(
        "16 bits",
        both(encode(MASK.astype(np.uint16) * 257)),
        None,
        ("wrong-mode",),
        "not single-channel",
    ),
    Odd("JPEG", both(encode(MASK, "JPEG", quality=95)), None, ("wrong-format",), 1.0),
    Odd("TIFF", both(encode(MASK, "TIFF")), None, ("wrong-format",), 1.0),
    Odd("BMP", both(encode(MASK, "BMP")), None, ("wrong-format",), 1.0),
    Odd("animated", both(animate()), 1.0, ("odd-chunks",), 1.0),
    Odd("turned by EXIF", both(turn()), 1.0, ("odd-chunks",), 1.0),
    Odd(
        "one name in two folders",
        [(f"x/{A}", GOOD), (f"x/{B}", GOOD), (f"y/{B}", encode(255 - MASK))],
        None,
        ("duplicate-prediction",),
        0.5,
    ),
    Odd(
        "one name twice",
        [(A, GOOD), (B, GOOD), (B, encode(255 - MASK))],
        None,
        ("duplicate-member",),
        0.5,
    ),
    Odd("macOS files at the top", [*both(GOOD), (f"__MACOSX/._{A}", b"x")], 1.0, (), 1.0),
    Odd("macOS files beside", [*both(GOOD), (f"._{A}", b"x")], 1.0, (), "Multiple matching"),
    Odd("system files", [*both(GOOD), (".DS_Store", b"x"), ("Thumbs.db", b"x")], 1.0, (), 1.0),
    Odd(
        "number of an image inside a longer one",
        [*both(GOOD), ("ISIC_00000012_segmentation.png", GOOD)],
        1.0,
        ("unexpected-file",),
        "Multiple matching",
    ),
    Odd("both missing", [("readme.txt", b"x")], None, ("missing-prediction",) * 2, "No matching"),
    Odd("40 of 48 rows", both(end_early(40)), None, ("damaged-png",), 0.875),
    Odd("36 of 48 rows", both(end_early(36)), None, ("damaged-png",), 0.775),
    Odd("30 of 48 rows", both(end_early(30)), None, ("damaged-png",), 0.0),
    Odd("zip in a zip", [("masks.zip", pack(both(GOOD)))], None, ("nested-zip",), "No matching"),
    Odd(
        "a way out",
        [(f"../../{A}", GOOD), (B, GOOD)],
        None,
        ("unsafe-name",),
        1.0,
    ),
    Odd("bytes after the end", both(GOOD + b"more"), 1.0, ("trailing-data",), 1.0),
    Odd("no end mark", both(GOOD[:-12]), None, ("damaged-png",), 1.0),
    Odd("empty file", both(b""), None, ("empty-file",), "Could not decode"),
]


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    folder = tmp_path_factory.mktemp("truth")
    for name in (A, B):
        (folder / name).write_bytes(GOOD)
    return folder


@pytest.fixture
def submission(tmp_path, odd):
    path = tmp_path / "submission.zip"
    path.write_bytes(odd.change(pack(odd.files)))
    return path


each = pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.name)


@each
def test_our_answer(odd, submission, truth):
    validation = isiceval.validate("2018/1", truth=truth, prediction=submission)
    codes = [problem.code for problem in validation.problems]
    assert set(odd.codes) <= set(codes)
    assert bool(codes) == bool(odd.codes)
    assert all(problem.detail and problem.fix for problem in validation.problems)
    assert validation.valid == (odd.ours is not None)
    if validation.valid:
        card = isiceval.score("2018/1", truth=truth, prediction=submission)
        assert card.score == odd.ours


def ask_official(submission, truth, unpacked):
    """Return the official score, or what the participant is told in its place."""
    unpacked.mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            extract_zip(submission, unpacked)
            return float(SegmentationScore.from_dir(truth, unpacked).overall)
        except ScoreError as error:
            return str(error)
        except Exception:  # noqa: BLE001 - whatever it is, the official server calls it its own fault
            return INTERNAL


@each
def test_the_official_answer(odd, submission, truth, tmp_path):
    found = ask_official(submission, truth, tmp_path / "unpacked")
    if isinstance(odd.official, str):
        assert odd.official in str(found)
    else:
        assert found == pytest.approx(odd.official)
