"""Figures of one submission: Jaccards of masks; curves and calibration of confidences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from isiceval.metrics.calibration import Reliability
from isiceval.numbers import count, format_value
from isiceval.reports.escape import clean
from isiceval.reports.figures import style
from isiceval.reports.figures.style import INKS, Drawing, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

N_BARS = 20
SMALL = (300, 200)
SMALLEST_SHARE = 0.1  # percent; the logarithmic axis ends here, smaller lesions are put on its end
MANY_POINTS = 200  # more points are drawn smaller and let each other shine through
HEIGHT = 320
MANY_TIMES = 50  # bins whose sizes differ by more are counted on a logarithmic axis

Curve = tuple[Sequence[float], Sequence[float]]
"""The x and y of the points of a curve, from left to right; without any where undefined."""


def draw_histogram(
    values: Sequence[float],
    *,
    noun: str = "image",
    label: str = "",
    threshold: float | None = None,
    small: bool = False,
) -> Drawing:
    """Draw how many cases have which Jaccard, in bars of 0.05 from 0 to 1; NaN is left out.

    A value on an edge belongs to the bar above it, 1 to the last. Bars below ``threshold`` are in
    another colour.
    """
    known = np.array([value for value in values if not math.isnan(value)])
    edges = [place / N_BARS for place in range(N_BARS + 1)]
    heights = np.histogram(known, edges)[0].tolist()
    of_label = f" of {clean(label)}" if label else ""
    title = f"Histogram of the Jaccard index of {count(len(known), noun)}{of_label} in bars of 0.05"
    tooltips = {}
    width, height = SMALL if small else (400, 280)
    figure, axes = new_figure(width=width, height=height, most=max(heights))
    for place, n in enumerate(heights):
        low, high = edges[place], edges[place + 1]
        if n:
            colour = INKS["good" if threshold is None or high > threshold else "bad"]
            (bar,) = axes.bar(low + 0.003, n, width=0.044, align="edge", color=colour)
            bar.set_gid(f"bar{place}")
            tooltips[f"bar{place}"] = [f"{low:.2f} to {high:.2f}: {count(n, noun)}"]
    if threshold is not None:
        title += f"; {int((known < threshold).sum())} lie below {threshold:g}"
        style.add_threshold(axes, threshold, width=1.5, offset=(-5, 0), ha="right", va="top")
    axes.set(xlim=(0, 1), ylim=(0, 1.08 * max(1, *heights)))
    axes.set(xlabel="Jaccard", ylabel=f"{noun}s")
    axes.locator_params(axis="y", integer=True, min_n_ticks=1)
    axes.grid(visible=False, axis="x")
    return figure, f"{title}.", tooltips


def draw_sizes(
    names: Sequence[str], shares: Sequence[float], jaccards: Sequence[float], *, threshold: float
) -> Drawing:
    """Draw the Jaccard of each image against the share of it that is lesion, in [0, 1].

    An image where one of the two is NaN has no point.
    """
    points = [
        (clean(image), share, jaccard)
        for image, share, jaccard in zip(names, shares, jaccards, strict=True)
        if not math.isnan(share + jaccard)
    ]
    many = len(points) > MANY_POINTS
    tooltips = {}
    figure, axes = new_figure()
    axes.set_xscale("log")
    axes.set(xlim=(0.09, 112), ylim=(-0.03, 1.03))
    axes.set_xticks([0.1, 1, 10, 100], ["≤ 0.1 %", "1 %", "10 %", "100 %"])
    axes.set_xticks([], minor=True)
    axes.axhline(threshold, color=INKS["ink"], linewidth=1.5, linestyle="--")
    axes.set(xlabel="share of the image that is lesion", ylabel="Jaccard")
    for colour in ("good", "bad"):
        chosen = [point for point in points if (point[2] < threshold) == (colour == "bad")]
        if chosen:
            axes.scatter(
                [max(100 * share, SMALLEST_SHARE) for _, share, _ in chosen],
                [jaccard for _, _, jaccard in chosen],
                s=20 if many else 40,
                color=INKS[colour],
                linewidth=0,
                alpha=0.55 if many else 0.75,
                gid=colour,
                zorder=3,
            )
            tooltips[colour] = [
                f"{image}: Jaccard {format_value(jaccard)}, lesion {100 * share:.1f} % of the image"
                for image, share, jaccard in chosen
            ]
    title = "Each image by the share of it that is lesion (log scale) and by its Jaccard index"
    return figure, f"{title}; the values are in the table of all images.", tooltips


def draw_rocs(curves: Mapping[str, Curve]) -> Drawing:
    """Draw the ROC curves of all labels, by label, into one square."""
    names = ", ".join(map(clean, curves))
    figure, axes = new_figure(height=HEIGHT)
    axes.set(xlabel="false positive rate (1 - specificity)", ylabel="sensitivity")
    style.add_diagonal(axes)
    _add_curves(axes, curves)
    return figure, f"ROC curves of {names}; their areas are in the table of curves.", {}


def draw_precision_recall(curves: Mapping[str, Curve], *, steps: bool) -> Drawing:
    """Draw the precision-recall curves of all labels, in steps or joined by straight lines."""
    names = ", ".join(map(clean, curves))
    areas = "their average precisions are in the table of curves."
    figure, axes = new_figure(height=HEIGHT)
    axes.set(xlabel="recall (sensitivity)", ylabel="precision (PPV)")
    _add_curves(axes, curves, drawstyle="steps-pre" if steps else "default")
    return figure, f"Precision over recall of {names}; {areas}", {}


def _add_curves(axes: Axes, curves: Mapping[str, Curve], **options: Any) -> None:
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.02))
    for place, (x, y) in enumerate(curves.values()):
        ink, dashes = style.choose_stroke(place)
        if len(x):
            (line,) = axes.plot(x, y, color=INKS[ink], solid_joinstyle="round", **options)
            if dashes:  # matplotlib counts dashes in line widths, SVG in pixels
                line.set_dashes([dash / 2 for dash in dashes])


def draw_calibration(found: Reliability, *, owner: str) -> Drawing:
    """Draw a reliability diagram over the number of cases in each bin.

    ``owner`` says whose confidence it is, for who cannot see the figure.
    """
    filled = found.counts > 0
    low, high = found.edges[:-1][filled], found.edges[1:][filled]
    counts, confidences = found.counts[filled], found.confidences[filled]
    observed = found.shares[filled]
    most, least = int(max(counts, default=0)), int(min(counts, default=0))
    figure, axes = new_figure(height=HEIGHT, most=most)
    axes.remove()
    grid = {"height_ratios": (3, 1), "hspace": 0.07}
    top, below = figure.subplots(2, 1, sharex=True, gridspec_kw=grid)
    style.add_diagonal(top)
    top.vlines(confidences, confidences, observed, color=INKS["bad"], linewidth=1.5)
    blue = INKS["good"]
    top.plot(confidences, observed, color=blue, linewidth=1.5)
    top.scatter(confidences, observed, s=40, color=blue, linewidth=0, zorder=3, gid="bins")
    top.set(xlim=(-0.01, 1.01), ylim=(-0.03, 1.03), ylabel="observed frequency")
    below.bar(low + 0.005, counts, width=high - low - 0.01, align="edge", color=INKS["c6"])
    if most > MANY_TIMES * least:
        powers = math.floor(math.log10(most))
        ticks = [10**power for power in range(0, powers + 1, max(1, math.ceil(powers / 2)))]
        below.set_yscale("log")
        below.set_ylim(0.7, 2 * most)
        below.set_yticks(ticks, [f"{tick:,}" for tick in ticks])
        below.minorticks_off()
    else:
        below.set_ylim(0, 1.05 * max(1, most))
        below.locator_params(axis="y", integer=True, min_n_ticks=1)
    below.set(xlabel="confidence", ylabel="cases")
    below.grid(visible=False, axis="x")
    columns = zip(low, high, counts.tolist(), confidences, observed, strict=True)
    texts = [
        f"{a:.1f} to {b:.1f}: {count(n, 'case')}, "
        f"mean confidence {format_value(float(mean))}, observed frequency {100 * share:.1f} %"
        for a, b, n, mean, share in columns
    ]
    error = f"expected calibration error {format_value(found.error)}"
    title = f"Reliability diagram of {clean(owner)}: {error}; the numbers are in the table of bins."
    return figure, title, {"bins": texts} if texts else {}


def draw_confidences(
    positives: Sequence[float], negatives: Sequence[float], *, label: str, threshold: float
) -> Drawing:
    """Draw the confidences of cases that have the label above the axis, of all others below it.

    Each side is in percent of its own cases, so that a rare label can be seen.
    """
    title = (
        f"Confidences of {clean(label)}: {count(len(positives), 'case')} that "
        f"have it above the axis, {count(len(negatives), 'case')} without it below."
    )
    figure, axes = new_figure(width=300, height=200)
    for ink, values, sign in (("c1", positives, 1), ("c0", negatives, -1)):
        heights, edges = np.histogram(values, bins=N_BARS, range=(0.0, 1.0))
        shares = sign * 100 * heights / max(1, len(values))
        width, colour = 1 / N_BARS - 0.008, INKS[ink]
        axes.bar(edges[:-1] + 0.004, shares, width=width, align="edge", color=colour)
    axes.axhline(0, color=INKS["soft"], linewidth=1)
    axes.axvline(threshold, color=INKS["ink"], linewidth=1.25, linestyle="--")
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    axes.set(xlim=(0, 1), xlabel="confidence", ylabel="% of cases")
    axes.grid(visible=False, axis="x")
    return figure, title, {}
