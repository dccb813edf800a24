"""What a report is made from beside its scorecard, alike for every kind of task."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from isiceval.kinds.requests import Source
from isiceval.scorecard import Scorecard
from isiceval.sources.sidecars import read_metadata
from isiceval.statistics.groups import Redrawing
from isiceval.tasks.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest:
    """Where truth, prediction and photos are read again, what is known of the images."""

    truth: Source
    prediction: Source
    images: str | Path | None
    metadata: str | Path | None
    lenient: bool
    redrawing: Redrawing

    def read_columns(self, scorecard: Scorecard, *, task: Task) -> dict[str, dict[str, str]]:
        """Read the columns of the metadata, each as the value of each image; none without."""
        if self.metadata is None:
            return {}
        known = list(dict.fromkeys(case.image for case in scorecard.cases))
        return read_metadata(Path(self.metadata), task=task, images=known)
