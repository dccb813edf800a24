"""The pages from files to HTML, by the command line and by the functions."""

import re

import numpy as np
import pytest

import isiceval
from isiceval import pages
from isiceval.cli.main import main


@pytest.fixture
def run(capsys):
    def run_command(*words):
        status = main([str(word) for word in words])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run_command


@pytest.fixture
def score_words(challenge):
    submission = challenge / "submissions" / "careful-unet"
    return ("score", "2018/1", submission, "--truth", challenge / "truth")


def test_a_report_with_photos_and_groups(run, tmp_path, challenge, score_words):
    facts = tmp_path / "facts.csv"
    facts.write_text("isic_id,site\nISIC_9900012,arm\nISIC_9900047,back\n", encoding="utf-8")
    target = tmp_path / "report.html"
    words = ("--html", target, "--images", challenge / "images", "--metadata", facts)
    status, _, err = run(*score_words, *words)
    assert (status, err) == (0, "")
    page = target.read_text(encoding="utf-8")
    assert page.count("data:image/webp;base64,") == 12
    assert page.count("over the image, Jaccard") == 12
    assert "not given" in page
    assert ">site</h3>" in page


def test_a_report_without_photos(run, tmp_path, score_words):
    target = tmp_path / "report.html"
    assert run(*score_words, "--html", target)[0] == 0
    assert target.read_text(encoding="utf-8").count("over the mask, Jaccard") == 12


def test_the_same_command_writes_the_same_bytes(run, tmp_path, score_words):
    for name in ("one.html", "two.html"):
        run(*score_words, "--html", tmp_path / name)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_a_page_on_standard_output_is_alone_there(run, score_words):
    status, out, err = run(*score_words, "--html", "-")
    assert status == 0
    assert out.startswith("<!doctype html>")
    assert out.endswith("</html>\n")
    assert "Thresholded Jaccard" in err


@pytest.mark.parametrize("option", ["--images", "--metadata"])
def test_what_only_a_page_shows_needs_a_page(run, tmp_path, score_words, option):
    status, _, err = run(*score_words, option, tmp_path)
    assert status == 2
    assert "give --html FILE too" in err


def test_a_page_shows_single_images_so_none_is_public(run, tmp_path, challenge):
    command = ("leaderboard", "2018/1", challenge / "submissions", "--truth", challenge / "truth")
    status, _, err = run(*command, "--public", "--html", tmp_path / "board.html")
    assert status == 2
    assert "a page shows single images" in err


def test_a_fault_of_images_or_metadata_writes_nothing(run, tmp_path, score_words):
    target = tmp_path / "report.html"
    status, _, err = run(*score_words, "--html", target, "--images", tmp_path / "nowhere")
    assert status == 3
    assert "does not exist" in err
    status, _, err = run(*score_words, "--html", target, "--metadata", tmp_path / "nowhere")
    assert status == 2
    assert "cannot read the metadata" in err
    assert not target.exists()


def test_a_leaderboard_lists_all_and_shows_the_ranked(run, tmp_path, challenge):
    target = tmp_path / "board.html"
    status, _, err = run(
        *("leaderboard", "2018/1", challenge / "submissions", "--truth", challenge / "truth"),
        *("--teams", challenge / "teams.csv", "--html", target),
    )
    assert (status, err) == (0, "")
    page = target.read_text(encoding="utf-8")
    table = page.split('id="board"')[1].split("</table>")[0]
    rows = re.findall(r'<th scope="row"[^>]*>(.*?)</th>', table)
    assert rows == ["careful-unet", "coarse-grid", "plain-threshold.zip", "broken"]
    assert "uses_external_data" in table
    assert "invalid: 9 errors" in page


def test_masks_in_memory_and_draws_of_ones_own(masks):
    prediction = {image: np.roll(mask, 2, axis=1) for image, mask in masks.items()}
    card = isiceval.score("2018/1", truth=masks, prediction=prediction)
    page = pages.write_scorecard(
        card,
        task="2018/1",
        truth=masks,
        prediction=prediction,
        bootstrap=50,
        seed=9,
    )
    assert "50 draws, seed 9" in page
    assert page.count("data:image/webp;base64,") == 6
    submissions = {"a": prediction, "b": masks}
    board = isiceval.rank("2018/1", truth=masks, submissions=submissions, bootstrap=50, seed=9)
    page = pages.write_leaderboard(board, task=isiceval.get_task("2018/1"))
    assert "50 draws, seed 9" in page


def test_a_board_and_its_page_are_redrawn_with_the_same_groups(run, tmp_path, challenge):
    groups = tmp_path / "groups.csv"
    images = sorted(path.name[:12] for path in (challenge / "truth").iterdir())
    rows = (f"{image},{place // 3}" for place, image in enumerate(images))
    groups.write_text("\n".join(["image,group", *rows]), encoding="utf-8")
    command = ("leaderboard", "2018/1", challenge / "submissions", "--truth", challenge / "truth")
    target = tmp_path / "board.html"
    assert run(*command, "--groups", groups, "--html", target)[0] == 0
    assert "Bayesian bootstrap with a pseudo-case over 4 groups" in target.read_text(
        encoding="utf-8"
    )


def test_a_page_shows_no_chances_where_images_were_not_redrawn(run, tmp_path, challenge):
    command = ("leaderboard", "2018/1", challenge / "submissions", "--truth", challenge / "truth")
    target = tmp_path / "board.html"
    assert run(*command, "--bootstrap", "0", "--html", target)[0] == 0
    page = target.read_text(encoding="utf-8")
    assert "how much of this order is chance is not known" in page
    for section in ("certainty", "methods", "differences"):
        assert f'id="{section}"' not in page
    assert 'id="hard"' in page


def test_masks_of_several_labels_are_images_of_their_own(challenge):
    folder = challenge.parent / "attributes"
    board = isiceval.rank(
        "2018/2", truth=folder / "truth", submissions=[folder / "submissions"], bootstrap=0
    )
    page = pages.write_leaderboard(board, task="2018/2")
    table = page.split('id="hardest"')[1].split("</table>")[0]
    names = re.findall(r'<th scope="row"[^>]*>(.*?)</th>', table)
    assert len(set(names)) == len(names) == 15
    assert all(re.fullmatch(r"ISIC_\d{7} \w+", name) for name in names)


@pytest.mark.parametrize(
    ("task", "folder", "truth", "labels", "has_images"),
    [
        ("2018/3", "diagnosis", "truth.csv", 7, False),
        ("2018/2", "attributes", "truth", 5, True),
        ("2017/2", "superpixels", "truth", 4, False),
    ],
)
def test_boards_of_every_kind_have_pages(
    run, tmp_path, challenge, task, folder, truth, labels, has_images
):
    made = challenge.parent / folder
    target = tmp_path / "board.html"
    command = ("leaderboard", task, made / "submissions", "--truth", made / truth)
    status, _, err = run(*command, "--html", target)
    assert (status, err) == (0, "")
    page = target.read_text(encoding="utf-8")
    table = page.split('id="labels"')[1].split("<thead>")[1].split("</thead>")[0]
    assert table.count('<th scope="col" class="num"') == labels
    assert ('id="hard"' in page) == has_images
    assert not re.search(r"\b0\.65\b", page)
