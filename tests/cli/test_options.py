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
