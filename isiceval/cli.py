"""The command line: arguments in, text and an exit status out; no logic of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

# BLAS is not used here; its threads would only slow the start and make forking unsafe.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import typer

from isiceval import __version__
from isiceval.errors import InvalidSubmission, IsicevalError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from isiceval.inputs.workers import Progress

app = typer.Typer(
    name="isiceval",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

TaskArgument = Annotated[
    str, typer.Argument(metavar="TASK", help="Task id such as 2018/1, or a task file (.toml).")
]
TaskFile = Annotated[
    Path | None,
    typer.Option(
        "--task", metavar="FILE", help="Task file of your own data set, in place of TASK."
    ),
]
SubmissionArgument = Annotated[
    str | None, typer.Argument(metavar="SUBMISSION", help="Folder or .zip of masks, or a .csv.")
]
Truth = Annotated[Path, typer.Option(help="Folder or .zip of ground-truth masks, or .csv.")]
OptionalTruth = Annotated[Path | None, typer.Option(help="Folder or .zip of masks, or .csv.")]
Profile = Annotated[
    str | None, typer.Option(help="Score as another code did; see [b]isiceval tasks TASK[/b].")
]
RankBy = Annotated[
    str | None, typer.Option("--rank-by", metavar="METRIC", help="Another ranking of the task.")
]
Lenient = Annotated[
    bool,
    typer.Option("--lenient", help="Also read JPEG, RGB, palette, 0/1 and 16-bit masks."),
]
Workers = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Processes to use; chosen by default.")
]
Missing = Annotated[
    Literal["refuse", "zero"],
    typer.Option(help="What to do with images not sent: refuse, or score them as failures."),
]
Checks = Annotated[
    Literal["all", "fast"], typer.Option(help="[b]all[/b] also counts regions and holes.")
]
CsvFile = Annotated[
    str | None, typer.Option("--csv", metavar="FILE", help="Write a CSV; - to print it.")
]
JsonFile = Annotated[
    str | None, typer.Option("--json", metavar="FILE", help="Write JSON; - to print it.")
]
MarkdownFile = Annotated[
    str | None, typer.Option("--markdown", metavar="FILE", help="Write Markdown; - to print it.")
]


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

    name, paths = _sort_arguments(task, [submission], task_file)
    with _show_progress("checking") as progress:
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

    _save(output, pipeline.write_manifest(task, truth=truth, images=images))


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
    minimum: Annotated[
        list[str] | None,
        typer.Option("--min", metavar="METRIC=X", help="Exit 1 below this bar; repeatable."),
    ] = None,
    missing: Missing = "refuse",
    profile: Profile = None,
    rank_by: RankBy = None,
    lenient: Lenient = False,
    checks: Checks = "fast",
    workers: Workers = None,
) -> None:
    """Score a submission: a summary, and on request a CSV row per image and a JSON scorecard.

    Exit status: 0 fine, 1 invalid submission or below a bar, 2 usage, 3 the truth is at fault.
    """
    from isiceval import pipeline
    from isiceval.bars import find_misses, read_bars
    from isiceval.reports import documents, tables
    from isiceval.reports import markdown as markdown_report
    from isiceval.reports.terminal import make_console, print_scorecard

    name, paths = _sort_arguments(task, [submission], task_file)
    bars = read_bars(minimum or [], task=pipeline.get_task(name, profile=profile))
    with _show_progress("scoring") as progress:
        scorecard = pipeline.score(
            name,
            truth=truth,
            prediction=paths[0],
            profile=profile,
            rank_by=rank_by,
            missing=missing,
            lenient=lenient,
            checks=checks,
            workers=workers,
            progress=progress,
        )
    targets = (csv, json, markdown)
    print_scorecard(make_console(stderr="-" in targets), scorecard)
    writers = (tables.write_scorecard, documents.write_scorecard, markdown_report.write_scorecard)
    _save_all(targets, [partial(write, scorecard) for write in writers])
    misses = find_misses(scorecard.aggregates, bars)
    for miss in misses:
        _complain(f"below the bar: {miss}")
    if misses:
        raise typer.Exit(1)


@app.command(
    epilog="Examples: [b]isiceval leaderboard 2018/1 submissions/ --truth truth/ --csv "
    "board.csv[/b]; "
    "[b]isiceval leaderboard 2018/1 a.zip b.zip --truth truth.zip --teams teams.csv --per team[/b]"
)
def leaderboard(
    task: TaskArgument,
    submissions: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SUBMISSIONS...",
            help="Folders, zips, CSVs or scorecard JSONs, or one folder that holds them.",
        ),
    ] = None,
    *,
    truth: OptionalTruth = None,
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
    missing: Missing = "refuse",
    profile: Profile = None,
    rank_by: RankBy = None,
    lenient: Lenient = False,
    checks: Checks = "fast",
    workers: Workers = None,
) -> None:
    """Score and rank many submissions; an invalid one is listed last and never stops the board."""
    from isiceval import pipeline
    from isiceval.reports import documents, tables
    from isiceval.reports import markdown as markdown_report
    from isiceval.reports.terminal import make_console, print_leaderboard

    name, paths = _sort_arguments(task, submissions or [], task_file)
    with _show_progress("scoring") as progress:
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
            workers=workers,
            progress=progress,
        )
    targets = (csv, json, markdown)
    print_leaderboard(make_console(stderr="-" in targets), board)
    writers = (
        tables.write_leaderboard,
        documents.write_leaderboard,
        markdown_report.write_leaderboard,
    )
    _save_all(targets, [partial(write, board) for write in writers])


def _sort_arguments(
    task: str, submissions: Sequence[str | None], task_file: Path | None
) -> tuple[str, list[str]]:
    """Tell the task from the submissions: with --task FILE every argument is a submission."""
    paths = [path for path in submissions if path is not None]
    if task_file is not None:
        paths = [task, *paths]
    if not paths:
        raise UsageError("name the submission: a folder or .zip of predicted masks, or a .csv")
    return str(task_file) if task_file is not None else task, paths


def _save_all(targets: Sequence[str | None], writers: Sequence[Callable[[], str]]) -> None:
    for target, write in zip(targets, writers, strict=True):
        if target is not None:
            _save(target, write())


def _save(target: str, text: str) -> None:
    from isiceval.reports.files import save_text

    if target == "-":
        sys.stdout.write(text)
    else:
        save_text(Path(target), text)


@contextmanager
def _show_progress(verb: str) -> Iterator[Progress | None]:
    """Show a bar with images per second on a terminal, and nothing in a pipe."""
    from isiceval.reports.progress import show_progress
    from isiceval.reports.terminal import make_console

    console: Console = make_console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    with show_progress(console, verb) as progress:
        yield progress
