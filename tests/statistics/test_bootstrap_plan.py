"""Groups and strata: how draws of them are planned."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from isiceval.errors import IsicevalError
from isiceval.options import BootstrapOptions
from isiceval.sources.sidecars import read_groups
from isiceval.statistics.bootstrap import iter_weights, plan_bootstrap

IMAGES = ["a", "b", "c", "d"]


def plan(text, images=IMAGES, **fields):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "groups.csv"
        path.write_text(text)
        groups = read_groups(path)
    return plan_bootstrap(BootstrapOptions(groups=groups, **fields), images)


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
