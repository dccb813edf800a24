"""Blocks on a terminal and in a pipe: widths, columns, plots, colours, strangers' names."""

import io
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from isiceval.blocks import Cell, Code, Column, Figure, Heading, Item, Items, Paragraph, Row, Table
from isiceval.reports.text import make_console, print_blocks


def make_table(*columns, rows):
    return Table(columns=columns, rows=tuple(Row(tuple(row)) for row in rows))


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
    console = make_console()
    assert console.width == 120
    print_blocks(console, [Heading("x", mark="bad")])
    assert written(pipe) == "x\n"


def test_columns_sets_the_width_of_a_pipe(open_pipe, monkeypatch):
    open_pipe()
    monkeypatch.setenv("COLUMNS", "72")
    assert make_console().width == 72


def test_what_the_encoding_cannot_express_is_an_escape(open_pipe):
    pipe = open_pipe()
    print_blocks(make_console(), [Paragraph("Müller")])
    assert written(pipe) == "M\\xfcller\n"


def test_a_stream_that_cannot_be_set_up_is_taken_as_it_is(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    print_blocks(make_console(stderr=True), [Paragraph("x")])
    assert stream.getvalue() == "x\n"


def test_no_color_is_respected_on_a_terminal(open_pipe, monkeypatch):
    pipe = open_pipe()
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    print_blocks(make_console(), [Heading("x", mark="bad")])
    monkeypatch.setenv("NO_COLOR", "1")
    print_blocks(make_console(), [Heading("y", mark="bad")])
    coloured, plain = written(pipe).splitlines()
    assert coloured == "\x1b[1;31mx\x1b[0m"
    assert "31" not in plain


def test_a_line_in_a_pipe_is_never_wrapped_or_cut(make):
    text = ("word " * 300).strip()
    assert make.plain([Paragraph(text)]) == f"{text}\n"
    assert make.terminal([Paragraph(text)]).count("\n") > 3


def test_what_is_to_be_copied_stays_one_line_on_a_terminal(make):
    assert make.terminal([Code("x" * 200, title="Signature")]) == f"Signature: {'x' * 200}\n"


def test_a_list_hangs_on_a_terminal_and_is_a_line_in_a_pipe(make):
    blocks = [Heading("Notes"), Items((Item("aa bb cc dd"),))]
    assert make.plain(blocks, width=8) == "Notes\n- aa bb cc dd\n"
    lines = [line.rstrip() for line in make.terminal(blocks, width=8).splitlines()]
    assert lines == ["Notes", "- aa bb", "  cc dd"]


def test_an_item_has_its_term_and_its_note(make):
    assert make.plain([Items((Item("0.8", term="Score", note="of 1"),))]) == "- Score: 0.8 (of 1)\n"


def test_blocks_are_parted_by_blank_lines_but_for_headings_and_what_follows(make):
    blocks = [
        Heading("Title", 1),
        Paragraph("lead", "lead"),
        Paragraph("a"),
        Figure(kind="draw", name="f", caption="f"),
        Heading("Part"),
        Paragraph("b"),
        Code("1"),
        Code("2"),
    ]
    assert make.plain(blocks) == "Title\nlead\n\na\n\nPart\nb\n\n1\n2\n"


def test_a_table_in_a_pipe_has_plain_rules_and_no_blanks_at_line_ends(make):
    table = make_table(
        Column("Name"), Column("n", number=True), rows=[["long", "1"], ["b", Cell("12", value=12)]]
    )
    assert make.plain([table]) == "Name   n\n--------\nlong   1\nb     12\n"
    assert "───────" in make.terminal([table])


def test_a_title_wider_than_its_numbers_takes_several_lines(make):
    table = make_table(Column("AUC beyond 80% sensitivity", number=True), rows=[["0.5000"]])
    assert make.plain([table]).splitlines()[:3] == [" AUC beyond", "        80%", "sensitivity"]


def test_columns_give_way_by_their_priority(make):
    table = make_table(
        Column("A"),
        Column("last", number=True, priority=3),
        Column("first", number=True, priority=1),
        Column("second", number=True, priority=2),
        rows=[["a", "0.3333", "0.1111", "0.2222"]],
    )
    assert make.plain([table], width=30).splitlines()[0].split() == ["A", "last", "first", "second"]
    text = make.plain([table], width=18)
    assert text.splitlines()[0].split() == ["A", "first", "second"]
    assert "(1 more column in a wider terminal and in --json)" in text


@pytest.mark.parametrize("width", [5, 10, 20])
def test_numbers_and_ids_are_never_cut(make, width):
    table = make_table(Column("Id"), Column("n", number=True), rows=[["ISIC_0000001", "0.1234"]])
    line = make.plain([table], width=width).splitlines()[-1]
    assert line == "ISIC_0000001  0.1234"


def test_texts_that_do_not_fit_side_by_side_are_put_below_each_other(make):
    names = ("A team with a name", "an approach with another name", "submission-2018.zip")
    table = make_table(
        Column("Rank", number=True),
        *(Column(title, wrap=True) for title in ("Team", "Approach", "Submission")),
        rows=[["1", *names], ["2", "", "x", "y"]],
    )
    assert make.plain([table], width=100).count("\n") == 4
    assert make.plain([table], width=50) == (
        "Rank  Team\n"
        "---------------------------------------------\n"
        "   1  A team with a name\n"
        "      Approach: an approach with another name\n"
        "      Submission: submission-2018.zip\n"
        "\n"
        "   2  Approach: x\n"
        "      Submission: y\n"
    )


def test_a_text_that_is_always_below(make):
    table = make_table(
        Column("Code"),
        Column("What", wrap=True),
        Column("Fix", wrap=True, below=True),
        rows=[["a", "b", "c"], ["d", "e", ""]],
    )
    assert make.plain([table]).splitlines()[2:] == ["a     b", "      Fix: c", "d     e"]


def test_a_name_longer_than_the_line_is_folded_whole(make):
    table = make_table(
        Column("Image", wrap=True), Column("n", number=True), rows=[["n" * 100, "1"]]
    )
    text = make.plain([table], width=40)
    assert sum(map(len, re.findall("n{10,}", text))) == 100
    assert max(map(len, text.splitlines())) <= 40


WORDS = st.text(st.sampled_from("ab -[]1.ü\u4e2d"), max_size=12)
COLUMNS = st.builds(
    Column,
    WORDS,
    number=st.booleans(),
    wrap=st.booleans(),
    below=st.booleans(),
    priority=st.integers(0, 2),
)


@given(st.data(), st.lists(COLUMNS, min_size=1, max_size=4), st.integers(20, 60))
def test_every_table_can_be_printed_in_every_width(data, columns, width):
    rows = data.draw(st.lists(st.tuples(*(WORDS for _ in columns)), max_size=4))
    table = make_table(*columns, rows=rows)
    stream = io.StringIO()
    print_blocks(Console(file=stream, width=width, markup=False, emoji=False), [table])
    fixed = [
        max([cell_len(column.title), *(cell_len(row[n]) for row in rows)])
        for n, column in enumerate(columns)
        if not column.priority
    ]
    lines = [line for line in stream.getvalue().split("\n") if not line.startswith("(")]
    assert max(map(cell_len, lines)) <= max(width, sum(fixed) + 2 * len(fixed) + 24)


def draw(*cells):
    table = make_table(Column("", plot=True), Column("x"), rows=[[c, "|"] for c in cells])
    stream = io.StringIO()
    print_blocks(Console(file=stream, width=80), [table])
    title, _, *lines = stream.getvalue().splitlines()
    return title[:20], [line.split("|")[0][:20] for line in lines]


@pytest.mark.parametrize(
    ("low", "value", "high", "drawn"),
    [
        (0.0, 0.5, 1.0, "[---------o--------]"),
        (0.0, 0.0, 0.5, "o---------]         "),
        (0.9, 1.0, 1.0, "                 [-o"),
        (0.3, 0.2, 0.4, "    o [-]           "),
    ],
)
def test_plots(low, value, high, drawn):
    whole = Cell("", value=0.5, interval=(0.0, 1.0))
    title, (line, _) = draw(Cell("", value=value, interval=(low, high)), whole)
    assert title == "0.00            1.00"
    assert line == drawn


def test_an_axis_holds_all_intervals_and_ends_at_hundredths():
    cells = [Cell("", value=0.5, interval=ends) for ends in ((0.2749, 0.6), (0.3, 0.7901))]
    assert draw(*cells, Cell(""))[0] == "0.27            0.80"


def test_an_interval_without_width_is_a_point():
    title, (line,) = draw(Cell("", value=1.0, interval=(1.0, 1.0)))
    assert title == "1.00            1.01"
    assert line.strip() == "o"


def test_no_interval_at_all_still_has_an_axis():
    assert draw(Cell(""))[0] == "0.00            1.00"


def print_everything(make, print_value, **options):
    name = make.hostile
    problems = (make.problem("odd", name, severity="warning", detail=name, fix=name),)
    validation = make.validation(problems, submission=name, conversions={name: 1})
    standing = make.standing(1, name, team=name, approach=name, problems=problems)
    invalid = make.standing(None, name, team=name, problems=problems)
    scorecard = make.scorecard(submission=name, problems=problems)
    results = (validation, scorecard, make.board(standing, invalid))
    return "".join(print_value(result, **options) for result in results)


@pytest.mark.parametrize("width", [80, 120])
def test_hostile_names_cannot_act(make, width):
    for printer in (make.plain, make.terminal):
        text = print_everything(make, printer, width=width)
        assert all(character.isprintable() or character == "\n" for character in text)
    assert "evil\\x1b[31m\\u202egnp.[red]<b>|`x`|</b>\\u200b" in (
        print_everything(make, make.plain, width=200)
    )


def test_colour_is_only_an_extra(make):
    text = print_everything(make, make.terminal, colours=True)
    assert "\x1b[" in text
    assert re.sub(r"\x1b\[[0-9;]*m", "", text) == print_everything(make, make.terminal)
