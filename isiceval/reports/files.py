"""The one place that writes files: whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from isiceval.errors import UsageError


def write_output(target: str, text: str) -> None:
    """Write text to standard output where the target is ``-``, else to that file."""
    if target == "-":
        sys.stdout.write(text)
    else:
        save_text(Path(target), text)


def save_text(path: Path, text: str) -> None:
    """Write text to a file as UTF-8, atomically: beside the target, then renamed onto it.

    Where it fails, or is interrupted, the target is as it was before and nothing is left over.
    A pipe or device is written to directly. Raises UsageError where writing is not possible.
    """
    content = text.encode("utf-8", "backslashreplace")
    try:
        if path.exists() and not path.is_file():
            _write_directly(path, content)
        else:
            _replace(path.resolve(), content)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {_explain(path, error)}") from error


def _write_directly(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(content)


def _replace(target: Path, content: bytes) -> None:
    beside = target.with_name(f".isiceval-{os.urandom(8).hex()}.tmp")
    try:
        with beside.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _explain(path: Path, error: OSError) -> str:
    if path.is_dir():
        return "it is a folder"
    if not path.parent.exists():
        return f"there is no folder {path.parent}"
    return error.strerror or str(error)
