"""Collect what reading finds: one fault per code and subject, with all its lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from isiceval.model import Problem
from isiceval.tasks.faults import FaultText, describe_faults, pick_errors

__all__ = [
    "FaultText",
    "Findings",
    "describe_faults",
    "name_lines",
    "name_texts",
    "pick_errors",
    "quote",
]

MOST_RANGES = 12
MOST_TEXTS = 10
LONGEST = 40


@dataclass(slots=True)
class _Finding:
    code: str
    detail: str
    lines: list[int] = field(default_factory=list)


class Findings:
    """The findings on one file, in the order in which they were met."""

    def __init__(self, name: str) -> None:
        """Start without a finding; ``name`` is what messages call the file."""
        self._name = name
        self._found: dict[tuple[str, str], _Finding] = {}

    def add(self, code: str, detail: str, *, subject: str = "", line: int | None = None) -> None:
        """Note one finding; of those with the same code and subject the first one's words stay."""
        finding = self._found.setdefault((code, subject), _Finding(code, detail))
        if line is not None:
            finding.lines.append(line)

    def add_lines(self, code: str, detail: str, lines: Sequence[int], *, subject: str = "") -> None:
        """Note a finding that was met on all those lines, if there are any."""
        for line in lines:
            self.add(code, detail, subject=subject, line=line)

    def to_faults(self) -> tuple[Problem, ...]:
        """Return the findings as faults; ``where`` is ``file`` or ``file:line`` of the first."""
        return tuple(self._build_fault(finding) for finding in self._found.values())

    def _build_fault(self, finding: _Finding) -> Problem:
        if not finding.lines:
            return Problem(finding.code, self._name, finding.detail)
        first, *others = sorted(set(finding.lines))
        also = f"; also {name_lines(others)}" if others else ""
        return Problem(finding.code, f"{self._name}:{first}", finding.detail + also)


def name_lines(lines: Sequence[int]) -> str:
    """Write sorted line numbers shortly.

    >>> name_lines([2, 3, 4, 9])
    'lines 2 to 4, 9'
    """
    ranges = list(_iter_ranges(lines))
    shown = [f"{a} to {b}" if b > a else str(a) for a, b in ranges[:MOST_RANGES]]
    left = sum(b - a + 1 for a, b in ranges[MOST_RANGES:])
    more = f" and {left:,} more" if left else ""
    return f"{'line' if len(lines) == 1 else 'lines'} {', '.join(shown)}{more}"


def _iter_ranges(lines: Sequence[int]) -> Iterator[tuple[int, int]]:
    first = last = lines[0]
    for line in lines[1:]:
        if line > last + 1:
            yield first, last
            first = line
        last = line
    yield first, last


def name_texts(texts: Sequence[str]) -> str:
    """Write some texts as a list, the first ten at most.

    >>> name_texts(["a", "b"])
    'a, b'
    """
    left = len(texts) - MOST_TEXTS
    return ", ".join(texts[:MOST_TEXTS]) + (f" and {left:,} more" if left > 0 else "")


def quote(text: str) -> str:
    """Write a stranger's text in quotes, cut where it is long.

    >>> quote("high")
    '"high"'
    """
    return f'"{text}"' if len(text) <= LONGEST else f'"{text[: LONGEST - 3]}..."'
