"""Read a table of facts about images: age, sex, site, diagnosis, whatever its columns say."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from isiceval.errors import IsicevalError, UsageError
from isiceval.sources.pairing import find_image
from isiceval.tasks.task import Task

ID_COLUMNS = ("image", "image_id", "isic_id", "image_name", "id", "name", "file")
DELIMITERS = (",", ";", "\t")


def read_metadata_file(
    path: Path, *, task: Task, images: Collection[str]
) -> dict[str, dict[str, str]]:
    """Read a table of facts from disk; see ``read_metadata``."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"cannot read the metadata {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise IsicevalError(
            f"the metadata {path.name} are not UTF-8 text; save them as 'CSV UTF-8'"
        ) from error
    return read_metadata(text, where=path.name, task=task, images=images)


def read_metadata(
    text: str, *, where: str, task: Task, images: Collection[str]
) -> dict[str, dict[str, str]]:
    """Read a table of facts: column to image to value, for the images that count.

    The first line names the columns; one of them, such as ``image`` or ``isic_id``, holds the
    ids. Rows of other images are passed over. Raises IsicevalError where there is no column
    of ids, where a row or column is there twice, and where no row is about any of the images.
    """
    header, *rows = _read_rows(text, where)
    key = _find_key(header, where)
    known = {image.casefold(): image for image in images}
    found: dict[str, Sequence[str]] = {}
    for line, cells in enumerate(rows, start=2):
        image = _find_known(cells[key] if key < len(cells) else "", known, task)
        if image is None:
            continue
        if image in found:
            raise IsicevalError(f"the metadata {where} have two rows for {image}, see row {line}")
        found[image] = cells
    if not found:
        example = next(iter(sorted(images)), "")
        raise IsicevalError(
            f"the metadata {where} have no row about any image of the truth, such as {example}"
        )
    return {
        name: {image: cells[place] for image, cells in found.items() if place < len(cells)}
        for place, name in enumerate(header)
        if place != key and name
    }


def _read_rows(text: str, where: str) -> list[list[str]]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = [[cell.strip() for cell in cells] for cells in reader]
    except csv.Error as error:
        raise IsicevalError(f"the metadata {where} are not readable as CSV: {error}") from error
    rows = [cells for cells in rows if any(cells)]
    if not rows:
        raise IsicevalError(f"the metadata {where} are empty: the first line names the columns")
    return rows


def _find_key(header: Sequence[str], where: str) -> int:
    doubled = [name for name, times in Counter(filter(None, header)).items() if times > 1]
    if doubled:
        raise IsicevalError(f"the metadata {where} have the column '{doubled[0]}' twice")
    folded = [name.casefold() for name in header]
    for name in ID_COLUMNS:
        if name in folded:
            return folded.index(name)
    raise IsicevalError(
        f"the metadata {where} have no column of image ids; name it {ID_COLUMNS[0]}"
    )


def _find_known(cell: str, known: Mapping[str, str], task: Task) -> str | None:
    image = known.get(cell.casefold())
    if image is None and (named := find_image(cell, task.naming)):
        image = known.get(named.casefold())
    return image
