"""The command line: arguments in, text and an exit status out."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

# BLAS is not used here; its threads would only slow the start and make forking unsafe.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import rich_click as click

from isiceval import __version__
from isiceval.cli.options import warn
from isiceval.cli.reference import explain, guide, manifest, tasks
from isiceval.cli.submissions import compare, leaderboard, score, validate
from isiceval.errors import InvalidSubmission, IsicevalError, UsageError

INTERRUPTED = 130
"""The exit status of a program that Ctrl-C ended, as shells have it; Click would return 1."""

UNWRITABLE = {errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}
"""Why standard output takes no more; files have messages of their own."""


class Program(click.RichGroup):
    """All commands; one that is interrupted ends with status 130."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise SystemExit(INTERRUPTED) from None


@click.group(
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"]},
    commands=[validate, score, leaderboard, compare, tasks, explain, guide, manifest],
)
@click.rich_config({"theme": "default-slim", "text_markup": None})
@click.command_panel("Commands", commands=["validate", "score", "leaderboard", "compare"])
@click.command_panel("Reference", commands=["guide", "tasks", "explain", "manifest"])
@click.version_option(__version__, message="isiceval %(version)s")
def app() -> None:
    """Validate, score and rank ISIC skin-lesion submissions as the official scorers did."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0: fine; 1: the submission is invalid or below a minimum; 2: usage; 3: the truth, a task file
    or another thing of the organiser's is at fault; 130: interrupted.
    """
    if sys.stderr is None:  # closed, as by 2>&-
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - a device, open to the end
    if sys.stdout is None:
        # The first file that is opened would take its place, and what is printed go into it.
        warn("cannot write to standard output: it is closed")
        return UsageError.exit_status
    try:
        status = _run(argv)
        sys.stdout.flush()
    except OSError as error:
        if error.filename is not None:
            warn(f"cannot open {error.filename}: {error.strerror}")
            return UsageError.exit_status
        if error.errno not in UNWRITABLE:
            raise
        # What is still buffered would fail again when Python ends; it goes nowhere instead.
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device, not a path
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        if error.errno == errno.EPIPE:  # the reader has what it wanted, as with ``| head``
            return 1
        warn(f"cannot write to standard output: {error.strerror}")
        return UsageError.exit_status
    return status


def _run(argv: Sequence[str] | None) -> int:
    try:
        app.main(list(argv) if argv is not None else None, prog_name="isiceval")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(bool(stop.code))
    except InvalidSubmission as error:
        from isiceval.reports.text import make_console, print_report

        print_report(make_console(), error.validation)
        return error.exit_status
    except IsicevalError as error:
        warn(str(error))
        return error.exit_status
