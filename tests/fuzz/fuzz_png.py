"""Fuzz the reader of masks: whatever the bytes, it answers with a reading and raises nothing."""

from __future__ import annotations

import io

import atheris
from limits import run

with atheris.instrument_imports(include=["isiceval"]):
    from isiceval.readers.mask import MaskRules, read_mask, read_size

import numpy as np
from PIL import Image

from isiceval.model import Size

EXPECTED = Size(17, 9)
RULES = (MaskRules(), MaskRules(grey="refuse"), MaskRules(lenient=True))


def read(data: bytes) -> None:
    """Read the bytes in every way; a mask that comes back must be whole."""
    read_size(data)
    for rules in RULES:
        reading, mask = read_mask(data, image="a", name="a.png", rules=rules, expected=EXPECTED)
        if mask is not None:
            assert mask.size == reading.size == EXPECTED
            assert mask.to_array().sum() == mask.foreground
            assert not {fault.code for fault in reading.problems} - {"trailing-data", "odd-chunks"}


def write_seeds() -> list[bytes]:
    """Write a small image of each mode, and one of another format."""
    grey = np.arange(17 * 9, dtype=np.uint8).reshape(9, 17)
    grey[2:5, 3:9] = 255
    seeds = []
    for mode in ("L", "1", "P", "RGB", "LA"):
        out = io.BytesIO()
        Image.fromarray(grey).convert(mode).save(out, "PNG")
        seeds.append(out.getvalue())
    out = io.BytesIO()
    Image.fromarray(grey).save(out, "JPEG")
    return [*seeds, out.getvalue()]


if __name__ == "__main__":
    run(read, write_seeds())
