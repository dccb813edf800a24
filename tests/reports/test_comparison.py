"""The blocks of a comparison: differences, images that changed, how it was made."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

import isiceval
from isiceval.model import Change
from isiceval.reports.comparison import describe
from isiceval.reports.json import write_json

FIXTURES = Path(__file__).parents[2] / "fixtures"


def test_the_result_is_one_line(make):
    for options, start in (
        (
            {"verdict": "undecided"},
            "B does not differ significantly from A: Thresholded Jaccard +0.1625 [",
        ),
        ({"verdict": "worse"}, "B is worse than A: "),
        ({"verdict": "better"}, "B is better than A: "),
        (
            {"verdict": "equivalent", "margin": 0.01},
            "B is equivalent to A (less than 0.01 apart): ",
        ),
        ({"verdict": "too few cases to tell"}, "B cannot be told from A with so few cases: "),
    ):
        heading, *_ = describe(make.comparison(**options))
        assert heading.text.startswith(start)


def test_the_terminal_tells_metrics_crossings_and_images(make):
    text = make.plain(make.comparison(), width=120)
    assert "- A: a.zip\n- B: b.zip\n- Task: 2018/1 (profile today), 4 images\n" in text
    (line,) = [line for line in text.splitlines() if line.startswith("Jaccard ")]
    assert line.split()[:4] == ["Jaccard", "0.7875", "0.8250", "+0.0375"]
    assert line.split()[-3:] == ["1", "1", "2"]
    assert "Improved by B (Jaccard 0.65 or above, below it in A): 1 image: ISIC_0000001\n" in text
    assert "Worsened by B (Jaccard below 0.65, not so in A): 0 images\n" in text
    changes = text.split("Most different in Thresholded Jaccard (2 of 2)\n")[1].splitlines()
    assert changes[0].split() == ["Image", "A", "B", "B", "-", "A", "Jaccard", "A", "Jaccard", "B"]
    assert changes[2].split() == ["ISIC_0000001", "0.0000", "0.7000", "+0.7000", "0.5000", "0.7000"]
    assert "Bayesian bootstrap with a pseudo-case over 4 images, 100 draws, seed 12345." in text
    assert text.count("Signature: ") == 1


def test_the_wins_are_said(make):
    sentence = "Thresholded Jaccard: B wins in 1 image, A in 1, 2 are the same"
    assert f"\n- {sentence}\n" in make.plain(make.comparison())
    assert f"\n- {sentence}\n" in make.markdown(make.comparison())


@pytest.mark.parametrize(("width", "columns"), [(80, 6), (120, 9)])
def test_the_last_columns_give_way_where_there_is_no_room(make, width, columns):
    text = make.plain(make.comparison(), width=width)
    (heading,) = [line for line in text.splitlines() if line.startswith("Metric")]
    known = ("A", "B", "B - A", "95 % interval", "p", "Effect", "B wins", "A wins", "Same")
    assert heading.split() == " ".join(("Metric", *known[:columns])).split()
    (line,) = [line for line in text.splitlines() if line.startswith("Thresholded Jaccard  ")]
    assert len(line) <= width


def test_a_long_name_is_folded(make):
    change = Change(image="x" * 100, first=0.1, second=0.2, first_jaccard=0.1, second_jaccard=0.2)
    comparison = make.comparison(changes=(change,))
    text = make.plain(comparison).split("Most different")[1]
    table = text.split("\n\n")[0].splitlines()[1:]
    assert max(map(len, table)) <= 80
    assert sum(line.count("x") for line in table) == 100


def test_the_jaccard_is_not_told_twice(make):
    text = make.plain(make.comparison(task="2017/1"), width=120)
    changes = text.split("Most different in Jaccard (2 of 2)\n")[1].splitlines()
    assert changes[0].split() == ["Image", "A", "B", "B", "-", "A"]


def test_two_signatures_are_both_shown(make):
    comparison = make.comparison(first_signature="x", second_signature="y")
    text = make.plain(comparison)
    assert text.endswith("\nSignature of A: x\nSignature of B: y\n")


def test_equal_submissions_have_no_table_of_images(make):
    comparison = make.comparison(changes=())
    assert "Most different" not in make.plain(comparison)
    assert "Most different" not in make.markdown(comparison)


def test_markdown_has_the_ranking_metric_in_bold(make):
    text = make.markdown(make.comparison())
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
    document = json.loads(write_json(comparison))
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
        make.plain(comparison),
        make.markdown(comparison),
        write_json(comparison),
    ):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "<b>" not in make.markdown(comparison)


@pytest.fixture(scope="module")
def comparison():
    names = ("deep-ensemble", "single-network")
    first, second = (FIXTURES / "diagnosis" / "submissions" / f"{name}.csv" for name in names)
    truth = FIXTURES / "diagnosis" / "truth.csv"
    return isiceval.compare("2018/3", first=first, second=second, truth=truth, bootstrap=200)


@pytest.fixture(scope="module")
def masks():
    root = FIXTURES / "attributes"
    first, second = (root / "submissions" / team for team in ("close", "guess"))
    return isiceval.compare(
        "2018/2", first=first, second=second, truth=root / "truth", bootstrap=100
    )


def find_line(text, start):
    return next(line for line in text.splitlines() if line.startswith(start))


def test_a_comparison_of_tables_on_the_terminal(make, comparison):
    text = make.plain(comparison, width=120)
    assert text.startswith("B is worse than A: Balanced accuracy -0.3984 [")
    heading = find_line(text, "Metric")
    assert "Effect" not in heading
    assert "B wins" not in heading
    assert "auc.MEL" not in text
    by_label = text.split("AUC by label\n")[1].split("\n\n")[0]
    assert by_label.splitlines()[0].split()[-1] == "p"
    assert find_line(by_label, "MEL").split()[:3] == ["MEL", "1.0000", "0.8584"]
    assert "Chosen labels: both right in 34 images, neither in 2, only B in 4, only A in 20" in text
    assert "p 0.002 (exact McNemar), Cohen's g -0.33\n" in text
    assert "Improved by B (wrong in A): 4 images: ISIC_" in text
    assert "Worsened by B (right in A): 20 images: ISIC_" in text
    assert "Most different in the confidence in the truth (10 of 60)" in text
    assert "p: two-sided, at most 0.05 where the interval lies on one side of 0" in text
    assert "the claim that the one ahead in Balanced accuracy is better is false: < 0.001" in text
    assert "Jaccard" not in text


def test_a_comparison_of_tables_in_markdown(make, comparison):
    text = make.markdown(comparison)
    assert text.startswith("## B is worse than A: Balanced accuracy -0.3984 ")
    assert "| Metric | A | B | B - A | 95 % interval | p |\n" in text
    assert "### AUC by label\n\n| Label | A | B | B - A | 95 % interval | p |\n" in text
    assert "\n- Chosen labels: both right in 34 images" in text
    assert "### Most different in the confidence in the truth (10 of 60)" in text


def test_a_comparison_of_attributes_has_wins(make, masks):
    text = make.plain(masks, width=120)
    assert find_line(text, "Metric").split()[-5:] == ["B", "wins", "A", "wins", "Same"]
    assert find_line(text, "Jaccard ").split()[-3:] == ["0", "3", "0"]
    assert "\n- Jaccard: B wins in 0 images, A in 3, 0 are the same\n" in text
    assert "Improved" not in text
    assert "Most different in Jaccard (3 of 3)" in text
    assert text.startswith("B cannot be told from A with so few cases: Jaccard -")
    assert "Jaccard by label" in text
    assert "Jaccard A" not in text


def test_groups_are_said(make, comparison):
    grouped = replace(
        comparison,
        bootstrap=replace(comparison.bootstrap, grouped=True, n_units=20),
        agreement=replace(comparison.agreement, test="difference of shares (by group)"),
    )
    text = make.plain(grouped, width=120)
    assert "over 20 groups" in text
    assert "(difference of shares (by group))" in text
    mask = make.comparison()
    mask = replace(mask, bootstrap=replace(mask.bootstrap, grouped=True))
    said = "Wilcoxon's signed rank test of the mean difference of each group gives"
    assert said in make.plain(mask, width=120)


def test_what_is_undefined_in_most_draws_is_a_dash(make, comparison):
    ranking = replace(
        comparison.differences["npv"], low=float("nan"), high=float("nan"), p_value=float("nan")
    )
    odd = replace(comparison, differences={**comparison.differences, "npv": ranking})
    line = find_line(make.markdown(odd), "| NPV |")
    assert line.endswith(" | - | - |")
    document = json.loads(write_json(odd))
    assert document["differences"]["npv"]["p_value"] is None


def test_a_narrow_terminal_shows_what_fits_and_says_so(make):
    text = make.plain(make.comparison(), width=60)
    (heading,) = [line for line in text.splitlines() if line.startswith("Metric")]
    assert heading.split() == ["Metric", "A", "B", "B", "-", "A", "p", "Effect"]
    assert "(4 more columns in a wider terminal and in --json)" in text
