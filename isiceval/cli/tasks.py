"""isiceval tasks."""

from __future__ import annotations

import rich_click as click

from isiceval.cli import options


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
    from isiceval.pipeline import get_task, list_tasks
    from isiceval.reports.reference import describe_task, describe_tasks
    from isiceval.reports.text import make_console, print_blocks

    if task is None:
        print_blocks(make_console(), describe_tasks(list_tasks()))
    else:
        print_blocks(make_console(), describe_task(get_task(task, profile=profile)))
