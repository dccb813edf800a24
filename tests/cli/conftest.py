"""A truth, a submission, and the command line."""

import numpy as np
import pytest

from isiceval.cli.main import main


@pytest.fixture
def truth(tmp_path, masks, save_masks):
    return save_masks(tmp_path / "truth", masks)


@pytest.fixture
def prediction(tmp_path, masks, save_masks):
    return save_masks(tmp_path / "out", {i: np.roll(m, 1, axis=1) for i, m in masks.items()})


@pytest.fixture
def run(capsys):
    def run_command(*words):
        status = main([str(word) for word in words])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run_command
