"""The shell completes words once it has the line that says so."""

import os
import shutil
import subprocess
import sys

import pytest

from isiceval.cli.completion import SHELLS
from isiceval.cli.main import main


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


def test_commands_options_and_choices_are_completed():
    assert complete("isiceval", "sc") == ["score"]
    assert complete("isiceval", "score", "--ben") == []
    assert complete("isiceval", "score", "--boo") == ["--bootstrap"]
    assert complete("isiceval", "validate", "--checks", "f") == ["fast"]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_line_is_printed_and_installed_once(shell, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHELL", f"/usr/bin/{shell}")
    monkeypatch.setenv("HOME", str(tmp_path))
    line = SHELLS[shell].line
    assert main(["--show-completion"]) == 0
    assert line in capsys.readouterr().out.splitlines()
    assert main(["--install-completion"]) == 0
    assert main(["--install-completion"]) == 0
    assert (tmp_path / SHELLS[shell].start).read_text() == f"{line}\n"


def test_what_is_there_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("SHELL", "/bin/bash")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".bashrc").write_text("alias a=b")
    assert main(["--install-completion"]) == 0
    assert (tmp_path / ".bashrc").read_text() == f"alias a=b\n{SHELLS['bash'].line}\n"


def test_an_unknown_shell_is_usage(monkeypatch, capsys):
    monkeypatch.setenv("SHELL", "/bin/dash")
    assert main(["--show-completion"]) == 2
    assert "bash, zsh, fish, not in 'dash'" in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_takes_the_line(tmp_path):
    program = tmp_path / "isiceval"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m isiceval "$@"\n')
    program.chmod(0o755)
    environment = dict(os.environ, PATH=f"{tmp_path}:{os.environ['PATH']}")
    run = subprocess.run(
        ["bash", "--norc", "-c", f"{SHELLS['bash'].line}; complete -p isiceval"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "isiceval" in run.stdout
