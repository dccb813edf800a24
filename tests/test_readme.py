"""What the README says is so."""

import re
import tomllib

import pytest

import isiceval
from isiceval.checks.rules import list_rules
from isiceval.metrics.aggregates import require_known
from isiceval.metrics.catalogue import METRICS
from isiceval.pipeline import get_task
from isiceval.tasks.task import build_task


@pytest.fixture(scope="module")
def readme(root):
    return (root / "README.md").read_text(encoding="utf-8")


def find_blocks(readme, language):
    return re.findall(rf"```{language}\n(.*?)```", readme, re.DOTALL)


def test_the_list_of_problem_codes_is_true(readme):
    listed = readme.split("<!-- problem codes: begin -->")[1].split("<!-- problem codes: end -->")[
        0
    ]
    rows = [f"| `{rule.code}` | {rule.severity} | {rule.title} |" for rule in list_rules()]
    expected = ["| code | severity | rule |", "|---|---|---|", *rows]
    assert listed.strip().splitlines() == expected


def test_the_table_of_metrics_is_true(readme):
    section = readme.split("## Metrics")[1].split("\n## ")[0]
    listed = re.findall(r"^\| (\w+) \| .* \| (.*) \|$", section, re.MULTILINE)
    said = {name: undefined for name, undefined in listed if name != "metric"}
    never = {"the image has no pixel": "never"}
    assert said == {m.name: never.get(m.undefined, m.undefined) for m in METRICS.values()}


def test_the_table_of_tasks_is_true(readme):
    section = readme.split("## Tasks")[1].split("\n## ")[0]
    rows = re.findall(
        r"^\| (\S+/\S+) \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|$", section, re.MULTILINE
    )
    attributes = [row for row in rows if "`" in row[1]]
    assert [row[0] for row in attributes] == [
        t.id for t in isiceval.list_tasks() if t.kind == "masks"
    ]
    for name, labels, *_, profiles in attributes:
        assert labels.startswith(f"{len(get_task(name).labels)}: `{get_task(name).labels[0]}`")
        assert re.findall(r"`(\w+)`", profiles) == (list(get_task(name).profiles) or ["default"])
    rows = [row for row in rows if "`" not in row[1]]
    kinds = {task.id: task.kind for task in isiceval.list_tasks()}
    found = re.findall(
        r"^\| (\S+/\S+) \| (\d): .* \| mean .* \| `(\w+)`, `today` \|$", section, re.M
    )
    assert [name for name, _, _ in found] == [
        n for n, kind in kinds.items() if kind == "superpixels"
    ]
    assert [int(n) for _, n, _ in found] == [len(get_task(name).labels) for name, _, _ in found]
    assert [row[0] for row in rows] == [t.id for t in isiceval.list_tasks() if t.kind == "mask"]
    for name, ranking, undefined, grey, profiles in rows:
        task = get_task(name)
        assert ranking == f"mean {METRICS[task.ranking].title.replace('T', 't')}"
        assert undefined.startswith(
            "left out" if task.undefined == "omit" else str(int(task.undefined))
        )
        assert grey.startswith(task.grey[:6])
        assert re.findall(r"`(\w+)`", profiles) == list(task.profiles)
        assert next(iter(task.profiles)) == task.profile


def test_the_table_of_other_tasks_is_true(readme):
    section = readme.split("## Tasks")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (\S+) \| `(\w+)`, (\d+): `(\w+)`.* \| (.*) \| (.*) \|$", section, re.M)
    tasks = [task for task in isiceval.list_tasks() if task.kind == "table"]
    assert [row[0] for row in rows] == [task.id for task in tasks]
    for task, (_, key, n, first, ranking, profiles) in zip(tasks, rows, strict=True):
        assert (task.table.key, len(task.labels), task.labels[0]) == (key, int(n), first)
        assert re.findall(r"`([\w.]+)`", ranking) == list(task.rankings or (task.ranking,))
        assert re.findall(r"`(\w+)`", profiles) == (list(task.profiles) or ["default"])


@pytest.mark.parametrize("words", ['0.8, "ISIC_0000002"'])
def test_the_python_examples_of_other_kinds_run(readme, words):
    (example,) = [block for block in find_blocks(readme, "python") if words in block]
    exec(compile(example, "README.md", "exec"), {})


@pytest.mark.parametrize(
    ("kind", "bad"),
    [("diagnosis", "broken"), ("attributes", "no-streaks"), ("superpixels", "broken")],
)
def test_the_command_lines_on_fixtures_run(readme, root, monkeypatch, tmp_path, kind, bad):
    from isiceval.cli.main import main

    (block,) = [block for block in find_blocks(readme, "sh") if f"fixtures/{kind}" in block]
    lines = [line for line in block.splitlines() if "fixtures/" in line]
    assert len(lines) == 3
    monkeypatch.chdir(root)
    for line in lines:
        words = line.replace("cases.csv", str(tmp_path / "cases.csv")).split()[1:]
        assert main(words) == int(bad in line)


def test_the_task_file_of_tables_is_a_task(readme):
    (example,) = [block for block in find_blocks(readme, "toml") if 'kind = "table"' in block]
    ((name, table),) = tomllib.loads(example)["task"].items()
    task = require_known(build_task(name, table, where="README.md"))
    assert (task.labels, task.weights) == (("benign", "malignant"), {"case-3": 0})


def test_the_python_example_on_arrays_runs(readme):
    (example,) = [block for block in find_blocks(readme, "python") if "np.eye" in block]
    exec(compile(example, "README.md", "exec"), {})


def test_the_task_file_is_a_task(readme):
    (example,) = [block for block in find_blocks(readme, "toml") if "my-lesions" in block]
    ((name, table),) = tomllib.loads(example)["task"].items()
    task = build_task(name, table, where="README.md")
    assert (task.ranking, task.cases, task.naming.suffixes) == ("dice", 120, ("_mask",))


def test_the_pytest_settings_exist(readme):
    from isiceval.pytest_plugin import OPTIONS

    (example,) = [block for block in find_blocks(readme, "toml") if "isiceval_task" in block]
    settings = tomllib.loads(example)["tool"]["pytest"]["ini_options"]
    assert {name.removeprefix("isiceval_") for name in settings} <= set(OPTIONS)


def test_every_command_line_names_options_that_exist(readme, capsys):
    from isiceval.cli.main import main

    lines = [
        line.strip()
        for block in find_blocks(readme, "sh")
        for line in re.split(r"\n|&&", block)
        if line.strip().startswith("isiceval ")
    ]
    assert len(lines) >= 8
    for line in lines:
        command = line.split()[1]
        main([command, "--help"])
        known = capsys.readouterr().out
        for option in re.findall(r"\s(--?[a-z][a-z-]*)", line.split("#")[0]):
            assert option in known, f"{command} has no {option}"
