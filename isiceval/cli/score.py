"""The command that scores one submission."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import click

from isiceval.cli.options import (
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
    RankBy,
    Seed,
    SubmissionArgument,
    TaskArgument,
    TaskFile,
    Truth,
    Workers,
    complain,
    put_all,
    require_page,
    show_progress,
    sort_arguments,
    warn_of_swap,
)
from isiceval.cli.words import Option
from isiceval.errors import UsageError
from isiceval.model import DRAWS, SEED

if TYPE_CHECKING:
    from isiceval.scorecard import Scorecard


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
        Option("--min", metavar="METRIC=X", help="Exit 1 below this bar; repeatable."),
    ] = None,
    bootstrap: Draws = DRAWS,
    seed: Seed = SEED,
    groups: GroupsFile = None,
    missing: Missing = "refuse",
    profile: Profile = None,
    rank_by: RankBy = None,
    lenient: Lenient = False,
    checks: Checks = "fast",
    public: Public = False,
    public_cases: Annotated[
        bool, Option("--public-cases", help="The same, with the scores of single images.")
    ] = False,
    workers: Workers = None,
) -> None:
    """Score a submission: a summary, and on request a CSV row per image and a JSON scorecard.

    Exit status: 0 fine, 1 invalid submission or below a bar, 2 usage, 3 the truth is at fault.
    """
    from isiceval import pipeline
    from isiceval.options import find_unmet, parse_thresholds
    from isiceval.reports.text import make_console, print_scorecard

    name, paths = sort_arguments(task, [submission], task_file)
    chosen = pipeline.get_task(name, profile=profile)
    warn_of_swap(truth, paths[0])
    _require_public(csv, html, public=public, public_cases=public_cases)
    require_page(html, chosen, bootstrap=bootstrap, images=images, metadata=metadata)
    thresholds = parse_thresholds(minimum or [], task=chosen)
    shared: dict[str, Any] = {
        "profile": profile,
        "rank_by": rank_by,
        "lenient": lenient,
        "bootstrap": bootstrap,
        "seed": seed,
        "groups": groups,
    }
    with show_progress("scoring") as progress:
        scorecard = pipeline.score(
            name,
            truth=truth,
            prediction=paths[0],
            missing=missing,
            checks=checks,
            public=public,
            public_cases=public_cases,
            workers=workers,
            progress=progress.images,
            drawing=progress.draws,
            **shared,
        )
    targets = (csv, json, markdown, latex, html)
    _write(
        scorecard,
        targets,
        page={
            "task": name,
            "truth": truth,
            "prediction": paths[0],
            "images": images,
            "metadata": metadata,
            **shared,
        },
    )
    print_scorecard(make_console(stderr="-" in targets), scorecard)
    unmet = find_unmet(scorecard.aggregates, thresholds)
    complain(*(f"below the bar: {sentence}" for sentence in unmet))
    if unmet:
        raise click.exceptions.Exit(1)


def _require_public(csv: str | None, html: str | None, *, public: bool, public_cases: bool) -> None:
    """Refuse to write single images into what is to be passed on without them."""
    if csv and public and not public_cases:
        raise UsageError("a CSV holds single images: add --public-cases, or leave --public out")
    if html and (public or public_cases):
        raise UsageError("a page shows the truth: leave --html or --public out")


def _write(scorecard: Scorecard, targets: Sequence[str | None], *, page: dict[str, Any]) -> None:
    """Write what was asked for: CSV, JSON, Markdown, LaTeX and the page, in this order."""
    from isiceval.reports import csv as tables
    from isiceval.reports import json as documents
    from isiceval.reports import latex, markdown

    writers = (
        tables.write_scorecard,
        documents.write_scorecard,
        markdown.write_scorecard,
        latex.write_scorecard,
        partial(_write_page, **page),
    )
    put_all(targets, [partial(write, scorecard) for write in writers])


def _write_page(scorecard: Scorecard, **choices: Any) -> str:
    """Write the page of a scorecard; what pages need is loaded only now."""
    from isiceval import pages

    return pages.write_scorecard(scorecard, **choices)
