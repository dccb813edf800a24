"""What the guide says is so."""

import re
import shlex
import tomllib

import pytest

from isiceval.cli.main import app, main
from isiceval.cli.reference import TOPICS
from isiceval.metrics.registry import require_known
from isiceval.tasks.task import build_task
from tests.write_docs import PARTS, ROOT, fill

TEXTS = {name: path.read_text(encoding="utf-8") for name, path in TOPICS.items()}
TEXTS["README"] = (ROOT / "README.md").read_text(encoding="utf-8")


def find_blocks(language):
    return [
        (name, block)
        for name, text in TEXTS.items()
        for block in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    ]


COMMANDS = sorted(
    {
        part.strip()
        for _, block in find_blocks("sh")
        for line in block.splitlines()
        for part in line.partition("  # ")[0].split("&&")
        if part.strip().startswith("isiceval ")
    }
)


@pytest.mark.parametrize("name", PARTS)
def test_generated_parts_are_true(name):
    path, _ = PARTS[name]
    assert fill(name) == path.read_text(encoding="utf-8"), "run python tests/write_docs.py"


@pytest.mark.parametrize("name", TEXTS)
def test_every_page_has_a_title_and_short_lines(name):
    lines = TEXTS[name].splitlines()
    assert lines[0].startswith("# ")
    # Tables and commands may be longer: they cannot be broken.
    prose = [line for line in lines if not re.match(r"[|!]|isiceval |python |Signature", line)]
    assert max(map(len, prose)) <= 130


@pytest.mark.parametrize("name", TEXTS)
def test_topics_and_files_that_are_named_exist(name):
    for topic in re.findall(r"`isiceval guide ([a-z-]+)`", TEXTS[name]):
        assert topic in TOPICS
    for path in re.findall(r"`((?:isiceval|tests|fixtures)/[\w./-]+)`", TEXTS[name]):
        assert (ROOT / path).exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_can_be_parsed(command):
    """Options exist, values fit, and nothing is missing."""
    _, name, *words = shlex.split(command)
    assert name in app.commands
    if words and words[0].isupper():  # a placeholder
        return
    app.commands[name].make_context(name, words, resilient_parsing=False).close()


FIXTURES = [command for command in COMMANDS if "fixtures/" in command]


@pytest.mark.parametrize("command", FIXTURES)
def test_commands_on_fixtures_run(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    words = shlex.split(command.replace(" cases.csv", f" {tmp_path / 'cases.csv'}"))[1:]
    words = [str(tmp_path / word) if word == "leaderboard.csv" else word for word in words]
    assert main(words) == int("broken" in command or "no-streaks" in command)


def test_there_are_commands_on_every_kind_of_fixture():
    for kind in ("challenge", "diagnosis", "attributes", "superpixels"):
        assert any(f"fixtures/{kind}" in command for command in FIXTURES)


@pytest.mark.parametrize(("name", "example"), find_blocks("python"))
def test_python_examples_run(name, example, challenge, tmp_path, monkeypatch):
    """Those that name files run on the made challenge; those of pytest are compiled."""
    import shutil

    code = compile(example, f"{name}.md", "exec")
    if name == "pytest":
        return
    if "data/truth" in example:
        monkeypatch.chdir(tmp_path)
        shutil.copytree(challenge / "truth", tmp_path / "data" / "truth")
        for target in ("out/masks", "out/new", "submissions/one"):
            shutil.copytree(challenge / "submissions" / "careful-unet", tmp_path / target)
    exec(code, {})


def test_the_task_files_are_tasks():
    built = {}
    for page, block in find_blocks("toml"):
        for name, table in tomllib.loads(block).get("task", {}).items():
            built[name] = require_known(build_task(name, table, where=page))
    mine, tables = built["my-lesions"], built["my-diagnoses"]
    assert (mine.ranking, mine.cases, mine.naming.suffixes) == ("dice", 120, ("_mask",))
    assert (tables.labels, tables.weights) == (("benign", "malignant"), {"case-3": 0})


def test_the_pytest_settings_exist():
    from isiceval.pytest_plugin import OPTIONS

    for _, block in find_blocks("toml"):
        settings = tomllib.loads(block).get("tool", {}).get("pytest", {}).get("ini_options", {})
        assert {name.removeprefix("isiceval_") for name in settings} <= set(OPTIONS)
