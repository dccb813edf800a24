"""The shape of a task definition, and how one is read from TOML."""

from __future__ import annotations

import hashlib
import math
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, Literal, NamedTuple

from isiceval.errors import IsicevalError, UsageError
from isiceval.model import Kind, Size
from isiceval.tasks.layout import TableLayout

Pooling = Literal["mean", "pixels", "shares"]
Precision = Literal["step", "trapezoid"]
Undefined = float | Literal["omit"]
Grey = Literal["refuse", "threshold"]
Reader = Literal["masks", "superpixels", "csv"]


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
    ``rankings``: the metrics that may be ranked on, the first by default; empty for one alone.

    Of other kinds than ``mask``:

    ``labels``: the classes, features or attributes, in the order of reports.
    ``table``: what the CSV looks like. ``metrics``: what is computed from it.
    ``sensitivities``: where the specificity is asked for.
    ``confidence_threshold``, ``inclusive``: from where on a confidence counts as yes.
    ``weights``: what single cases of the truth weigh, by id.
    ``average_precision``: summed in steps, or by the trapezoids of older scikit-learn.
    ``pooling``: how the masks of one label are added up, by pixels or by shares of the mask;
    ``resize``: to which size they are brought before.
    """

    id: str
    title: str
    kind: Kind = "mask"
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
    rankings: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    table: TableLayout | None = None
    metrics: tuple[str, ...] = ()
    sensitivities: tuple[float, ...] = ()
    confidence_threshold: float = 0.5
    inclusive: bool = False
    weights: Mapping[str, float] = field(default_factory=dict)
    average_precision: Precision = "step"
    pooling: Pooling = "mean"
    resize: Size | None = None
    notes: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    digest: str = ""

    @property
    def reader(self) -> Reader:
        """Return what reads the submissions of this task."""
        return "csv" if self.table else "superpixels" if self.kind == "superpixels" else "masks"


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
    if settings.get("rankings") and "ranking" not in settings:
        settings["ranking"] = settings["rankings"][0]
    task = Task(
        id=task_id,
        profile=chosen,
        profiles={name: str(p.get("about", "")) for name, p in profiles.items()},
        digest=hashlib.sha256(content).hexdigest()[:12] if content else "",
        **_checked_fields(task_id, settings, where),
    )
    conflict = _find_conflict(task, settings)
    if conflict:
        raise IsicevalError(f"{where}, task {task_id}: {conflict}")
    return replace(task, table=replace(task.table, columns=task.labels)) if task.table else task


_FILES, _LABELLED = ("mask", "masks", "superpixels"), ("masks", "superpixels", "table")
_OWNERS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("jaccard_threshold", "one_region"), ("mask",)),
    **dict.fromkeys(("threshold", "grey"), ("mask", "masks")),
    **dict.fromkeys(("pooling", "resize"), ("masks",)),
    **dict.fromkeys(("table", "metrics", "sensitivities", "inclusive", "weights"), ("table",)),
    **dict.fromkeys(("confidence_threshold", "average_precision"), ("superpixels", "table")),
    "also_allowed": _FILES,
    "labels": _LABELLED,
}


def _find_conflict(task: Task, settings: Mapping[str, Any]) -> str:
    """Say which settings of a task do not go together; nothing where all is well."""
    for name in settings:
        if task.kind not in _OWNERS.get(name, (task.kind,)):
            kinds = " and ".join(map(repr, _OWNERS[name]))
            return f"'{name}' is a setting of kind {kinds}, this task is of kind '{task.kind}'"
    needed = {
        "labels": task.kind in _LABELLED and not task.labels,
        "table": task.kind == "table" and task.table is None,
        "metrics": task.kind == "table" and not task.metrics,
        "pooling": task.kind == "masks" and "pooling" not in settings,
    }
    for name, lacks in needed.items():
        if lacks:
            return f"a task of kind '{task.kind}' needs '{name}'"
    if task.kind == "masks" and task.pooling == "mean":
        return "pooling of kind 'masks' is 'pixels' or 'shares'"
    if task.rankings and task.ranking not in task.rankings:
        return f"ranking = {task.ranking!r} is none of its rankings"
    return ""


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


_ROW_WORDS = frozenset(
    ("image", "truth", "chosen", "correct", "weight", "validation_weight", "patient", "signature")
)


def _are_labels(value: Any) -> bool:
    plain = _are_texts(value) and all(re.fullmatch(r"[A-Za-z][\w-]*", label) for label in value)
    return plain and bool(value) and len(set(value)) == len(value) and not _ROW_WORDS & set(value)


def _are_fractions(value: Any) -> bool:
    return isinstance(value, list) and all(_is_fraction(item) and item > 0 for item in value)


def _are_weights(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_weight, value.values()))


def _is_weight(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf


def _is_size(value: Any) -> bool:
    return (
        isinstance(value, list) and len(value) == 2 and all(_is_whole(n) and n > 0 for n in value)
    )


def _is_choice(*known: str) -> _Setting:
    return _Setting(" or ".join(map(repr, known)), lambda value: value in known, str)


_LAYOUT_FIELDS: Mapping[str, Callable[[Any], bool]] = {
    "key": _is_text,
    "synonyms": lambda value: isinstance(value, dict) and all(map(_is_text, value.values())),
    "unofficial": _are_texts,
    "header": lambda value: value in ("required", "optional", "none"),
    "id_pattern": lambda value: _is_text(value) and _is_pattern(value),
    "labels": lambda value: isinstance(value, list) and all(map(_is_number, value)),
    "words": lambda value: isinstance(value, dict) and all(map(_is_number, value.values())),
    "texts": _are_texts,
    **dict.fromkeys(
        ("one_class", "distribution", "strict", "foretell"), lambda value: isinstance(value, bool)
    ),
}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_pattern(value: str) -> bool:
    try:
        re.compile(value)
    except re.error:
        return False
    return True


def _is_layout(value: Any) -> bool:
    known = isinstance(value, dict) and set(value) <= set(_LAYOUT_FIELDS)
    return known and all(_LAYOUT_FIELDS[name](item) for name, item in value.items())


def _build_layout(value: Mapping[str, Any]) -> TableLayout:
    fields: dict[str, Any] = {
        name: tuple(i) if isinstance(i, list) else i for name, i in value.items()
    }
    if "labels" in fields:
        fields["labels"] = tuple(map(float, fields["labels"]))
    return TableLayout(columns=(), **fields)


_TEXT = _Setting("text", _is_text, str)
_TEXTS = _Setting("a list of texts", _are_texts, tuple)
_SETTINGS: Mapping[str, _Setting] = {
    "title": _TEXT,
    "kind": _is_choice("mask", "masks", "superpixels", "table"),
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
    "rankings": _TEXTS,
    "labels": _Setting("a list of plain words, each once", _are_labels, tuple),
    "table": _Setting(
        f"a table with some of: {', '.join(_LAYOUT_FIELDS)}", _is_layout, _build_layout
    ),
    "metrics": _TEXTS,
    "sensitivities": _Setting(
        "a list of numbers above 0, up to 1", _are_fractions, lambda v: tuple(map(float, v))
    ),
    "confidence_threshold": _Setting("a number from 0 to 1", _is_fraction, float),
    "inclusive": _Setting("true or false", lambda value: isinstance(value, bool), bool),
    "weights": _Setting("a table of ids and numbers, 0 or more", _are_weights, dict),
    "average_precision": _is_choice("step", "trapezoid"),
    "pooling": _is_choice("mean", "pixels", "shares"),
    "resize": _Setting("a list of width and height", _is_size, lambda v: Size(v[0], v[1])),
    "notes": _TEXTS,
    "references": _TEXTS,
}
