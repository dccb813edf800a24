"""The figures of labels: curves, calibration, confidences and the Jaccards of their masks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from isiceval.label_insight import Bin, Calibration, Curve, LabelInsight, MaskLabel
from isiceval.reports.escape import clean
from isiceval.reports.html.figures import INKS, draw, embed
from isiceval.reports.numbers import count, show

if TYPE_CHECKING:
    from markupsafe import Markup

WIDTH, HEIGHT = 400, 320
SMALL = (300, 200)
N_BARS = 20
MANY_TIMES = 50
N_COLOURS = 6
DASHES = ((), (6, 3), (2, 2))


class Stroke(NamedTuple):
    """How the line of a label is drawn: the name of its colour, and its dashes."""

    ink: str
    dashes: tuple[int, ...]

    @property
    def pattern(self) -> str:
        """Write the dashes as SVG has them; empty for a whole line."""
        return " ".join(map(str, self.dashes))


def choose_stroke(place: int) -> Stroke:
    """Choose the line of the label at a place: another colour each, then dashed, then dotted."""
    return Stroke(f"c{place % N_COLOURS}", DASHES[place // N_COLOURS % len(DASHES)])


def draw_rocs(labels: Sequence[LabelInsight]) -> Markup:
    """Draw the ROC curves of all labels into one square."""
    return _draw_curves(
        [label.roc for label in labels],
        name="roc",
        title=f"ROC curves of {_list_names(labels)}; their areas are in the list beside them.",
        across="false positive rate (1 - specificity)",
        up="sensitivity",
        diagonal=True,
    )


def draw_precision_recall(labels: Sequence[LabelInsight], *, joined: bool) -> Markup:
    """Draw the precision-recall curves of all labels; ``joined`` by straight lines, or in steps."""
    return _draw_curves(
        [label.precision_recall for label in labels],
        name="precision",
        title=(
            f"Precision over recall of {_list_names(labels)}; their average precisions are in the "
            "list beside them."
        ),
        across="recall (sensitivity)",
        up="precision (PPV)",
        steps=not joined,
    )


def _list_names(labels: Sequence[LabelInsight]) -> str:
    return ", ".join(clean(label.label) for label in labels)


def _draw_curves(
    curves: Sequence[Curve],
    *,
    name: str,
    title: str,
    across: str,
    up: str,
    diagonal: bool = False,
    steps: bool = False,
) -> Markup:
    with draw(width=WIDTH, height=HEIGHT) as (figure, axes):
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.02), xlabel=across, ylabel=up)
        if diagonal:
            axes.plot((0, 1), (0, 1), color=INKS["soft"], linewidth=1, linestyle="--")
        for place, curve in enumerate(curves):
            stroke = choose_stroke(place)
            if not curve.across:
                continue
            (line,) = axes.plot(
                curve.across,
                curve.up,
                color=INKS[stroke.ink],
                drawstyle="steps-pre" if steps else "default",
                solid_joinstyle="round",
            )
            if stroke.dashes:
                line.set_dashes([dash / 2 for dash in stroke.dashes])
        return embed(figure, name=name, title=title)


def draw_calibration(calibration: Calibration, *, name: str, what: str) -> Markup:
    """Draw a reliability diagram over the number of cases in each bin.

    ``what`` says whose confidence it is, for who cannot see the figure.
    """
    with draw(width=WIDTH, height=HEIGHT) as (figure, axes):
        axes.remove()
        top, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        filled = [one for one in calibration.bins if one.n]
        _draw_reliability(top, filled)
        _draw_counts(below, filled)
        return embed(
            figure,
            name=name,
            title=(
                f"Reliability diagram of {what}: expected calibration error "
                f"{show(calibration.error)}; the numbers are in the table of bins."
            ),
            words={"bins": [_say_bin(one) for one in filled]} if filled else None,
        )


def _draw_reliability(axes: Any, bins: Sequence[Bin]) -> None:
    axes.plot((0, 1), (0, 1), color=INKS["soft"], linewidth=1, linestyle="--")
    places = [one.confidence for one in bins]
    shares = [one.share for one in bins]
    axes.vlines(places, places, shares, color=INKS["bad"], linewidth=1.5)
    axes.plot(places, shares, color=INKS["good"], linewidth=1.5)
    axes.scatter(places, shares, s=40, color=INKS["good"], linewidth=0, zorder=3, gid="bins")
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.03, 1.03), ylabel="came true")


def _draw_counts(axes: Any, bins: Sequence[Bin]) -> None:
    numbers = [one.n for one in bins]
    axes.bar(
        [one.low + 0.005 for one in bins],
        numbers,
        width=[one.high - one.low - 0.01 for one in bins],
        align="edge",
        color=INKS["c6"],
    )
    if numbers and max(numbers) > MANY_TIMES * min(numbers):
        axes.set_yscale("log")
        axes.set_ylim(0.7, 2 * max(numbers))
        marks = _spread(max(numbers))
        axes.set_yticks(marks, [f"{mark:,}" for mark in marks])
        axes.minorticks_off()
    axes.set(xlabel="confidence", ylabel="cases")
    axes.grid(visible=False, axis="x")


def _spread(most: int) -> list[int]:
    """Spread marks at powers of ten, three of them at most."""
    powers = math.floor(math.log10(most))
    step = max(1, math.ceil(powers / 2))
    return [10**power for power in range(0, powers + 1, step)]


def _say_bin(one: Bin) -> str:
    return (
        f"{one.low:.1f} to {one.high:.1f}: {count(one.n, 'case')}, "
        f"mean confidence {show(one.confidence)}, came true in {100 * one.share:.1f} %"
    )


def draw_confidences(label: LabelInsight, *, name: str, limit: float) -> Markup:
    """Draw how confidences are spread: cases that have the label above the axis, others below.

    Each side is in percent of its own cases, so that a rare label can be seen.
    """
    sides = (("c1", label.positives, 1.0), ("c0", label.negatives, -1.0))
    with draw(width=SMALL[0], height=SMALL[1]) as (figure, axes):
        for ink, counts, sign in sides:
            total = max(1, sum(counts))
            axes.bar(
                [place / N_BARS + 0.004 for place in range(N_BARS)],
                [sign * 100 * n / total for n in counts],
                width=1 / N_BARS - 0.008,
                align="edge",
                color=INKS[ink],
            )
        axes.axhline(0, color=INKS["soft"], linewidth=1)
        axes.axvline(limit, color=INKS["ink"], linewidth=1.25, linestyle="--")
        axes.yaxis.set_major_formatter(_absolute)
        axes.set(xlim=(0, 1), xlabel="confidence", ylabel="% of cases")
        axes.grid(visible=False, axis="x")
        return embed(
            figure,
            name=name,
            title=(
                f"Confidences of {clean(label.label)}: {count(sum(label.positives), 'case')} that "
                f"have it above the axis, {count(sum(label.negatives), 'case')} without it below."
            ),
        )


def _absolute(value: float, _: float) -> str:
    return f"{abs(value):g}"


def draw_jaccards(label: MaskLabel, *, name: str) -> Markup:
    """Draw how many masks of a label have which Jaccard, in bars of 0.05."""
    counts = [0] * N_BARS
    for value in label.jaccards:
        counts[min(N_BARS - 1, math.floor(value * N_BARS + 1e-9))] += 1
    with draw(width=SMALL[0], height=SMALL[1]) as (figure, axes):
        axes.bar(
            [place / N_BARS + 0.003 for place in range(N_BARS)],
            counts,
            width=1 / N_BARS - 0.006,
            align="edge",
            color=INKS["good"],
        )
        axes.set(xlim=(0, 1), ylim=(0, 1.08 * max(1, *counts)), xlabel="Jaccard", ylabel="masks")
        axes.locator_params(axis="y", integer=True)
        axes.grid(visible=False, axis="x")
        return embed(
            figure,
            name=name,
            title=(
                f"Histogram of the Jaccard of {count(len(label.jaccards), 'mask')} of "
                f"{clean(label.label)} in bars of 0.05."
            ),
        )


def draw_each(
    draw_one: Callable[..., Markup], labels: Iterable[Any], *, name: str, **choices: Any
) -> list[Markup]:
    """Draw a figure for each label, each under a name of its own."""
    return [draw_one(label, name=f"{name}{n}", **choices) for n, label in enumerate(labels)]
