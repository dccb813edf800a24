"""isiceval score."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rich_click as click

from isiceval.cli import options
from isiceval.errors import UsageError


@click.command(
    epilog=options.format_examples(
        "isiceval score 2018/1 masks/ --truth truth/ --csv cases.csv",
        "isiceval score 2018/1 masks.zip --truth truth.zip --min threshold_jaccard=0.75",
        "isiceval score masks/ --task my-task.toml --truth truth/   # your own data",
        "isiceval score 2018/3 table.csv --truth truth.csv --groups patients.csv",
    )
)
@options.task_argument
@options.submission_argument
@options.required_truth
@options.task_file
@options.outputs("scorecard")
@click.option("--images", type=options.PATH, help="Folder or .zip of images, to show in --html.")
@click.option(
    "--metadata", type=options.PATH, help="CSV of ids, age, sex, ...: subgroups for --html."
)
@click.option(
    "--min", "minimum", multiple=True, metavar="METRIC=X", help="Exit 1 below this; repeatable."
)
@options.bootstrap()
@options.scoring
@options.checks("fast")
@options.public
@click.option("--public-cases", is_flag=True, help="The same, with the scores of single images.")
def score(
    task: str,
    submission: str | None,
    *,
    truth: Path,
    task_file: Path | None,
    images: Path | None,
    metadata: Path | None,
    minimum: tuple[str, ...],
    **choices: Any,
) -> None:
    """Score a submission: a summary, and on request files in several formats.

    Exit status: 0 fine, 1 invalid or below a minimum, 2 usage, 3 the truth is at fault.
    """
    from isiceval import pipeline
    from isiceval.options import find_unmet, parse_thresholds
    from isiceval.reports.registry import ReportInputs, write_reports
    from isiceval.reports.text import make_console, print_report

    targets = options.take_outputs(choices)
    name, paths = options.split_arguments(task, [submission], task_file)
    chosen = pipeline.choose_task(name, choices.pop("profile"), choices.pop("rank_by"))
    options.warn_if_swapped(truth, paths[0])
    if targets["csv"] and choices["public"] and not choices["public_cases"]:
        raise UsageError("a CSV holds single images: add --public-cases, or leave --public out")
    if targets["html"] and (choices["public"] or choices["public_cases"]):
        raise UsageError("a page shows the truth: leave --html or --public out")
    if images and chosen.reader == "superpixels":
        raise UsageError("the page of superpixels shows no photos: leave --images out")
    if not targets["html"] and (images or metadata):
        raise UsageError("--images and --metadata are for the page: give --html FILE too")
    if targets["html"] and choices["bootstrap"] == 0:
        raise UsageError("--html shows intervals: give --bootstrap 1 or more")
    thresholds = parse_thresholds(minimum, task=chosen)
    with options.show_progress("scoring") as progress:
        scorecard = pipeline.score(
            chosen,
            truth=truth,
            prediction=paths[0],
            progress=progress.images,
            drawing=progress.draws,
            **choices,
        )
    used = ("lenient", "bootstrap", "seed", "groups")
    inputs = ReportInputs(
        task=chosen,
        truth=truth,
        prediction=paths[0],
        images=images,
        metadata=metadata,
        **{name: choices[name] for name in used},
    )
    write_reports(scorecard, targets, inputs)
    print_report(make_console(stderr="-" in targets.values()), scorecard)
    unmet = find_unmet(scorecard.aggregates, thresholds)
    options.warn(*(f"below the minimum: {sentence}" for sentence in unmet))
    if unmet:
        raise SystemExit(1)
