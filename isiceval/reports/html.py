"""Blocks to one page of HTML that loads nothing: strangers' text escaped, figures as SVG."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Iterable
from functools import cache, partial
from importlib import import_module, resources
from itertools import groupby
from typing import TYPE_CHECKING

from isiceval import __version__
from isiceval.blocks import Block, Cell, Figure, Heading, Table
from isiceval.reports.escape import clean

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

NAME_LIMIT = 120  # letters of a name; longer ones lose their middle
DENSE = 14  # a matrix of more columns shows its texts to screen readers only
SHADES = (0.05, 0.2, 0.4, 0.7)  # where the next of five shades begins


def render_html(blocks: Iterable[Block], *, title: str) -> str:
    """Render blocks to a page: what stands before the first section is its header.

    The page is one file without network: style and script of ours, allowed by their digests.
    """
    header: list[Block] = []
    found: list[tuple[Heading, list[Block]]] = []
    for block in blocks:
        if isinstance(block, Heading) and block.level == 2:
            found.append((block, []))
        else:
            (found[-1][1] if found else header).append(block)
    sections = [(heading, _group_parts(own)) for heading, own in found]
    page = _make_environment().get_template("page.html.j2")
    text = page.render(title=title, header=_group_parts(header), sections=sections)
    return text.lstrip()


def _group_parts(blocks: Iterable[Block]) -> list[tuple[str, list[Block]]]:
    """Group blocks into runs of one type; only figures are laid out together."""
    return [(kind, list(own)) for kind, own in groupby(blocks, lambda one: type(one).__name__)]


def draw_figure(figure: Figure) -> Markup:
    """Draw a figure as SVG, by the function of that name in ``reports.figures``."""
    from isiceval.reports.figures.style import embed

    for module in ("board", "cases"):
        found = import_module(f"isiceval.reports.figures.{module}")
        if hasattr(found, figure.kind):
            return embed(getattr(found, figure.kind), name=figure.name, **figure.data)
    raise LookupError(f"no function draws a figure of kind '{figure.kind}'")


@cache
def _make_environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    from isiceval.reports.figures.style import choose_stroke

    environment = Environment(
        loader=PackageLoader("isiceval.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    folder = resources.files("isiceval.reports") / "templates"
    style, script = ((folder / name).read_text("utf-8") for name in ("page.css", "page.js"))
    digests = [_encode(hashlib.sha256(text.encode()).digest()) for text in (style, script)]
    environment.filters.update(
        name=partial(clean, limit=NAME_LIMIT),
        words=clean,
        draw=draw_figure,
        base64=_encode,
        shade=_name_shade,
        sort_key=_format_sort_key,
        place=place_on_axis,
        ticks=list_ticks,
        table_class=_name_table,
        # The column that names the rows is the first that holds no numbers.
        head_column=lambda table: next((n for n, c in enumerate(table.columns) if not c.number), 0),
        stroke=choose_stroke,
    )
    environment.tests["plain"] = _is_plain
    environment.globals.update(
        version=__version__,
        policy=(
            f"default-src 'none'; style-src 'sha256-{digests[0]}'; "
            f"script-src 'sha256-{digests[1]}'; "
            "img-src data:; base-uri 'none'; form-action 'none'"
        ),
        # Our own two files, which hold nobody's text.
        style=Markup(style),  # noqa: S704 - shipped with the package
        script=Markup(script),  # noqa: S704 - shipped with the package
    )
    return environment


def _encode(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _is_plain(cell: Cell) -> bool:
    """Tell whether a cell shows its text alone, so that a template need not look further."""
    shown = (cell.mark, cell.link, cell.tip, cell.below, cell.details)
    return cell.shade is None and cell.stroke is None and not any(shown)


def _name_shade(cell: Cell) -> str:
    """Name the shade of a cell's ground: of its mark, the stronger the closer to 1."""
    if not cell.shade:
        return "blank"
    return f"{cell.mark}-{1 + sum(cell.shade > step for step in SHADES)}"


def _format_sort_key(cell: Cell) -> str:
    """Write what a number is sorted by; nothing where its text says the same."""
    if cell.value is None or cell.text in (f"{cell.value:.4f}", f"{cell.value:g}"):
        return ""
    return f"{cell.value:g}"


def _name_table(table: Table) -> str:
    if any(isinstance(c, Cell) and c.shade is not None for row in table.rows for c in row.cells):
        return "matrix dense" if len(table.columns) > DENSE else "matrix"
    return "sortable main" if table.name else "main"


def place_on_axis(value: float, axis: tuple[float, float] | None) -> float:
    """Return where a value stands on an axis (0 to 1 for None), in percent, kept within it."""
    low, high = axis or (0.0, 1.0)
    share = (value - low) / (high - low)
    return round(100 * min(max(share, 0.0), 1.0), 2)


def list_ticks(axis: tuple[float, float] | None) -> list[tuple[float, str]]:
    """List the ticks of an axis: their places in percent, and their texts."""
    low, high = axis or (0.0, 1.0)
    width = round(high - low, 6)
    step = 0.05 if width <= 0.2 else 0.1 if width <= 0.4 else 0.2
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    ticks = [round(n * step, 2) for n in range(first, last + 1)]
    return [(place_on_axis(tick, axis), f"{tick:g}") for tick in ticks]
