"""What the README says is so."""

import html
import re
import shlex

import pytest

from isiceval.cli.main import main
from isiceval.cli.reference import TOPICS
from tests.write_docs import LEADERBOARD, PICTURE, SCORE, fill, run_command


@pytest.fixture(scope="module")
def readme(root):
    return (root / "README.md").read_text(encoding="utf-8")


def test_it_is_short(readme):
    assert len(readme.splitlines()) <= 200


def test_the_first_score_prints_what_is_shown(readme):
    assert f"isiceval {SCORE}\n" in readme
    assert fill("score") == readme


def test_the_picture_shows_what_the_leaderboard_prints(readme):
    assert "(fixtures/leaderboard.svg)" in readme
    assert f"isiceval {LEADERBOARD}" in readme
    svg = PICTURE.read_text(encoding="utf-8")
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "").replace(
        "https://www.textualize.io", ""
    )
    shown = html.unescape(re.sub(r"<.*?>", "", svg)).replace("\xa0", " ")
    table = run_command(LEADERBOARD, COLUMNS="120").partition("Not ranked")[0]
    for word in table.split():
        if word.strip("-"):
            assert word in shown


def test_the_commands_on_fixtures_run(readme, root, monkeypatch, capsys):
    monkeypatch.chdir(root)
    blocks = re.findall(r"```sh\n(.*?)```", readme, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if "fixtures/" in line]
    commands = [line for line in lines if line.startswith("isiceval ")]
    assert len(commands) == 2
    for command in commands:
        assert main(shlex.split(command)[1:]) == 0


def test_every_topic_of_the_guide_is_linked(readme):
    linked = re.findall(r"\]\(isiceval/guide/(\S+)\.md\)", readme)
    assert sorted(linked) == sorted(TOPICS)


@pytest.mark.parametrize("code", ["wrong-dimensions", "not-binary", "unexpected-file"])
def test_the_codes_of_usual_mistakes_exist(readme, code, capsys):
    assert f"`{code}`" in readme
    assert main(["explain", code]) == 0


def test_usual_mistakes_are_reported_as_said(tmp_path, masks, save_masks, capsys):
    import numpy as np

    truth = save_masks(tmp_path / "truth", masks)
    (first, *rest) = masks
    wrong = {first: masks[first][:-1], "0.png": np.zeros((5, 5), bool)}
    wrong |= {image: masks[image].astype(np.uint8) for image in rest[1:]}
    assert main(
        ["validate", "2018/1", str(save_masks(tmp_path / "out", wrong)), "--truth", str(truth)]
    )
    out = capsys.readouterr().out
    for code in ("wrong-dimensions", "not-binary", "unexpected-file", "missing-prediction"):
        assert code in out
