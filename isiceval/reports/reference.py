"""What isiceval knows, for reading: its tasks and its rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from isiceval.model import Severity
from isiceval.reports.cells import Text
from isiceval.reports.escape import clean
from isiceval.reports.facts import iter_facts, say_images
from isiceval.reports.layout import (
    Column,
    Console,
    message,
    put,
    put_heading,
    put_hint,
    put_items,
    put_table,
)
from isiceval.reports.rows import find_title
from isiceval.tasks.task import Task


class RuleWords(Protocol):
    """The words of a rule."""

    @property
    def code(self) -> str:
        """Return what problems of this rule carry."""

    @property
    def severity(self) -> Severity:
        """Return whether breaking it makes a submission invalid."""

    @property
    def title(self) -> str:
        """Return the rule in one sentence."""

    @property
    def why(self) -> str:
        """Return what follows from it, in one paragraph."""

    @property
    def fix(self) -> str:
        """Return what to do in general."""


def print_tasks(console: Console, tasks: Iterable[Task]) -> None:
    """Print one line a task: its id, title, ranking metric and profiles."""
    columns = (
        Column("Task", least=6),
        Column("Title"),
        Column("Ranks on"),
        Column("Images"),
        Column("Profiles"),
    )
    put_table(console, columns, (_task_cells(task) for task in tasks))
    put_hint(
        console,
        "The first profile is the default; isiceval tasks TASK prints every fact of a task.",
    )


def _task_cells(task: Task) -> list[Text]:
    others = [profile for profile in task.profiles if profile != task.profile]
    cells = (
        task.id,
        task.title,
        find_title(task.ranking),
        say_images(task),
        ", ".join([task.profile, *others]),
    )
    return [message(cell) for cell in cells]


def print_task(console: Console, task: Task) -> None:
    """Print every fact of a task that moves a number or decides on a file."""
    put(console, message(f"{task.id}  {task.title}", "bold"))
    put(console)
    facts = list(iter_facts(task))
    columns = (Column("Fact", least=max(len(fact) for fact, _ in facts)), Column("Value"))
    put_table(console, columns, ((Text(fact), message(value)) for fact, value in facts))
    put_items(console, "Profiles", [_say_profile(task, profile) for profile in task.profiles])
    put_items(console, "Notes", task.notes)
    put_items(console, "References", task.references)


def _say_profile(task: Task, profile: str) -> str:
    chosen = " (shown here)" if profile == task.profile else ""
    return f"{profile}{chosen}: {task.profiles[profile]}"


def print_rules(console: Console, rules: Iterable[RuleWords]) -> None:
    """Print one line a rule: its code, its severity and what it says."""
    listed = list(rules)
    width = max((len(rule.code) for rule in listed), default=4)
    columns = (Column("Code", least=width), Column("Severity", least=8), Column("Rule"))
    rows = ([Text(rule.code), Text(rule.severity), message(rule.title)] for rule in listed)
    put_table(console, columns, rows)
    put_hint(console, "isiceval explain CODE prints the whole rule.")


def print_rule(console: Console, rule: RuleWords) -> None:
    """Print one rule: its code, its severity, all its words and the fix."""
    put(console, f"{clean(rule.code)} ({rule.severity})", "bold")
    for paragraph in (rule.title, *rule.why.split("\n\n"), f"Fix: {rule.fix}" if rule.fix else ""):
        if paragraph.strip():
            put_heading(console, " ".join(paragraph.split()), "")
