"""All rules in their order: apply them, list them, explain one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from types import MappingProxyType

from isiceval.checks import files, names, pixels, submission, tables
from isiceval.checks.evidence import Evidence
from isiceval.checks.registry import Rule, iter_faults
from isiceval.errors import UsageError
from isiceval.model import Problem
from isiceval.tasks.faults import describe_faults

SUBJECTS = (submission, names, files, pixels)


def _collect() -> Iterator[Rule]:
    found = [item for subject in SUBJECTS for item in vars(subject).values()]
    rules = [*(item for item in found if isinstance(item, Rule)), *tables.TABLE_RULES]
    yield from (rule for rule in rules if rule.severity == "error")
    yield from (rule for rule in rules if rule.severity == "warning")


RULES: Mapping[str, Rule] = MappingProxyType({rule.code: rule for rule in _collect()})


def check(evidence: Evidence) -> tuple[Problem, ...]:
    """Apply every rule: errors first, then warnings, in rule order and within a rule by place."""
    unknown = {fault.code for fault in iter_faults(evidence)} - set(RULES)
    if unknown:
        raise LookupError(f"no rule reports the faults {', '.join(sorted(unknown))}")
    return tuple(problem for rule in RULES.values() for problem in rule.check(evidence))


def list_rules(*, kind: str | None = None) -> tuple[Rule, ...]:
    """Return every rule, errors first, in the order in which problems are reported.

    ``kind`` leaves out the rules that no submission to a task of that kind can break.
    """
    return tuple(rule for rule in RULES.values() if kind is None or kind in _find_kinds(rule))


def _find_kinds(rule: Rule) -> tuple[str, ...]:
    words = describe_faults().get(rule.code)
    if words is not None:
        return words.kinds
    of_containers = rule in vars(submission).values() or rule in vars(names).values()
    return ("mask", "masks", "superpixels") if of_containers else ("mask", "masks")


def explain(code: str) -> Rule:
    """Return the rule of that code; case, spaces and underscores do not matter."""
    wanted = "-".join(code.lower().replace("_", " ").replace("-", " ").split())
    if wanted in RULES:
        return RULES[wanted]
    near = get_close_matches(wanted, RULES, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"the codes are {', '.join(RULES)}"
    raise UsageError(f"there is no problem code '{code}'; {hint}")
