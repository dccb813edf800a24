"""Rules on each file or array."""

import pytest

from isiceval.model import Problem, Size


@pytest.mark.parametrize(
    ("found", "detail", "fix"),
    [
        ("JPEG", "is a JPEG image", "--lenient"),
        ("", "is a git-lfs pointer", "git lfs pull"),
        ("HTML", "is a web page (HTML)", "download"),
        ("", "is a Windows shortcut", "shortcut"),
        ("TIFF", "is a TIFF image", "save the mask as PNG;"),
    ],
)
def test_a_wrong_format_has_the_fix_that_fits_it(
    find_problems, make_evidence, make_reading, found, detail, fix
):
    reading = make_reading(format=found, problems=(Problem("wrong-format", "", detail),))
    (problem,) = find_problems("wrong-format", make_evidence(reading))
    assert problem.detail == detail
    assert fix in problem.fix


@pytest.mark.parametrize(
    ("mode", "message", "fix"),
    [
        ("RGB", "has three colour channels (mode RGB)", "brightest channel"),
        ("RGBA", "colour channels and transparency (mode RGBA)", "brightest channel"),
        ("LA", "beside the grey value (mode LA)", "brightest channel"),
        ("P", "has a palette of colours (mode P)", "brightest channel"),
        ("I;16", "has 16 bits per pixel (mode I;16)", "astype('uint8')"),
        ("I;16B", "has 16 bits per pixel (mode I;16B)", "astype('uint8')"),
        ("CMYK", "has another pixel format (mode CMYK)", "brightest channel"),
    ],
)
def test_a_wrong_mode_is_named_with_its_fix(
    find_problems, make_evidence, make_reading, mode, message, fix
):
    (problem,) = find_problems(
        "wrong-mode", make_evidence(make_reading(mode=mode, foreground=None))
    )
    assert message in problem.detail
    assert "expected one 8-bit grey value" in problem.detail
    assert fix in problem.fix
    # Colours and transparency may be more than lenient reading takes; it is not promised.
    assert problem.fix.endswith(" (or --lenient)") == mode.startswith("I")


@pytest.mark.parametrize("mode", ["1", "L", ""])
def test_a_right_mode_is_no_problem(find_problems, make_evidence, make_reading, mode):
    assert find_problems("wrong-mode", make_evidence(make_reading(mode=mode))) == ()


def test_the_mode_of_what_is_no_png_is_not_another_problem(
    find_problems, make_evidence, make_reading
):
    given = (Problem("wrong-format", "", "is a JPEG image"),)
    reading = make_reading(mode="RGB", foreground=None, problems=given)
    assert find_problems("wrong-mode", make_evidence(reading)) == ()


def test_an_array_has_no_mode(find_problems, make_evidence, make_reading):
    reading = make_reading(mode="array", foreground=None)
    assert find_problems("wrong-mode", make_evidence(reading, form="memory")) == ()


def test_the_mode_of_a_damaged_png_is_reported_too(find_problems, make_evidence, make_reading):
    given = (Problem("damaged-png", "", "has no end"),)
    reading = make_reading(mode="RGB", foreground=None, problems=given)
    assert len(find_problems("wrong-mode", make_evidence(reading))) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"foreground": 300},
        {"sha256": ""},
        {"size": Size(4, 3)},
        {"problems": (Problem("unusable-colours", "", "channels differ"),)},
    ],
)
def test_lenient_is_silent_on_a_mode_that_it_reads_or_another_rule_reports(
    find_problems, make_evidence, make_reading, changes
):
    reading = make_reading(**{"mode": "RGB", "foreground": None, **changes})
    assert find_problems("wrong-mode", make_evidence(reading, lenient=True)) == ()


@pytest.mark.parametrize("given", [(), (Problem("odd-chunks", "", "tRNS"),)])
def test_lenient_reports_a_mode_that_it_could_not_read(
    find_problems, make_evidence, make_reading, given
):
    reading = make_reading(mode="CMYK", foreground=None, problems=given)
    (problem,) = find_problems("wrong-mode", make_evidence(reading, lenient=True))
    assert "--lenient" not in problem.fix


def test_wrong_dimensions_give_found_and_expected(find_problems, make_evidence, make_reading):
    (problem,) = find_problems("wrong-dimensions", make_evidence(make_reading(size=Size(20, 15))))
    assert problem.detail == "is 20 x 15, expected 40 x 30 (width x height)"
    assert problem.fix == "resize the mask to 40 x 30 with nearest neighbour"


def test_swapped_dimensions_are_called_so(find_problems, make_evidence, make_reading):
    (problem,) = find_problems("wrong-dimensions", make_evidence(make_reading(size=Size(30, 40))))
    assert problem.detail.endswith("; width and height are swapped")
    assert problem.fix.startswith(
        "transpose the array before you save it (mask.T), or turn it back"
    )


def test_the_shape_of_an_array_is_spelt_out(find_problems, make_evidence, make_reading):
    evidence = make_evidence(make_reading(size=Size(30, 40)), form="memory")
    (problem,) = find_problems("wrong-dimensions", evidence)
    assert problem.detail == ("has shape (40, 30), expected (30, 40); width and height are swapped")
    assert problem.fix == "transpose the array (mask.T), or turn it back if it was rotated"


@pytest.mark.parametrize("size", [Size(40, 30), None])
def test_a_size_that_fits_or_is_unknown_is_no_problem(
    find_problems, make_evidence, make_reading, size
):
    assert find_problems("wrong-dimensions", make_evidence(make_reading(size=size))) == ()


def test_without_an_expected_size_there_is_no_wrong_one(find_problems, make_evidence, make_reading):
    reading = make_reading(size=Size(4, 4))
    evidence = make_evidence(reading, expected={reading.image: None})
    assert find_problems("wrong-dimensions", evidence) == ()


def test_a_wrong_array_is_reported_as_found(find_problems, make_evidence, make_reading):
    reading = make_reading(problems=(Problem("wrong-array", "", "has 3 dimensions"),))
    (problem,) = find_problems("wrong-array", make_evidence(reading))
    assert problem.detail == "has 3 dimensions"
    assert "two-dimensional" in problem.fix


@pytest.fixture
def make_row(make_evidence, make_reading):
    """Return a builder of evidence from the widths expected and the widths found."""

    def build(expected, found):
        images = [f"ISIC_{number:07}" for number in range(1, len(expected) + 1)]
        readings = [
            make_reading(image, size=Size(width, 9))
            for image, width in zip(images, found, strict=True)
        ]
        sizes = {image: Size(w, 9) for image, w in zip(images, expected, strict=True)}
        return make_evidence(*readings, expected=sizes)

    return build


@pytest.mark.parametrize(
    ("found", "side", "count", "first"),
    [
        ((2, 3, 4, 5, 1), "next", "4 of 5", "ISIC_0000001"),
        ((5, 1, 2, 3, 4), "previous", "4 of 5", "ISIC_0000002"),
        ((1, 3, 4, 5, 5), "next", "3 of 3", "ISIC_0000002"),
        ((9, 1, 2, 3, 9), "previous", "3 of 5", "ISIC_0000002"),
    ],
)
def test_masks_moved_by_one_id_are_seen(find_problems, make_row, found, side, count, first):
    (problem,) = find_problems("looks-shifted", make_row((1, 2, 3, 4, 5), found))
    assert problem.where == "masks"
    assert problem.detail == (
        f"{count} masks of a wrong size have the size of the {side} image, from {first} on"
    )


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ((1, 2, 3, 4, 5), (1, 2, 3, 4, 5)),
        ((1, 2, 3, 4, 5), (2, 3, 3, 4, 5)),
        ((1, 2, 3, 4, 5, 6, 7), (2, 3, 4, 9, 9, 9, 9)),
        ((1, 2, 1, 2, 1, 2, 1), (2, 2, 2, 2, 2, 2, 2)),
    ],
    ids=["all right", "two only", "less than half", "all of one size"],
)
def test_other_wrong_sizes_are_not_called_a_shift(find_problems, make_row, expected, found):
    assert find_problems("looks-shifted", make_row(expected, found)) == ()
