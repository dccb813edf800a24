"""What a rule sees: the submission, and the ids and sizes of the expected images.

No pixel of the truth is in here, so no message to a participant can reveal one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from isiceval.model import FileMatch, Form, MaskInfo, Problem, Size
from isiceval.tasks.task import Task

# How much of a problem a message shows: ranges of lines, names in a list, letters of one cell.
MAX_RANGES, MAX_TEXTS, MAX_QUOTED = 12, 10, 40
# How many problems of one code a file has before the others are summed up in one: a stranger's file
# may hold a million subjects.
MAX_SUBJECTS, REST = 100, "and others"
# With how many unknown names, of columns or features, expected ones are compared.
MAX_COMPARED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One submission as it was found, beside what the task expects.

    ``problems`` are those of the folder or zip as a whole; each reading carries its own.
    ``expected`` maps every image id to its size, or to None where the size is not known.
    ``readings`` are sorted by image id; an unread file has none.
    """

    task: Task
    submission: str
    form: Form
    names: tuple[str, ...]
    ignored: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    pairing: FileMatch
    expected: Mapping[str, Size | None]
    readings: tuple[MaskInfo, ...] = ()
    lenient: bool = False

    def iter_problems(self) -> Iterator[Problem]:
        """Yield what reading found: of the whole, then of each file what is not among those."""
        known = {(problem.code, problem.where) for problem in self.problems}
        for problem in self.problems:
            yield replace(problem, where=problem.where or self.submission)
        for reading in self.readings:
            for problem in reading.problems:
                if (problem.code, reading.name) not in known:
                    yield replace(problem, where=reading.name)

    def list_submissions(self) -> tuple[str, ...]:
        """List the folders and zips that look like submissions of their own, if several do.

        Such a folder holds several of the images that other folders hold too, and at least half of
        those expected.
        """
        if self.form not in ("folder", "zip"):
            return ()
        found = [problem.where for problem in self.problems if problem.code == "nested-zip"]
        files = self.pairing.duplicates.values()
        folders = [{str(PurePosixPath(name).parent) for name in names} for names in files]
        counts = Counter(folder for own in folders if len(own) > 1 for folder in own - {"."})
        least = max(2, len(self.expected) / 2)
        found.extend(folder for folder, count in counts.items() if count >= least)
        return tuple(sorted(found)) if len(found) > 1 else ()


class ProblemCollector:
    """The problems of one file: one for each code and subject, with all its lines."""

    def __init__(self, name: str) -> None:
        """Start without a problem; ``name`` is what messages call the file."""
        self._name = name
        self._found: dict[tuple[str, str], tuple[str, list[int]]] = {}
        self._subjects = Counter[str]()

    def add(self, code: str, detail: str, *lines: int, subject: str = "") -> None:
        """Add a problem on some lines, or on the file as a whole where none is given.

        Of several problems with the same code and subject the first one's detail stays; past
        ``MAX_SUBJECTS`` subjects of a code all others share one problem.
        """
        if (code, subject) not in self._found:
            self._subjects[code] += 1
            if self._subjects[code] > MAX_SUBJECTS:
                subject, detail = REST, f"the same is true of more than {MAX_SUBJECTS} others"
        self._found.setdefault((code, subject), (detail, []))[1].extend(lines)

    def list_problems(self) -> tuple[Problem, ...]:
        """Return the problems in the order in which they were found.

        ``where`` is the file, with the first line as in ``a.csv:3`` where there is one.
        """
        problems = []
        for (code, _), (detail, lines) in self._found.items():
            first, *others = sorted(set(lines)) or (0,)
            where = f"{self._name}:{first}" if lines else self._name
            also = f"; also {format_lines(others)}" if others else ""
            problems.append(Problem(code, where, detail + also))
        return tuple(problems)


def format_lines(lines: Sequence[int]) -> str:
    """Write sorted line numbers shortly, the first twelve ranges at most.

    >>> format_lines([2, 3, 4, 9])
    'lines 2 to 4, 9'
    """
    ranges: list[list[int]] = []
    for line in lines:
        if ranges and line <= ranges[-1][1] + 1:
            ranges[-1][1] = line
        else:
            ranges.append([line, line])
    shown = [f"{a} to {b}" if b > a else str(a) for a, b in ranges[:MAX_RANGES]]
    left = sum(b - a + 1 for a, b in ranges[MAX_RANGES:])
    more = f" and {left:,} more" if left else ""
    return f"{'line' if len(lines) == 1 else 'lines'} {', '.join(shown)}{more}"


def quote(text: str) -> str:
    """Write a participant's text in quotes, cut where it is long.

    >>> quote("high")
    '"high"'
    """
    return f'"{text}"' if len(text) <= MAX_QUOTED else f'"{text[: MAX_QUOTED - 3]}..."'
