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
