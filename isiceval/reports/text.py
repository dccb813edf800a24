"""Results on a terminal or in a pipe: the words carry everything, colour only helps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from isiceval.model import Leaderboard, Problem, Standing, Validation
from isiceval.reports.cells import Text
from isiceval.reports.chances import make_chances
from isiceval.reports.escape import clean
from isiceval.reports.layout import (
    GAP,
    NAME_LIMIT,
    Column,
    Console,
    make_console,
    message,
    name,
    put,
    put_heading,
    put_hint,
    put_items,
    put_table,
    put_whole,
)
from isiceval.reports.numbers import count, join_some, say_bootstrap, show, show_interval
from isiceval.reports.reference import print_rule, print_rules, print_task, print_tasks
from isiceval.reports.rows import (
    CHANCE_HEADINGS,
    WORST_COLUMNS,
    MetricRow,
    ProblemGroup,
    collect_labels,
    count_codes,
    find_title,
    group_problems,
    iter_landmarks,
    iter_metrics,
    iter_worst,
    list_aggregates,
    list_overall,
    say_found,
    say_scored,
    say_statistics,
    say_status,
    say_verdict,
)
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
NAME_FIELDS = ("team", "approach", "submission")
ROOM_FOR_WHY = 32
LEAST_FOR_NAMES = 24
VALUE_WIDTHS = {"95 % interval": 16}


def print_validation(console: Console, validation: Validation) -> None:
    """Print the verdict, what was found, and every problem grouped by code."""
    put(console, say_verdict(validation.problems), "bold green" if validation.valid else "bold red")
    put(
        console,
        f"{_short(validation.submission)} ({validation.form}) for {_short(validation.task)}: "
        f"{say_found(validation)}",
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
            heading = f"{severity.capitalize()}s ({total})"
            put_heading(console, heading, f"bold {STYLES[severity]}")
            _put_groups(console, chosen, width)
    if groups:
        put_hint(console, "isiceval explain CODE prints the rule behind a code.")


def _put_groups(console: Console, groups: Sequence[ProblemGroup], width: int) -> None:
    columns = (
        Column("Code", least=width),
        Column("Count", "right", least=5),
        Column("What is wrong, where, and the fix"),
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
            Text(f"in {places}", "bold") if places else None,
            message(f"{'Fix' if group.same_fix else 'Fix, for example'}: {group.fix}"),
        )
        if line
    )


def print_scorecard(console: Console, scorecard: Scorecard) -> None:
    """Print every aggregate, the ranking metric first, the worst images and the signature."""
    ranking = f"{find_title(scorecard.metric)} {show(scorecard.score)}"
    put(console, f"{_short(scorecard.submission)} on {_short(scorecard.task)}: {ranking}", "bold")
    put(console, say_scored(scorecard))
    put(console)
    _put_metrics(console, scorecard)
    _put_labels(console, scorecard)
    _put_worst(console, scorecard)
    _put_conversions(console, scorecard.conversions)
    print_problems(console, scorecard.problems)
    put(console)
    put_whole(console, f"Signature: {scorecard.signature}")


def _put_metrics(console: Console, scorecard: Scorecard) -> None:
    partial = scorecard.as_submitted is not None
    chances = scorecard.bootstrap is not None
    rows = [_metric_cells(row, partial=partial, chances=chances) for row in iter_metrics(scorecard)]
    values = ["Complete" if partial else "Value", *(["95 % interval"] if chances else [])]
    values += ["As submitted"] if partial else []
    columns = (
        Column("Metric", least=max(row[0].cell_len for row in rows)),
        *(Column(v, "right", least=VALUE_WIDTHS.get(v, max(len(v), 6))) for v in values),
        Column("Note"),
    )
    put_table(console, columns, rows)
    put(console)
    if partial:
        put(
            console,
            f"Complete counts the {scorecard.n_missing} missing as failures, as submitted "
            f"covers only the {scorecard.n_cases - scorecard.n_missing} that were sent.",
        )
    if scorecard.bootstrap:
        put(console, f"Intervals: {say_bootstrap(scorecard.bootstrap)}.")
    for place, case in iter_landmarks(scorecard):
        value = show(case.values["jaccard"])
        put(console, f"{place.capitalize()} image: {_short(case.image)} (Jaccard {value})")


def _metric_cells(row: MetricRow, *, partial: bool, chances: bool) -> list[Text]:
    style = "bold" if row.ranking else ""
    values = [show(row.value), *([show_interval(row.interval)] if chances else [])]
    values += [show(row.as_submitted)] if partial else []
    title = f"{row.title} (ranking)" if row.ranking else row.title
    cells = [Text(title, style), *(Text(value, style) for value in values)]
    return [*cells, Text(row.note)]


def _put_labels(console: Console, scorecard: Scorecard) -> None:
    table = collect_labels(scorecard)
    if table is None:
        return
    put_heading(console, "By label")
    label = Column("Label", least=max(5, *(len(label) for label, _ in table.rows)))
    found = [
        _title_column(title, least=max(len(values[place]) for _, values in table.rows))
        for place, title in enumerate(table.titles)
    ]
    columns = [label, *_take_fitting(found, console.width + GAP - _measure([label]))]
    rows = ([Text(label), *map(Text, values)][: len(columns)] for label, values in table.rows)
    put_table(console, columns, rows)
    if len(columns) <= len(found):
        left_out = count(len(found) + 1 - len(columns), "more column")
        put(console, f"({left_out} in the JSON and the Markdown)")


def _put_worst(console: Console, scorecard: Scorecard) -> None:
    rows = list(iter_worst(scorecard))
    if not rows:
        return
    put_heading(console, f"Worst {count(len(rows), 'image')}")
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
    items = (f"{what} ({n})" for what, n in conversions.items())
    put_items(console, "Converted (lenient)", items)


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
    if ranked:
        put(console)
        _put_ranked(console, ranked, board)
    _put_unranked(console, [s for s in board.standings if s.rank is None], board)
    put_items(console, "How much is chance", say_statistics(board))
    put_items(console, "Passed over", board.notes)
    put(console)
    for line in _say_signatures(board.standings):
        put_whole(console, line)


def _say_selection(board: Leaderboard) -> str:
    shown = count(len(board.standings), "submission")
    earlier = board.ties == "earlier"
    ties = "of equal scores the earlier ranks first" if earlier else "equal scores share a rank"
    chosen = {
        "submission": "",
        "approach": ", the latest of each approach",
        "team": ", the best approach of each team by its latest submission",
    }[board.per]
    left_out = f" ({board.superseded} superseded)" if board.superseded else ""
    return f"{shown}{chosen}{left_out}; {ties}"


def _put_ranked(console: Console, standings: Sequence[Standing], board: Leaderboard) -> None:
    metric = board.metric
    known = SECONDARY if board.kind == "mask" else list_overall(list_aggregates(board))
    counts = [
        (title, field)
        for title, field in (("Missing", "n_missing"), ("Warnings", "n_warnings"))
        if any(getattr(standing, field) for standing in standings)
    ]
    tail = [Column(title, "right", least=len(title)) for title, _ in counts]
    chances = make_chances(board, standings)
    head = [Column("Rank", "right", least=4), _metric_column(metric, "bold")]
    fixed = [*head, *chances.columns, *tail]
    names = _choose_names(standings, console.width - _measure(fixed))
    spans = chances.choose_spans(console.width - _measure([*fixed, *names.columns]))
    fixed += [*names.columns, *spans.columns]
    others = _choose_others(metric, known, console.width - _measure(fixed))
    columns = [head[0], *names.columns, head[1], *spans.columns, *chances.columns]
    rows = (
        [
            Text(str(standing.rank)),
            *names.write(standing),
            Text(show(standing.aggregates.get(metric))),
            *map(Text, spans.write(standing)),
            *map(Text, chances.write(standing)),
            *(Text(show(standing.aggregates.get(other))) for other in others),
            *(Text(str(getattr(standing, field))) for _, field in counts),
        ]
        for standing in standings
    )
    put_table(console, [*columns, *map(_metric_column, others), *tail], rows)
    if not counts:
        put_hint(console, "No ranked submission lacks an image or has a warning.")


def _metric_column(metric: str, style: str = "") -> Column:
    """Make the column of a metric, one word of its title a line."""
    return _title_column(find_title(metric), style)


def _title_column(title: str, style: str = "", *, least: int = 6) -> Column:
    words = [title] if title == CHANCE_HEADINGS[0] else title.split()
    return Column("\n".join(words), "right", least=max(least, *map(len, words), 0), style=style)


def _take_fitting(columns: Sequence[Column], room: int) -> Iterator[Column]:
    """Yield the first columns, as many as there is room for, and at least one."""
    for place, column in enumerate(columns):
        room -= _measure([column])
        if room < 0 and place:
            return
        yield column


def _measure(columns: Iterable[Column]) -> int:
    return sum((column.least or 0) + GAP for column in columns)


def _choose_others(metric: str, known: Sequence[str], room: int) -> list[str]:
    """Choose as many of the other aggregates as there is room for."""
    chosen: list[str] = []
    for other in known:
        room -= _measure([_metric_column(other)]) if other != metric else 0
        if other != metric and room >= 0:
            chosen.append(other)
    return chosen


class _Names(NamedTuple):
    """How the names of standings are shown: in columns side by side, or in one, stacked."""

    columns: tuple[Column, ...]
    write: Callable[[Standing], Sequence[Text]]


def _choose_names(standings: Sequence[Standing], room: int) -> _Names:
    fields = [f for f in NAME_FIELDS if any(getattr(standing, f) for standing in standings)]

    def write(standing: Standing) -> list[Text]:
        return [name(getattr(standing, field)) for field in fields]

    def stack(standing: Standing) -> list[Text]:
        return [Text("\n").join(cell for cell in write(standing) if cell)]

    widths = [
        max(len(field), *(cells[place].cell_len for cells in map(write, standings)))
        for place, field in enumerate(fields)
    ]
    columns = tuple(
        Column(field.capitalize(), least=width) for field, width in zip(fields, widths, strict=True)
    )
    if _measure(columns) <= room:
        return _Names(columns, write)
    room = max(widths) if max(widths) + GAP <= room else max(LEAST_FOR_NAMES, room // 2)
    return _Names((Column("\n".join(fields).capitalize(), least=room, wraps=True),), stack)


def _put_unranked(console: Console, standings: Sequence[Standing], board: Leaderboard) -> None:
    if not standings:
        return
    put_heading(console, f"Not ranked ({len(standings)})")
    status = Column("Status", least=max(len(say_status(standing)) for standing in standings))
    names = _choose_names(standings, console.width - _measure([status]) - ROOM_FOR_WHY)
    rows = (
        [*names.write(standing), Text(say_status(standing)), _say_why(standing, board.metric)]
        for standing in standings
    )
    put_table(console, [*names.columns, status, Column("Why")], rows)
    if any(standing.status == "invalid" for standing in standings):
        put_hint(
            console,
            f"isiceval validate {_short(board.task)} SUBMISSION --truth TRUTH "
            "lists every problem of a submission.",
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
