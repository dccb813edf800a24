import errno
import os
import subprocess
import sys

import pytest

import isiceval
from isiceval.cli.main import app, main


def test_the_version(run):
    assert run("--version") == (0, f"isiceval {isiceval.__version__}\n", "")


def test_without_a_command_there_is_help(run):
    status, out, err = run()
    assert status == 2
    assert "leaderboard" in out + err


@pytest.mark.parametrize("name", app.commands)
def test_every_command_has_help_with_whole_examples(run, name):
    command = app.commands[name]
    status, out, _ = run(name, "--help")
    assert status == 0
    assert command.help
    assert all(parameter.help for parameter in command.params)
    title, *examples = command.epilog.split("\n\n")
    assert title == "Examples:"
    for example in examples:
        assert example.startswith(f"isiceval {name}")
        assert example in [line.rstrip() for line in out.splitlines()]


def test_the_help_lists_every_command(run):
    status, out, _ = run("--help")
    assert status == 0
    assert "\x1b" not in out
    listed = [
        line.split()[0] for line in out.splitlines() if line.startswith("  ") and line.split()
    ]
    assert set(app.commands) <= set(listed)


def complete(*words):
    environment = dict(
        os.environ,
        _ISICEVAL_COMPLETE="bash_complete",
        COMP_WORDS=" ".join(words),
        COMP_CWORD=str(len(words) - 1),
    )
    run = subprocess.run(
        [sys.executable, "-m", "isiceval"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return [line.partition(",")[2] for line in run.stdout.split()]


def test_the_shell_completes_commands_options_and_choices():
    assert complete("isiceval", "sc") == ["score"]
    assert complete("isiceval", "score", "--boo") == ["--bootstrap"]
    assert complete("isiceval", "validate", "--checks", "f") == ["fast"]


def test_a_pipe_that_is_closed_early_loses_no_file(truth, prediction, tmp_path):
    card = tmp_path / "card.json"
    words = ["-m", "isiceval", "score", "2018/1", prediction, "--truth", truth, "--json", card]
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE) as process:
        process.stdout.close()
    assert isiceval.Scorecard.load(card).n_cases == 6


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pipe that says it is closed")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["tasks", "score", "explain"])
def test_a_pipe_that_is_closed_early_ends_the_run_quietly(truth, command, unbuffered, tmp_path):
    words = ["score", "2018/1", tmp_path, "--truth", truth] if command == "score" else [command]
    read_end, write_end = os.pipe()
    os.close(read_end)
    run = subprocess.run(
        [sys.executable, "-m", "isiceval", *words],
        stdout=write_end,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        check=False,
    )
    os.close(write_end)
    assert (run.returncode, run.stderr) == (1, b"")


def test_a_pipe_gets_no_colour_and_no_progress_bar(truth, prediction):
    words = [sys.executable, "-m", "isiceval", "score", "2018/1", prediction, "--truth", truth]
    run = subprocess.run(words, capture_output=True, text=True, check=True)
    assert "\x1b" not in run.stdout
    assert run.stderr == ""


@pytest.mark.skipif(sys.platform == "win32", reason="closes streams as a shell does")
@pytest.mark.parametrize("closed", [1, 2])
def test_a_closed_stream_is_no_traceback(closed, tmp_path):
    run = [sys.executable, "-m", "isiceval", *(("tasks", "nowhere")[:closed])]
    shell = f'"$@" {closed}>&-'
    words = ["sh", "-c", shell, "sh", *run]
    found = subprocess.run(words, capture_output=True, text=True, check=False)
    assert found.returncode == 2
    told = "isiceval: cannot write to standard output: it is closed\n"
    assert found.stderr == (told if closed == 1 else "")


def test_a_file_that_cannot_be_opened_is_named(monkeypatch, capsys):
    def fail(*_):
        raise PermissionError(errno.EACCES, "Permission denied", "locked/in")

    monkeypatch.setattr("isiceval.cli.main._run", fail)
    assert main(["tasks"]) == 2
    assert capsys.readouterr().err == "isiceval: cannot open locked/in: Permission denied\n"
