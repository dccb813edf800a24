"""Figures of single masks: the Jaccard of all of them, and against the size of the lesion."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from isiceval.numbers import count, format_value
from isiceval.reports.escape import clean
from isiceval.reports.figures.style import INKS, embed, new_figure

if TYPE_CHECKING:
    from markupsafe import Markup

N_BARS = 20
SMALL = (300, 200)
SMALLEST_SHARE = 0.1  # percent; the logarithmic axis ends here, smaller lesions are put on its end
MANY_POINTS = 200  # more points are drawn smaller and let each other shine through


def draw_histogram(
    values: Sequence[float],
    *,
    name: str = "figure",
    noun: str = "image",
    label: str = "",
    threshold: float | None = None,
    small: bool = False,
) -> Markup:
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
    with new_figure(width=width, height=height) as (figure, axes):
        for place, n in enumerate(heights):
            low, high = edges[place], edges[place + 1]
            if n:
                colour = INKS["good" if threshold is None or high > threshold else "bad"]
                (bar,) = axes.bar(low + 0.003, n, width=0.044, align="edge", color=colour)
                bar.set_gid(f"bar{place}")
                tooltips[f"bar{place}"] = [f"{low:.2f} to {high:.2f}: {count(n, noun)}"]
        if threshold is not None:
            title += f"; {int((known < threshold).sum())} lie below {threshold:g}"
            axes.axvline(threshold, color=INKS["ink"], linewidth=1.5, linestyle="--")
            axes.annotate(
                f"{threshold:g}",
                (threshold, 1),
                xycoords=("data", "axes fraction"),
                xytext=(-5, 0),
                textcoords="offset points",
                ha="right",
                va="top",
                color=INKS["ink"],
            )
        axes.set(
            xlim=(0, 1), ylim=(0, 1.08 * max(1, *heights)), xlabel="Jaccard", ylabel=f"{noun}s"
        )
        axes.locator_params(axis="y", integer=True, min_n_ticks=1)
        axes.grid(visible=False, axis="x")
        return embed(figure, name=name, title=f"{title}.", tooltips=tooltips)


def draw_sizes(
    names: Sequence[str],
    shares: Sequence[float],
    jaccards: Sequence[float],
    *,
    name: str = "figure",
    threshold: float,
) -> Markup:
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
    with new_figure() as (figure, axes):
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
                    f"{image}: Jaccard {format_value(jaccard)}, "
                    f"lesion {100 * share:.1f} % of the image"
                    for image, share, jaccard in chosen
                ]
        return embed(
            figure,
            name=name,
            title=(
                "Each image by the share of it that is lesion (log scale) and by its Jaccard "
                "index; the values are in the table of all images."
            ),
            tooltips=tooltips,
        )
