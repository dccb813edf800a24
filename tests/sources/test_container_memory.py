import pickle

import numpy as np
import pytest

from isiceval.errors import UsageError
from isiceval.sources.container import ArrayContainer, ReadError


class TestArrays:
    def test_names_are_the_keys(self):
        masks = {"b": np.zeros((2, 3), np.uint8), "a": object()}
        held = ArrayContainer(masks)
        assert held.names == ("a", "b")
        assert (held.form, held.ignored, held.problems) == ("memory", (), ())
        assert held.array("b") is masks["b"]
        assert held.name

    def test_an_array_has_no_bytes(self):
        held = ArrayContainer({"a": np.zeros((2, 3))})
        for read in (held.read, lambda name: held.head(name, 3)):
            with pytest.raises(ReadError) as caught:
                read("a")
            assert caught.value.problem.code == "wrong-array"

    def test_keys_must_be_ids(self):
        with pytest.raises(UsageError, match="1 is int"):
            ArrayContainer({1: np.zeros((2, 2))})

    def test_survives_the_way_to_another_process(self):
        copy = pickle.loads(pickle.dumps(ArrayContainer({"a": np.ones((1, 1))}, name="n")))
        assert copy.array("a") == np.ones((1, 1))
        assert copy.name == "n"
