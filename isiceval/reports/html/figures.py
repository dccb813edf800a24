"""From a figure of matplotlib to a picture within the page: SVG that takes the page's colours.

matplotlib writes colours and fonts into style attributes, which the page's policy forbids, and
knows nothing of a dark page. Here every style becomes a plain attribute, and every colour of
:data:`INKS` a class, whose colour the page's style sheet says for light and dark.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["INKS", "draw", "embed"]

INKS: Mapping[str, str] = {
    "ink": "#16202c",
    "soft": "#55616f",
    "line": "#dbe0e6",
    "card": "#fffffe",
    "good": "#0072b1",
    "bad": "#c2540a",
    "band": "#cfe0ef",
    "c0": "#0072b2",
    "c1": "#c2540b",
    "c2": "#00795a",
    "c3": "#a8447f",
    "c4": "#6b51b8",
    "c5": "#7a6a00",
    "c6": "#8c96a1",
}
"""The colours a figure may use, each different: the page paints them as it does its variables."""

_NAMES = {colour: name for name, colour in INKS.items()}
_PIXELS_PER_INCH = 72
_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_KEPT = frozenset(
    {
        "fill",
        "fill-opacity",
        "stroke",
        "stroke-opacity",
        "stroke-width",
        "stroke-dasharray",
        "stroke-dashoffset",
        "stroke-linecap",
        "stroke-linejoin",
        "opacity",
        "text-anchor",
        "font-size",
        "font-weight",
        "image-rendering",
    }
)
_STYLE: dict[Any, object] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "isiceval",
    "font.size": 12,
    "text.color": INKS["ink"],
    "axes.edgecolor": INKS["soft"],
    "axes.facecolor": "none",
    "axes.labelcolor": INKS["soft"],
    "axes.labelsize": 12,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.unicode_minus": False,
    "text.parse_math": False,  # a name may hold dollar signs
    "grid.color": INKS["line"],
    "grid.linewidth": 1,
    "xtick.color": INKS["soft"],
    "ytick.color": INKS["soft"],
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 11,
    "lines.linewidth": 2,
    "path.simplify": False,
}


@contextmanager
def draw(*, width: int = 460, height: int = 300) -> Iterator[tuple[Figure, Axes]]:
    """Open a figure of ``width`` x ``height`` CSS pixels with one pair of axes, to draw on.

    The style holds inside the block only, so ``embed`` belongs there too.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with rc_context(_STYLE):
        inches = (width / _PIXELS_PER_INCH, height / _PIXELS_PER_INCH)
        figure = Figure(figsize=inches, layout="constrained", facecolor="none")
        FigureCanvasSVG(figure)
        yield figure, figure.add_subplot()


def embed(
    figure: Figure, *, name: str, title: str, words: Mapping[str, list[str]] | None = None
) -> Markup:
    """Return a figure as SVG to stand in a page, text as text.

    ``name`` is unique within the page; it keeps the ids of several figures apart. ``title`` is
    what a screen reader says in place of the figure. ``words`` gives, for artists with a gid of
    that name, what each of their marks says when pointed at, in order of drawing.
    """
    from markupsafe import Markup

    file = io.StringIO()
    with warnings.catch_warnings():
        # Text stays text, so the browser finds a font for what matplotlib's own cannot write.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    root = ET.fromstring(file.getvalue())  # noqa: S314 - written by matplotlib just now
    _drop_extras(root)
    _rename(root, name)
    for group, texts in (words or {}).items():
        _tell(root, f"{name}-{group}", texts)
    for element in root.iter():
        _restyle(element)
    _drop_ids(root)
    _head(root, title)
    return Markup(_write(root))  # noqa: S704 - ElementTree escapes all text, strangers' too


def _drop_extras(root: ET.Element) -> None:
    """Drop the metadata and the style sheet that matplotlib writes, and the whole ground."""
    for parent in list(root.iter()):
        for child in list(parent):
            is_style = child.tag == f"{_SVG}defs" and child.find(f"{_SVG}style") is not None
            if is_style or child.tag == f"{_SVG}metadata":
                parent.remove(child)


def _rename(root: ET.Element, name: str) -> None:
    """Put the figure's name before every id and every reference to one."""
    for element in root.iter():
        if "id" in element.attrib:
            element.set("id", f"{name}-{element.attrib['id']}")
        for key, value in element.attrib.items():
            if key == _LINK:
                element.set(key, value.replace("#", f"#{name}-", 1))
            elif "url(#" in value:
                element.set(key, value.replace("url(#", f"url(#{name}-"))


def _drop_ids(root: ET.Element) -> None:
    """Drop the ids that nothing refers to."""
    used = {
        name
        for element in root.iter()
        for value in element.attrib.values()
        for name in re.findall(r"#([^)\s]+)", value)
    }
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)


def _tell(root: ET.Element, group: str, texts: list[str]) -> None:
    """Give each mark of a group its words, shown where it is pointed at."""
    found = next((e for e in root.iter(f"{_SVG}g") if e.get("id") == group), None)
    if found is None:
        raise ValueError(f"the figure has no group '{group}'")
    marks = list(found.iter(f"{_SVG}use")) or list(_iter_paths(found))
    for mark, text in zip(marks, texts, strict=True):
        title = ET.SubElement(mark, f"{_SVG}title")
        title.text = text


def _iter_paths(group: ET.Element) -> Iterator[ET.Element]:
    defined = {id(path) for defs in group.iter(f"{_SVG}defs") for path in defs.iter()}
    return (path for path in group.iter(f"{_SVG}path") if id(path) not in defined)


def _restyle(element: ET.Element) -> None:
    """Turn the style of an element into attributes, and the colours of the page into classes."""
    style = _read_style(element.attrib.pop("style", ""))
    classes = []
    for key in ("fill", "stroke"):
        colour = style.get(key, "").lower()
        if colour in _NAMES:
            classes.append(f"{key}-{_NAMES[colour]}")
            del style[key]
    if classes:
        element.set("class", " ".join(classes))
    for key, value in style.items():
        if key in _KEPT:
            element.set(key, value)


def _read_style(text: str) -> dict[str, str]:
    """Read a style attribute; of the font only size and weight are kept."""
    pairs = (part.partition(":") for part in text.split(";") if ":" in part)
    style = {key.strip(): value.strip() for key, _, value in pairs}
    font = style.pop("font", "")
    if size := re.search(r"([0-9.]+)px", font):
        style["font-size"] = size[1]
    if re.search(r"\b(bold|[67]00)\b", font):
        style["font-weight"] = "600"
    return style


def _head(root: ET.Element, title: str) -> None:
    for key in ("version", "width", "height"):
        root.attrib.pop(key, None)
    box = root.attrib["viewBox"].split()
    root.set("class", "drawn")
    root.set("role", "img")
    root.set("aria-label", title)
    root.set("width", box[2])
    root.set("height", box[3])


def _write(root: ET.Element) -> str:
    ET.register_namespace("", "http://www.w3.org/2000/svg")
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    return re.sub(r">\s+<", "><", ET.tostring(root, encoding="unicode"))
