import pytest

from isiceval.reports.escape import clean, escape_markdown, guard_cell, quote_code

CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]
INVISIBLE = [*"\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"]


@pytest.mark.parametrize("character", [*CONTROLS, *INVISIBLE, "\u2028", "\u2029", "\udc80"])
def test_what_acts_on_a_terminal_shows_as_its_escape(character):
    shown = clean(f"a{character}b")
    assert character not in shown
    assert shown.startswith("a\\")
    assert shown.endswith("b")
    assert shown.isprintable()


@pytest.mark.parametrize("text", ["ISIC_0012345.png", "Müller & Söhne", "皮膚", "[red]x[/red]", ""])
def test_ordinary_text_stays(text):
    assert clean(text) == text


def test_every_space_is_a_space_and_accents_are_composed():
    assert clean("a\u3000b\xa0c") == "a b c"
    assert clean("u\u0308") == "ü"


def test_limit_shortens_the_middle():
    assert clean("abcdefghij", limit=10) == "abcdefghij"
    assert clean("abcdefghijk", limit=10) == "abcd...ijk"
    assert len(clean("x" * 500, limit=60)) == 60


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\0=1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff20x",
        " =1",
    ],
)
def test_formulas_are_guarded(text):
    guarded = guard_cell(text)
    assert guarded.startswith("'")
    assert guarded.isprintable()


@pytest.mark.parametrize("text", ["a=1", "U-Net", "1-2", "", " ", "'=1"])
def test_what_is_no_formula_is_left_alone(text):
    assert guard_cell(text) == text


def test_control_characters_within_a_cell_are_shown():
    assert guard_cell("a\x1b[31m\nb") == "a\\x1b[31m\\nb"


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("ISIC_0012345_segmentation.png", "ISIC_0012345_segmentation.png"),
        ("_a_", "\\_a\\_"),
        ("a|b", "a\\|b"),
        ("`code`", "\\`code\\`"),
        ("<script>&", "&lt;script&gt;&amp;"),
        ("[x](http://y)", "\\[x\\](http:\\//y)"),
        ("![x](y)", "\\!\\[x\\](y)"),
        ("www.x.org", "www\\.x.org"),
        ("**bold** ~~gone~~", "\\*\\*bold\\*\\* \\~\\~gone\\~\\~"),
        ("# head", "\\# head"),
        ("- item", "\\- item"),
        ("12. item", "12\\. item"),
        ("1) item", "1\\) item"),
        ("    code", "code"),
        ("a\\|b", "a\\\\\\|b"),
        ("line\nbreak", "line\\\\nbreak"),
        ("@someone", "@&#8203;someone"),
    ],
)
def test_markdown_shows_text_as_it_is(text, escaped):
    assert escape_markdown(text) == escaped


@pytest.mark.parametrize(
    ("text", "quoted"), [("a|b", "`a|b`"), ("a`b", "`` a`b ``"), ("``", "``` `` ```")]
)
def test_code_spans_hold_backticks(text, quoted):
    assert quote_code(text) == quoted
