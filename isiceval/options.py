"""What a caller may choose, checked once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args

from isiceval.compute.executor import Progress
from isiceval.errors import UsageError
from isiceval.metrics.registry import METRICS, describe_aggregates
from isiceval.model import DRAWS, SEED, IntervalMethod
from isiceval.tasks.task import Task

if TYPE_CHECKING:
    import pandas as pd

    from isiceval.sources.container import Container
    from isiceval.sources.sidecars import Groups

MAX_DRAWS = 20_000

Source: TypeAlias = "str | Path | Mapping[str, object] | pd.DataFrame | Container"
"""A folder, a zip or a CSV by its path; or masks, superpixels or a table in memory."""
Grouping: TypeAlias = str | Path | Mapping[str, str]
Missing = Literal["refuse", "zero"]
Checks = Literal["all", "fast"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to read and check, and how many processes do it; see :mod:`isiceval.pipeline`."""

    missing: Missing = "refuse"
    lenient: bool = False
    checks: Checks = "fast"
    headers_only: bool = False
    workers: int | None = None
    progress: Progress | None = None

    def __post_init__(self) -> None:
        """Refuse what is no choice."""
        check_choice("missing", self.missing, Missing)
        check_choice("checks", self.checks, Checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedFrom:
    """What says which images are expected and how large they are: exactly one of the three."""

    truth: Source | None = None
    images: str | Path | None = None
    manifest: str | Path | None = None

    def __post_init__(self) -> None:
        """Raise UsageError unless exactly one is given."""
        given = [name for name in (self.truth, self.images, self.manifest) if name is not None]
        if len(given) != 1:
            raise UsageError(
                "give exactly one of truth, images and manifest to check against "
                "(--truth, --images or --manifest)"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSources:
    """What the pictures of a page are made from: truth, prediction and photos are read again.

    Without truth or prediction there are no overlays.
    """

    truth: Source | None = None
    prediction: Source | None = None
    images: str | Path | None = None
    lenient: bool = False


def check_choice(name: str, value: object, known: object) -> None:
    """Raise UsageError where a value is none of those that a Literal lists."""
    if value not in get_args(known):
        raise UsageError(f"{name}={value!r} is not one of: {', '.join(get_args(known))}")


def check_source(role: str, source: object) -> None:
    """Raise UsageError where a path was given and nothing is there, or nobody may look."""
    if not isinstance(source, str | Path):
        return
    if not str(source):
        raise UsageError(f"the path of the {role} is empty")
    try:
        Path(source).stat()
    except OSError as error:
        reason = "" if isinstance(error, FileNotFoundError) else f": {error.strerror}"
        raise UsageError(f"there is no {role} {source}{reason}") from error


class Threshold(NamedTuple):
    """The minimum of an aggregate, or of a metric of every single image."""

    metric: str
    minimum: float


def parse_thresholds(
    texts: Iterable[str], *, task: Task, per_image: bool = False
) -> tuple[Threshold, ...]:
    """Parse thresholds written as ``metric=number``, separated by blanks or commas.

    With ``per_image`` the metrics are those of single images, else the aggregates of the task.
    Where a metric is named twice, the last one counts. Raises UsageError for what is written
    wrong or can never be met, and for a metric that is unknown or better when lower.
    """
    parts = [part for text in texts for part in text.replace(",", " ").split()]
    if parts and per_image and task.labels:
        raise UsageError(f"task {task.id} has no metric of single images to set a minimum for")
    known = METRICS if per_image else describe_aggregates(task)
    parsed = {}
    for part in parts:
        name, sign, number = part.partition("=")
        if not sign:
            raise UsageError(f"a minimum is written as metric=number, not '{part}'")
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known)}"
            raise UsageError(f"there is no metric '{name}' to set a minimum for; {hint}")
        if known[name].better == "lower":
            raise UsageError(f"{name} is better when lower, a minimum makes no sense for it")
        try:
            minimum = float(number)
        except ValueError:
            minimum = math.nan
        if not math.isfinite(minimum):
            raise UsageError(f"the minimum in '{part}' is not a number")
        if minimum > known[name].range[1]:
            most = f"{name} is at most {known[name].range[1]:g}"
            raise UsageError(f"{most}: the minimum in '{part}' is never met")
        parsed[name] = Threshold(name, minimum)
    return tuple(parsed.values())


def find_unmet(values: Mapping[str, float], thresholds: Iterable[Threshold]) -> list[str]:
    """Find the thresholds that the values do not meet, one sentence each.

    An undefined value (NaN, or no value) meets none. Values are given in full, so that 0.7499999
    does not read as 0.75.
    """
    unmet = []
    for metric, minimum in thresholds:
        value = values.get(metric, math.nan)
        if not value >= minimum:
            shown = "undefined" if math.isnan(value) else repr(value)
            unmet.append(f"{metric} is {shown}, the minimum is {minimum}")
    return unmet


@dataclass(frozen=True, slots=True, kw_only=True)
class BootstrapOptions:
    """How often images are drawn, from which seed, which of them belong together; and intervals."""

    draws: int = DRAWS
    seed: int = SEED
    groups: Groups | None = None
    interval: IntervalMethod = "pseudo-case"

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        check_choice("interval", self.interval, IntervalMethod)
        if not 1 <= self.draws <= MAX_DRAWS:
            raise UsageError(f"bootstrap must be from 1 to {MAX_DRAWS} draws, not {self.draws}")
        if self.seed < 0:
            raise UsageError(f"the seed must be 0 or above, not {self.seed}")


def choose_bootstrap(
    draws: int,
    seed: int,
    groups: Grouping | None,
    *,
    interval: IntervalMethod = "pseudo-case",
    task: Task | None = None,
) -> BootstrapOptions | None:
    """Choose how images are drawn; None where ``draws`` is 0.

    ``groups`` is a CSV, a mapping of image id to group, or ``"none"``: single images are drawn even
    where the truth names patients.
    """
    if draws == 0:
        if groups is not None:
            raise UsageError("groups need a bootstrap: give more than 0 resamples")
        return None
    from isiceval.sources.sidecars import Groups, read_groups

    named = Groups(where="groups", group_of=groups) if isinstance(groups, Mapping) else None
    if str(groups) == "none":
        named = Groups(where="none")
    elif isinstance(groups, str | Path):
        named = read_groups(Path(groups), task=task)
    return BootstrapOptions(draws=draws, seed=seed, groups=named, interval=interval)
