"""JSON: a format name and version in each document; only finite numbers and nulls."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from isiceval.model import Comparison, Leaderboard, Problem, Validation
from isiceval.reports.leaderboard import list_aggregates
from isiceval.reports.registry import Result
from isiceval.reports.scorecard import order_aggregates
from isiceval.reports.validation import count_codes
from isiceval.scorecard import Scorecard, intervals_to_document, problem_to_document, to_document

FORMAT_VERSION = 1
# Format version 1 keeps the keys it was published with, whatever the fields are called today.
_KEYS_OF_VERSION_1 = {"improved": "rescued", "worsened": "lost", "agreement": "decisions"}
# What stands in a document as it is in the result, in this order.
_OF_VALIDATION = (*("task", "submission", "form", "valid", "n_expected", "n_matched", "n_ignored"),)
_OF_BOARD = (
    *("task", "profile", "metric", "per", "ties", "truth_digest", "superseded", "notes"),
    *("columns", "bootstrap", "tau", "note", "significance"),
)
_OF_STANDING = (
    *("rank_low_sure", "rank_high_sure", "rank_low", "rank_high", "p_first", "rank_shares"),
    *("tied_with", "ranks", "n_cases", "n_missing", "n_errors", "n_warnings", "submitted_at"),
    *("signature", "submission_digest", "unverified", "columns"),
)


def write_json(result: Result) -> str:
    """Write a result of any kind; ``Scorecard.load`` reads a scorecard back.

    msgspec writes values that are not finite as null. The text is ASCII only, so that no name in
    it can act on the terminal it is printed to.
    """
    name = type(result).__name__.lower()
    document = {"format": f"isiceval.{name}", "format_version": FORMAT_VERSION}
    match result:
        case Scorecard():
            document = to_document(result)
        case Validation():
            document |= {
                **_copy(result, _OF_VALIDATION),
                "n_errors": len(result.errors),
                "n_warnings": len(result.warnings),
                "conversions": result.conversions,
                **_list_problems(result.problems),
            }
        case Leaderboard():
            names = list_aggregates(result)
            standings = [
                {
                    **_copy(one, ("rank", "team", "approach", "submission", "status")),
                    "score": one.aggregates.get(result.metric),
                    "aggregates": _choose(one.aggregates, names),
                    **intervals_to_document(one.intervals),
                    **_copy(one, _OF_STANDING),
                    **_list_problems(one.problems),
                }
                for one in result.standings
            ]
            document |= {**_copy(result, _OF_BOARD), "standings": standings}
        case Comparison():
            fields = msgspec.to_builtins(result)
            values = {_KEYS_OF_VERSION_1.get(name, name): value for name, value in fields.items()}
            first, second = values.pop("first_signature"), values.pop("second_signature")
            names = order_aggregates(result.metric, result.first_aggregates, kind=result.kind)
            document |= {
                **values,
                "first_aggregates": _choose(result.first_aggregates, names),
                "second_aggregates": _choose(result.second_aggregates, names),
                "most_different": [change.image for change in result.most_different],
                "signatures": [first, second],
                **_copy(result, ("worse", "better")),
            }
    return json.dumps(json.loads(msgspec.json.encode(document)), indent=2) + "\n"


def _copy(result: object, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(result, name) for name in names}


def _choose(values: Mapping[str, float], names: Sequence[str]) -> dict[str, float | None]:
    return {name: values.get(name) for name in names}


def _list_problems(problems: Sequence[Problem]) -> dict[str, Any]:
    return {
        "problem_counts": count_codes(problems),
        "problems": [problem_to_document(problem) for problem in problems],
    }
