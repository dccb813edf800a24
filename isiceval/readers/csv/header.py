"""Which column is which, and which id each row is for, where they are not written as expected."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import partial

from isiceval.checks.evidence import MAX_COMPARED, MAX_TEXTS, ProblemCollector, quote
from isiceval.numbers import join_first
from isiceval.tasks.task import CsvFormat

MAX_ID = 200
# How alike (difflib's ratio) a column must be to be read as the expected one, or to be proposed:
# "malignent" is 0.89 to "malignant", "BBC" 0.67 to "BCC".
MISSPELT, HINT = 0.75, 0.5
# No two repeats stand side by side: where they did, a long cell took time by its square.
NUMBER = re.compile(r"\s*[-+]?(\d+([.,]\d*)?|[.,]\d+)(e[-+]?\d+)?\s*", re.IGNORECASE)

_INVISIBLE = re.compile(r"[\s\"'\u200b\ufeff]+")
# What is taken off an id before it is compared; each is tried on what the ones before it left.
_REPAIRS: Mapping[str, Callable[[str], str]] = {
    "spaces or quotes around it": lambda text: text.strip(" \t\r\n\xa0\u200b\ufeff\"'"),
    "a file extension": partial(re.compile(r"(?i)\.(jpe?g|png|bmp|tiff?|csv|json)$").sub, ""),
    "the ending _downsampled": partial(re.compile("(?i)_downsampled$").sub, ""),
    "decimals": partial(re.compile(r"(?<=\d)\.0+$").sub, ""),
    "thousands separators": partial(re.compile("(?<=\\d)[,.' \xa0\u2019\u202f](?=\\d{3})").sub, ""),
    "capital and small letters": str.casefold,
}


def find_columns(
    rows: Sequence[Sequence[str]], line: int, layout: CsvFormat, problems: ProblemCollector
) -> tuple[Mapping[str, int], int, int]:
    """Find the columns by the header, or by position where there is none.

    ``line`` is that of the first row. Returns the place of each known column, the cells that a
    row must have, and the row on which the data begin.
    """
    first, required = rows[0], layout.required
    is_data = is_data_row(first, layout)
    if layout.header == "required" and not is_data:
        return _find_by_name(rows, line, layout, problems), len(first), 1
    if layout.header == "required":
        detail = f"the first line is not a header; it should be {','.join(required)}"
        problems.add("missing-header", detail, line)
    elif layout.header == "none" and not is_data:
        problems.add("unexpected-header", "the first line is a header", line)
    elif layout.header == "optional" and not is_data:
        header, expected = [list(map(_fold, names)) for names in (first, required)]
        in_order = header[: len(expected)] == expected
        if not in_order and set(expected) <= set(header):
            order = f"the order of the columns is {', '.join(header)}"
            problems.add("column-order", f"{order}, not {', '.join(required)}", line)
            return {name: header.index(_fold(name)) for name in required}, len(header), 1
        if not in_order:
            detail = f"the header is not {','.join(required)}; columns are read by position"
            problems.add("ignored-header", detail, line)
    return {name: place for place, name in enumerate(required)}, len(required), int(not is_data)


def is_data_row(row: Sequence[str], layout: CsvFormat) -> bool:
    """Tell whether a row is no header: it begins with an id, or has a number after it.

    A row with the name of the column of ids is one, whatever ids look like.
    """
    keys = {layout.key, *(name for name, own in layout.synonyms.items() if own == layout.key)}
    if not keys.isdisjoint(row):
        return False
    return _is_shaped_like_id(row[0], layout) or (
        len(row) > 1 and NUMBER.fullmatch(row[1]) is not None
    )


def _is_shaped_like_id(cell: str, layout: CsvFormat) -> bool:
    # No id is longer; on a long text some patterns take long.
    is_short = len(cell) <= MAX_ID
    return is_short and bool(re.fullmatch(layout.id_pattern, clean_id(cell), re.IGNORECASE))


def _find_by_name(
    rows: Sequence[Sequence[str]], line: int, layout: CsvFormat, problems: ProblemCollector
) -> Mapping[str, int]:
    header = rows[0]
    places: dict[str, int] = {}
    left: list[int] = []
    for place, cell in enumerate(header):
        name = layout.synonyms.get(cell, cell)
        if name not in layout.known:
            left.append(place)
        elif name in places:
            problems.add("duplicate-column", f"column {quote(cell)} is there twice", line)
        else:
            places[name] = place
            if cell in layout.unofficial:
                other = f"the official scorer only reads {quote(name)}"
                detail = f"column {quote(cell)} is read here; {other}"
                problems.add("unofficial-name", detail, line, subject=cell)
    misspelt = _find_misspelt(header, left[:MAX_COMPARED], places, layout)
    if misspelt:
        places |= {name: place for place, name in misspelt.items()}
        pairs = [f"{quote(header[n])} should be {quote(name)}" for n, name in misspelt.items()]
        problems.add("misspelt-column", join_first(pairs, first=MAX_TEXTS), line)
    extra = [place for place in left if place not in misspelt]
    unnamed = {
        place: None
        for place in extra
        if re.fullmatch(r"(unnamed:\d+|index|)", _fold(header[place]))
    }
    if unnamed:
        problems.add("index-column", f"column {next(iter(unnamed)) + 1} has no name", line)
    unknown = [header[place] for place in extra if place not in unnamed]
    if unknown:
        code = "extra-column" if layout.strict else "ignored-column"
        listed = join_first([quote(cell) for cell in unknown], first=MAX_TEXTS)
        problems.add(code, f"unknown: {listed}", line)
    missing = [name for name in layout.required if name not in places]
    if missing:
        likely = unknown[:MAX_COMPARED]
        near = {name: get_close_matches(name, likely, n=1, cutoff=HINT) for name in missing}
        hints = [f"{name} (is it {quote(hit[0])}?)" if hit else name for name, hit in near.items()]
        problems.add("missing-column", f"missing: {join_first(hints, first=MAX_TEXTS)}", line)
    if layout.key in missing and len(rows) > 1:
        # Read ids from a column of another name, so that the rest of the table is checked too.
        cells = dict(enumerate(rows[1]))
        ids = [place for place in extra if _is_shaped_like_id(cells.get(place, ""), layout)]
        places.update(zip([layout.key], ids, strict=False))
    return places


def _find_misspelt(
    header: Sequence[str], left: Sequence[int], places: Mapping[str, int], layout: CsvFormat
) -> dict[int, str]:
    """Return the name that some columns, not known so far, nearly spell; each name once."""
    known = {_fold(name): name for name in layout.known}
    known |= {_fold(name): ours for name, ours in layout.synonyms.items()}
    found: dict[int, str] = {}
    for place in left:
        for near in get_close_matches(_fold(header[place]), known, n=1, cutoff=MISSPELT):
            if known[near] not in places and known[near] not in found.values():
                found[place] = known[near]
    return found


def _fold(cell: str) -> str:
    return _INVISIBLE.sub("", cell).casefold()


def clean_id(text: str) -> str:
    """Return a text without all that is repaired in ids.

    >>> clean_id(" ISIC_0000001.jpg")
    'isic_0000001'
    """
    for repair in _REPAIRS.values():
        text = repair(text)
    return text


def match_ids(
    cells: Sequence[str],
    lines: Sequence[int],
    *,
    layout: CsvFormat,
    expected: Sequence[str] | None,
    problems: ProblemCollector,
) -> Sequence[str | None]:
    """Return the id that each row is for; None where it is for none or repeats one.

    Where ``expected`` is None every text of the layout's pattern is an id.
    """
    pattern, known = re.compile(layout.id_pattern), set(expected or ())
    # Cleaning takes long, and few tables need it.
    unclean = expected is not None and not known.issuperset(cells)
    cleaned = {clean_id(image): image for image in expected or ()} if unclean else {}
    seen: dict[str, int] = {}
    matched: list[str | None] = []
    for cell, line in zip(cells, lines, strict=True):
        image: str | None = cell
        if expected is None and not pattern.fullmatch(cell):
            text = clean_id(cell)
            image = next((own for own in (text, text.upper()) if pattern.fullmatch(own)), None)
        elif expected is not None and cell not in known:
            image = cleaned.get(clean_id(cell))
        if image is None and not cell.strip():
            problems.add("empty-id", "the row has no id", line)
        elif image is None and expected is None:
            problems.add("misspelt-id", f"{quote(cell)} is no id of this task", line)
        elif image is None:
            code = "extra-id" if layout.strict else "ignored-row"
            problems.add(code, f"{quote(cell)} is not expected", line)
        elif image in seen:
            problems.add("duplicate-id", f"{image} has line {seen[image]} already", line)
            image = None
        else:
            seen[image] = line
            if image != cell:
                reason = _name_repair(cell, image)
                # The official scorer of 2018 and later takes off .jpg too.
                official = re.sub(r"\.jpg$", "", cell, flags=re.IGNORECASE) == image
                code = "adjusted-id" if official or not layout.strict else "misspelt-id"
                detail = f"{quote(cell)} is read as {image} ({reason})"
                problems.add(code, detail, line, subject=reason)
        matched.append(image)
    missing = [image for image in expected or () if image not in seen]
    if expected and missing:
        verb = "has" if len(missing) == 1 else "have"
        listed = join_first(missing, first=MAX_TEXTS)
        detail = f"{len(missing):,} of {len(expected):,} ids {verb} no row: {listed}"
        problems.add("missing-id", detail)
    return matched


def _name_repair(left: str, right: str) -> str:
    """Name the first repair after which two ids are the same, or else the last one."""
    for name, repair in _REPAIRS.items():
        left, right = repair(left), repair(right)
        if left == right:
            return name
    return name
