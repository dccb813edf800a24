"""What the reports say of chance in tables, attributes and superpixels."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

import isiceval
from isiceval.model import Bootstrap
from isiceval.reports import comparison as pairs
from isiceval.reports import csv as tables
from isiceval.reports import json as documents
from isiceval.reports import latex, markdown, rows
from isiceval.reports import text as terminal
from isiceval.reports.numbers import say_least

FIXTURES = Path(__file__).parents[2] / "fixtures"
TABLE = FIXTURES / "diagnosis"
TEAMS = [TABLE / "submissions" / f"{name}.csv" for name in ("deep-ensemble", "single-network")]


@pytest.fixture(scope="module")
def card():
    return isiceval.score("2018/3", truth=TABLE / "truth.csv", prediction=TEAMS[0], bootstrap=60)


@pytest.fixture(scope="module")
def board():
    submissions = {path.stem: path for path in TEAMS}
    truth = TABLE / "truth.csv"
    return isiceval.rank("2018/3", truth=truth, submissions=submissions, bootstrap=60)


@pytest.fixture(scope="module")
def comparison():
    first, second = TEAMS
    truth = TABLE / "truth.csv"
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


def test_the_other_methods_are_the_other_metrics(board):
    assert rows.list_methods(board)[:2] == ("auc_then_rank", "auc_above_sensitivity_then_rank")
    assert rows.list_methods(board)[-2:] == ("test_then_rank", "test_then_rank_holm")
    assert "balanced_accuracy_then_rank" not in rows.list_methods(board)
    assert not any("." in name for name in rows.list_methods(board))
    (first, second) = csv.DictReader(io.StringIO(tables.write_leaderboard(board)))
    assert (first["auc_then_rank"], second["auc_then_rank"]) == ("1", "2")
    assert "rank_then_mean" not in first
    assert float(first["ci_low"]) < float(first["balanced_accuracy"]) < float(first["ci_high"])
    off = replace(board, standings=tuple(replace(s, ranks={}) for s in board.standings))
    header = csv.DictReader(io.StringIO(tables.write_leaderboard(off))).fieldnames
    assert header == list(first), "the columns are the same without statistics"


def test_every_report_of_a_board_names_the_test(make, board):
    said = "(one-sided paired bootstrap tests, Holm, 5 %)"
    assert said in make.plain(terminal.print_leaderboard, board, width=120)
    assert said in markdown.write_leaderboard(board)
    assert said in latex.write_leaderboard(board)
    document = json.loads(documents.write_leaderboard(board))
    assert document["significance"]["test"] == "one-sided paired bootstrap"
    assert document["note"] == ""
    assert document["standings"][0]["ranks"]["npv_then_rank"] == 1


def test_latex_has_the_metrics_of_the_task(board):
    text = latex.write_leaderboard(board)
    assert "& AUC & AUC beyond 80\\% sensitivity & Average precision &" in text
    assert "Jaccard" not in text
    assert "& -" not in text


def test_a_note_says_why_there_are_no_statistics(make, board):
    bare = replace(board, bootstrap=None, significance=None, tau=None, note="No intervals: why.")
    assert "- No intervals: why." in make.plain(terminal.print_leaderboard, bare)
    assert "- No intervals: why." in markdown.write_leaderboard(bare)
    assert "% No intervals: why." in latex.write_leaderboard(bare)
    assert json.loads(documents.write_leaderboard(bare))["note"] == "No intervals: why."


def test_labels_have_the_interval_of_the_first_metric(make, card):
    table = rows.collect_labels(card)
    assert table.titles[:3] == ("AUC", "95 % interval", "AUC beyond 80% sensitivity")
    by_label = dict(table.rows)
    low, high = card.intervals["auc.NV"].low, card.intervals["auc.NV"].high
    assert by_label["NV"][1] == f"[{low:.4f}, {high:.4f}]"
    assert f"| NV | {by_label['NV'][0]} | {by_label['NV'][1]} |" in markdown.write_scorecard(card)
    bare = rows.collect_labels(replace(card, intervals={}, bootstrap=None))
    assert bare.titles[:2] == ("AUC", "AUC beyond 80% sensitivity")


def test_the_ranking_metric_of_labels_comes_first():
    task = isiceval.get_task("milk10k")
    folder = FIXTURES / "golden" / "official" / "milk10k"
    truth, prediction = (next((folder / part).iterdir()) for part in ("truth", "prediction"))
    card = isiceval.score(task, truth=truth, prediction=prediction, bootstrap=0)
    assert rows.collect_labels(card).titles[0] == "Dice"


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 160])
def test_the_last_columns_of_labels_give_way(make, card, width):
    text = make.plain(terminal.print_scorecard, card, width=width).split("By label\n")[1]
    table = text.split("\n\n")[0].splitlines()
    assert max(map(len, table)) <= max(width, len("(10 more columns in the JSON and the Markdown)"))
    assert [line.split()[0] for line in table if line[:1].isupper()][1:] == list(card.labels)
    assert ("more column" in table[-1]) == (width < 120)


def test_a_comparison_of_tables_on_the_terminal(make, comparison):
    text = make.plain(pairs.print_comparison, comparison, width=120)
    assert text.startswith("B is worse than A: Balanced accuracy -0.3984 [")
    heading = find_line(text, "Metric")
    assert "Effect" not in heading
    assert "B wins" not in heading
    assert "auc.MEL" not in text
    by_label = text.split("AUC by label\n")[1].split("\n\n")[0]
    assert by_label.splitlines()[0].split()[-2:] == ["DeLong", "p"]
    assert find_line(by_label, "MEL").split()[:3] == ["MEL", "1.0000", "0.8584"]
    assert "Chosen labels: both right in 34 images, neither in 2, only B in 4, only A in 20" in text
    assert "p 0.002 (exact McNemar), Cohen's g -0.33\n" in text
    assert "Improved by B (wrong in A): 4 images: ISIC_" in text
    assert "Worsened by B (right in A): 20 images: ISIC_" in text
    assert "Most different in the confidence in the truth (10 of 60)" in text
    assert "p: two-sided, by the paired bootstrap" in text
    assert "DeLong p: two-sided, of the AUC of one label" in text
    assert "Jaccard" not in text


def test_a_comparison_of_tables_in_markdown(comparison):
    text = pairs.write_markdown(comparison)
    assert text.startswith("## B is worse than A: Balanced accuracy -0.3984 ")
    assert "| Metric | A | B | B - A | 95 % interval | p |\n" in text
    assert "### AUC by label\n\n| Label | A | B | B - A | 95 % interval | p | DeLong p |\n" in text
    assert "\n- Chosen labels: both right in 34 images" in text
    assert "### Most different in the confidence in the truth (10 of 60)" in text


def test_a_comparison_of_attributes_has_wins(make, masks):
    text = make.plain(pairs.print_comparison, masks, width=120)
    assert find_line(text, "Metric").split()[-5:] == ["B", "wins", "A", "wins", "Same"]
    assert find_line(text, "Jaccard ").split()[-3:] == ["0", "3", "0"]
    assert "\nJaccard: B wins in 0 images, A in 3, 0 are the same\n" in text
    assert "Improved" not in text
    assert "Most different in Jaccard (3 of 3)" in text
    assert "With 3 images no one-sided p of draws is below 0.125 before it is adjusted." in text
    assert "Jaccard by label" in text
    assert "Jaccard A" not in text


def test_groups_are_said(make, comparison):
    grouped = replace(
        comparison,
        bootstrap=replace(comparison.bootstrap, grouped=True, n_units=20),
        differences={n: replace(d, p_delong=None) for n, d in comparison.differences.items()},
        agreement=replace(comparison.agreement, test="paired bootstrap of groups"),
    )
    text = make.plain(pairs.print_comparison, grouped, width=120)
    assert "both submissions meet the same draws of groups." in text
    assert "No test of DeLong or McNemar: they take no account of groups." in text
    assert "(paired bootstrap of groups)" in text
    assert "DeLong p" not in text
    mask = make.comparison()
    mask = replace(mask, bootstrap=replace(mask.bootstrap, grouped=True))
    said = "Wilcoxon's signed rank test of the mean difference of each group gives"
    assert said in make.plain(pairs.print_comparison, mask, width=120)


def test_few_images_are_warned_of():
    assert list(say_least(Bootstrap(draws=1000, seed=1, n_units=10))) == []
    few = Bootstrap(draws=1000, seed=1, n_units=4, grouped=True)
    (sentence,) = say_least(few)
    assert sentence.startswith("With 4 groups no one-sided p of draws is below 0.062")


def test_what_is_undefined_in_most_draws_is_a_dash(comparison):
    ranking = replace(
        comparison.differences["npv"], low=float("nan"), high=float("nan"), p_value=float("nan")
    )
    odd = replace(comparison, differences={**comparison.differences, "npv": ranking})
    line = find_line(pairs.write_markdown(odd), "| NPV |")
    assert line.endswith(" | - | - |")
    document = json.loads(documents.write_comparison(odd))
    assert document["differences"]["npv"]["p_value"] is None
