"""The bytes of a CSV to rows of cells with their line numbers, whatever its dialect."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from isiceval.readers.csv.findings import Findings
from isiceval.readers.registry import name_format

DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}
FOREIGN = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"PAR1", "a Parquet table"),
    (b"SQLite format 3", "an SQLite database"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"{", "JSON"),
    (b"[", "JSON"),
    (b"<", "a web page or XML"),
)
PLAIN = frozenset({"text", "unknown"})
HEURISTIC = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The cells of a CSV: rows that are not blank, and the line on which each begins."""

    rows: Sequence[Sequence[str]]
    lines: Sequence[int]


def read_sheet(data: bytes, *, n_fields: int, foretell: bool, findings: Findings) -> Sheet | None:
    """Split the bytes of a CSV of ``n_fields`` columns; None where it is nothing of the kind."""
    if not data.strip():
        findings.add("empty-table", "the file is empty")
        return None
    foreign = _name_content(data)
    if foreign:
        findings.add("not-a-table", f"this is {foreign}, not a CSV file")
        return None
    text = _decode(data, findings)
    _look_at_lines(text, foretell=foretell, findings=findings)
    delimiter = _choose_delimiter(text, n_fields)
    if delimiter in DELIMITERS:
        words = f"fields are parted by {DELIMITERS[delimiter]}, not by commas"
        findings.add("wrong-delimiter", words, line=1)
    return _drop_blank(_split(text, delimiter, findings), findings)


def _name_content(data: bytes) -> str:
    """Name what the file is; nothing where it may be a table."""
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    for start, name in FOREIGN:
        if head.startswith(start):
            return name
    name = name_format(data)
    if name == "zip" and b"xl/" in data:
        return "an Excel workbook"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ""
    if b"\0" in head:
        return "binary data" if name in PLAIN else f"a file of the format {name}"
    # A header may begin with the letters that also begin a bitmap.
    return "" if name in PLAIN | {"BMP"} else f"a file of the format {name}"


def _decode(data: bytes, findings: Findings) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        findings.add("wrong-encoding", "the text is UTF-16, not UTF-8")
        return data.decode("utf-16", errors="replace")
    if data.startswith(b"\xef\xbb\xbf"):
        findings.add("byte-order-mark", "the file begins with a byte-order mark")
        data = data[3:]
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = data[error.start]
        findings.add("wrong-encoding", f"byte 0x{byte:02X} does not fit UTF-8", line=line)
        return data.decode("cp1252", errors="replace")


def _look_at_lines(text: str, *, foretell: bool, findings: Findings) -> None:
    alone = text.count("\r") - text.count("\r\n")
    if alone:
        findings.add("old-line-ends", f"{alone:,} lines end in a carriage return alone")
    if not text.endswith(("\r", "\n")):
        findings.add("no-final-newline", "the last line has no end")
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if foretell and plain[:HEURISTIC].count("\n") < 2:
        words = f"there are fewer than two line ends in the first {HEURISTIC:,} characters"
        findings.add("few-newlines", words)


def _choose_delimiter(text: str, n_fields: int) -> str:
    first = next((line for line in text.splitlines() if line.strip()[:1] not in ("", "#")), "")
    by_comma = first.split(",")
    if len(by_comma) == n_fields and not any(other in by_comma[0] for other in DELIMITERS):
        return ","
    fitting = [other for other in DELIMITERS if len(first.split(other)) == n_fields]
    if fitting:
        return fitting[0]
    most = max(DELIMITERS, key=first.count)
    return most if first.count(most) > first.count(",") else ","


def _split(text: str, delimiter: str, findings: Findings) -> Sheet:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = list(reader)
    except csv.Error:
        findings.add("stray-quote", "a quotation mark has no partner", line=reader.line_num)
        return _split_plainly(text, delimiter)
    if reader.line_num == len(rows):
        return Sheet(rows=rows, lines=range(1, len(rows) + 1))
    return Sheet(rows=rows, lines=_number_lines(text, delimiter))


def _split_plainly(text: str, delimiter: str) -> Sheet:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    rows = [line.replace('"', "").split(delimiter) for line in lines]
    return Sheet(rows=rows, lines=range(1, len(rows) + 1))


def _number_lines(text: str, delimiter: str) -> Sequence[int]:
    """Return the line on which each row begins, where cells in quotes hold line ends."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    ends = [reader.line_num for _ in reader]
    return [1, *(end + 1 for end in ends[:-1])]


def _drop_blank(sheet: Sheet, findings: Findings) -> Sheet:
    odd = {at for at, row in enumerate(sheet.rows) if len(row) < 2 or "#" in row[0]}
    for at in sorted(odd):
        row = sheet.rows[at]
        if row and row[0].lstrip().startswith("#"):
            findings.add("comment-line", "a line begins with #", line=sheet.lines[at])
        elif "".join(row).strip():
            odd.remove(at)
    if not odd:
        return sheet
    kept = [at for at in range(len(sheet.rows)) if at not in odd]
    return Sheet(rows=[sheet.rows[at] for at in kept], lines=[sheet.lines[at] for at in kept])
