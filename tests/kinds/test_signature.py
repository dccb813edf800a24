"""The line of all choices, there and back."""

from isiceval.kinds.signature import read_signature, sign, write_signature
from isiceval.tasks.task import Task


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
