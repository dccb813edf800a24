"""Commands that score nothing: isiceval guide, tasks, explain and manifest."""

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

    if topic is None:
        texts = {name: path.read_text(encoding="utf-8") for name, path in TOPICS.items()}
        titles = {name: text.partition("\n")[0].lstrip("# ") for name, text in texts.items()}
        text = "\n".join(f"- **{name}**: {title}" for name, title in titles.items())
    else:
        text = TOPICS[topic].read_text(encoding="utf-8")
    make_console().print(Markdown(text))


@click.command(
    epilog=options.format_examples(
        "isiceval tasks                # list all",
        "isiceval tasks 2018/1         # show one",
        "isiceval tasks my-task.toml   # check a task file",
    )
)
@click.argument("task", required=False, help="Show everything about this task.")
@options.profile
def tasks(task: str | None, profile: str | None) -> None:
    """List the tasks, or show everything about one."""
    from isiceval import pipeline
    from isiceval.reports.reference import describe_task, describe_tasks
    from isiceval.reports.text import make_console, print_blocks

    if task is None:
        print_blocks(make_console(), describe_tasks(pipeline.list_tasks()))
    else:
        print_blocks(make_console(), describe_task(pipeline.get_task(task, profile=profile)))


@click.command(
    epilog=options.format_examples(
        "isiceval explain                    # list all codes",
        "isiceval explain wrong-dimensions   # show one rule",
    )
)
@click.argument("code", required=False, help="Code of a problem.")
def explain(code: str | None) -> None:
    """Explain a problem code: the rule, why it matters, how to fix it."""
    from isiceval.checks import rules
    from isiceval.reports.reference import describe_rule, describe_rules
    from isiceval.reports.text import make_console, print_blocks

    if code is None:
        print_blocks(make_console(), describe_rules(rules.list_rules()))
    else:
        print_blocks(make_console(), describe_rule(rules.find_rule(code)))


@click.command(
    epilog=options.format_examples(
        "isiceval manifest 2018/1 --images ISIC2018_Test_Input/ -o sizes.csv"
    )
)
@options.task_argument
@options.truth
@click.option("--images", type=options.PATH, help="Folder or .zip of the dermoscopic images.")
@click.option(
    "--output",
    "-o",
    type=options.TEXT_PATH,
    metavar="FILE",
    default="-",
    help="CSV; - to print it.",
)
def manifest(task: str, *, truth: Path | None, images: Path | None, output: str) -> None:
    """Write the ids and sizes of all images to a CSV, for isiceval validate --manifest."""
    from isiceval import pipeline
    from isiceval.reports.registry import check_targets, write_output

    check_targets({"csv": output}, [truth, images])
    write_output(output, pipeline.write_manifest(task, truth=truth, images=images))
