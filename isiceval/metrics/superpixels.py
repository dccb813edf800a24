"""The confidences of all superpixels of a submission, as they are pooled over images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["PooledSuperpixels"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PooledSuperpixels:
    """Truth and confidences of all superpixels, arrays of shape (superpixels, labels).

    ``owners`` has shape (superpixels,): the place in ``images`` of the image of each.
    """

    images: tuple[str, ...]
    owners: NDArray[np.int64]
    truth: NDArray[np.bool_]
    confidences: NDArray[np.float64]
