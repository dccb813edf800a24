import pickle
import socket
import zipfile
from pathlib import Path

import pytest

from isiceval.model import Problem
from isiceval.sources.container import ReadError
from isiceval.sources.opening import open_source


def codes(container):
    return [(fault.code, fault.where) for fault in container.problems]


class TestNotASubmission:
    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"7z\xbc\xaf\x27\x1c" + bytes(40), "is a 7z archive"),
            (b"Rar!\x1a\x07\x01\x00" + bytes(40), "is a RAR archive"),
            (b"\x1f\x8b\x08" + bytes(40), "is a gzip file"),
            (b"BZh91AY" + bytes(40), "is a bzip2 file"),
            (b"\xfd7zXZ\x00" + bytes(40), "is an xz file"),
            (b"\x28\xb5\x2f\xfd" + bytes(40), "is a Zstandard file"),
            (bytes(257) + b"ustar\x00" + bytes(300), "is a tar archive"),
            (b"\x89PNG\r\n\x1a\n" + bytes(40), "is a single PNG image"),
            (b"\xff\xd8\xff\xe0" + bytes(40), "is a single JPEG image"),
            (b"GIF89a" + bytes(40), "is a single GIF image"),
            (b"II*\x00" + bytes(40), "is a single TIFF image"),
            (b"MM\x00*" + bytes(40), "is a single TIFF image"),
            (b"%PDF-1.7", "is a PDF"),
            (b"<!DOCTYPE html><html>", "is a web page"),
            (b"<HTML>", "is a web page"),
            (b"version https://git-lfs.github.com/spec/v1\n", "is a git-lfs pointer"),
            (b"", "is an empty file"),
        ],
    )
    def test_says_what_a_file_named_zip_really_is(self, tmp_path, content, told):
        path = tmp_path / "masks.zip"
        path.write_bytes(content)
        found = open_source(path)
        assert found.form == "none"
        assert codes(found) == [("not-a-submission", "masks.zip")]
        assert found.problems[0].detail.startswith(told)
        assert found.problems[0].detail.endswith(", neither a folder nor a zip")
        assert (found.names, found.ignored) == ((), ())

    def test_an_archive_that_holds_a_zip_at_its_end_is_still_no_zip(self, tmp_path):
        path = tmp_path / "masks.7z"
        path.write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(40))
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("a.png", b"x")
        assert zipfile.is_zipfile(path)
        assert codes(open_source(path)) == [("not-a-submission", "masks.7z")]

    def test_an_unknown_file_is_told(self, tmp_path):
        path = tmp_path / "masks.dat"
        path.write_bytes(bytes(100))
        detail = open_source(path).problems[0].detail
        assert detail == "is a file of unknown kind, neither a folder nor a zip"

    def test_an_unknown_file_named_zip_is_a_broken_zip(self, tmp_path):
        path = tmp_path / "masks.ZIP"
        path.write_bytes(bytes(100))
        found = open_source(path)
        assert codes(found) == [("unreadable-zip", "masks.ZIP")]
        assert found.form == "zip"

    def test_nothing_there(self, tmp_path):
        found = open_source(tmp_path / "nowhere")
        assert found.problems == (Problem("not-a-submission", "nowhere", "does not exist"),)

    def test_neither_file_nor_folder(self, tmp_path):
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(tmp_path / "s"))
            found = open_source(tmp_path / "s")
        assert found.problems[0].detail == "is neither a file nor a folder"

    def test_a_file_that_cannot_be_opened_is_told(self, tmp_path, monkeypatch):
        path = tmp_path / "a.zip"
        path.write_bytes(b"")

        def refuse(*args, **kwargs):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
        assert open_source(path).problems[0].detail == "cannot be opened: Permission denied"

    def test_a_name_that_is_no_text_can_be_shown(self, tmp_path):
        found = open_source(tmp_path / "a\udcffb")
        assert found.name == "a?b"
        found.name.encode()

    def test_what_cannot_be_opened_holds_no_file_of_any_name(self, tmp_path):
        empty = open_source(tmp_path / "nowhere")
        for read in (empty.read, empty.size, lambda name: empty.head(name, 1)):
            with pytest.raises(ReadError):
                read("a.png")
        assert pickle.loads(pickle.dumps(empty)) == empty
