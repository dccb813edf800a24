import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from isiceval.reports import layout
from isiceval.reports.cells import Text


@pytest.fixture
def open_pipe(monkeypatch):
    """Give a function that makes standard output an ASCII pipe of an unadorned environment."""
    for name in ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)

    def replace_output():
        stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
        monkeypatch.setattr(sys, "stdout", stream)
        return stream

    return replace_output


def written(stream):
    stream.flush()
    return stream.buffer.getvalue().decode("ascii")


def test_a_pipe_is_120_wide_and_has_no_colours(open_pipe):
    pipe = open_pipe()
    console = layout.make_console()
    assert console.width == 120
    layout.put(console, "x", "bold red")
    assert written(pipe) == "x\n"


def test_columns_sets_the_width_of_a_pipe(open_pipe, monkeypatch):
    open_pipe()
    monkeypatch.setenv("COLUMNS", "72")
    assert layout.make_console().width == 72


def test_what_the_encoding_cannot_say_is_an_escape(open_pipe):
    pipe = open_pipe()
    layout.put(layout.make_console(), "Müller")
    assert written(pipe) == "M\\xfcller\n"


def test_a_stream_that_cannot_be_set_up_is_taken_as_it_is(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    layout.put(layout.make_console(stderr=True), "x")
    assert stream.getvalue() == "x\n"


def test_no_color_is_respected_on_a_terminal(open_pipe, monkeypatch):
    pipe = open_pipe()
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    layout.put(layout.make_console(), "x", "red")
    monkeypatch.setenv("NO_COLOR", "1")
    layout.put(layout.make_console(), "y", "red")
    assert written(pipe).splitlines() == ["\x1b[31mx\x1b[0m", "y"]


def test_a_line_in_a_pipe_is_never_wrapped_or_cut(make):
    text = "word " * 100
    assert make.plain(lambda c, t: layout.put(c, layout.message(t)), text).split("\n")[1:] == [""]
    assert make.terminal(layout.put, text).count("\n") > 3


def test_a_whole_line_stays_one_line_on_a_terminal(make):
    assert make.terminal(layout.put_whole, "x" * 200) == "x" * 200 + "\n"


def test_a_list_hangs_on_a_terminal_and_is_a_line_in_a_pipe(make):
    def put(console, text):
        layout.put_items(console, "Notes", [text])

    assert make.plain(put, "aa bb cc dd", width=8) == "\nNotes\n- aa bb cc dd\n"
    lines = [line.rstrip() for line in make.terminal(put, "aa bb cc dd", width=8).splitlines()]
    assert lines == ["", "Notes", "- aa bb", "  cc dd"]


def test_an_empty_list_prints_nothing(make):
    assert make.plain(lambda c, items: layout.put_items(c, "Notes", items), []) == ""


def test_a_table_in_a_pipe_has_plain_rules_and_no_blanks_at_line_ends(make):
    def put(console, rows):
        columns = (layout.Column("Name", least=6), layout.Column("n", "right"))
        layout.put_table(console, columns, rows)

    rows = [[Text("a"), Text("1")], [Text("b"), Text("12")]]
    assert make.plain(put, rows) == "Name     n\n----------\na        1\nb       12\n"
    assert "──────────" in make.terminal(put, rows)


WORDS = st.text(st.sampled_from("ab -[]1.ü\u4e2d\n"), max_size=12)
COLUMNS = st.builds(
    layout.Column,
    WORDS,
    st.sampled_from(["left", "right"]),
    st.none() | st.integers(0, 9),
    style=st.just(""),
    wraps=st.booleans(),
)


@given(st.data(), st.lists(COLUMNS, min_size=1, max_size=4), st.integers(20, 60), st.booleans())
def test_a_pipe_gets_the_same_table_with_rich_and_without(data, columns, width, spaced):
    row = st.tuples(*(st.builds(Text, WORDS) for _ in columns))
    rows = data.draw(st.lists(row, max_size=4))
    plain, rich = io.StringIO(), io.StringIO()
    layout.put_table(layout.Pipe(plain, width), columns, rows, spaced=spaced)
    console = Console(file=rich, width=width, markup=False, emoji=False, highlight=False)
    layout.put_table(console, columns, rows, spaced=spaced)
    assert plain.getvalue() == rich.getvalue()


def test_what_fits_a_pipe_is_laid_out_without_rich():
    columns = [layout.Column("Name"), layout.Column("Value", "right", least=6)]
    rows = [[Text("a"), Text("0.5")], [Text("longer"), Text("-")]]
    assert layout._lay_out(columns, rows, 14) == [
        "Name     Value",
        "-" * 14,
        "a          0.5",
        "longer       -",
    ]
    assert layout._lay_out(columns, rows, 13) is None
    assert layout._lay_out(columns, [[Text("\u4e2d"), Text("1")]], 99) is None
