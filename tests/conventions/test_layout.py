"""Where things are: complete registries, and a test file for each module."""

import ast
from functools import cache
from importlib import import_module
from pathlib import Path

import click

import isiceval
from tests.write_docs import list_all_metrics

PACKAGE = Path(isiceval.__file__).parent
TESTS = Path(__file__).parents[1]
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")
# Lower these with every module and line that goes; raise them only for something new.
MOST_MODULES = 74
MOST_LINES = 17_500


def name_module(path):
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)


@cache
def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def find_modules_with(function, folder):
    """Name the modules of a folder that define a public function of this name."""
    return {
        name_module(path)
        for path in (PACKAGE / folder).rglob("*.py")
        for node in parse(path).body
        if isinstance(node, ast.FunctionDef) and node.name == function
    }


def has_test_file(module):
    """Tell whether a/b.py has tests: tests/a/test_b.py, tests/a/test_b_*.py, tests/a/b/test_*.py."""
    folder, stem = TESTS / module.parent.relative_to(PACKAGE), module.stem.strip("_")
    patterns = (f"test_{stem}.py", f"test_{stem}_*.py", f"{stem}/test_*.py")
    return any(any(folder.glob(pattern)) for pattern in patterns)


def test_the_package_does_not_grow():
    assert len(MODULES) <= MOST_MODULES
    texts = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")]
    assert sum(len(text.splitlines()) for text in texts) <= MOST_LINES


def test_every_module_has_a_test_file():
    assert [name_module(module) for module in MODULES if not has_test_file(module)] == []


def test_every_command_is_registered():
    from isiceval.cli.main import app

    modules = [import_module(name_module(path)) for path in (PACKAGE / "cli").glob("[!_]*.py")]
    found = [vars(module).values() for module in modules if module.__name__ != "isiceval.cli.main"]
    commands = {one.name for values in found for one in values if isinstance(one, click.Command)}
    assert set(app.commands) == commands


def test_every_metric_is_described():
    for metric in list_all_metrics():
        assert metric.title
        assert metric.better in ("higher", "lower")
        assert metric.range[0] < metric.range[1]
    # The failure rate and the median leave undefined cases out; all others say where 0/0 is.
    silent = [metric.name for metric in list_all_metrics() if not metric.undefined]
    assert silent == ["failure_rate", "median_jaccard"]


def test_every_format_is_registered():
    from isiceval.reports.registry import FORMATS

    functions = {one.function for one in FORMATS}
    for module in (PACKAGE / "reports").glob("*.py"):
        for name in (f"write_{module.stem}", f"render_{module.stem}"):
            found = find_modules_with(name, "reports") - {"isiceval.reports.html"}
            assert {f"{one}:{name}" for one in found} <= functions


def test_every_rule_that_computes_something_is_described():
    from isiceval.checks.rules import list_rules

    for rule in list_rules():
        assert all((rule.code, rule.severity, rule.title, rule.why, rule.fix)), rule.code
