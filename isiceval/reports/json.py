"""JSON: a format name and version in each document; only finite numbers and nulls."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from isiceval.model import Comparison, Leaderboard, Problem, Standing, Validation
from isiceval.reports.leaderboard import list_aggregates
from isiceval.reports.registry import ReportInputs, Result
from isiceval.reports.scorecard import order_aggregates
from isiceval.reports.validation import count_codes
from isiceval.scorecard import (
    Scorecard,
    intervals_to_document,
    problem_to_document,
    to_document,
)

FORMAT_VERSION = 1
# Format version 1 keeps the keys it was published with, whatever the fields are called today.
_KEYS_OF_VERSION_1 = {"improved": "rescued", "worsened": "lost", "agreement": "decisions"}


def render(result: Result, inputs: ReportInputs) -> str:  # noqa: ARG001 - the same for all formats
    """Write a result of any kind."""
    return write_json(result)


def write_json(result: Result) -> str:
    """Write a result of any kind; ``Scorecard.load`` reads a scorecard back.

    msgspec writes values that are not finite as null. The text is ASCII only, so that no name in
    it can act on the terminal it is printed to.
    """
    match result:
        case Scorecard():
            document = to_document(result)
        case Leaderboard():
            document = _make_leaderboard(result)
        case Validation():
            document = _make_validation(result)
        case Comparison():
            document = _make_comparison(result)
    return json.dumps(json.loads(msgspec.json.encode(document)), indent=2) + "\n"


def _make_validation(validation: Validation) -> dict[str, Any]:
    """Make the verdict, the numbers, every problem and how often each code occurs."""
    return {
        "format": "isiceval.validation",
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
        "conversions": validation.conversions,
        **_make_problems(validation.problems),
    }


def _make_leaderboard(board: Leaderboard) -> dict[str, Any]:
    """Make every standing with full values, in order of rank, the invalid ones last."""
    return {
        "format": "isiceval.leaderboard",
        "format_version": FORMAT_VERSION,
        "task": board.task,
        "profile": board.profile,
        "metric": board.metric,
        "per": board.per,
        "ties": board.ties,
        "truth_digest": board.truth_digest,
        "superseded": board.superseded,
        "notes": board.notes,
        "columns": board.columns,
        "bootstrap": board.bootstrap,
        "tau": board.tau,
        "note": board.note,
        "significance": board.significance,
        "standings": [_make_standing(standing, board) for standing in board.standings],
    }


def _make_standing(standing: Standing, board: Leaderboard) -> dict[str, Any]:
    return {
        "rank": standing.rank,
        "team": standing.team,
        "approach": standing.approach,
        "submission": standing.submission,
        "status": standing.status,
        "score": standing.aggregates.get(board.metric),
        "aggregates": _choose(standing.aggregates, list_aggregates(board)),
        "intervals": intervals_to_document(standing.intervals),
        "rank_low": standing.rank_low,
        "rank_high": standing.rank_high,
        "p_first": standing.p_first,
        "rank_shares": standing.rank_shares,
        "tied_with": standing.tied_with,
        "ranks": standing.ranks,
        "n_cases": standing.n_cases,
        "n_missing": standing.n_missing,
        "n_errors": standing.n_errors,
        "n_warnings": standing.n_warnings,
        "submitted_at": standing.submitted_at,
        "signature": standing.signature,
        "columns": standing.columns,
        **_make_problems(standing.problems),
    }


def _make_comparison(comparison: Comparison) -> dict[str, Any]:
    """Make every difference, every image by id, and which images differ most."""
    fields: dict[str, Any] = msgspec.to_builtins(comparison)
    values = {_KEYS_OF_VERSION_1.get(name, name): value for name, value in fields.items()}
    names = order_aggregates(comparison.metric, comparison.first_aggregates, kind=comparison.kind)
    signatures = [values.pop("first_signature"), values.pop("second_signature")]
    return {
        "format": "isiceval.comparison",
        "format_version": FORMAT_VERSION,
        **values,
        "first_aggregates": _choose(comparison.first_aggregates, names),
        "second_aggregates": _choose(comparison.second_aggregates, names),
        "most_different": [change.image for change in comparison.most_different],
        "signatures": signatures,
    }


def _choose(values: Mapping[str, float], names: Sequence[str]) -> dict[str, float | None]:
    return {name: values.get(name) for name in names}


def _make_problems(problems: Iterable[Problem]) -> dict[str, Any]:
    listed = list(problems)
    return {
        "problem_counts": count_codes(listed),
        "problems": [problem_to_document(problem) for problem in listed],
    }
