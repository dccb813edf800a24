"""All that a rule may look at: the submission, and the ids and sizes of the expected images.

No pixel of the truth is in here, so nothing a participant is told can give one away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from isiceval.model import Fault, Form, Pairing, Reading, Size
from isiceval.tasks.spec import Task


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
    faults: tuple[Fault, ...] = ()
    pairing: Pairing
    expected: Mapping[str, Size | None]
    readings: tuple[Reading, ...] = ()
    lenient: bool = False
