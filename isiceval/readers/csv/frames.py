"""Tables that are in memory: a pandas data frame or a mapping, read as their CSV would be."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from isiceval.errors import UsageError
from isiceval.tasks.layout import TableLayout


def write_table(source: object, *, layout: TableLayout) -> bytes:
    """Write a data frame or mapping as the CSV that ``read_table`` reads.

    A data frame has the columns of the CSV; the ids may be its index. A mapping is one of
    columns (name to values), or of cases (id to confidence, to confidences in the order of the
    classes, or to a mapping of class to confidence). Numbers lose no digit. Raises UsageError
    for anything else.
    """
    if hasattr(source, "to_csv") and hasattr(source, "columns"):
        return _write_frame(source, layout)
    if not isinstance(source, Mapping):
        kind = type(source).__name__
        raise UsageError(f"a table in memory is a data frame or a mapping, not {kind}")
    names = {layout.key, *(name for name, own in layout.synonyms.items() if own == layout.key)}
    if names & set(source):
        return _write_rows(list(source), _turn(list(source.values())), layout)
    return _write_rows(list(layout.required), _list_cases(source, layout), layout)


def _write_frame(frame: Any, layout: TableLayout) -> bytes:
    names = {layout.key, *(name for name, own in layout.synonyms.items() if own == layout.key)}
    by_index = not names & set(frame.columns)
    text: str = frame.to_csv(
        index=by_index,
        index_label=layout.key if by_index else None,
        header=layout.header != "none",
        na_rep="nan",
        lineterminator="\n",
    )
    return text.encode()


def _turn(columns: Sequence[Iterable[object]]) -> list[tuple[object, ...]]:
    try:
        return list(zip(*columns, strict=True))
    except (TypeError, ValueError) as error:
        raise UsageError("the columns of a table must be sequences of the same length") from error


def _list_cases(source: Mapping[Any, Any], layout: TableLayout) -> list[tuple[object, ...]]:
    return [(image, *_list_values(image, value, layout)) for image, value in source.items()]


def _list_values(image: object, value: Any, layout: TableLayout) -> list[object]:
    if isinstance(value, Mapping):
        unknown = [name for name in value if name not in layout.columns]
        if unknown:
            raise UsageError(f"{image} has a confidence for {unknown[0]!r}, which is no class")
        return [value.get(name, "") for name in layout.columns]
    if len(layout.columns) == 1 and not _is_row(value):
        return [value]
    if not _is_row(value):
        classes = ", ".join(layout.columns)
        raise UsageError(f"{image} needs one confidence each for {classes}")
    return list(value)


def _is_row(value: object) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str) and bool(_shape(value))


def _shape(value: object) -> tuple[int, ...]:
    shape: tuple[int, ...] = getattr(value, "shape", (1,))
    return shape


def _write_rows(
    header: Sequence[object], rows: Iterable[Sequence[object]], layout: TableLayout
) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    if layout.header != "none":
        writer.writerow(header)
    writer.writerows([_write_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def _write_cell(cell: Any) -> str:
    plain = cell.item() if hasattr(cell, "item") else cell
    if isinstance(plain, bool):
        return str(int(plain))
    if plain is None:
        return ""
    return repr(plain) if isinstance(plain, float) else str(plain)
