"""Every kind that a task may have is there, with all its functions."""

from typing import get_args

import pytest

from isiceval.kinds.kind import Kind
from isiceval.kinds.registry import find_kind
from isiceval.model import Kind as KindName

FUNCTIONS = [name for name in vars(Kind) if not name.startswith("_")]


@pytest.mark.parametrize("name", get_args(KindName))
def test_every_kind_is_complete(name):
    kind = find_kind(name)
    assert FUNCTIONS
    assert all(callable(getattr(kind, function)) for function in FUNCTIONS)
