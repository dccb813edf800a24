"""A comparison on a terminal, in Markdown and in JSON."""

import json

import pytest

from isiceval.model import Change
from isiceval.reports import comparison as pairs
from isiceval.reports import json as documents


def test_the_result_is_one_line(make):
    assert pairs.say_result(make.comparison()).startswith(
        "B cannot be told apart from A: Thresholded Jaccard +0.1625 ["
    )
    assert pairs.say_result(make.comparison(worse=True)).startswith("B is worse than A: ")
    assert pairs.say_result(make.comparison(better=True)).startswith("B is better than A: ")


def test_the_terminal_tells_metrics_crossings_and_images(make):
    text = make.plain(pairs.print_comparison, make.comparison(), width=120)
    assert "A: a.zip\nB: b.zip\n2018/1 (profile today), 4 images\n" in text
    (line,) = [line for line in text.splitlines() if line.startswith("Jaccard ")]
    assert line.split()[:4] == ["Jaccard", "0.7875", "0.8250", "+0.0375"]
    assert line.split()[-3:] == ["1", "1", "2"]
    assert "Improved by B (Jaccard 0.65 or above, below it in A): 1 image: ISIC_0000001\n" in text
    assert "Worsened by B (Jaccard below 0.65, not so in A): 0 images\n" in text
    changes = text.split("Most different in Thresholded Jaccard (2 of 2)\n")[1].splitlines()
    assert changes[0].split() == ["Image", "A", "B", "B", "-", "A", "Jaccard", "A", "Jaccard", "B"]
    assert changes[2].split() == ["ISIC_0000001", "0.0000", "0.7000", "+0.7000", "0.5000", "0.7000"]
    assert "percentile bootstrap over 4 images, 100 draws, seed 12345." in text
    assert text.count("Signature: ") == 1


def test_the_wins_are_said(make):
    sentence = "Thresholded Jaccard: B wins in 1 image, A in 1, 2 are the same"
    assert f"\n{sentence}\n" in make.plain(pairs.print_comparison, make.comparison())
    assert f"\n- {sentence}\n" in pairs.write_markdown(make.comparison())


@pytest.mark.parametrize(("width", "columns"), [(60, 3), (80, 6), (120, 9)])
def test_the_last_columns_give_way_where_there_is_no_room(make, width, columns):
    text = make.plain(pairs.print_comparison, make.comparison(), width=width)
    (heading,) = [line for line in text.splitlines() if line.startswith("Metric")]
    known = ("A", "B", "B - A", "95 % interval", "p", "Effect", "B wins", "A wins", "Same")
    assert heading.split() == " ".join(("Metric", *known[:columns])).split()
    (line,) = [line for line in text.splitlines() if line.startswith("Thresholded Jaccard  ")]
    assert len(line) <= width


def test_a_long_name_is_folded(make):
    change = Change(image="x" * 100, first=0.1, second=0.2, first_jaccard=0.1, second_jaccard=0.2)
    comparison = make.comparison(changes=(change,))
    text = make.plain(pairs.print_comparison, comparison).split("Most different")[1]
    table = text.split("\n\n")[0].splitlines()[1:]
    assert max(map(len, table)) <= 80
    assert sum(line.count("x") for line in table) == 100


def test_the_jaccard_is_not_told_twice(make):
    text = make.plain(pairs.print_comparison, make.comparison(task="2017/1"), width=120)
    changes = text.split("Most different in Jaccard (2 of 2)\n")[1].splitlines()
    assert changes[0].split() == ["Image", "A", "B", "B", "-", "A"]


def test_two_signatures_are_both_shown(make):
    comparison = make.comparison(first_signature="x", second_signature="y")
    text = make.plain(pairs.print_comparison, comparison)
    assert text.endswith("\nSignature of A: x\nSignature of B: y\n")


def test_equal_submissions_have_no_table_of_images(make):
    comparison = make.comparison(changes=())
    assert "Most different" not in make.plain(pairs.print_comparison, comparison)
    assert "Most different" not in pairs.write_markdown(comparison)


def test_markdown_has_the_ranking_metric_in_bold(make):
    text = pairs.write_markdown(make.comparison())
    assert (
        "| Metric | A | B | B - A | 95 % interval | p | Effect | B wins | A wins | Same |" in text
    )
    assert "| **Thresholded Jaccard** | **0.6625** | **0.8250** | **+0.1625** |" in text
    assert "| Jaccard | 0.7875 | 0.8250 | +0.0375 |" in text
    assert (
        "\n- Improved by B (Jaccard 0.65 or above, below it in A): 1 image: ISIC_0000001\n" in text
    )
    assert "| ISIC_0000001 | 0.0000 | 0.7000 | +0.7000 | 0.5000 | 0.7000 |" in text


def test_the_json_has_every_image_and_only_finite_numbers(make):
    comparison = make.comparison(task="2017/1")
    document = json.loads(documents.write_comparison(comparison))
    assert document["first_aggregates"] == dict(comparison.first_aggregates)
    assert len(document["changes"]) == 4
    assert document["changes"][2]["first"] is None
    assert document["most_different"] == ["ISIC_0000001", "ISIC_0000000"]
    assert document["differences"]["accuracy"]["effect_size"] is None
    assert document["differences"]["jaccard"]["n_cases"] == 3
    assert document["rescued"] == ["ISIC_0000001"]
    assert document["signatures"] == [comparison.first_signature] * 2


@pytest.mark.parametrize("side", [0, 1])
def test_hostile_names_do_nothing(make, side):
    names = ["a", "b"]
    names[side] = make.hostile
    comparison = make.comparison(names=tuple(names))
    for text in (
        make.plain(pairs.print_comparison, comparison),
        pairs.write_markdown(comparison),
        documents.write_comparison(comparison),
    ):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "<b>" not in pairs.write_markdown(comparison)
