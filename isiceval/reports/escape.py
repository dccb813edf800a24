"""Strangers' text: names of files, teams and images, made harmless for where they are shown."""

from __future__ import annotations

import re
import unicodedata

FORMULA_SIGNS = frozenset("=+-@")
FORMULA_CONTROLS = frozenset("\t\r\n\0")

_MARKDOWN = str.maketrans(
    {sign: f"\\{sign}" for sign in "\\`*[]#!|~"}
    | {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "@&#8203;"}
)
_LATEX = str.maketrans(
    {
        **{sign: f"\\{sign}" for sign in "&%$#_{}"},
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "\\": r"\textbackslash{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        '"': r"\symbol{34}",
        "`": r"\textasciigrave{}",
        "'": r"\textquotesingle{}",
    }
)
_OUTER_UNDERSCORE = re.compile(r"(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
_LINK_START = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)", re.IGNORECASE)
_LIST_START = re.compile(r"^(?=[-+=])|^([0-9]+)(?=[.)])")


def clean(text: str, *, limit: int | None = None) -> str:
    r"""Make text that prints as one line and does nothing but print.

    Control characters, ANSI sequences, bidi overrides and zero-width characters appear as
    their escapes, every kind of space as a space. ``limit`` shortens the middle.

    >>> clean("lesion\x1b[31m.png")
    'lesion\\x1b[31m.png'
    """
    shown = text
    if not (text.isascii() and text.isprintable()):  # nearly all text needs no more than this
        shown = "".join(map(_show, unicodedata.normalize("NFC", text)))
    if limit is None or len(shown) <= limit:
        return shown
    tail = (limit - 3) // 2
    return f"{shown[: limit - 3 - tail]}...{shown[len(shown) - tail :]}"


def _show(character: str) -> str:
    if character.isprintable():
        return character
    if unicodedata.category(character) == "Zs":
        return " "
    return character.encode("unicode_escape").decode("ascii")


def guard_cell(text: str) -> str:
    """Make a text cell that no spreadsheet reads as a formula: where it could, ``'`` leads.

    >>> guard_cell("=1+1")
    "'=1+1"
    """
    first = unicodedata.normalize("NFKC", text.lstrip()[:1])[:1]
    risky = text[:1] in FORMULA_CONTROLS or first in FORMULA_SIGNS
    return f"'{clean(text)}" if risky else clean(text)


def escape_markdown(text: str) -> str:
    r"""Make text that Markdown shows as it is: in a table cell, in a list, in a paragraph.

    >>> escape_markdown("<b>|`x`")
    '&lt;b&gt;\\|\\`x\\`'
    """
    escaped = clean(text).strip().translate(_MARKDOWN)
    escaped = _OUTER_UNDERSCORE.sub(r"\\_", escaped)
    return _LIST_START.sub(r"\1\\", _LINK_START.sub(r"\\", escaped))


def escape_latex(text: str) -> str:
    r"""Make text that LaTeX sets as it is; what is not ASCII stays, for a Unicode engine.

    >>> escape_latex("50 %_a")
    '50 \\%\\_a'
    """
    return clean(text).strip().translate(_LATEX).replace("--", "-{}-")


def quote_code(text: str) -> str:
    """Make a Markdown code span of text, whatever backticks it holds."""
    shown = clean(text)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    room = " " if longest else ""
    return f"{fence}{room}{shown}{room}{fence}"
