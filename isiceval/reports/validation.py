"""A validation as blocks: the verdict, what was found, and every problem grouped by code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from isiceval.blocks import Block, Cell, Column, Heading, Item, Items, Mark, Paragraph
from isiceval.model import Problem, Severity, Validation
from isiceval.numbers import count, join_first, make_table

MARKS: Mapping[Severity, Mark] = {"error": "bad", "warning": "warning"}


def describe(validation: Validation) -> Iterator[Block]:
    """Yield the blocks of a validation."""
    verdict = describe_verdict(validation.problems)
    expected = count(validation.n_expected, validation.noun)
    found = f"{validation.n_matched} found, {count(validation.n_ignored, 'file')} ignored"
    yield Heading(f"{validation.submission} for {validation.task}: {verdict}", 1)
    form = "Not readable" if validation.form == "none" else validation.form.capitalize()
    yield Paragraph(f"{form}: {expected} expected, {found}.", "lead")
    yield from describe_conversions(validation.conversions)
    yield from describe_problems(validation.problems)


def describe_verdict(problems: Iterable[Problem]) -> str:
    """Write the verdict: ``valid``, or ``INVALID: 3 errors, 2 warnings``."""
    found = [problem.severity for problem in problems]
    counted = ", ".join(count(found.count(one), one) for one in MARKS if one in found)
    return f"INVALID: {counted}" if "error" in found else f"valid, {counted}" if found else "valid"


def describe_conversions(conversions: Mapping[str, int]) -> Iterator[Block]:
    """Yield what lenient reading converted, and how often."""
    if conversions:
        yield Heading("Converted (lenient)")
        yield Items(tuple(Item(f"{what} ({n})") for what, n in conversions.items()))


def describe_problems(problems: Iterable[Problem], *, level: int = 2) -> Iterator[Block]:
    """Yield a table of the errors and one of the warnings, a row for each code.

    ``level`` is that of their headings.
    """
    groups = group_problems(problems)
    for severity, mark in MARKS.items():
        chosen = {code: found for (own, code), found in groups.items() if own == severity}
        if not chosen:
            continue
        title = f"{severity.capitalize()}s"
        rows = []
        for code, found in chosen.items():
            places = tuple(problem.where for problem in found if problem.where)
            where = Cell(join_first(places), details=places)
            detail = _give_first([problem.detail for problem in found])
            fix = _give_first([problem.fix for problem in found])
            rows.append((code, len(found), detail, where, fix))
        below = [Column(title, wrap=True, below=True) for title in ("Where", "Fix")]
        yield Heading(f"{title} ({sum(map(len, chosen.values()))})", level, mark=mark)
        columns = [Column("Code"), Column("Count"), Column("What is wrong", wrap=True), *below]
        yield make_table(columns, rows, caption=f"{title} by code")
    if groups:
        yield Paragraph("isiceval explain CODE prints the rule behind a code.", "hint")


def _give_first(texts: Sequence[str]) -> str:
    return texts[0] if len(set(texts)) == 1 else f"for example: {texts[0]}"


def group_problems(problems: Iterable[Problem]) -> dict[tuple[Severity, str], list[Problem]]:
    """Group problems by severity and code: errors first, codes in order of first appearance."""
    groups: dict[tuple[Severity, str], list[Problem]] = {}
    for problem in sorted(problems, key=lambda problem: problem.severity != "error"):
        groups.setdefault((problem.severity, problem.code), []).append(problem)
    return groups


def count_codes(problems: Iterable[Problem]) -> dict[str, int]:
    """Count problems by code, in the order of the groups."""
    return {code: len(found) for (_, code), found in group_problems(problems).items()}
