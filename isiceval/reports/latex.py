r"""LaTeX: tables for papers, to be read with ``\input``; they need the package booktabs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from isiceval.model import Bootstrap, Interval, Leaderboard, Standing
from isiceval.reports.escape import clean, escape_latex
from isiceval.reports.numbers import count, say_bootstrap, show, show_interval
from isiceval.reports.registry import ReportInputs, Result
from isiceval.reports.rows import (
    find_alike,
    find_title,
    iter_metrics,
    list_aggregates,
    list_chances,
    list_overall,
    say_statistics,
    say_status,
)
from isiceval.scorecard import Scorecard


def render(result: Result, inputs: ReportInputs) -> str:  # noqa: ARG001 - alike for all formats
    """Write the table of a scorecard or a leaderboard."""
    match result:
        case Scorecard():
            return write_scorecard(result)
        case Leaderboard():
            return write_leaderboard(result)
    raise TypeError(f"there is no LaTeX table of a {type(result).__name__}")


def write_scorecard(scorecard: Scorecard) -> str:
    """Write every aggregate with its interval."""
    rows = [
        [
            f"{escape_latex(row.title)}{' (ranking)' if row.ranking else ''}",
            show(row.value),
            _interval(row.interval),
        ]
        for row in iter_metrics(scorecard)
    ]
    headings = ["Metric", "Value", r"95\,\% interval"]
    if scorecard.bootstrap is None:
        headings, rows = headings[:2], [row[:2] for row in rows]
    told = f"{scorecard.submission} on {scorecard.task}, {count(scorecard.n_cases, 'image')}."
    notes = [told, *_say_intervals(scorecard.bootstrap), f"Signature: {scorecard.signature}"]
    return _write(f"l{'c' * (len(headings) - 1)}", headings, rows, notes)


def write_leaderboard(board: Leaderboard) -> str:
    """Write the ranked standings, with intervals and the letters of those that are alike.

    Submissions that share a letter, set as a superscript, cannot be told apart; on a board with
    too many letters it is a number, from how many others a submission cannot be told apart.
    """
    metric, *others = dict.fromkeys((board.metric, *list_overall(list_aggregates(board))))
    ranked = [standing for standing in board.standings if standing.rank is not None]
    names = [f for f in ("team", "approach") if any(getattr(s, f) for s in ranked)]
    keys = [tuple(getattr(s, name) for name in names) for s in ranked]
    if len(set(keys)) < len(keys) or any(not any(key) for key in keys):
        names.append("submission")
    chances = board.bootstrap is not None
    headings = [
        *("Rank", *(name.capitalize() for name in names), escape_latex(find_title(metric))),
        *([r"95\,\% interval", "Ranks", r"$P$(first)"] if chances else []),
        *(escape_latex(find_title(other)) for other in others),
    ]
    alike = find_alike(board)
    rows = []
    for standing in ranked:
        score = show(standing.aggregates.get(metric)) + _superscript(standing, alike)
        rows.append(
            [
                *(str(standing.rank), *(escape_latex(getattr(standing, n)) for n in names), score),
                *(_list_chances(standing, metric) if chances else []),
                *(show(standing.aggregates.get(other)) for other in others),
            ]
        )
    absent = [f"{s.submission}: {say_status(s)}" for s in board.standings if s.rank is None]
    told = f"Leaderboard of {board.task} (profile {board.profile})."
    signatures = dict.fromkeys(s.signature for s in ranked if s.signature)
    notes = [told, *say_statistics(board), *absent, *(f"Signature: {s}" for s in signatures)]
    sides = f"r{'l' * len(names)}{'c' * (len(headings) - len(names) - 1)}"
    return _write(sides, headings, rows, notes)


def _say_intervals(bootstrap: Bootstrap | None) -> list[str]:
    return [f"Intervals: {say_bootstrap(bootstrap)}."] if bootstrap else []


def _superscript(standing: Standing, alike: dict[str, str]) -> str:
    found = alike.get(standing.submission)
    return rf"\textsuperscript{{{found}}}" if found else ""


def _list_chances(standing: Standing, metric: str) -> list[str]:
    _, ranks, first, _ = list_chances(standing, metric, {})
    return [_interval(standing.intervals.get(metric)), ranks.replace("-", "--"), first]


def _interval(interval: Interval | None) -> str:
    """Write an interval in braces, since a bracket after a line's end would be its option."""
    return f"{{{show_interval(interval)}}}" if interval else "--"


def _write(
    sides: str, headings: Sequence[str], rows: Iterable[Sequence[str]], notes: Iterable[str]
) -> str:
    """Write a table; notes go into comments above it."""
    lines = [
        *(f"% {clean(note)}" for note in notes),
        "% needs \\usepackage{booktabs}",
        rf"\begin{{tabular}}{{{sides}}}",
        r"\toprule",
        f"{' & '.join(headings)} \\\\",
        r"\midrule",
        *(f"{' & '.join(row)} \\\\" for row in rows),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"
