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
    from isiceval.reports.text import make_console, print_task, print_tasks

    if task is None:
        print_tasks(make_console(), list_tasks())
    else:
        print_task(make_console(), get_task(task, profile=profile))
