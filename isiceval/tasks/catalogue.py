"""Find a task by its id, or read one from a user's task file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from isiceval.errors import IsicevalError, UsageError
from isiceval.tasks.spec import Task, build_task, parse_task_file


@cache
def read_built_in() -> Mapping[str, tuple[Mapping[str, Any], str]]:
    """Read the task tables of every edition: id to (table, file name)."""
    tables: dict[str, tuple[Mapping[str, Any], str]] = {}
    folder = files("isiceval.tasks")
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".toml"):
            parsed = parse_task_file(entry.read_bytes(), where=entry.name)
            tables.update({task_id: (table, entry.name) for task_id, table in parsed.items()})
    return tables


def iter_tasks() -> Iterator[Task]:
    """Yield every built-in task in its default profile, in order of id."""
    for task_id in sorted(read_built_in()):
        yield find_task(task_id)


def find_task(name: str, *, profile: str | None = None) -> Task:
    """Find a built-in task by id (``2018/1``), or read the task file of that path."""
    built_in = read_built_in()
    if name in built_in:
        table, where = built_in[name]
        return build_task(name, table, where=where, profile=profile)
    path = Path(name)
    if path.suffix.lower() == ".toml":
        return read_task_file(path, profile=profile)
    parts = [task_id for task_id in sorted(built_in) if task_id.startswith(f"{name}/")]
    if parts:
        raise UsageError(f"'{name}' is an edition; its tasks are {', '.join(parts)}")
    near = get_close_matches(name, built_in, n=1, cutoff=0.4)
    hint = f"did you mean '{near[0]}'?" if near else ""
    known = ", ".join(sorted(built_in))
    raise UsageError(
        f"there is no task '{name}'; {hint or 'the tasks are'} {known if not hint else ''}".strip()
        + "; a data set of your own takes a task file (my-task.toml)"
    )


def read_task_file(path: Path, *, profile: str | None = None) -> Task:
    """Read the one task that a user's task file defines."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read the task file {path}: {error.strerror}") from error
    tables = parse_task_file(content, where=path.name)
    if len(tables) != 1:
        raise IsicevalError(f"{path.name} must define one task, it defines {len(tables)}")
    ((task_id, table),) = tables.items()
    return build_task(task_id, table, where=path.name, profile=profile, content=content)
