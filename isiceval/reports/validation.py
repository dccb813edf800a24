"""A validation as blocks: the verdict, what was found, and every problem grouped by code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from isiceval.blocks import Block, Cell, Column, Heading, Item, Items, Paragraph
from isiceval.model import Problem, Severity, Validation
from isiceval.numbers import count, join_first, make_row, make_table


def describe(validation: Validation) -> Iterator[Block]:
    """Yield the blocks of a validation."""
    yield Heading(
        f"{validation.submission} for {validation.task}: {describe_verdict(validation.problems)}", 1
    )
    yield Paragraph(
        f"{validation.form.capitalize()}: {count(validation.n_expected, validation.noun)} "
        f"expected, {validation.n_matched} found, {count(validation.n_ignored, 'file')} ignored.",
        "lead",
    )
    yield from describe_conversions(validation.conversions)
    yield from describe_problems(validation.problems)


def describe_verdict(problems: Iterable[Problem]) -> str:
    """Write the verdict: ``valid``, or ``INVALID: 3 errors, 2 warnings``."""
    severities = [problem.severity for problem in problems]
    numbers = [(severities.count(severity), severity) for severity in ("error", "warning")]
    counted = ", ".join(count(n, severity) for n, severity in numbers if n)
    if not severities:
        return "valid"
    return f"INVALID: {counted}" if "error" in severities else f"valid, {counted}"


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
    for severity in ("error", "warning"):
        chosen = [group for group in groups if group.severity == severity]
        if chosen:
            title = f"{severity.capitalize()}s ({sum(group.n for group in chosen)})"
            yield Heading(title, level, mark="bad" if severity == "error" else "warning")
            below = [Column(title, wrap=True, below=True) for title in ("Where", "Fix")]
            yield make_table(
                ["Code", "Count", Column("What is wrong", wrap=True), *below],
                [
                    make_row(
                        group.code,
                        Cell(str(group.n), value=group.n),
                        f"{'' if group.same_detail else 'for example: '}{group.detail}",
                        Cell(join_first(places, str), details=tuple(places)),
                        f"{'' if group.same_fix else 'for example: '}{group.fix}",
                    )
                    for group in chosen
                    for places in ([place for place in group.places if place],)
                ],
                caption=f"{severity.capitalize()}s by code",
            )
    if groups:
        yield Paragraph("isiceval explain CODE prints the rule behind a code.", "hint")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemGroup:
    """All problems of one code: how many, where, and the words of the first.

    ``same_detail`` and ``same_fix`` are True where all of them have the words of the first.
    """

    code: str
    severity: Severity
    places: tuple[str, ...]
    detail: str
    fix: str
    same_detail: bool
    same_fix: bool

    @property
    def n(self) -> int:
        """Return how many problems there are."""
        return len(self.places)


def group_problems(problems: Iterable[Problem]) -> tuple[ProblemGroup, ...]:
    """Group problems by code: errors first, codes in the order in which they first appear."""
    groups: dict[tuple[Severity, str], list[Problem]] = {}
    for problem in sorted(problems, key=lambda problem: problem.severity != "error"):
        groups.setdefault((problem.severity, problem.code), []).append(problem)
    return tuple(
        ProblemGroup(
            code=code,
            severity=severity,
            places=tuple(problem.where for problem in group),
            detail=group[0].detail,
            fix=group[0].fix,
            same_detail=len({problem.detail for problem in group}) == 1,
            same_fix=len({problem.fix for problem in group}) == 1,
        )
        for (severity, code), group in groups.items()
    )


def count_codes(problems: Iterable[Problem]) -> dict[str, int]:
    """Count problems by code, in the order of the groups."""
    return {group.code: group.n for group in group_problems(problems)}
