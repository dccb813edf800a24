"""Every kind is there, with all its functions; the line of all choices, there and back."""

from typing import get_args

import pytest

from isiceval.kinds.kind import Kind
from isiceval.kinds.registry import find_kind, read_signature, sign, write_signature
from isiceval.model import Kind as KindName
from isiceval.tasks.task import Task

FUNCTIONS = Kind.__annotations__


@pytest.mark.parametrize("name", get_args(KindName))
def test_every_kind_is_complete(name):
    kind = find_kind(name)
    assert FUNCTIONS
    assert all(callable(getattr(kind, function)) for function in FUNCTIONS)


def test_signature_is_read_back():
    line = write_signature(task="a:b", threshold=0.65, lenient="no")
    assert line == "task:a:b|threshold:0.65|lenient:no"
    assert read_signature(line) == {"task": "a:b", "threshold": "0.65", "lenient": "no"}
    assert read_signature("nothing") == {}


def test_the_choices_of_a_kind_stand_between_task_and_truth():
    task = Task(id="own", title="Own", digest="0123456789ab")
    line = sign(task, {"missing": "zero"}, n=3, truth_digest="f" * 64)
    assert line.startswith("task:own|profile:default|metric:jaccard|missing:zero|n:3|truth:ffff")
    assert read_signature(line)["truth"] == "f" * 16
    assert read_signature(line)["taskfile"] == "0123456789ab"
