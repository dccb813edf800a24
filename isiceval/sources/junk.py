"""Files that operating systems and data downloads leave behind; they are ignored and counted."""

from __future__ import annotations

_JUNK_FOLDER = "__macosx"
_JUNK_PREFIX = "._"
_JUNK_NAMES = frozenset({".ds_store", "thumbs.db", "desktop.ini", "attribution.txt", "license.txt"})


def is_junk(name: str) -> bool:
    """Tell whether a posix path names a file that nobody meant to submit, in any case."""
    parts = name.lower().split("/")
    base = parts[-1]
    return base in _JUNK_NAMES or base.startswith(_JUNK_PREFIX) or _JUNK_FOLDER in parts
