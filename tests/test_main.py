"""As a program of its own, isiceval starts and ends without looking for garbage."""

import gc
import subprocess
import sys

from isiceval.__main__ import run


def test_the_program_ends_as_the_command_line_does(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["isiceval", "explain", "no-such-code"])
    try:
        assert run() == 2
        assert gc.isenabled()
    finally:
        gc.unfreeze()
    assert "there is no problem code" in capsys.readouterr().err


def test_the_module_is_the_program():
    done = subprocess.run(
        [sys.executable, "-m", "isiceval", "--version"], capture_output=True, check=True
    )
    assert done.stderr == b""
    assert done.stdout.startswith(b"isiceval ")
