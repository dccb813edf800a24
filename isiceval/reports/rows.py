"""The rows behind every report: what is shown, in which order, before any format."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from string import ascii_letters

from isiceval.kinds.signature import read_signature
from isiceval.metrics.registry import AGGREGATES, COUNTED, VALIDATION, find_aggregate
from isiceval.model import (
    Case,
    Interval,
    Kind,
    Leaderboard,
    Problem,
    Severity,
    Standing,
    Validation,
)
from isiceval.reports.numbers import (
    count,
    say_bootstrap,
    say_least,
    show,
    show_interval,
    show_share,
)
from isiceval.scorecard import Scorecard

WORST_COLUMNS = ("jaccard", "dice", "sensitivity", "specificity")
N_WORST = 5
OWN_PREFIX = "teams_"
BEFORE = ("rank", "team", "approach", "submission")
CHANCES = ("ci_low", "ci_high", "rank_low", "rank_high", "p_first", "tied_with")
THEN_RANK = "_then_rank"
OF_CASES = ("median_then_rank", "rank_then_mean", "rank_then_median")
OF_TESTS = ("test_then_rank", "test_then_rank_holm")
MOST_LETTERS = 8
CHANCE_HEADINGS = ("95 % interval", "Ranks", "P(first)", "Alike")
AFTER = ("n_cases", "n_missing", "warnings", "status", "submitted_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemGroup:
    """All problems of one code: how many, where, and the words of the first.

    ``same_message`` and ``same_fix`` tell whether the first speaks for all of them.
    """

    code: str
    severity: Severity
    places: tuple[str, ...]
    message: str
    fix: str
    same_message: bool
    same_fix: bool

    @property
    def n(self) -> int:
        """Return how many problems there are."""
        return len(self.places)


def group_problems(problems: Iterable[Problem]) -> tuple[ProblemGroup, ...]:
    """Group problems by code: errors first, codes in the order in which they first appear."""
    groups: dict[tuple[Severity, str], list[Problem]] = {}
    for problem in sorted(problems, key=lambda problem: problem.severity != "error"):
        groups.setdefault((problem.severity, problem.code), []).append(problem)
    return tuple(_build_group(group) for group in groups.values())


def _build_group(group: list[Problem]) -> ProblemGroup:
    first = group[0]
    return ProblemGroup(
        code=first.code,
        severity=first.severity,
        places=tuple(problem.where for problem in group),
        message=first.detail,
        fix=first.fix,
        same_message=all(problem.detail == first.detail for problem in group),
        same_fix=all(problem.fix == first.fix for problem in group),
    )


def count_codes(problems: Iterable[Problem]) -> dict[str, int]:
    """Count problems by code, in the order of the groups."""
    return {group.code: group.n for group in group_problems(problems)}


def say_verdict(problems: Iterable[Problem]) -> str:
    """Write the verdict: ``valid``, or ``INVALID: 3 errors, 2 warnings``."""
    severities = [problem.severity for problem in problems]
    numbers = [(severities.count("error"), "error"), (severities.count("warning"), "warning")]
    counted = ", ".join(count(n, noun) for n, noun in numbers if n)
    if not severities:
        return "valid"
    return f"INVALID: {counted}" if "error" in severities else f"valid, {counted}"


def say_found(validation: Validation) -> str:
    """Write how many images were expected and found, and how many files were ignored."""
    expected = f"{count(validation.n_expected, validation.noun)} expected"
    return f"{expected}, {validation.n_matched} found, {_say_ignored(validation.n_ignored)}"


def say_scored(scorecard: Scorecard) -> str:
    """Write how many images there are, and how many are missing."""
    images = f"{count(scorecard.n_cases, 'image')}, {scorecard.n_missing} missing"
    return f"{images}, {_say_ignored(scorecard.n_ignored)}"


def _say_ignored(n: int) -> str:
    return f"{count(n, 'file')} ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRow:
    """One aggregate of a scorecard, as a summary shows it."""

    name: str
    title: str
    ranking: bool
    value: float
    as_submitted: float | None
    note: str
    interval: Interval | None = None


def order_aggregates(
    metric: str, *, kind: Kind = "mask", found: Iterable[str] = ()
) -> tuple[str, ...]:
    """Order the aggregates: the ranking metric, then all others as the catalogue has them.

    Of other kinds than masks those that were found are the others, in their order.
    """
    names = AGGREGATES if kind == "mask" else found
    return (metric, *(name for name in names if name != metric))


def list_aggregates(board: Leaderboard) -> tuple[str, ...]:
    """List every aggregate that some submission of a leaderboard has, in order."""
    found = dict.fromkeys(name for standing in board.standings for name in standing.aggregates)
    return order_aggregates(board.metric, kind=board.kind, found=found)


def list_overall(names: Iterable[str]) -> list[str]:
    """List the aggregates that are not of one label alone."""
    return [name for name in names if "." not in name or name.startswith(VALIDATION)]


def find_title(name: str) -> str:
    """Find the title of an aggregate."""
    return find_aggregate(name).title


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelTable:
    """The values of single labels: one row a label, one column a metric, as they are written.

    The interval of the first metric stands in the second column, where there is one.
    """

    titles: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def collect_labels(scorecard: Scorecard) -> LabelTable | None:
    """Collect the aggregates of single labels, the ranking metric first; None for none."""
    labels = scorecard.labels
    last = f".{labels[0]}" if labels else "."
    found = [name for name in scorecard.aggregates if name.endswith(last)]
    metrics = [n.removesuffix(last) for n in found if not n.startswith(VALIDATION)]
    if not metrics:
        return None
    metrics.sort(key=lambda metric: metric != scorecard.metric.partition(".")[0])
    first, *others = map(find_title, metrics)
    chances = [CHANCE_HEADINGS[0]] if scorecard.bootstrap else []
    return LabelTable(
        titles=(first, *chances, *others),
        rows=tuple((label, _list_label(scorecard, metrics, label)) for label in labels),
    )


def _list_label(scorecard: Scorecard, metrics: Iterable[str], label: str) -> tuple[str, ...]:
    names = [f"{metric}.{label}" for metric in metrics]
    first, *others = (show(scorecard.aggregates[name]) for name in names)
    interval = show_interval(scorecard.intervals.get(names[0]))
    return (first, *([interval] if scorecard.bootstrap else []), *others)


def iter_metrics(scorecard: Scorecard) -> Iterator[MetricRow]:
    """Yield the rows of a scorecard's summary, the ranking metric first."""
    partial = scorecard.as_submitted
    names = order_aggregates(
        scorecard.metric, kind=scorecard.kind, found=list_overall(scorecard.aggregates)
    )
    for name in names:
        yield MetricRow(
            name=name,
            title=find_title(name),
            ranking=name == scorecard.metric,
            value=scorecard.aggregates[name],
            as_submitted=partial[name] if partial else None,
            note=_note(scorecard, name),
            interval=scorecard.intervals.get(name),
        )


def _note(scorecard: Scorecard, name: str) -> str:
    if name == "failure_rate":
        return f"share with a Jaccard below {scorecard.jaccard_threshold:g}"
    of_labels = [scorecard.aggregates.get(f"{name}.{label}") for label in scorecard.labels]
    lacking = sum(value is not None and math.isnan(value) for value in of_labels)
    if lacking:
        return f"undefined for {lacking} of {count(len(of_labels), 'label')}, left out"
    if scorecard.kind == "table":
        return _note_table(scorecard, name)
    touched = [case for case in scorecard.cases if name in case.undefined]
    n = scorecard.undefined.get(name, 0)
    if not n or not touched:
        return ""
    return f"{n} of {scorecard.n_cases} undefined, {_say_treatment(touched[0].values[name])}"


def _note_table(scorecard: Scorecard, name: str) -> str:
    """Say what the number does not show by itself."""
    labels = len(scorecard.labels)
    if name == "balanced_accuracy" and labels == 1:
        return "of one class it is always 1 and says nothing"
    if filled := scorecard.undefined.get(name, 0):
        value = float(read_signature(scorecard.signature)["undefined"])
        return f"0/0 in {filled} of {count(labels, 'label')}, {_say_treatment(value)}"
    return "mean over labels, each a yes or no" if name in COUNTED and labels > 1 else ""


def _say_treatment(value: float) -> str:
    return "left out" if math.isnan(value) else f"counted as {value:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstRow:
    """One of the worst images, as a summary shows it."""

    image: str
    status: str
    values: Mapping[str, float]


def iter_worst(scorecard: Scorecard) -> Iterator[WorstRow]:
    """Yield the worst images, the worst first."""
    for case in scorecard.worst(N_WORST):
        values = {name: case.values[name] for name in WORST_COLUMNS}
        yield WorstRow(image=case.image, status=case.status, values=values)


def iter_landmarks(scorecard: Scorecard) -> Iterator[tuple[str, Case]]:
    """Yield the median and the worst image, each with its name; none where none is defined."""
    for name, case in (("median", scorecard.median_case), ("worst", scorecard.worst_case)):
        if case:
            yield name, case


def say_status(standing: Standing) -> str:
    """Write the status of a standing: ``ranked``, ``invalid: 3 errors`` or ``undefined``."""
    if standing.status == "invalid":
        return f"invalid: {count(standing.n_errors, 'error')}"
    return standing.status


def iter_standings(board: Leaderboard) -> Iterator[dict[str, object]]:
    """Yield one row a standing; its keys, in order, are the columns of the table.

    What is not known or not defined is None.
    """
    for standing in board.standings:
        yield {
            "rank": standing.rank,
            "team": standing.team,
            "approach": standing.approach,
            "submission": standing.submission,
            **{name: standing.aggregates.get(name) for name in list_aggregates(board)},
            **dict(zip(CHANCES, _list_chances(standing, board.metric), strict=True)),
            **{method: standing.ranks.get(method) for method in list_methods(board)},
            "n_cases": standing.n_cases,
            "n_missing": standing.n_missing,
            "warnings": standing.n_warnings,
            "status": say_status(standing),
            "submitted_at": standing.submitted_at,
            **{_own(name, board): standing.columns.get(name, "") for name in board.columns},
            "signature": standing.signature,
        }


def list_methods(board: Leaderboard) -> tuple[str, ...]:
    """List the other ranking methods of a board, as its columns name them.

    Where the score is a mean over cases they are of the values of cases; else each is of another
    aggregate that is not of one label alone: ``auc_then_rank``. The tests are always among them.
    """
    if board.kind == "mask":
        return (*OF_CASES, *OF_TESTS)
    others = (n for n in list_aggregates(board) if "." not in n and n != board.metric)
    return (*(f"{name}{THEN_RANK}" for name in others), *OF_TESTS)


def _list_chances(standing: Standing, metric: str) -> tuple[object, ...]:
    interval = standing.intervals.get(metric)
    return (
        interval.low if interval else None,
        interval.high if interval else None,
        standing.rank_low,
        standing.rank_high,
        standing.p_first,
        "; ".join(standing.tied_with),
    )


def list_columns(board: Leaderboard) -> tuple[str, ...]:
    """List the columns of a leaderboard's table, in order."""
    fixed = (*BEFORE, *list_aggregates(board), *CHANCES, *list_methods(board), *AFTER)
    own = (_own(name, board) for name in board.columns)
    return (*fixed, *own, "signature")


def _own(name: str, board: Leaderboard) -> str:
    """Name an organiser's column; one that is called like ours is told apart."""
    taken = {
        *(*BEFORE, *AGGREGATES, *list_aggregates(board), *CHANCES, *list_methods(board), *AFTER),
        "signature",
    }
    return f"{OWN_PREFIX}{name}" if name in taken else name


def list_chances(
    standing: Standing, metric: str, alike: Mapping[str, str]
) -> tuple[str, str, str, str]:
    """Write the cells below ``CHANCE_HEADINGS`` of one standing."""
    low, high = standing.rank_low, standing.rank_high
    ranks = "-" if low is None else f"{low}" if low == high else f"{low}-{high}"
    interval = show_interval(standing.intervals.get(metric))
    return interval, ranks, show_share(standing.p_first), alike.get(standing.submission, "-")


def find_letters(board: Leaderboard) -> dict[str, str]:
    """Give each submission the letters of its groups, a for the best (a compact letter display).

    Submissions that share a letter cannot be told apart.
    """
    groups = board.significance.groups if board.significance else ()
    letters: dict[str, str] = {}
    for place, group in enumerate(groups):
        for submission in group:
            letters[submission] = letters.get(submission, "") + _name_group(place)
    return letters


def find_alike(board: Leaderboard) -> dict[str, str]:
    """Give each submission its letters, or, where these are too many to read, a number.

    The number says from how many others a submission cannot be told apart.
    """
    letters = find_letters(board)
    if _are_readable(letters):
        return letters
    return {s.submission: str(len(s.tied_with)) for s in board.standings if s.rank is not None}


def _are_readable(letters: Mapping[str, str]) -> bool:
    return all(len(found) <= MOST_LETTERS for found in letters.values())


def _name_group(place: int) -> str:
    """Name groups a to z, then A to Z, then by number."""
    return ascii_letters[place] if place < len(ascii_letters) else f"({place + 1})"


def say_statistics(board: Leaderboard) -> Iterator[str]:
    """Yield sentences that say how the columns of chance were made, or why there are none."""
    if board.note:
        yield board.note
    if board.bootstrap is None or board.significance is None:
        return
    yield f"Intervals: {say_bootstrap(board.bootstrap)}; all submissions meet the same draws."
    yield (
        "Ranks: where a submission stands in 95 % of the draws; "
        "P(first): how often it is first, alone or tied."
    )
    if all(s.rank_low is None for s in board.standings):
        yield "The score is undefined in most draws, so that none of these is known."
    if board.tau is not None:
        tau = f"Kendall's tau between this ranking and that of a draw: {board.tau:.2f}"
        yield f"{tau} on average (1: always the same order)."
    tests = board.significance
    alike = "Alike: from how many others a submission cannot be told apart"
    if _are_readable(find_letters(board)):
        alike = "Alike: submissions that share a letter cannot be told apart"
    yield f"{alike} ({tests.test} tests, {tests.adjust.capitalize()}, {tests.alpha * 100:g} %)."
    if "bootstrap" in tests.test:
        yield from say_least(board.bootstrap)
