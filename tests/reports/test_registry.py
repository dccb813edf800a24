"""Formats are complete: each writes every result that it says it writes."""

import importlib
from typing import get_args

import pytest

from isiceval.reports.registry import (
    FORMATS,
    ReportInputs,
    ResultName,
    find_format,
    list_formats,
    write_reports,
)
from isiceval.tasks.task import find_task

RESULTS = [(one, result) for one in FORMATS for result in one.results if one.name != "html"]


@pytest.fixture
def inputs():
    return ReportInputs(task=find_task("2018/1"))


@pytest.mark.parametrize("one", FORMATS, ids=lambda one: one.name)
def test_an_entry_is_complete(one):
    assert one.suffix.startswith(".")
    assert one.option == f"--{one.name}"
    assert "standard output" in one.help
    assert set(one.results) <= set(get_args(ResultName))
    module, _, function = one.function.partition(":")
    assert callable(getattr(importlib.import_module(module), function))


def test_names_and_suffixes_differ():
    assert len({one.name for one in FORMATS}) == len({one.suffix for one in FORMATS})


@pytest.mark.parametrize(
    ("one", "result"), RESULTS, ids=[f"{one.name}-{result}" for one, result in RESULTS]
)
def test_each_format_writes_each_of_its_results(make, inputs, one, result):
    text = one.render(getattr(make, result)(), inputs)
    assert text.endswith("\n")


@pytest.mark.parametrize("one", [one for one in FORMATS if "comparison" not in one.results])
def test_a_result_that_a_format_has_no_report_of_is_refused(make, inputs, one):
    with pytest.raises(TypeError, match="Comparison"):
        one.render(make.comparison(), inputs)


def test_every_kind_of_result_has_a_format():
    assert all(list_formats(result) for result in get_args(ResultName))


def test_only_what_has_a_target_is_written(make, inputs, tmp_path, capsys):
    board = make.board(make.standing(1, "a"))
    write_reports(board, {"csv": str(tmp_path / "b.csv"), "json": "-", "latex": None}, inputs)
    assert [path.name for path in tmp_path.iterdir()] == ["b.csv"]
    assert capsys.readouterr().out == find_format("json").render(board, inputs)
