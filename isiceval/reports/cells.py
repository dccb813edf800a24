"""What stands in a cell or a line, and how it looks, before anyone knows where it is shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import OverflowMethod
    from rich.text import Text as RichText


class Text:
    """Some words with a style; several may be joined, and each keeps its own.

    A look-alike of rich's ``Text`` that costs nothing where no colour is shown.
    """

    __slots__ = ("parts",)

    def __init__(self, words: str = "", style: str = "") -> None:
        """Take the words, and a style as rich writes it."""
        self.parts: tuple[tuple[str, str], ...] = ((words, style),) if words else ()

    @property
    def plain(self) -> str:
        """Return the words alone."""
        return "".join(words for words, _ in self.parts)

    @property
    def cell_len(self) -> int:
        """Return how many columns of a terminal the words take; some letters take two."""
        plain = self.plain
        if plain.isascii():
            return len(plain)
        from rich.cells import cell_len

        return cell_len(plain)

    def __bool__(self) -> bool:
        return bool(self.parts)

    def join(self, texts: Iterable[Text]) -> Text:
        """Put these words between others."""
        joined = Text()
        for place, text in enumerate(texts):
            joined.parts += (*(self.parts if place else ()), *text.parts)
        return joined

    def to_rich(self, *, overflow: OverflowMethod | None = "fold") -> RichText:
        """Make the text that rich prints."""
        from rich.text import Text as RichText

        return RichText.assemble(*self.parts, overflow=overflow)
