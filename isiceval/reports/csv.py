"""CSV: full precision, one line end, text cells that no spreadsheet reads as a formula."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence

from isiceval.metrics.registry import AGGREGATES
from isiceval.model import Leaderboard, Standing, has_case_scores
from isiceval.reports.escape import guard_cell
from isiceval.reports.leaderboard import THEN_RANK, describe_status, list_aggregates
from isiceval.reports.registry import ReportInputs, Result
from isiceval.scorecard import Scorecard, iter_rows, list_case_columns

OWN_PREFIX = "teams_"
BEFORE = ("rank", "team", "approach", "submission")
UNCERTAINTY = ("ci_low", "ci_high", "rank_low", "rank_high", "p_first", "tied_with")
AFTER = ("n_cases", "n_missing", "warnings", "status", "submitted_at")
OF_CASES = ("median_then_rank", "rank_then_mean", "rank_then_median")
OF_TESTS = ("test_then_rank", "test_then_rank_holm")


def render(result: Result, inputs: ReportInputs) -> str:  # noqa: ARG001 - the same for all formats
    """Write a scorecard or a leaderboard."""
    return write_csv(result)


def write_csv(result: Result) -> str:
    """Write a row for each case of a scorecard, or a row for each standing of a leaderboard.

    The aggregates of a scorecard can be computed again from its rows. Standings are in order of
    rank, the invalid ones last.
    """
    match result:
        case Scorecard():
            return _write(list_case_columns(result), iter_rows(result))
        case Leaderboard():
            rows = (_make_row(standing, result) for standing in result.standings)
            return _write(list_columns(result), rows)
    raise TypeError(f"a CSV holds no {type(result).__name__}")


def list_columns(board: Leaderboard) -> tuple[str, ...]:
    """List the columns of a leaderboard's table, in order."""
    fixed = (*BEFORE, *list_aggregates(board), *UNCERTAINTY, *list_methods(board), *AFTER)
    return (*fixed, *_name_own_columns(board).values(), "signature")


def list_methods(board: Leaderboard) -> tuple[str, ...]:
    """List the other ranking methods of a board, as its columns name them.

    Where the score is a mean over cases they are of the values of cases; else each is of another
    aggregate that is not of one label alone: ``auc_then_rank``. The tests are always among them.
    """
    if has_case_scores(board.kind):
        return (*OF_CASES, *OF_TESTS)
    others = (n for n in list_aggregates(board) if "." not in n and n != board.metric)
    return (*(f"{name}{THEN_RANK}" for name in others), *OF_TESTS)


def _name_own_columns(board: Leaderboard) -> dict[str, str]:
    """Name the organiser's columns; one that is called like ours gets a prefix."""
    ours = {
        *(*BEFORE, *AGGREGATES, *list_aggregates(board), *UNCERTAINTY),
        *(*list_methods(board), *AFTER, "signature"),
    }
    return {name: f"{OWN_PREFIX}{name}" if name in ours else name for name in board.columns}


def _make_row(standing: Standing, board: Leaderboard) -> dict[str, object]:
    """Make the row of a standing; what is not known or not defined is None."""
    interval = standing.intervals.get(board.metric)
    return {
        **{name: getattr(standing, name) for name in BEFORE},
        **{name: standing.aggregates.get(name) for name in list_aggregates(board)},
        "ci_low": interval.low if interval else None,
        "ci_high": interval.high if interval else None,
        "rank_low": standing.rank_low,
        "rank_high": standing.rank_high,
        "p_first": standing.p_first,
        "tied_with": "; ".join(standing.tied_with),
        **{method: standing.ranks.get(method) for method in list_methods(board)},
        "n_cases": standing.n_cases,
        "n_missing": standing.n_missing,
        "warnings": standing.n_warnings,
        "status": describe_status(standing),
        "submitted_at": standing.submitted_at,
        **{
            column: standing.columns.get(name, "")
            for name, column in _name_own_columns(board).items()
        },
        "signature": standing.signature,
    }


def _write(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([guard_cell(name) for name in columns])
    writer.writerows([_format_cell(row[name]) for name in columns] for row in rows)
    return text.getvalue()


def _format_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(float(value))
    return str(value) if isinstance(value, int) else guard_cell(str(value))
