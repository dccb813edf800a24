"""The stages in order: read, check, measure, aggregate, rank. The file to read first.

Everything public that does work is here: :func:`validate`, :func:`score`, :func:`rank`,
:func:`compare`. The command line and the pytest plugin only translate to and from these.

What they share: ``task`` is a task, its id or its file; ``profile`` names one of its profiles and
``rank_by`` another of its ranking metrics. A submission and a ``truth`` are each a folder, a .zip,
or in memory a mapping of image id to a two-dimensional array (booleans, or whole numbers of which
those above the task's threshold are foreground); for tasks of tables a .csv, or in memory a data
frame or a mapping of id to confidences. ``missing="zero"`` scores an image that was not sent as a
failure instead of refusing the submission. ``lenient`` also reads JPEG, RGB, palette, 0/1 and
16-bit masks. ``checks="fast"`` leaves out the counting of regions and holes. ``bootstrap`` is how
many resamples of the images are made, 0 none; ``seed`` says which; ``groups``, a CSV (image, group,
stratum; or a metadata file as it was released, ``FILE:column`` for another of its columns) or a
mapping of image id to group, keeps the images of a patient or lesion together; where None is given
and the truth names patients, whole patients are drawn, unless it is "none".
``interval="percentile"`` takes all intervals from percentiles of the resamples.
``trust_scorecards`` takes scorecards that are found in a folder of submissions too, and those whose
values cannot be computed again from their cases, which are then marked as unverified.
``workers`` is the number of processes, None chooses. ``progress`` is called with images done and
images in all, ``drawing`` with resamples done and resamples in all.

All raise UsageError where the call is wrong and IsicevalError where the truth is at fault.
"""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from isiceval.compute.executor import Progress
from isiceval.errors import CannotResample, InvalidSubmission, IsicevalError, UsageError
from isiceval.kinds.kind import PATIENT, MeasuredConfidences, Outcome
from isiceval.kinds.registry import find_kind, sign
from isiceval.metrics.registry import require_known
from isiceval.model import (
    DRAWS,
    SEED,
    Comparison,
    IntervalMethod,
    Leaderboard,
    Per,
    Problem,
    Standing,
    Ties,
    Validation,
)
from isiceval.options import (
    BootstrapOptions,
    Checks,
    ExpectedFrom,
    Grouping,
    Missing,
    Options,
    Source,
    check_choice,
    check_source,
    choose_bootstrap,
)
from isiceval.scorecard import Scorecard, compute_scorecard, redact_leaderboard, redact_scorecard
from isiceval.sources.opening import list_submissions, show_name
from isiceval.tasks.task import Task, find_task, iter_tasks
from isiceval.verification import (
    check_scorecards,
    describe_checks,
    list_expected,
    list_facts,
    refuse,
    require_comparable,
)

Scored: TypeAlias = Scorecard | Validation


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

    Exactly one of ``truth`` (only names and sizes are read), ``images`` (folder or zip of
    dermoscopic images) and ``manifest`` (CSV of image, width, height) says which images are
    expected and how large they are. ``headers_only`` looks at names, formats, modes and sizes and
    decodes no pixel. The submission's faults are returned, never raised; a fault of the truth,
    the images or the manifest raises IsicevalError. Other parameters: see
    :mod:`isiceval.pipeline`.
    """
    chosen = choose_task(task, profile)
    options = Options(
        lenient=lenient,
        checks=checks,
        headers_only=headers_only,
        workers=workers,
        progress=progress,
    )
    for role, source in (("truth", truth), ("submission", prediction), ("images", images)):
        check_source(role, source)
    expected = ExpectedFrom(truth=truth, images=images, manifest=manifest)
    return find_kind(chosen.kind).validate(chosen, prediction, expected, options)


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
    bootstrap: int = DRAWS,
    seed: int = SEED,
    groups: Grouping | None = None,
    interval: IntervalMethod = "pseudo-case",
    public: bool = False,
    public_cases: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
    drawing: Progress | None = None,
) -> Scorecard:
    """Score one submission on one task.

    ``public`` leaves out all that tells of the truth, so that the result can be passed on to the
    team; ``public_cases`` does too, but keeps the scores of single images. Other parameters: see
    :mod:`isiceval.pipeline`. Raises InvalidSubmission with every problem found.

    >>> import numpy as np
    >>> truth = {"ISIC_0000001": np.eye(4, dtype=bool)}
    >>> score("2018/1", truth=truth, prediction=truth).score
    1.0
    """
    chosen = choose_task(task, profile, rank_by)
    options = Options(
        missing=missing, lenient=lenient, checks=checks, workers=workers, progress=progress
    )
    check_source("truth", truth)
    check_source("submission", prediction)
    resampling = choose_bootstrap(bootstrap, seed, groups, interval=interval, task=chosen)
    (outcome,) = find_kind(chosen.kind).measure(chosen, truth, [prediction], options)
    result = require_scored(build_scorecard(chosen, outcome, rocs=True))
    result = replace(result, submission_digest=outcome.compute_digest())
    if resampling is not None:
        from isiceval.statistics.intervals import compute_intervals

        resampling = group_by_patient(resampling, [result])
        aggregator = result.prepare(chosen)
        intervals, bootstrapped = compute_intervals(aggregator, resampling, progress=drawing)
        result = replace(result, intervals=intervals, bootstrap=bootstrapped)
    if public or public_cases:
        return redact_scorecard(result, cases=public_cases)
    return result


def build_scorecard(task: Task, outcome: Outcome, *, rocs: bool = False) -> Scored:
    """Build the scorecard of a submission that may be scored; return all problems of another."""
    checked, digest = outcome.validation, outcome.truth_digest
    if outcome.measured is None:
        return checked
    return compute_scorecard(
        task,
        outcome.measured,
        rocs=rocs,
        submission=checked.submission,
        problems=checked.problems,
        conversions=checked.conversions,
        n_ignored=checked.n_ignored,
        truth_digest=digest,
        signature=sign(task, outcome.choices, n=checked.n_expected, truth_digest=digest),
    )


def require_scored(result: Scored) -> Scorecard:
    """Return the scorecard; raise InvalidSubmission with all problems where there is none."""
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
    bootstrap: int = DRAWS,
    seed: int = SEED,
    groups: Grouping | None = None,
    interval: IntervalMethod = "pseudo-case",
    public: bool = False,
    trust_scorecards: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
    drawing: Progress | None = None,
) -> Leaderboard:
    """Score many submissions and rank them; an invalid one stands last, with its problems.

    ``submissions`` are folders, zips or scorecard JSONs, or one folder that holds them; or a
    mapping of a name to any of these, to masks in memory, or to a Scorecard. Truth is decoded
    once for all of them; it may be None where every submission is a scorecard already.
    ``teams`` is a CSV (file, team, approach, uses_external_data, submitted_at, ...).
    ``per="approach"`` keeps the latest valid submission of each approach, ``per="team"`` the
    best of those for each team. ``ties="share"`` gives exactly equal scores one rank;
    ``"earlier"`` puts the earlier one first. ``public`` leaves out the digest of the truth and,
    but for their codes, the problems.

    All submissions meet the same resamples of the images, which give intervals of scores and
    ranks; ``bootstrap=0`` leaves out all statistics, the paired tests and the ranks under other
    methods too. Other parameters: see :mod:`isiceval.pipeline`.
    """
    from isiceval.sources.sidecars import Team, Teams, match_teams, read_teams
    from isiceval.statistics.ranking import rank_entries

    chosen = choose_task(task, profile, rank_by)
    check_choice("per", per, Per)
    check_choice("ties", ties, Ties)
    options = Options(
        missing=missing, lenient=lenient, checks=checks, workers=workers, progress=progress
    )
    resampling = choose_bootstrap(bootstrap, seed, groups, interval=interval, task=chosen)
    if per != "submission" and teams is None:
        raise UsageError(f"per {per} needs the table of teams (--teams)")
    check_source("truth", truth)
    strangers: set[str] = set()
    if isinstance(submissions, Mapping):
        named = dict(submissions)
    else:
        beside = [Path(other) for other in (truth, teams) if isinstance(other, str | Path)]
        paths, tables = list(map(Path, submissions)), chosen.table is not None
        named = dict(list_submissions(paths, tables=tables, others=beside))
        # What was found in a folder may come from anybody; what was named was chosen.
        strangers = set() if trust_scorecards else {n for n in named if named[n] not in paths}
    table = read_teams(Path(teams)) if teams is not None else Teams(where="")
    owners, notes = match_teams(table, list(named))
    results = _score_named(
        chosen, truth, named, options, trust=trust_scorecards, strangers=strangers, digests=True
    )
    cards = {name: card for name, card in results.items() if isinstance(card, Scorecard)}
    entries = []
    for name, result in results.items():
        team = owners.get(name, Team(file=name, line=0))
        entry = Standing(
            submission=name,
            problems=result.problems,
            team=team.team,
            approach=team.approach,
            submitted_at=team.submitted_at,
            columns=team.columns,
        )
        entries.append(entry)
    board = rank_entries(entries, cards, task=chosen, per=per, ties=ties, columns=table.columns)
    board = replace(board, notes=(*notes, *describe_checks(results), *find_copies(cards)))
    if resampling is not None:
        resampling = group_by_patient(resampling, cards.values())
        board = add_statistics(board, cards, resampling, task=chosen, progress=drawing)
    return redact_leaderboard(board) if public else board


def compare(
    task: str | Task,
    *,
    first: Source | Scorecard,
    second: Source | Scorecard,
    truth: Source | None = None,
    profile: str | None = None,
    rank_by: str | None = None,
    missing: Missing = "refuse",
    lenient: bool = False,
    bootstrap: int = DRAWS,
    seed: int = SEED,
    groups: Grouping | None = None,
    margin: float | None = None,
    trust_scorecards: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
    drawing: Progress | None = None,
) -> Comparison:
    """Compare two submissions image by image; every difference is second minus first.

    Each is a submission, a scorecard (JSON, or for masks a CSV of cases) or a Scorecard; ``truth``
    may be None where both are scorecards. ``bootstrap`` is at least 100. With ``margin``, above 0,
    two that do not differ significantly are equivalent where the ranking metric is shown to differ
    by less. Other parameters: see :mod:`isiceval.pipeline`.

    Raises InvalidSubmission where one of them is invalid, UsageError where the two were scored in
    different ways.
    """
    from isiceval.statistics.comparison import MIN_DRAWS, compare_submissions

    chosen = choose_task(task, profile, rank_by)
    options = Options(missing=missing, lenient=lenient, workers=workers, progress=progress)
    for role, source in (("truth", truth), ("submission", first), ("submission", second)):
        check_source(role, source)
    resampling = choose_bootstrap(bootstrap, seed, groups, task=chosen)
    if margin is not None and not 0 < margin < math.inf:
        raise UsageError(f"the margin must be above 0, not {margin}")
    if resampling is None or bootstrap < MIN_DRAWS:
        raise UsageError(f"a comparison needs at least {MIN_DRAWS} draws, not {bootstrap}")
    pair = dict(zip(name_pair(first, second), (first, second), strict=True))
    results = _score_named(chosen, truth, pair, options, trust=trust_scorecards)
    for result in results.values():
        require_comparable(result.problems, trust=trust_scorecards)
    one, other = (
        replace(require_scored(result), submission=name) for name, result in results.items()
    )
    resampling = group_by_patient(resampling, [one, other])
    return compare_submissions(
        (one, other), resampling, task=chosen, margin=margin, progress=drawing
    )


def write_manifest(
    task: str | Task, *, truth: Source | None = None, images: str | Path | None = None
) -> str:
    """Write the manifest of a truth or of a folder of dermoscopic images: a CSV of ids and sizes.

    Participants who have no truth can check a submission against it.
    """
    chosen = choose_task(task, None)
    expected = ExpectedFrom(truth=truth, images=images)
    return find_kind(chosen.kind).write_manifest(chosen, expected)


def list_images(task: str | Task, *, truth: Source) -> list[str]:
    """List the ids of all images of a truth, sorted; only names are read."""
    chosen = choose_task(task, None)
    return find_kind(chosen.kind).list_images(chosen, truth)


def choose_task(task: str | Task, profile: str | None, rank_by: str | None = None) -> Task:
    """Take a task as it is, or get it by name in the asked profile, with the asked ranking."""
    if isinstance(task, str):
        task = get_task(task, profile=profile)
    elif profile not in (None, task.profile):
        raise UsageError(f"the task {task.id} is given in profile {task.profile}, not {profile}")
    allowed = task.rankings or (task.ranking,)
    if rank_by is not None and rank_by not in allowed:
        raise UsageError(f"task {task.id} ranks by {' or '.join(allowed)}, not by '{rank_by}'")
    return require_known(replace(task, ranking=rank_by) if rank_by else task)


def add_statistics(
    board: Leaderboard,
    scorecards: Mapping[str, Scorecard],
    options: BootstrapOptions,
    *,
    task: Task,
    progress: Progress | None = None,
) -> Leaderboard:
    """Add to a leaderboard the statistics that draws of the images give.

    Where a scorecard no longer holds what draws are computed from, the board has no more than the
    intervals that its scorecards bring along, and its note says so.
    """
    from isiceval.statistics import board as statistics

    ranked = [s.submission for s in board.standings if s.rank is not None]
    try:
        aggregators = {
            name: replace(scorecards[name], submission=name).prepare(task) for name in ranked
        }
    except CannotResample as error:
        standings = (
            replace(s, intervals=scorecards[s.submission].intervals) if s.rank is not None else s
            for s in board.standings
        )
        note = f"No rank intervals and tests: {error}."
        return replace(board, standings=tuple(standings), note=note)
    return statistics.add_statistics(board, aggregators, options, progress=progress)


def group_by_patient(options: BootstrapOptions, cards: Iterable[Scorecard]) -> BootstrapOptions:
    """Draw whole patients where the truth names them and no groups were chosen."""
    if options.groups is not None:
        return options
    from isiceval.sources.sidecars import Groups

    for measured in (card.measured for card in cards):
        if isinstance(measured, MeasuredConfidences) and measured.patients is not None:
            group_of = dict(zip(measured.images, measured.patients.decode(), strict=True))
            groups = Groups(where="the truth", by=PATIENT, group_of=group_of)
            return replace(options, groups=groups) if any(group_of.values()) else options
    return options


def name_pair(first: object, second: object) -> tuple[str, str]:
    """Name two submissions, each a path, a scorecard or masks in memory, so that they differ.

    >>> name_pair("a.zip", "runs/b.zip"), name_pair("old/masks", "new/masks")
    (('a.zip', 'b.zip'), ('old/masks', 'new/masks'))
    """

    def name(source: object, place: str) -> str:
        if isinstance(source, Scorecard):
            return source.submission
        if isinstance(source, str | Path):
            # Not Path.resolve: a link is named by itself, not by what it leads to.
            return show_name(Path(os.path.abspath(source)).name)  # noqa: PTH100 - see above
        return place

    one, other = name(first, "first"), name(second, "second")
    if one == other:
        same = one
        one, other = (
            show_name(Path(source).as_posix()) if isinstance(source, str | Path) else same
            for source in (first, second)
        )
    return (one, other) if one != other else (f"{one} (first)", f"{other} (second)")


def find_copies(cards: Mapping[str, Scorecard]) -> list[str]:
    """Name the submissions that predict the same, and those that are the truth itself."""
    same: dict[str, list[str]] = {}
    for name, card in cards.items():
        same.setdefault(card.submission_digest, []).append(name)
    truths = {card.truth_digest for card in cards.values()}
    notes = []
    for digest, names in same.items():
        if digest and digest in truths:
            notes.append(f"{', '.join(names)}: the same files as the truth")
        if digest and len(names) > 1:
            notes.append(f"{', '.join(names)}: identical, digest {digest[:8]}")
    return notes


def _open_scorecard(
    task: Task, name: str, source: Source | Scorecard, *, strange: bool
) -> Scored | Source:
    """Read a scorecard from its file; return a submission that has yet to be scored as it is."""
    # A table is a CSV itself; of other tasks a CSV is one of cases.
    suffixes = (".json",) if task.table is not None else (".json", ".csv")
    if not isinstance(source, str | Path):
        return source
    path = Path(source)
    if path.suffix.lower() not in suffixes or path.is_dir():
        return source
    if strange:
        detail = "is a JSON file in a folder of submissions, which anybody may have written"
        fix = "name the file itself on the command line if it is yours, or add --trust-scorecards"
        return refuse(task, Problem("untrusted-scorecard", name, detail, fix=fix))
    try:
        return Scorecard.load(path)
    except IsicevalError as error:
        detail = str(error).replace(str(path), "it")
        return refuse(task, Problem("not-a-scorecard", name, detail))


def _score_named(
    task: Task,
    truth: Source | None,
    named: Mapping[str, Source | Scorecard],
    options: Options,
    *,
    trust: bool,
    strangers: Collection[str] = (),
    digests: bool = False,
) -> dict[str, Scored]:
    """Score what is not a scorecard yet, and check what is; in the order of the names.

    ``strangers`` are the names of files that are not taken as scorecards.
    """
    results: dict[str, Scored] = {}
    cards: dict[str, Scorecard] = {}
    raw: dict[str, Source] = {}
    for name, source in named.items():
        found = _open_scorecard(task, name, source, strange=name in strangers)
        if isinstance(found, Scorecard):
            cards[name] = found
        elif isinstance(found, Validation):
            results[name] = found
        else:
            raw[name] = found
    digest = ""
    if truth is not None and raw:
        outcomes = find_kind(task.kind).measure(task, truth, list(raw.values()), options)
        for name, outcome in zip(raw, outcomes, strict=True):
            result, digest = build_scorecard(task, outcome), outcome.truth_digest
            if digests and isinstance(result, Scorecard):
                result = replace(result, submission_digest=outcome.compute_digest())
            results[name] = result
    elif raw:
        name, source = next(iter(raw.items()))
        raise UsageError(
            f"scoring {name if isinstance(source, Mapping) else source} needs the truth"
        )
    if cards:
        expected = list_expected(task, options, truth, digest)
        scored = (result for result in results.values() if isinstance(result, Scorecard))
        if fresh := next(scored, None):
            expected |= {name: fact for name, fact in list_facts(fresh).items() if fact}
        results |= check_scorecards(task, cards, expected=expected, alone=not raw, trust=trust)
    return {name: results[name] for name in named}
