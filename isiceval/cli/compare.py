"""isiceval compare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rich_click as click

from isiceval.cli import options
from isiceval.errors import UsageError


@click.command(
    epilog=options.format_examples(
        "isiceval compare 2018/1 main.json branch/ --truth truth/ --markdown comment.md",
        "isiceval compare 2018/1 old.csv new.csv --fail-if-worse   # in CI",
        "isiceval compare 2018/3 old.csv new.csv --truth truth.csv",
    )
)
@options.task_argument
@click.argument(
    "first",
    metavar="A",
    type=click.Path(),
    required=False,
    help="Folder, .zip, table (.csv), scorecard JSON, or CSV of masks' cases.",
)
@click.argument(
    "second", metavar="B", type=click.Path(), required=False, help="The same for the other."
)
@options.truth
@options.task_file
@options.outputs("comparison")
@click.option(
    "--fail-if-worse",
    is_flag=True,
    help="Exit 1 if B is worse by more than chance: the whole interval of the ranking metric's "
    "difference is below 0, and p at most 0.05.",
)
@options.bootstrap(minimum=100)
@options.scoring
def compare(
    task: str,
    first: str | None,
    second: str | None,
    *,
    task_file: Path | None,
    fail_if_worse: bool,
    **choices: Any,
) -> None:
    """Compare submission B with A, image by image; every difference is B minus A.

    The truth is not needed for scorecards.

    Exit status: 0 fine, 1 invalid or worse (--fail-if-worse), 2 usage, 3 the truth is at fault.
    """
    from isiceval import pipeline
    from isiceval.reports.registry import ReportInputs, write_reports
    from isiceval.reports.text import make_console, print_report

    targets = options.take_outputs(choices)
    name, paths = options.split_arguments(task, [first, second], task_file)
    if len(paths) != 2:
        raise UsageError(f"name two submissions to compare, not {len(paths)}")
    chosen = pipeline.choose_task(name, choices.pop("profile"), choices.pop("rank_by"))
    with options.show_progress("scoring") as progress:
        comparison = pipeline.compare(
            chosen,
            first=paths[0],
            second=paths[1],
            progress=progress.images,
            drawing=progress.draws,
            **choices,
        )
    print_report(make_console(stderr="-" in targets.values()), comparison)
    write_reports(comparison, targets, ReportInputs(task=chosen))
    if fail_if_worse and comparison.worse:
        options.warn("B is worse than A by more than chance")
        raise SystemExit(1)
