"""Words with a style are what rich's are, without rich."""

import pytest
from rich.text import Text as RichText

from isiceval.reports.cells import Text


def test_joined_words_keep_their_styles():
    joined = Text(", ").join([Text("a", "bold"), Text("b"), Text()])
    assert joined.plain == "a, b, "
    assert joined.to_rich() == RichText.assemble(("a", "bold"), ", b, ", overflow="fold")


@pytest.mark.parametrize("words", ["", "abc", "M\u00fcller", "\u4e2d\u6587"])
def test_words_take_as_many_columns_as_rich_says(words):
    assert Text(words).cell_len == RichText(words).cell_len
    assert bool(Text(words)) == bool(words)
