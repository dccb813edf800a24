"""Click commands made from annotated functions, so that a command line reads like a call.

Every parameter of such a function is ``Annotated`` with an :class:`Argument` or an
:class:`Option`; its type says how the words are read.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import click

Function = Callable[..., None]
INTERRUPTED = 130


class Argument(NamedTuple):
    """A word without a name: what stands for it in usage, and what it is."""

    metavar: str
    help: str


class Option:
    """A word with a name: the parameter's own with ``--`` before it where none is given."""

    def __init__(
        self,
        *names: str,
        help: str,  # noqa: A002 - as Click calls it
        metavar: str | None = None,
        min: int | None = None,  # noqa: A002 - as Click calls it
    ) -> None:
        """Say the names, the help, what stands for the value, and the least whole number."""
        self.names, self.help, self.metavar, self.min = names, help, metavar, min


class Formatter(click.HelpFormatter):
    """Help with headings in bold, where it is a terminal that shows it."""

    def write_heading(self, heading: str) -> None:
        """Write a heading."""
        self.write(f"{click.style(f'{heading}:', bold=True)}\n")


class Context(click.Context):
    """Click's own, with our help."""

    formatter_class = Formatter


class Command(click.Command):
    """A command whose help lists its arguments and ends with examples."""

    context_class = Context

    def __init__(
        self, *, examples: Sequence[str], arguments: Sequence[Argument], **rest: Any
    ) -> None:
        """Take what the help shows; the rest is Click's."""
        super().__init__(**rest)
        self.examples = examples
        self.arguments = arguments

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each argument is, then the options."""
        if self.arguments:
            with formatter.section("Arguments"):
                formatter.write_dl([(word.metavar, word.help) for word in self.arguments])
        super().format_options(ctx, formatter)

    def format_epilog(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one example a line, whole, so that it can be copied."""
        with formatter.section("Examples"):
            for example in self.examples:
                formatter.write(f"  {example}\n")


class Program(click.Group):
    """The command line as a whole: its commands, each a function with its examples."""

    context_class = Context

    def __init__(
        self, name: str, *, version: str, about: str, commands: Mapping[Function, Sequence[str]]
    ) -> None:
        """Make all commands; their order is that of the help."""
        super().__init__(
            name=name,
            help=about,
            params=[
                _make_switch(
                    "--version", "Print the version and exit.", partial(click.echo, version)
                ),
                _make_switch("--install-completion", "Let your shell complete words.", _install),
                _make_switch("--show-completion", "Print the line that does so.", _show),
            ],
            commands=[make_command(function, examples=e) for function, e in commands.items()],
            no_args_is_help=True,
            context_settings={"help_option_names": ["-h", "--help"]},
        )

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; one that is interrupted ends as shells have it, not as invalid."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise click.exceptions.Exit(INTERRUPTED) from None

    def list_commands(self, _: click.Context) -> list[str]:
        """List the names in the order of the help."""
        return list(self.commands)

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the whole first sentence of each command."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, one.get_short_help_str(limit=200)) for name, one in self.commands.items()]
            )


def _make_switch(name: str, help: str, act: Callable[[], None]) -> click.Option:  # noqa: A002 - click's word
    """Make an option that does one thing and ends the run."""

    def run(ctx: click.Context, _: click.Parameter, asked: bool) -> None:  # noqa: FBT001 - click calls it so
        if asked and not ctx.resilient_parsing:
            act()
            ctx.exit()

    return click.Option(
        [name], is_flag=True, is_eager=True, expose_value=False, callback=run, help=help
    )


def _install() -> None:
    from isiceval.cli.completion import install_completion

    install_completion()


def _show() -> None:
    from isiceval.cli.completion import show_completion

    show_completion()


def make_command(function: Function, *, examples: Sequence[str]) -> Command:
    """Make the command that calls a function with what stands on the command line."""
    hints = get_type_hints(function, include_extras=True)
    words = [(p, *get_args(hints[p.name])) for p in inspect.signature(function).parameters.values()]
    return Command(
        name=function.__name__,
        callback=function,
        help=inspect.getdoc(function),
        params=[_make_word(parameter, kind, word) for parameter, kind, word in words],
        arguments=[word for _, _, word in words if isinstance(word, Argument)],
        examples=examples,
    )


def _make_word(
    parameter: inspect.Parameter, hint: object, word: Argument | Option
) -> click.Parameter:
    kind, several = _read_hint(hint)
    name, required = parameter.name, parameter.default is parameter.empty
    shared: dict[str, Any] = {"required": required}
    if not required:
        shared["default"] = parameter.default
    if isinstance(word, Argument):
        free = not required and not word.metavar.startswith("[")
        metavar = f"[{word.metavar}]" if free else word.metavar
        nargs = -1 if several else 1
        return click.Argument(
            [name], metavar=metavar, type=_choose_type(kind), nargs=nargs, **shared
        )
    return click.Option(
        [*(word.names or (f"--{name.replace('_', '-')}",)), name],
        help=word.help,
        metavar=word.metavar,
        type=_choose_type(kind, least=word.min, metavar=word.metavar),
        is_flag=kind is bool,
        multiple=several,
        show_default=parameter.default not in (None, False),
        **shared,
    )


def _read_hint(hint: object) -> tuple[object, bool]:
    """Tell of what type one word is, and whether several of them may be given."""
    kinds = [kind for kind in get_args(hint) if kind is not type(None)]
    kind = hint if get_origin(hint) is Literal or not kinds else kinds[0]
    return (get_args(kind)[0], True) if get_origin(kind) is list else (kind, False)


def _choose_type(
    kind: object, *, least: int | None = None, metavar: str | None = "FILE"
) -> click.ParamType[Any] | None:
    """Choose how a word is read and completed; None leaves it to the kind of option."""
    if get_origin(kind) is Literal:
        return click.Choice(get_args(kind))
    if kind is int:
        return click.IntRange(min=least)
    if kind is Path:
        return click.Path(path_type=Path)
    if kind is bool:
        return None
    return click.Path() if metavar == "FILE" else click.STRING
