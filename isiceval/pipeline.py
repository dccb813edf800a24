"""The stages in order: read, check, measure, summarise, rank. The file to read first.

Everything public that does work is here: :func:`validate`, :func:`score`, :func:`rank`.
The command line and the pytest plugin only translate to and from these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

from isiceval.errors import InvalidSubmission, UsageError
from isiceval.inputs.submissions import list_submissions, list_tables
from isiceval.inputs.workers import Progress
from isiceval.kinds.choice import choose_strategy
from isiceval.kinds.requests import Against, Effort, Look, Source
from isiceval.metrics.aggregates import require_known
from isiceval.model import Leaderboard, Per, Ties, Validation
from isiceval.ranking.leaderboard import Entry, rank_entries
from isiceval.ranking.teams import Team, match_teams, read_teams_file
from isiceval.scorecard import Scorecard
from isiceval.scoring import Missing, Options, Scored
from isiceval.tasks.catalogue import find_task, iter_tasks
from isiceval.tasks.spec import Task

Checks = Literal["all", "fast"]


def list_tasks() -> tuple[Task, ...]:
    """List every built-in task in its default profile, in order of id."""
    return tuple(iter_tasks())


def get_task(name: str, *, profile: str | None = None) -> Task:
    """Get a built-in task by id (``2018/1``), or the task of a task file by its path.

    ``profile`` chooses one of the task's profiles by name; None takes its default. Raises
    UsageError for an unknown id and IsicevalError for a faulty task file.
    """
    return require_known(find_task(name, profile=profile))


def validate(
    task: str | Task,
    *,
    truth: Source | None = None,
    prediction: Source,
    images: str | Path | None = None,
    manifest: str | Path | None = None,
    profile: str | None = None,
    lenient: bool = False,
    checks: Checks = "all",
    headers_only: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Validation:
    """Check a submission against every rule of a task, in one pass; nothing is scored.

    Exactly one of ``truth`` (folder, zip or mapping of masks), ``images`` (folder or zip of
    dermoscopic images) and ``manifest`` (CSV of image, width, height) says which images are
    expected and how large they are; of a truth only names and sizes are read.

    ``checks="fast"`` leaves out the counting of regions and holes; ``headers_only`` looks at
    names, formats, modes and sizes and decodes no pixel. The submission's faults are returned,
    never raised; a fault of the truth, the images or the manifest raises IsicevalError.
    """
    chosen = _choose_task(task, profile)
    _require_choice("checks", checks, Checks)
    against = Against(truth=truth, images=images, manifest=manifest)
    look = Look(
        lenient=lenient,
        regions=checks == "all",
        headers_only=headers_only,
        workers=workers,
        progress=progress,
    )
    return choose_strategy(chosen).validate(chosen, prediction, against, look)


def score(
    task: str | Task,
    *,
    truth: Source,
    prediction: Source,
    profile: str | None = None,
    rank_by: str | None = None,
    missing: Missing = "refuse",
    lenient: bool = False,
    checks: Checks = "fast",
    workers: int | None = None,
    progress: Progress | None = None,
) -> Scorecard:
    """Score one submission on one task.

    ``truth`` and ``prediction`` are each a folder, a .zip, or in memory a mapping of image id
    to a two-dimensional array (booleans, or whole numbers of which those above the task's
    threshold are foreground); for tasks of tables a .csv, or in memory a data frame or a
    mapping of id to confidences. ``rank_by`` chooses another of the task's ranking metrics.
    ``missing="zero"`` scores an image that was not sent as a failure instead of refusing the
    submission. ``lenient`` also reads JPEG, RGB, palette, 0/1 and 16-bit masks. ``workers`` is
    the number of processes; None chooses. ``progress`` is called with images done and images
    in all.

    Raises InvalidSubmission with every problem found, IsicevalError where the truth is at
    fault, UsageError where the call is.

    >>> import numpy as np
    >>> truth = {"ISIC_0000001": np.eye(4, dtype=bool)}
    >>> score("2018/1", truth=truth, prediction=truth).score
    1.0
    """
    chosen = _choose_task(task, profile, rank_by)
    _require_choice("missing", missing, Missing)
    _require_choice("checks", checks, Checks)
    options = Options(missing=missing, lenient=lenient, regions=checks == "all")
    effort = Effort(workers=workers, progress=progress)
    scored = choose_strategy(chosen).score(chosen, truth, [prediction], options, effort)
    result = scored[0]
    if isinstance(result, Scorecard):
        return result
    raise InvalidSubmission(result)


def rank(
    task: str | Task,
    *,
    truth: Source | None = None,
    submissions: Sequence[str | Path] | Mapping[str, Source | Scorecard],
    teams: str | Path | None = None,
    per: Per = "submission",
    ties: Ties = "share",
    profile: str | None = None,
    rank_by: str | None = None,
    missing: Missing = "refuse",
    lenient: bool = False,
    checks: Checks = "fast",
    workers: int | None = None,
    progress: Progress | None = None,
) -> Leaderboard:
    """Score many submissions and rank them; an invalid one stands last, with its problems.

    ``submissions`` are folders, zips or scorecard JSONs, or one folder that holds them; or a
    mapping of a name to any of these, to masks in memory, or to a Scorecard. Truth is decoded
    once for all of them; it may be None where every submission is a scorecard already.
    ``teams`` is a CSV (file, team, approach, uses_external_data, submitted_at, ...).
    ``per="approach"`` keeps the latest valid submission of each approach, ``per="team"`` the
    best of those for each team. ``ties="share"`` gives exactly equal scores one rank;
    ``"earlier"`` puts the earlier one first.
    """
    chosen = _choose_task(task, profile, rank_by)
    for name, value, kind in (
        ("per", per, Per),
        ("ties", ties, Ties),
        ("missing", missing, Missing),
        ("checks", checks, Checks),
    ):
        _require_choice(name, value, kind)
    named = _name_submissions(chosen, submissions, teams)
    table = read_teams_file(Path(teams)) if teams is not None else None
    owners = match_teams(table, list(named)) if table is not None else {}
    entries = _score_named(
        chosen,
        truth,
        named,
        options=Options(missing=missing, lenient=lenient, regions=checks == "all"),
        workers=workers,
        progress=progress,
    )
    entries = [_label(entry, owners.get(entry.submission)) for entry in entries]
    columns = table.columns if table is not None else ()
    return rank_entries(entries, task=chosen, per=per, ties=ties, columns=columns)


def _choose_task(task: str | Task, profile: str | None, rank_by: str | None = None) -> Task:
    if isinstance(task, str):
        task = get_task(task, profile=profile)
    elif profile not in (None, task.profile):
        raise UsageError(f"the task {task.id} is given in profile {task.profile}, not {profile}")
    allowed = task.rankings or (task.ranking,)
    if rank_by is not None and rank_by not in allowed:
        raise UsageError(f"task {task.id} ranks by {' or '.join(allowed)}, not by '{rank_by}'")
    return require_known(replace(task, ranking=rank_by) if rank_by else task)


def _require_choice(name: str, value: object, kind: object) -> None:
    known = get_args(kind)
    if value not in known:
        raise UsageError(f"{name}={value!r} is not one of: {', '.join(known)}")


def write_manifest(
    task: str | Task, *, truth: Source | None = None, images: str | Path | None = None
) -> str:
    """Write the manifest of a truth or of a folder of dermoscopic images: a CSV of ids and sizes.

    Participants who have no truth can check a submission against it.
    """
    chosen = _choose_task(task, None)
    against = Against(truth=truth, images=images)
    return choose_strategy(chosen).write_manifest(chosen, against)


def list_images(task: str | Task, *, truth: Source) -> list[str]:
    """List the ids of all images of a truth, sorted; only names are read."""
    chosen = _choose_task(task, None)
    return choose_strategy(chosen).list_cases(chosen, truth)


def _name_submissions(
    task: Task,
    submissions: Sequence[str | Path] | Mapping[str, Source | Scorecard],
    teams: str | Path | None,
) -> dict[str, Source | Scorecard]:
    if isinstance(submissions, Mapping):
        return dict(submissions)
    paths = [Path(path) for path in submissions]
    if task.kind != "table":
        return dict(list_submissions(paths))
    return dict(list_tables(paths, teams=Path(teams) if teams is not None else None))


def _score_named(
    task: Task,
    truth: Source | None,
    named: Mapping[str, Source | Scorecard],
    *,
    options: Options,
    workers: int | None,
    progress: Progress | None,
) -> list[Entry]:
    """Score what is not a scorecard yet, and return all as entries."""
    results: dict[str, Scored] = {}
    raw: dict[str, Source] = {}
    for name, source in named.items():
        if isinstance(source, Scorecard):
            results[name] = source
        elif isinstance(source, str | Path) and Path(source).suffix.lower() == ".json":
            results[name] = Scorecard.load(source)
        else:
            raw[name] = source
    if truth is not None:
        effort = Effort(workers=workers, progress=progress)
        scored = choose_strategy(task).score(task, truth, list(raw.values()), options, effort)
        results.update(zip(raw, scored, strict=True))
    elif raw:
        raise UsageError(f"scoring {next(iter(raw))} needs the truth")
    return [_enter(name, results[name]) for name in named]


def _enter(name: str, result: Scored) -> Entry:
    if isinstance(result, Scorecard):
        return Entry(submission=name, scorecard=result, problems=result.problems)
    return Entry(submission=name, scorecard=None, problems=result.problems)


def _label(entry: Entry, team: Team | None) -> Entry:
    """Write onto an entry what the table of teams says of it."""
    if team is None:
        return entry
    return replace(
        entry,
        team=team.team,
        approach=team.approach,
        submitted_at=team.submitted_at,
        columns=team.columns,
    )
