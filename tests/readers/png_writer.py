"""A PNG writer for tests: every colour type, depth, filter and interlace, and every damage.

Written after the PNG specification alone, sharing no code with the reader under test.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Sequence
from itertools import cycle, islice

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
ADAM7 = [
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
]
KINDS = [(colour, depth) for colour, depths in DEPTHS.items() for depth in depths]

Chunks = list[tuple[bytes, bytes]]


def write_chunk(kind: bytes, body: bytes) -> bytes:
    """Write one chunk with its right checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def join(chunks: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Write a file of these chunks."""
    return SIGNATURE + b"".join(write_chunk(kind, body) for kind, body in chunks)


def split(data: bytes) -> Chunks:
    """Take a whole file apart into its chunks."""
    at, chunks = 8, []
    while at < len(data):
        (n,) = struct.unpack_from(">I", data, at)
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + n]))
        at += 12 + n
    return chunks


def write_header(
    width: int,
    height: int,
    depth: int = 8,
    colour: int = 0,
    methods: tuple[int, int, int] = (0, 0, 0),
) -> bytes:
    """Write the body of IHDR."""
    return struct.pack(">IIBBBBB", width, height, depth, colour, *methods)


def paeth(left: int, above: int, corner: int) -> int:
    """Guess as Paeth does."""
    guess = left + above - corner
    options = (
        (abs(guess - left), left),
        (abs(guess - above), above),
        (abs(guess - corner), corner),
    )
    return min(options, key=lambda option: option[0])[1]


def filter_row(kind: int, row: bytes, above: bytes, step: int) -> bytes:
    """Filter one row; ``step`` is the number of bytes of a pixel, at least 1."""
    made = bytearray([kind])
    for x, value in enumerate(row):
        left = row[x - step] if x >= step else 0
        corner = above[x - step] if x >= step else 0
        guesses = (0, left, above[x], (left + above[x]) // 2, paeth(left, above[x], corner))
        made.append((value - guesses[kind]) % 256)
    return bytes(made)


def pack_row(values: NDArray[np.integer], depth: int) -> bytes:
    """Pack the channel values of a row, the first in the highest bits."""
    flat = values.reshape(-1)
    if depth == 16:
        return flat.astype(">u2").tobytes()
    if depth == 8:
        return flat.astype(np.uint8).tobytes()
    bits = ((flat[:, None] >> np.arange(depth - 1, -1, -1)) & 1).astype(np.uint8)
    return np.packbits(bits.reshape(-1)).tobytes()


def filter_image(
    values: NDArray[np.integer], depth: int, step: int, filters: Iterable[int]
) -> bytes:
    """Pack and filter all rows of an image or a pass."""
    rows = [pack_row(row, depth) for row in values]
    aboves = [bytes(len(rows[0])), *rows]
    return b"".join(
        filter_row(kind, row, above, step)
        for kind, row, above in zip(filters, rows, aboves, strict=False)
    )


def filter_passes(
    values: NDArray[np.integer],
    depth: int,
    step: int,
    filters: Sequence[int],
    *,
    interlaced: bool,
) -> bytes:
    """Pack and filter an image, in one pass or in seven."""
    if not interlaced:
        return filter_image(values, depth, step, cycle(filters))
    passes = [values[y::down, x::across] for x, y, across, down in ADAM7]
    return b"".join(filter_image(part, depth, step, cycle(filters)) for part in passes if part.size)


def write_png(
    values: NDArray[np.integer],
    *,
    colour: int = 0,
    depth: int = 8,
    filters: Sequence[int] = (0,),
    interlaced: bool = False,
    before: Sequence[tuple[bytes, bytes]] = (),
    after: Sequence[tuple[bytes, bytes]] = (),
    pieces: int = 1,
    level: int = 6,
    change_rows: Callable[[bytes], bytes] = bytes,
    change_stream: Callable[[bytes], bytes] = bytes,
) -> bytes:
    """Write an image of shape (height, width) or (height, width, channels).

    ``filters`` are used in turn; ``before`` and ``after`` are chunks around the image data,
    which is cut into so many ``pieces``; ``change_rows`` may spoil the filtered rows, and
    ``change_stream`` the deflated stream.
    """
    step = max(1, CHANNELS[colour] * depth // 8)
    rows = filter_passes(values, depth, step, filters, interlaced=interlaced)
    stream = change_stream(zlib.compress(change_rows(rows), level))
    header = write_header(values.shape[1], values.shape[0], depth, colour, (0, 0, interlaced))
    length = -(-len(stream) // pieces)
    cut = [stream[at : at + length] for at in range(0, len(stream), length)] if stream else [b""]
    chunks = [(b"IHDR", header), *before, *((b"IDAT", part) for part in cut), *after]
    return join([*chunks, (b"IEND", b"")])


def write_mask(mask: NDArray[np.bool_], *, filters: Sequence[int] = (0,), **options) -> bytes:
    """Write a mask as 8-bit grey, 0 and 255."""
    return write_png(mask.astype(np.uint8) * 255, filters=filters, **options)


def make_blob(width: int, height: int) -> NDArray[np.bool_]:
    """Make a mask with an off-centre ellipse."""
    y, x = np.mgrid[:height, :width]
    return ((x - 0.4 * width) / (0.35 * width)) ** 2 + (
        (y - 0.55 * height) / (0.3 * height)
    ) ** 2 < 1


def make_values(
    width: int, height: int, *, colour: int, depth: int, seed: int = 0
) -> NDArray[np.integer]:
    """Make random channel values."""
    shape = (height, width) if CHANNELS[colour] == 1 else (height, width, CHANNELS[colour])
    return np.random.default_rng(seed).integers(0, 2**depth, shape)


def make_palette(seed: int = 0) -> bytes:
    """Make a palette of 256 random colours."""
    return np.random.default_rng(seed).integers(0, 256, 768, dtype=np.uint8).tobytes()


def spoil_checksum(data: bytes, kind: bytes) -> bytes:
    """Change the checksum of the first chunk of a kind."""
    at = data.index(kind) - 4
    (n,) = struct.unpack_from(">I", data, at)
    spoiled = bytearray(data)
    spoiled[at + 11 + n] ^= 1
    return bytes(spoiled)


def take(values: Sequence[int], n: int) -> list[int]:
    """Repeat values to a length."""
    return list(islice(cycle(values), n))
