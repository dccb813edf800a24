"""Markdown for summaries and pull requests: tables that hold whatever name they are given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from isiceval.model import Bootstrap, Leaderboard, Problem, Standing, Validation
from isiceval.reports import comparison
from isiceval.reports.escape import escape_markdown, quote_code
from isiceval.reports.numbers import count, join_some, say_bootstrap, show, show_interval
from isiceval.reports.registry import ReportInputs, Result
from isiceval.reports.rows import (
    CHANCE_HEADINGS,
    WORST_COLUMNS,
    ProblemGroup,
    collect_labels,
    count_codes,
    find_alike,
    find_title,
    group_problems,
    iter_landmarks,
    iter_metrics,
    iter_worst,
    list_aggregates,
    list_chances,
    list_overall,
    say_found,
    say_scored,
    say_statistics,
    say_status,
    say_verdict,
)
from isiceval.scorecard import Scorecard

Block = Sequence[str]


def render(result: Result, inputs: ReportInputs) -> str:  # noqa: ARG001 - alike for all formats
    """Write a result of any kind."""
    match result:
        case Scorecard():
            return write_scorecard(result)
        case Leaderboard():
            return write_leaderboard(result)
        case Validation():
            return write_validation(result)
    return comparison.write_markdown(result)


def write_scorecard(scorecard: Scorecard) -> str:
    """Write every aggregate, the worst images, the warnings and the signature."""
    name, task = escape_markdown(scorecard.submission), escape_markdown(scorecard.task)
    return _join(
        [f"## {name} on {task}: {find_title(scorecard.metric)} {show(scorecard.score)}"],
        [f"{say_scored(scorecard)}."],
        _write_metrics(scorecard),
        _write_bootstrap(scorecard.bootstrap),
        _write_labels(scorecard),
        list(_write_landmarks(scorecard)),
        *_write_worst(scorecard),
        *_write_conversions(scorecard.conversions),
        *_write_problems(scorecard.problems),
        [f"Signature: {quote_code(scorecard.signature)}"],
    )


def write_leaderboard(board: Leaderboard) -> str:
    """Write the standings in order of rank, the invalid ones last with their problems."""
    task, profile = escape_markdown(board.task), escape_markdown(board.profile)
    shown = count(len(board.standings), "submission")
    signatures = dict.fromkeys(s.signature for s in board.standings if s.signature)
    return _join(
        [f"## Leaderboard of {task}"],
        [f"Profile {profile}, ranked on {find_title(board.metric)}, {shown}."],
        _write_standings(board),
        [f"- {sentence}" for sentence in say_statistics(board)],
        [f"- Passed over: {escape_markdown(note)}" for note in board.notes],
        [f"- Signature: {quote_code(signature)}" for signature in signatures],
    )


def write_validation(validation: Validation) -> str:
    """Write the verdict, what was found, and every problem grouped by code."""
    name, task = escape_markdown(validation.submission), escape_markdown(validation.task)
    return _join(
        [f"## {name} for {task}: {say_verdict(validation.problems)}"],
        [f"{say_found(validation)}."],
        *_write_conversions(validation.conversions),
        *_write_problems(validation.problems),
    )


def _join(*blocks: Block) -> str:
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _write_table(headings: Sequence[str], sides: str, rows: Iterable[Sequence[str]]) -> Block:
    """Write a table; ``sides`` has l or r for each column, cells are escaped already."""
    rule = ["---:" if side == "r" else "---" for side in sides]
    return [f"| {' | '.join(cells)} |" for cells in (headings, rule, *rows)]


def _write_metrics(scorecard: Scorecard) -> Block:
    partial = scorecard.as_submitted is not None
    chances = scorecard.bootstrap is not None
    values = ["Complete" if partial else "Value", *(["95 % interval"] if chances else [])]
    values += ["As submitted"] if partial else []
    rows = []
    for row in iter_metrics(scorecard):
        title = f"**{row.title}** (ranking)" if row.ranking else row.title
        shown = [show(row.value), *([show_interval(row.interval)] if chances else [])]
        shown += [show(row.as_submitted)] if partial else []
        rows.append([title, *(f"**{v}**" if row.ranking else v for v in shown), row.note])
    return _write_table(["Metric", *values, "Note"], f"l{'r' * len(values)}l", rows)


def _write_bootstrap(bootstrap: Bootstrap | None) -> Block:
    return [f"Intervals: {say_bootstrap(bootstrap)}."] if bootstrap else []


def _write_labels(scorecard: Scorecard) -> Block:
    table = collect_labels(scorecard)
    if table is None:
        return []
    rows = [[escape_markdown(label), *values] for label, values in table.rows]
    return _write_table(["Label", *table.titles], f"l{'r' * len(table.titles)}", rows)


def _write_landmarks(scorecard: Scorecard) -> Iterator[str]:
    for place, case in iter_landmarks(scorecard):
        value = show(case.values["jaccard"])
        yield f"- {place.capitalize()} image: {escape_markdown(case.image)} (Jaccard {value})"


def _write_worst(scorecard: Scorecard) -> Iterator[Block]:
    rows = [
        [escape_markdown(row.image), *map(show, row.values.values()), row.status]
        for row in iter_worst(scorecard)
    ]
    if rows:
        yield [f"### Worst {count(len(rows), 'image')}"]
        headings = ["Image", *map(find_title, WORST_COLUMNS), "Status"]
        yield _write_table(headings, f"l{'r' * len(WORST_COLUMNS)}l", rows)


def _write_conversions(conversions: Mapping[str, int]) -> Iterator[Block]:
    if conversions:
        yield ["### Converted (lenient)"]
        yield [f"- {escape_markdown(what)} ({n})" for what, n in conversions.items()]


def _write_problems(problems: Iterable[Problem]) -> Iterator[Block]:
    groups = group_problems(problems)
    for severity in ("error", "warning"):
        chosen = [group for group in groups if group.severity == severity]
        if chosen:
            yield [f"### {severity.capitalize()}s ({sum(group.n for group in chosen)})"]
            headings = ("Code", "Count", "What is wrong", "Where", "Fix")
            yield _write_table(headings, "lrlll", map(_write_group, chosen))


def _write_group(group: ProblemGroup) -> list[str]:
    example = "for example: "
    return [
        escape_markdown(group.code),
        str(group.n),
        f"{'' if group.same_message else example}{escape_markdown(group.message)}",
        join_some([place for place in group.places if place], escape_markdown),
        f"{'' if group.same_fix else example}{escape_markdown(group.fix)}",
    ]


def _write_standings(board: Leaderboard) -> Block:
    names = [f for f in ("team", "approach") if any(getattr(s, f) for s in board.standings)]
    metric, *others = dict.fromkeys((board.metric, *list_overall(list_aggregates(board))))
    alike, chances = find_alike(board), CHANCE_HEADINGS if board.bootstrap else ()
    headings = [
        *("Rank", *(name.capitalize() for name in names), "Submission", find_title(metric)),
        *chances,
        *map(find_title, others),
        *("Missing", "Warnings", "Status"),
    ]
    sides = f"r{'l' * len(names)}lr{'r' * (len(chances) + len(others))}rrl"
    rows = (
        [
            _whole(standing.rank),
            *(escape_markdown(getattr(standing, name)) for name in (*names, "submission")),
            show(standing.aggregates.get(metric)),
            *(list_chances(standing, metric, alike) if chances else ()),
            *(show(standing.aggregates.get(other)) for other in others),
            *(_whole(standing.n_missing), str(standing.n_warnings), _write_status(standing)),
        ]
        for standing in board.standings
    )
    return _write_table(headings, sides, rows)


def _whole(number: int | None) -> str:
    return "-" if number is None else str(number)


def _write_status(standing: Standing) -> str:
    errors = count_codes(problem for problem in standing.problems if problem.severity == "error")
    codes = ", ".join(f"{escape_markdown(code)} ({n})" for code, n in errors.items())
    return f"{say_status(standing)}: {codes}" if codes else say_status(standing)
