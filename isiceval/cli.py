"""The command line: arguments in, text and an exit status out; no logic of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

# BLAS is not used here; its threads would only slow the start and make forking unsafe.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import typer

from isiceval import __version__
from isiceval.commands.compare import compare
from isiceval.commands.leaderboard import leaderboard
from isiceval.commands.options import (
    Checks,
    Lenient,
    OptionalTruth,
    Profile,
    SubmissionArgument,
    TaskArgument,
    TaskFile,
    Workers,
    complain,
    show_progress,
    sort_arguments,
)
from isiceval.commands.score import score
from isiceval.errors import InvalidSubmission, IsicevalError

app = typer.Typer(
    name="isiceval",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0: fine; 1: the submission is invalid or below the asked bar; 2: usage; 3: the truth, a
    task file or another thing of the organiser's is at fault.
    """
    try:
        app(list(argv) if argv is not None else None, prog_name="isiceval")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(bool(stop.code))
    except IsicevalError as error:
        return _report(error)
    return 0


def _report(error: IsicevalError) -> int:
    from isiceval.reports.terminal import make_console, print_validation

    if isinstance(error, InvalidSubmission):
        print_validation(make_console(), error.validation)
    else:
        complain(str(error))
    return error.exit_status


def _print_version(*, asked: bool) -> None:
    if asked:
        typer.echo(f"isiceval {__version__}")
        raise typer.Exit


@app.callback()
def isiceval(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the version and exit.",
            is_eager=True,
            callback=lambda value: _print_version(asked=value),
        ),
    ] = False,
) -> None:
    """Validate, score and rank ISIC skin-lesion submissions as the official scorers did."""


@app.command(
    epilog="Examples: [b]isiceval tasks[/b] lists them; [b]isiceval tasks 2018/1[/b] tells all "
    "about one; [b]isiceval tasks my-task.toml[/b] checks a task file."
)
def tasks(
    task: Annotated[
        str | None, typer.Argument(metavar="[TASK]", help="Tell all about this task.")
    ] = None,
    *,
    profile: Profile = None,
) -> None:
    """List the tasks, or tell everything about one."""
    from isiceval.pipeline import get_task, list_tasks
    from isiceval.reports.terminal import make_console, print_task, print_tasks

    if task is None:
        print_tasks(make_console(), list_tasks())
    else:
        print_task(make_console(), get_task(task, profile=profile))


@app.command(
    epilog="Examples: [b]isiceval explain[/b] lists all codes; "
    "[b]isiceval explain wrong-dimensions[/b] prints one rule."
)
def explain(
    code: Annotated[str | None, typer.Argument(metavar="[CODE]", help="Code of a problem.")] = None,
) -> None:
    """Explain a problem code: the rule, why it matters, how to mend it."""
    from isiceval.checks import rules
    from isiceval.reports.terminal import make_console, print_rule, print_rules

    if code is None:
        print_rules(make_console(), rules.list_rules())
    else:
        print_rule(make_console(), rules.explain(code))


@app.command(
    epilog="Examples: [b]isiceval validate 2018/1 masks/ --images ISIC2018_Test_Input/[/b] before "
    "uploading; [b]isiceval validate 2018/1 masks.zip --truth truth/ --json[/b] in a script."
)
def validate(
    task: TaskArgument,
    submission: SubmissionArgument = None,
    *,
    truth: OptionalTruth = None,
    images: Annotated[
        Path | None, typer.Option(help="Folder or .zip of the dermoscopic images instead.")
    ] = None,
    manifest: Annotated[
        Path | None, typer.Option(help="CSV from [b]isiceval manifest[/b] instead.")
    ] = None,
    task_file: TaskFile = None,
    profile: Profile = None,
    lenient: Lenient = False,
    checks: Checks = "all",
    headers_only: Annotated[
        bool, typer.Option("--headers-only", help="Names, formats and sizes only; no pixels.")
    ] = False,
    workers: Workers = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON in place of the table.")
    ] = False,
) -> None:
    """Check a submission against every rule and name each problem with its fix.

    Exit status: 0 valid, 1 invalid, 2 usage, 3 the truth itself is at fault.
    """
    from isiceval import pipeline
    from isiceval.reports import documents
    from isiceval.reports.terminal import make_console, print_validation

    name, paths = sort_arguments(task, [submission], task_file)
    with show_progress("checking") as progress:
        validation = pipeline.validate(
            name,
            truth=truth,
            prediction=paths[0],
            images=images,
            manifest=manifest,
            profile=profile,
            lenient=lenient,
            checks=checks,
            headers_only=headers_only,
            workers=workers,
            progress=progress.images,
        )
    if as_json:
        sys.stdout.write(documents.write_validation(validation))
    else:
        print_validation(make_console(), validation)
    if not validation.valid:
        raise typer.Exit(1)


@app.command(
    epilog="Example: [b]isiceval manifest 2018/1 --images ISIC2018_Test_Input/ -o sizes.csv[/b]"
)
def manifest(
    task: TaskArgument,
    *,
    truth: OptionalTruth = None,
    images: Annotated[
        Path | None, typer.Option(help="Folder or .zip of the dermoscopic images.")
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="CSV to write; - to print it.")
    ] = "-",
) -> None:
    """Write the ids and sizes of all images to a CSV that validate takes as --manifest."""
    from isiceval import pipeline
    from isiceval.reports.files import put_text

    put_text(output, pipeline.write_manifest(task, truth=truth, images=images))


app.command(
    epilog="Examples: [b]isiceval score 2018/1 masks/ --truth truth/ --csv cases.csv[/b]; "
    "[b]isiceval score 2018/1 masks.zip --truth truth.zip --min threshold_jaccard=0.75[/b] in CI; "
    "[b]isiceval score masks/ --task my-task.toml --truth truth/[/b] for a data set of your own; "
    "[b]isiceval score 2018/3 table.csv --truth truth.csv --groups patients.csv[/b] for intervals "
    "over patients."
)(score)

app.command(
    epilog="Examples: [b]isiceval leaderboard 2018/1 submissions/ --truth truth/ --csv "
    "board.csv[/b]; "
    "[b]isiceval leaderboard 2018/1 a.zip b.zip --truth truth.zip --teams teams.csv --per team"
    "[/b]; "
    "[b]isiceval leaderboard 2018/1 submissions/ --truth truth/ --groups patients.csv --latex "
    "board.tex[/b] for a paper; "
    "[b]isiceval leaderboard 2017/3 tables/ --truth truth.csv --rank-by auc.melanoma[/b]."
)(leaderboard)

app.command(
    epilog="Examples: [b]isiceval compare 2018/1 main.json branch/ --truth truth/ --markdown "
    "comment.md[/b] for a pull request; [b]isiceval compare 2018/1 old.csv new.csv "
    "--fail-if-worse[/b] in CI; [b]isiceval compare 2018/3 old.csv new.csv --truth truth.csv[/b] "
    "for tables, with DeLong's and McNemar's tests."
)(compare)
