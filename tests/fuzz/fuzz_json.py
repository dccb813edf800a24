"""Fuzz the readers of JSON: superpixels raise nothing, a scorecard only errors of ours."""

from __future__ import annotations

import json
import tempfile
from contextlib import suppress
from pathlib import Path

import atheris
from limits import run

with atheris.instrument_imports(include=["isiceval"]):
    from isiceval.checks.rules import read_rules
    from isiceval.readers.superpixels import read_superpixels, read_truth_superpixels
    from isiceval.reports.json import write_json
    from isiceval.scorecard import Scorecard

import numpy as np

import isiceval
from isiceval.errors import IsicevalError

FEATURES = ("globules", "streaks")
PATH = Path(tempfile.mkdtemp()) / "card.json"


def read(data: bytes) -> None:
    """Read the bytes in every way; a vector that comes back must be one."""
    for labels in ((), (0.0, 1.0)):
        for length in (3, None):
            found, faults = read_superpixels(
                data, features=FEATURES, name="a.json", n_expected=length, labels=labels
            )
            assert {fault.code for fault in faults} <= set(read_rules())
            for vector in found.values():
                assert vector.dtype == np.float64
                assert vector.ndim == 1
                assert not np.isinf(vector).any()
    with suppress(IsicevalError):
        read_truth_superpixels(data, features=FEATURES, name="a.json")
    PATH.write_bytes(data)
    with suppress(IsicevalError):
        Scorecard.load(PATH)


def write_seeds() -> list[bytes]:
    """Write superpixels, right and wrong, and a scorecard."""
    mask = np.eye(3, dtype=bool)
    card = isiceval.score("2018/1", truth={"ISIC_0000001": mask}, prediction={"ISIC_0000001": mask})
    documents = (
        {"globules": [0.0, 0.5, 1.0], "streaks": [0, 1, 1]},
        {"Globules": [0.1, "0.2", None], "streaks": [1e400, -1, {}], "x": []},
        {"globules": [[]], "streaks": 3},
    )
    texts = [json.dumps(document) for document in documents]
    texts += ['{"globules": [1], "globules": [NaN]}', "[" * 50, "[1, 2"]
    return [*(text.encode() for text in texts), write_json(card).encode()]


if __name__ == "__main__":
    run(read, write_seeds())
