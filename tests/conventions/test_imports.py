"""Imports go only downward, and what should be light loads nothing heavy."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = (
    "numpy",
    "pandas",
    "PIL",
    "skimage",
    "scipy",
    "sklearn",
    "zlib_ng",
    "rich",
    "click",
    "rich_click",
)
LIGHT = (
    "isiceval",
    "isiceval.model",
    "isiceval.errors",
    "isiceval.tasks.task",
    "isiceval.metrics.registry",
    "isiceval.pytest_plugin",
)


def run_python(code, **options):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, **options
    )


def find_loaded(statement):
    code = f"import sys; {statement}; print(*sorted(set(sys.modules) & set({HEAVY!r})))"
    finished = run_python(code)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.split()


def test_light_modules_load_nothing_heavy():
    assert find_loaded(f"import {', '.join(LIGHT)}") == []


def test_values_load_nothing_heavy():
    names = "Case, Counts, InvalidSubmission, Problem, Task, Leaderboard, Validation"
    assert find_loaded(f"from isiceval import {names}") == []


def test_what_is_heavy_would_be_seen():
    assert find_loaded("import numpy") == ["numpy"]


def test_every_task_is_found_without_anything_heavy():
    statement = "from isiceval.tasks.task import iter_tasks; assert list(iter_tasks())"
    assert find_loaded(statement) == []


def lint_imports(folder):
    code = (
        "import sys; from importlinter.cli import lint_imports;"
        "sys.exit(lint_imports(no_cache=True))"
    )
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return run_python(code, cwd=folder, env=environment)


def test_import_contracts_hold():
    finished = lint_imports(ROOT)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "Imports go only downward KEPT" in finished.stdout
    assert "Contracts: 3 kept" in finished.stdout


def test_a_broken_contract_would_be_seen(tmp_path):
    package = tmp_path / "house"
    package.mkdir()
    for name, text in {"__init__": "", "high": "", "low": "import house.high\n"}.items():
        (package / f"{name}.py").write_text(text, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.importlinter]\nroot_package = "house"\n[[tool.importlinter.contracts]]\n'
        'name = "down"\ntype = "layers"\nlayers = ["house.high", "house.low"]\n',
        encoding="utf-8",
    )
    finished = lint_imports(tmp_path)
    assert finished.returncode == 1
    assert "house.low is not allowed to import house.high" in finished.stdout


def test_every_module_stands_in_one_of_few_layers():
    import tomllib

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract, *_ = settings["tool"]["importlinter"]["contracts"]
    assert len(contract["layers"]) <= 12
    layered = {name.strip() for layer in contract["layers"] for name in re.split("[|:]", layer)}
    package = ROOT / "isiceval"
    modules = {p.stem for p in package.glob("*.py")} | {
        p.parent.name for p in package.glob("*/*.py")
    }
    assert layered == {f"isiceval.{name}" for name in modules - {"__init__"}}


def test_inner_init_files_hold_a_docstring_only():
    import ast

    for init in (ROOT / "isiceval").glob("*/__init__.py"):
        (node,) = ast.parse(init.read_text(encoding="utf-8")).body
        assert isinstance(node, ast.Expr)
        assert isinstance(node.value, ast.Constant)
