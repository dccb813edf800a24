"""Which images belong together: the table of groups and strata, and how cases are redrawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from isiceval.errors import IsicevalError, UsageError
from isiceval.model import DRAWS, SEED, Bootstrap
from isiceval.sources.sidecars import Groups, read_groups
from isiceval.statistics.bootstrap import Resampling

MOST_DRAWS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrawing:
    """How cases are to be redrawn, before it is known which they are."""

    draws: int = DRAWS
    seed: int = SEED
    groups: Groups | None = None

    def __post_init__(self) -> None:
        """Refuse numbers that make no sense."""
        if not 1 <= self.draws <= MOST_DRAWS:
            raise UsageError(f"bootstrap must be from 1 to {MOST_DRAWS} draws, not {self.draws}")
        if self.seed < 0:
            raise UsageError(f"the seed must be 0 or above, not {self.seed}")


def choose_redrawing(
    draws: int, seed: int, groups: str | Path | Mapping[str, str] | None
) -> Redrawing | None:
    """Choose how cases are redrawn; None where ``draws`` is 0.

    ``groups`` is a CSV, or a mapping of image id to group.
    """
    if draws == 0:
        if groups is not None:
            raise UsageError("groups need a bootstrap: give more than 0 resamples")
        return None
    if isinstance(groups, str | Path):
        return Redrawing(draws=draws, seed=seed, groups=read_groups(Path(groups)))
    named = None if groups is None else Groups(where="groups", clusters=groups)
    return Redrawing(draws=draws, seed=seed, groups=named)


def plan_redrawing(redrawing: Redrawing, images: Sequence[str]) -> tuple[Resampling, Bootstrap]:
    """Plan the draws of these images, and say how they are made.

    Raises IsicevalError where the table of groups leaves out an image, or where a group has
    images in two strata.
    """
    groups = redrawing.groups or Groups(where="")
    clusters = _look_up(groups.clusters, images, groups.where)
    strata = _look_up(groups.strata, images, groups.where)
    if clusters is not None:
        # A pair cannot be mistaken for the name of a group.
        clusters = [label or (image, "") for image, label in zip(images, clusters, strict=True)]
        _require_one_stratum(clusters, strata or [""] * len(images), groups.where)
    resampling = Resampling(
        draws=redrawing.draws, seed=redrawing.seed, clusters=clusters, strata=strata
    )
    bootstrap = Bootstrap(
        draws=redrawing.draws,
        seed=redrawing.seed,
        n_units=len(set(clusters or images)),
        grouped=clusters is not None,
        n_strata=len(set(strata or [""])),
    )
    return resampling, bootstrap


def _look_up(
    labels: Mapping[str, str], images: Sequence[str], where: str
) -> list[str | tuple[str, str]] | None:
    if not labels:
        return None
    absent = [image for image in images if image not in labels]
    if absent:
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        raise IsicevalError(
            f"{where} has no line for {absent[0]}{more}; it needs one for every image of the task"
        )
    return [labels[image] for image in images]


def _require_one_stratum(clusters: Iterable[object], strata: Iterable[object], where: str) -> None:
    seen: dict[object, object] = {}
    for cluster, stratum in zip(clusters, strata, strict=True):
        if seen.setdefault(cluster, stratum) != stratum:
            raise IsicevalError(
                f"{where}: the group '{cluster}' has images in the strata '{seen[cluster]}' and "
                f"'{stratum}'; a group is drawn whole, so it must lie in one"
            )
