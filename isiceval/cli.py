"""The command line: arguments in, text and an exit status out; no logic of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

# BLAS is not used here; its threads would only slow the start and make forking unsafe.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import typer

from isiceval import __version__
from isiceval.comparing import compare
from isiceval.errors import InvalidSubmission, IsicevalError, UsageError
from isiceval.options import (
    DRAWS,
    SEED,
    Checks,
    CsvFile,
    Draws,
    GroupsFile,
    HtmlFile,
    Images,
    JsonFile,
    LatexFile,
    Lenient,
    MarkdownFile,
    Metadata,
    Missing,
    Profile,
    Public,
    Seed,
    SubmissionArgument,
    TaskArgument,
    TaskFile,
    Truth,
    Workers,
    show_progress,
    sort_arguments,
)

if TYPE_CHECKING:
    from isiceval.model import Leaderboard
    from isiceval.scorecard import Scorecard

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
        _complain(str(error))
    return error.exit_status


def _complain(sentence: str) -> None:
    from isiceval.reports.safety import clean

    sys.stderr.write(f"isiceval: {clean(sentence)}\n")


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
    truth: Annotated[
        Path | None, typer.Option(help="Folder or .zip of ground-truth masks (names and sizes).")
    ] = None,
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
            progress=progress,
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
    truth: Annotated[
        Path | None, typer.Option(help="Folder or .zip of ground-truth masks.")
    ] = None,
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


@app.command(
    epilog="Examples: [b]isiceval score 2018/1 masks/ --truth truth/ --csv cases.csv[/b]; "
    "[b]isiceval score 2018/1 masks.zip --truth truth.zip --min threshold_jaccard=0.75[/b] in CI; "
    "[b]isiceval score masks/ --task my-task.toml --truth truth/[/b] for a data set of your own."
)
def score(
    task: TaskArgument,
    submission: SubmissionArgument = None,
    *,
    truth: Truth,
    task_file: TaskFile = None,
    csv: CsvFile = None,
    json: JsonFile = None,
    markdown: MarkdownFile = None,
    latex: LatexFile = None,
    html: HtmlFile = None,
    images: Images = None,
    metadata: Metadata = None,
    minimum: Annotated[
        list[str] | None,
        typer.Option("--min", metavar="METRIC=X", help="Exit 1 below this bar; repeatable."),
    ] = None,
    bootstrap: Draws = DRAWS,
    seed: Seed = SEED,
    groups: GroupsFile = None,
    missing: Missing = "refuse",
    profile: Profile = None,
    lenient: Lenient = False,
    checks: Checks = "fast",
    public: Public = False,
    public_cases: Annotated[
        bool, typer.Option("--public-cases", help="The same, with the scores of single images.")
    ] = False,
    workers: Workers = None,
) -> None:
    """Score a submission: a summary, and on request a CSV row per image and a JSON scorecard.

    Exit status: 0 fine, 1 invalid submission or below a bar, 2 usage, 3 the truth is at fault.
    """
    from isiceval import pipeline
    from isiceval.bars import find_misses, read_bars
    from isiceval.reports import documents, tables
    from isiceval.reports import latex as latex_report
    from isiceval.reports import markdown as markdown_report
    from isiceval.reports.files import put_text
    from isiceval.reports.terminal import make_console, print_scorecard

    bars = read_bars(minimum or [])
    if csv and public and not public_cases:
        raise UsageError("a CSV holds single images: add --public-cases, or leave --public out")
    _require_page(html, bootstrap=bootstrap, asked=bool(images or metadata), public=public)
    name, paths = sort_arguments(task, [submission], task_file)
    with show_progress("scoring") as progress:
        scorecard = pipeline.score(
            name,
            truth=truth,
            prediction=paths[0],
            profile=profile,
            missing=missing,
            lenient=lenient,
            checks=checks,
            bootstrap=bootstrap,
            seed=seed,
            groups=groups,
            public=public,
            public_cases=public_cases,
            workers=workers,
            progress=progress,
        )
    targets = (csv, json, markdown, latex, html)
    print_scorecard(make_console(stderr="-" in targets), scorecard)
    write_page = partial(
        _write_report,
        task=name,
        truth=truth,
        prediction=paths[0],
        images=images,
        metadata=metadata,
        profile=profile,
        lenient=lenient,
        bootstrap=bootstrap,
        seed=seed,
        groups=groups,
    )
    writers: tuple[Callable[[Scorecard], str], ...] = (
        tables.write_scorecard,
        documents.write_scorecard,
        markdown_report.write_scorecard,
        latex_report.write_scorecard,
        write_page,
    )
    for target, write in zip(targets, writers, strict=True):
        if target is not None:
            put_text(target, write(scorecard))
    misses = find_misses(scorecard.aggregates, bars)
    for miss in misses:
        _complain(f"below the bar: {miss}")
    if misses:
        raise typer.Exit(1)


@app.command(
    epilog="Examples: [b]isiceval leaderboard 2018/1 submissions/ --truth truth/ --csv "
    "board.csv[/b]; "
    "[b]isiceval leaderboard 2018/1 a.zip b.zip --truth truth.zip --teams teams.csv --per team"
    "[/b]; "
    "[b]isiceval leaderboard 2018/1 submissions/ --truth truth/ --groups patients.csv --latex "
    "board.tex[/b] for a paper."
)
def leaderboard(
    task: TaskArgument,
    submissions: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SUBMISSIONS...",
            help="Folders, zips or scorecard JSONs, or one folder that holds them.",
        ),
    ] = None,
    *,
    truth: Annotated[
        Path | None, typer.Option(help="Folder or .zip of ground-truth masks.")
    ] = None,
    task_file: TaskFile = None,
    teams: Annotated[
        Path | None,
        typer.Option(help="CSV: file, team, approach, uses_external_data, submitted_at, ..."),
    ] = None,
    per: Annotated[
        Literal["submission", "approach", "team"],
        typer.Option(help="Latest submission per approach, best approach per team."),
    ] = "submission",
    ties: Annotated[
        Literal["share", "earlier"],
        typer.Option(help="Equal scores share a rank, or the earlier one goes first."),
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
    lenient: Lenient = False,
    checks: Checks = "fast",
    public: Public = False,
    workers: Workers = None,
) -> None:
    """Score and rank many submissions; an invalid one is listed last and never stops the board."""
    from isiceval import pipeline
    from isiceval.reports import documents, tables
    from isiceval.reports import latex as latex_report
    from isiceval.reports import markdown as markdown_report
    from isiceval.reports.files import put_text
    from isiceval.reports.terminal import make_console, print_leaderboard

    _require_page(html, bootstrap=bootstrap, public=public)
    name, paths = sort_arguments(task, submissions or [], task_file)
    with show_progress("scoring") as progress:
        board = pipeline.rank(
            name,
            truth=truth,
            submissions=paths,
            teams=teams,
            per=per,
            ties=ties,
            profile=profile,
            missing=missing,
            lenient=lenient,
            checks=checks,
            bootstrap=bootstrap,
            seed=seed,
            groups=groups,
            public=public,
            workers=workers,
            progress=progress,
        )
    targets = (csv, json, markdown, latex, html)
    print_leaderboard(make_console(stderr="-" in targets), board)
    write_page = partial(
        _write_board,
        task=name,
        profile=profile,
        bootstrap=bootstrap,
        seed=seed,
        groups=groups,
    )
    writers: tuple[Callable[[Leaderboard], str], ...] = (
        tables.write_leaderboard,
        documents.write_leaderboard,
        markdown_report.write_leaderboard,
        latex_report.write_leaderboard,
        write_page,
    )
    for target, write in zip(targets, writers, strict=True):
        if target is not None:
            put_text(target, write(board))


app.command(
    epilog="Examples: [b]isiceval compare 2018/1 main.json branch/ --truth truth/ --markdown "
    "comment.md[/b] for a pull request; [b]isiceval compare 2018/1 old.csv new.csv "
    "--fail-if-worse[/b] in CI."
)(compare)


def _require_page(
    html: str | None, *, bootstrap: int, asked: bool = False, public: bool = False
) -> None:
    """Refuse options that would do nothing, and a page without the draws it shows."""
    if html is not None and public:
        raise UsageError("a page shows single images: leave --html or --public out")
    if html is None and asked:
        raise UsageError("--images and --metadata are for the page: give --html FILE too")
    if html is not None and bootstrap == 0:
        raise UsageError("--html shows intervals: give --bootstrap 1 or more")


def _write_report(scorecard: Scorecard, **choices: Any) -> str:
    """Write the page of a scorecard; what pages need is loaded only now."""
    from isiceval import pages

    return pages.write_scorecard(scorecard, **choices)


def _write_board(board: Leaderboard, **choices: Any) -> str:
    """Write the page of a leaderboard; what pages need is loaded only now."""
    from isiceval import pages

    return pages.write_leaderboard(board, **choices)
