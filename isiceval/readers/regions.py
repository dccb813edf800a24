"""Connected regions of a mask, and the holes in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["count_regions"]


def count_regions(mask: NDArray[np.bool_]) -> tuple[int, int]:
    """Return the number of regions and of holes.

    Pixels of a region touch by side or corner; those of a hole by side only, and a hole does
    not reach the border of the image.
    """
    from skimage import measure

    label: Callable[..., tuple[Any, int]] = measure.label

    rows, columns = mask.any(axis=1).nonzero()[0], mask.any(axis=0).nonzero()[0]
    if not rows.size:
        return 0, 0
    lesion = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    _, regions = label(lesion, connectivity=2, return_num=True)
    _, outside_and_holes = label(
        np.pad(~lesion, 1, constant_values=True), connectivity=1, return_num=True
    )
    return regions, outside_and_holes - 1
