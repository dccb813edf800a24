"""The shape of a task definition, and how one is read from TOML."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Literal, NamedTuple

from isiceval.errors import IsicevalError, UsageError

Undefined = float | Literal["omit"]
Grey = Literal["refuse", "threshold"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How file names carry the image id: the id's pattern, and what may follow it."""

    image: str = r"ISIC_[0-9]{7}"
    suffixes: tuple[str, ...] = ("_segmentation", "")
    example: str = "ISIC_0012345_segmentation.png"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One scored part of a challenge: everything that moves a number, as data.

    ``threshold``: a pixel is foreground when its grey value is greater, 0 to 254.
    ``jaccard_threshold``: below it an image has failed and its thresholded Jaccard is 0.
    ``undefined``: what a metric counts as where its formula is 0/0, or ``"omit"`` to leave
    the case out of the mean.
    ``grey``: whether a prediction with more than two values is refused or thresholded.
    ``one_region``: the rules ask for one connected region without holes.
    ``cases``: how many images the truth must have, or None.
    ``also_allowed``: glob patterns of files that may lie in a submission beside the masks.
    """

    id: str
    title: str
    kind: Literal["mask"] = "mask"
    profile: str = "default"
    profiles: Mapping[str, str] = field(default_factory=dict)
    ranking: str = "jaccard"
    threshold: int = 128
    jaccard_threshold: float = 0.65
    undefined: Undefined = "omit"
    grey: Grey = "threshold"
    one_region: bool = False
    cases: int | None = None
    splits: Mapping[str, int] = field(default_factory=dict)
    naming: Naming = field(default_factory=Naming)
    also_allowed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    digest: str = ""


def parse_task_file(content: bytes, *, where: str) -> Mapping[str, Mapping[str, Any]]:
    """Read a task file: one table a task, keyed by its id."""
    try:
        document = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise IsicevalError(f"{where} is not a readable TOML file: {error}") from error
    tables = document.get("task")
    if not isinstance(tables, dict) or not tables:
        raise IsicevalError(f'{where} defines no task: it needs a table such as [task."my-task"]')
    for key in document:
        if key != "task":
            raise IsicevalError(f"{where}: unknown table [{key}]; all settings go into [task.NAME]")
    for task_id, table in tables.items():
        if not isinstance(table, dict):
            raise IsicevalError(f'{where}: "{task_id}" stands in no task; begin with [task.NAME]')
        if "|" in task_id or not task_id.isprintable():
            raise IsicevalError(f"{where}: the name {task_id!r} holds a character it must not")
    return tables


def build_task(
    task_id: str,
    table: Mapping[str, Any],
    *,
    where: str,
    profile: str | None = None,
    content: bytes | None = None,
) -> Task:
    """Build a task from its TOML table, with the chosen profile laid over it."""
    settings = {"title": task_id, **table}
    profiles = settings.pop("profiles", {})
    if not isinstance(profiles, dict) or not all(isinstance(p, dict) for p in profiles.values()):
        raise IsicevalError(f"{where}, task {task_id}: profiles must be a table of tables")
    default = settings.pop("profile", next(iter(profiles), "default"))
    chosen = default if profile is None else profile
    known = list(profiles) or ["default"]
    if chosen not in known:
        fault = IsicevalError if profile is None else UsageError
        raise fault(f"task {task_id} has no profile '{chosen}'; it has: {', '.join(known)}")
    overrides = dict(profiles.get(chosen, {}))
    overrides.pop("about", None)
    settings.update(overrides)
    return Task(
        id=task_id,
        profile=chosen,
        profiles={name: str(p.get("about", "")) for name, p in profiles.items()},
        digest=hashlib.sha256(content).hexdigest()[:12] if content else "",
        **_checked_fields(task_id, settings, where),
    )


def _checked_fields(task_id: str, settings: Mapping[str, Any], where: str) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    for name, value in settings.items():
        setting = _SETTINGS.get(name)
        if setting is None:
            near = get_close_matches(name, _SETTINGS, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(_SETTINGS)}"
            raise IsicevalError(f"{where}, task {task_id}: unknown setting '{name}'; {hint}")
        if not setting.fits(value):
            sentence = f"{name} = {value!r} does not fit: it must be {setting.must_be}"
            raise IsicevalError(f"{where}, task {task_id}: {sentence}")
        checked[name] = setting.convert(value)
    return checked


class _Setting(NamedTuple):
    must_be: str
    fits: Callable[[Any], bool]
    convert: Callable[[Any], Any]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_fraction(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 <= value <= 1


def _are_splits(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_whole(n) and n > 0 for n in value.values())


def _is_naming(value: Any) -> bool:
    if not isinstance(value, dict) or not set(value) <= {"image", "suffixes", "example"}:
        return False
    texts = all(_is_text(value[key]) for key in ("image", "example") if key in value)
    suffixes = value.get("suffixes", [""])
    return texts and suffixes != [] and _are_texts(suffixes) and _fits_example(value)


def _fits_example(value: Mapping[str, Any]) -> bool:
    usual = Naming()
    try:
        found = re.match(value.get("image", usual.image), value.get("example", usual.example))
    except re.error:
        return False
    return found is not None and bool(found.group())


def _build_naming(value: Mapping[str, Any]) -> Naming:
    usual = Naming()
    return Naming(
        image=value.get("image", usual.image),
        suffixes=tuple(value.get("suffixes", usual.suffixes)),
        example=value.get("example", usual.example),
    )


_TEXT = _Setting("text", _is_text, str)
_TEXTS = _Setting("a list of texts", _are_texts, tuple)
_SETTINGS: Mapping[str, _Setting] = {
    "title": _TEXT,
    "kind": _Setting("'mask'", lambda value: value == "mask", str),
    "ranking": _TEXT,
    "threshold": _Setting(
        "a whole number from 0 to 254", lambda v: _is_whole(v) and 0 <= v <= 254, int
    ),
    "jaccard_threshold": _Setting("a number from 0 to 1", _is_fraction, float),
    "undefined": _Setting(
        "'omit' or a number from 0 to 1",
        lambda value: value == "omit" or _is_fraction(value),
        lambda value: value if value == "omit" else float(value),
    ),
    "grey": _Setting("'refuse' or 'threshold'", lambda v: v in ("refuse", "threshold"), str),
    "one_region": _Setting("true or false", lambda value: isinstance(value, bool), bool),
    "cases": _Setting("a whole number above 0", lambda v: _is_whole(v) and v > 0, int),
    "splits": _Setting("a table of names and counts above 0", _are_splits, dict),
    "naming": _Setting(
        "a table with image (a regular expression), suffixes (a list), example (a name that fits)",
        _is_naming,
        _build_naming,
    ),
    "also_allowed": _TEXTS,
    "notes": _TEXTS,
    "references": _TEXTS,
}
