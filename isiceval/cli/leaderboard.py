"""The command that scores and ranks many submissions."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from isiceval.cli.options import (
    Checks,
    CsvFile,
    Draws,
    GroupsFile,
    HtmlFile,
    JsonFile,
    LatexFile,
    Lenient,
    MarkdownFile,
    Missing,
    OptionalTruth,
    Profile,
    Public,
    RankBy,
    Seed,
    TaskArgument,
    TaskFile,
    Workers,
    put_all,
    show_progress,
    sort_arguments,
)
from isiceval.cli.words import Argument, Option
from isiceval.errors import UsageError
from isiceval.model import DRAWS, SEED

if TYPE_CHECKING:
    from isiceval.model import Leaderboard


def leaderboard(
    task: TaskArgument,
    submissions: Annotated[
        list[str] | None,
        Argument(
            metavar="SUBMISSIONS...",
            help="Folders, zips, CSVs or scorecard JSONs, or one folder that holds them.",
        ),
    ] = None,
    *,
    truth: OptionalTruth = None,
    task_file: TaskFile = None,
    teams: Annotated[
        Path | None,
        Option(help="CSV: file, team, approach, uses_external_data, submitted_at, ..."),
    ] = None,
    per: Annotated[
        Literal["submission", "approach", "team"],
        Option(help="Latest submission per approach, best approach per team."),
    ] = "submission",
    ties: Annotated[
        Literal["share", "earlier"],
        Option(help="Equal scores share a rank, or the earlier one goes first."),
    ] = "share",
    csv: CsvFile = None,
    json: JsonFile = None,
    markdown: MarkdownFile = None,
    latex: LatexFile = None,
    html: HtmlFile = None,
    bootstrap: Draws = DRAWS,
    seed: Seed = SEED,
    groups: GroupsFile = None,
    missing: Missing = "refuse",
    profile: Profile = None,
    rank_by: RankBy = None,
    lenient: Lenient = False,
    checks: Checks = "fast",
    public: Public = False,
    workers: Workers = None,
) -> None:
    """Score and rank many submissions; an invalid one is listed last and never stops the board."""
    from isiceval import pipeline
    from isiceval.reports import csv as tables
    from isiceval.reports import json as documents
    from isiceval.reports import latex as latex_report
    from isiceval.reports import markdown as markdown_report
    from isiceval.reports.text import make_console, print_leaderboard

    name, paths = sort_arguments(task, submissions or [], task_file)
    if html is not None and public:
        raise UsageError("a page shows single images: leave --html or --public out")
    with show_progress("scoring") as progress:
        board = pipeline.rank(
            name,
            truth=truth,
            submissions=paths,
            teams=teams,
            per=per,
            ties=ties,
            profile=profile,
            rank_by=rank_by,
            missing=missing,
            lenient=lenient,
            checks=checks,
            public=public,
            workers=workers,
            progress=progress.images,
            drawing=progress.draws,
            bootstrap=bootstrap,
            seed=seed,
            groups=groups,
        )
    targets = (csv, json, markdown, latex, html)
    page: dict[str, Any] = {"task": name, "profile": profile, "rank_by": rank_by}
    writers = (
        tables.write_leaderboard,
        documents.write_leaderboard,
        markdown_report.write_leaderboard,
        latex_report.write_leaderboard,
        partial(_write_page, **page),
    )
    put_all(targets, [partial(write, board) for write in writers])
    print_leaderboard(make_console(stderr="-" in targets), board)


def _write_page(board: Leaderboard, **choices: Any) -> str:
    """Write the page of a leaderboard; what pages need is loaded only now."""
    from isiceval import pages

    return pages.write_leaderboard(board, **choices)
