"""What a task asks for, as data: built-in tasks by their id, others from a task file in TOML."""

from __future__ import annotations

import hashlib
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Meta

from isiceval.errors import IsicevalError, UsageError
from isiceval.model import Kind, Size

EDITIONS = Path(__file__).parent / "editions"

Pooling = Literal["mean", "pixels", "shares"]
Precision = Literal["step", "trapezoid"]
Undefined = float | Literal["omit"]
Grey = Literal["refuse", "threshold"]
Header = Literal["required", "optional", "none"]
Reader = Literal["masks", "superpixels", "csv"]

# The types of settings. The description says in messages what a setting must be, and a field
# whose type has a description is a setting of task files.
REGEX = "a regular expression"
MAX = sys.float_info.max  # as a limit, it refuses infinite values (and any limit refuses NaN)
_Regex = Annotated[str, Meta(pattern=r"\S", description=REGEX)]
# No task needs more; what is parsed takes time and memory.
MAX_BYTES, MAX_DOTS, MAX_SIDE = 1 << 20, 100, 4096
_Text = Annotated[str, Meta(pattern=r"\S", description="text")]
_Texts = Annotated[tuple[str, ...], Meta(description="a list of texts")]
_Flag = Annotated[bool, Meta(description="true or false")]
_Fraction = Annotated[float, Meta(ge=0, le=1, description="a number from 0 to 1")]
_Number = Annotated[float, Meta(ge=-MAX, le=MAX)]
_Weight = Annotated[float, Meta(ge=0, le=MAX)]
_Count = Annotated[int, Meta(gt=0, le=10**9, description="a whole number above 0")]
_Side = Annotated[int, Meta(gt=0, le=MAX_SIDE)]
_GreyValue = Annotated[int, Meta(ge=0, le=254, description="a whole number from 0 to 254")]
_Word = Annotated[str, Meta(pattern=r"^[A-Za-z][\w-]*\Z")]
_Words = Annotated[tuple[_Word, ...], Meta(min_length=1, description="a list of plain words")]

# Columns of the CSV of cases; a label of the same name would be confused with them.
_RESERVED_LABELS = frozenset(
    ("image", "truth", "chosen", "correct", "weight", "validation_weight", "patient", "signature")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How file names carry the image id: the id's pattern, and what may follow it."""

    image: _Regex = r"ISIC_[0-9]{7}"
    suffixes: Annotated[
        tuple[str, ...], Meta(min_length=1, description="a list of at least one text")
    ] = ("_segmentation", "")
    example: _Text = "ISIC_0012345_segmentation.png"


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvFormat:
    """What a classification CSV must look like.

    ``key`` names the column of ids, ``columns`` those of confidences, in the order of the
    results; ``synonyms`` maps other names for them to ours, and those of them in
    ``unofficial`` give a warning, because the official scorer does not read them.
    ``labels``: the only values there may be (hard labels); empty for confidences in [0, 1].
    ``words``: words that stand for a number in the truth, in small letters.
    ``weights`` and ``texts``: columns that may be there too, of weights and of text.
    ``one_class``: the highest confidence of a row is its diagnosis.
    ``distribution``: a row should add up to about 1.
    ``strict``: ids, columns and fields beyond the expected ones are errors; else they are
    ignored with a warning, and an id is found by its number, as in 2016 and 2017.
    ``warn_official``: warn of what isic-challenge-scoring would refuse although it is read here.
    """

    columns: tuple[str, ...] = ()
    key: _Text = "image"
    synonyms: Annotated[Mapping[str, _Text], Meta(description="a table of names and names")] = (
        field(default_factory=dict)
    )
    unofficial: _Texts = ()
    header: Annotated[Header, Meta(description="'required', 'optional' or 'none'")] = "required"
    id_pattern: _Regex = r"ISIC_[0-9]{7}"
    labels: Annotated[tuple[_Number, ...], Meta(description="a list of numbers")] = ()
    words: Annotated[Mapping[str, _Number], Meta(description="a table of words and numbers")] = (
        field(default_factory=dict)
    )
    weights: tuple[str, ...] = ()
    texts: _Texts = ()
    one_class: _Flag = False
    distribution: _Flag = False
    strict: _Flag = True
    warn_official: _Flag = False

    @property
    def required(self) -> tuple[str, ...]:
        """Return the columns without which there is no table."""
        return (self.key, *self.columns)

    @property
    def known(self) -> tuple[str, ...]:
        """Return all columns that there may be."""
        return (*self.required, *self.weights, *self.texts)

    def for_truth(self) -> CsvFormat:
        """Return the format of the truth for this one: hard labels, weights where given."""
        return replace(
            self,
            labels=self.labels or (0.0, 1.0),
            weights=("score_weight", "validation_weight"),
            texts=self.texts or ("patient_id",),
            unofficial=(),
            one_class=False,
            distribution=False,
            strict=True,
            warn_official=False,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One scored part of a challenge: everything that moves a number, as data.

    ``kind``: ``mask`` (one mask per image), ``masks`` (one per image and label), ``superpixels``
    or ``table``; task files say segmentation or classification.
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
    title: _Text
    kind: Annotated[Kind, Meta(description="'segmentation' or 'classification'")] = "mask"
    profile: str = "default"
    profiles: Mapping[str, str] = field(default_factory=dict)
    ranking: _Text = "jaccard"
    threshold: _GreyValue = 128
    jaccard_threshold: _Fraction = 0.65
    undefined: Annotated[
        _Fraction | Literal["omit"], Meta(description="'omit' or a number from 0 to 1")
    ] = "omit"
    grey: Annotated[Grey, Meta(description="'refuse' or 'threshold'")] = "threshold"
    one_region: _Flag = False
    cases: Annotated[_Count | None, Meta(description="a whole number above 0")] = None
    splits: Annotated[
        Mapping[str, _Count], Meta(description="a table of names and counts above 0")
    ] = field(default_factory=dict)
    naming: Annotated[Naming, Meta(description="a table")] = field(default_factory=Naming)
    also_allowed: _Texts = ()
    rankings: _Texts = ()
    labels: _Words = ()
    table: Annotated[CsvFormat | None, Meta(description="a table")] = None
    metrics: _Texts = ()
    sensitivities: Annotated[
        tuple[Annotated[float, Meta(gt=0, le=1)], ...],
        Meta(description="a list of numbers above 0, up to 1"),
    ] = ()
    confidence_threshold: _Fraction = 0.5
    inclusive: _Flag = False
    weights: Annotated[
        Mapping[str, _Weight], Meta(description="a table of ids and numbers, 0 or more")
    ] = field(default_factory=dict)
    average_precision: Annotated[Precision, Meta(description="'step' or 'trapezoid'")] = "step"
    pooling: Annotated[Pooling, Meta(description="'pixels' or 'shares'")] = "mean"
    resize: Annotated[
        Size | None, Meta(description=f"a list of width and height, {MAX_SIDE} at most")
    ] = None
    notes: _Texts = ()
    references: _Texts = ()
    digest: str = ""

    @property
    def reader(self) -> Reader:
        """Return what reads the submissions of this task."""
        readers: Mapping[Kind, Reader] = {"table": "csv", "superpixels": "superpixels"}
        return readers.get(self.kind, "masks")


@cache
def read_edition(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """Read the TOML tables of the tasks of one edition, by id."""
    return parse_task_file(path.read_bytes(), where=path.name)


def list_built_in() -> list[str]:
    """List the ids of all built-in tasks, sorted."""
    return sorted(task_id for path in EDITIONS.glob("*.toml") for task_id in read_edition(path))


def iter_tasks() -> Iterator[Task]:
    """Yield every built-in task in its default profile, in order of id."""
    yield from map(find_task, list_built_in())


def find_task(name: str, *, profile: str | None = None) -> Task:
    """Find a built-in task by id (``2018/1``), or read the task file of that path."""
    for path in sorted(EDITIONS.glob("*.toml")):
        # Parsing every edition takes ten times as long as parsing the one that has the name.
        if name in path.read_text("utf-8") and name in read_edition(path):
            return build_task(name, read_edition(path)[name], where=path.name, profile=profile)
    if Path(name).suffix.lower() == ".toml":
        return _read_task_file(Path(name), profile=profile)
    built_in = list_built_in()
    parts = [task_id for task_id in built_in if task_id.startswith(f"{name}/")]
    if parts:
        raise UsageError(f"'{name}' is an edition; its tasks are {', '.join(parts)}")
    near = get_close_matches(name, built_in, n=1, cutoff=0.4)
    hint = f"did you mean '{near[0]}'?" if near else f"the tasks are {', '.join(built_in)}."
    own = "A data set of your own takes a task file (my-task.toml)"
    raise UsageError(f"there is no task '{name}'; {hint} {own}")


def _read_task_file(path: Path, *, profile: str | None) -> Task:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read the task file {path}: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise IsicevalError(f"{path.name} has more than {MAX_BYTES:,} bytes, no task file has")
    tables = parse_task_file(content, where=path.name)
    if len(tables) != 1:
        raise IsicevalError(f"{path.name} must define one task, it defines {len(tables)}")
    ((task_id, table),) = tables.items()
    return build_task(task_id, table, where=path.name, profile=profile, content=content)


def parse_task_file(content: bytes, *, where: str) -> Mapping[str, Mapping[str, Any]]:
    """Read a task file: one table a task, keyed by its id."""
    deep = IsicevalError(f"{where} is nested too deeply to be a task file")
    text = content.decode("utf-8-sig", errors="replace")
    # A key of very many parts takes time by their square.
    parts = re.split(r"[\n,=\[\]{}]", re.sub(r"[ \t\"']", "", text))
    if max(part.count(".") for part in parts) > MAX_DOTS:
        raise deep
    try:
        document = tomllib.loads(content.decode("utf-8-sig"))
    except RecursionError as error:
        raise deep from error
    except ValueError as error:  # neither UTF-8 nor TOML, or a number of thousands of digits
        raise IsicevalError(f"{where} is not a readable TOML file: {error}") from error
    tables = document.get("task")
    if not isinstance(tables, dict) or not tables:
        raise IsicevalError(f'{where} defines no task: it needs a table such as [task."my-task"]')
    for key in document:
        if key != "task":
            raise IsicevalError(f"{where}: unknown table [{key}]; all settings go into [task.NAME]")
    for task_id, table in tables.items():
        if not isinstance(table, dict):
            raise IsicevalError(f'{where}: "{task_id}" is in no task; begin with [task.NAME]')
        if "|" in task_id or not task_id.isprintable():
            raise IsicevalError(f"{where}: the name {task_id!r} contains | or a control character")
    return tables


def build_task(
    task_id: str,
    table: Mapping[str, Any],
    *,
    where: str,
    profile: str | None = None,
    content: bytes | None = None,
) -> Task:
    """Build a task from its TOML table, with the settings of the chosen profile over it.

    ``where`` names the file in messages; ``content``, of a user's file, goes into the digest.
    IsicevalError for a wrong setting, UsageError for an unknown ``profile``.
    """
    place = f"{where}, task {task_id}"
    settings = {"title": task_id, **table}
    profiles = settings.pop("profiles", {})
    if not isinstance(profiles, dict) or not all(isinstance(p, dict) for p in profiles.values()):
        raise IsicevalError(f"{place}: profiles must be a table of tables")
    default = settings.pop("profile", next(iter(profiles), "default"))
    chosen = default if profile is None else profile
    known = list(profiles) or ["default"]
    if chosen not in known:
        error = IsicevalError if profile is None else UsageError
        raise error(f"task {task_id} has no profile '{chosen}'; it has: {', '.join(known)}")
    overrides = profiles.get(chosen, {})
    settings.update({name: value for name, value in overrides.items() if name != "about"})
    rankings = settings.get("rankings")
    if isinstance(rankings, list) and rankings:
        settings.setdefault("ranking", rankings[0])
    # Task files may also say mask, masks, table or superpixels themselves, as older ones do.
    if settings.get("kind", "segmentation") == "segmentation":
        settings["kind"] = "masks" if settings.get("labels") else "mask"
    elif settings["kind"] == "classification":
        reader = settings.pop("reader", "csv")
        if reader not in ("csv", "superpixels"):
            sentence = f"reader = {reader!r} is not valid: it must be 'csv' or 'superpixels'"
            raise IsicevalError(f"{place}: {sentence}")
        settings["kind"] = "table" if reader == "csv" else "superpixels"
    task = Task(
        id=task_id,
        profile=chosen,
        profiles={name: str(p.get("about", "")) for name, p in profiles.items()},
        digest=hashlib.sha256(content).hexdigest()[:12] if content else "",
        **_convert_settings(Task, settings, place),
    )
    conflict = _find_conflict(task, settings)
    if conflict:
        raise IsicevalError(f"{place}: {conflict}")
    return replace(task, table=replace(task.table, columns=task.labels)) if task.table else task


_TABLES: Mapping[str, type] = {"naming": Naming, "table": CsvFormat}
_OLD_NAMES: Mapping[str, str] = {"table.foretell": "warn_official"}


def _convert_settings(
    owner: type, settings: Mapping[str, Any], place: str, *, prefix: str = ""
) -> dict[str, Any]:
    """Convert settings to the types of the fields of a class, tables in them too."""
    known = _list_settings(owner)
    converted: dict[str, Any] = {}
    for given, value in settings.items():
        name = _OLD_NAMES.get(prefix + given, given)
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean '{prefix}{near[0]}'?" if near else f"known: {', '.join(known)}"
            raise IsicevalError(f"{place}: unknown setting '{prefix}{name}'; {hint}")
        hint_type, must_be = known[name]
        try:
            if name in _TABLES and isinstance(value, dict):
                table = _TABLES[name]
                own = _convert_settings(table, value, place, prefix=f"{name}.")
                converted[name] = table(**own)
            elif name == "resize":
                converted[name] = Size(*msgspec.convert(value, tuple[_Side, _Side]))
            else:
                converted[name] = msgspec.convert(value, hint_type)
            if must_be == REGEX:
                re.compile(value)
                if is_costly(value):
                    must_be = f"{REGEX} of at most {COSTS}, and repeat no group"
                    raise re.error("it may take very long")  # noqa: TRY301 - told as the others
        except (msgspec.ValidationError, re.error, RecursionError, OverflowError) as error:
            sentence = f"{prefix}{name} = {value!r} is not valid: it must be {must_be}"
            raise IsicevalError(f"{place}: {sentence}") from error
    return converted


COSTS = "200 characters, 4 groups, 3 repeats (* + {m,n}) and 8 options (?)"


def is_costly(pattern: str) -> bool:
    """Tell whether a regular expression could take very long on some text; ``COSTS`` has limits.

    >>> is_costly("ISIC_[0-9]{7}(_downsampled)?"), is_costly("(a+)+b")
    (False, True)
    """
    plain = re.sub(r"\[\^?\]?[^\]]*\]", "x", re.sub(r"\\[^1-9]", "x", pattern))
    repeats = len(re.findall(r"[*+]|\{[0-9]*,[0-9]*\}", plain))
    options, groups = len(re.findall(r"(?<!\()\?", plain)), plain.count("(")
    loops = re.search(r"\)[*+{]|\\|\(\?P=", plain)  # a repeated group, a reference
    return bool(loops) or len(pattern) > 200 or repeats > 3 or options > 8 or groups > 4


@cache
def _list_settings(owner: type) -> Mapping[str, tuple[Any, str]]:
    """List the settings of a class: name to type and description."""
    hints = get_type_hints(owner, include_extras=True)
    return {
        name: (hint, meta.description)
        for name, hint in hints.items()
        for meta in getattr(hint, "__metadata__", ())
        if meta.description
    }


_KIND_NAMES: Mapping[Kind, str] = {
    "mask": "one mask per image",
    "masks": "masks with labels",
    "superpixels": "superpixels",
    "table": "tables",
}
_ALLOWED_KINDS: Mapping[str, tuple[Kind, ...]] = {
    **dict.fromkeys(("jaccard_threshold", "one_region"), ("mask",)),
    **dict.fromkeys(("threshold", "grey"), ("mask", "masks")),
    **dict.fromkeys(("pooling", "resize"), ("masks",)),
    **dict.fromkeys(("table", "metrics", "sensitivities", "inclusive", "weights"), ("table",)),
    **dict.fromkeys(("confidence_threshold", "average_precision"), ("superpixels", "table")),
    "also_allowed": ("mask", "masks", "superpixels"),
    "labels": ("masks", "superpixels", "table"),
}


def _find_conflict(task: Task, settings: Mapping[str, Any]) -> str:
    """Find settings of a task that do not go together; empty where there are none."""
    kind = _KIND_NAMES[task.kind]
    for name in settings:
        allowed = _ALLOWED_KINDS.get(name, (task.kind,))
        if task.kind not in allowed:
            others = " and ".join(_KIND_NAMES[other] for other in allowed)
            return f"'{name}' is a setting for {others}, this task is one of {kind}"
    needed = {
        "labels": task.kind != "mask" and not task.labels,
        "table": task.kind == "table" and task.table is None,
        "metrics": task.kind == "table" and not task.metrics,
        "pooling": task.kind == "masks" and task.pooling == "mean",
    }
    for name, lacks in needed.items():
        if lacks:
            choices = " ('pixels' or 'shares')" if name == "pooling" else ""
            return f"a task of {kind} needs '{name}'{choices}"
    for label in task.labels:
        if label in _RESERVED_LABELS or task.labels.count(label) > 1:
            reason = "is a column of results" if label in _RESERVED_LABELS else "is there twice"
            return f"the label '{label}' {reason}; choose another name"
    found = re.match(task.naming.image, task.naming.example)
    if found is None or not found.group():
        return f"naming.example = {task.naming.example!r} does not begin with naming.image"
    if task.rankings and task.ranking not in task.rankings:
        return f"ranking = {task.ranking!r} is none of its rankings"
    return ""
