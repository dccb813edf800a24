"""isiceval validate."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import rich_click as click

from isiceval.cli import options


@click.command(
    epilog=options.format_examples(
        "isiceval validate 2018/1 masks/ --images ISIC2018_Test_Input/   # no truth",
        "isiceval validate 2018/1 masks.zip --truth truth/ --json        # in a script",
    )
)
@options.task_argument
@options.submission_argument
@options.truth
@click.option("--images", type=options.PATH, help="Folder or .zip of images, in place of --truth.")
@click.option("--manifest", type=options.PATH, help="CSV of isiceval manifest, likewise.")
@options.task_file
@options.profile
@options.lenient
@options.checks("all")
@click.option("--headers-only", is_flag=True, help="Names, formats and sizes only; no pixels.")
@options.workers
@click.option("--json", "as_json", is_flag=True, help="Print JSON in place of the table.")
def validate(
    task: str,
    submission: str | None,
    *,
    truth: Path | None,
    task_file: Path | None,
    as_json: bool,
    **choices: Any,
) -> None:
    """Check a submission against every rule and name each problem with its fix.

    Exit status: 0 valid, 1 invalid, 2 usage, 3 the truth itself is at fault.
    """
    from isiceval import pipeline
    from isiceval.reports.json import write_json
    from isiceval.reports.text import make_console, print_report

    name, paths = options.split_arguments(task, [submission], task_file)
    if truth is not None:
        options.warn_if_swapped(truth, paths[0])
    with options.show_progress("checking") as progress:
        validation = pipeline.validate(
            name, truth=truth, prediction=paths[0], progress=progress.images, **choices
        )
    if as_json:
        sys.stdout.write(write_json(validation))
    else:
        print_report(make_console(), validation)
    if not validation.valid:
        raise SystemExit(1)
