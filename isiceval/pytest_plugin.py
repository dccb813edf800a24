"""The pytest plugin: fixtures for your own tests, and tests that it adds by itself.

Set ``isiceval_task``, ``isiceval_truth`` and ``isiceval_prediction`` in
``[tool.pytest.ini_options]`` (paths are relative to the project root) or on the command line
(``--isiceval-task`` ...). pytest then runs one test per problem rule, one per threshold of
``isiceval_min`` and, with ``isiceval_min_image``, one per image.

Nothing heavy is imported until a test needs it.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from isiceval.errors import InvalidSubmission, IsicevalError

if TYPE_CHECKING:
    from isiceval.model import Case, Problem, Validation
    from isiceval.options import Threshold
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
REQUIRED = ("task", "truth", "prediction")
FOR_VALIDATE = (*REQUIRED, "profile", "checks", "lenient")
FOR_SCORE = (*FOR_VALIDATE, "rank_by", "missing")

MAX_SHOWN = 5
"""A failed test lists this many problems, so that a thousand missing masks fit on a screen."""


class ProblemWarning(UserWarning):
    """A problem of a submission that does not make it invalid."""


class CheckFailed(Exception):  # noqa: N818 - reported as a failed test, not as an error
    """A check of the submission failed; the message is the whole report."""


class Settings:
    """The project's settings; the submission is scored when a test first asks for it."""

    def __init__(self, config: pytest.Config) -> None:
        """Keep the configuration; nothing is read yet."""
        self._config = config
        self._told = False

    def get(self, name: str) -> str:
        """Return a setting, from the command line before the ini file; empty if not given."""
        given = self._config.getoption(f"isiceval_{name}", default=None)
        value = str(given if given is not None else self._config.getini(f"isiceval_{name}")).strip()
        is_path = name in ("truth", "prediction") or value.lower().endswith(".toml")
        return str(self._config.rootpath / value) if value and is_path else value

    def list_missing(self) -> list[str]:
        """List the required settings that are not given."""
        return [f"isiceval_{name}" for name in REQUIRED if not self.get(name)]

    def check(self) -> None:
        """Refuse thresholds and predictions that would never be tested."""
        asked = [name for name in ("prediction", "min", "min_image") if self.get(name)]
        if asked and (missing := self.list_missing()):
            raise pytest.UsageError(
                f"isiceval_{asked[0]} is set, but {' and '.join(missing)} "
                f"{'is' if len(missing) == 1 else 'are'} not (settings read from "
                f"{self._config.inipath or 'no file'}; an option with a path needs an equals "
                "sign: --isiceval-prediction=PATH)"
            )

    def fill_arguments(self, names: Iterable[str], given: dict[str, Any]) -> dict[str, Any]:
        """Take arguments from the settings where they are not given."""
        found: dict[str, Any] = {name: self.get(name) for name in names}
        found["lenient"] = found["lenient"].lower() in ("1", "true", "yes", "on")
        return {name: value for name, value in found.items() if value} | given

    @cached_property
    def result(self) -> Scorecard | IsicevalError:
        """The scorecard of the prediction, or why there is none; scored once."""
        from isiceval.pipeline import score

        arguments = self.fill_arguments(FOR_SCORE, {"checks": self.get("checks") or "all"})
        try:
            return score(**arguments)
        except IsicevalError as error:
            return error

    def list_problems(self) -> tuple[Problem, ...]:
        """List the problems found; where nothing could be read one test fails, others skip."""
        result = self.result
        if not isinstance(result, IsicevalError) or isinstance(result, InvalidSubmission):
            return result.problems
        if self._told:
            pytest.skip(f"not run: {result}")
        self._told = True
        raise result

    @cached_property
    def cases(self) -> dict[str, Case]:
        """The cases of the scorecard by image, built once for all tests of images."""
        return {case.image: case for case in self.get_scorecard().cases}

    def get_scorecard(self) -> Scorecard:
        """Return the scorecard; skips where the submission is invalid: tests of rules say why."""
        problems = self.list_problems()
        if isinstance(self.result, IsicevalError):
            codes = dict.fromkeys(p.code for p in problems if p.severity == "error")
            pytest.skip(f"not scored: the submission is invalid ({', '.join(codes)})")
        return self.result


_SETTINGS = pytest.StashKey[Settings]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add each setting to the ini file and to the command line."""
    group = parser.getgroup("isiceval", "scoring of ISIC submissions")
    for name, text in OPTIONS.items():
        parser.addini(f"isiceval_{name}", text, default="")
        flag = f"--isiceval-{name.replace('_', '-')}"
        group.addoption(flag, dest=f"isiceval_{name}", metavar="VALUE", default=None, help=text)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker that keeps the added tests in one xdist worker, which scores once."""
    config.addinivalue_line(
        "markers", "xdist_group(name): tests of one group run in one pytest-xdist worker"
    )
    config.stash[_SETTINGS] = Settings(config)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Add the tests of the configured submission, unless single tests were asked for."""
    settings = session.config.stash[_SETTINGS]
    settings.check()
    single = any("::" in text or Path(text).is_file() for text in session.config.args)
    if settings.list_missing() or single:
        return
    try:
        added = [
            CheckItem.from_parent(session, name=name, nodeid=f"isiceval::{name}", check=check)
            for name, check in _iter_checks(settings)
        ]
    except IsicevalError as error:
        raise pytest.UsageError(f"isiceval: {error}") from error
    items.extend(added)
    # The terminal counts collected tests from these reports.
    report = pytest.CollectReport("isiceval", "passed", None, [*added])
    session.ihook.pytest_collectreport(report=report)


class CheckItem(pytest.Item):
    """One added test: of a rule, a threshold or an image."""

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
        """Report a failed check without a traceback; a bug keeps its traceback."""
        if isinstance(excinfo.value, CheckFailed | IsicevalError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, *args, **kwargs)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Name the test in reports."""
        return self.config.rootpath, None, f"isiceval: {self.name}"


def _iter_checks(settings: Settings) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield the name and function of each test: rules, thresholds, then images."""
    from isiceval.checks.rules import list_rules
    from isiceval.options import parse_thresholds
    from isiceval.pipeline import get_task, list_images

    task = get_task(settings.get("task"), profile=settings.get("profile") or None)
    for rule in list_rules(reader=task.reader):
        yield f"rule[{rule.code}]", partial(_check_rule, settings, rule.code)
    for threshold in parse_thresholds([settings.get("min")], task=task):
        yield f"min[{threshold.metric}]", partial(_check_threshold, settings, threshold)
    thresholds = parse_thresholds([settings.get("min_image")], per_image=True, task=task)
    for image in list_images(task, truth=settings.get("truth")) if thresholds else ():
        yield f"image[{image}]", partial(_check_image, settings, image, thresholds)


def _check_rule(settings: Settings, code: str) -> None:
    problems = [problem for problem in settings.list_problems() if problem.code == code]
    if problems and problems[0].severity == "error":
        raise CheckFailed(_format_problems(problems))
    if problems:
        warnings.warn(ProblemWarning(_format_problems(problems)), stacklevel=2)


def _format_problems(problems: Sequence[Problem]) -> str:
    lines = [f"{problem.where}: {problem.detail}" for problem in problems[:MAX_SHOWN]]
    if len(problems) > MAX_SHOWN:
        lines.append(f"... and {len(problems) - MAX_SHOWN} more")
    fixes = sorted({problem.fix for problem in problems})[:MAX_SHOWN]
    return "\n".join([*lines, *(f"fix: {fix}" for fix in fixes)])


def _check_threshold(settings: Settings, threshold: Threshold) -> None:
    from isiceval.options import find_unmet

    scorecard = settings.get_scorecard()
    for sentence in find_unmet(scorecard.aggregates, [threshold]):
        worst = ", ".join(f"{c.image} {c.values['jaccard']:.3f}" for c in scorecard.worst(3))
        raise CheckFailed(f"{sentence}; lowest Jaccard: {worst}" if worst else sentence)


def _check_image(settings: Settings, image: str, thresholds: Iterable[Threshold]) -> None:
    from isiceval.options import find_unmet

    case = settings.cases[image]
    if case.status == "missing":
        raise CheckFailed(f"{image}: no prediction was sent for it; add its mask")
    # 0/0, such as the Jaccard of two empty masks, says nothing against the prediction.
    defined = [t for t in thresholds if not math.isnan(case.values[t.metric])]
    unmet = find_unmet(case.values, defined)
    if unmet:
        raise CheckFailed("\n".join(f"{image}: {sentence}" for sentence in unmet))


@pytest.fixture(scope="session")
def isic_validate(pytestconfig: pytest.Config) -> Callable[..., Validation]:
    """Return :func:`isiceval.validate` with its arguments taken from the settings.

    Any argument may be given by keyword and then wins; ``images`` or ``manifest`` take the place
    of the truth.
    """
    from isiceval.pipeline import validate

    settings = pytestconfig.stash[_SETTINGS]

    def validate_submission(**arguments: Any) -> Validation:
        filled = settings.fill_arguments(FOR_VALIDATE, arguments)
        if arguments.keys() & {"images", "manifest"} and "truth" not in arguments:
            filled.pop("truth", None)
        return validate(**filled)

    return validate_submission


@pytest.fixture(scope="session")
def isic_score(pytestconfig: pytest.Config) -> Callable[..., Scorecard]:
    """Return :func:`isiceval.score` with its arguments taken from the settings.

    Any argument may be given by keyword and then wins.
    """
    from isiceval.pipeline import score

    settings = pytestconfig.stash[_SETTINGS]
    return lambda **arguments: score(**settings.fill_arguments(FOR_SCORE, arguments))


@pytest.fixture(scope="session")
def isic_scorecard(pytestconfig: pytest.Config) -> Scorecard:
    """Return the scorecard of the configured prediction; fails with the problems if invalid."""
    settings = pytestconfig.stash[_SETTINGS]
    if settings.list_missing():
        needed = "isiceval_task, isiceval_truth and isiceval_prediction"
        text = f"isic_scorecard needs {needed} in [tool.pytest.ini_options]"
        pytest.fail(text, pytrace=False)
    if isinstance(settings.result, InvalidSubmission):
        pytest.fail(_format_problems(settings.result.problems), pytrace=False)
    if isinstance(settings.result, IsicevalError):
        pytest.fail(str(settings.result), pytrace=False)
    return settings.result
