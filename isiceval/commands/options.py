"""Options that several commands share, and how commands write files and show progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from isiceval.errors import UsageError
from isiceval.model import Kind

if TYPE_CHECKING:
    from rich.console import Console

    from isiceval.inputs.workers import Progress

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
    str | None,
    typer.Argument(metavar="SUBMISSION", help="Folder or .zip of masks, or a .csv."),
]
Truth = Annotated[Path, typer.Option(help="Folder or .zip of ground-truth masks, or .csv.")]
OptionalTruth = Annotated[Path | None, typer.Option(help="Folder or .zip of masks, or .csv.")]
RankBy = Annotated[
    str | None, typer.Option("--rank-by", metavar="METRIC", help="Another ranking of the task.")
]
Profile = Annotated[
    str | None, typer.Option(help="Score as another code did; see [b]isiceval tasks TASK[/b].")
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
    str | None, typer.Option("--csv", metavar="FILE", help="Write a CSV; - for standard output.")
]
JsonFile = Annotated[
    str | None, typer.Option("--json", metavar="FILE", help="Write JSON; - for standard output.")
]
MarkdownFile = Annotated[
    str | None,
    typer.Option("--markdown", metavar="FILE", help="Write Markdown; - for standard output."),
]
LatexFile = Annotated[
    str | None,
    typer.Option("--latex", metavar="FILE", help="Write a LaTeX table; - for standard output."),
]
Draws = Annotated[
    int,
    typer.Option(
        "--bootstrap",
        min=0,
        metavar="N",
        help="How often the images are redrawn for intervals; 0: no statistics.",
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Seed of the draws.")]
GroupsFile = Annotated[
    Path | None,
    typer.Option(
        "--groups",
        metavar="FILE",
        help="CSV: image, group (patient or lesion, redrawn and tested whole), stratum if wanted.",
    ),
]
HtmlFile = Annotated[
    str | None,
    typer.Option("--html", metavar="FILE", help="Write a page (HTML); - for standard output."),
]
Images = Annotated[
    Path | None,
    typer.Option(help="Folder or .zip of the dermoscopic images, for the pictures of --html."),
]
Metadata = Annotated[
    Path | None,
    typer.Option(help="CSV of image ids and facts (age, sex, ...), for the groups of --html."),
]
Public = Annotated[
    bool, typer.Option("--public", help="Leave out what tells of the truth, to pass it on.")
]


def sort_arguments(
    task: str, submissions: Sequence[str | None], task_file: Path | None
) -> tuple[str, list[str]]:
    """Tell the task from the submissions: with --task FILE every argument is a submission."""
    paths = [path for path in submissions if path is not None]
    if task_file is not None:
        paths = [task, *paths]
    if not paths:
        raise UsageError("name the submission: a folder or .zip of predicted masks, or a .csv")
    return str(task_file) if task_file is not None else task, paths


class Moves(NamedTuple):
    """What is told of progress: images done, and draws done; None where nobody is to be told."""

    images: Progress | None = None
    draws: Progress | None = None


@contextmanager
def show_progress(verb: str) -> Iterator[Moves]:
    """Show a bar with images per second on a terminal, and nothing in a pipe."""
    from isiceval.reports.layout import make_console

    console: Console = make_console(stderr=True)
    if not console.is_terminal:
        yield Moves()
        return
    from isiceval.reports import progress as bars

    with bars.show_progress(console, verb) as moves:
        yield Moves(*moves)


def put_all(targets: Sequence[str | None], writers: Sequence[Callable[[], str]]) -> None:
    """Write each text whose target was asked for."""
    from isiceval.reports.files import put_text

    for target, write in zip(targets, writers, strict=True):
        if target is not None:
            put_text(target, write())


def complain(sentence: str) -> None:
    """Say one plain line on standard error."""
    from isiceval.reports.safety import clean

    sys.stderr.write(f"isiceval: {clean(sentence)}\n")


def require_page(
    html: str | None,
    *,
    kind: Kind,
    bootstrap: int,
    asked: bool = False,
    public: bool = False,
) -> None:
    """Refuse options that would do nothing, and a page without the draws it shows."""
    if html is not None and public:
        raise UsageError("a page shows single images: leave --html or --public out")
    if html is None and asked:
        raise UsageError("--images and --metadata are for the page: give --html FILE too")
    if html is not None and bootstrap == 0:
        raise UsageError("--html shows intervals: give --bootstrap 1 or more")
    if html is not None and kind != "mask":
        raise UsageError("there are no pages for this task: they show masks of lesions")
