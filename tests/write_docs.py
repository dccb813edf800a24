"""Make the generated parts of the README and of the guide, and write them.

``python tests/write_docs.py`` rewrites them; tests compare them with what the code says.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

import isiceval
from isiceval.checks.rules import list_rules
from isiceval.cli.main import app
from isiceval.metrics.registry import find_aggregate, list_metrics
from isiceval.pytest_plugin import OPTIONS

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "isiceval" / "guide"
CHALLENGE = "fixtures/challenge"
SCORE = f"score 2018/1 {CHALLENGE}/submissions/careful-unet --truth {CHALLENGE}/truth"
LEADERBOARD = (
    f"leaderboard 2018/1 {CHALLENGE}/submissions --truth {CHALLENGE}/truth "
    f"--teams {CHALLENGE}/teams.csv"
)
WIDTH = 120
"""Columns of the picture; the table of the leaderboard fits without a line break."""


def run_command(words, **environment):
    """Return what a command prints."""
    return subprocess.run(
        [sys.executable, "-m", "isiceval", *words.split()],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def make_score():
    return f"```text\n{run_command(SCORE, COLUMNS='120').rstrip()}\n```"


def make_picture():
    """Draw what the leaderboard looks like on a terminal, as SVG."""
    printed = run_command(LEADERBOARD, COLUMNS=str(WIDTH), FORCE_COLOR="1", TERM="xterm-256color")
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(printed))
    svg = console.export_svg(title=f"isiceval {LEADERBOARD}", unique_id="leaderboard")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # nothing is loaded


def format_table(*rows):
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def format_codes(names):
    return ", ".join(f"`{name}`" for name in names)


def make_tasks():
    rows = [
        (
            f"`{task.id}`",
            task.title,
            format_codes(task.labels) or "lesion",
            format_codes(task.rankings or (task.ranking,)),
            format_codes(task.profiles or ("default",)),
        )
        for task in isiceval.list_tasks()
    ]
    return format_table(("task", "title", "labels", "ranking metric", "profiles"), *rows)


def list_all_metrics():
    """List the metrics of every task, each once and without labels."""
    names = [name for task in isiceval.list_tasks() for name in list_metrics(task)]
    return [find_aggregate(name) for name in dict.fromkeys(names)]


def make_metrics():
    rows = [
        (
            f"`{metric.name}`",
            metric.title,
            f"{metric.range[0]:g} to {metric.range[1]:g}",
            metric.better,
            metric.undefined,
        )
        for metric in list_all_metrics()
    ]
    return format_table(("metric", "title", "range", "better", "undefined (0/0) when"), *rows)


def make_problem_codes():
    rows = [(f"`{rule.code}`", rule.severity, rule.title) for rule in list_rules()]
    return format_table(("code", "severity", "rule"), *rows)


def make_settings():
    rows = [(f"`isiceval_{name}`", text) for name, text in OPTIONS.items()]
    return format_table(("setting", "meaning"), *rows)


def make_options():
    """Make a section for each command: what it does, its arguments and options, its examples."""
    sections = []
    for name, command in app.commands.items():
        rows = [
            ("`" + "`, `".join(p.opts) + "`", p.help.replace("|", "\\|")) for p in command.params
        ]
        examples = command.epilog.split("\n\n")[1:]
        table = format_table(("argument or option", "meaning"), *rows)
        code = "\n".join(["```sh", *examples, "```"])
        sections.append(f"### isiceval {name}\n\n{command.help.strip()}\n\n{table}\n\n{code}")
    return "\n\n".join(sections)


PICTURE = ROOT / "fixtures" / "leaderboard.svg"
PARTS = {
    "score": (ROOT / "README.md", make_score),
    "tasks": (GUIDE / "tasks.md", make_tasks),
    "metrics": (GUIDE / "metrics.md", make_metrics),
    "problem codes": (GUIDE / "problem-codes.md", make_problem_codes),
    "settings": (GUIDE / "pytest.md", make_settings),
    "options": (GUIDE / "command-line.md", make_options),
}


def fill(name):
    """Return the text of a file with a part made anew between its two marks."""
    path, make = PARTS[name]
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, _, rest = path.read_text(encoding="utf-8").partition(begin)
    return f"{before}{begin}\n\n{make()}\n\n{end}{rest.partition(end)[2]}"


if __name__ == "__main__":
    for name, (path, _) in PARTS.items():
        path.write_text(fill(name), encoding="utf-8")
    PICTURE.write_text(make_picture(), encoding="utf-8")
