"""Rules on what the pixels of a mask say by themselves."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from isiceval.tasks.task import find_task

PIXELS = 40 * 30
LOSSY = (
    "4 grey values from 0 to 255; cut at the threshold > 128; lossy compression leaves such values"
)


@pytest.mark.parametrize(
    ("values", "foreground", "words"),
    [
        (
            (0, 1),
            0,
            (
                "values are 0 and 1; everything is background at the threshold > 128",
                "multiply by 255",
            ),
        ),
        (
            (1,),
            0,
            (
                "the only value is 1; everything is background at the threshold > 128",
                "multiply by 255",
            ),
        ),
        (
            (0, 128),
            0,
            (
                "values are 0 and 128; everything is background at the threshold > 128",
                "save the lesion as 255 and the rest as 0: (mask > 0).astype('uint8') * 255",
            ),
        ),
        (
            (0, 40, 90),
            0,
            (
                "3 grey values from 0 to 90; everything is background at the threshold > 128",
                "save the lesion as 255 and the rest as 0: (mask > 0).astype('uint8') * 255",
            ),
        ),
        (
            (0, 200),
            300,
            (
                "values are 0 and 200; only 200 is lesion at the threshold > 128",
                "save the lesion as 255 and the rest as 0: (mask > 0).astype('uint8') * 255",
            ),
        ),
        (
            (130, 200),
            PIXELS,
            (
                "values are 130 and 200; everything is lesion at the threshold > 128",
                "save the lesion as 255 and the rest as 0: (mask > 130).astype('uint8') * 255",
            ),
        ),
        (
            (0, 60, 128, 255),
            300,
            (
                "4 grey values from 0 to 255; cut at the threshold > 128",
                "save the lesion as 255 and the rest as 0: (mask > 128).astype('uint8') * 255",
            ),
        ),
        (
            (0, 3, 252, 255),
            300,
            (LOSSY, "save the lesion as 255 and the rest as 0: (mask > 128).astype('uint8') * 255"),
        ),
    ],
)
def test_odd_values_say_what_the_threshold_makes_of_them(
    find_problems, make_evidence, make_reading, values, foreground, words
):
    reading = make_reading(values=values, foreground=foreground)
    (problem,) = find_problems("not-binary", make_evidence(reading))
    assert problem.where == reading.name
    assert (problem.detail, problem.fix) == words


@pytest.mark.parametrize(
    ("values", "fix"),
    [
        ((0, 1), "multiply by 255, or pass booleans"),
        ((0, 7), "pass booleans: mask > 0"),
        ((0, 9, 255), "pass booleans: mask > 128"),
    ],
)
def test_arrays_may_be_booleans(find_problems, make_evidence, make_reading, values, fix):
    evidence = make_evidence(make_reading(values=values, foreground=0), form="memory")
    assert find_problems("not-binary", evidence)[0].fix == fix


def test_the_threshold_of_the_task_is_used(find_problems, make_evidence, make_reading):
    task = dataclasses.replace(find_task("2018/1"), threshold=0)
    (problem,) = find_problems("not-binary", make_evidence(make_reading(values=(0, 1)), task=task))
    assert problem.detail == "values are 0 and 1; only 1 is lesion at the threshold > 0"


def test_a_mask_that_lenient_rescales_is_not_what_the_official_scorer_sees(
    find_problems, make_evidence, make_reading
):
    evidence = make_evidence(make_reading(values=(0, 1), foreground=300), lenient=True)
    assert find_problems("not-binary", evidence)[0].detail == (
        "values are 0 and 1; read as 0 and 255 by --lenient; "
        "the official scorer sees all background"
    )


@pytest.mark.parametrize(
    ("values", "foreground", "effect"),
    [
        ((0, 1), 300, "rescaled to 0 and 255, as this task's official scorer does"),
        ((7,), PIXELS, "everything counts as lesion"),
        ((7,), 0, "everything counts as background"),
    ],
)
def test_the_task_of_2016_rescales_two_values(
    find_problems, make_evidence, make_reading, values, foreground, effect
):
    reading = make_reading(values=values, foreground=foreground)
    (problem,) = find_problems("not-binary", make_evidence(reading, task=find_task("2016/1")))
    assert problem.detail.endswith(f"; {effect}")


@pytest.mark.parametrize(
    "changes",
    [{"values": (0,)}, {"values": (255,)}, {"values": ()}, {"values": (0, 1), "mode": "P"}],
)
def test_plain_or_unread_values_are_no_problem(find_problems, make_evidence, make_reading, changes):
    assert find_problems("not-binary", make_evidence(make_reading(**changes))) == ()


def test_the_task_of_2016_refuses_grey_masks_once(find_problems, make_evidence, make_reading):
    reading = make_reading(values=(0, 9, 255), foreground=None)
    evidence = make_evidence(reading, task=find_task("2016/1"))
    (problem,) = find_problems("grey-mask", evidence)
    assert problem.detail == "3 grey values from 0 to 255, but this task accepts two values only"
    assert find_problems("not-binary", evidence) == ()
    assert find_problems("grey-mask", make_evidence(reading)) == ()


def test_a_grey_mask_that_lenient_reads_is_a_warning(find_problems, make_evidence, make_reading):
    reading = make_reading(values=(0, 9, 255))
    evidence = make_evidence(reading, task=find_task("2016/1"), lenient=True)
    assert find_problems("grey-mask", evidence) == ()
    assert len(find_problems("not-binary", evidence)) == 1


@pytest.mark.parametrize(
    ("changes", "reported"),
    [
        ({"values": (0,), "foreground": 0}, True),
        ({"values": (0, 1), "foreground": 0}, False),
        ({"values": (0, 1), "foreground": 0, "mode": "P"}, True),
        ({"foreground": 1}, False),
        ({"foreground": None}, False),
    ],
)
def test_an_empty_mask_is_reported_unless_odd_values_are_the_cause(
    find_problems, make_evidence, make_reading, changes, reported
):
    assert bool(find_problems("all-black", make_evidence(make_reading(**changes)))) == reported


@pytest.mark.parametrize(
    ("changes", "reported"),
    [
        ({"values": (255,), "foreground": PIXELS}, True),
        ({"values": (200,), "foreground": PIXELS}, False),
        ({"foreground": PIXELS - 1}, False),
        ({"size": None, "foreground": None}, False),
    ],
)
def test_a_full_mask_is_reported_unless_odd_values_are_the_cause(
    find_problems, make_evidence, make_reading, changes, reported
):
    assert bool(find_problems("all-white", make_evidence(make_reading(**changes)))) == reported


@pytest.mark.parametrize(
    ("border", "foreground", "shares"),
    [
        (1.0, 900, ("100 %", "75 %")),
        (0.998, 1199, ("> 99 %", "> 99 %")),
        (0.51, 601, ("51 %", "50 %")),
    ],
)
def test_a_mask_that_is_lesion_around_looks_inverted(
    find_problems, make_evidence, make_reading, border, foreground, shares
):
    reading = make_reading(border=border, foreground=foreground)
    (problem,) = find_problems("looks-inverted", make_evidence(reading))
    first, second = shares
    assert problem.detail == f"{first} of the border and {second} of the image are lesion"
    assert "255 - mask" in problem.fix
    (problem,) = find_problems("looks-inverted", make_evidence(reading, form="memory"))
    assert "~mask" in problem.fix


@pytest.mark.parametrize(
    "changes",
    [
        {"border": 0.5, "foreground": 900},
        {"border": 0.9, "foreground": 600},
        {"border": 1.0, "foreground": PIXELS},
        {"border": None, "foreground": None, "size": None},
    ],
    ids=["half the border", "half the image", "all white", "not read"],
)
def test_other_masks_do_not_look_inverted(find_problems, make_evidence, make_reading, changes):
    assert find_problems("looks-inverted", make_evidence(make_reading(**changes))) == ()


def test_regions_and_holes_are_counted_where_the_task_asks_for_one_region(
    find_problems, make_evidence, make_reading
):
    reading = make_reading(regions=3, holes=1)
    (regions,) = find_problems("several-regions", make_evidence(reading))
    (holes,) = find_problems("has-holes", make_evidence(reading))
    assert regions.detail == "3 separate regions, expected one"
    assert holes.detail == "1 hole in the mask, expected none"
    (holes,) = find_problems("has-holes", make_evidence(make_reading(holes=2)))
    assert holes.detail == "2 holes in the mask, expected none"
    elsewhere = make_evidence(reading, task=find_task("2017/1"))
    assert (
        find_problems("several-regions", elsewhere) == find_problems("has-holes", elsewhere) == ()
    )


def test_regions_that_nobody_counted_are_no_problem(find_problems, make_evidence, make_reading):
    evidence = make_evidence(make_reading(regions=None, holes=None))
    assert find_problems("several-regions", evidence) == find_problems("has-holes", evidence) == ()


@pytest.mark.parametrize(("mode", "reported"), [("array", True), ("1", False)])
def test_an_array_of_booleans_has_no_odd_values(
    find_problems, make_evidence, make_reading, mode, reported
):
    evidence = make_evidence(make_reading(mode=mode, values=(0, 1)), form="memory")
    assert bool(find_problems("not-binary", evidence)) == reported


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA"])
def test_soft_masks_stored_in_colour_are_as_soft_where_they_are_read(
    find_problems, make_evidence, make_reading, mode
):
    soft = make_reading(mode=mode, values=tuple(range(229)), conversions=("RGB to grey",))
    (problem,) = find_problems("not-binary", make_evidence(soft, lenient=True))
    assert "229 grey values" in problem.detail
    assert not list(find_problems("not-binary", make_evidence(soft)))


@pytest.mark.parametrize(
    ("values", "lesion"),
    [((0, 128), 128), ((0, 40, 90), 90), ((130, 200), 200), ((0, 60, 129, 255), 255)],
)
def test_the_fix_makes_a_mask_of_0_and_255_when_it_is_run(
    find_problems, make_evidence, make_reading, values, lesion
):
    (problem,) = find_problems("not-binary", make_evidence(make_reading(values=values)))
    mask = np.array([values], dtype=np.uint8)
    fixed = eval(problem.fix.partition(": ")[2], {"mask": mask})
    assert set(fixed.ravel().tolist()) == {0, 255}
    assert (fixed[mask == lesion] == 255).all()


@pytest.mark.parametrize(
    ("mode", "pixels", "expected"),
    [
        ("RGB", [[[0, 0, 0], [255, 255, 255]]], [[0, 255]]),
        ("RGB", [[[40, 0, 0], [255, 0, 0]]], [[0, 255]]),
        ("RGB", [[[100, 100, 100], [200, 200, 200]]], [[0, 255]]),
        ("RGB", [[[0, 0, 0], [1, 1, 1]]], [[0, 255]]),
        ("RGB", [[[0, 0, 0], [128, 0, 0]]], [[0, 255]]),
        ("RGB", [[[0, 0, 0], [0, 0, 0]]], [[0, 0]]),
        ("I;16", [[0, 65535]], [[0, 255]]),
        ("I;16", [[20_000, 50_000]], [[0, 255]]),
        ("I;16", [[0, 0]], [[0, 0]]),
    ],
)
def test_the_fix_of_a_wrong_mode_makes_a_grey_image_when_it_is_run(
    find_problems, make_evidence, make_reading, mode, pixels, expected
):
    (problem,) = find_problems("wrong-mode", make_evidence(make_reading(mode=mode)))
    code = problem.fix.partition(": ")[2].partition(" (or --")[0]
    mask = np.array(pixels, dtype=np.uint16 if mode == "I;16" else np.uint8)
    image = None if mode == "I;16" else Image.fromarray(mask)
    fixed = eval(code, {"mask": mask, "image": image, "np": np, "Image": Image})
    assert (fixed.mode, np.asarray(fixed).tolist()) == ("L", expected)
