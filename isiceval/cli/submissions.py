"""Commands that read submissions: isiceval validate, score, leaderboard and compare."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import rich_click as click

from isiceval.cli import options
from isiceval.errors import UsageError
from isiceval.reports.registry import ReportInputs, write_reports


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
    with options.show_progress("checking") as callbacks:
        choices["progress"] = callbacks.get("progress")
        validation = pipeline.validate(name, truth=truth, prediction=paths[0], **choices)
    if as_json:
        sys.stdout.write(write_json(validation))
    else:
        print_report(make_console(), validation)
    if not validation.valid:
        raise SystemExit(1)


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
@options.interval
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
    from isiceval.reports.text import make_console, print_report
    from isiceval.scorecard import SINGLE

    targets = options.take_outputs(choices)
    name, paths = options.split_arguments(task, [submission], task_file)
    chosen = pipeline.choose_task(name, choices.pop("profile"), choices.pop("rank_by"))
    options.check_outputs(targets, chosen, choices, *paths, truth, images, metadata, task_file)
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
    if choices["public"] and not choices["public_cases"]:
        for one in thresholds:
            if one.metric in SINGLE:
                raise UsageError(f"{one.metric} is not public: leave its --min or --public out")
    sources: dict[str, Any] = {"truth": truth, "prediction": paths[0]}
    with options.show_progress("scoring") as callbacks:
        scorecard = pipeline.score(chosen, **sources, **callbacks, **choices)
    used = {name: choices[name] for name in ("lenient", "bootstrap", "seed", "groups")}
    inputs = ReportInputs(task=chosen, **sources, images=images, metadata=metadata, **used)
    write_reports(scorecard, targets, inputs)
    print_report(make_console(stderr="-" in targets.values()), scorecard)
    unmet = find_unmet(scorecard.aggregates, thresholds)
    options.warn(*(f"below the minimum: {sentence}" for sentence in unmet))
    if unmet:
        raise SystemExit(1)


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
    type=options.TEXT_PATH,
    help="Folders, zips, CSVs or scorecard JSONs, or one folder that holds submissions.",
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
@options.interval
@options.scoring
@options.trust_scorecards
@options.checks("fast")
@options.public
def leaderboard(
    task: str, submissions: tuple[str, ...], *, task_file: Path | None, **choices: Any
) -> None:
    """Score and rank many submissions; an invalid one is listed last and stops nothing.

    Exit status: 0 fine, also where submissions are invalid, 2 usage, 3 the truth is at fault.
    """
    from isiceval import pipeline
    from isiceval.reports.text import make_console, print_report
    from isiceval.sources.opening import list_submissions

    targets = options.take_outputs(choices)
    name, paths = options.split_arguments(task, submissions, task_file)
    if targets["html"] and choices["public"]:
        raise UsageError("a page shows single images: leave --html or --public out")
    chosen = pipeline.choose_task(name, choices.pop("profile"), choices.pop("rank_by"))
    sent = list_submissions([Path(path) for path in paths], tables=chosen.table is not None)
    options.check_outputs(targets, chosen, choices, *sent.values(), task_file)
    with options.show_progress("scoring") as callbacks:
        board = pipeline.rank(chosen, submissions=paths, **callbacks, **choices)
    write_reports(board, targets, ReportInputs(task=chosen))
    print_report(make_console(stderr="-" in targets.values()), board)


@click.command(
    epilog=options.format_examples(
        "isiceval compare 2018/1 main.json branch/ --truth truth/ --markdown comment.md",
        "isiceval compare 2018/1 old.csv new.csv --fail-if-worse   # in CI",
        "isiceval compare 2018/3 old.csv new.csv --truth truth.csv --margin 0.01",
    )
)
@options.task_argument
@click.argument(
    "first",
    metavar="A",
    type=options.TEXT_PATH,
    required=False,
    help="Folder, .zip, table (.csv), scorecard JSON, or CSV of masks' cases.",
)
@click.argument(
    "second", metavar="B", type=options.TEXT_PATH, required=False, help="The same for the other."
)
@options.truth
@options.task_file
@options.outputs("comparison")
@click.option(
    "--fail-if-worse",
    is_flag=True,
    help="Exit 1 if B is significantly worse: the whole interval of the ranking metric's "
    "difference is below 0.",
)
@click.option(
    "--margin",
    type=click.FloatRange(min=0, min_open=True),
    metavar="X",
    help="Say whether the two are equivalent: shown to differ by less than X.",
)
@options.bootstrap(minimum=100)
@options.scoring
@options.trust_scorecards
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
    from isiceval.reports.text import make_console, print_report

    targets = options.take_outputs(choices)
    name, paths = options.split_arguments(task, [first, second], task_file)
    if len(paths) != 2:
        raise UsageError(f"name two submissions to compare, not {len(paths)}")
    chosen = pipeline.choose_task(name, choices.pop("profile"), choices.pop("rank_by"))
    one, other = paths
    options.check_outputs(targets, chosen, choices, one, other, task_file)
    with options.show_progress("scoring") as callbacks:
        comparison = pipeline.compare(chosen, first=one, second=other, **callbacks, **choices)
    print_report(make_console(stderr="-" in targets.values()), comparison)
    write_reports(comparison, targets, ReportInputs(task=chosen))
    if fail_if_worse and comparison.worse:
        options.warn("B is significantly worse than A")
        raise SystemExit(1)
