"""The organiser's tables: teams, groups, metadata of images, manifests.

Errors in such a file are the organiser's: an IsicevalError that begins with the file and the
line, ``teams.csv, line 3: ...``.
"""

from __future__ import annotations

import csv
import io
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from isiceval.errors import IsicevalError, UsageError
from isiceval.model import Size
from isiceval.sources.expected import Expected, check_count, find_image
from isiceval.tasks.task import Task

TEAM_COLUMNS = ("file", "team", "approach", "submitted_at")
IMAGE_COLUMNS = ("image", "image_id", "isic_id", "image_name", "id", "name", "file")
PAIR_COLUMNS = ("image_name_1", "image_name_2")
# By how much they take together: a patient has several lesions, a lesion several images.
GROUP_COLUMNS = ("group", "patient_id", "patient", "lesion_id", "lesion")
# What files say in place of a group that is not known; as a name it would join strangers.
NO_GROUP = frozenset({"", "unknown", "nan", "na", "n/a", "<na>", "none", "null"})
MANIFEST_COLUMNS = ("image", "width", "height")
TIME_FORMS = "2018-07-27, 2018-07-27 15:30 or 2018-07-27T15:30:00+02:00"

_TIME = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<clock>\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)"
    r"\s?(?P<zone>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII | re.IGNORECASE,
)

_NOT_OF_ID = re.compile(r"(_downsampled)?(\.(jpe?g|png))?\Z")


class Row(NamedTuple):
    """The line on which a row begins, from 1, and its cells without spaces around them."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvFile:
    """A CSV whose first row names the columns; blank rows are left out, others may be ragged."""

    name: str
    header: Row
    rows: tuple[Row, ...]

    def find_column(self, *names: str) -> int | None:
        """Return the place of the first of some (folded) names that is a column."""
        folded = [fold_column(cell) for cell in self.header.cells]
        return next((folded.index(name) for name in names if name in folded), None)

    def error(self, sentence: str, row: Row | None = None) -> IsicevalError:
        """Return the error for what is wrong with the file or with one row."""
        where = self.name if row is None else f"{self.name}, line {row.line}"
        return IsicevalError(f"{where}: {sentence}")

    def require_column(self, column: str, meaning: str) -> int:
        """Return the place of a column; IsicevalError with the columns found where it is absent."""
        place = self.find_column(column)
        if place is None:
            found = ", ".join(f"'{cell}'" for cell in self.header.cells if cell) or "nothing"
            sentence = f"there is no column '{column}' {meaning}; found {found}"
            raise self.error(sentence, self.header)
        return place

    def require_unique_columns(self) -> None:
        """Raise IsicevalError where two columns have the same name."""
        for cell, n in Counter(filter(None, self.header.cells)).items():
            if n > 1:
                raise self.error(f"the column '{cell}' is there twice", self.header)


def fold_column(cell: str) -> str:
    """Return the name of a column as it is compared: in any case, with space, ``-`` or ``_``.

    >>> fold_column("Submitted at")
    'submitted_at'
    """
    return re.sub(r"[\s-]+", "_", cell.strip()).casefold()


def read_csv_file(
    path: Path,
    *,
    role: str,
    keys: Sequence[str],
    strict: bool = True,
    kept: Collection[str] | None = None,
) -> CsvFile:
    """Read a CSV: UTF-8, or UTF-16 with a byte-order mark; split by comma, semicolon or tab.

    The delimiter is the one that makes one of ``keys`` a column, and of several the one with the
    most columns. ``strict=False`` takes an unclosed quotation mark for text. ``kept`` names the
    only (folded) columns whose cells are kept, the others are blank. Raises UsageError where there
    is no such file; ``role`` is what the message calls it.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {role} {path}: {error.strerror}") from error
    name, lines = path.name, _decode_lines(path.name, content)
    first = next((line for line in lines if line.strip()), "")
    lines.seek(0)

    def rate(delimiter: str) -> tuple[bool, int]:
        cells = next(csv.reader([first], delimiter=delimiter), [])
        return any(fold_column(cell) in keys for cell in cells), len(cells)

    rows: list[Row] = []
    line, places = 1, list[int]()
    try:
        delimiter = max((",", ";", "\t"), key=rate)
        reader = csv.reader(lines, delimiter=delimiter, strict=strict)
        for cells in reader:
            if any(map(str.strip, cells)):
                if kept is not None and not rows:
                    places = [n for n, cell in enumerate(cells) if fold_column(cell) in kept]
                whole = kept is None or not rows
                rows.append(Row(line, _strip(cells) if whole else _pick(cells, places)))
            line = reader.line_num + 1
    except csv.Error as error:
        raise IsicevalError(f"{name}, line {line}: not readable as CSV: {error}") from error
    if not rows:
        raise IsicevalError(f"{name} is empty: its first line must name the columns")
    return CsvFile(name=name, header=rows[0], rows=tuple(rows[1:]))


def _decode_lines(name: str, content: bytes) -> io.TextIOWrapper:
    """Decode line by line, since the characters of a StringIO take four bytes each."""
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    encoding = "utf-16" if wide else "utf-8"
    for _ in range(2):  # some programs write the mark twice
        content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        where, encoding = (name, "UTF-16") if wide else (f"{name}, line {line}", "UTF-8")
        sentence = f"this is not {encoding} text; save it as 'CSV UTF-8'"
        raise IsicevalError(f"{where}: {sentence}") from error
    return io.TextIOWrapper(io.BytesIO(content), encoding, newline="")


def _strip(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in cells)


def _pick(cells: Sequence[str], places: Sequence[int]) -> tuple[str, ...]:
    """Keep the cells at these places, in order; others would take gigabytes of a wide table."""
    found = [""] * min(len(cells), max(places, default=-1) + 1)
    for place in places:
        if place < len(found):
            found[place] = cells[place].strip()
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """One line of the table of teams: whose submission a file is.

    ``columns`` holds the cells beyond file, team, approach and submitted_at, as written.
    """

    file: str
    line: int
    team: str = ""
    approach: str = ""
    submitted_at: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Teams:
    """The table of teams; ``columns`` names the organiser's own ones, in their order."""

    where: str
    lines: tuple[Team, ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The group and the stratum of each image, by image id; empty where there are none.

    An image with a blank group stands by itself; so does one without a group where they are
    ``partial``. ``by`` says which column of the file ``where`` names the groups, and which other
    could, unless it is plainly called ``group``.
    """

    where: str
    group_of: Mapping[str, str] = field(default_factory=dict)
    strata: Mapping[str, str] = field(default_factory=dict)
    by: str = ""
    partial: bool = False


def read_teams(path: Path) -> Teams:
    """Read the table of teams.

    The first line names the columns: ``file`` (needed), ``team``, ``approach``,
    ``submitted_at`` and any others, which are carried along. Raises IsicevalError for the first
    thing that is wrong.
    """
    file = read_csv_file(path, role="the table of teams", keys=("file",))
    folded = ((fold_column(cell), cell) for cell in file.header.cells)
    header = tuple(name if name in TEAM_COLUMNS else cell for name, cell in folded)
    file = replace(file, header=Row(file.header.line, header))
    file.require_column("file", "that names each submission")
    file.require_unique_columns()
    columns = tuple(name for name in header if name and name not in TEAM_COLUMNS)
    teams: dict[str, Team] = {}
    for row in file.rows:
        cells = (*row.cells, *[""] * len(header))
        if any(cells[len(header) :]):
            raise file.error(
                f"{len(row.cells)} fields, the first line names {len(header)}; "
                f"is a text with a delimiter in it not quoted?",
                row,
            )
        if any(cell for name, cell in zip(header, cells, strict=False) if not name):
            raise file.error("there is a value in a column without a name", row)
        named = dict(zip(header, cells, strict=False))
        submission = named["file"].replace("\\", "/").rstrip("/")
        if not submission:
            raise file.error("the column 'file' is blank", row)
        submitted_at = named.get("submitted_at", "")
        try:
            if submitted_at:
                parse_time(submitted_at)
        except ValueError as error:
            raise file.error(f"submitted_at {error}", row) from error
        team = Team(
            file=submission,
            line=row.line,
            team=named.get("team", ""),
            approach=named.get("approach", ""),
            submitted_at=submitted_at,
            columns={name: named[name] for name in columns},
        )
        first = teams.setdefault(_normalise(submission), team)
        if first is not team:
            raise file.error(f"'{submission}' is already on line {first.line}", row)
    return Teams(where=file.name, lines=tuple(teams.values()), columns=columns)


def parse_time(text: str) -> datetime:
    """Parse an ISO 8601 date, or date and time, UTC without a zone; ValueError for other texts.

    >>> parse_time("2018-07-27 15:30 +0200").isoformat()
    '2018-07-27T15:30:00+02:00'
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"'{text}' is not a time such as {TIME_FORMS}")
    zone = (match["zone"] or "Z").upper()
    offset = "+00:00" if zone in ("Z", "UTC", "GMT") else zone
    try:
        return datetime.fromisoformat(f"{match['day']}T{match['clock'] or '00:00'}{offset}")
    except ValueError as error:
        raise ValueError(f"'{text}' is not a time that exists: {error}") from error


def match_teams(
    teams: Teams, submissions: Sequence[str]
) -> tuple[dict[str, Team], tuple[str, ...]]:
    """Find the line of each submission, by its full name, then without ``.zip`` or ``.json``.

    Returns it for each submission that is in the table, and a sentence for each line whose
    submission is not there. Raises IsicevalError where a line could mean several submissions,
    looks like a misspelt one, or where no line at all names any.
    """
    by_name = {_normalise(name): name for name in submissions}
    by_stem: dict[str, list[str]] = {}
    for name in submissions:
        by_stem.setdefault(_cut_suffix(name), []).append(name)
    lines = {_normalise(team.file): team for team in teams.lines}
    matched = {by_name[name]: team for name, team in lines.items() if name in by_name}
    unmatched = []
    for team in (team for name, team in lines.items() if name not in by_name):
        alike = by_stem.get(_cut_suffix(team.file), [])
        free = [name for name in alike if name not in matched]
        if len(free) == 1:
            matched[free[0]] = team
        elif alike:
            choices = " or ".join(f"'{name}'" for name in free or alike[:1])
            meant = f"could be {choices}; write the full name"
            if not free:
                line = matched[alike[0]].line
                meant = f"can only be {choices}, which line {line} already names"
            raise IsicevalError(f"{teams.where}, line {team.line}: '{team.file}' {meant}")
        else:
            unmatched.append(team)
    free = [name for name in submissions if name not in matched]
    notes = []
    for team in unmatched:
        near = get_close_matches(team.file, free, n=1)
        sentence = f"{teams.where}, line {team.line}: there is no submission '{team.file}'"
        if near or not matched:
            raise IsicevalError(sentence + (f"; did you mean '{near[0]}'?" if near else ""))
        notes.append(f"{sentence}; left out")
    return {name: matched[name] for name in submissions if name in matched}, tuple(notes)


def _cut_suffix(name: str) -> str:
    return re.sub(r"\.(zip|json)$", "", _normalise(name), flags=re.IGNORECASE)


def _normalise(name: str) -> str:
    """Return a name with accents in one form: file systems differ in which they store."""
    return unicodedata.normalize("NFC", name)


def read_groups(path: Path, *, task: Task | None = None) -> Groups:
    """Read a table of groups: a column of image ids, one of groups and, if wanted, ``stratum``.

    Both may be called as in the released files (``IMAGE_COLUMNS`` and the task's own column of ids,
    ``GROUP_COLUMNS``, the first of them that is there), or the table may list pairs of images that
    belong together. ``path`` may end in ``:column``, which then names the groups. Other columns are
    ignored. Raises IsicevalError for the first thing that is wrong.
    """
    path, chosen = _split_column(path)
    keys = (*([fold_column(task.table.key)] if task and task.table else []), *IMAGE_COLUMNS)
    named = (fold_column(chosen),) if chosen else GROUP_COLUMNS
    kept = {*keys, *named, *PAIR_COLUMNS, "stratum"}
    file = read_csv_file(path, role="the table of groups", keys=(*keys, *PAIR_COLUMNS), kept=kept)
    if not file.rows:
        raise file.error("there is no row below the names of the columns")
    image_at = file.find_column(*keys)
    if image_at is None and not chosen and file.find_column(PAIR_COLUMNS[-1]) is not None:
        return _join_pairs(file)
    if image_at is None:
        image_at = file.require_column("image", "of image ids")
    found = (("group", file.find_column(*named)), ("stratum", file.find_column("stratum")))
    places = {name: place for name, place in found if place is not None}
    if chosen or not places:
        others = f"(nor {', '.join(GROUP_COLUMNS[1:])}), nor a column 'stratum'"
        file.require_column(named[0], "of groups" if chosen else others)
    labels = _read_labels(file, image_at, places)
    by = _name_column(file, places["group"], chosen) if "group" in places else ""
    return Groups(where=file.name, group_of=labels["group"], strata=labels["stratum"], by=by)


def _read_labels(
    file: CsvFile, image_at: int, places: Mapping[str, int]
) -> dict[str, dict[str, str]]:
    """Read group and stratum of each image from the columns at these places."""
    labels: dict[str, dict[str, str]] = {"group": {}, "stratum": {}}
    for row in file.rows:
        if len(row.cells) <= max(image_at, *places.values()) or not row.cells[image_at]:
            raise file.error(f"'{' '.join(filter(None, row.cells))}' lacks a cell", row)
        image = row.cells[image_at]
        for name, place in places.items():
            label = row.cells[place]
            if name == "stratum" and not label:
                raise file.error(f"{image} has a blank stratum", row)
            if name == "group" and label.casefold() in NO_GROUP:
                label = ""
            if labels[name].setdefault(image, label) != label:
                raise file.error(f"{image} has two values of {name}", row)
    return labels


def _split_column(path: Path) -> tuple[Path, str]:
    """Split ``FILE:column`` where only FILE exists; else the column is empty."""
    file, _, column = str(path).rpartition(":")
    # Not Path.exists, which may raise.
    is_split = os.path.isfile(file) and not os.path.exists(path)  # noqa: PTH110, PTH113 - see above
    return (Path(file), column) if is_split else (path, "")


def _name_column(file: CsvFile, place: int, chosen: str) -> str:
    """Name the column of groups, and which could be chosen in its place; not a plain ``group``."""
    name = file.header.cells[place]
    if chosen or fold_column(name) == "group":
        return chosen and name
    known = [cell for cell in file.header.cells if fold_column(cell) in GROUP_COLUMNS]
    others = [cell for cell in known if cell != name]
    return f"{name}, not {others[0]} (that takes --groups FILE:{others[0]})" if others else name


def _join_pairs(file: CsvFile) -> Groups:
    """Make groups of all images that pairs connect; others stand by themselves."""
    places = [file.require_column(name, "of a pair") for name in PAIR_COLUMNS]
    groups: dict[str, list[str]] = {}
    for row in file.rows:
        pair = [row.cells[place] for place in places if place < len(row.cells)]
        if len(pair) < len(places) or not all(pair):
            raise file.error(f"'{' '.join(filter(None, row.cells))}' lacks a cell", row)
        one, other = (groups.setdefault(image, [image]) for image in pair)
        if one is not other:
            one += other
            groups.update(dict.fromkeys(other, one))
    group_of = {image: group[0] for image, group in groups.items()}
    return Groups(where=file.name, group_of=group_of, by="pairs", partial=True)


def fold_image(image: str) -> str:
    """Return an id as ids are compared: small letters, without extension and ``_downsampled``.

    >>> fold_image("ISIC_0000017_downsampled.jpg")
    'isic_0000017'
    """
    return _NOT_OF_ID.sub("", image.casefold())


def read_metadata(path: Path, *, task: Task, images: Collection[str]) -> dict[str, dict[str, str]]:
    """Read metadata of images: column to image to value, for the images that count.

    One of the columns, such as ``image`` or ``isic_id``, holds the ids. Rows of other images are
    ignored. Raises IsicevalError where there is no column of ids, where a row or column is there
    twice, and where no row is about any of the images.
    """
    file = read_csv_file(path, role="the metadata", keys=IMAGE_COLUMNS, strict=False)
    file.require_unique_columns()
    key = file.find_column(*IMAGE_COLUMNS)
    if key is None:
        raise file.error("there is no column of image ids; name it image", file.header)
    known = {image.casefold(): image for image in images}
    found: dict[str, tuple[str, ...]] = {}
    for row in file.rows:
        cell = row.cells[key] if key < len(row.cells) else ""
        named = cell if cell.casefold() in known else find_image(cell, task.naming) or ""
        image = known.get(named.casefold())
        if image in found:
            raise file.error(f"{image} has a row already", row)
        if image is not None:
            found[image] = row.cells
    if not found:
        example = min(images, default="")
        raise file.error(f"no row is about an image of the truth, such as {example}")
    return {
        name: {image: cells[place] for image, cells in found.items() if place < len(cells)}
        for place, name in enumerate(file.header.cells)
        if place != key and name
    }


def read_manifest(path: Path, *, task: Task) -> Expected:
    """Read ids and sizes from a manifest: a CSV with the columns image, width, height.

    A task without masks needs no sizes. Raises IsicevalError for anything that is wrong.
    """
    file = read_csv_file(path, role="the manifest", keys=("image",), strict=False)
    places = [file.require_column(name, "in the manifest") for name in MANIFEST_COLUMNS]
    sized = task.reader == "masks"
    sizes: dict[str, Size | None] = {}
    for row in file.rows:
        padded = (*row.cells, *[""] * len(file.header.cells))
        image, width, height = (padded[place] for place in places)
        if not image:
            raise file.error("there is no image id", row)
        if image in sizes:
            raise file.error(f"{image} has a row already", row)
        if not sized and not width and not height:
            sizes[image] = None
            continue
        try:
            size = Size(int(width), int(height))
        except ValueError as error:
            raise file.error("width and height must be whole numbers", row) from error
        if size.width < 1 or size.height < 1:
            raise file.error("width and height must be above 0", row)
        sizes[image] = size
    if not sizes:
        raise file.error("the manifest names no image")
    check_count(len(sizes), task=task, role="manifest", name=path.name)
    return Expected(sizes=dict(sorted(sizes.items())), files={})


def format_manifest(sizes: Mapping[str, Size | None]) -> str:
    """Write ids and sizes, where they are known, as the text of a manifest."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(MANIFEST_COLUMNS)
    for image, size in sizes.items():
        writer.writerow([image, size.width if size else "", size.height if size else ""])
    return out.getvalue()
