"""Read the organiser's table of teams: which file is whose, and what else is known of it."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

from isiceval.errors import IsicevalError, UsageError

OWN_COLUMNS = ("file", "team", "approach", "submitted_at")
DELIMITERS = (",", ";", "\t")
TIME_FORMS = "2018-07-27, 2018-07-27 15:30 or 2018-07-27T15:30:00+02:00"

_TIME = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<clock>\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)"
    r"\s?(?P<zone>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """One line of the table: whose submission a file is.

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


def read_time(text: str) -> datetime:
    """Read an ISO 8601 date or date and time; without a zone it is UTC.

    Raises ValueError where the text is neither.

    >>> read_time("2018-07-27 15:30 +0200").isoformat()
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


def read_teams_file(path: Path) -> Teams:
    """Read a table of teams from disk: UTF-8, or UTF-16 with a byte order mark."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read the table of teams {path}: {error.strerror}") from error
    return read_teams(_decode(content, where=path.name), where=path.name)


def _decode(content: bytes, *, where: str) -> str:
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    encoding = "utf-16" if wide else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        place = where if wide else f"{where}, line {line}"
        sentence = f"this is not {encoding.removesuffix('-sig').upper()} text"
        raise IsicevalError(f"{place}: {sentence}; save it as 'CSV UTF-8'") from error


def read_teams(text: str, *, where: str) -> Teams:
    """Read a table of teams from its text; fields are split by comma, semicolon or tab.

    The first line names the columns: ``file`` (needed), ``team``, ``approach``,
    ``submitted_at`` and any others, which are carried along.
    """
    text = text.removeprefix("\ufeff")
    rows = list(_iter_rows(text, delimiter=_find_delimiter(text), where=where))
    if not rows:
        raise IsicevalError(f"{where} is empty: its first line must name the columns")
    (line, first), *body = rows
    header = _read_header(first, where=f"{where}, line {line}")
    columns = tuple(name for name in header if name and name not in OWN_COLUMNS)
    lines = tuple(_read_line(header, cells, where, line) for line, cells in body)
    _refuse_duplicates(lines, where)
    return Teams(where=where, lines=lines, columns=columns)


def _find_delimiter(text: str) -> str:
    first = next((line for line in io.StringIO(text, newline="") if line.strip()), "")
    headers = {mark: _split(first, mark) for mark in DELIMITERS}
    return max(headers, key=lambda mark: ("file" in headers[mark], len(headers[mark])))


def _split(line: str, delimiter: str) -> list[str]:
    return [_own_name(cell) for cells in csv.reader([line], delimiter=delimiter) for cell in cells]


def _iter_rows(text: str, *, delimiter: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of the line a row begins on, and its cells; blank rows are skipped."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield line, stripped
            line = reader.line_num + 1
    except csv.Error as error:
        raise IsicevalError(f"{where}, line {line}: not readable as CSV: {error}") from error


def _own_name(cell: str) -> str:
    cell = cell.strip()
    name = re.sub(r"[\s-]+", "_", cell).casefold()
    return name if name in OWN_COLUMNS else cell


def _read_header(cells: Sequence[str], *, where: str) -> list[str]:
    header = [_own_name(cell) for cell in cells]
    if "file" not in header:
        found = ", ".join(f"'{name}'" for name in header if name)
        raise IsicevalError(
            f"{where}: there is no column 'file' that names each submission; found {found}"
        )
    doubled = [name for name, times in Counter(filter(None, header)).items() if times > 1]
    if doubled:
        raise IsicevalError(f"{where}: the column '{doubled[0]}' is there twice")
    return header


def _read_line(header: Sequence[str], cells: Sequence[str], where: str, line: int) -> Team:
    place = f"{where}, line {line}"
    if any(cells[len(header) :]):
        raise IsicevalError(
            f"{place}: {len(cells)} fields, the first line names {len(header)}; "
            f"is a text with a delimiter in it not quoted?"
        )
    if any(cell for name, cell in zip(header, cells, strict=False) if not name):
        raise IsicevalError(f"{place}: there is a value in a column without a name")
    padded = [*cells, *[""] * len(header)]
    named = {name: cell for name, cell in zip(header, padded, strict=False) if name}
    file = named.pop("file").replace("\\", "/").rstrip("/")
    if not file:
        raise IsicevalError(f"{place}: the column 'file' is blank")
    team, approach = named.pop("team", ""), named.pop("approach", "")
    time = _check_time(named.pop("submitted_at", ""), place)
    return Team(
        file=file, line=line, team=team, approach=approach, submitted_at=time, columns=named
    )


def _check_time(text: str, place: str) -> str:
    try:
        if text:
            read_time(text)
    except ValueError as error:
        raise IsicevalError(f"{place}: submitted_at {error}") from error
    return text


def _refuse_duplicates(lines: Iterable[Team], where: str) -> None:
    seen: dict[str, int] = {}
    for team in lines:
        key = _fold(team.file)
        if key in seen:
            raise IsicevalError(
                f"{where}, line {team.line}: '{team.file}' is already on line {seen[key]}"
            )
        seen[key] = team.line


def match_teams(teams: Teams, submissions: Sequence[str]) -> dict[str, Team]:
    """Find the line of each submission, by its full name, then without ``.zip`` or ``.json``.

    A submission that is not in the table is not in the answer, nor is a line whose submission is
    not there: ``list_stale`` names those. Raises IsicevalError where a line could mean several
    submissions, looks like a misspelt one, or where no line at all names any.
    """
    exact = {_fold(name): name for name in submissions}
    matched = {exact[_fold(t.file)]: t for t in teams.lines if _fold(t.file) in exact}
    settled = {team.line for team in matched.values()}
    for team in teams.lines:
        if team.line not in settled:
            name = _match_stem(team, submissions, matched, f"{teams.where}, line {team.line}")
            matched.update({name: team} if name else {})
    _refuse_misspelt(teams, submissions, matched)
    return {name: matched[name] for name in submissions if name in matched}


def list_stale(teams: Teams, matched: Mapping[str, Team]) -> tuple[str, ...]:
    """Say of each line that was matched to no submission that it is left out."""
    return tuple(
        f"{teams.where}, line {team.line}: there is no submission '{team.file}'; left out"
        for team in _iter_unmatched(teams, matched)
    )


def _iter_unmatched(teams: Teams, matched: Mapping[str, Team]) -> Iterator[Team]:
    settled = {team.line for team in matched.values()}
    return (team for team in teams.lines if team.line not in settled)


def _match_stem(
    team: Team, submissions: Sequence[str], matched: Mapping[str, Team], place: str
) -> str | None:
    alike = [name for name in submissions if _stem(name) == _stem(team.file)]
    free = [name for name in alike if name not in matched]
    if len(free) == 1:
        return free[0]
    if free:
        names = " or ".join(f"'{name}'" for name in free)
        raise IsicevalError(f"{place}: '{team.file}' could be {names}; write the full name")
    if alike:
        other = f"'{alike[0]}', which line {matched[alike[0]].line} already names"
        raise IsicevalError(f"{place}: '{team.file}' can only be {other}")
    return None


def _refuse_misspelt(teams: Teams, submissions: Sequence[str], matched: Mapping[str, Team]) -> None:
    """Refuse a line of no submission where one without a line is spelt nearly like it."""
    free = [name for name in submissions if name not in matched]
    for team in _iter_unmatched(teams, matched):
        near = get_close_matches(team.file, free, n=1)
        if near or not matched:
            hint = f"; did you mean '{near[0]}'?" if near else ""
            place = f"{teams.where}, line {team.line}"
            raise IsicevalError(f"{place}: there is no submission '{team.file}'{hint}")


def _stem(name: str) -> str:
    return re.sub(r"\.(zip|json)$", "", _fold(name), flags=re.IGNORECASE)


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name)
