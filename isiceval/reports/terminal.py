"""Results on a terminal or in a pipe: the words carry everything, colour only helps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import Console
from rich.text import Text

from isiceval.model import Leaderboard, Problem, Standing, Validation
from isiceval.reports.layout import (
    NAME_LIMIT,
    Column,
    make_console,
    message,
    name,
    put,
    put_table,
    put_whole,
)
from isiceval.reports.reference import print_rule, print_rules, print_task, print_tasks
from isiceval.reports.rows import (
    WORST_COLUMNS,
    MetricRow,
    ProblemGroup,
    count_codes,
    find_title,
    group_problems,
    iter_landmarks,
    iter_metrics,
    iter_worst,
    order_aggregates,
    say_status,
    say_verdict,
)
from isiceval.reports.safety import clean
from isiceval.reports.wording import count, join_some, show
from isiceval.scorecard import Scorecard

__all__ = [
    "make_console",
    "print_leaderboard",
    "print_problems",
    "print_rule",
    "print_rules",
    "print_scorecard",
    "print_task",
    "print_tasks",
    "print_validation",
]

STYLES = {"error": "red", "warning": "yellow"}
SECONDARY = ("jaccard", "dice", "failure_rate", "sensitivity", "specificity")
ROOM = {80: 2, 100: 3, 120: 5}


def print_validation(console: Console, validation: Validation) -> None:
    """Print the verdict, what was found, and every problem grouped by code."""
    put(console, say_verdict(validation.problems), "bold green" if validation.valid else "bold red")
    put(
        console,
        f"{_short(validation.submission)} ({validation.form}) for {_short(validation.task)}: "
        f"{count(validation.n_expected, 'image')} expected, {validation.n_matched} found, "
        f"{count(validation.n_ignored, 'file')} ignored",
    )
    _put_conversions(console, validation.conversions)
    print_problems(console, validation.problems)


def print_problems(console: Console, problems: Iterable[Problem]) -> None:
    """Print problems grouped by code, errors first, and how to learn more."""
    groups = group_problems(problems)
    width = max((len(group.code) for group in groups), default=0)
    for severity in ("error", "warning"):
        chosen = [group for group in groups if group.severity == severity]
        if chosen:
            total = sum(group.n for group in chosen)
            put(console)
            put(console, f"{severity.capitalize()}s ({total})", f"bold {STYLES[severity]}")
            _put_groups(console, chosen, width)
    if groups:
        put(console, "isiceval explain CODE prints the rule behind a code.", "dim")


def _put_groups(console: Console, groups: Sequence[ProblemGroup], width: int) -> None:
    columns = (
        Column("Code", least=width),
        Column("Count", "right", least=5),
        Column("What, where and what to do"),
    )
    rows = ((Text(clean(g.code)), Text(str(g.n)), _describe(g)) for g in groups)
    put_table(console, columns, rows, spaced=True)


def _describe(group: ProblemGroup) -> Text:
    """Write what is wrong, where, and the fix, each from a line of its own."""
    places = join_some([place for place in group.places if place], _short)
    return Text("\n").join(
        line
        for line in (
            message(group.message if group.same_message else f"for example: {group.message}"),
            Text(f"in {places}", style="bold") if places else None,
            message(f"{'Fix' if group.same_fix else 'Fix, for example'}: {group.fix}"),
        )
        if line
    )


def print_scorecard(console: Console, scorecard: Scorecard) -> None:
    """Print every aggregate, the ranking metric first, the worst images and the signature."""
    ranking = f"{find_title(scorecard.metric)} {show(scorecard.score)}"
    put(console, f"{_short(scorecard.submission)} on {_short(scorecard.task)}: {ranking}", "bold")
    put(
        console,
        f"{count(scorecard.n_cases, 'image')}, {scorecard.n_missing} missing, "
        f"{count(scorecard.n_ignored, 'file')} ignored",
    )
    put(console)
    _put_metrics(console, scorecard)
    _put_worst(console, scorecard)
    _put_conversions(console, scorecard.conversions)
    print_problems(console, scorecard.problems)
    put(console)
    put_whole(console, f"Signature: {scorecard.signature}")


def _put_metrics(console: Console, scorecard: Scorecard) -> None:
    partial = scorecard.as_submitted is not None
    values = ("Complete", "As submitted") if partial else ("Value",)
    headings = [Column("Metric"), *(Column(value, "right", least=8) for value in values)]
    rows = [_metric_cells(row, partial=partial) for row in iter_metrics(scorecard)]
    put_table(console, [*headings, Column("Note")], rows)
    if partial:
        put(
            console,
            f"Complete counts the {scorecard.n_missing} missing as failures, as submitted "
            f"covers only the {scorecard.n_cases - scorecard.n_missing} that were sent.",
        )
    for place, case in iter_landmarks(scorecard):
        value = show(case.values["jaccard"])
        put(console, f"{place.capitalize()} image: {_short(case.image)} (Jaccard {value})")


def _metric_cells(row: MetricRow, *, partial: bool) -> list[Text]:
    style = "bold" if row.ranking else ""
    values = [row.value, row.as_submitted] if partial else [row.value]
    title = f"{row.title} (ranking)" if row.ranking else row.title
    cells = [Text(title, style), *(Text(show(value), style) for value in values)]
    return [*cells, Text(row.note)]


def _put_worst(console: Console, scorecard: Scorecard) -> None:
    rows = list(iter_worst(scorecard))
    if not rows:
        return
    put(console)
    put(console, f"Worst {count(len(rows), 'image')}", "bold")
    numbers = (Column(find_title(column), "right", least=7) for column in WORST_COLUMNS)
    columns = [Column("Image"), *numbers, Column("Status", least=7)]
    put_table(
        console,
        columns,
        (
            [name(row.image), *map(Text, map(show, row.values.values())), Text(row.status)]
            for row in rows
        ),
    )


def _put_conversions(console: Console, conversions: Mapping[str, int]) -> None:
    if conversions:
        done = ", ".join(f"{n} x {_short(what)}" for what, n in conversions.items())
        put(console, f"Converted (lenient): {done}")


def print_leaderboard(console: Console, board: Leaderboard) -> None:
    """Print the standings in order of rank, then those without a rank and why."""
    put(
        console,
        f"Leaderboard of {_short(board.task)} (profile {_short(board.profile)}), "
        f"ranked on {find_title(board.metric)}",
        "bold",
    )
    put(console, _say_selection(board))
    ranked = [standing for standing in board.standings if standing.rank is not None]
    put(console)
    if ranked:
        _put_ranked(console, ranked, board.metric)
    _put_unranked(console, [s for s in board.standings if s.rank is None], board)
    for line in _say_signatures(board.standings):
        put_whole(console, line)


def _say_selection(board: Leaderboard) -> str:
    shown = count(len(board.standings), "submission")
    ties = "the earlier first" if board.ties == "earlier" else "one rank"
    chosen = {
        "submission": "",
        "approach": ", the latest of each approach",
        "team": ", the best approach of each team by its latest submission",
    }[board.per]
    left_out = f" ({board.superseded} superseded)" if board.superseded else ""
    return f"{shown}{chosen}{left_out}; equal scores: {ties}"


def _put_ranked(console: Console, standings: Sequence[Standing], metric: str) -> None:
    metrics = [metric, *_choose_secondary(console.width, metric)]
    owners = _list_owners(standings)
    counts = [
        (title, column)
        for title, column in (("Missing", "n_missing"), ("Warnings", "n_warnings"))
        if any(getattr(standing, column) for standing in standings)
    ]
    columns = [
        Column("Rank", "right", least=4),
        *(Column(owner.capitalize()) for owner in owners),
        Column("Submission"),
        *(_metric_column(metric_name, metric) for metric_name in metrics),
        *(Column(title, "right", least=len(title)) for title, _ in counts),
    ]
    rows = (
        [
            Text(str(standing.rank)),
            *(name(getattr(standing, owner)) for owner in (*owners, "submission")),
            *(Text(show(standing.aggregates[metric_name])) for metric_name in metrics),
            *(Text(str(getattr(standing, column))) for _, column in counts),
        ]
        for standing in standings
    )
    put_table(console, columns, rows)
    if not counts:
        put(console, "No image is missing, and there is no warning.", "dim")


def _metric_column(metric_name: str, ranking: str) -> Column:
    style = "bold" if metric_name == ranking else ""
    return Column(find_title(metric_name), "right", style=style)


def _choose_secondary(width: int, metric: str) -> list[str]:
    n = max((n for least, n in ROOM.items() if width >= least), default=1)
    usual = [metric_name for metric_name in SECONDARY if metric_name != metric]
    return [metric_name for metric_name in usual if metric_name in order_aggregates(metric)][:n]


def _list_owners(standings: Iterable[Standing]) -> list[str]:
    listed = list(standings)
    return [who for who in ("team", "approach") if any(getattr(s, who) for s in listed)]


def _put_unranked(console: Console, standings: Sequence[Standing], board: Leaderboard) -> None:
    if not standings:
        return
    owners = _list_owners(standings)
    put(console)
    put(console, f"Not ranked ({len(standings)})", "bold")
    columns = [
        *(Column(owner.capitalize()) for owner in owners),
        Column("Submission"),
        Column("Status"),
        Column("Why"),
    ]
    rows = (
        [
            *(name(getattr(standing, owner)) for owner in (*owners, "submission")),
            Text(say_status(standing)),
            _say_why(standing, board.metric),
        ]
        for standing in standings
    )
    put_table(console, columns, rows)
    if any(standing.status == "invalid" for standing in standings):
        put(
            console,
            f"isiceval validate {_short(board.task)} SUBMISSION --truth TRUTH "
            "lists every problem of a submission.",
            "dim",
        )


def _say_why(standing: Standing, metric: str) -> Text:
    if standing.status == "undefined":
        return Text(f"{find_title(metric)} is defined in no image")
    errors = count_codes(problem for problem in standing.problems if problem.severity == "error")
    return message(", ".join(f"{code} ({n})" for code, n in errors.items()))


def _say_signatures(standings: Iterable[Standing]) -> Iterator[str]:
    signatures = [standing.signature for standing in standings if standing.signature]
    distinct = list(dict.fromkeys(signatures))
    for signature in distinct:
        n = count(signatures.count(signature), "submission")
        yield f"Signature{f' of {n}' if len(distinct) > 1 else ''}: {signature}"


def _short(text: str) -> str:
    return clean(text, limit=NAME_LIMIT)
