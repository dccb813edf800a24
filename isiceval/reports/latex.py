r"""LaTeX: tables for papers, to be read with ``\input``; they need the package booktabs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from isiceval.blocks import Block, Cell, Code, Column, Heading, Items, Paragraph, Table, cell_text
from isiceval.reports.escape import clean, escape_latex
from isiceval.reports.registry import ReportInputs, Result, describe


def render(result: Result, inputs: ReportInputs) -> str:  # noqa: ARG001 - the same for all formats
    """Write the table of a scorecard or leaderboard."""
    if type(result).__name__ not in ("Scorecard", "Leaderboard"):
        raise TypeError(f"there is no LaTeX table of a {type(result).__name__}")
    return render_latex(describe(result))


def render_latex(blocks: Iterable[Block]) -> str:
    r"""Render the first table as a ``tabular``; all else that has words is a comment above it."""
    listed = list(blocks)
    table = next((block for block in listed if isinstance(block, Table)), None)
    comments = [line for block in listed if block is not table for line in _list_words(block)]
    lines = [f"% {clean(line)}" for line in comments]
    return "\n".join([*lines, *(_render_table(table) if table else ())]) + "\n"


def _render_table(table: Table) -> list[str]:
    places = [n for n, column in enumerate(table.columns) if not column.plot]
    columns = [table.columns[place] for place in places]
    rows = [
        " & ".join(_render_cell(row.cells[place], table.columns[place]) for place in places)
        for row in table.rows
    ]
    return [
        r"% needs \usepackage{booktabs}",
        rf"\begin{{tabular}}{{{''.join('r' if c.number else 'l' for c in columns)}}}",
        r"\toprule",
        rf"{' & '.join(escape_latex(column.title) for column in columns)} \\",
        r"\midrule",
        *(rf"{row} \\" for row in rows),
        r"\bottomrule",
        r"\end{tabular}",
    ]


def _list_words(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield block.text
        case Paragraph() if block.style != "hint":
            yield block.text
        case Items():
            yield from (
                f"{item.term}: {item.text}" if item.term else item.text for item in block.items
            )
        case Table():
            yield from (" | ".join(map(cell_text, row.cells)) for row in block.rows)
        case Code():
            yield f"{block.title}: {block.text}"


def _render_cell(cell: str | Cell, column: Column) -> str:
    text = escape_latex(cell_text(cell))
    if column.number:
        text = re.sub(r"(?<=[0-9])-(?=[0-9])", "--", text)
    # A bracket after a line's end would be read as its option.
    return f"{{{text}}}" if text.startswith("[") else text
