"""Where things are: complete registries, and a test file for each module."""

import ast
from pathlib import Path

import isiceval

PACKAGE = Path(isiceval.__file__).parent
TESTS = Path(__file__).parents[1]
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


def name_module(path):
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)


def find_modules_with(function, folder):
    """Name the modules of a folder that define a public function of this name."""
    return {
        name_module(path)
        for path in (PACKAGE / folder).rglob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name == function
    }


def test_every_command_is_registered():
    from isiceval.cli.main import app

    modules = {path.stem for path in (PACKAGE / "cli").glob("*.py")}
    assert set(app.commands) == modules - {"__init__", "main", "options"}
