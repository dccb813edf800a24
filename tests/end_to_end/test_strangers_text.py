"""Names of files and teams that try to act: on a terminal, in a spreadsheet, in Markdown."""

import csv
import io
import json
import re
import unicodedata
from zipfile import ZipFile

import pytest

from isiceval.cli.main import main

IMAGE = "ISIC_0000001"
HOSTILE = (
    "\x1b[31mred\x1b]0;title\x07",
    "\x1b[2J\x1b[H",
    "fdp.\u202egnp",
    "zero\u200bwidth\u2066x\u2069",
    "line\nbreak\rreturn\ttab",
    "=HYPERLINK(1)",
    "@SUM(A1)",
    "|pipe|<script>alert(1)</script>",
    "[link](javascript:alert(1))`code`",
)


@pytest.fixture
def truth(tmp_path, masks, save_masks):
    return save_masks(tmp_path / "truth", masks)


@pytest.fixture
def hostile(tmp_path, truth):
    """Make a zip of good masks, beside which every hostile name stands."""
    path = tmp_path / "team.zip"
    with ZipFile(path, "w") as archive:
        for mask in truth.iterdir():
            archive.write(mask, mask.name)
        for name in HOSTILE:
            archive.writestr(f"{name}.png", b"not a mask")
    return path


@pytest.fixture
def teams(tmp_path):
    """Make a table of teams of which each value is hostile."""
    path = tmp_path / "teams.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "team", "approach", "note"])
        for k, name in enumerate(HOSTILE):
            writer.writerow([f"{k}.zip", name, f"{name}!", name])
    return path


@pytest.fixture
def submissions(tmp_path, truth):
    folder = tmp_path / "submissions"
    folder.mkdir()
    for k in range(len(HOSTILE)):
        with ZipFile(folder / f"{k}.zip", "w") as archive:
            for mask in truth.iterdir():
                archive.write(mask, mask.name)
    return folder


def list_acting(text):
    """List the characters that do more than print; line ends are ours."""
    return [
        character
        for character in text
        if unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
        and character != "\n"
    ]


def run(capsys, *words):
    status = main([str(word) for word in words])
    out, err = capsys.readouterr()
    assert list_acting(out) == []
    assert list_acting(err) == []
    return status, out, err


def test_names_in_a_zip_only_print(hostile, truth, tmp_path, capsys):
    status, out, _ = run(capsys, "validate", "2018/1", hostile, "--truth", truth)
    assert status == 1
    assert "unsafe-name" in out
    assert "\\x1b[31m" in out
    assert run(capsys, "score", "2018/1", hostile, "--truth", truth)[0] == 1


@pytest.mark.parametrize("command", ["validate", "leaderboard"])
def test_names_in_a_zip_only_print_from_json(hostile, truth, capsys, command):
    asked = ["--json"] if command == "validate" else ["--json", "-"]
    _, out, _ = run(capsys, command, "2018/1", hostile, "--truth", truth, *asked)
    assert out.isascii()
    assert json.loads(out)


def test_names_in_a_zip_do_nothing_in_markdown(hostile, truth, capsys):
    _, out, _ = run(capsys, "leaderboard", "2018/1", hostile, "--truth", truth, "--markdown", "-")
    assert "<script" not in out


def test_names_of_teams_only_print(submissions, truth, teams, capsys):
    words = ["leaderboard", "2018/1", submissions, "--truth", truth, "--teams", teams]
    status, out, _ = run(capsys, *words)
    assert status == 0
    assert "\\x1b[31mred" in out


def test_names_of_teams_are_no_formulas(submissions, truth, teams, capsys):
    words = ["leaderboard", "2018/1", submissions, "--truth", truth, "--teams", teams]
    status, out, _ = run(capsys, *words, "--csv", "-")
    assert status == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    assert len(rows) == len(HOSTILE)
    for row in rows:
        assert not row["team"].startswith(("=", "@", "+", "-"))
        assert not row["note"].startswith(("=", "@", "+", "-"))
        assert float(row["jaccard"]) == 1.0, "numbers are left alone"
    assert "'=HYPERLINK(1)" in [row["team"] for row in rows]


def test_names_of_teams_do_nothing_in_markdown(submissions, truth, teams, capsys):
    words = ["leaderboard", "2018/1", submissions, "--truth", truth, "--teams", teams]
    _, out, _ = run(capsys, *words, "--markdown", "-")
    assert "<script" not in out
    assert not re.search(r"(?<!\\)\]\(", out)
    table = [line for line in out.splitlines() if line.startswith("|")]
    assert len(table) == 2 + len(HOSTILE)
    assert {line.replace("\\|", "").count("|") for line in table} == {table[0].count("|")}


def test_names_of_teams_stay_whole_in_json(submissions, truth, teams, capsys):
    words = ["leaderboard", "2018/1", submissions, "--truth", truth, "--teams", teams]
    _, out, _ = run(capsys, *words, "--json", "-")
    assert out.isascii()
    found = {standing["team"] for standing in json.loads(out)["standings"]}
    assert len(found) == len(HOSTILE)
