"""Which submissions there are: paths given one by one, or one folder that holds them all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from isiceval.errors import UsageError
from isiceval.sources.junk import is_junk

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".gif"})
NOTE_SUFFIXES = frozenset({".csv", ".md", ".txt", ".html", ".toml", ".log"})


def list_submissions(paths: Sequence[Path]) -> dict[str, Path]:
    """Name every submission: by its own name, or by its path where two share a name.

    A single folder without masks of its own is taken as the folder that holds the submissions;
    notes beside them (CSV, Markdown, text) are passed over, anything else is listed.
    """
    for path in paths:
        if not path.exists():
            raise UsageError(f"there is no submission {path}")
    if len(paths) == 1 and paths[0].is_dir() and not _holds_images(paths[0]):
        paths = _children(paths[0]) or paths
    if not paths:
        raise UsageError("there is no submission to rank")
    return _name(paths)


def list_tables(paths: Sequence[Path], *, teams: Path | None = None) -> dict[str, Path]:
    """Name every submission of a task of tables, as :func:`list_submissions` does for masks.

    Of a single folder every CSV and scorecard JSON in it is one, except the table of teams;
    other notes beside them are passed over, and anything else is listed.
    """
    for path in paths:
        if not path.exists():
            raise UsageError(f"there is no submission {path}")
    if len(paths) == 1 and paths[0].is_dir():
        known = teams.resolve() if teams is not None else None
        paths = [path for path in _children(paths[0], also=".csv") if path.resolve() != known]
    if not paths:
        raise UsageError("there is no submission to rank")
    return _name(paths)


def _holds_images(folder: Path) -> bool:
    return any(child.suffix.lower() in IMAGE_SUFFIXES for child in folder.iterdir())


def _children(folder: Path, *, also: str = "") -> list[Path]:
    return [
        child
        for child in sorted(folder.iterdir())
        if not is_junk(child.name)
        and not child.name.startswith(".")
        and (child.is_dir() or child.suffix.lower() not in NOTE_SUFFIXES - {also})
    ]


def _name(paths: Iterable[Path]) -> dict[str, Path]:
    named: dict[str, Path] = {}
    seen = [path.resolve().name for path in paths]
    for path in paths:
        own = path.resolve().name
        name = own if seen.count(own) == 1 else path.as_posix()
        if name in named:
            raise UsageError(f"the submission {path} is given twice")
        named[name] = path
    return named
