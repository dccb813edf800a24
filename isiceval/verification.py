"""Scorecards that were read back: compute their values again, and compare how they were made.

Anybody can edit a file, so that nothing a scorecard says is taken that follows from its cases. What
does not follow from them is refused, or where the caller trusts it, marked. Cases that were made up
as a whole cannot be told from measured ones, unless they contradict the truth that others hold.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from math import isclose, isnan, nan
from typing import TypeAlias

from isiceval.checks.rules import complete_problems
from isiceval.errors import CannotResample, UsageError
from isiceval.kinds.kind import UNKNOWN, Measured, MeasuredCounts
from isiceval.kinds.registry import find_kind, read_signature
from isiceval.metrics.registry import describe_aggregates
from isiceval.model import Problem, Validation
from isiceval.numbers import format_value
from isiceval.options import Options, Source
from isiceval.scorecard import MOST_SHOWN, Scorecard, compute_scorecard
from isiceval.sources.container import ReadError
from isiceval.tasks.task import Task

Facts: TypeAlias = dict[str, str]
"""How a scorecard was made: the choices of its signature, and digests of what it was made with."""

TRUTH, IMAGES, ANSWERS = "truth", "images", "answers"
_DIGEST = re.compile(r"[0-9a-f]{64}|[0-9a-f]{16}")  # a CSV of cases carries only the beginning
_SHOWN = 8  # digits of a digest in a sentence
CODES = ("not-a-scorecard", "untrusted-scorecard", "other-scorecard", "edited-scorecard")
_OF_CALL = ("missing", "lenient")
_NO_OPTIONS = ("isiceval", "n")  # the version, and a number that the images give


def list_facts(card: Scorecard) -> Facts:
    """List how a scorecard was made; what it does not say is empty."""
    measured = card.measured
    choices = read_signature(card.signature).items()
    return {
        **{name: value for name, value in choices if name not in _NO_OPTIONS},
        "metric": card.metric,
        TRUTH: card.truth_digest,
        IMAGES: digest_lines(set(measured.images)),
        ANSWERS: "" if card.unverified else _digest_answers(measured),
    }


def list_expected(task: Task, options: Options, truth: Source | None, digest: str) -> Facts:
    """List the facts that follow from a call alone; ``digest`` is that of its truth."""
    kind = find_kind(task.kind)
    choices = kind.describe_choices(task, options)
    named = {"task": task.id, "profile": task.profile, "metric": task.ranking}
    facts = named | {name: str(value) for name, value in choices.items()}
    facts["taskfile"] = task.digest
    if truth is not None:
        if not digest:  # that of an empty submission comes with the digest of the truth
            (outcome,) = kind.measure(task, truth, [{}], options)
            digest = outcome.truth_digest
        facts[TRUTH] = digest
        facts[IMAGES] = digest_lines(kind.list_images(task, truth))
    return facts


def digest_lines(lines: Iterable[str]) -> str:
    """Digest texts in any order."""
    return sha256("\n".join(sorted(lines)).encode("utf-8", "surrogatepass")).hexdigest()


def _digest_answers(measured: Measured) -> str:
    """Digest what the cases say of the truth; empty where a case does not say it."""
    rows: Iterable[tuple[object, ...]]
    if isinstance(measured, MeasuredCounts):
        if (measured.counts == UNKNOWN).any():
            return ""
        positive = (measured.counts[:, 0] + measured.counts[:, 2]).tolist()
        pixels = measured.counts.sum(axis=1).tolist()
        rows = zip(measured.images, measured.label.tolist(), positive, pixels, strict=True)
    else:
        weights = measured.weights.tolist()
        rows = zip(measured.images, measured.truth.decode(), weights, strict=True)
    return digest_lines(map(repr, rows))


def check_scorecards(
    task: Task, cards: Mapping[str, Scorecard], *, expected: Facts, alone: bool, trust: bool
) -> dict[str, Scorecard | Validation]:
    """Compute each scorecard again, and refuse those made in another way than expected.

    ``expected`` are facts that each must have, such as those of a submission that was just scored;
    in the others the scorecards must be like most of them. Where they stand ``alone``, without a
    submission scored by this call, its options do not matter as long as theirs are the same.
    With ``trust`` one that cannot be computed again is taken as it is written, and marked as
    unverified.
    """
    checked: dict[str, Scorecard | Validation] = {}
    facts: dict[str, Facts] = {}
    for name, card in cards.items():
        if not card.unverified:  # it never was a file
            choices = read_signature(card.signature)
            checked[name] = card
            facts[name] = {key: choices[key] for key in _OF_CALL if key in choices}
            continue
        try:
            checked[name] = own = _recompute(task, name, card, trust=trust)
            facts[name] = list_facts(own)
        except ReadError as error:
            checked[name] = refuse(task, error.problem)
    usual = _find_usual(facts.values())
    others = usual | expected
    for key in _OF_CALL if alone else ():
        if len({own.get(key, "") for own in facts.values() if own}) == 1:
            others[key] = usual.get(key, "")
    for name, made in facts.items():
        known = others if cards[name].unverified else {key: others[key] for key in made}
        problem = _find_difference(name, made, known, truth_known=TRUTH in expected)
        if problem is not None:
            checked[name] = refuse(task, problem)
    return checked


def refuse(task: Task, problem: Problem) -> Validation:
    """Say what is wrong with a scorecard as with any submission."""
    return Validation(
        task=task.id,
        submission=problem.where,
        form="none",
        n_expected=0,
        n_matched=0,
        problems=complete_problems([problem]),
    )


def describe_checks(results: Mapping[str, Scorecard | Validation]) -> list[str]:
    """Say of each scorecard by its name what is wrong with it, or that it could not be checked."""
    notes = []
    for name, result in results.items():
        found = [one for one in result.problems if one.code in CODES and one.where == name]
        notes += [f"{name}: {problem.detail}; {problem.fix}" for problem in found]
        if isinstance(result, Scorecard) and result.unverified:
            notes.append(f"{name}: values as the file says, which could not be checked")
    return notes


def require_comparable(problems: Iterable[Problem], *, trust: bool) -> None:
    """Raise UsageError where a scorecard was refused or, unless trusted, edited."""
    for problem in problems:
        sentence = f"{problem.where}: {problem.detail}"
        if problem.code == "untrusted-scorecard":
            raise CannotResample(sentence)
        if problem.code in CODES and not (problem.code == "edited-scorecard" and trust):
            raise UsageError(f"{sentence}; {problem.fix}")


def _recompute(task: Task, name: str, card: Scorecard, *, trust: bool) -> Scorecard:
    """Compute a scorecard again from its cases; ReadError with what is wrong with it."""
    for what, found, wanted in (
        ("task", card.task, task.id),
        ("profile", card.profile, task.profile),
        ("kind", card.kind, task.kind),
        ("labels", ", ".join(card.labels), ", ".join(task.labels)),
        ("Jaccard threshold", f"{card.jaccard_threshold:g}", f"{task.jaccard_threshold:g}"),
    ):
        if found != wanted:
            raise ReadError("other-scorecard", name, f"its {what} is {_cut(found)}, not {wanted}")
    measured = card.measured
    labels = (
        measured.label.tolist() if isinstance(measured, MeasuredCounts) else [0] * len(measured)
    )
    if not len(measured) or len({*zip(measured.images, labels, strict=True)}) < len(measured):
        detail = "holds a case twice" if len(measured) else "holds no cases"
        raise ReadError("not-a-scorecard", name, detail)
    if not _DIGEST.fullmatch(card.truth_digest) and not trust:
        raise ReadError(
            "untrusted-scorecard",
            name,
            "does not say which truth it was scored with (--trust-scorecards takes it)",
        )
    try:
        own = find_kind(task.kind).recompute(task, measured)
        made = compute_scorecard(task, own, submission=card.submission)
    except CannotResample as error:
        if not trust:
            raise ReadError("untrusted-scorecard", name, str(error)) from error
        return _take_as_written(task, name, card)
    except ValueError as error:
        raise ReadError("not-a-scorecard", name, _cut(f"contradicts itself: {error}")) from error
    names = ("measured", "aggregates", "as_submitted", "undefined", "rocs", "intervals")
    return replace(
        card,
        **{one: getattr(made, one) for one in (*names, "bootstrap", "jaccard_threshold")},
        problems=(*card.problems, *complete_problems(_find_edits(name, card, made))),
        unverified=not _DIGEST.fullmatch(card.truth_digest),
    )


def _find_edits(name: str, card: Scorecard, made: Scorecard) -> list[Problem]:
    """Find the first aggregate that a scorecard writes otherwise than its cases give."""
    for aggregate in dict.fromkeys((card.metric, *made.aggregates)):
        value = made.aggregates.get(aggregate, nan)
        written = card.aggregates.get(aggregate, value)
        close = isclose(written, value, rel_tol=1e-9, abs_tol=1e-9)
        if not (close or (isnan(written) and isnan(value))):
            says = f"says {aggregate} {format_value(written)}, its cases give {format_value(value)}"
            return [Problem("edited-scorecard", name, says)]
    return []


def _take_as_written(task: Task, name: str, card: Scorecard) -> Scorecard:
    """Take the aggregates as they are written, where they are such; or as the cases still give."""
    known, written = describe_aggregates(task), card.aggregates
    for aggregate, metric in known.items():
        low, high = metric.range
        if aggregate in written and not (
            isnan(written[aggregate]) or low <= written[aggregate] <= high
        ):
            detail = f"its {aggregate} is {written[aggregate]}, which is from {low:g} to {high:g}"
            raise ReadError("not-a-scorecard", name, detail)
    if task.ranking not in written:
        raise ReadError("not-a-scorecard", name, f"has no {task.ranking}")
    try:
        made = card.prepare(task).measure()
    except CannotResample:
        made = {own: written[own] for own in known if own in written}
    intervals = {own: found for own, found in card.intervals.items() if own in made}
    return replace(card, aggregates=made, intervals=intervals, unverified=True)


def _find_usual(facts: Iterable[Facts]) -> Facts:
    """Find what most have in common, the first of those that are equally frequent."""
    every = list(facts)
    usual: Facts = {}
    for name in dict.fromkeys(key for own in every for key in own):
        found = [own.get(name, "") for own in every]
        if name in (TRUTH, IMAGES, ANSWERS):
            found = [value for value in found if value] or [""]
        # Of a digest of the truth a CSV of cases has 16 digits.
        short = [value[:16] if name == TRUTH else value for value in found]
        ((most, _),) = Counter(short).most_common(1)
        usual[name] = (
            max((v for v in found if v.startswith(most)), key=len) if name == TRUTH else most
        )
    return usual


def _find_difference(name: str, own: Facts, others: Facts, *, truth_known: bool) -> Problem | None:
    """Find the first fact in which a scorecard differs from the others."""
    for key in others | own:
        found, wanted = own.get(key, ""), others.get(key, "")
        if found == wanted or (key in (TRUTH, IMAGES, ANSWERS) and "" in (found, wanted)):
            continue
        if key == TRUTH and wanted.startswith(found):
            continue
        fix = ""
        detail = f"was made with {key}:{_cut(found)}, here it is {key}:{_cut(wanted)}"
        if key == TRUTH:
            digests = found[:_SHOWN], wanted[:_SHOWN]
            detail = "was scored with another truth ({}) than the one given ({}): it is out of date"
            if not truth_known:
                detail = "was scored with another truth ({}) than the others ({})"
                fix = "give --truth to say which is right, and score the submission again"
            detail = detail.format(*digests)
        elif key in (IMAGES, ANSWERS):
            what = "was scored on other images" if key == IMAGES else "holds another truth"
            detail = f"{what} than {'the truth given' if truth_known else 'the others'}"
        elif not found:
            detail = f"does not say its {key}, here it is {_cut(wanted)}"
        return Problem("other-scorecard", name, detail, fix=fix)
    return None


def _cut(text: str) -> str:
    return text[:MOST_SHOWN]
