"""Find a task by its id, or read one from a user's task file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from isiceval.errors import IsicevalError, UsageError
from isiceval.tasks.task import Task, build_task, parse_task_file

EDITIONS = Path(__file__).parent / "editions"


@cache
def read_edition(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """Read the TOML tables of the tasks of one edition, by id."""
    return parse_task_file(path.read_bytes(), where=path.name)


def list_built_in() -> list[str]:
    """List the ids of all built-in tasks, sorted."""
    return sorted(task_id for path in EDITIONS.glob("*.toml") for task_id in read_edition(path))


def iter_tasks() -> Iterator[Task]:
    """Yield every built-in task in its default profile, in order of id."""
    for task_id in list_built_in():
        yield find_task(task_id)


def find_task(name: str, *, profile: str | None = None) -> Task:
    """Find a built-in task by id (``2018/1``), or read the task file of that path."""
    for path in sorted(EDITIONS.glob("*.toml")):
        # Parsing every edition takes ten times as long as parsing the one that has the name.
        if name in path.read_text("utf-8") and name in read_edition(path):
            return build_task(name, read_edition(path)[name], where=path.name, profile=profile)
    if Path(name).suffix.lower() == ".toml":
        return read_task_file(Path(name), profile=profile)
    built_in = list_built_in()
    parts = [task_id for task_id in built_in if task_id.startswith(f"{name}/")]
    if parts:
        raise UsageError(f"'{name}' is an edition; its tasks are {', '.join(parts)}")
    from difflib import get_close_matches

    near = get_close_matches(name, built_in, n=1, cutoff=0.4)
    hint = f"did you mean '{near[0]}'?" if near else f"the tasks are {', '.join(built_in)}."
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
