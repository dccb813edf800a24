"""The rules of ``rules.toml``: load them, apply them, list them, explain one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from isiceval.checks import detect
from isiceval.checks.evidence import Evidence
from isiceval.errors import UsageError
from isiceval.model import Problem, Severity
from isiceval.tasks.task import Reader


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule; ``rules.toml`` says what each field means."""

    code: str
    severity: Severity
    applies_to: tuple[Reader | Literal["scorecards"], ...]
    title: str
    why: str
    fix: str
    find: str = ""
    detail: str = ""
    details: Mapping[str, str] = {}
    fixes: Mapping[str, str] = {}


@cache
def read_rules() -> Mapping[str, Rule]:
    """Read every rule: code to rule, errors first, in the order in which problems are reported."""
    content = Path(__file__).with_name("rules.toml").read_bytes()
    tables = msgspec.toml.decode(content, type=dict[str, dict[str, object]])
    rules = [msgspec.convert({"code": code, **table}, Rule) for code, table in tables.items()]
    rules.sort(key=lambda rule: rule.severity != "error")
    return {rule.code: rule for rule in rules}


def check_submission(evidence: Evidence) -> tuple[Problem, ...]:
    """Return every problem of a folder, zip or mapping: those of reading it and those detected."""
    detecting = [rule for rule in list_rules(reader=evidence.task.reader) if rule.find]
    computed = {rule.code for rule in detecting}
    problems = [problem for problem in evidence.iter_problems() if problem.code not in computed]
    for rule in detecting:
        for match in getattr(detect, rule.find)(evidence):
            detail = _choose_text(rule.details, match.detail, evidence) or rule.detail
            fix = _choose_text(rule.fixes, match.fix, evidence) or rule.fix
            detail, fix = detail.format_map(match.values), fix.format_map(match.values)
            problems.append(Problem(rule.code, match.where, detail, fix=fix))
    return complete_problems(problems)


def _choose_text(texts: Mapping[str, str], key: str, evidence: Evidence) -> str:
    """Choose the text of a key, first that for arrays in memory or lenient reading."""
    endings = ["memory"] * (evidence.form == "memory") + ["lenient"] * evidence.lenient
    names = [f"{key}-{ending}".removeprefix("-") for ending in endings]
    return next((texts[name] for name in (*names, key, "any") if name in texts), "")


def complete_problems(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Fill in severity and fix from the rules; sort by rule, within a rule by place.

    Several details of one code at one place become one problem. A code without a rule is a bug:
    LookupError.
    """
    problems = list(problems)
    if not problems:  # a clean table needs no rule: reading them takes 15 ms
        return ()
    rules = read_rules()
    details: dict[tuple[str, str, str], list[str]] = {}
    for problem in problems:
        details.setdefault((problem.code, problem.where, problem.fix), []).append(problem.detail)
    unknown = sorted({code for code, _, _ in details} - set(rules))
    if unknown:
        raise LookupError(f"no rule has the code {', '.join(unknown)}")
    order = {code: place for place, code in enumerate(rules)}
    completed = [
        Problem(code, where, "; ".join(found), rules[code].severity, fix or rules[code].fix)
        for (code, where, fix), found in details.items()
    ]
    return tuple(sorted(completed, key=lambda p: (order[p.code], p.where, p.detail, p.fix)))


def list_errors(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems whose rule makes a submission invalid."""
    # Where there are none, as in a clean truth, no rule is read.
    return tuple(one for one in problems if read_rules()[one.code].severity == "error")


def list_rules(*, reader: Reader | None = None) -> tuple[Rule, ...]:
    """Return every rule, errors first; with ``reader`` those that its submissions can break."""
    rules = read_rules().values()
    return tuple(rule for rule in rules if reader is None or reader in rule.applies_to)


def find_rule(code: str) -> Rule:
    """Return the rule of that code; case, spaces and underscores do not matter."""
    rules = read_rules()
    wanted = "-".join(code.lower().replace("_", " ").replace("-", " ").split())
    if wanted in rules:
        return rules[wanted]
    near = get_close_matches(wanted, rules, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"the codes are {', '.join(rules)}"
    raise UsageError(f"there is no problem code '{code}'; {hint}")
