"""Options that several commands share, and how commands write files and show progress."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from isiceval.cli.words import Argument, Option
from isiceval.errors import UsageError

if TYPE_CHECKING:
    from isiceval.compute.processes import Progress
    from isiceval.tasks.task import Task

TaskArgument = Annotated[
    str, Argument(metavar="TASK", help="Task id such as 2018/1, or a task file (.toml).")
]
TaskFile = Annotated[
    Path | None,
    Option("--task", metavar="FILE", help="Task file of your own data set, in place of TASK."),
]
SubmissionArgument = Annotated[
    str | None,
    Argument(metavar="SUBMISSION", help="Folder or .zip of masks, or a .csv."),
]
Truth = Annotated[Path, Option(help="Folder or .zip of ground-truth masks, or .csv.")]
OptionalTruth = Annotated[Path | None, Option(help="Folder or .zip of masks, or .csv.")]
RankBy = Annotated[
    str | None, Option("--rank-by", metavar="METRIC", help="Another ranking of the task.")
]
Profile = Annotated[str | None, Option(help="Score as another code did; see isiceval tasks TASK.")]
Lenient = Annotated[
    bool,
    Option("--lenient", help="Also read JPEG, RGB, palette, 0/1 and 16-bit masks."),
]
Workers = Annotated[
    int | None, Option(min=1, metavar="N", help="Processes to use; chosen by default.")
]
Missing = Annotated[
    Literal["refuse", "zero"],
    Option(help="What to do with images not sent: refuse, or score them as failures."),
]
Checks = Annotated[Literal["all", "fast"], Option(help="all also counts regions and holes.")]
CsvFile = Annotated[
    str | None, Option("--csv", metavar="FILE", help="Write a CSV; - for standard output.")
]
JsonFile = Annotated[
    str | None, Option("--json", metavar="FILE", help="Write JSON; - for standard output.")
]
MarkdownFile = Annotated[
    str | None,
    Option("--markdown", metavar="FILE", help="Write Markdown; - for standard output."),
]
LatexFile = Annotated[
    str | None,
    Option("--latex", metavar="FILE", help="Write a LaTeX table; - for standard output."),
]
Draws = Annotated[
    int,
    Option(
        "--bootstrap",
        min=0,
        metavar="N",
        help="How often the images are redrawn for intervals; 0: no statistics.",
    ),
]
Seed = Annotated[int, Option("--seed", min=0, metavar="N", help="Seed of the draws.")]
GroupsFile = Annotated[
    Path | None,
    Option(
        "--groups",
        metavar="FILE",
        help="CSV: image, group (patient or lesion, redrawn and tested whole), stratum if wanted.",
    ),
]
HtmlFile = Annotated[
    str | None,
    Option("--html", metavar="FILE", help="Write a page (HTML); - for standard output."),
]
Images = Annotated[
    Path | None,
    Option(help="Folder or .zip of the dermoscopic images, for the pictures of --html."),
]
Metadata = Annotated[
    Path | None,
    Option(help="CSV of image ids and facts (age, sex, ...), for the groups of --html."),
]
Public = Annotated[
    bool, Option("--public", help="Leave out what tells of the truth, to pass it on.")
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


def warn_of_swap(truth: Path, submission: str) -> None:
    """Say so where the submission is called as truths are, and the truth is not."""
    if _is_called_truth(submission) and not _is_called_truth(str(truth)):
        complain(f"{submission} is called a truth, {truth} is not: are they swapped?")


def _is_called_truth(path: str) -> bool:
    name = re.sub(r"[^a-z]", "", Path(path).stem.lower())
    return "groundtruth" in name or name in ("truth", "truths", "gt")


@contextmanager
def show_progress(verb: str) -> Iterator[Moves]:
    """Show a bar with images per second on a terminal, and nothing in a pipe."""
    from isiceval.reports.layout import Pipe, make_console

    console = make_console(stderr=True)
    if isinstance(console, Pipe) or not console.is_terminal:
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


def complain(*sentences: str) -> None:
    """Say each sentence on a plain line of standard error."""
    from isiceval.reports.escape import clean

    sys.stderr.writelines(f"isiceval: {clean(sentence)}\n" for sentence in sentences)


def require_page(
    html: str | None,
    task: Task,
    *,
    bootstrap: int,
    images: Path | None = None,
    metadata: Path | None = None,
) -> None:
    """Refuse options that would do nothing, and a page without the draws it shows."""
    if images and task.kind == "superpixels":
        raise UsageError("the page of superpixels shows no photos: leave --images out")
    if html is None and (images or metadata):
        raise UsageError("--images and --metadata are for the page: give --html FILE too")
    if html is not None and bootstrap == 0:
        raise UsageError("--html shows intervals: give --bootstrap 1 or more")
