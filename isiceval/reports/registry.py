"""The formats of results, from which the command line derives options; writing them to files.

A new format is one function in a module of this package, and one entry in ``FORMATS``. The module
is loaded only when a report in that format is asked for.

>>> [one.option for one in list_formats("comparison")]
['--json', '--markdown']
>>> find_format("latex").help
'Write a LaTeX table; - for standard output.'
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from isiceval.errors import UsageError
from isiceval.model import DRAWS, SEED

if TYPE_CHECKING:
    from isiceval.blocks import Block
    from isiceval.model import Comparison, Leaderboard, Validation
    from isiceval.scorecard import Scorecard
    from isiceval.tasks.task import Task

Result: TypeAlias = "Scorecard | Leaderboard | Comparison | Validation"
ResultName = Literal["scorecard", "leaderboard", "comparison", "validation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportInputs:
    """What a report may need beside the result: its task and, for pictures, what was scored.

    Pictures are made of ``truth`` and ``prediction``, drawn on the photographs ``images``;
    ``metadata`` is a CSV of facts to break the score down by. ``bootstrap``, ``seed`` and
    ``groups`` are as for :func:`isiceval.score`. Formats other than HTML need none of these.
    """

    task: Task
    truth: Any = None
    prediction: Any = None
    images: str | Path | None = None
    metadata: str | Path | None = None
    lenient: bool = False
    bootstrap: int = DRAWS
    seed: int = SEED
    groups: str | Path | Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name, the suffix of its files, what help calls it, the results it can write.

    ``function`` (``module:name``) writes one of them, from what ``takes`` says: the result, its
    blocks, or the result and the ReportInputs.
    """

    name: str
    suffix: str
    noun: str
    results: tuple[ResultName, ...]
    function: str
    takes: Literal["result", "blocks", "inputs"] = "result"

    @property
    def option(self) -> str:
        """Return the option of the command line that asks for this format."""
        return f"--{self.name}"

    @property
    def help(self) -> str:
        """Return the help of that option."""
        return f"Write {self.noun}; - for standard output."

    def render(self, result: Result, inputs: ReportInputs) -> str:
        """Write a result in this format; TypeError where it has no report of such a result."""
        if type(result).__name__.lower() not in self.results:
            raise TypeError(f"{self.option} writes no {type(result).__name__}")
        module, _, name = self.function.partition(":")
        given = {"result": (result,), "blocks": (describe(result),), "inputs": (result, inputs)}
        text: str = getattr(import_module(module), name)(*given[self.takes])
        return text


SCORED: tuple[ResultName, ...] = ("scorecard", "leaderboard")
ALL: tuple[ResultName, ...] = (*SCORED, "comparison", "validation")
FORMATS = (
    Format("csv", ".csv", "a CSV", SCORED, "isiceval.reports.csv:write_csv"),
    Format("json", ".json", "JSON", ALL, "isiceval.reports.json:write_json"),
    Format(
        "markdown", ".md", "Markdown", ALL, "isiceval.reports.markdown:render_markdown", "blocks"
    ),
    Format(
        "latex", ".tex", "a LaTeX table", SCORED, "isiceval.reports.latex:render_latex", "blocks"
    ),
    Format("html", ".html", "a page (HTML)", SCORED, "isiceval.pages:render", "inputs"),
)


def describe(result: Result) -> Iterator[Block]:
    """Return the blocks of a result, by the module of this package that is called like it."""
    module = import_module(f"isiceval.reports.{type(result).__name__.lower()}")
    blocks: Iterator[Block] = module.describe(result)
    return blocks


def list_formats(result: ResultName) -> tuple[Format, ...]:
    """List the formats that a kind of result can be written in."""
    return tuple(one for one in FORMATS if result in one.results)


def find_format(name: str) -> Format:
    """Find a format by its name; KeyError where there is none."""
    return {one.name: one for one in FORMATS}[name]


def write_reports(result: Result, targets: Mapping[str, str | None], inputs: ReportInputs) -> None:
    """Write a result in each format that has a target: a path, or ``-`` for standard output."""
    for name, target in targets.items():
        if target is not None:
            write_output(target, find_format(name).render(result, inputs))


def check_targets(
    targets: Mapping[str, str | None], inputs: Iterable[object], *, reads: str = ""
) -> None:
    """Raise UsageError where two targets, by format, are one file, or one would replace an input.

    Of ``inputs`` those that are paths count. In a folder among them every file counts but those
    with the suffix of the format, unless the task ``reads`` files of that suffix.
    """
    given = [one for one in inputs if isinstance(one, str | Path)]
    taken = set[str]()
    for name, target in targets.items():
        real = _find_file(target) if target is not None else ""
        if real and real in taken:
            raise UsageError(f"two outputs would go to {target}: give each a file of its own")
        taken.add(real)
        suffix = find_format(name).suffix
        is_note = suffix != reads and real.lower().endswith(suffix)
        for source in given:
            if Path(real).is_file() and _holds(source, real, within=not is_note):
                raise UsageError(f"{target} is read, or part of {source}: write to another file")


def _find_file(target: str) -> str:
    """Return the real path of what will be written, ``-``, or nothing for a device."""
    try:
        is_device = target != "-" and not stat.S_ISREG(Path(target).stat().st_mode)
    except FileNotFoundError:
        is_device = False
    except OSError as error:
        raise UsageError(f"cannot write {target}: {error.strerror}") from error
    return "" if is_device else "-" if target == "-" else os.path.realpath(target)


def _holds(source: str | Path, file: str, *, within: bool) -> bool:
    """Tell whether an input is a file, perhaps by another name, or a folder that it lies in."""
    # A table of groups may end in the name of its column.
    for path in (Path(source), Path(str(source).rpartition(":")[0])):
        with suppress(OSError):
            if path.samefile(file):
                return True
    return within and Path(file).is_relative_to(os.path.realpath(source))


def write_output(target: str, text: str) -> None:
    """Write text to standard output where the target is ``-``, else to that file as UTF-8.

    A file is written beside its target, then renamed onto it: where that fails, or is interrupted,
    the target is as before and nothing is left over. A pipe or device is written to directly.
    Raises UsageError where writing is not possible.
    """
    if target == "-":
        sys.stdout.write(text)
        return
    path = Path(target)
    content = text.encode("utf-8", "backslashreplace")
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
            return
        real = path.resolve()
        beside = real.with_name(f".isiceval-{os.urandom(8).hex()}.tmp")
        try:
            with beside.open("xb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            beside.replace(real)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        if isinstance(error, IsADirectoryError):
            reason = "it is a folder"
        elif isinstance(error, FileNotFoundError):
            reason = f"there is no folder {path.parent}"
        raise UsageError(f"cannot write {path}: {reason}") from error
