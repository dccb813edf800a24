"""Open what a caller gives as masks, and name the submissions of a leaderboard."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from isiceval.errors import UsageError
from isiceval.model import Problem
from isiceval.sources.container import ArrayContainer, Container, ReadError, is_junk, open_folder
from isiceval.sources.formats import find_format


def open_source(source: object) -> Container:
    """Open a folder or a zip by its path, or take a mapping of image id to array.

    A container is returned as it is. What is wrong with a path is in the problems of the container.
    Raises UsageError for what is neither a path nor a mapping with strings as keys.
    """
    if isinstance(source, Container):
        return source
    if isinstance(source, Mapping):
        return ArrayContainer(source)
    if not isinstance(source, str | Path):
        kind = type(source).__name__
        raise UsageError(f"masks are a folder, a zip or a mapping by image id, not {kind}")
    path = Path(source)
    name = path.name if path.name not in ("", "..") else Path(os.path.abspath(path)).name  # noqa: PTH100 - Path.resolve may raise
    # A name that is not valid text could not be printed: such characters become "?".
    name = (name or str(path)).encode("utf-8", "replace").decode("utf-8")
    try:
        if path.is_dir():
            return open_folder(path, name=name)
        if path.is_file():
            return _open_file(path, name=name)
        detail = "is neither a file nor a folder" if path.exists() else "does not exist"
    except OSError as error:
        detail = f"cannot be opened: {error.strerror}"
    return Container(name=name, problems=(Problem("not-a-submission", name, detail),))


def show_name(name: str) -> str:
    r"""Return a name as valid text, with escapes for bytes that are not UTF-8.

    >>> show_name("a\udcff")
    'a\\udcff'
    """
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


_TEXT_SUFFIXES = {".csv": "table (CSV)", ".json": "JSON file"}
# These archives may hold a zip at their end, so they are looked for first.
_ARCHIVES = {
    "7-Zip": "a 7z archive",
    "RAR": "a RAR archive",
    "gzip": "a gzip file (.gz or .tar.gz)",
    "bzip2": "a bzip2 file (.bz2 or .tar.bz2)",
    "xz": "an xz file (.xz or .tar.xz)",
    "Zstandard": "a Zstandard file (.zst)",
    "tar": "a tar archive",
}
_OTHERS = {
    **{form: f"a single {form} image" for form in ("PNG", "JPEG", "GIF", "TIFF")},
    "PDF": "a PDF",
    "HTML": "a web page (HTML), perhaps a download that failed",
    "git-lfs pointer": "a git-lfs pointer, not the file itself (run: git lfs pull)",
    "empty": "an empty file",
}


def _open_file(path: Path, *, name: str) -> Container:
    from isiceval.sources.archive import open_zip

    with path.open("rb") as file:
        start = file.read(512)
    suffix, form = path.suffix.lower(), find_format(start)
    kind = _ARCHIVES.get(form)
    if not kind:
        try:
            return open_zip(path, name=name)
        except ReadError as error:
            problem = error.problem
        kind = _OTHERS.get(form)
        meant_as_zip = suffix == ".zip" or start.startswith((b"PK\3\4", b"PK\5\6", b"PK\7\x08"))
        if not kind and (meant_as_zip or problem.code != "unreadable-zip"):
            return Container(name=name, form="zip", problems=(problem,))
    if not kind and suffix in _TEXT_SUFFIXES:
        kind = f"a {_TEXT_SUFFIXES[suffix]}, as other tasks take"
    detail = f"is {kind or 'a file of unknown kind'}, neither a folder nor a zip"
    return Container(name=name, problems=(Problem("not-a-submission", name, detail),))


_IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".gif"})
_NOTE_SUFFIXES = frozenset({".csv", ".md", ".txt", ".html", ".toml", ".log"})


def list_submissions(
    paths: Sequence[Path], *, tables: bool = False, others: Iterable[Path] = ()
) -> dict[str, Path | Container]:
    """Name every submission: by its own name, or by its path where two share a name.

    A single folder without masks of its own is taken as the folder that holds the submissions;
    notes beside them (Markdown, text, and CSV unless they are ``tables``) are left out, and so
    are the ``others``, such as the truth and the table of teams; anything else is listed. A link
    in such a folder may lead to the truth: in its place stands a container that says what is wrong.
    Raises UsageError where a path is not there or given twice, or where there is none.
    """
    given = paths
    if len(paths) == 1 and paths[0].is_dir():
        try:
            children = sorted(paths[0].iterdir())
        except OSError as error:
            raise UsageError(f"cannot open {paths[0]}: {error.strerror}") from error
        if tables or not any(child.suffix.lower() in _IMAGE_SUFFIXES for child in children):
            notes = _NOTE_SUFFIXES - {".csv"} if tables else _NOTE_SUFFIXES
            known = {other.resolve() for other in others}
            found = [
                child
                for child in children
                if not is_junk(child.name)
                and not child.name.startswith(".")
                and (child.is_dir() or child.suffix.lower() not in notes)
                and (child.is_symlink() or child.resolve() not in known)
            ]
            paths = found if tables else found or paths
    if not paths:
        raise UsageError("there is no submission to rank")
    named: dict[str, Path | Container] = {}
    # Not Path.resolve: a link is named by itself, not by what it leads to.
    own = [show_name(Path(os.path.abspath(path)).name) for path in paths]  # noqa: PTH100 - see above
    for path, name in zip(paths, own, strict=True):
        if not os.path.lexists(path):  # a link that leads nowhere is a submission that is faulty
            raise UsageError(f"there is no submission {path}")
        unique = name if own.count(name) == 1 else show_name(path.as_posix())
        if unique in named:
            raise UsageError(f"the submission {path} is given twice")
        named[unique] = path if path in given else _check_child(path, name)
    return named


def _check_child(path: Path, name: str) -> Path | Container:
    """Return a path that was found in a folder, or what says why it is not read."""
    fix = "put the folder or file itself in its place, or name its path on the command line"
    if path.is_symlink():
        detail = "is a link: links in a folder of submissions are not followed"
        problem = Problem("symbolic-link", name, detail, fix=fix)
    elif path.is_dir() or path.is_file():
        return path
    else:  # reading a pipe would wait for its writer
        problem = Problem("not-a-submission", name, "is neither a file nor a folder", fix=fix)
    return Container(name=name, problems=(problem,))
