"""Runs that end too early: no half-written file, no stray process, a clear word."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
N_IMAGES = 60


@pytest.fixture(scope="module")
def masks(tmp_path_factory):
    """Make a folder of masks that takes long enough to be interrupted."""
    folder = tmp_path_factory.mktemp("masks")
    generator = np.random.default_rng(0)
    noisy = generator.integers(0, 2, (1500, 1500), np.uint8) * np.uint8(255)
    Image.fromarray(noisy).save(folder / "first.png", compress_level=1)
    for k in range(N_IMAGES):
        os.link(folder / "first.png", folder / f"ISIC_{k:07d}_segmentation.png")
    (folder / "first.png").unlink()
    return folder


def start(masks, target, *, workers=2):
    words = ["score", "2018/1", masks, "--truth", masks, "--workers", workers]
    words += ["--csv", target / "cases.csv", "--json", target / "card.json"]
    return subprocess.Popen(
        [sys.executable, "-m", "isiceval", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def list_group(leader):
    """List the processes of a session that still run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == leader and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


@linux
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("started", [2, 3], ids=["while workers start", "while they work"])
def test_an_interrupted_run_leaves_nothing(masks, tmp_path, end, started):
    (tmp_path / "cases.csv").write_text("of an earlier run")
    with start(masks, tmp_path) as run:
        assert wait_until(lambda: len(list_group(run.pid)) >= started), "no worker was started"
        os.kill(run.pid, end)
        _, err = run.communicate(timeout=60)
        assert run.returncode == (130 if end == signal.SIGINT else -end), err.decode()
        assert wait_until(lambda: not list_group(run.pid)), "a worker outlived the run"
    assert b"Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["cases.csv"]
    assert (tmp_path / "cases.csv").read_text() == "of an earlier run"


FULL_DISK = """
import os, sys
from isiceval.cli.main import main

def full(descriptor):
    raise OSError(28, "No space left on device")

os.fsync = full
sys.exit(main(sys.argv[1:]))
"""


def test_a_full_disk_leaves_the_old_file(tmp_path, challenge):
    target = tmp_path / "card.json"
    target.write_text("of an earlier run")
    words = ["score", "2018/1", challenge / "submissions" / "careful-unet"]
    words += ["--truth", challenge / "truth", "--json", target]
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert "No space left on device" in run.stderr
    assert "Traceback" not in run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["card.json"]
    assert target.read_text() == "of an earlier run"


@linux
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", [["tasks"], ["explain", "all-black"], ["tasks", "2018/1"]])
def test_a_full_disk_below_standard_output_is_said(words, unbuffered):
    with Path("/dev/full").open("wb") as full:
        run = subprocess.run(
            [sys.executable, "-m", "isiceval", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
            check=False,
        )
    said = b"isiceval: cannot write to standard output: No space left on device\n"
    assert (run.returncode, run.stderr) == (2, said)


@linux
def test_a_limit_on_file_sizes_leaves_no_half_written_file(tmp_path, challenge):
    target = tmp_path / "card.json"
    words = ["score", "2018/1", challenge / "submissions" / "careful-unet"]
    words += ["--truth", challenge / "truth", "--json", target]
    limited = (
        "import resource, signal, sys; from isiceval.cli.main import main; "
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)); sys.exit(main(sys.argv[1:]))"
    )
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    environment = {k: v for k, v in environment.items() if not k.startswith("COVERAGE")}
    run = subprocess.run(
        [sys.executable, "-c", limited, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert run.returncode == 2
    assert "cannot write" in run.stderr
    assert list(tmp_path.iterdir()) == []
