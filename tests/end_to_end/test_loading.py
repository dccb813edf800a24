"""A small score loads what it needs and no more."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

HEAVY = {"pandas", "scipy", "skimage", "matplotlib", "sklearn", "PIL"}
LATER = {"multiprocessing", "concurrent.futures", "zipfile", "importlib.resources", "rich.progress"}
RANDOM = {"numpy.random", "numpy.ma"}
RANKING = {
    "isiceval.statistics.board",
    "isiceval.statistics.bootstrap",
    "isiceval.statistics.ranking",
}
LIST = """
import json, sys
before = set(sys.modules)  # what measures coverage loads modules of its own
from isiceval.cli.main import main
status = main(sys.argv[1:])
print()
print(json.dumps([status, sorted(set(sys.modules) - before)]))
"""


def list_modules(*words):
    run = subprocess.run(
        [sys.executable, "-c", LIST, *map(str, words)], capture_output=True, text=True, check=True
    )
    status, modules = json.loads(run.stdout.splitlines()[-1])
    assert status == 0, run.stderr
    return set(modules)


@pytest.fixture
def truth(tmp_path, masks, save_masks):
    return save_masks(tmp_path / "truth", masks)


def test_scoring_small_masks_loads_nothing_heavy(truth, tmp_path):
    outputs = ["--csv", tmp_path / "a.csv", "--json", tmp_path / "a.json"]
    loaded = list_modules("score", "2018/1", truth, "--truth", truth, *outputs)
    assert loaded & HEAVY == set()
    assert loaded & LATER == set()
    assert loaded & RANKING == {"isiceval.statistics.bootstrap"}, (
        "intervals need it, nothing else does"
    )
    assert loaded & RANDOM == {"numpy.random"}, "numpy.ma is for what nothing here computes"


def test_scoring_one_pair_redraws_and_wraps_nothing(tmp_path, save_masks, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    lesion = np.zeros((40, 60), bool)
    lesion[10:30, 20:40] = True
    one = save_masks(tmp_path / "one", {"ISIC_0000001": lesion})
    loaded = list_modules("score", "2018/1", one, "--truth", one)
    assert loaded & (HEAVY | LATER | RANDOM | {"secrets"}) == set()


def test_checking_headers_loads_nothing_heavy(truth):
    loaded = list_modules("validate", "2018/1", truth, "--truth", truth, "--headers-only")
    assert loaded & (HEAVY | LATER | RANKING) == set()


def test_what_is_asked_for_is_loaded(truth):
    loaded = list_modules("score", "2018/1", truth, "--truth", truth, "--checks", "all")
    assert "skimage" in loaded


def test_figures_are_drawn_for_pages_alone(truth, tmp_path):
    both = tmp_path / "submissions"
    shutil.copytree(truth, both / "one")
    words = ("leaderboard", "2018/1", both, "--truth", truth)
    others = ["--csv", tmp_path / "a.csv", "--json", tmp_path / "a.json"]
    assert list_modules(*words, *others) & {"matplotlib", "jinja2"} == set()
    assert list_modules(*words, "--html", tmp_path / "a.html") >= {"matplotlib", "jinja2"}


def test_scoring_a_table_loads_nothing_that_reads_masks():
    folder = Path(__file__).parents[2] / "fixtures" / "diagnosis"
    table = folder / "submissions" / "single-network.csv"
    loaded = list_modules("score", "2018/3", table, "--truth", folder / "truth.csv")
    unneeded = {"isiceval.readers.mask", "isiceval.kinds.segmentation", "zlib_ng"}
    assert loaded & (HEAVY | unneeded) == set()
