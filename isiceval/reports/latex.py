r"""LaTeX: tables for papers, to be read with ``\input``; they need the package booktabs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from isiceval.blocks import Block, Code, Heading, Items, Paragraph, Table, cell_text
from isiceval.reports.escape import clean, escape_latex


def render_latex(blocks: Iterable[Block]) -> str:
    r"""Render the first table as a ``tabular``; all else that has words is a comment above it."""
    listed = list(blocks)
    table = next((block for block in listed if isinstance(block, Table)), None)
    comments = [line for block in listed if block is not table for line in _list_words(block)]
    lines = [f"% {clean(line)}" for line in comments]
    if table is not None:
        places = [n for n, column in enumerate(table.columns) if not column.plot]
        columns = [table.columns[place] for place in places]
        lines += [
            r"% needs \usepackage{booktabs}",
            rf"\begin{{tabular}}{{{''.join('r' if c.number else 'l' for c in columns)}}}",
            r"\toprule",
            rf"{' & '.join(escape_latex(column.title) for column in columns)} \\",
            r"\midrule",
        ]
        for row in table.rows:
            texts = []
            for place, column in zip(places, columns, strict=True):
                text = escape_latex(cell_text(row.cells[place]))
                if column.number:
                    text = re.sub(r"(?<=[0-9])-(?=[0-9])", "--", text)
                # A bracket after a line's end would be read as its option.
                texts.append(f"{{{text}}}" if text.startswith("[") else text)
            lines.append(rf"{' & '.join(texts)} \\")
        lines += [r"\bottomrule", r"\end{tabular}"]
    return "\n".join(lines) + "\n"


def _list_words(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield block.text
        case Paragraph() if block.style != "hint":
            yield block.text
        case Items():
            yield from (f"{one.term}: {one.text}" if one.term else one.text for one in block.items)
        case Table():
            yield from (" | ".join(map(cell_text, row.cells)) for row in block.rows)
        case Code():
            yield f"{block.title}: {block.text}"
