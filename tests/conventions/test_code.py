"""How the code is written: order of arguments, docstrings, lengths, words."""

import ast
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import isiceval

PACKAGE = Path(isiceval.__file__).parent
SOURCES = {
    path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
}
TREES = {name: ast.parse(text) for name, text in SOURCES.items()}
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages([str(PACKAGE)], "isiceval.")
    if not module.name.endswith("__main__")
)
LONGEST_FUNCTION = 60
FORBIDDEN = frozenset(
    ("gt", "pred", "preds", "util", "utils", "helper", "helpers", "common", "manager", "handler")
)


def iter_public(module_name):
    """Yield (qualified name, object) for what a module defines in public, methods too."""
    module = importlib.import_module(module_name)
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", None) != module_name:
            continue
        yield f"{module_name}.{name}", value
        if isinstance(value, type):
            for method in vars(value):
                if not method.startswith("_") and callable(getattr(value, method)):
                    yield f"{module_name}.{name}.{method}", inspect.unwrap(getattr(value, method))


PUBLIC = dict(item for module in MODULES for item in iter_public(module))


def list_parameters(value):
    try:
        return list(inspect.signature(value).parameters)
    except (TypeError, ValueError):
        return []


def test_truth_comes_before_prediction():
    found = {name: list_parameters(value) for name, value in PUBLIC.items()}
    both = {name: names for name, names in found.items() if {"truth", "prediction"} <= {*names}}
    assert "isiceval.pipeline.score" in both
    wrong = [name for name, p in both.items() if p.index("truth") > p.index("prediction")]
    assert wrong == []


def test_public_names_have_a_docstring_of_their_own():
    found = {
        name: (value.__doc__ or "").strip()
        for name, value in PUBLIC.items()
        if inspect.isfunction(value) or inspect.isclass(value)
    }
    assert len(found) > 100
    made_up = [name for name, text in found.items() if text.startswith(f"{name.split('.')[-1]}(")]
    assert [name for name, text in found.items() if not text] + made_up == []


def test_modules_have_a_docstring():
    assert [name for name, tree in TREES.items() if not ast.get_docstring(tree)] == []


@pytest.mark.parametrize("name", isiceval.__all__)
def test_names_of_the_package_exist_and_are_listed(name):
    assert getattr(isiceval, name) is not None
    assert name in dir(isiceval)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'isiceval' has no attribute 'xyz'"):
        isiceval.xyz  # noqa: B018 - asking for the name is the test


def measure_length(function):
    """Count the lines of a function without its signature and docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def test_no_function_is_long():
    lengths = {
        f"{name}: {node.name}": measure_length(node)
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    }
    assert {name: n for name, n in lengths.items() if n > LONGEST_FUNCTION} == {}


def iter_names(tree):
    """Yield every name that the code gives: functions, classes, arguments, variables."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def find_forbidden(names):
    words = {name: re.findall(r"[A-Z]*[a-z0-9]+|[A-Z]+", name) for name in names}
    return {name for name, parts in words.items() if FORBIDDEN & {part.lower() for part in parts}}


@pytest.mark.parametrize(
    ("name", "forbidden"),
    [("gt_mask", True), ("PredMask", True), ("load_utils", True), ("prediction", False)],
)
def test_forbidden_words_are_found(name, forbidden):
    assert bool(find_forbidden([name])) == forbidden


def test_names_use_no_forbidden_word():
    found = {name: find_forbidden([Path(name).stem, *iter_names(t)]) for name, t in TREES.items()}
    assert {name: words for name, words in found.items() if words} == {}


def test_nothing_is_left_to_do_and_every_exception_has_a_reason():
    mark = r"# (noqa|type: ignore|pragma)"
    for name, text in SOURCES.items():
        assert not re.search(r"\b(TODO|FIXME|XXX)\b", text), name
        for line in text.splitlines():
            assert not re.search(mark, line) or re.search(rf"{mark}[^#]* (- |# )\w+", line), line
