"""Jobs of one image each: progress, files that end their reader, truths that cannot be used."""

import os

import numpy as np
import pytest

import isiceval
from isiceval.errors import IsicevalError
from isiceval.kinds.segmentation import MaskContext, measure_cases
from isiceval.model import FileMatch
from isiceval.readers.bitmask import count_packed
from isiceval.readers.mask import MaskRules
from isiceval.sources.container import ArrayContainer
from isiceval.sources.expected import Expected

IMAGES = [f"ISIC_{k:07d}" for k in range(10)]


class Deadly(ArrayContainer):
    """Masks of which one ends the process that reads it."""

    def array(self, name):
        if name == "ISIC_0000007":
            os._exit(9)
        return ArrayContainer.array(self, name)


def make_context(kind=ArrayContainer):
    arrays = {image: np.eye(k + 2, dtype=bool) for k, image in enumerate(IMAGES)}
    own = dict(zip(IMAGES, IMAGES, strict=True))
    return MaskContext(
        truth=ArrayContainer(arrays),
        submissions=(ArrayContainer(arrays), kind(arrays)),
        expectation=Expected(sizes=dict.fromkeys(IMAGES), files=own),
        pairings=(FileMatch(matched=own),) * 2,
        rules=MaskRules(),
        measures={"counts": count_packed},
    )


@pytest.mark.parametrize("workers", [1, 2])
def test_results_and_progress_come_in_the_order_of_the_jobs(workers):
    seen = []
    results = measure_cases(
        make_context(), workers=workers, progress=lambda *args: seen.append(args)
    )
    assert [result.image for result in results] == IMAGES
    assert [result.found[0][2][0].tp for result in results] == [k + 2 for k in range(10)]
    assert seen == [(k + 1, 10) for k in range(10)]


def test_a_file_that_kills_its_reader_is_named_and_nothing_else_is_lost():
    results = measure_cases(make_context(Deadly), workers=2)
    assert [result.image for result in results] == IMAGES
    for result in results:
        fatal = result.image == "ISIC_0000007"
        assert result.truth is not None
        assert [counts is None for _, _, counts in result.found] == [False, fatal]
        problems = [(index, p.code) for index, info, _ in result.found for p in info.problems]
        assert problems == ([(1, "unreadable-file")] if fatal else [])


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (np.arange(9, dtype=np.uint8).reshape(3, 3) * 20, "9 grey values"),
        (np.zeros((3, 3)), "holds float64 values"),
    ],
)
def test_why_a_truth_cannot_be_used(array, says):
    prediction = {"ISIC_0000000": np.eye(3, dtype=bool)}
    with pytest.raises(IsicevalError, match=f"is at fault: ISIC_0000000: .*{says}"):
        isiceval.score("2018/1", truth={"ISIC_0000000": array}, prediction=prediction)
