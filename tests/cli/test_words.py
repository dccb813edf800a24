"""Commands made from annotated functions read words as their types say."""

from pathlib import Path
from typing import Annotated, Literal

import click
import pytest

from isiceval.cli.main import app
from isiceval.cli.words import Argument, Option, make_command

FOUND = {}


def gather(
    task: Annotated[str, Argument(metavar="TASK", help="The task.")],
    rest: Annotated[list[str] | None, Argument(metavar="REST...", help="The rest.")] = None,
    *,
    place: Annotated[Path | None, Option(help="A place.")] = None,
    output: Annotated[str, Option("--output", "-o", metavar="FILE", help="A file.")] = "-",
    bars: Annotated[list[str] | None, Option("--min", metavar="X", help="Bars.")] = None,
    often: Annotated[int, Option(min=3, metavar="N", help="How often.")] = 7,
    choice: Annotated[Literal["a", "b"], Option(help="One.")] = "a",
    with_care: Annotated[bool, Option(help="Be careful.")] = False,
) -> None:
    """Gather what was given."""
    FOUND.update(locals())


def run(*words, function=gather):
    FOUND.clear()
    make_command(function, examples=("gather x",)).main(list(words), standalone_mode=False)
    return dict(FOUND)


def test_what_is_not_given_takes_the_default_of_the_function():
    found = run("t")
    assert not found.pop("rest")
    assert not found.pop("bars")
    assert found == {
        "task": "t",
        "place": None,
        "output": "-",
        "often": 7,
        "choice": "a",
        "with_care": False,
    }


def test_words_are_read_as_the_types_say():
    found = run(
        *("t", "r", "s", "--place", "p", "-o", "f", "--min", "1", "--min", "2"),
        *("--often", "3", "--choice", "b", "--with-care"),
    )
    assert (list(found["rest"]), list(found["bars"])) == (["r", "s"], ["1", "2"])
    assert (found["place"], found["output"]) == (Path("p"), "f")
    assert (found["often"], found["choice"], found["with_care"]) == (3, "b", True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "TASK"),
        (("t", "--often", "2"), "x>=3"),
        (("t", "--often", "x"), "not a valid int"),
        (("t", "--choice", "c"), "'a', 'b'"),
        (("t", "--choise", "a"), "--choice"),
    ],
)
def test_what_does_not_fit_is_usage(words, says):
    with pytest.raises(click.UsageError) as caught:
        run(*words)
    assert says in caught.value.format_message()
    assert caught.value.exit_code == 2


def test_help_names_arguments_options_and_whole_examples(capsys):
    example = "gather " + "a-long-word " * 12
    command = make_command(gather, examples=(example,))
    command.main(["--help"], prog_name="gather", standalone_mode=False)
    out = capsys.readouterr().out
    assert "Usage: gather [OPTIONS] TASK [REST...]" in out
    assert "  TASK     The task." in out
    assert f"  {example}\n" in out
    assert "[default: 7; x>=3]" in out


@pytest.mark.parametrize("name", app.commands)
def test_every_word_of_every_command_has_help(name):
    command = app.commands[name]
    assert command.help
    assert all(word.help for word in command.arguments)
    assert all(p.help for p in command.params if isinstance(p, click.Option))


def test_help_of_the_program_has_whole_sentences(capsys):
    app.main(["--help"], standalone_mode=False)
    out = " ".join(capsys.readouterr().out.split())
    assert "..." not in out.partition("Commands:")[2]
    assert "an invalid one is listed last and never stops the board." in out


def test_headings_are_bold_on_a_terminal_alone(capsys):
    with app.make_context("isiceval", ["tasks"]) as context:
        assert "\x1b[1mCommands:\x1b[0m" in app.get_help(context)
    with pytest.raises(SystemExit):
        app.main(["--help"])
    assert "\x1b" not in capsys.readouterr().out
