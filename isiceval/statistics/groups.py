"""Which images belong together: the table of groups and strata, and how cases are redrawn."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from isiceval.errors import IsicevalError, UsageError
from isiceval.model import DRAWS, SEED, Bootstrap
from isiceval.statistics.bootstrap import Resampling

COLUMNS = ("image", "group", "stratum")
DELIMITERS = (",", ";", "\t")
MOST_DRAWS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The group and the stratum of each image, by image id; empty where there are none.

    An image with a blank group stands by itself.
    """

    where: str
    clusters: Mapping[str, str] = field(default_factory=dict)
    strata: Mapping[str, str] = field(default_factory=dict)


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
            raise UsageError("groups make no sense without draws: bootstrap is 0")
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


def read_groups(path: Path) -> Groups:
    """Read a table of groups: a CSV with the columns image, group and, if wanted, stratum."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the table of groups {path}: {error}") from error
    return parse_groups(text, where=path.name)


def parse_groups(text: str, *, where: str) -> Groups:
    r"""Read a table of groups from its text; fields are split by comma, semicolon or tab.

    Columns beyond image, group and stratum, and images beyond those of the task, are passed
    over.

    >>> parse_groups("image,group\nISIC_0000001,patient-7\n", where="groups.csv").clusters
    {'ISIC_0000001': 'patient-7'}
    """
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [cell.strip().lower() for cell in next(rows, [])]
        places = _find_columns(header, where)
        lines = list(_iter_lines(rows, places, where))
    except csv.Error as error:
        raise IsicevalError(f"{where}: not readable as CSV: {error}") from error
    labels: dict[str, dict[str, str]] = {name: {} for name in places if name != "image"}
    for image, cells in lines:
        for name, cell in cells.items():
            if labels[name].setdefault(image, cell) != cell:
                raise IsicevalError(f"{where} gives {image} two values of {name}")
    return Groups(where=where, clusters=labels.get("group", {}), strata=labels.get("stratum", {}))


def _find_columns(header: Sequence[str], where: str) -> dict[str, int]:
    places = {name: header.index(name) for name in COLUMNS if name in header}
    if "image" not in places or len(places) < 2:
        found = ", ".join(f"'{name}'" for name in header if name) or "nothing"
        raise IsicevalError(
            f"{where} needs a first line with image and group (patient or lesion), and stratum "
            f"if wanted; found {found}"
        )
    return places


def _iter_lines(
    rows: Iterable[Sequence[str]], places: Mapping[str, int], where: str
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the image of each line and its other cells; blank lines are skipped."""
    for row in rows:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if len(cells) <= max(places.values()) or not cells[places["image"]]:
            raise IsicevalError(f"{where}: the line '{' '.join(cells)}' lacks a cell")
        named = {name: cells[place] for name, place in places.items()}
        image = named.pop("image")
        if named.get("stratum") == "":
            raise IsicevalError(f"{where}: {image} has a blank stratum")
        yield image, named
