"""How blocks become HTML."""

import pytest

from isiceval.blocks import (
    Cell,
    Code,
    Column,
    Figure,
    Gallery,
    Heading,
    Item,
    Items,
    Paragraph,
    Picture,
    Row,
    Table,
)
from isiceval.reports.html import draw_figure, list_ticks, place_on_axis, render_html


def render(*blocks):
    page = render_html([Heading("Part", anchor="part"), *blocks], title="a page")
    return page.split("</h2>")[1].split("</section>")[0]


def test_an_axis_keeps_values_within_it():
    axis = (0.5, 1.0)
    assert [place_on_axis(v, axis) for v in (0.4, 0.5, 0.75, 1.2)] == [0, 0, 50, 100]
    assert [text for _, text in list_ticks(None)] == ["0", "0.2", "0.4", "0.6", "0.8", "1"]
    assert [text for _, text in list_ticks((0.7, 0.9))] == ["0.7", "0.75", "0.8", "0.85", "0.9"]


def test_sections_are_listed_and_what_is_before_them_is_the_header():
    page = render_html(
        [Heading("name", level=1), Heading("One & two", anchor="one", short="One")], title="t & t"
    )
    assert "<title>t &amp; t</title>" in page
    assert "<h1>name</h1>" in page.split("</header>")[0]
    assert '<li><a href="#one">One</a></li>' in page
    assert '<section id="one" aria-labelledby="h-one">' in page


def test_cells_carry_what_they_are_sorted_by_where_their_text_does_not_say_it():
    columns = (Column("Image"), Column("Size", number=True, name="size"))
    rows = (
        Row(("a", Cell("600 x 450", value=270000)), flagged=True),
        Row(("b", Cell("0.5000", 0.5))),
    )
    body = render(Table(columns=columns, rows=rows, name="all", flag="only large"))
    assert '<tr data-flag><th scope="row">a</th><td class="num" data-key="270000">600 x 450' in body
    assert '<td class="num">0.5000</td>' in body
    assert 'data-sort="number" data-name="size"' in body
    assert "only large" in body


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        (Cell("0", mark="good", shade=0.0), "blank"),
        (Cell("1", mark="good", shade=0.03), "good-1"),
        (Cell("2", mark="bad", shade=0.5), "bad-4"),
        (Cell("3", mark="good", shade=1.0), "good-5"),
    ],
)
def test_the_shade_of_a_cell_is_darker_the_more_it_holds(cell, name):
    body = render(Table(columns=(Column(""), Column("a", number=True)), rows=(Row(("a", cell)),)))
    assert f'<td class="{name}">{cell.text}</td>' in body
    assert '<table class="matrix">' in body


def test_a_plot_shows_value_and_interval():
    cell = Cell("", value=0.5, interval=(0.25, 1.0))
    body = render(Table(columns=(Column("a"), Column("p", plot=True)), rows=(Row(("x", cell)),)))
    assert 'x1="25.0%" x2="100.0%"' in body
    assert 'cx="50.0%"' in body


def test_blocks_of_every_type_are_rendered():
    picture = Picture(
        content=b"RIFF",
        media_type="image/webp",
        width=4,
        height=3,
        alt="alt",
        caption="c",
        note="n",
    )
    body = render(
        Paragraph("words", style="note"),
        Paragraph("run this", style="hint"),
        Items((Item("1 of 2", term="Found", note="small"),), large=True),
        Items((Item("red", colour="#ff0000"),)),
        Items((Item("text", term="Term"),), folded="More"),
        Items((Item("a point"),)),
        Figure(kind="draw_histogram", name="h", caption="a figure", data={"values": [0.5]}),
        Gallery((picture,)),
        Code("line", title="Signature"),
    )
    assert "run this" not in body
    for text in (
        '<p class="note">words</p>',
        '<dd class="big">1 of 2</dd>',
        'fill="#ff0000"',
        "<summary>More</summary>",
        "<li>a point</li>",
        "<figcaption>a figure</figcaption>",
        'src="data:image/webp;base64,UklGRg=="',
        '<code class="line">line</code>',
    ):
        assert text in body


def test_a_figure_that_nobody_draws_is_a_mistake():
    with pytest.raises(LookupError, match="no function draws"):
        draw_figure(Figure(kind="draw_nothing", name="x", caption=""))
