import os
import pickle
from pathlib import Path

import pytest

from isiceval.model import Problem
from isiceval.sources import container
from isiceval.sources.container import ReadError
from isiceval.sources.opening import open_source


def codes(container):
    return [(fault.code, fault.where) for fault in container.problems]


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "team a"
    root.mkdir()
    return root


class TestFolder:
    def test_lists_files_at_any_depth_sorted(self, folder):
        for name in ("b.png", "a/z/c.png", "a/d.png"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(name.encode())
        (folder / "empty").mkdir()
        found = open_source(folder)
        assert found.form == "folder"
        assert found.name == "team a"
        assert found.names == ("a/d.png", "a/z/c.png", "b.png")
        assert found.problems == ()
        assert found.ignored == ()
        assert found.read("a/z/c.png") == b"a/z/c.png"
        assert found.head("a/d.png", 3) == b"a/d"
        assert found.head("a/d.png", 99) == b"a/d.png"
        assert found.size("b.png") == 5

    def test_ignores_and_names_junk(self, folder):
        (folder / "__MACOSX").mkdir()
        for name in ("__MACOSX/a.png", "._a.png", ".DS_Store", "a.png", "LICENSE.txt"):
            (folder / name).write_bytes(b"")
        found = open_source(folder)
        assert found.names == ("a.png",)
        assert found.ignored == (".DS_Store", "._a.png", "LICENSE.txt", "__MACOSX/a.png")

    def test_an_empty_folder_has_no_fault(self, folder):
        found = open_source(folder)
        assert (found.names, found.problems) == ((), ())

    def test_survives_the_way_to_another_process(self, folder):
        (folder / "a.png").write_bytes(b"x")
        copy = pickle.loads(pickle.dumps(open_source(folder)))
        assert copy.read("a.png") == b"x"

    def test_a_relative_path_is_named_and_read(self, folder, monkeypatch):
        (folder / "a.png").write_bytes(b"x")
        monkeypatch.chdir(folder)
        found = open_source(Path())
        assert found.name == "team a"
        monkeypatch.chdir(folder.parent)
        assert found.read("a.png") == b"x"
        assert open_source(folder / "..").name == folder.parent.name

    def test_a_linked_folder_is_read_when_it_is_the_submission(self, folder, tmp_path):
        (folder / "a.png").write_bytes(b"x")
        link = tmp_path / "link"
        link.symlink_to(folder)
        found = open_source(link)
        assert (found.name, found.names, found.problems) == ("link", ("a.png",), ())

    def test_links_that_stay_inside_are_files(self, folder):
        (folder / "a.png").write_bytes(b"x")
        (folder / "b.png").symlink_to("a.png")
        found = open_source(folder)
        assert found.names == ("a.png", "b.png")
        assert found.problems == ()
        assert found.read("b.png") == b"x"

    def test_links_that_lead_out_are_left_out(self, folder, tmp_path):
        outside = tmp_path / "team a beside" / "secret.png"
        outside.parent.mkdir()
        outside.write_bytes(b"x")
        (folder / "a.png").symlink_to(outside)
        (folder / "b.png").symlink_to(folder / "nothing.png")
        (folder / "c.png").symlink_to("c.png")
        (folder / "d").symlink_to(outside.parent)
        (folder / "e").symlink_to(folder)
        (folder / "._f.png").symlink_to(outside)
        found = open_source(folder)
        assert found.names == ()
        assert found.ignored == ("._f.png",)
        assert [(f.where, f.detail) for f in found.problems] == [
            ("a.png", "is a link to a file outside the submission"),
            ("b.png", "is a link to a file that does not exist"),
            ("c.png", "is a link to a file that does not exist"),
            ("d", "is a link to a folder; links to folders are not followed"),
            ("e", "is a link to a folder; links to folders are not followed"),
        ]
        assert {f.code for f in found.problems} == {"symbolic-link"}

    def test_a_zip_as_the_only_file_gets_its_own_words(self, folder):
        (folder / ".DS_Store").write_bytes(b"")
        (folder / "Masks.ZIP").write_bytes(b"PK")
        found = open_source(folder)
        assert codes(found) == [("nested-zip", "Masks.ZIP")]
        assert "give the zip itself" in found.problems[0].detail

    def test_a_zip_among_masks_is_nested(self, folder):
        for name in ("a.png", "b.zip", "c.zip"):
            (folder / name).write_bytes(b"")
        found = open_source(folder)
        assert codes(found) == [("nested-zip", "b.zip"), ("nested-zip", "c.zip")]
        assert "give the zip itself" not in found.problems[0].detail

    def test_too_many_files_end_the_walk(self, folder, monkeypatch):
        for number in range(5):
            (folder / f"{number}.png").write_bytes(b"")
        monkeypatch.setattr(container, "MAX_MEMBERS", 5)
        assert open_source(folder).problems == ()
        monkeypatch.setattr(container, "MAX_MEMBERS", 4)
        found = open_source(folder)
        assert codes(found) == [("too-many-members", "team a")]
        assert found.names == ("0.png", "1.png", "2.png", "3.png")

    def test_too_much_junk_ends_the_walk(self, folder, monkeypatch):
        monkeypatch.setattr(container, "MAX_MEMBERS", 4)
        for number in range(5):
            (folder / f"._{number}").write_bytes(b"")
        found = open_source(folder)
        assert codes(found) == [("too-many-members", "team a")]

    def test_a_large_file_is_not_read_but_its_head_is(self, folder, monkeypatch):
        monkeypatch.setattr(container, "MAX_MEMBER_BYTES", 2048)
        (folder / "a.png").write_bytes(bytes(2049))
        found = open_source(folder)
        assert found.problems == ()
        with pytest.raises(ReadError) as caught:
            found.read("a.png")
        assert caught.value.problem == Problem(
            "oversized-member", "a.png", "has 2.0 KiB; at most 2.0 KiB are read"
        )
        assert found.head("a.png", 4) == bytes(4)
        (folder / "a.png").write_bytes(bytes(2048))
        assert found.read("a.png") == bytes(2048)

    def test_a_vanished_file_is_unreadable(self, folder):
        (folder / "a.png").write_bytes(b"x")
        found = open_source(folder)
        (folder / "a.png").unlink()
        for read in (found.read, found.size, lambda name: found.head(name, 3)):
            with pytest.raises(ReadError) as caught:
                read("a.png")
            assert caught.value.problem.code == "unreadable-file"
            assert "No such file" in caught.value.problem.detail

    def test_a_file_that_cannot_be_opened_is_unreadable(self, folder, monkeypatch):
        (folder / "a.png").write_bytes(b"x")
        found = open_source(folder)

        def refuse(*args, **kwargs):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("builtins.open", refuse)
        with pytest.raises(ReadError) as caught:
            found.read("a.png")
        assert caught.value.problem == Problem(
            "unreadable-file", "a.png", "cannot be read: Permission denied"
        )

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
    def test_a_named_pipe_does_not_hang_the_reader(self, folder):
        os.mkfifo(folder / "a.png")
        found = open_source(folder)
        with pytest.raises(ReadError) as caught:
            found.read("a.png")
        assert caught.value.problem.detail == "is not an ordinary file"
        with pytest.raises(ReadError):
            found.head("a.png", 1)

    def test_a_closed_folder_inside_is_told(self, folder, monkeypatch):
        (folder / "closed").mkdir()
        (folder / "a.png").write_bytes(b"x")
        real = os.scandir

        def scan(path):
            if str(path).endswith("closed/"):
                raise PermissionError(13, "Permission denied")
            return real(path)

        monkeypatch.setattr(os, "scandir", scan)
        found = open_source(folder)
        assert found.names == ("a.png",)
        assert found.problems == (
            Problem("unreadable-file", "closed", "this folder cannot be opened: Permission denied"),
        )
