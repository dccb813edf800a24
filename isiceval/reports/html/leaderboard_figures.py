"""The figures of a leaderboard, all with a row for each submission, the first on top."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from isiceval.model import Standing
from isiceval.reports.html.figures import INKS, Margins, clip, count_in_wholes, draw, embed
from isiceval.reports.html.page import show_percent
from isiceval.reports.numbers import count, show, show_interval

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, MIDDLE, BROAD = 540, 760, 900
LABEL_CELLS = 22
MANY_ROWS = 20
N_COLOURS = 6
N_BARS = 40
HEAD, FOOT = 26, 48
SIDE = 14
FEW_COLUMNS = 7
PER_CELL, PER_CAPITAL, PER_BROAD = 7.2, 8.8, 12.0
BROAD_LETTERS = frozenset("mwMW@%")


class Line(NamedTuple):
    """One ranked submission in the figures: its name in them and what is known of it."""

    label: str
    standing: Standing
    values: tuple[float, ...] = ()
    ranks: Mapping[str, int] = MappingProxyType({})


@contextmanager
def _draw_rows(
    lines: Sequence[Line],
    *,
    width: int = WIDTH,
    row: tuple[int, int] = (24, 17),
    foot: int = FOOT,
    head: int = 8,
    left: float = 0,
) -> Iterator[tuple[Figure, Axes]]:
    """Open a figure whose height grows with the submissions, their names on the left.

    ``row`` is the height of a row where there are few and where there are many; ``left`` is the
    least room on the left. The margins are
    set by hand, as the browser's font is not the one that matplotlib measures.
    """
    many = len(lines) > MANY_ROWS
    head = max(head, HEAD) if many else head
    height = row[many] * len(lines) + foot + head
    labels = [clip(line.label, LABEL_CELLS) for line in lines]
    left = max(left, SIDE + max(map(_measure, labels)))
    margins = Margins(left=left, bottom=foot, right=SIDE, top=head)
    with draw(width=width, height=height, margins=margins) as (figure, axes):
        axes.set_ylim(len(lines) - 0.5, -0.5)
        axes.set_yticks(range(len(lines)), labels, color=INKS["ink"])
        axes.tick_params(axis="y", labelsize=11 if many else 12)
        axes.tick_params(axis="x", labeltop=many)
        axes.spines["left"].set_visible(False)
        axes.grid(visible=False, axis="y")
        yield figure, axes


def _measure(label: str) -> float:
    """Measure how wide a name may be in the browser's font, in CSS pixels."""
    from rich.cells import cell_len

    return sum(
        PER_BROAD
        if letter in BROAD_LETTERS
        else cell_len(letter) * (PER_CAPITAL if letter.isupper() else PER_CELL)
        for letter in label
    )


def draw_intervals(lines: Sequence[Line], *, metric: str, title: str) -> Markup:
    """Draw every score with its interval; the band is the interval of the first."""
    known = [(y, line, line.standing.intervals[metric]) for y, line in _keep(lines, metric)]
    with _draw_rows(lines) as (figure, axes):
        if known and known[0][0] == 0:
            first = known[0][2]
            axes.axvspan(first.low, first.high, color=INKS["band"], linewidth=0, zorder=0)
        scores = [line.standing.aggregates[metric] for line in lines]
        places = list(range(len(lines)))
        words = {"scores": [f"{line.label}: {_tell(line, metric)}" for line in lines]}
        if known:
            axes.hlines(
                [y for y, _, _ in known],
                [interval.low for _, _, interval in known],
                [interval.high for _, _, interval in known],
                color=INKS["c0"],
                linewidth=2.5,
                gid="intervals",
            )
            words["intervals"] = [f"{line.label}: {_tell(line, metric)}" for _, line, _ in known]
        _dot(axes, scores, places, gid="scores", colour="c0")
        axes.set_xlabel(title)
        return embed(
            figure,
            name="intervals",
            title=(
                f"{title} of each submission with its interval, a row a submission, the first on "
                "top; the numbers are in the table of standings."
            ),
            words=words,
        )


def _keep(lines: Sequence[Line], metric: str) -> Iterator[tuple[int, Line]]:
    return ((y, line) for y, line in enumerate(lines) if metric in line.standing.intervals)


def _tell(line: Line, metric: str) -> str:
    standing = line.standing
    interval = standing.intervals.get(metric)
    told = f" {show_interval(interval)}" if interval else ""
    return f"{show(standing.aggregates[metric])}{told}"


def _dot(
    axes: Any, x: Sequence[float], y: Sequence[float], *, gid: str, colour: str, size: int = 46
) -> None:
    axes.scatter(x, y, s=size, color=INKS[colour], edgecolor=INKS["card"], gid=gid, zorder=4)


def draw_stability(lines: Sequence[Line]) -> Markup:
    """Draw the ranks that each submission takes in the draws: larger dots are more draws."""
    n = len(lines)
    blobs = [
        (rank, y, share)
        for y, line in enumerate(lines)
        for rank, share in enumerate(line.standing.rank_shares, start=1)
        if share > 0
    ]
    with _draw_rows(lines) as (figure, axes):
        words = {}
        if blobs:
            cell = min(400 / n, 17 if n > MANY_ROWS else 24) ** 2
            ranks, rows, shares = zip(*blobs, strict=True)
            sizes = [max(2.0, cell * share) for share in shares]
            axes.scatter(ranks, rows, s=sizes, color=INKS["c0"], linewidth=0, gid="draws")
            words["draws"] = [
                f"{lines[y].label}: rank {rank} in {show_percent(share)} of the draws"
                for rank, y, share in blobs
            ]
        words["spans"] = [f"{line.label}: {_say_ranks(line.standing)}" for line in lines]
        axes.hlines(
            range(n),
            [(line.standing.rank_low or 0) - 0.25 for line in lines],
            [(line.standing.rank_high or 0) + 0.25 for line in lines],
            color=INKS["ink"],
            linewidth=1.5,
            gid="spans",
        )
        size = 22 if n > MANY_ROWS else 46
        places = [line.standing.rank or 0 for line in lines]
        _dot(axes, places, range(n), gid="ranks", colour="ink", size=size)
        words["ranks"] = [f"{line.label}: rank {line.standing.rank}" for line in lines]
        axes.set(xlim=(0.5, n + 0.5), xlabel="rank")
        axes.xaxis.set_major_locator(count_in_wholes())
        return embed(
            figure,
            name="stability",
            title=(
                "The ranks each submission takes when the images are drawn anew, a row a "
                "submission; the intervals of ranks are in the table of standings."
            ),
            words=words,
        )


def _say_ranks(standing: Standing) -> str:
    return f"ranks {standing.rank_low} to {standing.rank_high} in 95 % of the draws"


def draw_methods(lines: Sequence[Line], methods: Mapping[str, str]) -> Markup:
    """Draw the rank of each submission under each method; the best rank is on top.

    ``methods`` has the short name of each, the one that gave the order of the lines first.
    """
    names = list(methods.values())
    slanted = len(names) > FEW_COLUMNS or max(map(len, names)) > 2 * FEW_COLUMNS
    words = {}
    # A slanted name reaches down by half its length and to the left by most of it.
    foot = 24 + round(max(map(_measure, names)) / 2) if slanted else FOOT
    left = _measure(names[0]) if slanted else 0
    with _draw_rows(lines, row=(26, 17), foot=foot, left=left) as (figure, axes):
        for y in reversed(range(len(lines))):
            line = lines[y]
            leads = y < N_COLOURS
            ranks = [line.ranks.get(method, math.nan) for method in methods]
            axes.plot(
                range(len(ranks)),
                # Where ranks are shared, lines still start at their own names.
                [y, *(rank - 1 for rank in ranks[1:])],
                color=INKS[f"c{y if leads else N_COLOURS}"],
                linewidth=2.25 if leads else 1.25,
                marker="o",
                markersize=7 if leads else 4,
                markeredgecolor=INKS["card"],
                gid=f"line{y}",
                clip_on=False,
            )
            words[f"line{y}"] = [
                f"{line.label}: rank {rank:g}, {name}"
                for name, rank in zip(names, ranks, strict=True)
                if not math.isnan(rank)
            ]
        axes.set_xlim(-0.1, len(names) - 0.8)
        turn: dict[str, Any] = {"rotation": 30, "ha": "right"} if slanted else {}
        shown = names if slanted else [name.replace(" ", "\n", 1) for name in names]
        axes.set_xticks(range(len(names)), shown, **turn)
        axes.spines["bottom"].set_visible(False)
        return embed(
            figure,
            name="methods",
            title=f"Line plot of the rank of each submission under {', '.join(names)}; the numbers "
            "are in the table above it.",
            words=words,
        )


def draw_distributions(
    lines: Sequence[Line], *, title: str, threshold: float | None, noun: str
) -> Markup:
    """Draw the histogram of each submission's values in [0, 1], each on a scale of its own."""
    edges = np.arange(N_BARS + 1) / N_BARS
    words = {}
    with _draw_rows(lines, width=MIDDLE, row=(38, 22), head=HEAD) as (figure, axes):
        for y, line in enumerate(lines):
            defined = np.array([value for value in line.values if not math.isnan(value)])
            if not len(defined):
                continue
            counts = np.histogram(defined, edges)[0]
            _fill(axes, y, edges, counts, threshold=threshold)
            _mark(axes, y, float(np.median(defined)), gid=f"median{y}")
            words[f"median{y}"] = [f"{line.label}: {_summarise(defined, threshold, noun)}"]
        axes.tick_params(axis="x", labeltop=False)
        if threshold is not None:
            axes.axvline(threshold, color=INKS["ink"], linewidth=1.25, linestyle="--")
            axes.annotate(
                f"{threshold:g}",
                (threshold, 1),
                xycoords=("data", "axes fraction"),
                xytext=(0, 5),
                textcoords="offset points",
                ha="center",
                color=INKS["ink"],
            )
        axes.set(xlim=(0, 1), xlabel=title)
        return embed(
            figure,
            name="distributions",
            title=f"Histogram of {title} over the {noun}s, a row a submission; the line within "
            "each is its median.",
            words=words,
        )


def _fill(axes: Any, y: int, edges: Any, counts: Any, *, threshold: float | None) -> None:
    """Fill one histogram that stands on the lower end of its row, the failed part in its colour."""
    heights = 0.86 * counts / counts.max()
    tops = y + 0.45 - np.append(heights, heights[-1])
    split = 0.0 if threshold is None else threshold
    cut = int(np.searchsorted(edges, split - 1e-9))
    for part, colour in ((slice(0, cut + 1), "bad"), (slice(cut, None), "good")):
        x = edges[part]
        if len(x) > 1:
            ends = tops[part].copy()
            ends[-1] = ends[-2]
            axes.fill_between(x, y + 0.45, ends, step="post", color=INKS[colour], linewidth=0)


def _mark(axes: Any, y: int, value: float, *, gid: str) -> None:
    axes.vlines(value, y - 0.41, y + 0.45, color=INKS["ink"], linewidth=2, gid=gid)


def _summarise(defined: Any, threshold: float | None, noun: str) -> str:
    told = f"median {show(float(np.median(defined)))}"
    if threshold is None:
        return f"{told}, {count(len(defined), noun)}"
    return f"{told}, {show_percent(float((defined < threshold).mean()))} below {threshold:g}"


def draw_heat_map(lines: Sequence[Line], *, title: str, noun: str) -> Markup:
    """Draw all values in [0, 1], a row a submission and a column an image, as given."""
    matrix = np.array([line.values for line in lines])
    many = len(lines) > MANY_ROWS
    with _draw_rows(lines, width=BROAD, row=(24, 15), foot=70) as (figure, axes):
        picture = axes.imshow(
            np.ma.masked_invalid(matrix),
            aspect="auto",
            interpolation="none",
            cmap="cividis",
            vmin=0,
            vmax=1,
        )
        axes.grid(visible=False)
        axes.set_yticks(np.arange(len(lines) - 1) + 0.5, minor=True)
        if not many:
            axes.grid(visible=True, axis="y", which="minor", color=INKS["card"], linewidth=2)
        axes.tick_params(which="minor", length=0)
        axes.set_xticks([])
        axes.set_xlabel(f"{count(matrix.shape[1], noun)}, the hardest on the left")
        axes.spines[:].set_visible(False)
        _add_colours(figure, axes, picture, title)
        return embed(
            figure,
            name="heat",
            title=f"{title} of {count(matrix.shape[1], noun)} from the hardest on the left to the "
            "easiest on the right, a row a submission; dark is low.",
        )


def _add_colours(figure: Any, axes: Any, picture: Any, title: str) -> None:
    """Add the scale of colours below the figure, of one size however many rows there are."""
    width, height = (figure.get_size_inches() * figure.dpi).tolist()
    box = axes.get_position()
    beside = figure.add_axes((box.x0, 22 / height, 220 / width, 11 / height))
    beside.imshow(np.arange(256)[None, :], aspect="auto", cmap=picture.cmap, extent=(0, 1, 0, 1))
    beside.grid(visible=False)
    beside.set_yticks([])
    beside.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    beside.spines[:].set_visible(False)
    beside.text(1.04, 0.5, title, va="center", color=INKS["soft"], transform=beside.transAxes)
