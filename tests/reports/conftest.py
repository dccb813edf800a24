"""Scorecards, leaderboards and validations made by hand, and consoles to print them on."""

import io
from collections.abc import Sequence
from dataclasses import replace

import pytest
from rich.console import Console

from isiceval.blocks import Block
from isiceval.model import (
    Bootstrap,
    Comparison,
    Counts,
    Interval,
    Leaderboard,
    Problem,
    Significance,
    Size,
    Standing,
    Validation,
)
from isiceval.options import BootstrapOptions
from isiceval.pipeline import compare
from isiceval.reports.latex import render_latex
from isiceval.reports.markdown import render_markdown
from isiceval.reports.registry import describe
from isiceval.reports.text import print_blocks
from isiceval.scorecard import Scorecard
from isiceval.sources.sidecars import Groups
from isiceval.tasks.task import find_task
from tests import builders
from tests.builders import add_intervals, measure, miss

SIGNATURE = (
    "task:2018/1|profile:today|metric:threshold_jaccard|threshold:0.65|binarise:>128"
    "|undefined:1.0|missing:zero|lenient:no|n:4|truth:abababababababab|isiceval:0.1.0"
)
HOSTILE = "evil\x1b[31m\u202egnp.[red]<b>|`x`|</b>\u200b"
SIZE = Size(10, 10)


def make_problem(code: str, where: str, *, severity: str = "error", **words: str) -> Problem:
    return Problem(
        code=code,
        severity="error" if severity == "error" else "warning",
        where=where,
        detail=words.get("detail", "something is wrong"),
        fix=words.get("fix", "make it right"),
    )


def make_scorecard(
    *, missing: int = 0, task: str = "2018/1", profile: str | None = None, **fields
) -> Scorecard:
    chosen = find_task(task, profile=profile)
    counts = (
        Counts(tp=30, fp=10, fn=0, tn=60),
        Counts(tp=10, fp=10, fn=0, tn=80),
        Counts(tp=0, fp=0, fn=0, tn=100),
        Counts(tp=9, fp=0, fn=1, tn=90),
    )
    cases = [measure(chosen, f"ISIC_{n:07d}", c, SIZE) for n, c in enumerate(counts)]
    cases += [miss(f"ISIC_{n:07d}", SIZE) for n in range(4, 4 + missing)]
    usual = {"submission": "model.zip", "signature": SIGNATURE, "truth_digest": "ab" * 32}
    return builders.make_scorecard(chosen, cases, **usual | fields)


def make_standing(rank: int | None, submission: str, **fields) -> Standing:
    if rank is None:
        return Standing(rank=None, submission=submission, **{"status": "invalid"} | fields)
    card = make_scorecard(missing=fields.pop("missing", 0))
    usual = {
        "aggregates": card.aggregates,
        "n_cases": card.n_cases,
        "n_missing": card.n_missing,
        "signature": SIGNATURE,
    }
    return Standing(rank=rank, submission=submission, **usual | fields)


def make_board(*standings: Standing, **fields) -> Leaderboard:
    usual = {"task": "2018/1", "profile": "today", "metric": "threshold_jaccard"}
    return Leaderboard(standings=standings, **usual | fields)


def make_chancy_scorecard(*, strata: bool = False, **fields) -> Scorecard:
    """Make a scorecard with intervals, of redrawn images or of groups in strata."""
    card = make_scorecard(**fields)
    first, second = ([case.image for case in card.cases[part::2]] for part in (0, 1))
    groups = Groups(
        where="groups.csv",
        group_of={**dict.fromkeys(first, "p"), **dict.fromkeys(second, "q")},
        strata={**dict.fromkeys(first, "x"), **dict.fromkeys(second, "y")},
    )
    options = BootstrapOptions(draws=50, groups=groups if strata else None)
    return add_intervals(card, options, task=find_task("2018/1"))


def make_chancy_board(groups=(("best_net", "middle"), ("middle", "last"))) -> Leaderboard:
    """Make a board of three submissions with statistics, and one that is invalid."""

    def stand(rank, submission, score, low, high, **fields):
        standing = make_standing(rank, submission, **fields)
        values = {**standing.aggregates, "threshold_jaccard": score}
        ends = {"threshold_jaccard": Interval(low, high)}
        return replace(standing, aggregates=values, intervals=ends)

    ranks = {"mean_then_rank": 1, "rank_then_mean": 2}
    sure = ("rank_low_sure", "rank_high_sure")
    best = {
        **dict(zip(sure, (1, 2), strict=True)),
        "rank_low": 1,
        "rank_high": 2,
        "p_first": 0.75,
        "tied_with": ("middle",),
    }
    middle = {
        **dict(zip(sure, (1, 3), strict=True)),
        "rank_low": 1,
        "rank_high": 2,
        "p_first": 0.25,
        "tied_with": ("best_net", "last"),
    }
    last = {
        **dict(zip(sure, (2, 3), strict=True)),
        "rank_low": 3,
        "rank_high": 3,
        "p_first": 0.0,
        "tied_with": ("middle",),
    }
    return make_board(
        stand(1, "best_net", 0.9, 0.8, 1.0, ranks=ranks, **best),
        stand(2, "middle", 0.5, 0.3, 0.7, **middle),
        stand(3, "last", 0.4, 0.2, 0.6, **last),
        make_standing(None, "broken", problems=(make_problem("empty-file", "x"),)),
        bootstrap=Bootstrap(draws=50, seed=12345, n_units=4),
        tau=0.9,
        significance=Significance(
            submissions=("best_net", "middle", "last"),
            p_values=((None, 0.2, 0.01), (1.0, None, 0.3), (1.0, 1.0, None)),
            groups=groups,
        ),
    )


def make_comparison(*, task: str = "2018/1", names=("a.zip", "b.zip"), **fields) -> Comparison:
    first = make_scorecard(task=task)
    cases = [replace(case, values={**case.values}) for case in first.cases]
    for case in cases[:2]:
        case.values.update(jaccard=0.7, threshold_jaccard=0.7, dice=0.8)
    kept = {"signature": first.signature, "truth_digest": first.truth_digest}
    second = builders.make_scorecard(find_task(first.task), cases, first.submission, **kept)
    one, other = (replace(c, submission=n) for c, n in zip((first, second), names, strict=True))
    comparison = compare(find_task(task), first=one, second=other, bootstrap=100)
    # Four images have no interval.
    ends = {"low": -0.2, "high": 0.3, "p_value": 0.5}
    shown = {n: replace(found, **ends) for n, found in comparison.differences.items()}
    return replace(comparison, **{"differences": shown, **fields})


def make_validation(problems: Sequence[Problem] = (), **fields) -> Validation:
    usual = {
        "task": "2018/1",
        "submission": "masks.zip",
        "form": "zip",
        "n_expected": 12,
        "n_matched": 10,
        "n_ignored": 1,
    }
    return Validation(problems=tuple(problems), **usual | fields)


def list_blocks(value: object) -> list[Block]:
    """List the blocks of a result, or take blocks as they are."""
    is_result = isinstance(value, Scorecard | Leaderboard | Comparison | Validation)
    return list(describe(value) if is_result else value)


def print_plain(value: object, *, width: int = 80) -> str:
    """Print a result or blocks as into a pipe."""
    stream = io.StringIO()
    console = Console(file=stream, width=width, markup=False, emoji=False, highlight=False)
    print_blocks(console, list_blocks(value))
    return stream.getvalue()


def print_terminal(value: object, *, width: int = 80, colours: bool = False) -> str:
    """Print a result or blocks as on a terminal, with colours or without."""
    stream = io.StringIO()
    console = Console(
        file=stream,
        width=width,
        force_terminal=True,
        color_system="standard" if colours else None,
        markup=False,
        emoji=False,
        highlight=False,
    )
    print_blocks(console, list_blocks(value))
    return stream.getvalue()


def write_markdown(result: object) -> str:
    """Write a result or blocks as Markdown."""
    return render_markdown(list_blocks(result))


def write_latex(result: object) -> str:
    """Write a result or blocks as LaTeX."""
    return render_latex(list_blocks(result))


@pytest.fixture(scope="session")
def make():
    """Give the makers and printers above to a test, as attributes."""

    class Make:
        problem = staticmethod(make_problem)
        scorecard = staticmethod(make_scorecard)
        standing = staticmethod(make_standing)
        board = leaderboard = staticmethod(make_board)
        chancy_scorecard = staticmethod(make_chancy_scorecard)
        chancy_board = staticmethod(make_chancy_board)
        comparison = staticmethod(make_comparison)
        validation = staticmethod(make_validation)
        plain = staticmethod(print_plain)
        terminal = staticmethod(print_terminal)
        markdown = staticmethod(write_markdown)
        latex = staticmethod(write_latex)
        hostile = HOSTILE
        signature = SIGNATURE

    return Make
