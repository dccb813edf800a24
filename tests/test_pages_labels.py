"""The reports of tables, attribute masks and superpixels, from files to HTML."""

import re

import numpy as np
import pytest
from PIL import Image

import isiceval
from isiceval import pages
from isiceval.cli.main import main
from isiceval.errors import UsageError

TASKS = ("2018/3", "2018/2", "2017/2")


@pytest.fixture
def run(capsys):
    def run_command(*words):
        status = main([str(word) for word in words])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run_command


@pytest.fixture
def sources(root):
    """Truth, submission and an image of the made challenge of a task."""
    fixtures = root / "fixtures"

    def choose(task):
        match task:
            case "2018/3":
                folder = fixtures / "diagnosis"
                return folder / "truth.csv", folder / "submissions" / "deep-ensemble.csv"
            case "2018/2":
                folder = fixtures / "attributes"
                return folder / "truth", folder / "submissions" / "close"
            case _:
                folder = fixtures / "superpixels"
                return folder / "truth", folder / "submissions" / "trained"

    return choose


@pytest.fixture
def write_facts(tmp_path, sources):
    def write(task):
        images = isiceval.pipeline.list_images(task, truth=sources(task)[0])
        lines = [f"{image},{'arm' if k % 2 else 'back'}" for k, image in enumerate(images)]
        path = tmp_path / "facts.csv"
        path.write_text("\n".join(["image,site", *lines]), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("task", TASKS)
def test_every_kind_of_task_has_a_report_with_groups(run, tmp_path, sources, write_facts, task):
    truth, prediction = sources(task)
    target = tmp_path / "report.html"
    words = ("--html", target, "--metadata", write_facts(task), "--bootstrap", 50)
    status, _, err = run("score", task, prediction, "--truth", truth, *words)
    assert (status, err) == (0, "")
    page = target.read_text(encoding="utf-8")
    assert page.endswith("</html>\n")
    assert ">site</h3>" in page
    assert "50 draws, seed 12345" in page


@pytest.mark.parametrize("task", TASKS)
def test_the_function_writes_what_the_command_does(run, tmp_path, sources, task):
    truth, prediction = sources(task)
    target = tmp_path / "report.html"
    run("score", task, prediction, "--truth", truth, "--html", target, "--bootstrap", 50)
    card = isiceval.score(task, truth=truth, prediction=prediction, bootstrap=50)
    page = pages.write_scorecard(card, task=task, truth=truth, prediction=prediction, bootstrap=50)
    assert target.read_text(encoding="utf-8") == page


def test_photos_of_mistakes(run, tmp_path, sources):
    truth, prediction = sources("2018/3")
    card = isiceval.score("2018/3", truth=truth, prediction=prediction)
    wrong = [case.image for case in card.cases if not case.diagnosis.correct]
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.new("RGB", (60, 40), (180, 120, 90)).save(photos / f"{wrong[0]}.jpg")
    target = tmp_path / "report.html"
    words = ("--truth", truth, "--html", target, "--images", photos)
    assert run("score", "2018/3", prediction, *words)[0] == 0
    page = target.read_text(encoding="utf-8")
    assert page.count("data:image/webp;base64,") == 1
    assert f"{wrong[0]}: the dermoscopic image" in page
    words = (*words[:-1], tmp_path / "nowhere")
    status, _, err = run("score", "2018/3", prediction, *words)
    assert status == 3
    assert "does not exist" in err


@pytest.mark.parametrize("photographed", [False, True])
def test_masks_are_drawn_by_attribute(tmp_path, sources, photographed):
    truth, prediction = sources("2018/2")
    card = isiceval.score("2018/2", truth=truth, prediction=prediction)
    images = None
    if photographed:
        images = tmp_path / "photos"
        images.mkdir()
        for case in card.cases:
            size = (case.size.width, case.size.height)
            Image.new("RGB", size, (180, 120, 90)).save(images / f"{case.image}.jpg")
    page = pages.write_scorecard(
        card, task="2018/2", truth=truth, prediction=prediction, images=images
    )
    drawn = re.findall(
        r'alt="(ISIC_\d+), (\w+): outlines of truth and prediction over the (\w+)', page
    )
    assert len(drawn) == len(set(drawn)) == len(card.labels)
    assert {ground for _, _, ground in drawn} == {"image" if photographed else "mask"}
    assert {label for _, label, _ in drawn} <= set(card.labels)


def test_attribute_masks_in_memory():
    truth = {
        f"ISIC_000000{k}_attribute_{label}": np.eye(12, 9, k, dtype=bool)
        for k in range(3)
        for label in isiceval.get_task("2018/2").labels
    }
    card = isiceval.score("2018/2", truth=truth, prediction=truth)
    page = pages.write_scorecard(card, task="2018/2", truth=truth, prediction=truth, bootstrap=20)
    assert page.count("Jaccard 1.0000") >= 10


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("option", ["--public", "--public-cases"])
def test_what_is_public_has_no_page(run, tmp_path, sources, task, option):
    truth, prediction = sources(task)
    target = tmp_path / "report.html"
    status, _, err = run("score", task, prediction, "--truth", truth, "--html", target, option)
    assert status == 2
    assert "a page shows the truth" in err
    assert not target.exists()


def test_superpixels_have_no_photos(run, tmp_path, sources):
    truth, prediction = sources("2017/2")
    words = ("--truth", truth, "--html", tmp_path / "a.html", "--images", tmp_path)
    status, _, err = run("score", "2017/2", prediction, *words)
    assert status == 2
    assert "shows no photos" in err
    card = isiceval.score("2017/2", truth=truth, prediction=prediction)
    with pytest.raises(UsageError, match="shows no photos"):
        pages.write_scorecard(
            card, task="2017/2", truth=truth, prediction=prediction, images=tmp_path
        )


@pytest.mark.parametrize("task", ["2018/3", "2017/2"])
def test_what_is_no_mask_is_not_read_leniently(sources, task):
    truth, prediction = sources(task)
    card = isiceval.score(task, truth=truth, prediction=prediction)
    with pytest.raises(UsageError, match="lenient reading is for masks"):
        pages.write_scorecard(card, task=task, truth=truth, prediction=prediction, lenient=True)


@pytest.mark.parametrize("task", TASKS)
def test_a_page_needs_draws(run, tmp_path, sources, task):
    truth, prediction = sources(task)
    words = ("--truth", truth, "--html", tmp_path / "a.html", "--bootstrap", 0)
    status, _, err = run("score", task, prediction, *words)
    assert status == 2
    assert "--bootstrap 1 or more" in err
