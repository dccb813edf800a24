"""Fixtures shared by all tests: small masks, in memory and on disk."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray
from PIL import Image

Mask = NDArray[np.bool_]
# A slow machine is no fault of the code: no test asserts how long anything takes.
settings.register_profile("isiceval", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=20)  # --hypothesis-profile=quick
settings.load_profile("isiceval")

# Programs that tests start share compiled modules, where the environment forbids it too.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

gc.disable()  # until all tests are collected, which live to the end
ROOT = Path(__file__).parents[1]
collect_ignore = ["benchmarks", "fuzz"]  # scripts, which pytest would look through for doctests


def pytest_collection_finish() -> None:
    """Look for garbage again, but never among the thousands of collected tests."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def hear_interrupts() -> None:
    """Hear Ctrl-C again where the tests run in the background of a shell, which mutes it.

    The programs that tests start, and then interrupt, would be deaf to it too.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the project."""
    return ROOT


@pytest.fixture(scope="session")
def challenge(root: Path) -> Path:
    """The small made challenge."""
    return root / "fixtures" / "challenge"


@pytest.fixture
def masks() -> dict[str, Mask]:
    """Six truth masks by image id, each of another size, none empty."""
    made = {}
    for k in range(6):
        mask = np.zeros((20 + k, 30 + 2 * k), dtype=bool)
        mask[4 : 12 + k, 5:20] = True
        made[f"ISIC_{k + 1:07d}"] = mask
    return made


@pytest.fixture
def save_masks() -> Callable[[Path, Mapping[str, NDArray[np.generic]]], Path]:
    """Write masks as PNG files named ``<id>_segmentation.png``; booleans become 0 and 255."""

    def save(folder: Path, masks: Mapping[str, NDArray[np.generic]]) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for image, mask in masks.items():
            grey = mask * np.uint8(255) if mask.dtype == bool else mask
            name = image if image.endswith(".png") else f"{image}_segmentation.png"
            Image.fromarray(grey).save(folder / name)
        return folder

    return save


@pytest.fixture
def zip_folder() -> Callable[..., Path]:
    """Pack a folder as a zip, under a common top folder where one is named."""

    def pack(folder: Path, target: Path, *, top: str = "") -> Path:
        with ZipFile(target, "w") as archive:
            for path in sorted(folder.rglob("*")):
                archive.write(path, f"{top}{path.relative_to(folder).as_posix()}")
        return target

    return pack
