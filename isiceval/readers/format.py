"""What a file format of masks is: the protocol its module follows, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from isiceval.model import Size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from isiceval.readers.bitmask import BitMask

MAX_PIXELS = 2**27
"""Above it nothing is decoded; ISIC's largest images have 2**25 pixels."""

HEADER_BYTES = 64 * 1024
"""How many of its first bytes hold the size of nearly every image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What a format made of a file: size and mode by its header, pixels, and what is wrong.

    Pixels are ``bits`` where they are binary already, or ``grey`` of shape (height, width), or
    neither. ``conversions`` names what was done to get them; ``problems`` are (code, detail).
    """

    size: Size | None = None
    mode: str = ""
    bits: BitMask | None = None
    grey: NDArray[np.uint8] | None = None
    conversions: tuple[str, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()

    def add(self, code: str, *details: str) -> Decoded:
        """Return it with a problem for each detail."""
        problems = tuple((code, detail) for detail in details)
        return replace(self, problems=(*self.problems, *problems))


class Format(Protocol):
    """A module of this package that reads one file format.

    It loads NumPy and other libraries in ``read`` only, so that headers are read without them.
    """

    NAME: str
    LENIENT: bool
    """Whether masks of this format are read only where lenient reading is asked for."""

    def sniff(self, head: bytes) -> bool:
        """Tell whether a file that begins like this has the format."""

    def read_header(self, head: bytes) -> Decoded:
        """Read size and mode from the first bytes of a file; nothing is inflated."""

    def read(self, data: bytes, *, expected: Size | None, lenient: bool) -> Decoded:
        """Read a file; pixels of another size than ``expected`` are not decoded."""
