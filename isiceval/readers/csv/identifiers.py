"""The ids of a CSV: what is meant where they are not spelt as expected."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from isiceval.readers.csv.findings import Findings, name_texts, quote
from isiceval.tasks.layout import TableLayout

_JPEG = re.compile(r"\.jpg$", re.IGNORECASE)
_EXTENSION = re.compile(r"\.(jpe?g|png|bmp|tiff?|csv|json)$", re.IGNORECASE)
_DOWNSAMPLED = re.compile(r"_downsampled$", re.IGNORECASE)
_DECIMALS = re.compile(r"(?<=\d)\.0+$")
_THOUSANDS = re.compile("(?<=\\d)[,.' \xa0\u2019\u202f](?=\\d{3})")
# Each repair is tried on what the ones before it left.
_REPAIRS: Mapping[str, Callable[[str], str]] = {
    "spaces or quotes around it": lambda text: text.strip(" \t\r\n\xa0\u200b\ufeff\"'"),
    "a file extension": lambda text: _EXTENSION.sub("", text),
    "the ending _downsampled": lambda text: _DOWNSAMPLED.sub("", text),
    "decimals": lambda text: _DECIMALS.sub("", text),
    "thousands separators": lambda text: _THOUSANDS.sub("", text),
    "capital and small letters": str.casefold,
}


def looks_like_id(text: str, pattern: str) -> bool:
    """Tell whether a text is an id by its pattern, after what is repaired here."""
    return re.fullmatch(pattern, _tidy(text), re.IGNORECASE) is not None


def _tidy(text: str) -> str:
    for repair in _REPAIRS.values():
        text = repair(text)
    return text


def match_ids(
    cells: Sequence[str],
    lines: Sequence[int],
    *,
    layout: TableLayout,
    expected: Sequence[str] | None,
    findings: Findings,
) -> Sequence[str | None]:
    """Return the id that each row stands for; None where it stands for none or repeats one.

    Where every cell is an expected id, each once, the cells themselves come back.
    """
    if expected is not None and len(cells) == len(expected) and set(cells) == set(expected):
        return cells
    find = _find_expected(expected) if expected is not None else _find_pattern(layout.id_pattern)
    seen: dict[str, int] = {}
    matched: list[str | None] = []
    for cell, line in zip(cells, lines, strict=True):
        image = find(cell)
        if image is None:
            _tell_unknown(cell, line, layout, expected, findings)
        elif image in seen:
            words = f"{image} stands in line {seen[image]} already"
            findings.add("duplicate-id", words, line=line)
            image = None
        else:
            seen[image] = line
            if image != cell:
                _tell_repair(cell, image, line, layout, findings)
        matched.append(image)
    _tell_missing(seen, expected or (), findings)
    return matched


def _find_expected(expected: Sequence[str]) -> Callable[[str], str | None]:
    known = set(expected)
    tidied: dict[str, str] = {}

    def find(cell: str) -> str | None:
        if cell in known:
            return cell
        if not tidied:
            tidied.update({_tidy(image): image for image in expected})
        return tidied.get(_tidy(cell))

    return find


def _find_pattern(pattern: str) -> Callable[[str], str | None]:
    whole = re.compile(pattern)

    def find(cell: str) -> str | None:
        if whole.fullmatch(cell):
            return cell
        tidy = _tidy(cell)
        return next((text for text in (tidy, tidy.upper()) if whole.fullmatch(text)), None)

    return find


def _tell_unknown(
    cell: str,
    line: int,
    layout: TableLayout,
    expected: Sequence[str] | None,
    findings: Findings,
) -> None:
    if not cell.strip():
        findings.add("empty-id", "the row has no id", line=line)
    elif expected is None:
        findings.add("misspelt-id", f"{quote(cell)} is no id of this task", line=line)
    else:
        code = "extra-id" if layout.strict else "ignored-row"
        findings.add(code, f"{quote(cell)} is not asked for", line=line)


def _tell_repair(cell: str, image: str, line: int, layout: TableLayout, findings: Findings) -> None:
    reason = _name_repair(cell, image)
    harmless = not layout.strict or _JPEG.sub("", cell) == image
    code = "adjusted-id" if harmless else "misspelt-id"
    words = f"{quote(cell)} is read as {image} ({reason})"
    findings.add(code, words, subject=reason, line=line)


def _name_repair(cell: str, image: str) -> str:
    """Name the repair after which cell and id, tidied alike, are the same."""
    return next(name for name, left, right in _repair_both(cell, image) if left == right)


def _repair_both(left: str, right: str) -> Iterator[tuple[str, str, str]]:
    for name, repair in _REPAIRS.items():
        left, right = repair(left), repair(right)
        yield name, left, right


def _tell_missing(seen: Mapping[str, int], expected: Sequence[str], findings: Findings) -> None:
    missing = [image for image in expected if image not in seen]
    if missing:
        verb = "has" if len(missing) == 1 else "have"
        words = f"{len(missing):,} of {len(expected):,} ids {verb} no row: {name_texts(missing)}"
        findings.add("missing-id", words)
