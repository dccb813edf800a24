"""Markdown for summaries and pull requests: tables that hold whatever name they are given."""

from __future__ import annotations

import re
from collections.abc import Iterable

from isiceval.blocks import Block, Code, Heading, Items, Paragraph, Table, cell_text
from isiceval.reports.escape import escape_markdown, quote_code

_NUMBERS = re.compile(r"[-+0-9.,<e \[\]]*")  # what we write ourselves, harmless as it is


def render_markdown(blocks: Iterable[Block]) -> str:
    """Render blocks; figures, plots and hints for the terminal are left out."""
    return "\n\n".join(filter(None, map(_render_block, blocks))) + "\n"


def _render_block(block: Block) -> str:
    match block:
        case Heading():
            return f"{'#' * (block.level + 1)} {escape_markdown(block.text)}"
        case Paragraph():
            return "" if block.style == "hint" else escape_markdown(block.text)
        case Items():
            return "\n".join(
                f"- {escape_markdown(item.term + ':') + ' ' if item.term else ''}"
                f"{escape_markdown(item.text)}"
                f"{f' ({escape_markdown(item.note)})' if item.note else ''}"
                for item in block.items
            )
        case Table():
            places = [n for n, column in enumerate(block.columns) if not column.plot]
            columns = [block.columns[place] for place in places]
            lines = [
                [escape_markdown(column.title) for column in columns],
                ["---:" if column.number else "---" for column in columns],
            ]
            for row in block.rows:
                texts = []
                for place, column in zip(places, columns, strict=True):
                    text = cell_text(row.cells[place])
                    if not (column.number and _NUMBERS.fullmatch(text)):
                        text = escape_markdown(text)
                    texts.append(f"**{text}**" if row.strong and text else text)
                lines.append(texts)
            return "\n".join(f"| {' | '.join(line)} |" for line in lines)
        case Code():
            return f"{f'{block.title}: ' if block.title else ''}{quote_code(block.text)}"
    return ""
