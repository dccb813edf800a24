"""Figures of a leaderboard: a row for each ranked submission, the first on top."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from isiceval.model import Standing
from isiceval.numbers import count, format_interval, format_percent, format_value
from isiceval.reports.figures import style
from isiceval.reports.figures.style import INKS, Drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, MIDDLE, BROAD = 540, 760, 900
LABEL_CELLS = 22
MANY_ROWS = 20  # more rows are drawn lower and in smaller type
N_BARS = 40
HEAD, FOOT, SIDE = 26, 48, 14
SLANT_FROM = 7  # more rankings than this, or names of twice as many letters, are slanted
# Widths of letters in the browser's font, on the safe side: matplotlib measures another font.
PER_CELL, PER_CAPITAL, PER_BROAD = 7.2, 8.8, 12.0
BROAD_LETTERS = frozenset("mwMW@%")


class Line(NamedTuple):
    """One ranked submission in the figures: its name in them and what is known of it.

    ``values`` are those of single images, in one order for all lines, NaN where undefined;
    ``ranks`` the ranks under each method.
    """

    label: str
    standing: Standing
    values: tuple[float, ...] = ()
    ranks: Mapping[str, int] = MappingProxyType({})


def _new_rows(
    lines: Sequence[Line],
    *,
    width: int = WIDTH,
    row: tuple[int, int] = (24, 17),
    foot: int = FOOT,
    head: int = 8,
    left: float = 0,
) -> tuple[Figure, Axes]:
    """Make a figure whose height grows with the submissions, their names on the left.

    ``row`` is the height of a row where there are few and where there are many, ``left`` the
    least room on the left.
    """
    many = len(lines) > MANY_ROWS
    head = max(head, HEAD) if many else head
    labels = [style.clip(line.label, LABEL_CELLS) for line in lines]
    left = max(left, SIDE + max(map(_measure_width, labels)))
    height = row[many] * len(lines) + foot + head
    margins = (left, foot, SIDE, head)
    figure, axes = style.new_figure(width=width, height=height, margins=margins)
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.set_yticks(range(len(lines)), labels, color=INKS["ink"])
    axes.tick_params(axis="y", labelsize=11 if many else 12)
    axes.tick_params(axis="x", labeltop=many)
    axes.spines["left"].set_visible(False)
    axes.grid(visible=False, axis="y")
    return figure, axes


def _measure_width(label: str) -> float:
    """Measure how wide a name may be in the browser's font, in CSS pixels."""
    from rich.cells import cell_len

    return sum(
        PER_BROAD
        if letter in BROAD_LETTERS
        else cell_len(letter) * (PER_CAPITAL if letter.isupper() else PER_CELL)
        for letter in label
    )


def _add_dots(axes: Axes, x: Sequence[float], *, gid: str, colour: str, size: int = 46) -> None:
    card = INKS["card"]
    axes.scatter(x, range(len(x)), s=size, color=INKS[colour], edgecolor=card, gid=gid, zorder=4)


def draw_intervals(lines: Sequence[Line], *, metric: str, title: str) -> Drawing:
    """Draw every score with its interval; the band is the interval of the first."""
    scores = [line.standing.aggregates[metric] for line in lines]
    found = [line.standing.intervals.get(metric) for line in lines]
    texts = [
        f"{line.label}: {format_value(score)}{f' {format_interval(interval)}' if interval else ''}"
        for line, score, interval in zip(lines, scores, found, strict=True)
    ]
    tooltips = {"scores": texts}
    known = {y: interval for y, interval in enumerate(found) if interval}
    figure, axes = _new_rows(lines)
    if found[0]:
        axes.axvspan(found[0].low, found[0].high, color=INKS["band"], linewidth=0, zorder=0)
    if known:
        lows = [interval.low for interval in known.values()]
        highs = [interval.high for interval in known.values()]
        blue = INKS["c0"]
        axes.hlines(list(known), lows, highs, color=blue, linewidth=2.5, gid="intervals")
        tooltips["intervals"] = [texts[y] for y in known]
    _add_dots(axes, scores, gid="scores", colour="c0")
    axes.set_xlabel(title)
    about = f"{title} of each submission with its interval, a row a submission, the first on top"
    return figure, f"{about}; the numbers are in the table of standings.", tooltips


def draw_stability(lines: Sequence[Line]) -> Drawing:
    """Draw the ranks that each submission takes in the resamples: larger dots are more of them."""
    n, many = len(lines), len(lines) > MANY_ROWS
    standings = [line.standing for line in lines]
    starts = [(standing.rank_low or 0) - 0.25 for standing in standings]
    ends = [(standing.rank_high or 0) + 0.25 for standing in standings]
    places = [standing.rank or 0 for standing in standings]
    blobs = [
        (rank, y, share)
        for y, standing in enumerate(standings)
        for rank, share in enumerate(standing.rank_shares, start=1)
        if share > 0
    ]
    tooltips = {
        "spans": [
            f"{line.label}: ranks {line.standing.rank_low} to {line.standing.rank_high} "
            "in 95 % of the resamples"
            for line in lines
        ],
        "ranks": [f"{line.label}: rank {line.standing.rank}" for line in lines],
    }
    figure, axes = _new_rows(lines)
    if blobs:
        cell = min(400 / n, 17 if many else 24) ** 2  # a dot of all resamples fills its cell
        ranks, rows, shares = zip(*blobs, strict=True)
        sizes = [max(2.0, cell * share) for share in shares]
        axes.scatter(ranks, rows, s=sizes, color=INKS["c0"], linewidth=0, gid="draws")
        tooltips["draws"] = [
            f"{lines[y].label}: rank {rank} in {format_percent(share)} of the resamples"
            for rank, y, share in blobs
        ]
    axes.hlines(range(n), starts, ends, color=INKS["ink"], linewidth=1.5, gid="spans")
    _add_dots(axes, places, gid="ranks", colour="ink", size=22 if many else 46)
    axes.set(xlim=(0.5, n + 0.5), xlabel="rank")
    axes.locator_params(axis="x", integer=True, min_n_ticks=1)
    about = "The ranks each submission takes when the images are resampled, a row a submission"
    return figure, f"{about}; the intervals of ranks are in the table of standings.", tooltips


def draw_methods(lines: Sequence[Line], *, methods: Mapping[str, str]) -> Drawing:
    """Draw the rank of each submission under each method; the best rank is on top.

    ``methods`` has the short name of each, the one that gave the order of the lines first.
    """
    names = list(methods.values())
    slanted = len(names) > SLANT_FROM or max(map(len, names)) > 2 * SLANT_FROM
    # A slanted name reaches down by half its length and to the left by most of it.
    foot = 24 + round(max(map(_measure_width, names)) / 2) if slanted else FOOT
    left = _measure_width(names[0]) if slanted else 0
    turn: dict[str, Any] = {"rotation": 30, "ha": "right"} if slanted else {}
    shown = names if slanted else [name.replace(" ", "\n", 1) for name in names]
    tooltips = {}
    figure, axes = _new_rows(lines, row=(26, 17), foot=foot, left=left)
    for y in reversed(range(len(lines))):
        line, leads = lines[y], y < style.N_COLOURS
        ranks = [line.ranks.get(method, math.nan) for method in methods]
        axes.plot(
            range(len(ranks)),
            # Where ranks are shared, lines still start at their own names.
            [y, *(rank - 1 for rank in ranks[1:])],
            color=INKS[f"c{min(y, style.N_COLOURS)}"],
            linewidth=2.25 if leads else 1.25,
            marker="o",
            markersize=7 if leads else 4,
            markeredgecolor=INKS["card"],
            gid=f"line{y}",
            clip_on=False,
        )
        tooltips[f"line{y}"] = [
            f"{line.label}: rank {rank:g}, {method}"
            for method, rank in zip(names, ranks, strict=True)
            if not math.isnan(rank)
        ]
    axes.set_xlim(-0.1, len(names) - 0.8)
    axes.set_xticks(range(len(names)), shown, **turn)
    axes.spines["bottom"].set_visible(False)
    about = f"Line plot of the rank of each submission under {', '.join(names)}"
    return figure, f"{about}; the numbers are in the table above it.", tooltips


def draw_distributions(
    lines: Sequence[Line], *, title: str, threshold: float | None, noun: str
) -> Drawing:
    """Draw the histogram of each submission's values in [0, 1], each on a scale of its own.

    Bars stand on the lower end of their row; those below ``threshold`` are in another colour.
    """
    edges = np.arange(N_BARS + 1) / N_BARS
    first_good = 0 if threshold is None else int(np.searchsorted(edges, threshold - 1e-9))
    tooltips = {}
    figure, axes = _new_rows(lines, width=MIDDLE, row=(38, 22), head=HEAD)
    for y, line in enumerate(lines):
        defined = np.array([value for value in line.values if not math.isnan(value)])
        if not len(defined):
            continue
        floor, heights = y + 0.45, np.histogram(defined, edges)[0]
        tops = floor - 0.86 * heights / heights.max()
        for start, stop, colour in ((0, first_good, "bad"), (first_good, N_BARS, "good")):
            if start < stop:
                bars, ends = tops[start:stop], edges[start : stop + 1]
                ink = INKS[colour]
                axes.stairs(bars, ends, baseline=floor, fill=True, color=ink, linewidth=0)
        median = float(np.median(defined))
        black = INKS["ink"]
        axes.vlines(median, y - 0.41, floor, color=black, linewidth=2, gid=f"median{y}")
        rest = count(len(defined), noun)
        if threshold is not None:
            rest = f"{format_percent(float((defined < threshold).mean()))} below {threshold:g}"
        tooltips[f"median{y}"] = [f"{line.label}: median {format_value(median)}, {rest}"]
    axes.tick_params(axis="x", labeltop=False)
    if threshold is not None:
        style.add_threshold(axes, threshold, width=1.25, offset=(0, 5), ha="center")
    axes.set(xlim=(0, 1), xlabel=title)
    about = f"Histogram of {title} over the {noun}s, a row a submission"
    return figure, f"{about}; the line within each is its median.", tooltips


def draw_heat_map(lines: Sequence[Line], *, title: str, noun: str) -> Drawing:
    """Draw all values in [0, 1], a row a submission and a column an image, as given."""
    matrix = np.ma.masked_invalid(np.array([line.values for line in lines]))
    colours: dict[str, Any] = {"aspect": "auto", "cmap": "cividis"}
    n_columns = count(matrix.shape[1], noun)
    about = (
        f"{title} of {n_columns} from the hardest on the left to the "
        "easiest on the right, a row a submission; dark is low."
    )
    figure, axes = _new_rows(lines, width=BROAD, row=(24, 15), foot=70)
    axes.imshow(matrix, interpolation="none", vmin=0, vmax=1, **colours)
    axes.grid(visible=False)
    axes.set_yticks(np.arange(len(lines) - 1) + 0.5, minor=True)
    if len(lines) <= MANY_ROWS:
        axes.grid(visible=True, axis="y", which="minor", color=INKS["card"], linewidth=2)
    axes.tick_params(which="minor", length=0)
    axes.set_xticks([])
    axes.set_xlabel(f"{n_columns}, the hardest on the left")
    axes.spines[:].set_visible(False)
    # The scale of colours stands below, of one size however many rows there are.
    width, height = (figure.get_size_inches() * figure.dpi).tolist()
    box = axes.get_position()
    scale = figure.add_axes((box.x0, 22 / height, 220 / width, 11 / height))
    scale.imshow(np.arange(256)[None, :], extent=(0, 1, 0, 1), **colours)
    scale.grid(visible=False)
    scale.set_yticks([])
    scale.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    scale.spines[:].set_visible(False)
    scale.text(1.04, 0.5, title, va="center", color=INKS["soft"], transform=scale.transAxes)
    return figure, about, {}
