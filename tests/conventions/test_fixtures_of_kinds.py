"""The small challenges of other kinds are what their scripts make."""

import importlib.util
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parents[2] / "fixtures"
KINDS = ("attributes", "diagnosis", "superpixels")


@pytest.mark.parametrize("name", KINDS)
def test_made_again_it_has_the_same_bytes(name, monkeypatch):
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    path = FIXTURES / f"make_{name}.py"
    spec = importlib.util.spec_from_file_location(f"make_{name}", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    stored = {p.relative_to(FIXTURES / name).as_posix(): p for p in (FIXTURES / name).rglob("*.*")}
    made = script.make_files()
    assert sorted(made) == sorted(stored)
    for place, content in made.items():
        assert content == stored[place].read_bytes(), place
    assert sum(map(len, made.values())) < 200_000
    assert "isiceval" not in path.read_text(encoding="utf-8")
