"""Tasks found by id or read from a file."""

import re

import pytest

from isiceval.errors import IsicevalError, UsageError
from isiceval.metrics.registry import require_known
from isiceval.tasks.task import find_task, iter_tasks, list_built_in

BUILT_IN = list_built_in()
PROFILES = [(task.id, profile) for task in iter_tasks() for profile in task.profiles]


def test_the_segmentation_tasks_are_there():
    assert {"2016/1", "2017/1", "2018/1"} <= set(BUILT_IN)
    assert [task.id for task in iter_tasks()] == BUILT_IN


@pytest.mark.parametrize(("name", "profile"), PROFILES)
def test_every_profile_of_every_task_can_be_built(name, profile):
    task = find_task(name, profile=profile)
    assert (task.id, task.profile) == (name, profile)
    assert task.profiles[profile]
    assert require_known(task) is task
    assert task.title
    assert task.references
    assert task.digest == ""


@pytest.mark.parametrize("name", [t.id for t in iter_tasks() if t.kind == "mask"])
def test_the_example_of_every_task_fits_its_own_names(name):
    naming = find_task(name).naming
    stem, _, extension = naming.example.rpartition(".")
    image = re.match(naming.image, stem)
    assert extension == "png"
    assert stem[image.end() :] in naming.suffixes


@pytest.mark.parametrize(
    ("name", "profile", "expected"),
    [
        ("2016/1", None, ("2016", "jaccard", "omit", "refuse", False)),
        ("2016/1", "today", ("today", "threshold_jaccard", 1.0, "threshold", False)),
        ("2017/1", None, ("2017", "jaccard", "omit", "threshold", False)),
        ("2017/1", "today", ("today", "threshold_jaccard", 1.0, "threshold", False)),
        ("2018/1", None, ("today", "threshold_jaccard", 1.0, "threshold", True)),
        ("2018/1", "2018", ("2018", "threshold_jaccard", 0.0, "threshold", True)),
    ],
)
def test_segmentation_is_scored_as_each_edition_scored_it(name, profile, expected):
    task = find_task(name, profile=profile)
    found = (task.profile, task.ranking, task.undefined, task.grey, task.one_region)
    assert found == expected
    assert (task.threshold, task.jaccard_threshold) == (128, 0.65)


def test_an_unknown_profile_is_reported():
    with pytest.raises(UsageError, match="task 2018/1 has no profile '2019'; it has: today, 2018"):
        find_task("2018/1", profile="2019")


def test_a_misspelt_task_gets_the_nearest():
    with pytest.raises(
        UsageError, match=r"there is no task '2018-1'; did you mean '2018/1'\? A data"
    ):
        find_task("2018-1")


def test_an_unknown_task_gets_the_list():
    with pytest.raises(UsageError) as caught:
        find_task("xyz")
    assert "the tasks are " + ", ".join(BUILT_IN) in str(caught.value)
    assert "my-task.toml" in str(caught.value)


def write_task(path, text="[task.ours]\nthreshold = 99\n[task.ours.profiles.a]\n"):
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", ["my-task.toml", "MY-TASK.TOML"])
def test_a_task_file_is_read(tmp_path, name):
    task = find_task(write_task(tmp_path / name))
    assert (task.id, task.threshold, task.profile) == ("ours", 99, "a")
    assert len(task.digest) == 12


def test_a_task_file_takes_a_profile(tmp_path):
    path = write_task(tmp_path / "my.toml")
    assert find_task(path, profile="a").profile == "a"
    with pytest.raises(UsageError, match="has no profile 'b'"):
        find_task(path, profile="b")


def test_a_task_file_defines_one_task(tmp_path):
    path = write_task(tmp_path / "my.toml", "[task.a]\n[task.b]\n")
    with pytest.raises(IsicevalError, match=r"my\.toml must define one task, it defines 2"):
        find_task(path)


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
def test_a_task_file_that_cannot_be_read_is_reported(tmp_path, make):
    path = tmp_path / "my.toml"
    make(path)
    with pytest.raises(UsageError, match=r"cannot read the task file .*my\.toml: "):
        find_task(str(path))


def test_an_error_in_a_task_file_names_the_file_and_not_its_folder(tmp_path):
    path = write_task(tmp_path / "my.toml", "[task.a]\nthreshold = 300")
    with pytest.raises(IsicevalError, match=r"^my\.toml, task a: threshold = 300 is not valid"):
        find_task(path)
