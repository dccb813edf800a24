"""The figures of a report: which Jaccard how often, and the Jaccard against the lesion's size."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from isiceval.model import Case
from isiceval.reports.escape import clean
from isiceval.reports.html.figures import INKS, count_in_wholes, draw, embed
from isiceval.reports.numbers import count, show

if TYPE_CHECKING:
    from markupsafe import Markup

WIDTH, HEIGHT = 400, 280
N_BARS = 20
LEAST_SHARE = 0.1
MANY_POINTS = 200
_ENDS = (LEAST_SHARE, 100.0)


def draw_histogram(values: Sequence[float], *, threshold: float) -> Markup:
    """Draw how many images have which Jaccard, in bars of 0.05; those below the line stand out."""
    counts = _count(values)
    n_failed = sum(value < threshold for value in values)
    with draw(width=WIDTH, height=HEIGHT) as (figure, axes):
        words = {}
        for place, n in enumerate(counts):
            low, high = place / N_BARS, (place + 1) / N_BARS
            if n:
                colour = INKS["bad" if high <= threshold else "good"]
                (bar,) = axes.bar(low + 0.003, n, width=0.044, align="edge", color=colour)
                bar.set_gid(f"bar{place}")
                words[f"bar{place}"] = [f"{low:.2f} to {high:.2f}: {count(n, 'image')}"]
        axes.axvline(threshold, color=INKS["ink"], linewidth=1.5, linestyle="--")
        axes.set(xlim=(0, 1), xlabel="Jaccard", ylabel="images", ylim=(0, 1.08 * max(1, *counts)))
        axes.yaxis.set_major_locator(count_in_wholes())
        axes.grid(visible=False, axis="x")
        _name_line(axes, f"{threshold:g}", x=threshold)
        return embed(
            figure,
            name="histogram",
            title=(
                f"Histogram of the Jaccard index of {count(len(values), 'image')} in bars of 0.05; "
                f"{n_failed} lie below {threshold:g}."
            ),
            words=words,
        )


def _count(values: Iterable[float]) -> list[int]:
    """Count the values of each bar; one on an edge belongs to the bar above it."""
    edges = [place / N_BARS for place in range(N_BARS)]
    counts = [0] * N_BARS
    for value in values:
        counts[bisect_right(edges, value) - 1] += 1
    return counts


def draw_sizes(cases: Iterable[Case], *, threshold: float) -> Markup:
    """Draw the Jaccard of each image against the share of it that is lesion."""
    known = [case for case in cases if case.counts and case.counts.total]
    with draw(width=WIDTH, height=HEIGHT) as (figure, axes):
        axes.set_xscale("log")
        axes.set(xlim=(0.09, 112), ylim=(-0.03, 1.03))
        axes.set_xticks([0.1, 1, 10, 100], ["≤ 0.1 %", "1 %", "10 %", "100 %"])
        axes.set_xticks([], minor=True)
        axes.axhline(threshold, color=INKS["ink"], linewidth=1.5, linestyle="--")
        axes.set(xlabel="share of the image that is lesion", ylabel="Jaccard")
        words = {}
        for name in ("good", "bad"):
            chosen = [c for c in known if (c.values["jaccard"] < threshold) == (name == "bad")]
            if chosen:
                _scatter(axes, name, chosen, many=len(known) > MANY_POINTS)
                words[name] = [_say(case) for case in chosen]
        return embed(
            figure,
            name="sizes",
            title=(
                "Each image by the share of it that is lesion (log scale) and by its Jaccard "
                "index; the values are in the table of all images."
            ),
            words=words,
        )


def _scatter(axes: Any, name: str, cases: Sequence[Case], *, many: bool) -> None:
    axes.scatter(
        [min(max(100 * find_share(case), _ENDS[0]), _ENDS[1]) for case in cases],
        [case.values["jaccard"] for case in cases],
        s=20 if many else 40,
        color=INKS[name],
        linewidth=0,
        alpha=0.55 if many else 0.75,
        gid=name,
        zorder=3,
    )


def _say(case: Case) -> str:
    share = f"lesion {100 * find_share(case):.1f} % of the image"
    return f"{clean(case.image)}: Jaccard {show(case.values['jaccard'])}, {share}"


def _name_line(axes: Any, text: str, *, x: float) -> None:
    """Write the number of an upright line above it."""
    axes.annotate(
        text,
        (x, 1),
        xycoords=("data", "axes fraction"),
        xytext=(-5, 0),
        textcoords="offset points",
        ha="right",
        va="top",
        color=INKS["ink"],
    )


def find_share(case: Case) -> float:
    """Find the share of an image that is lesion; NaN where it is not known."""
    if case.counts is None or not case.counts.total:
        return math.nan
    return case.counts.truth / case.counts.total
