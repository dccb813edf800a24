"""The columns of a leaderboard on a terminal that say how much is chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from isiceval.model import Leaderboard, Standing
from isiceval.reports.layout import GAP, Column, Side
from isiceval.reports.rows import CHANCE_HEADINGS, find_alike, list_chances
from isiceval.reports.spans import LEAST, MOST, draw_span, make_axis

INTERVAL_WIDTH = 16


class Cells(NamedTuple):
    """Some columns, and what stands in them for a standing."""

    columns: tuple[Column, ...]
    write: Callable[[Standing], Sequence[str]]


class Chances(NamedTuple):
    """The columns of ranks and letters, and those of intervals where there is room for them."""

    columns: tuple[Column, ...]
    write: Callable[[Standing], Sequence[str]]
    choose_spans: Callable[[int], Cells]


def make_chances(board: Leaderboard, standings: Sequence[Standing]) -> Chances:
    """Make the columns of chance for some standings; none where the cases were not redrawn."""
    if board.bootstrap is None:
        return Chances((), _write_nothing, lambda _: Cells((), _write_nothing))
    alike = find_alike(board)

    def write(standing: Standing) -> Sequence[str]:
        return list_chances(standing, board.metric, alike)[1:]

    def choose_spans(room: int) -> Cells:
        return _choose_spans(board.metric, standings, room)

    written = [write(standing) for standing in standings]
    _, *headings = CHANCE_HEADINGS
    sides: tuple[Side, ...] = ("right", "right", "left")
    columns = tuple(
        Column(heading, side, least=max(len(heading), *(len(row[place]) for row in written)))
        for place, (heading, side) in enumerate(zip(headings, sides, strict=True))
    )
    return Chances(columns, write, choose_spans)


def _write_nothing(_: Standing) -> Sequence[str]:
    return ()


def _choose_spans(metric: str, standings: Sequence[Standing], room: int) -> Cells:
    """Draw the intervals where there is room, and write their ends where there is more."""
    numbers = Column(CHANCE_HEADINGS[0], "right", least=INTERVAL_WIDTH)
    both = room >= INTERVAL_WIDTH + LEAST + 2 * GAP
    room -= GAP + (INTERVAL_WIDTH + GAP if both else 0)
    if room < LEAST:
        return Cells((), _write_nothing)
    known = [s.intervals[metric] for s in standings if metric in s.intervals]
    axis = make_axis(known, min(room, MOST))

    def write(standing: Standing) -> Sequence[str]:
        interval = standing.intervals.get(metric)
        drawn = draw_span(interval, standing.aggregates[metric], axis) if interval else ""
        return [*([list_chances(standing, metric, {})[0]] if both else []), drawn]

    return Cells((*((numbers,) if both else ()), Column(axis.heading, least=axis.width)), write)
