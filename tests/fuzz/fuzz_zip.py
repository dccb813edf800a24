"""Fuzz the reader of zips: every fault is in the container or a ReadError, nothing else is raised."""

from __future__ import annotations

import io
import tempfile
from contextlib import suppress
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import atheris
from limits import run

with atheris.instrument_imports(include=["isiceval"]):
    from isiceval.sources import archive
    from isiceval.sources.container import ReadError
    from isiceval.sources.opening import open_source

LIMIT = 1 << 16
archive.MAX_MEMBERS, archive.MAX_MEMBER_BYTES, archive.MAX_TOTAL_BYTES = 50, LIMIT, 8 * LIMIT
PATH = Path(tempfile.mkdtemp()) / "submission.zip"


def read(data: bytes) -> None:
    """Open the bytes as a zip and read every file that it names."""
    PATH.write_bytes(data)
    container = open_source(PATH)
    for name in container.names:
        with suppress(ReadError):
            assert len(container.head(name, 100)) <= 100
        with suppress(ReadError):
            assert len(container.read(name)) == container.size(name) <= LIMIT


def write_seeds() -> list[bytes]:
    """Write a zip by each method, and one with folders and odd names."""
    seeds = []
    for method in (ZIP_STORED, ZIP_DEFLATED):
        out = io.BytesIO()
        with ZipFile(out, "w", method) as made:
            made.writestr("masks/ISIC_0000001_segmentation.png", b"a mask" * 20)
            made.writestr("../b\\c.png", b"another")
            made.comment = b"a comment"
        seeds.append(out.getvalue())
    return seeds


if __name__ == "__main__":
    run(read, write_seeds())
