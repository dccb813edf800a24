"""Formats are complete: each writes every result that it says it writes; files are replaced whole."""

import importlib
import os
import stat
import sys
from pathlib import Path
from typing import get_args

import pytest

from isiceval.errors import UsageError
from isiceval.reports.registry import (
    FORMATS,
    ReportInputs,
    ResultName,
    check_targets,
    find_format,
    list_formats,
    write_output,
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


def test_text_is_written_as_it_is(tmp_path):
    target = tmp_path / "out.csv"
    write_output(str(target), "a\nü\n")
    assert target.read_bytes() == "a\nü\n".encode()
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_is_replaced_whole(tmp_path):
    target = tmp_path / "out.csv"
    target.write_text("old and longer", encoding="utf-8")
    write_output(str(target), "new")
    assert target.read_text(encoding="utf-8") == "new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    "interruption", [OSError(28, "No space left on device"), KeyboardInterrupt]
)
def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(
    tmp_path, monkeypatch, interruption
):
    target = tmp_path / "out.csv"
    target.write_text("old", encoding="utf-8")

    def fail(descriptor):
        raise interruption

    monkeypatch.setattr(os, "fsync", fail)
    expected = UsageError if isinstance(interruption, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        write_output(str(target), "new")
    assert target.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_failed_rename_is_told_and_leaves_nothing(tmp_path, monkeypatch):
    def fail(self, target):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(UsageError, match=r"out\.csv: Permission denied"):
        write_output(str(tmp_path / "out.csv"), "new")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"cannot write .*there is no folder .*nowhere"):
        write_output(str(tmp_path / "nowhere" / "out.csv"), "x")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(UsageError, match="it is a folder"):
        write_output(str(tmp_path), "x")


def test_an_error_without_words_is_still_told(tmp_path, monkeypatch):
    def fail(descriptor):
        raise OSError("odd")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(UsageError, match="odd"):
        write_output(str(tmp_path / "out.csv"), "x")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_link_stays_a_link(tmp_path):
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old", encoding="utf-8")
    link.symlink_to(real)
    write_output(str(link), "new")
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == "new"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no /dev/null")
def test_a_device_is_written_to_and_not_replaced():
    write_output("/dev/null", "x")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_lone_surrogate_does_not_stop_the_writing(tmp_path):
    write_output(str(tmp_path / "out.txt"), "a\udc80")
    assert (tmp_path / "out.txt").read_text(encoding="utf-8") == "a\\udc80"


@pytest.fixture
def table(tmp_path):
    (tmp_path / "truth").mkdir()
    for name in ("a.csv", "truth/a.png", "truth/cases.csv"):
        (tmp_path / name).write_text("as it was", encoding="utf-8")
    return tmp_path / "a.csv"


@pytest.mark.parametrize("target", ["a.csv", "truth/../a.csv", "truth/a.png"])
@pytest.mark.parametrize("linked", [False, True])
def test_no_output_replaces_an_input(target, linked, table, tmp_path):
    path = tmp_path / target
    if linked:
        (tmp_path / "link.csv").symlink_to(path)
        path = tmp_path / "link.csv"
    for inputs in ((table, tmp_path / "truth"), (f"{table}:patient", tmp_path / "truth")):
        with pytest.raises(UsageError, match="write to another file"):
            check_targets({"json": None, "csv": str(path)}, inputs)


def test_a_note_of_an_earlier_run_beside_the_masks_may_be_replaced(table, tmp_path):
    truth = tmp_path / "truth"
    check_targets({"csv": str(truth / "cases.csv"), "json": str(truth / "new.json")}, [truth])
    with pytest.raises(UsageError, match=r"cases\.csv is read, or part of .*truth"):
        check_targets({"csv": str(truth / "cases.csv")}, [truth], reads=".csv")


def test_two_outputs_do_not_go_to_one_file(table, tmp_path):
    for one, other in (("b", "./b"), ("a.csv", "truth/../a.csv")):
        with pytest.raises(UsageError, match="two outputs would go to"):
            check_targets({"csv": f"{tmp_path}/{one}", "json": f"{tmp_path}/{other}"}, [])
    with pytest.raises(UsageError, match="two outputs would go to -"):
        check_targets({"csv": "-", "json": "-"}, [])
    check_targets({"csv": os.devnull, "json": os.devnull, "markdown": "-"}, [table])


def test_a_name_that_no_file_can_have_is_told_before_any_work(tmp_path):
    with pytest.raises(UsageError, match=r"cannot write .*: File name too long"):
        check_targets({"csv": str(tmp_path / ("x" * 300))}, [])
