"""The pytest plugin: fixtures for tests of your own, and tests it collects by itself.

Set ``isiceval_task``, ``isiceval_truth`` and ``isiceval_prediction`` in
``[tool.pytest.ini_options]`` (paths are relative to the project root) or on the command line
(``--isiceval-task`` ...), and pytest collects one test per problem rule, one per bar of
``isiceval_min`` and, with ``isiceval_min_image``, one per image.

Nothing heavy is imported until a test needs it.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from isiceval.errors import InvalidSubmission, IsicevalError

if TYPE_CHECKING:
    from isiceval.model import Problem, Validation
    from isiceval.scorecard import Scorecard

OPTIONS = {
    "task": "task to score, such as 2018/1, or a task file (.toml)",
    "truth": "folder or .zip of ground-truth masks, or .csv",
    "prediction": "folder or .zip of predicted masks, or .csv",
    "min": "minimums of aggregates, such as 'threshold_jaccard=0.75 dice=0.85'",
    "min_image": "minimums that every image has to reach, such as 'jaccard=0.4'",
    "profile": "profile of the task",
    "rank_by": "ranking metric of the task, where it has several",
    "missing": "refuse (default) or zero: what to do with images not sent",
    "lenient": "true: also read JPEG, RGB, palette, 0/1 and 16-bit masks",
    "checks": "all (default) or fast: whether to count regions and holes",
}
SHOWN = 5


class ProblemWarning(UserWarning):
    """A problem of a submission that does not make it invalid."""


class CheckFailed(Exception):  # noqa: N818 - reported as a failed test, not as an error
    """A check of the submission failed; the text is all there is to say."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add each option to the ini file and to the command line."""
    group = parser.getgroup("isiceval", "scoring of ISIC submissions")
    for name, text in OPTIONS.items():
        parser.addini(f"isiceval_{name}", text, default="")
        flag = f"--isiceval-{name.replace('_', '-')}"
        group.addoption(flag, dest=f"isiceval_{name}", metavar="VALUE", default=None, help=text)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker that keeps the collected tests in one xdist worker."""
    config.addinivalue_line(
        "markers", "xdist_group(name): tests of one group run in one pytest-xdist worker"
    )
    config.stash[_SETTINGS] = Settings(config)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Append the checks of the configured submission, unless single tests were asked for."""
    settings = session.config.stash[_SETTINGS]
    settings.require_whole()
    if settings.complete and not _asks_for_single_tests(session.config):
        try:
            checks = list(_collect(session, settings))
        except IsicevalError as error:
            raise pytest.UsageError(f"isiceval: {error}") from error
        items.extend(checks)
        collected = pytest.CollectReport("isiceval", "passed", None, [*checks])
        session.ihook.pytest_collectreport(report=collected)


def _asks_for_single_tests(config: pytest.Config) -> bool:
    return any("::" in text or Path(text).is_file() for text in config.args)


class Settings:
    """What the project configured; the submission is checked and scored on first use."""

    def __init__(self, config: pytest.Config) -> None:
        """Keep the configuration; nothing is read yet."""
        self._config = config

    def get(self, name: str) -> str:
        """Return an option, from the command line before the ini file; empty if not given."""
        given = self._config.getoption(f"isiceval_{name}", default=None)
        return str(given if given is not None else self._config.getini(f"isiceval_{name}")).strip()

    def path(self, name: str) -> Path | None:
        """Return an option as a path, relative to the project root."""
        return self._config.rootpath / self.get(name) if self.get(name) else None

    @property
    def task(self) -> str:
        """Return the task id, or the path of the task file."""
        name = self.get("task")
        return str(self._config.rootpath / name) if name.lower().endswith(".toml") else name

    @property
    def complete(self) -> bool:
        """Tell whether there is a task, a truth and a prediction to test."""
        return all(self.get(name) for name in ("task", "truth", "prediction"))

    def require_whole(self) -> None:
        """Refuse bars without a submission to hold against them: they would never be tested."""
        asked = [name for name in ("prediction", "min", "min_image") if self.get(name)]
        lacking = [n for n in ("task", "truth", "prediction") if not self.get(n)]
        if asked and lacking:
            names = " and ".join(f"isiceval_{name}" for name in lacking)
            raise pytest.UsageError(f"isiceval_{asked[0]} is set, but {names} is not")

    def fill(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Fill what a call leaves open from the configuration."""
        known: dict[str, Any] = {
            "task": self.task,
            "truth": self.path("truth"),
            "prediction": self.path("prediction"),
            "profile": self.get("profile"),
            "checks": self.get("checks"),
            "lenient": self.get("lenient").lower() in ("1", "true", "yes", "on"),
        }
        defaults = {name: value for name, value in known.items() if value}
        return {**defaults, **arguments}

    def fill_score(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Fill what a call that scores leaves open."""
        filled = self.fill(arguments)
        if self.get("rank_by"):
            filled.setdefault("rank_by", self.get("rank_by"))
        return filled

    @cached_property
    def outcome(self) -> Outcome:
        """Score the configured prediction once; an invalid one yields its problems."""
        arguments = self.fill_score({"checks": self.get("checks") or "all"})
        missing = self.get("missing")
        if missing:
            arguments["missing"] = missing
        from isiceval.pipeline import score

        try:
            scorecard = score(**arguments)
        except InvalidSubmission as error:
            return Outcome(problems=error.problems, validation=error.validation)
        return Outcome(problems=scorecard.problems, scorecard=scorecard)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The configured submission, checked and, where it is valid, scored."""

    problems: tuple[Problem, ...]
    scorecard: Scorecard | None = None
    validation: Validation | None = None

    def get_scorecard(self) -> Scorecard:
        """Return the scorecard, or fail with the number of errors."""
        if self.scorecard is None:
            n = len(self.validation.errors) if self.validation else 0
            noun = "error" if n == 1 else "errors"
            raise CheckFailed(f"not scored: the submission is invalid ({n} {noun}, see rule tests)")
        return self.scorecard


_SETTINGS = pytest.StashKey[Settings]()


class CheckItem(pytest.Item):
    """One collected check: a rule, a bar, or an image."""

    def __init__(self, *, check: Callable[[], None], **kwargs: Any) -> None:
        """Keep the check to run."""
        super().__init__(**kwargs)
        self._check = check
        self.add_marker(pytest.mark.xdist_group("isiceval"))

    def runtest(self) -> None:
        """Run the check."""
        self._check()

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any, **kwargs: Any
    ) -> Any:
        """Say what is wrong and what to do, without a traceback; a bug keeps its traceback."""
        if isinstance(excinfo.value, CheckFailed | IsicevalError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, *args, **kwargs)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Name the check in reports."""
        return self.config.rootpath, None, f"isiceval: {self.name}"


def _collect(session: pytest.Session, settings: Settings) -> Iterator[CheckItem]:
    """Collect one check per rule, per bar and, where there are bars for images, per image."""
    from isiceval.bars import read_bars
    from isiceval.checks.rules import list_rules
    from isiceval.pipeline import get_task

    task = get_task(settings.task, profile=settings.get("profile") or None)
    parent = CheckCollector.from_parent(session, name="isiceval", nodeid="isiceval")
    make = partial(CheckItem.from_parent, parent)
    for rule in list_rules(kind=task.kind):
        check = partial(_check_rule, settings, rule.code)
        yield make(name=f"rule[{rule.code}]", check=check)
    for metric, minimum in read_bars([settings.get("min")], task=task).items():
        check = partial(_check_bar, settings, {metric: minimum})
        yield make(name=f"min[{metric}]", check=check)
    bars = read_bars([settings.get("min_image")], per_image=True, task=task)
    for image in _list_images(settings) if bars else ():
        check = partial(_check_image, settings, image, bars)
        yield make(name=f"image[{image}]", check=check)


class CheckCollector(pytest.Collector):
    """The parent of all collected checks; they are made elsewhere."""

    def collect(self) -> list[pytest.Item]:
        """Collect nothing: the checks are appended to the session."""
        return []


def _list_images(settings: Settings) -> list[str]:
    from isiceval.pipeline import list_images

    return list_images(settings.task, truth=settings.path("truth") or "")


def _check_rule(settings: Settings, code: str) -> None:
    problems = [p for p in settings.outcome.problems if p.code == code]
    if not problems:
        return
    text = _tell(problems)
    if problems[0].severity == "error":
        raise CheckFailed(text)
    warnings.warn(ProblemWarning(text), stacklevel=2)


def _tell(problems: list[Problem]) -> str:
    lines = [f"{p.where}: {p.message}" for p in problems[:SHOWN]]
    more = [f"... and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
    fixes = sorted({p.fix for p in problems})
    return "\n".join([*lines, *more, *(f"fix: {fix}" for fix in fixes[:SHOWN])])


def _check_bar(settings: Settings, bars: dict[str, float]) -> None:
    from isiceval.bars import find_misses

    scorecard = settings.outcome.get_scorecard()
    misses = find_misses(scorecard.aggregates, bars)
    if misses:
        worst = ", ".join(f"{c.image} {c.values['jaccard']:.3f}" for c in scorecard.worst(3))
        raise CheckFailed(f"{misses[0]}; lowest Jaccard: {worst}" if worst else str(misses[0]))


def _check_image(settings: Settings, image: str, bars: dict[str, float]) -> None:
    from isiceval.bars import find_misses

    scorecard = settings.outcome.get_scorecard()
    case = next(case for case in scorecard.cases if case.image == image)
    if case.status == "missing":
        raise CheckFailed(f"{image}: no prediction was sent for it; add its mask")
    defined = {n: minimum for n, minimum in bars.items() if not math.isnan(case.values[n])}
    misses = find_misses(case.values, defined)
    if misses:
        raise CheckFailed("\n".join(f"{image}: {miss}" for miss in misses))


@pytest.fixture(scope="session")
def isic_validate(pytestconfig: pytest.Config) -> Callable[..., Validation]:
    """Return :func:`isiceval.validate` with task, truth and prediction taken from the settings.

    Any of its arguments may be given by keyword and then wins.
    """
    settings = pytestconfig.stash[_SETTINGS]

    def validate_submission(**arguments: Any) -> Validation:
        from isiceval.pipeline import validate

        filled = settings.fill(arguments)
        if arguments.keys() & {"images", "manifest"} and "truth" not in arguments:
            filled.pop("truth", None)
        return validate(**filled)

    return validate_submission


@pytest.fixture(scope="session")
def isic_score(pytestconfig: pytest.Config) -> Callable[..., Scorecard]:
    """Return :func:`isiceval.score` with task, truth and prediction taken from the settings.

    Any of its arguments may be given by keyword and then wins.
    """
    settings = pytestconfig.stash[_SETTINGS]

    def score_submission(**arguments: Any) -> Scorecard:
        from isiceval.pipeline import score

        return score(**settings.fill_score(arguments))

    return score_submission


@pytest.fixture(scope="session")
def isic_scorecard(pytestconfig: pytest.Config) -> Scorecard:
    """Return the configured prediction, scored; fails with every problem where it is invalid."""
    settings = pytestconfig.stash[_SETTINGS]
    if not settings.complete:
        pytest.fail(
            "isic_scorecard needs isiceval_task, isiceval_truth and isiceval_prediction "
            "in [tool.pytest.ini_options]",
            pytrace=False,
        )
    outcome = settings.outcome
    if outcome.scorecard is None:
        pytest.fail(_tell(list(outcome.problems)), pytrace=False)
    return outcome.scorecard
