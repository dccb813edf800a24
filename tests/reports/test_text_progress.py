import io
import os
import pty
import subprocess
import sys

import pytest
from rich.console import Console

from isiceval.reports import text
from isiceval.reports.text import show_progress


def test_the_bar_counts_images_and_their_rate_and_is_gone_at_the_end(monkeypatch):
    monkeypatch.setattr(text, "monotonic", lambda: 1.0)
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100)
    with show_progress(console, "scoring") as (move, _):
        for done in range(1, 51):
            move(done, 50)
        shown = out.getvalue()
    assert "50/50" in shown
    assert "images/s" in shown
    assert "1/50" in shown
    assert "2/50" not in shown, "it is drawn a few times a second, not for every image"
    assert out.getvalue().endswith("\x1b[2K"), "the line is erased"


def test_draws_have_a_bar_where_they_take_longer_than_a_second(monkeypatch):
    clock = iter([0.0, 0.5, 1.5, 9.0])
    monkeypatch.setattr(text, "monotonic", lambda: next(clock))
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100)
    with show_progress(console, "scoring") as (_, draw):
        draw(10, 1000)
        draw(20, 1000)
        assert "resampling" not in out.getvalue()
        draw(300, 1000)
        assert "300/1000" in out.getvalue()
        draw(1000, 1000)
    assert "draws/s" in out.getvalue()


@pytest.mark.skipif(sys.platform != "linux", reason="needs a pseudo-terminal")
def test_a_terminal_gets_a_bar(challenge):
    ours, theirs = pty.openpty()
    words = ["score", "2018/1", "submissions/careful-unet", "--truth", "truth"]
    with subprocess.Popen(
        [sys.executable, "-m", "isiceval", *words],
        cwd=challenge,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    ) as process:
        summary = process.stdout.read().decode()
        os.close(theirs)
    bar = os.read(ours, 65536).decode()
    os.close(ours)
    assert process.returncode == 0
    assert "12/12" in bar
    assert "images/s" in bar
    assert "images/s" not in summary
