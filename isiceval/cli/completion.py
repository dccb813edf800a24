"""Completion of words by the shell: print or install the one line that switches it on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import click

from isiceval.errors import UsageError


class Shell(NamedTuple):
    """Where a shell reads what to do at its start, below the home folder, and the line for it."""

    start: str
    line: str


SHELLS = {
    "bash": Shell(".bashrc", 'eval "$(_ISICEVAL_COMPLETE=bash_source isiceval)"'),
    "zsh": Shell(".zshrc", 'eval "$(_ISICEVAL_COMPLETE=zsh_source isiceval)"'),
    "fish": Shell(
        ".config/fish/completions/isiceval.fish",
        "_ISICEVAL_COMPLETE=fish_source isiceval | source",
    ),
}


def show_completion() -> None:
    """Print the line for the shell in use."""
    shell = _find_shell()
    click.echo(f"# for ~/{shell.start}\n{shell.line}")


def install_completion() -> None:
    """Add the line for the shell in use to what it reads at its start, once."""
    shell = _find_shell()
    start = Path.home() / shell.start
    start.parent.mkdir(parents=True, exist_ok=True)
    known = start.read_text(encoding="utf-8") if start.exists() else ""
    if shell.line not in known.splitlines():
        with start.open("a", encoding="utf-8") as file:
            file.write(f"{'' if known.endswith(chr(10)) or not known else chr(10)}{shell.line}\n")
    click.echo(f"{start} has the line; it works in the next shell that you open")


def _find_shell() -> Shell:
    name = Path(os.environ.get("SHELL", "")).name
    if name not in SHELLS:
        raise UsageError(f"words are completed in {', '.join(SHELLS)}, not in '{name or 'none'}'")
    return SHELLS[name]
