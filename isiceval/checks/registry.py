"""What a rule is: a function over the evidence whose docstring says it in words."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from isiceval.checks.evidence import Evidence
from isiceval.model import Problem, Severity

FIX = "Fix: "


class Finding(NamedTuple):
    """Where a rule is broken, what was found there and what to do; no fix: the rule's own."""

    where: str
    message: str
    fix: str = ""


FindFunction = Callable[[Evidence], Iterable[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: its code, its words (all from one docstring) and the function that applies it.

    ``title`` is one sentence; ``text`` explains it, in paragraphs parted by an empty line;
    ``fix`` says in general what to do.
    """

    code: str
    severity: Severity
    title: str
    text: str
    fix: str
    find: FindFunction

    def check(self, evidence: Evidence) -> tuple[Problem, ...]:
        """Return every place where the evidence breaks this rule, in order of place."""
        found = sorted(self.find(evidence))
        return tuple(
            Problem(
                code=self.code,
                severity=self.severity,
                where=finding.where,
                detail=finding.message,
                fix=finding.fix or self.fix,
            )
            for finding in found
        )


def rule(code: str, severity: Severity) -> Callable[[FindFunction], Rule]:
    """Make a function a rule; its docstring must hold a title, an explanation and ``Fix: ...``."""

    def build(find: FindFunction) -> Rule:
        title, text, fix = _read_words(find)
        return Rule(code=code, severity=severity, title=title, text=text, fix=fix, find=find)

    return build


def _read_words(find: FindFunction) -> tuple[str, str, str]:
    words = inspect.cleandoc(find.__doc__ or "")
    title, *body = (" ".join(paragraph.split()) for paragraph in words.split("\n\n"))
    text = "\n\n".join(paragraph for paragraph in body if not paragraph.startswith(FIX))
    fix = " ".join(p.removeprefix(FIX) for p in body if p.startswith(FIX))
    return title, text, fix


def iter_faults(evidence: Evidence) -> Iterator[Problem]:
    """Yield the faults of the container, then those of the files that it does not name already."""
    seen = {(fault.code, fault.where) for fault in evidence.problems}
    for fault in evidence.problems:
        yield Problem(fault.code, fault.where or evidence.submission, fault.detail)
    for reading in evidence.readings:
        for fault in reading.problems:
            if (fault.code, reading.name) not in seen:
                yield Problem(fault.code, reading.name, fault.detail)


def find_faults(evidence: Evidence, code: str) -> Iterator[Finding]:
    """Yield what reading already found against the rule of that code, once for each place."""
    details: dict[str, list[str]] = {}
    for fault in iter_faults(evidence):
        if fault.code == code:
            details.setdefault(fault.where, []).append(fault.detail)
    for where, found in details.items():
        yield Finding(where, "; ".join(found))
