"""The values that pass between the stages."""

import dataclasses
import pickle

import pytest

from isiceval import model
from isiceval.model import Counts, Leaderboard, MaskInfo, Problem, Size, Standing, Validation

ERROR = Problem(code="a", severity="error", where="x", detail="m", fix="f")
WARNING = Problem(code="b", severity="warning", where="y", detail="m", fix="f")


def test_size_tells_its_pixels_and_itself():
    size = Size(600, 450)
    assert size.pixels == 270_000
    assert str(size) == "600 x 450"
    assert size.swapped == Size(450, 600)
    assert size.swapped.swapped == size


def test_counts_add_field_by_field():
    total = Counts(tp=1, fp=2, fn=3, tn=4) + Counts(tp=10, fp=20, fn=30, tn=40)
    assert total == Counts(tp=11, fp=22, fn=33, tn=44)


def test_counts_tell_their_sums():
    counts = Counts(tp=1, fp=20, fn=300, tn=4000)
    assert (counts.truth, counts.prediction, counts.total) == (301, 21, 4321)


def test_counts_cannot_be_given_by_position():
    with pytest.raises(TypeError):
        Counts(1, 2, 3, 4)


def test_validation_parts_errors_from_warnings():
    validation = Validation(
        task="2018/1", submission="s", form="zip", n_expected=2, n_matched=2,
        problems=(WARNING, ERROR),
    )  # fmt: skip
    assert validation.errors == (ERROR,)
    assert validation.warnings == (WARNING,)
    assert not validation.valid


@pytest.mark.parametrize("problems", [(), (WARNING,)])
def test_validation_without_errors_is_valid(problems):
    validation = Validation(
        task="t", submission="s", form="folder", n_expected=1, n_matched=1, problems=problems
    )
    assert validation.valid
    assert validation.errors == ()


def test_standing_counts_its_problems():
    standing = Standing(rank=None, submission="s", problems=(WARNING, ERROR, WARNING))
    assert (standing.n_errors, standing.n_warnings) == (1, 2)


def test_leaderboard_shares_ties_by_default():
    board = Leaderboard(task="t", profile="p", metric="m", standings=())
    assert (board.per, board.ties) == ("submission", "share")


VALUES = [
    value
    for value in vars(model).values()
    if isinstance(value, type) and value.__module__ == model.__name__
]


def test_there_are_values():
    assert {Size, Counts, Problem, Validation, Leaderboard} <= set(VALUES)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.__name__)
def test_values_are_frozen_and_slotted(value):
    assert dataclasses.is_dataclass(value)
    assert value.__dataclass_params__.frozen
    assert hasattr(value, "__slots__")
    assert value.__bases__ == (object,)


@pytest.mark.parametrize(
    "value", [Size(1, 2), Counts(tp=1, fp=2, fn=3, tn=4), ERROR, Standing(rank=1, submission="s")]
)
def test_values_survive_the_way_between_processes(value):
    assert pickle.loads(pickle.dumps(value)) == value


def test_problems_of_a_mask_are_added_after_those_there_are():
    info = MaskInfo(image="a", name="a.png", problems=(Problem("empty-file", "a.png", "x"),))
    found = info.add_problems("damaged-png", "one", "two")
    assert [problem.detail for problem in found.problems] == ["x", "one", "two"]
    assert {problem.where for problem in found.problems} == {"a.png"}
    assert info.add_problems("damaged-png") == info


def test_results_show_themselves_in_one_line():
    found = Validation(
        task="2018/1", submission="a", form="folder", n_expected=1, n_matched=1, problems=(ERROR,)
    )
    assert repr(found) == "<Validation of a for 2018/1, invalid: a (1)>"
    assert not found
    fine = dataclasses.replace(found, problems=(WARNING,))
    assert repr(fine) == "<Validation of a for 2018/1, valid>"
    assert fine
    first = Standing(rank=1, submission="a", aggregates={"dice": 0.5})
    last = Standing(rank=None, submission="b", status="invalid")
    board = Leaderboard(task="2018/1", profile="p", metric="dice", standings=(first, last))
    assert repr(board) == (
        "<Leaderboard of 2018/1: 1 of 2 submissions ranked, first a dice 0.5000>"
    )
    empty = dataclasses.replace(board, standings=(last,))
    assert repr(empty) == "<Leaderboard of 2018/1: 0 of 1 submissions ranked>"
