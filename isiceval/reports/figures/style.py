"""Figures: matplotlib to SVG that stands in a page and takes the page's colours.

matplotlib writes colours and fonts into style attributes, which the page's Content-Security-Policy
forbids. Here every style becomes a plain attribute, and every colour of :data:`INKS` a class, whose
colour the style sheet sets for a light and for a dark page.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The colours a figure may use. Each differs from all others, as its class is found by its value.
INKS: Mapping[str, str] = {
    "ink": "#16202c",
    "soft": "#55616f",
    "line": "#dbe0e6",
    "card": "#fffffe",
    "good": "#0072b1",
    "bad": "#b94f09",
    "band": "#cfe0ef",
    "c0": "#0072b2",
    "c1": "#c2540b",
    "c2": "#00795a",
    "c3": "#a8447f",
    "c4": "#6b51b8",
    "c5": "#7a6a00",
    "c6": "#8c96a1",
}
N_COLOURS = 6  # c6 is the grey of what is not in focus
DASHES = ((), (6, 3), (2, 2))

_NAMES = {colour: name for name, colour in INKS.items()}
_PIXELS_PER_INCH = 72
_SVG = "{http://www.w3.org/2000/svg}"
_LONG_NUMBER = re.compile(r"-?[0-9]+\.[0-9]{3,}")
_REFERENCE = re.compile(r'(?:href="|url\()#([^")]+)')
_KEPT = re.compile(
    "fill|stroke|opacity|text-anchor|font-size|font-weight|image-rendering|"
    "(fill|stroke)-opacity|stroke-(width|dasharray|dashoffset|linecap|linejoin)"
)
_STYLE: dict[Any, object] = {
    "svg.fonttype": "none",
    "font.size": 12,
    "text.color": INKS["ink"],
    "text.parse_math": False,  # a name may hold dollar signs
    "axes.edgecolor": INKS["soft"],
    "axes.facecolor": "none",
    "axes.labelcolor": INKS["soft"],
    "axes.labelsize": 12,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.unicode_minus": False,
    "grid.color": INKS["line"],
    "grid.linewidth": 1,
    "xtick.color": INKS["soft"],
    "ytick.color": INKS["soft"],
    "xtick.major.size": 0,
    "xtick.major.pad": 6,
    "ytick.major.size": 0,
    "lines.linewidth": 2,
    "path.simplify": False,
}

Drawing: TypeAlias = "tuple[Figure, str, Mapping[str, list[str]]]"
"""A figure, what a screen reader says in place of it, and the tooltips of its groups.

The tooltips give, for artists with a gid of that name, the text of each of their marks, in order of
drawing.
"""


def choose_stroke(place: int) -> tuple[str, tuple[int, ...]]:
    """Choose the line of the curve at a place: the name of its colour, and its dashes.

    There are six colours, then the same dashed, then dotted.
    """
    return f"c{place % N_COLOURS}", DASHES[place // N_COLOURS % len(DASHES)]


def new_figure(
    *,
    width: int = 400,
    height: int = 280,
    most: int = 0,
    margins: tuple[float, float, float, float] | None = None,
) -> tuple[Figure, Axes]:
    """Make a figure of ``width`` x ``height`` CSS pixels with one pair of axes.

    The margins (left, bottom, right, top) hold titles of axes and numbers up to ``most`` unless
    they are given. matplotlib could fit them, but to a font that is not the browser's, and would
    draw each figure twice.
    """
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    inches = (width / _PIXELS_PER_INCH, height / _PIXELS_PER_INCH)
    figure = Figure(figsize=inches, facecolor="none")
    FigureCanvasSVG(figure)
    margins = margins or (max(50, 24 + 8 * len(f"{most:,}")), 40, 14, 8)
    sides = zip(margins, (width, height, width, height), strict=True)
    left, bottom, right, top = (margin / side for margin, side in sides)
    figure.subplots_adjust(left=left, bottom=bottom, right=1 - right, top=1 - top)
    return figure, figure.add_subplot()


def add_threshold(
    axes: Axes, threshold: float, *, width: float, offset: tuple[float, float], **place: Any
) -> None:
    """Draw a dashed line at a threshold on the x axis, with its number at the upper end."""
    axes.axvline(threshold, color=INKS["ink"], linewidth=width, linestyle="--")
    axes.annotate(
        f"{threshold:g}",
        (threshold, 1),
        xycoords=("data", "axes fraction"),
        xytext=offset,
        textcoords="offset points",
        color=INKS["ink"],
        **place,
    )


def add_diagonal(axes: Axes) -> None:
    """Draw the dashed line where y equals x, of random or of perfectly calibrated confidences."""
    axes.plot((0, 1), (0, 1), color=INKS["soft"], linewidth=1, linestyle="--")


def clip(text: str, cells: int) -> str:
    """Shorten the middle of a name to at most so many terminal cells; a wide character takes two.

    >>> clip("submission-of-the-first-team", 12)
    'submissi…eam'
    """
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= cells:
        return text
    tail = (cells - 1) // 3
    end = set_cell_size(text[::-1], tail)[::-1]
    return f"{set_cell_size(text, cells - 1 - tail)}…{end}"


def embed(draw: Callable[..., Drawing], *given: Any, name: str = "figure", **data: Any) -> Markup:
    """Draw a figure in our style, and return it as SVG to stand in a page, text as text.

    ``name`` is unique within the page; it keeps the ids of several figures apart.
    """
    from markupsafe import Markup
    from matplotlib import rc_context

    file = io.StringIO()
    # The salt goes into the ids that matplotlib refers to, so they are unique within the page.
    with rc_context({**_STYLE, "svg.hashsalt": name}), warnings.catch_warnings():
        figure, title, tooltips = draw(*given, **data)
        # Text stays text, so the browser finds a font for what matplotlib's own cannot write.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(file, format="svg", metadata=nothing)
    used = frozenset(_REFERENCE.findall(file.getvalue()))
    root = ET.fromstring(file.getvalue())  # noqa: S314 - written by matplotlib just now
    root.remove(next(part for part in root if part.find(f"{_SVG}style") is not None))
    for group, texts in tooltips.items():
        _add_tooltips(root, group, texts)
    for element in root.iter():
        _rewrite_attributes(element, used)
    for key in ("version", "width", "height"):
        root.attrib.pop(key, None)
    width, height = root.attrib["viewBox"].split()[2:]
    root.attrib |= {"class": "drawn", "role": "img", "aria-label": title}
    root.attrib |= {"width": width, "height": height}
    ET.register_namespace("", "http://www.w3.org/2000/svg")
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    text = re.sub(r">\s+<", "><", ET.tostring(root, encoding="unicode"))
    return Markup(text)  # noqa: S704 - ElementTree escapes all text, strangers' too


def _add_tooltips(root: ET.Element, group: str, texts: list[str]) -> None:
    """Give each mark of a group a title, which browsers show where it is pointed at."""
    found = next((e for e in root.iter(f"{_SVG}g") if e.get("id") == group), None)
    if found is None:
        raise ValueError(f"the figure has no group '{group}'")
    defined = {id(path) for defs in found.iter(f"{_SVG}defs") for path in defs.iter()}
    paths = [path for path in found.iter(f"{_SVG}path") if id(path) not in defined]
    marks = list(found.iter(f"{_SVG}use")) or paths
    for mark, text in zip(marks, texts, strict=True):
        ET.SubElement(mark, f"{_SVG}title").text = text


def _rewrite_attributes(element: ET.Element, used: frozenset[str]) -> None:
    """Turn style into attributes and colours into classes; drop unused ids and decimals."""
    if element.get("id") not in used:
        element.attrib.pop("id", None)
    if element.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]
    for key in {"d", "x", "y"} & element.attrib.keys():
        number = " ".join(element.attrib[key].split())
        element.set(key, _LONG_NUMBER.sub(lambda match: f"{round(float(match[0]), 2):g}", number))
    pairs = (part.partition(":") for part in element.attrib.pop("style", "").split(";"))
    style = {key.strip(): value.strip() for key, _, value in pairs}
    font = style.pop("font", "")
    if size := re.search(r"([0-9.]+)px", font):
        style["font-size"] = size[1]
    if re.search(r"\b(bold|[67]00)\b", font):
        style["font-weight"] = "600"
    inks = {key: _NAMES.get(style.get(key, "").lower()) for key in ("fill", "stroke")}
    if classes := " ".join(f"{key}-{name}" for key, name in inks.items() if name):
        element.set("class", classes)
    for key, value in style.items():
        if _KEPT.fullmatch(key) and not inks.get(key):
            element.set(key, value)
