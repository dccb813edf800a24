"""CSV: full precision, one line end, text cells that no spreadsheet reads as a formula."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence

from isiceval.model import Leaderboard
from isiceval.reports.escape import guard_cell
from isiceval.reports.registry import ReportInputs, Result
from isiceval.reports.rows import iter_standings, list_columns
from isiceval.scorecard import Scorecard, iter_rows, list_case_columns


def render(result: Result, inputs: ReportInputs) -> str:  # noqa: ARG001 - alike for all formats
    """Write one row a case of a scorecard, or one row a standing of a leaderboard."""
    match result:
        case Scorecard():
            return write_scorecard(result)
        case Leaderboard():
            return write_leaderboard(result)
    raise TypeError(f"a CSV holds no {type(result).__name__}")


def write_scorecard(scorecard: Scorecard) -> str:
    """Write one row a case, from which the aggregates can be computed again."""
    return _write(list_case_columns(scorecard), iter_rows(scorecard))


def write_leaderboard(board: Leaderboard) -> str:
    """Write one row a standing, in order of rank, the invalid ones last."""
    return _write(list_columns(board), iter_standings(board))


def _write(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([guard_cell(name) for name in columns])
    writer.writerows([_cell(row[name]) for name in columns] for row in rows)
    return text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(float(value))
    return str(value) if isinstance(value, int) else guard_cell(str(value))
