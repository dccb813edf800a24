"""Find a task by its id, or read one from a user's task file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from isiceval.errors import IsicevalError, UsageError
from isiceval.tasks.task import Task, build_task, parse_task_file


@cache
def read_built_in() -> Mapping[str, tuple[Mapping[str, Any], str]]:
    """Read the task tables of every edition: id to (table, file name)."""
    return {
        task_id: (table, path.name)
        for path in _list_editions()
        for task_id, table in parse_task_file(path.read_bytes(), where=path.name).items()
    }


def _list_editions() -> list[Path]:
    return sorted(Path(__file__).parent.glob("*.toml"))


def _read_edition_of(name: str) -> Mapping[str, tuple[Mapping[str, Any], str]]:
    """Read the one edition that defines this task, if any: to read all takes ten times as long."""
    for path in _list_editions():
        content = path.read_bytes()
        if name.encode() in content:
            parsed = parse_task_file(content, where=path.name)
            if name in parsed:
                return {name: (parsed[name], path.name)}
    return {}


def iter_tasks() -> Iterator[Task]:
    """Yield every built-in task in its default profile, in order of id."""
    for task_id in sorted(read_built_in()):
        yield find_task(task_id)


def find_task(name: str, *, profile: str | None = None) -> Task:
    """Find a built-in task by id (``2018/1``), or read the task file of that path."""
    for table, where in _read_edition_of(name).values():
        return build_task(name, table, where=where, profile=profile)
    path = Path(name)
    if path.suffix.lower() == ".toml":
        return read_task_file(path, profile=profile)
    built_in = read_built_in()
    parts = [task_id for task_id in sorted(built_in) if task_id.startswith(f"{name}/")]
    if parts:
        raise UsageError(f"'{name}' is an edition; its tasks are {', '.join(parts)}")
    from difflib import get_close_matches

    near = get_close_matches(name, built_in, n=1, cutoff=0.4)
    known = f"the tasks are {', '.join(sorted(built_in))}"
    hint = f"did you mean '{near[0]}'?" if near else f"{known}."
    own = "A data set of your own takes a task file (my-task.toml)"
    raise UsageError(f"there is no task '{name}'; {hint} {own}")


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
