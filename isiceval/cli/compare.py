"""The command that compares two submissions: arguments in, text and an exit status out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import click

from isiceval.cli.options import (
    GroupsFile,
    JsonFile,
    Lenient,
    MarkdownFile,
    Missing,
    Profile,
    RankBy,
    Seed,
    TaskArgument,
    TaskFile,
    Workers,
    show_progress,
    sort_arguments,
)
from isiceval.cli.words import Argument, Option
from isiceval.errors import UsageError
from isiceval.model import DRAWS, SEED


def compare(
    task: TaskArgument,
    first: Annotated[
        str | None,
        Argument(
            metavar="A", help="Folder, .zip, table (.csv), scorecard JSON, or CSV of masks' cases."
        ),
    ] = None,
    second: Annotated[str | None, Argument(metavar="B", help="The same for the other.")] = None,
    *,
    truth: Annotated[
        Path | None, Option(help="Folder or .zip, or .csv; not needed for scorecards.")
    ] = None,
    task_file: TaskFile = None,
    json: JsonFile = None,
    markdown: MarkdownFile = None,
    fail_if_worse: Annotated[
        bool,
        Option(
            "--fail-if-worse",
            help="Exit 1 if B is worse by more than chance: the whole interval of the ranking "
            "metric's difference is below 0, and p at most 0.05.",
        ),
    ] = False,
    bootstrap: Annotated[
        int,
        Option("--bootstrap", min=100, metavar="N", help="How often the images are redrawn."),
    ] = DRAWS,
    seed: Seed = SEED,
    groups: GroupsFile = None,
    missing: Missing = "refuse",
    profile: Profile = None,
    rank_by: RankBy = None,
    lenient: Lenient = False,
    workers: Workers = None,
) -> None:
    """Compare submission B with A, image by image; every difference is B minus A.

    Exit status: 0 fine, 1 an invalid submission or worse (--fail-if-worse), 2 usage, 3 the
    truth is at fault.
    """
    from isiceval import pipeline
    from isiceval.reports import comparison as pairs
    from isiceval.reports import json as documents
    from isiceval.reports.files import put_text
    from isiceval.reports.layout import make_console

    name, paths = sort_arguments(task, [first, second], task_file)
    if len(paths) != 2:
        raise UsageError(f"name two submissions to compare, not {len(paths)}")
    with show_progress("scoring") as progress:
        comparison = pipeline.compare(
            name,
            first=paths[0],
            second=paths[1],
            truth=truth,
            profile=profile,
            rank_by=rank_by,
            missing=missing,
            lenient=lenient,
            bootstrap=bootstrap,
            seed=seed,
            groups=groups,
            workers=workers,
            progress=progress.images,
            drawing=progress.draws,
        )
    pairs.print_comparison(make_console(stderr="-" in (json, markdown)), comparison)
    if json is not None:
        put_text(json, documents.write_comparison(comparison))
    if markdown is not None:
        put_text(markdown, pairs.write_markdown(comparison))
    if fail_if_worse and comparison.worse:
        sys.stderr.write("isiceval: B is worse than A by more than chance\n")
        raise click.exceptions.Exit(1)
