"""Limits on what is read of a submission, the files left out of it, and the error for one file."""

from __future__ import annotations

from dataclasses import dataclass

from isiceval.model import Problem

MIB = 1024**2
GIB = 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a submission may hold before reading it is refused.

    ``max_members``: the largest ISIC segmentation set has 2,594 images and the largest ISIC
    training set before 2020 has 25,331 in several archives; 20,000 files in one submission are
    a mistake or an attack. Ignored files are not counted.
    ``max_member_bytes``: the largest ISIC images have about 24 megapixels; as an uncompressed
    16-bit mask that is 48 MB, as a binary PNG it is some 100 KB.
    ``max_total_bytes``: 1,000 masks saved without any compression at the mean ISIC size
    (5 megapixels) are 5 GB.
    ``max_ratio``: deflate cannot shrink data more than 1032 to 1, so an announced size beyond
    that is false; it is checked for members above ``RATIO_FREE_BYTES`` only.
    """

    max_members: int = 20_000
    max_member_bytes: int = 64 * MIB
    max_total_bytes: int = 8 * GIB
    max_ratio: int = 1_100


DEFAULT_LIMITS = Limits()
RATIO_FREE_BYTES = MIB

# Left behind by operating systems and by downloads from the ISIC archive, in lower case.
_JUNK_NAMES = frozenset({".ds_store", "thumbs.db", "desktop.ini", "attribution.txt", "license.txt"})


class ReadError(Exception):
    """A file of a submission cannot be read; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        """Keep the problem; its detail is the message."""
        self.problem = problem
        super().__init__(f"{problem.where}: {problem.detail}")

    def __reduce__(self) -> tuple[type[ReadError], tuple[Problem]]:
        """Allow sending it to another process."""
        return type(self), (self.problem,)


def is_junk(name: str) -> bool:
    """Tell whether a posix path, in any case, names a file that nobody meant to submit."""
    parts = name.lower().split("/")
    return parts[-1] in _JUNK_NAMES or parts[-1].startswith("._") or "__macosx" in parts


def format_bytes(count: int) -> str:
    """Write a number of bytes with a unit: 512 bytes, 3.4 KiB, 64.0 MiB."""
    for unit, size in (("GiB", GIB), ("MiB", MIB), ("KiB", 1024)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"
