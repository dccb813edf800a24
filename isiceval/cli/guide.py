"""isiceval guide."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from isiceval.cli import options

TOPICS = {path.stem: path for path in sorted((Path(__file__).parents[1] / "guide").glob("*.md"))}


@click.command(
    epilog=options.format_examples(
        "isiceval guide                # list the topics",
        "isiceval guide participants   # read one",
    )
)
@click.argument(
    "topic",
    required=False,
    metavar="[TOPIC]",
    type=click.Choice(list(TOPICS)),
    help=f"What to read: {', '.join(TOPICS)}.",
)
def guide(topic: str | None) -> None:
    """Read the documentation, or list its topics."""
    from rich.markdown import Markdown

    from isiceval.reports.text import make_console

    texts = {name: path.read_text(encoding="utf-8") for name, path in TOPICS.items()}
    if topic is None:
        titles = {name: text.partition("\n")[0].lstrip("# ") for name, text in texts.items()}
        text = "\n".join(f"- **{name}**: {title}" for name, title in titles.items())
    else:
        text = texts[topic]
    make_console().print(Markdown(text))
