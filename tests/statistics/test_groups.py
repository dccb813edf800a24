"""Groups and strata: how the table is read, and how draws are planned."""

import pytest

from isiceval.errors import IsicevalError, UsageError
from isiceval.statistics.bootstrap import iter_weights
from isiceval.statistics.groups import (
    Groups,
    Redrawing,
    choose_redrawing,
    parse_groups,
    plan_redrawing,
    read_groups,
)

IMAGES = ["a", "b", "c", "d"]


def plan(text, images=IMAGES, **fields):
    groups = parse_groups(text, where="groups.csv")
    return plan_redrawing(Redrawing(groups=groups, **fields), images)


def test_groups_and_strata_are_read_whatever_else_is_there():
    groups = parse_groups(
        "\ufeffImage;sex;Group;stratum\na;f;p1;x\n\nb;m;;y\n".removeprefix("\ufeff"), where="g"
    )
    assert groups.clusters == {"a": "p1", "b": ""}
    assert groups.strata == {"a": "x", "b": "y"}


def test_a_file_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "groups.csv"
    path.write_text("image,group\r\na,p1\r\n", encoding="utf-8-sig")
    assert read_groups(path) == Groups(where="groups.csv", clusters={"a": "p1"})


def test_images_of_a_group_are_drawn_together_and_others_apart():
    resampling, bootstrap = plan("image,group\na,p\nb,p\nc,\nd,\n", draws=200)
    assert (bootstrap.n_units, bootstrap.grouped, bootstrap.n_strata) == (3, True, 1)
    (weights,) = iter_weights(4, resampling)
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 2] != weights[:, 3]).any()
    assert (weights[:, 0] != weights[:, 2]).any()


def test_a_blank_group_is_no_group_of_that_name():
    _, bootstrap = plan("image,group\na,c\nb,c\nc,\nd,\n")
    assert bootstrap.n_units == 3


def test_every_draw_takes_as_many_from_each_stratum():
    resampling, bootstrap = plan("image,stratum\na,x\nb,x\nc,x\nd,y\n", draws=50)
    assert (bootstrap.n_units, bootstrap.grouped, bootstrap.n_strata) == (4, False, 2)
    (weights,) = iter_weights(4, resampling)
    assert (weights[:, :3].sum(axis=1) == 3).all()
    assert (weights[:, 3] == 1).all()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("image,group\na,p\nc,p\n", "groups.csv has no line for b and 1 more"),
        ("image,patient\na,p\n", "found 'image', 'patient'"),
        ("group\np\n", "image and group"),
        ("", "found nothing"),
        ("image,group\na,p\na,q\n", "gives a two values of group"),
        ("image,group\na\n", "the line 'a' lacks a cell"),
        ("image,group\n,p\n", "lacks a cell"),
        ("image,stratum\na,\n", "a has a blank stratum"),
        ('image,group\n"a,p\n', "not readable as CSV"),
        (
            "image,group,stratum\na,p,x\nb,p,y\nc,q,x\nd,q,x\n",
            "the group 'p' has images in the strata 'x' and 'y'",
        ),
    ],
)
def test_a_faulty_table_is_the_organisers_fault(text, said):
    with pytest.raises(IsicevalError, match=said) as caught:
        plan(text)
    assert caught.value.exit_status == 3


def test_a_table_that_is_not_there_is_usage(tmp_path):
    with pytest.raises(UsageError, match="cannot read the table of groups"):
        read_groups(tmp_path / "none.csv")


def test_zero_draws_mean_no_statistics():
    assert choose_redrawing(0, 1, None) is None
    with pytest.raises(UsageError, match="groups make no sense without draws"):
        choose_redrawing(0, 1, {"a": "p"})


def test_groups_may_be_a_mapping_or_a_path(tmp_path):
    path = tmp_path / "g.csv"
    path.write_text("image,group\na,p\n")
    assert choose_redrawing(5, 1, {"a": "p"}).groups.clusters == {"a": "p"}
    assert choose_redrawing(5, 1, path).groups.clusters == {"a": "p"}
    assert choose_redrawing(5, 1, str(path)) == choose_redrawing(5, 1, path)


@pytest.mark.parametrize(("draws", "seed"), [(-1, 0), (20_001, 0), (10, -1)])
def test_numbers_that_make_no_sense_are_usage(draws, seed):
    with pytest.raises(UsageError):
        choose_redrawing(draws, seed, None)
