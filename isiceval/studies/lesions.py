"""Work out what the report of lesion masks shows beside its scorecard: subgroups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from isiceval.insight import Breakdown, Overlay, ScorecardInsight
from isiceval.model import Case
from isiceval.scorecard import Scorecard
from isiceval.statistics.groups import Redrawing, plan_redrawing
from isiceval.studies.subgroups import break_down
from isiceval.tasks.task import Task

FEW_SIZES = 6


def study_scorecard(
    scorecard: Scorecard,
    *,
    task: Task,
    columns: Mapping[str, Mapping[str, str]] | None = None,
    overlays: Iterable[Overlay] = (),
    redrawing: Redrawing | None = None,
) -> ScorecardInsight:
    """Break the score down by the values of each column, with intervals.

    ``columns`` maps the name of a column to the value of each image; the size of the image and
    the share of it that is lesion are always among them.
    """
    chosen = redrawing or Redrawing()
    _, bootstrap = plan_redrawing(chosen, [case.image for case in scorecard.cases])
    return ScorecardInsight(
        bootstrap=bootstrap,
        breakdowns=_break_down_all(scorecard, columns or {}, task=task, redrawing=chosen),
        overlays=tuple(overlays),
    )


def _break_down_all(
    scorecard: Scorecard,
    columns: Mapping[str, Mapping[str, str]],
    *,
    task: Task,
    redrawing: Redrawing,
) -> tuple[Breakdown, ...]:
    built_in = {
        **list_sizes(scorecard.cases),
        "lesion share": {case.image: _find_share(case) for case in scorecard.cases},
    }
    return tuple(
        break_down(scorecard, name, values, task=task, redrawing=redrawing)
        for name, values in {**columns, **built_in}.items()
    )


def list_sizes(cases: Sequence[Case]) -> dict[str, dict[str, str]]:
    """List the size of each image: as it is where there are few, else in megapixels."""
    sizes = {case.image: case.size for case in cases if case.size}
    if len(set(sizes.values())) <= FEW_SIZES:
        return {"image size": {image: str(size) for image, size in sizes.items()}}
    megapixels = {image: f"{size.pixels / 1e6:.3f}" for image, size in sizes.items()}
    return {"image size (megapixels)": megapixels}


def _find_share(case: Case) -> str:
    """Write the share of an image that is lesion, in percent; nothing where it is not known."""
    if case.counts is None or not case.counts.total:
        return ""
    return f"{100 * case.counts.truth / case.counts.total:.2f} %"
