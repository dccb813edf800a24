"""The bytes of a CSV to rows of cells, and tables in memory to the bytes of a CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from isiceval.checks.evidence import ProblemCollector
from isiceval.errors import UsageError
from isiceval.sources.formats import find_format
from isiceval.tasks.task import CsvFormat

DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}
# How files begin that are often sent for a CSV and that find_format does not know.
FOREIGN = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"PAR1", "a Parquet table"),
    (b"SQLite format 3", "an SQLite database"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"{", "JSON"),
    (b"[", "JSON"),
    (b"<", "a web page or XML"),
)
UTF8_BOM = b"\xef\xbb\xbf"
UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
# The official scorer guesses the dialect from so many characters and needs two line ends in them.
OFFICIAL_HEAD = 2000


def read_sheet(
    data: bytes, *, n_columns: int, warn_official: bool, problems: ProblemCollector
) -> tuple[Sequence[Sequence[str]], Sequence[int]]:
    """Split the bytes of a CSV of ``n_columns`` columns; no row where it is not a CSV.

    Returns the rows that are not blank, and the line on which each begins. ``warn_official`` adds
    warnings of what the official scorer would refuse.
    """
    if not data.strip():
        problems.add("empty-table", "the file is empty")
        return (), ()
    if foreign := find_foreign_format(data):
        problems.add("not-a-table", f"this is {foreign}, not a CSV file")
        return (), ()
    text = _decode(data, problems)
    alone = text.count("\r") - text.count("\r\n")
    if alone:
        problems.add("old-line-ends", f"{alone:,} lines end in a carriage return alone")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.endswith("\n"):
        problems.add("no-final-newline", "the last line has no line end")
    if warn_official and text[:OFFICIAL_HEAD].count("\n") < 2:
        detail = f"there are fewer than two line ends in the first {OFFICIAL_HEAD:,} characters"
        problems.add("few-newlines", detail)
    delimiter = _find_delimiter(text, n_columns, problems)
    rows: list[Sequence[str]] = []
    lines: list[int] = []
    for line, row in _split_rows(text, delimiter, problems):
        if row and row[0].lstrip().startswith("#"):
            problems.add("comment-line", "a line begins with #", line)
        elif len(row) > 1 or "".join(row).strip():
            rows.append(row)
            lines.append(line)
    if not rows:
        problems.add("empty-table", "there is no row of data")
    return rows, lines


def find_foreign_format(data: bytes) -> str:
    """Name the format of a file that is not a CSV; an empty text where it may be one."""
    head = data[:4096].removeprefix(UTF8_BOM).lstrip()
    for start, name in FOREIGN:
        if head.startswith(start):
            return name
    name = find_format(data)
    if name == "zip" and b"xl/" in data:
        return "an Excel workbook"
    if data.startswith(UTF16_BOMS):
        return ""
    plain = name in ("text", "unknown")
    if b"\0" in head:
        return "binary data" if plain else f"a file of the format {name}"
    # A header may begin with the letters BM or BZh, as these formats do.
    return "" if plain or name in ("BMP", "bzip2") else f"a file of the format {name}"


def _decode(data: bytes, problems: ProblemCollector) -> str:
    if data.startswith(UTF16_BOMS):
        problems.add("wrong-encoding", "the text is UTF-16, not UTF-8")
        return data.decode("utf-16", errors="replace")
    if data.startswith(UTF8_BOM):
        problems.add("byte-order-mark", "the file begins with a byte-order mark")
        data = data.removeprefix(UTF8_BOM)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        detail = f"byte 0x{data[error.start]:02X} is not valid UTF-8"
        problems.add("wrong-encoding", detail, line)
        return data.decode("cp1252", errors="replace")


def _find_delimiter(text: str, n_columns: int, problems: ProblemCollector) -> str:
    """Return the delimiter that gives the first line its columns, else the most frequent one."""
    first = next((line for line in text.splitlines() if line.strip()[:1] not in ("", "#")), "")
    by_comma = first.split(",")
    if len(by_comma) == n_columns and not any(other in by_comma[0] for other in DELIMITERS):
        return ","
    fitting = [other for other in DELIMITERS if len(first.split(other)) == n_columns]
    best = fitting[0] if fitting else max(DELIMITERS, key=first.count)
    if not fitting and first.count(best) <= first.count(","):
        return ","
    detail = f"the fields are separated by {DELIMITERS[best]}, not by commas"
    problems.add("wrong-delimiter", detail, 1)
    return best


def _split_rows(
    text: str, delimiter: str, problems: ProblemCollector
) -> list[tuple[int, Sequence[str]]]:
    """Return the line on which each row begins, and its cells."""
    if '"' not in text:  # Python's reader refuses long cells
        return [(n, cells.split(delimiter)) for n, cells in enumerate(text.split("\n"), start=1)]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, Sequence[str]]] = []
    line = 1
    try:
        for row in reader:
            rows.append((line, row))
            line = reader.line_num + 1
    except csv.Error as error:
        is_long = str(error).startswith("field larger")
        found = f"quoted text of more than {csv.field_size_limit():,} characters" * is_long
        problems.add("stray-quote", found or "a quotation mark is not closed", reader.line_num)
        plain = text.replace('"', "").split("\n")
        return [(n, cells.split(delimiter)) for n, cells in enumerate(plain, start=1)]
    return rows


def write_frame(source: object, *, layout: CsvFormat) -> bytes:
    """Write a data frame or mapping as the CSV that ``read_table`` reads.

    A data frame has the columns of the CSV; the ids may be its index. A mapping is one of
    columns (name to values), or of cases (id to confidence, to confidences in the order of the
    classes, or to a mapping of class to confidence). Numbers lose no digit. Raises UsageError
    for anything else.
    """
    keys = {layout.key, *(name for name, own in layout.synonyms.items() if own == layout.key)}
    if hasattr(source, "to_csv") and hasattr(source, "columns"):
        ids_in_index = not keys & set(source.columns)
        text: str = source.to_csv(
            index=ids_in_index,
            index_label=layout.key if ids_in_index else None,
            header=layout.header != "none",
            na_rep="nan",
            lineterminator="\n",
        )
        return text.encode()
    if not isinstance(source, Mapping):
        kind = type(source).__name__
        raise UsageError(f"a table in memory is a data frame or a mapping, not {kind}")
    header: Sequence[object] = layout.required
    if keys & set(source):
        header = list(source)
        try:
            rows = list(zip(*source.values(), strict=True))
        except (TypeError, ValueError) as error:
            sentence = "the columns of a table must be sequences of the same length"
            raise UsageError(sentence) from error
    else:
        rows = [(case, *_list_cells(case, value, layout)) for case, value in source.items()]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([header] if layout.header != "none" else [])
    for row in rows:
        plain = [cell.item() if hasattr(cell, "item") else cell for cell in row]
        writer.writerow([int(cell) if isinstance(cell, bool) else cell for cell in plain])
    return out.getvalue().encode()


def _list_cells(case: object, value: Any, layout: CsvFormat) -> list[object]:
    if isinstance(value, Mapping):
        unknown = [name for name in value if name not in layout.columns]
        if unknown:
            raise UsageError(f"{case} has a confidence for {unknown[0]!r}, which is no class")
        return [value.get(name, "") for name in layout.columns]
    # An array without dimensions is one number; a text is left to the reader to refuse.
    shape: tuple[int, ...] = getattr(value, "shape", (1,))
    if isinstance(value, Iterable) and not isinstance(value, str) and shape:
        return list(value)
    if len(layout.columns) > 1:
        raise UsageError(f"{case} needs one confidence each for {', '.join(layout.columns)}")
    return [value]
