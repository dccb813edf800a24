"""CSV: full precision, one line end, text cells that no spreadsheet reads as a formula.

The columns of a CSV of cases are listed in ``kinds/kind.py``, those of a leaderboard here.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence

from isiceval.kinds.kind import list_columns
from isiceval.metrics.registry import AGGREGATES
from isiceval.model import Leaderboard, Standing, has_case_scores
from isiceval.reports.escape import guard_cell
from isiceval.reports.leaderboard import THEN_RANK, describe_status, list_aggregates
from isiceval.scorecard import Scorecard

OWN_PREFIX = "teams_"
RANKS = ("rank_low_sure", "rank_high_sure", "rank_low", "rank_high", "p_first")
OF_CASES = ("median_then_rank", "rank_then_mean", "rank_then_median")
OF_TESTS = ("test_then_rank", "test_then_rank_holm")


def write_csv(result: Scorecard | Leaderboard) -> str:
    """Write a row for each case of a scorecard, or a row for each standing of a leaderboard.

    The aggregates of a scorecard can be computed again from its rows. Standings are in order of
    rank, the invalid ones last.
    """
    if isinstance(result, Scorecard):
        cases = ({**row, "signature": result.signature} for row in result.measured.iter_rows())
        return _write(list_columns(result.kind, result.labels), cases)
    aggregates = list_aggregates(result)
    methods = [*OF_CASES, *OF_TESTS]
    if not has_case_scores(result.kind):
        others = (name for name in aggregates if "." not in name and name != result.metric)
        methods = [*(f"{name}{THEN_RANK}" for name in others), *OF_TESTS]
    # The columns are those of any standing; a board may have none.
    header, *rows = (
        _make_row(standing, result, aggregates, methods)
        for standing in (Standing(rank=None, submission=""), *result.standings)
    )
    return _write(tuple(header), rows)


def _make_row(
    standing: Standing, board: Leaderboard, aggregates: Sequence[str], methods: Sequence[str]
) -> dict[str, object]:
    """Make the row of a standing; what is not known or not defined is None."""
    interval = standing.intervals.get(board.metric)
    row = {
        **{name: getattr(standing, name) for name in ("rank", "team", "approach", "submission")},
        **{name: standing.aggregates.get(name) for name in aggregates},
        "ci_low": interval.low if interval else None,
        "ci_high": interval.high if interval else None,
        **{name: getattr(standing, name) for name in RANKS},
        "tied_with": "; ".join(standing.tied_with),
        **{method: standing.ranks.get(method) for method in methods},
        "n_cases": standing.n_cases,
        "n_missing": standing.n_missing,
        "warnings": standing.n_warnings,
        "status": describe_status(standing),
        "submitted_at": standing.submitted_at,
        "unverified": "yes" if standing.unverified else "",
        "submission_digest": standing.submission_digest,
    }
    # One of the organiser's columns that is called like ours gets a prefix.
    ours = {*row, *AGGREGATES, "signature"}
    for name in board.columns:
        row[f"{OWN_PREFIX}{name}" if name in ours else name] = standing.columns.get(name, "")
    return {**row, "signature": standing.signature}


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
