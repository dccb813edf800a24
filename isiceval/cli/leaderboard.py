"""isiceval leaderboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rich_click as click

from isiceval.cli import options
from isiceval.errors import UsageError


@click.command(
    epilog=options.format_examples(
        "isiceval leaderboard 2018/1 submissions/ --truth truth/ --csv board.csv",
        "isiceval leaderboard 2018/1 a.zip b.zip --truth truth.zip --teams teams.csv",
        "isiceval leaderboard 2018/1 submissions/ --truth truth/ --latex board.tex",
        "isiceval leaderboard 2017/3 tables/ --truth truth.csv --rank-by auc.melanoma",
    )
)
@options.task_argument
@click.argument(
    "submissions",
    nargs=-1,
    type=click.Path(),
    help="Folders, zips, CSVs or scorecard JSONs, or one folder that holds them.",
)
@options.truth
@options.task_file
@click.option(
    "--teams",
    type=options.PATH,
    help="CSV: file, team, approach, uses_external_data, submitted_at, ...",
)
@click.option(
    "--per",
    type=click.Choice(["submission", "approach", "team"]),
    default="submission",
    show_default=True,
    help="Latest submission per approach, best approach per team.",
)
@click.option(
    "--ties",
    type=click.Choice(["share", "earlier"]),
    default="share",
    show_default=True,
    help="Equal scores share a rank, or the earlier one goes first.",
)
@options.outputs("leaderboard")
@options.bootstrap()
@options.scoring
@options.checks("fast")
@options.public
def leaderboard(
    task: str, submissions: tuple[str, ...], *, task_file: Path | None, **choices: Any
) -> None:
    """Score and rank many submissions; an invalid one is listed last and stops nothing.

    Exit status: 0 fine, also where submissions are invalid, 2 usage, 3 the truth is at fault.
    """
    from isiceval import pipeline
    from isiceval.reports.registry import ReportInputs, write_reports
    from isiceval.reports.text import make_console, print_report

    targets = options.take_outputs(choices)
    name, paths = options.split_arguments(task, submissions, task_file)
    if targets["html"] and choices["public"]:
        raise UsageError("a page shows single images: leave --html or --public out")
    chosen = pipeline.choose_task(name, choices.pop("profile"), choices.pop("rank_by"))
    with options.show_progress("scoring") as progress:
        board = pipeline.rank(
            chosen, submissions=paths, progress=progress.images, drawing=progress.draws, **choices
        )
    write_reports(board, targets, ReportInputs(task=chosen))
    print_report(make_console(stderr="-" in targets.values()), board)
