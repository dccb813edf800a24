"""Options and arguments that several commands share, and what commands do with them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import rich_click as click

from isiceval.errors import UsageError
from isiceval.model import DRAWS, SEED, IntervalMethod
from isiceval.reports.registry import FORMATS, ResultName, check_targets, list_formats

if TYPE_CHECKING:
    from isiceval.tasks.task import Task

Decorator = Callable[[Callable[..., None]], Callable[..., None]]


class _FilePath(click.Path):
    """A path; an empty one, as of a variable that is not set, would be the current folder."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Refuse an empty path."""
        if value == "":
            self.fail("the path is empty", param, ctx)
        return super().convert(value, param, ctx)


PATH, TEXT_PATH = _FilePath(path_type=Path), _FilePath()


def format_examples(*examples: str) -> str:
    """Format examples for the end of a help text, each on a line of its own.

    rich-click makes one line break of a blank line, and a blank of a line break.
    """
    return "\n\n".join(["Examples:", *examples])


def combine(*decorators: Decorator) -> Decorator:
    """Combine decorators into one; the help lists their options in this order."""

    def decorate(function: Any) -> Any:
        """Add the options to a command."""
        return reduce(lambda made, one: one(made), reversed(decorators), function)

    return decorate


task_argument = click.argument(
    "task", metavar="TASK", help="Task id such as 2018/1, or a task file (.toml)."
)
submission_argument = click.argument(
    "submission", type=TEXT_PATH, required=False, help="Folder or .zip of masks, or a .csv."
)
task_file = click.option(
    "--task", "task_file", type=PATH, help="Task file of your own data set, in place of TASK."
)
truth = click.option("--truth", type=PATH, help="Folder or .zip of ground-truth masks, or .csv.")
required_truth = click.option(
    "--truth", type=PATH, required=True, help="Folder or .zip of ground-truth masks, or .csv."
)
profile = click.option("--profile", help="Score as another code did; see isiceval tasks TASK.")
rank_by = click.option("--rank-by", metavar="METRIC", help="Another ranking metric of the task.")
lenient = click.option(
    "--lenient", is_flag=True, help="Also read JPEG, RGB, palette, 0/1 and 16-bit masks."
)
workers = click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes to use; chosen by default.",
)
missing = click.option(
    "--missing",
    type=click.Choice(["refuse", "zero"]),
    default="refuse",
    show_default=True,
    help="What to do with images not sent: refuse, or score them as failures.",
)
scoring = combine(missing, profile, rank_by, lenient, workers)
public = click.option(
    "--public", is_flag=True, help="Leave out what reveals the truth, to pass the result on."
)

trust_scorecards = click.option(
    "--trust-scorecards",
    is_flag=True,
    help="Take scorecards found in a folder too, and those whose values cannot be computed again, "
    "which are marked.",
)


def checks(default: Literal["all", "fast"]) -> Decorator:
    """Make the option that chooses whether regions and holes are counted."""
    return click.option(
        "--checks",
        type=click.Choice(["all", "fast"]),
        default=default,
        show_default=True,
        help="all also counts regions and holes.",
    )


interval = click.option(
    "--interval",
    type=click.Choice(get_args(IntervalMethod)),
    default="pseudo-case",
    show_default=True,
    help="How 95 % intervals are made: as they hold with few images (pseudo-case), or the "
    "percentile bootstrap, for comparison.",
)


def bootstrap(*, minimum: int = 0) -> Decorator:
    """Make the options of the bootstrap: how often, seed and groups."""
    zero = "" if minimum else "; 0: no intervals and no tests"
    return combine(
        click.option(
            "--bootstrap",
            type=click.IntRange(min=minimum),
            default=DRAWS,
            show_default=True,
            metavar="N",
            help=f"How often the images are resampled{zero}.",
        ),
        click.option(
            "--seed",
            type=click.IntRange(min=0),
            default=SEED,
            show_default=True,
            metavar="N",
            help="Seed of the bootstrap.",
        ),
        click.option(
            "--groups",
            type=PATH,
            metavar="FILE[:COLUMN]",
            help="CSV of ids and groups (patients, lesions) to resample whole; none: no groups.",
        ),
    )


def outputs(result: ResultName) -> Decorator:
    """Make one option per format of a result; commands get their values with take_outputs."""
    return combine(
        *(
            click.option(one.option, one.name, type=TEXT_PATH, metavar="FILE", help=one.help)
            for one in list_formats(result)
        )
    )


def take_outputs(choices: dict[str, Any]) -> dict[str, str | None]:
    """Take the files to write, by name of their format, out of all options of a command."""
    return {one.name: choices.pop(one.name) for one in FORMATS if one.name in choices}


def check_outputs(
    targets: Mapping[str, str | None], task: Task, choices: Mapping[str, Any], *inputs: object
) -> None:
    """Raise UsageError where an output would replace what is read, here or in the options."""
    named = (choices.get(name) for name in ("truth", "groups", "teams"))
    reads = {"csv": ".csv", "superpixels": ".json"}.get(task.reader, "")
    check_targets(targets, [*inputs, *named], reads=reads)


def split_arguments(
    task: str, submissions: Sequence[str | None], task_file: Path | None
) -> tuple[str, list[str]]:
    """Split arguments into task and submissions; with ``--task FILE`` all are submissions."""
    paths = [path for path in submissions if path is not None]
    if task_file is not None:
        return str(task_file), [task, *paths]
    if not paths:
        raise UsageError("name the submission: a folder or .zip of predicted masks, or a .csv")
    return task, paths


def warn(*sentences: str) -> None:
    """Print each sentence on a plain line of standard error."""
    from isiceval.reports.escape import clean

    sys.stderr.writelines(f"isiceval: {clean(sentence)}\n" for sentence in sentences)


def warn_if_swapped(truth: Path, submission: str) -> None:
    """Warn where the submission is named like a truth, and the truth is not."""
    named = [re.sub(r"[^a-z]", "", Path(path).stem.lower()) for path in (truth, submission)]
    is_truth = ["groundtruth" in name or name in ("truth", "truths", "gt") for name in named]
    if is_truth == [False, True]:
        warn(f"{submission} is named like a truth, {truth} is not: are they swapped?")


@contextmanager
def show_progress(verb: str) -> Iterator[dict[str, Any]]:
    """Show a progress bar on a terminal, and nothing in a pipe.

    Yields the arguments ``progress`` and ``drawing`` of :mod:`isiceval.pipeline`, or none.
    """
    from isiceval.reports import text

    console = text.make_console(stderr=True)
    if not console.is_terminal:
        yield {}
        return
    with text.show_progress(console, verb) as (images, draws):
        yield {"progress": images, "drawing": draws}
