"""All that a rule may look at: the submission, and the ids and sizes of the expected images.

No pixel of the truth is in here, so nothing a participant is told can give one away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from isiceval.model import Form, Pairing, Problem, Reading, Size
from isiceval.tasks.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One submission as it was found, beside what the task expects.

    ``faults`` are those of the folder or zip as a whole; each reading carries its own.
    ``expected`` maps every image id to its size, or to None where the size is not known.
    ``readings`` are sorted by image id; an unread file has none.
    """

    task: Task
    submission: str
    form: Form
    names: tuple[str, ...]
    ignored: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    pairing: Pairing
    expected: Mapping[str, Size | None]
    readings: tuple[Reading, ...] = ()
    lenient: bool = False

    def list_submissions(self) -> tuple[str, ...]:
        """List the folders and zips that look like submissions of their own; none where one does.

        Such a folder holds several of the images that other folders hold too, and at least half of
        those expected.
        """
        if self.form not in ("folder", "zip"):
            return ()
        zips = [fault.where for fault in self.problems if fault.code == "nested-zip"]
        found = sorted([*self._list_folders(), *zips])
        return tuple(found) if len(found) > 1 else ()

    def _list_folders(self) -> list[str]:
        files = self.pairing.duplicates.values()
        folders = [{str(PurePosixPath(name).parent) for name in names} for names in files]
        counts = Counter(folder for own in folders if len(own) > 1 for folder in own - {"."})
        least = max(2, len(self.expected) / 2)
        return [folder for folder, count in counts.items() if count >= least]
