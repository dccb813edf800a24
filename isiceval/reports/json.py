"""JSON: a format name and version in each document; only finite numbers and nulls."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from isiceval.model import Comparison, Leaderboard, Problem, Standing, Validation
from isiceval.reports.registry import ReportInputs, Result
from isiceval.reports.rows import count_codes, list_aggregates, order_aggregates
from isiceval.scorecard import Scorecard, intervals_to_document, problem_to_document, to_document

VALIDATION_FORMAT = "isiceval.validation"
LEADERBOARD_FORMAT = "isiceval.leaderboard"
COMPARISON_FORMAT = "isiceval.comparison"
FORMAT_VERSION = 1
# Format version 1 keeps the keys it was published with, whatever the fields are called today.
_KEYS_OF_VERSION_1 = {"improved": "rescued", "worsened": "lost", "agreement": "decisions"}


def render(result: Result, inputs: ReportInputs) -> str:  # noqa: ARG001 - alike for all formats
    """Write a result of any kind."""
    match result:
        case Scorecard():
            return write_scorecard(result)
        case Leaderboard():
            return write_leaderboard(result)
        case Validation():
            return write_validation(result)
    return write_comparison(result)


def write_scorecard(scorecard: Scorecard) -> str:
    """Write the whole scorecard; ``Scorecard.load`` reads it back."""
    return _write(to_document(scorecard))


def write_validation(validation: Validation) -> str:
    """Write the verdict, the numbers, every problem and how often each code occurs."""
    return _write(
        {
            "format": VALIDATION_FORMAT,
            "format_version": FORMAT_VERSION,
            "task": validation.task,
            "submission": validation.submission,
            "form": validation.form,
            "valid": validation.valid,
            "n_expected": validation.n_expected,
            "n_matched": validation.n_matched,
            "n_ignored": validation.n_ignored,
            "n_errors": len(validation.errors),
            "n_warnings": len(validation.warnings),
            "conversions": dict(validation.conversions),
            **_problems(validation.problems),
        }
    )


def write_leaderboard(board: Leaderboard) -> str:
    """Write every standing with full values, in order of rank, the invalid ones last."""
    return _write(
        {
            "format": LEADERBOARD_FORMAT,
            "format_version": FORMAT_VERSION,
            "task": board.task,
            "profile": board.profile,
            "metric": board.metric,
            "per": board.per,
            "ties": board.ties,
            "truth_digest": board.truth_digest,
            "superseded": board.superseded,
            "notes": list(board.notes),
            "columns": list(board.columns),
            "bootstrap": asdict(board.bootstrap) if board.bootstrap else None,
            "tau": board.tau,
            "note": board.note,
            "significance": asdict(board.significance) if board.significance else None,
            "standings": [_standing(standing, board) for standing in board.standings],
        }
    )


def _standing(standing: Standing, board: Leaderboard) -> dict[str, Any]:
    return {
        "rank": standing.rank,
        "team": standing.team,
        "approach": standing.approach,
        "submission": standing.submission,
        "status": standing.status,
        "score": _finite(standing.aggregates.get(board.metric)),
        "aggregates": _aggregates(standing.aggregates, list_aggregates(board)),
        "intervals": intervals_to_document(standing.intervals),
        "rank_low": standing.rank_low,
        "rank_high": standing.rank_high,
        "p_first": standing.p_first,
        "rank_shares": list(standing.rank_shares),
        "tied_with": list(standing.tied_with),
        "ranks": dict(standing.ranks),
        "n_cases": standing.n_cases,
        "n_missing": standing.n_missing,
        "n_errors": standing.n_errors,
        "n_warnings": standing.n_warnings,
        "submitted_at": standing.submitted_at,
        "signature": standing.signature,
        "columns": dict(standing.columns),
        **_problems(standing.problems),
    }


def write_comparison(comparison: Comparison) -> str:
    """Write every difference, every image by id, and which images differ most."""
    values = {_KEYS_OF_VERSION_1.get(k, k): v for k, v in asdict(comparison).items()}
    found = comparison.first_aggregates
    names = order_aggregates(comparison.metric, kind=comparison.kind, found=found)
    signatures = [values.pop("first_signature"), values.pop("second_signature")]
    return _write(
        {
            "format": COMPARISON_FORMAT,
            "format_version": FORMAT_VERSION,
            **values,
            "first_aggregates": _aggregates(comparison.first_aggregates, names),
            "second_aggregates": _aggregates(comparison.second_aggregates, names),
            "differences": {
                name: _finite_values(asdict(difference))
                for name, difference in comparison.differences.items()
            },
            "decisions": (
                _finite_values(asdict(comparison.agreement)) if comparison.agreement else None
            ),
            "changes": [_finite_values(asdict(change)) for change in comparison.changes],
            "most_different": [change.image for change in comparison.most_different],
            "signatures": signatures,
        }
    )


def _finite_values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _finite(v) if isinstance(v, float) else v for name, v in values.items()}


def _aggregates(values: Mapping[str, float], names: Sequence[str]) -> dict[str, float | None]:
    return {name: _finite(values.get(name)) for name in names}


def _problems(problems: tuple[Problem, ...]) -> dict[str, Any]:
    return {
        "problem_counts": count_codes(problems),
        "problems": [problem_to_document(problem) for problem in problems],
    }


def _finite(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value


def _write(document: Mapping[str, Any]) -> str:
    """Write ASCII only, so that no name in it can act on the terminal it is printed to."""
    return json.dumps(document, indent=2, allow_nan=False) + "\n"
