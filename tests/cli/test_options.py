import shutil
import sys
from pathlib import Path

import pytest

from isiceval.cli.options import split_arguments
from isiceval.errors import UsageError


def test_a_truth_and_a_submission_that_look_swapped_get_a_warning(run, truth, prediction):
    for command in ("score", "validate"):
        status, _, err = run(command, "2018/1", truth, "--truth", prediction)
        assert (status, err) == (
            0,
            f"isiceval: {truth} is named like a truth, {prediction} is not: are they swapped?\n",
        )
        for own, other in ((prediction, truth), (truth, truth), (prediction, prediction)):
            assert run(command, "2018/1", own, "--truth", other)[2] == ""


def test_with_a_task_file_every_argument_is_a_submission():
    assert split_arguments("2018/1", ["a", None], None) == ("2018/1", ["a"])
    assert split_arguments("a", ["b"], Path("my.toml")) == ("my.toml", ["a", "b"])
    with pytest.raises(UsageError, match="name the submission"):
        split_arguments("2018/1", [None], None)


@pytest.mark.parametrize(
    "words",
    [
        ("score", "2020", "out.csv", "--truth", "truth.csv", "--csv", "truth.csv"),
        ("score", "2020", "out.csv", "--truth", "truth.csv", "--json", "out.csv"),
        ("score", "2020", "out.csv", "--truth", "truth.csv", "--csv", "a", "--json", "./a"),
        ("leaderboard", "2020", "out.csv", "--truth", "truth.csv", "--csv", "truth.csv"),
        ("leaderboard", "2020", "sent", "--truth", "truth.csv", "--csv", "sent/one.csv"),
        ("compare", "2020", "out.csv", "out.csv", "--truth", "truth.csv", "--json", "out.csv"),
        ("manifest", "2020", "--truth", "truth.csv", "-o", "truth.csv"),
        ("score", "out.csv", "--task", "t.toml", "--truth", "truth.csv", "--markdown", "t.toml"),
    ],
)
def test_no_command_writes_onto_what_it_reads(words, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sent").mkdir()
    for name in ("out.csv", "truth.csv", "sent/one.csv"):
        (tmp_path / name).write_text("image_name,target\nISIC_0000001,1\nISIC_0000002,0\n")
    (tmp_path / "t.toml").write_text('[task.mine]\ntitle = "Mine"\n')
    before = {path: path.read_text() for path in tmp_path.rglob("*.*")}
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert "write to another file" in err or "two outputs" in err
    assert {path: path.read_text() for path in tmp_path.rglob("*.*")} == before


LONG = "x" * 300


@pytest.mark.parametrize("path", [LONG, f"{LONG}/in", ""])
@pytest.mark.parametrize(
    "words",
    [
        ("score", "2018/1", "PATH", "--truth", "out"),
        ("score", "2018/1", "out", "--truth", "PATH"),
        ("score", "2018/1", "out", "--truth", "out", "--groups", "PATH"),
        ("score", "2018/1", "out", "--truth", "out", "--html", "page.html", "--images", "PATH"),
        ("score", "2018/1", "out", "--truth", "out", "--html", "page.html", "--metadata", "PATH"),
        ("score", "2018/1", "out", "--truth", "out", "--csv", "PATH"),
        ("score", "out", "--task", "PATH", "--truth", "out"),
        ("score", "2020", "PATH", "--truth", "out"),
        ("leaderboard", "2018/1", "PATH", "--truth", "out"),
        ("leaderboard", "2018/1", "out", "--truth", "out", "--teams", "PATH"),
        ("validate", "2018/1", "out", "--manifest", "PATH"),
        ("validate", "2018/1", "out", "--images", "PATH"),
        ("compare", "2018/1", "out", "PATH", "--truth", "out"),
        ("manifest", "2018/1", "--truth", "PATH"),
    ],
)
def test_a_path_that_cannot_be_looked_at_is_usage(words, path, run, prediction, monkeypatch):
    # As below folders that nobody may enter: asking for it raises, where Path.exists tells nothing.
    monkeypatch.chdir(prediction.parent)
    status, out, err = run(*[path if word == "PATH" else word for word in words])
    assert status in (2, 3)
    assert out == ""
    assert err


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_not_utf_8_is_shown_in_every_format(run, prediction, monkeypatch):
    monkeypatch.chdir(prediction.parent)
    odd, truth = prediction.rename("odd\udcff"), shutil.copytree("odd\udcff", "truth")
    Path("task\udcff.toml").write_text('[task.mine]\ntitle = "Mine"\n')
    Path("sent").mkdir()
    shutil.copytree(odd, f"sent/{odd}")
    for words in (("score", "2018/1", odd), ("score", odd, "--task", "task\udcff.toml")):
        for option in ("--json", "--csv", "--markdown"):
            assert run(*words, "--truth", truth, option, "-", "--bootstrap", 9)[0] == 0
    for option in ("--json", "--csv", "--markdown", "--latex"):
        status, out, _ = run("leaderboard", "2018/1", "sent", "--truth", truth, option, "-")
        assert status == 0
        assert "odd" in out
    words = ("compare", "2018/1", odd, f"sent/{odd}", "--truth", truth, "--json", "-")
    assert run(*words)[0] == 0
