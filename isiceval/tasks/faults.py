"""What the faults of tables and superpixel files mean: the words behind their codes."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from isiceval.model import Problem, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultText:
    """What a code of a table or superpixel fault means, in words.

    ``kinds`` are the kinds of task whose files can have it.
    """

    code: str
    severity: Severity
    title: str
    text: str
    fix: str
    kinds: tuple[str, ...] = ("table",)


@cache
def describe_faults() -> Mapping[str, FaultText]:
    """Return the words for every code that readers of tables and superpixels use."""
    content = Path(__file__).with_name("words").joinpath("table_faults.toml").read_text("utf-8")
    return {
        code: FaultText(code=code, **{**words, "kinds": tuple(words.get("kinds", ("table",)))})
        for code, words in tomllib.loads(content).items()
    }


def pick_errors(faults: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the faults that make a file invalid."""
    known = describe_faults()
    return tuple(fault for fault in faults if known[fault.code].severity == "error")
