"""The command line: arguments in, text and an exit status out; no logic of its own."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

# BLAS is not used here; its threads would only slow the start and make forking unsafe.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import click

from isiceval import __version__
from isiceval.cli.compare import compare
from isiceval.cli.leaderboard import leaderboard
from isiceval.cli.options import (
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
    warn_of_swap,
)
from isiceval.cli.score import score
from isiceval.cli.words import Argument, Option, Program
from isiceval.errors import InvalidSubmission, IsicevalError, UsageError

UNWRITABLE = {errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""Why standard output takes no more; files have messages of their own."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0: fine; 1: the submission is invalid or below the asked bar; 2: usage; 3: the truth, a
    task file or another thing of the organiser's is at fault.
    """
    try:
        status = _run(argv)
        sys.stdout.flush()
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        return _give_up_output(error)
    return status


def _run(argv: Sequence[str] | None) -> int:
    try:
        app.main(list(argv) if argv is not None else None, prog_name="isiceval")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(bool(stop.code))
    except IsicevalError as error:
        return _report(error)


def _give_up_output(error: OSError) -> int:
    """End where standard output takes no more: quietly if nobody reads on, as with ``| head``."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device, not a path
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    if error.errno == errno.EPIPE:
        return 1
    complain(f"cannot write to standard output: {error.strerror}")
    return UsageError.exit_status


def _report(error: IsicevalError) -> int:
    from isiceval.reports.text import make_console, print_validation

    if isinstance(error, InvalidSubmission):
        print_validation(make_console(), error.validation)
    else:
        complain(str(error))
    return error.exit_status


def tasks(
    task: Annotated[
        str | None, Argument(metavar="[TASK]", help="Tell all about this task.")
    ] = None,
    *,
    profile: Profile = None,
) -> None:
    """List the tasks, or tell everything about one."""
    from isiceval.pipeline import get_task, list_tasks
    from isiceval.reports.text import make_console, print_task, print_tasks

    if task is None:
        print_tasks(make_console(), list_tasks())
    else:
        print_task(make_console(), get_task(task, profile=profile))


def explain(
    code: Annotated[str | None, Argument(metavar="[CODE]", help="Code of a problem.")] = None,
) -> None:
    """Explain a problem code: the rule, why it matters, how to mend it."""
    from isiceval.checks import rules
    from isiceval.reports.text import make_console, print_rule, print_rules

    if code is None:
        print_rules(make_console(), rules.list_rules())
    else:
        print_rule(make_console(), rules.explain(code))


def validate(
    task: TaskArgument,
    submission: SubmissionArgument = None,
    *,
    truth: OptionalTruth = None,
    images: Annotated[
        Path | None, Option(help="Folder or .zip of the dermoscopic images instead.")
    ] = None,
    manifest: Annotated[Path | None, Option(help="CSV from isiceval manifest instead.")] = None,
    task_file: TaskFile = None,
    profile: Profile = None,
    lenient: Lenient = False,
    checks: Checks = "all",
    headers_only: Annotated[
        bool, Option("--headers-only", help="Names, formats and sizes only; no pixels.")
    ] = False,
    workers: Workers = None,
    as_json: Annotated[bool, Option("--json", help="Print JSON in place of the table.")] = False,
) -> None:
    """Check a submission against every rule and name each problem with its fix.

    Exit status: 0 valid, 1 invalid, 2 usage, 3 the truth itself is at fault.
    """
    from isiceval import pipeline
    from isiceval.reports import json as documents
    from isiceval.reports.text import make_console, print_validation

    name, paths = sort_arguments(task, [submission], task_file)
    if truth is not None:
        warn_of_swap(truth, paths[0])
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
        raise click.exceptions.Exit(1)


def manifest(
    task: TaskArgument,
    *,
    truth: OptionalTruth = None,
    images: Annotated[Path | None, Option(help="Folder or .zip of the dermoscopic images.")] = None,
    output: Annotated[
        str, Option("--output", "-o", metavar="FILE", help="CSV to write; - to print it.")
    ] = "-",
) -> None:
    """Write the ids and sizes of all images to a CSV that validate takes as --manifest."""
    from isiceval import pipeline
    from isiceval.reports.files import put_text

    put_text(output, pipeline.write_manifest(task, truth=truth, images=images))


app = Program(
    "isiceval",
    version=f"isiceval {__version__}",
    about="Validate, score and rank ISIC skin-lesion submissions as the official scorers did.",
    commands={
        tasks: (
            "isiceval tasks              # lists them",
            "isiceval tasks 2018/1       # tells all about one",
            "isiceval tasks my-task.toml # checks a task file",
        ),
        explain: (
            "isiceval explain                  # lists all codes",
            "isiceval explain wrong-dimensions # prints one rule",
        ),
        validate: (
            "isiceval validate 2018/1 masks/ --images ISIC2018_Test_Input/ # before uploading",
            "isiceval validate 2018/1 masks.zip --truth truth/ --json      # in a script",
        ),
        manifest: ("isiceval manifest 2018/1 --images ISIC2018_Test_Input/ -o sizes.csv",),
        score: (
            "isiceval score 2018/1 masks/ --truth truth/ --csv cases.csv",
            "isiceval score 2018/1 masks.zip --truth truth.zip --min threshold_jaccard=0.75",
            "isiceval score masks/ --task my-task.toml --truth truth/ # data of your own",
            "isiceval score 2018/3 table.csv --truth truth.csv --groups patients.csv",
        ),
        leaderboard: (
            "isiceval leaderboard 2018/1 submissions/ --truth truth/ --csv board.csv",
            "isiceval leaderboard 2018/1 a.zip b.zip --truth truth.zip --teams teams.csv",
            "isiceval leaderboard 2018/1 submissions/ --truth truth/ --latex board.tex",
            "isiceval leaderboard 2017/3 tables/ --truth truth.csv --rank-by auc.melanoma",
        ),
        compare: (
            "isiceval compare 2018/1 main.json branch/ --truth truth/ --markdown comment.md",
            "isiceval compare 2018/1 old.csv new.csv --fail-if-worse # in CI",
            "isiceval compare 2018/3 old.csv new.csv --truth truth.csv",
        ),
    },
)
