"""Which column is which: the header of a CSV against its layout."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from isiceval.readers.csv.findings import Findings, name_texts, quote
from isiceval.readers.csv.identifiers import looks_like_id
from isiceval.readers.csv.sheet import Sheet
from isiceval.tasks.layout import TableLayout

NEAR = 0.75
NEAR_ENOUGH_TO_HINT = 0.5
INVISIBLE = re.compile(r"[\s\"'\u200b\ufeff]+")
UNNAMED = re.compile(r"(unnamed: ?\d+|index|)", re.IGNORECASE)
NUMBER = re.compile(r"\s*[-+]?(\d+[.,]?\d*|[.,]\d+)(e[-+]?\d+)?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where each known column stands, how wide a row is and on which row the data begin."""

    places: Mapping[str, int]
    width: int
    first_row: int


def place_columns(sheet: Sheet, layout: TableLayout, findings: Findings) -> Columns:
    """Find the columns by the header, or by position where there is none."""
    first, line = sheet.rows[0], sheet.lines[0]
    is_data = looks_like_id(first[0], layout.id_pattern) or (
        len(first) > 1 and bool(NUMBER.fullmatch(first[1]))
    )
    if layout.header == "required" and not is_data:
        return _place_by_name(sheet, layout, findings)
    if layout.header == "required":
        words = f"the first line is not a header; it should be {','.join(layout.required)}"
        findings.add("missing-header", words, line=line)
    elif layout.header == "none" and not is_data:
        findings.add("unexpected-header", "the first line is a header", line=line)
    elif not is_data:
        return _place_optional(sheet, layout, findings)
    return _place_by_position(layout, first_row=0 if is_data else 1)


def _place_by_position(layout: TableLayout, *, first_row: int) -> Columns:
    places = {name: place for place, name in enumerate(layout.required)}
    return Columns(places=places, width=len(layout.required), first_row=first_row)


def _place_optional(sheet: Sheet, layout: TableLayout, findings: Findings) -> Columns:
    header, line = [_tidy(cell) for cell in sheet.rows[0]], sheet.lines[0]
    expected = [_tidy(name) for name in layout.required]
    if header[: len(expected)] == expected:
        return _place_by_position(layout, first_row=1)
    if set(expected) <= set(header):
        order = f"the columns stand in the order {', '.join(header)}"
        findings.add("column-order", f"{order}, not {', '.join(layout.required)}", line=line)
        places = {name: header.index(_tidy(name)) for name in layout.required}
        return Columns(places=places, width=len(header), first_row=1)
    words = f"the header is not {','.join(layout.required)}; columns are taken by position"
    findings.add("ignored-header", words, line=line)
    return _place_by_position(layout, first_row=1)


def _place_by_name(sheet: Sheet, layout: TableLayout, findings: Findings) -> Columns:
    header, line = sheet.rows[0], sheet.lines[0]
    places: dict[str, int] = {}
    left: list[int] = []
    for place, cell in enumerate(header):
        name = layout.synonyms.get(cell, cell)
        if name not in layout.known:
            left.append(place)
        elif name in places:
            findings.add("duplicate-column", f"column {quote(cell)} stands twice", line=line)
        else:
            places[name] = place
            _warn_unofficial(cell, name, layout, findings, line)
    extra = [place for place in left if not _place_misspelt(header[place], place, places, layout)]
    spelt = [(header[place], name) for name, place in places.items() if place in left]
    if spelt:
        pairs = [f"{quote(found)} should be {quote(name)}" for found, name in spelt]
        findings.add("misspelt-column", name_texts(pairs), line=line)
    others = _tell_extra([(place, header[place]) for place in extra], layout, findings, line)
    missing = [_hint(name, others) for name in layout.required if name not in places]
    if missing:
        findings.add("missing-column", f"missing: {name_texts(missing)}", line=line)
    if layout.key not in places:
        _guess_key(sheet, extra, places, layout)
    return Columns(places=places, width=len(header), first_row=1)


def _warn_unofficial(
    cell: str, name: str, layout: TableLayout, findings: Findings, line: int
) -> None:
    if cell in layout.unofficial:
        words = f"column {quote(cell)} is read here; the official scorer only reads {quote(name)}"
        findings.add("unofficial-name", words, subject=cell, line=line)


def _place_misspelt(cell: str, place: int, places: dict[str, int], layout: TableLayout) -> bool:
    """Give a column to the known name that it nearly spells, unless that is placed already."""
    names = {_tidy(name): name for name in layout.known}
    names |= {_tidy(name): ours for name, ours in layout.synonyms.items()}
    near = get_close_matches(_tidy(cell), names, n=1, cutoff=NEAR)
    if not near or names[near[0]] in places:
        return False
    places[names[near[0]]] = place
    return True


def _tell_extra(
    extra: Sequence[tuple[int, str]], layout: TableLayout, findings: Findings, line: int
) -> list[str]:
    """Tell of columns that nobody asked for, and return those that have a name."""
    unnamed = [place for place, cell in extra if UNNAMED.fullmatch(_tidy(cell))]
    if unnamed:
        findings.add("index-column", f"column {unnamed[0] + 1} has no name", line=line)
    others = [cell for place, cell in extra if place not in unnamed]
    if others:
        code = "extra-column" if layout.strict else "ignored-column"
        findings.add(code, f"unknown: {name_texts([quote(name) for name in others])}", line=line)
    return others


def _hint(name: str, others: Sequence[str]) -> str:
    near = get_close_matches(name, others, n=1, cutoff=NEAR_ENOUGH_TO_HINT)
    return f"{name} (is it {quote(near[0])}?)" if near else name


def _guess_key(
    sheet: Sheet, extra: Sequence[int], places: dict[str, int], layout: TableLayout
) -> None:
    """Let ids be read from a column whose name tells nothing, so that the rest is checked too."""
    if len(sheet.rows) < 2:
        return
    row = sheet.rows[1]
    for place in extra:
        if place < len(row) and looks_like_id(row[place], layout.id_pattern):
            places[layout.key] = place
            return


def _tidy(cell: str) -> str:
    return INVISIBLE.sub("", cell).casefold()
