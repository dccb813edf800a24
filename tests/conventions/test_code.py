"""How the code is written: order of arguments, docstrings, lengths, words."""

import ast
import importlib
import inspect
import pkgutil
import re
import statistics
from pathlib import Path

import pytest

import isiceval
from isiceval.metrics.catalogue import METRICS

PACKAGE = Path(isiceval.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages([str(PACKAGE)], "isiceval.")
    if not module.name.endswith("__main__")
)
LONGEST_FUNCTION = 50
LONGEST_MODULE = 420
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


BOTH = {
    name: parameters
    for name, value in PUBLIC.items()
    if {"truth", "prediction"} <= set(parameters := list_parameters(value))
}


def test_signatures_with_truth_and_prediction_are_found():
    assert {
        "isiceval.pipeline.score",
        "isiceval.metrics.counts.count",
        "isiceval.metrics.counts.count_packed",
    } <= set(BOTH)


@pytest.mark.parametrize("name", sorted(BOTH))
def test_truth_comes_before_prediction(name):
    assert BOTH[name].index("truth") < BOTH[name].index("prediction")


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_public_names_have_a_docstring(name):
    value = PUBLIC[name]
    if not (inspect.isfunction(value) or inspect.isclass(value) or inspect.ismethod(value)):
        return
    first = (value.__doc__ or "").strip().split("\n")[0]
    assert first
    assert not first.startswith(f"{value.__name__}("), "the docstring is the one Python makes up"


@pytest.mark.parametrize("module", MODULES)
def test_modules_have_a_docstring(module):
    assert importlib.import_module(module).__doc__


@pytest.mark.parametrize("name", isiceval.__all__)
def test_names_of_the_package_exist_and_are_listed(name):
    assert getattr(isiceval, name) is not None
    assert name in dir(isiceval)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'isiceval' has no attribute 'xyz'"):
        isiceval.xyz  # noqa: B018 - asking for the name is the test


@pytest.mark.parametrize("name", sorted(METRICS))
def test_metrics_say_all_there_is_to_know(name):
    words = METRICS[name].formula.__doc__
    for word in ("Range", "best", "Undefined", "Source:", ">>> "):
        assert word in words


def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def measure_length(function):
    """Count the lines that a function does something in: without signature and docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def list_lengths(path):
    functions = [node for node in ast.walk(parse(path)) if isinstance(node, ast.FunctionDef)]
    return {function.name: measure_length(function) for function in functions}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_nothing_is_long(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE
    long = {name: n for name, n in list_lengths(path).items() if n > LONGEST_FUNCTION}
    assert long == {}


def test_most_functions_are_short():
    lengths = [length for path in SOURCES for length in list_lengths(path).values()]
    assert statistics.median(lengths) <= 6


def iter_names(tree):
    """Yield every name that the code itself gives: functions, classes, arguments, variables."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def split_words(name):
    return re.findall(r"[A-Z]*[a-z0-9]+|[A-Z]+", name)


def find_forbidden(names):
    return {name for name in names if FORBIDDEN & {word.lower() for word in split_words(name)}}


@pytest.mark.parametrize(
    ("name", "forbidden"),
    [("gt_mask", True), ("PredMask", True), ("load_utils", True), ("prediction", False)],
)
def test_words_are_told_apart(name, forbidden):
    assert bool(find_forbidden([name])) == forbidden


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_words_are_those_of_the_house(path):
    assert find_forbidden([path.stem, *iter_names(parse(path))]) == set()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_nothing_is_left_to_do_and_every_exception_has_a_reason(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\b(TODO|FIXME|XXX)\b", text)
    for line in text.splitlines():
        if re.search(r"# (noqa|type: ignore|pragma)", line):
            assert re.search(r"# (noqa|type: ignore|pragma)[^#]* (- |# )\w+", line), line
