"""Figures of confidences: ROC and precision-recall curves, calibration, distributions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from isiceval.metrics.calibration import Reliability
from isiceval.numbers import count, format_value
from isiceval.reports.escape import clean
from isiceval.reports.figures.style import INKS, choose_stroke, embed, new_figure

if TYPE_CHECKING:
    from markupsafe import Markup

HEIGHT = 320
N_BARS = 20
MANY_TIMES = 50  # bins whose sizes differ by more are counted on a logarithmic axis

Curve = tuple[Sequence[float], Sequence[float]]
"""The x and y of the points of a curve, from left to right; without any where undefined."""


def draw_rocs(curves: Mapping[str, Curve], *, name: str = "figure") -> Markup:
    """Draw the ROC curves of all labels, by label, into one square."""
    return _draw_curves(
        curves,
        name=name,
        title=f"ROC curves of {_join(curves)}; their areas are in the table of curves.",
        labels=("false positive rate (1 - specificity)", "sensitivity"),
        diagonal=True,
    )


def draw_precision_recall(
    curves: Mapping[str, Curve], *, name: str = "figure", steps: bool
) -> Markup:
    """Draw the precision-recall curves of all labels, in steps or joined by straight lines."""
    return _draw_curves(
        curves,
        name=name,
        title=f"Precision over recall of {_join(curves)}; their average precisions are in the "
        "table of curves.",
        labels=("recall (sensitivity)", "precision (PPV)"),
        steps=steps,
    )


def _join(curves: Mapping[str, Curve]) -> str:
    return ", ".join(map(clean, curves))


def _draw_curves(
    curves: Mapping[str, Curve],
    *,
    name: str = "figure",
    title: str,
    labels: tuple[str, str],
    diagonal: bool = False,
    steps: bool = False,
) -> Markup:
    with new_figure(height=HEIGHT) as (figure, axes):
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.02), xlabel=labels[0], ylabel=labels[1])
        if diagonal:
            axes.plot((0, 1), (0, 1), color=INKS["soft"], linewidth=1, linestyle="--")
        for place, (x, y) in enumerate(curves.values()):
            ink, dashes = choose_stroke(place)
            if len(x):
                (line,) = axes.plot(
                    x,
                    y,
                    color=INKS[ink],
                    drawstyle="steps-pre" if steps else "default",
                    solid_joinstyle="round",
                )
                if dashes:  # matplotlib counts dashes in line widths, SVG in pixels
                    line.set_dashes([dash / 2 for dash in dashes])
        return embed(figure, name=name, title=title)


def draw_calibration(found: Reliability, *, name: str = "figure", owner: str) -> Markup:
    """Draw a reliability diagram over the number of cases in each bin.

    ``owner`` says whose confidence it is, for who cannot see the figure.
    """
    filled = found.counts > 0
    low, high = found.edges[:-1][filled], found.edges[1:][filled]
    counts, confidences = found.counts[filled], found.confidences[filled]
    observed = found.shares[filled]
    with new_figure(height=HEIGHT) as (figure, axes):
        axes.remove()
        top, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        top.plot((0, 1), (0, 1), color=INKS["soft"], linewidth=1, linestyle="--")
        top.vlines(confidences, confidences, observed, color=INKS["bad"], linewidth=1.5)
        top.plot(confidences, observed, color=INKS["good"], linewidth=1.5)
        top.scatter(
            confidences, observed, s=40, color=INKS["good"], linewidth=0, zorder=3, gid="bins"
        )
        top.set(xlim=(-0.01, 1.01), ylim=(-0.03, 1.03), ylabel="observed frequency")
        below.bar(low + 0.005, counts, width=high - low - 0.01, align="edge", color=INKS["c6"])
        most, least = int(max(counts, default=0)), int(min(counts, default=0))
        if most > MANY_TIMES * least:
            powers = math.floor(math.log10(most))
            ticks = [10**power for power in range(0, powers + 1, max(1, math.ceil(powers / 2)))]
            below.set_yscale("log")
            below.set_ylim(0.7, 2 * most)
            below.set_yticks(ticks, [f"{tick:,}" for tick in ticks])
            below.minorticks_off()
        below.set(xlabel="confidence", ylabel="cases")
        below.grid(visible=False, axis="x")
        columns = zip(low, high, counts.tolist(), confidences, observed, strict=True)
        texts = [
            f"{a:.1f} to {b:.1f}: {count(n, 'case')}, "
            f"mean confidence {format_value(float(mean))}, observed frequency {100 * share:.1f} %"
            for a, b, n, mean, share in columns
        ]
        return embed(
            figure,
            name=name,
            title=(
                f"Reliability diagram of {clean(owner)}: expected calibration error "
                f"{format_value(found.error)}; the numbers are in the table of bins."
            ),
            tooltips={"bins": texts} if texts else None,
        )


def draw_confidences(
    positives: Sequence[float],
    negatives: Sequence[float],
    *,
    name: str = "figure",
    label: str,
    threshold: float,
) -> Markup:
    """Draw the confidences of cases that have the label above the axis, of all others below it.

    Each side is in percent of its own cases, so that a rare label can be seen.
    """
    with new_figure(width=300, height=200) as (figure, axes):
        for ink, values, sign in (("c1", positives, 1), ("c0", negatives, -1)):
            heights, edges = np.histogram(values, bins=N_BARS, range=(0.0, 1.0))
            axes.bar(
                edges[:-1] + 0.004,
                sign * 100 * heights / max(1, len(values)),
                width=1 / N_BARS - 0.008,
                align="edge",
                color=INKS[ink],
            )
        axes.axhline(0, color=INKS["soft"], linewidth=1)
        axes.axvline(threshold, color=INKS["ink"], linewidth=1.25, linestyle="--")
        axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
        axes.set(xlim=(0, 1), xlabel="confidence", ylabel="% of cases")
        axes.grid(visible=False, axis="x")
        return embed(
            figure,
            name=name,
            title=(
                f"Confidences of {clean(label)}: {count(len(positives), 'case')} that "
                f"have it above the axis, {count(len(negatives), 'case')} without it below."
            ),
        )
