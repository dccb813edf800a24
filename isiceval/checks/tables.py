"""Rules on tables and superpixel files: what reading found, in the words of one file."""

from __future__ import annotations

from collections.abc import Iterator

from isiceval.checks.evidence import Evidence
from isiceval.checks.registry import FindFunction, Finding, Rule, find_faults
from isiceval.tasks.faults import FaultText, describe_faults


def _find(code: str) -> FindFunction:
    def find(evidence: Evidence) -> Iterator[Finding]:
        return find_faults(evidence, code)

    find.__name__ = code.replace("-", "_")
    return find


def _build(words: FaultText) -> Rule:
    return Rule(
        code=words.code,
        severity=words.severity,
        title=words.title,
        text=words.text,
        fix=words.fix,
        find=_find(words.code),
    )


TABLE_RULES = tuple(_build(words) for words in describe_faults().values())
