import io
import os
import pickle
import struct
import sys
import tracemalloc
import zipfile
import zlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isiceval.sources.archive import ZipContainer
from isiceval.sources.container import ReadError
from isiceval.sources.opening import open_source

LINK = 0o120777 << 16
FOLDER = 0o040755 << 16


@dataclass
class Part:
    """One member, with everything a hostile zip may lie about."""

    name: str | bytes
    data: bytes = b"mask"
    method: int = zipfile.ZIP_STORED
    flags: int = 0
    attributes: int = 0
    size: int | None = None
    packed_size: int | None = None
    crc: int | None = None
    local_name: bytes | None = None
    local_extra: bytes = b""
    offset: int | None = None

    @property
    def stored_name(self):
        if isinstance(self.name, bytes):
            return self.name
        return self.name.encode("utf-8" if self.flags & 0x800 else "cp437")

    @property
    def packed(self):
        if self.method != zipfile.ZIP_DEFLATED:
            return self.data
        squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
        return squeeze.compress(self.data) + squeeze.flush()


def forge(path, *parts, prefix=b""):
    """Write a zip from parts, byte by byte, so that it may lie."""
    out = io.BytesIO()
    out.write(prefix)
    directory = b""
    for part in parts:
        packed = part.packed
        offset = out.tell() - len(prefix) if part.offset is None else part.offset
        size = len(part.data) if part.size is None else part.size
        crc = zlib.crc32(part.data) if part.crc is None else part.crc
        packed_size = len(packed) if part.packed_size is None else part.packed_size
        common = (20, part.flags, part.method, 0, 33, crc, packed_size, size)
        local = part.stored_name if part.local_name is None else part.local_name
        out.write(struct.pack("<4s5H3L2H", b"PK\3\4", *common, len(local), len(part.local_extra)))
        out.write(local + part.local_extra + packed)
        lengths = (len(part.stored_name), 0, 0, 0, 0, part.attributes, offset)
        directory += struct.pack("<4s6H3L5H2L", b"PK\1\2", 0x0314, *common, *lengths)
        directory += part.stored_name
    start = out.tell() - len(prefix)
    counts = (0, 0, len(parts), len(parts), len(directory), start, 0)
    out.write(directory + struct.pack("<4s4H2LH", b"PK\5\6", *counts))
    path.write_bytes(out.getvalue())
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "masks.zip"


def codes(container):
    return [(fault.code, fault.where) for fault in container.problems]


def fault_of(container, name, *, head=None):
    with pytest.raises(ReadError) as caught:
        container.read(name) if head is None else container.head(name, head)
    return caught.value.problem


@pytest.fixture
def opened(monkeypatch):
    """Open zips, with limits of their own if any."""

    def open_it(path, **limits):
        for name, limit in limits.items():
            monkeypatch.setattr(f"isiceval.sources.archive.{name.upper()}", limit)
        return open_source(path)

    return open_it


class TestHonestZips:
    def test_reads_stored_and_deflated_members_in_place(self, path, opened):
        noise = os.urandom(300_000)
        with zipfile.ZipFile(path, "w") as archive:
            archive.mkdir("masks")
            archive.writestr("masks/b.png", noise)
            archive.writestr("masks/a.png", noise * 3, zipfile.ZIP_DEFLATED)
            archive.writestr("empty.png", b"", zipfile.ZIP_DEFLATED)
            archive.writestr("__MACOSX/masks/._a.png", b"x")
            archive.writestr("masks/.DS_Store", b"x")
        before = sorted(path.parent.iterdir())
        found = opened(path)
        assert isinstance(found, ZipContainer)
        assert (found.form, found.name) == ("zip", "masks.zip")
        assert found.names == ("empty.png", "masks/a.png", "masks/b.png")
        assert found.ignored == ("__MACOSX/masks/._a.png", "masks/.DS_Store")
        assert found.problems == ()
        assert found.read("masks/b.png") == noise
        assert found.read("masks/a.png") == noise * 3
        assert found.read("empty.png") == b""
        assert found.head("masks/a.png", 70_000) == noise[:70_000]
        assert found.head("masks/b.png", 33) == noise[:33]
        assert found.head("empty.png", 33) == b""
        assert found.head("masks/b.png", 0) == b""
        assert found.size("masks/a.png") == 900_000
        assert sorted(path.parent.iterdir()) == before

    def test_reads_streamed_zips_with_data_descriptors(self, path, opened):
        class Stream(io.RawIOBase):
            def __init__(self):
                self.data = b""

            def writable(self):
                return True

            def write(self, data):
                self.data += bytes(data)
                return len(data)

        stream = Stream()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.png", b"mask" * 99)
            archive.writestr("b.png", b"mask" * 99)
        path.write_bytes(stream.data)
        found = opened(path)
        assert found.problems == ()
        assert found.read("a.png") == b"mask" * 99

    def test_reads_zip64_and_a_comment_and_a_prefix(self, path, opened):
        path.write_bytes(b"#!/bin/sh\n")
        with zipfile.ZipFile(path, "a") as archive:
            archive.comment = b"made by us " * 1000
            with archive.open("a.png", "w", force_zip64=True) as member:
                member.write(b"mask")
        found = opened(path)
        assert found.problems == ()
        assert found.read("a.png") == b"mask"

    @pytest.mark.skipif(sys.platform != "linux", reason="needs files with holes")
    def test_reads_members_beyond_four_gigabytes(self, path, opened):
        noise = bytes(range(256)) * 20
        with path.open("wb") as file:
            file.seek(5 << 30)
            with zipfile.ZipFile(file, "w") as archive:
                archive.writestr("a.png", noise, zipfile.ZIP_DEFLATED)
                archive.writestr("b.png", noise)
        assert path.stat().st_blocks < 2048, "the hole takes no room"
        found = opened(path)
        assert (found.names, found.problems) == (("a.png", "b.png"), ())
        assert (found.read("a.png"), found.read("b.png")) == (noise, noise)
        assert found.head("b.png", 3) == noise[:3]

    def test_names_in_any_language(self, path, opened):
        forge(path, Part("é.png"), Part("ü雪.png", flags=0x800))
        found = opened(path)
        assert found.names == ("é.png", "ü雪.png")
        assert found.read("ü雪.png") == b"mask"
        assert found.read("é.png") == b"mask"

    def test_backslashes_part_folders(self, path, opened):
        forge(path, Part(b"masks\\"), Part(b"masks\\a.png"), Part("./masks//b.png"))
        found = opened(path)
        assert found.names == ("masks/a.png", "masks/b.png")
        assert found.problems == ()
        assert found.read("masks/a.png") == b"mask"

    def test_folders_are_no_files(self, path, opened):
        forge(path, Part("a/"), Part("b", attributes=FOLDER, data=b""))
        assert opened(path).names == ()

    def test_a_zip_of_nothing_has_no_fault(self, path, opened):
        forge(path)
        found = opened(path)
        assert (found.form, found.names, found.problems) == ("zip", (), ())

    def test_junk_is_not_judged(self, path, opened):
        forge(path, Part("__MACOSX/._a.zip", flags=1), Part("Thumbs.db", method=9))
        found = opened(path)
        assert found.problems == ()
        assert found.ignored == ("Thumbs.db", "__MACOSX/._a.zip")

    def test_copy_in_another_process_opens_its_own_file(self, path, opened, monkeypatch):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.png", b"mask")
        monkeypatch.chdir(path.parent)
        found = opened(path.relative_to(path.parent))
        assert found.read("a.png") == b"mask"
        monkeypatch.chdir("/")
        copy = pickle.loads(pickle.dumps(found))
        assert copy.names == found.names
        assert copy.read("a.png") == b"mask"
        assert found.read("a.png") == b"mask"

    @pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are not listed")
    def test_no_file_stays_open(self, path, opened):
        forge(path, Part("a.png"))
        before = len(list(Path("/proc/self/fd").iterdir()))
        found = opened(path)
        found.read("a.png")
        assert len(list(Path("/proc/self/fd").iterdir())) == before

    def test_a_zip_that_goes_away_is_unreadable(self, path, opened):
        forge(path, Part("a.png"))
        found = opened(path)
        path.unlink()
        assert fault_of(found, "a.png").code == "unreadable-file"


_held = None


def read_many(names):
    return [zlib.crc32(_held.read(name)) for name in names]


@pytest.mark.skipif("fork" not in get_all_start_methods(), reason="this system cannot fork")
def test_forked_processes_do_not_share_their_place_in_the_file(path, opened, monkeypatch):
    contents = {f"{n:03d}.png": os.urandom(20_000) for n in range(60)}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    monkeypatch.setattr(sys.modules[__name__], "_held", opened(path), raising=True)
    _held.read("000.png")
    names = list(contents) * 4
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
        halves = [pool.submit(read_many, names), pool.submit(read_many, names[::-1])]
        expected = [zlib.crc32(contents[name]) for name in names]
        assert halves[0].result() == expected
        assert halves[1].result() == expected[::-1]


class TestUnreadable:
    @pytest.fixture
    def whole(self, path):
        with zipfile.ZipFile(path, "w") as archive:
            for number in range(9):
                archive.writestr(f"{number}.png", b"mask" * 50)
        return path.read_bytes()

    @pytest.mark.parametrize("kept", [4, 100, -1, -22, -30])
    def test_cut_off(self, path, whole, opened, kept):
        path.write_bytes(whole[:kept])
        found = opened(path)
        assert codes(found) == [("unreadable-zip", "masks.zip")]
        assert (found.form, found.names) == ("zip", ())

    @pytest.mark.parametrize("ending", ["zip", "dat"])
    def test_cut_off_under_any_name(self, path, whole, opened, ending):
        other = path.with_suffix(f".{ending}")
        other.write_bytes(whole[:-30])
        assert codes(opened(other)) == [("unreadable-zip", other.name)]

    def test_damaged_list_of_files(self, path, whole, opened):
        at = whole.index(b"PK\1\2")
        path.write_bytes(whole[:at] + b"XX" + whole[at + 2 :])
        assert codes(opened(path)) == [("unreadable-zip", "masks.zip")]

    def test_names_that_are_no_text(self, path, opened):
        forge(path, Part(b"\xff.png", flags=0x800))
        assert codes(opened(path)) == [("unreadable-zip", "masks.zip")]

    def test_a_version_of_the_future(self, path, whole, opened):
        at = whole.index(b"PK\1\2")
        path.write_bytes(whole[: at + 6] + b"\xff" + whole[at + 7 :])
        assert codes(opened(path)) == [("unreadable-zip", "masks.zip")]


class TestVerdicts:
    @pytest.mark.parametrize("flags", [0x01, 0x41, 0x2001])
    def test_encrypted(self, path, opened, flags):
        forge(
            path, Part("a.png", flags=flags), Part("b.png", flags=flags, method=99), Part("c.png")
        )
        found = opened(path)
        assert codes(found) == [("encrypted-member", "a.png"), ("encrypted-member", "b.png")]
        assert found.names == ("a.png", "b.png", "c.png")
        assert fault_of(found, "a.png") == found.problems[0]
        assert fault_of(found, "a.png", head=4) == found.problems[0]
        assert found.read("c.png") == b"mask"

    @pytest.mark.parametrize(
        ("method", "named"),
        [
            (9, "Deflate64, which Windows"),
            (12, "bzip2"),
            (14, "LZMA"),
            (93, "Zstandard"),
            (1, "Shrink"),
            (6, "Implode"),
            (95, "XZ"),
            (98, "PPMd"),
            (77, "method 77"),
        ],
    )
    def test_unsupported_compression_is_named(self, path, opened, method, named):
        forge(path, Part("a.png", method=method))
        found = opened(path)
        assert codes(found) == [("unsupported-compression", "a.png")]
        assert named in found.problems[0].detail
        assert fault_of(found, "a.png") == found.problems[0]

    def test_patched_data(self, path, opened):
        forge(path, Part("a.png", flags=0x20))
        assert codes(opened(path)) == [("unsupported-compression", "a.png")]

    def test_nested_zip_is_told_and_the_others_are_read(self, path, opened):
        forge(path, Part("all/Masks.ZIP"), Part("a.png"))
        found = opened(path)
        assert codes(found) == [("nested-zip", "all/Masks.ZIP")]
        assert found.read("a.png") == b"mask"

    @pytest.mark.parametrize(
        ("raw", "name", "told"),
        [
            ("/etc/a.png", "etc/a.png", "starts with /"),
            ("\\etc\\a.png", "etc/a.png", "starts with /"),
            ("C:\\masks\\a.png", "C:/masks/a.png", "drive letter"),
            ("../a.png", "../a.png", "holds .."),
            ("b/../../a.png", "b/../../a.png", "holds .."),
            ("a\0.txt", "a\0.txt", "control"),
            ("a\x1b[31m.png", "a\x1b[31m.png", "control"),
            ("a\n.png", "a\n.png", "control"),
        ],
    )
    def test_unsafe_names(self, path, opened, raw, name, told):
        forge(path, Part(raw), Part("c..d.png"))
        found = opened(path)
        assert codes(found) == [("unsafe-name", name)]
        assert told in found.problems[0].detail
        assert found.read(name) == b"mask"

    def test_a_file_without_a_name(self, path, opened):
        forge(path, Part(""), Part("."))
        found = opened(path)
        assert codes(found) == [("unsafe-name", "")]
        assert found.names == ()

    def test_links_are_left_out(self, path, opened):
        forge(path, Part("a.png", b"/etc/passwd", attributes=LINK), Part("b.png"))
        found = opened(path)
        assert codes(found) == [("symbolic-link", "a.png")]
        assert found.names == ("b.png",)

    def test_the_same_name_twice_is_read_as_neither(self, path, opened):
        forge(path, Part("a.png", b"1"), Part(".\\a.png", b"2"), Part("a.png", b"3"))
        found = opened(path)
        assert codes(found) == [("duplicate-member", "a.png")]
        assert "3 times" in found.problems[0].detail
        assert found.names == ("a.png",)
        assert fault_of(found, "a.png") == found.problems[0]

    def test_names_that_are_one_on_many_computers(self, path, opened):
        forge(
            path,
            Part("M/a.png", b"1"),
            Part("m/A.PNG", b"2"),
            Part("m/\u00e9.png", flags=0x800),
            Part("m/e\u0301.png", flags=0x800),
            Part("n/a.png"),
        )
        found = opened(path)
        assert codes(found) == [
            ("duplicate-member", "m/A.PNG"),
            ("duplicate-member", "m/e\u0301.png"),
        ]
        assert "M/a.png" in found.problems[0].detail
        assert [found.read("M/a.png"), found.read("m/A.PNG")] == [b"1", b"2"]

    def test_too_many_members(self, path, opened):
        forge(path, *(Part(f"{n}.png") for n in range(5)), Part("dir/"), Part("._0.png"))
        assert opened(path, max_members=5).problems == ()
        found = opened(path, max_members=4)
        assert codes(found) == [("too-many-members", "masks.zip")]
        assert found.problems[0].detail.startswith("holds 5 files")
        assert found.names == ("0.png", "1.png", "2.png", "3.png")

    @pytest.mark.parametrize(
        ("length", "told"), [(6, "holds 65540 files"), (180, "its list of files takes 14.1 MiB")]
    )
    def test_more_members_than_a_zip_could_hold_before_zip64(self, path, opened, length, told):
        with zipfile.ZipFile(path, "w") as archive:
            for number in range(65_540):  # in the list alone: what it names is a hole in the file
                info = zipfile.ZipInfo(f"{number:0{length}d}")
                info.CRC, info.header_offset = 0, number * (30 + length)
                archive.filelist.append(info)
            archive.start_dir = 65_540 * (30 + length)
            archive.comment = b"written"
        assert b"PK\x06\x06" in path.read_bytes()[-105:], "the end record is that of Zip64"
        found = opened(path)
        assert codes(found) == [("too-many-members", "masks.zip")]
        assert told in found.problems[0].detail

    def test_a_huge_list_of_files_is_not_even_read(self, path, opened):
        forge(path, *(Part(f"{n:0200d}.png") for n in range(700)))
        found = opened(path, max_members=100)
        assert codes(found) == [("too-many-members", "masks.zip")]
        assert (found.form, found.names) == ("zip", ())

    def test_announced_sizes_above_the_limit(self, path, opened):
        forge(path, Part("a.png", bytes(2049), method=8), Part("b.png", bytes(2048), method=8))
        found = opened(path, max_member_bytes=2048)
        assert codes(found) == [("oversized-member", "a.png")]
        assert fault_of(found, "a.png") == found.problems[0]
        assert found.read("b.png") == bytes(2048)

    def test_announced_total_above_the_limit(self, path, opened):
        forge(path, Part("a.png", bytes(100)), Part("b.png", bytes(100)), Part("c.png", b"x"))
        assert opened(path, max_total_bytes=201).problems == ()
        found = opened(path, max_total_bytes=200)
        assert codes(found) == [("oversized-member", "c.png")]
        assert found.read("b.png") == bytes(100)
        assert fault_of(found, "c.png") == found.problems[0]

    def test_a_ratio_that_cannot_be(self, path, opened):
        liar = Part("a.png", b"x", method=8, size=2 << 20)
        forge(path, liar, Part("b.png", bytes(2 << 20), method=8))
        found = opened(path)
        assert codes(found) == [("oversized-member", "a.png")]
        assert "more than compression can reach" in found.problems[0].detail
        assert found.read("b.png") == bytes(2 << 20)

    def test_all_faults_are_told_at_once(self, path, opened):
        forge(
            path,
            Part("../a.zip", flags=1),
            Part("b.png", method=9),
            Part("c.png", attributes=LINK),
            Part("d.png", bytes(3000)),
            Part("e.png"),
            Part("E.png"),
        )
        assert codes(opened(path, max_members=6, max_member_bytes=2048)) == [
            ("duplicate-member", "E.png"),
            ("encrypted-member", "../a.zip"),
            ("nested-zip", "../a.zip"),
            ("oversized-member", "d.png"),
            ("symbolic-link", "c.png"),
            ("unsafe-name", "../a.zip"),
            ("unsupported-compression", "b.png"),
        ]


class TestOverlaps:
    def test_two_entries_for_the_same_bytes(self, path, opened):
        forge(path, Part("a.png"), Part("b.png", offset=0), Part("c.png"))
        found = opened(path)
        overlapping = [("overlapping-members", "a.png"), ("overlapping-members", "b.png")]
        assert codes(found) == overlapping
        assert fault_of(found, "a.png") == found.problems[0]
        assert found.read("c.png") == b"mask"

    def test_a_member_that_quotes_all_that_follow(self, path, opened):
        forge(path, Part("a.png", packed_size=150), Part("b.png"), Part("c.png"), Part("d.png"))
        assert [code for code, _ in codes(opened(path))] == ["overlapping-members"] * 4

    def test_a_member_that_runs_into_the_list_of_files(self, path, opened):
        forge(path, Part("a.png"), Part("b.png", packed_size=5))
        assert codes(opened(path)) == [("overlapping-members", "b.png")]

    def test_a_member_that_starts_before_the_zip(self, path, opened):
        whole = forge(path, Part("a.png"), Part("b.png")).read_bytes()
        path.write_bytes(whole[10:])
        assert ("overlapping-members", "a.png") in codes(opened(path))

    def test_an_overlap_of_the_length_of_an_extra_field(self, path, opened):
        forge(path, Part("a.png", local_extra=b"UT\2\0xx", packed_size=10, size=10), Part("b.png"))
        found = opened(path)
        assert found.problems == ()
        assert fault_of(found, "a.png").code == "overlapping-members"
        assert found.read("b.png") == b"mask"

    def test_bytes_between_members_are_no_overlap(self, path, opened):
        forge(path, Part("a.png", local_extra=bytes(99)), Part("b.png"), prefix=b"MZ" * 40)
        found = opened(path)
        assert found.problems == ()
        assert found.read("b.png") == b"mask"


class TestDamage:
    def test_wrong_checksum(self, path, opened):
        forge(path, Part("a.png", crc=1), Part("b.png", crc=1, method=8))
        found = opened(path)
        assert found.problems == ()
        for name in found.names:
            fault = fault_of(found, name)
            assert (fault.code, fault.where) == ("damaged-member", name)
            assert "checksum" in fault.detail
        assert found.head("a.png", 4) == b"mask"

    def test_fewer_bytes_than_announced(self, path, opened):
        forge(path, Part("a.png", size=9), Part("b.png", size=9, method=8))
        found = opened(path)
        for name in found.names:
            assert fault_of(found, name).detail == "ends after 4 of 9 bytes"
            assert fault_of(found, name, head=8).detail == "ends after 4 of 9 bytes"

    def test_more_bytes_than_announced(self, path, opened):
        forge(path, Part("a.png", size=3), Part("b.png", size=3, method=8))
        found = opened(path)
        for name in found.names:
            assert fault_of(found, name).code == "oversized-member"
            assert found.head(name, 99) == b"mas"

    def test_a_stream_that_stops_early(self, path, opened):
        noise = os.urandom(1000)
        part = Part("a.png", noise, method=8)
        part.packed_size = 500
        forge(path, part)
        fault = fault_of(opened(path), "a.png")
        assert fault.code == "damaged-member"
        assert "of 1000 bytes" in fault.detail

    def test_a_stream_without_its_end(self, path, opened):
        part = Part("a.png", os.urandom(1000), method=8)
        part.packed_size = len(part.packed) - 1
        forge(path, part, Part("b.png"))
        assert fault_of(opened(path), "a.png").code == "damaged-member"

    def test_a_stream_of_nonsense(self, path, opened):
        whole = forge(path, Part("a.png", b"mask" * 9, method=8)).read_bytes()
        path.write_bytes(whole[:35] + b"\xff\xff" + whole[37:])
        assert fault_of(opened(path), "a.png").detail == "its compressed bytes are damaged"

    def test_another_name_at_the_place_of_the_member(self, path, opened):
        forge(path, Part("a.png", local_name=b"z.png"))
        assert "another name" in fault_of(opened(path), "a.png").detail

    def test_no_header_at_the_place_of_the_member(self, path, opened):
        whole = forge(path, Part("a.png")).read_bytes()
        path.write_bytes(b"XXXX" + whole[4:])
        found = opened(path)
        assert "is not where" in fault_of(found, "a.png").detail

    def test_a_zip_that_shrinks_after_it_was_opened(self, path, opened):
        forge(path, Part("a.png", os.urandom(200)))
        found = opened(path)
        path.write_bytes(path.read_bytes()[:20])
        assert fault_of(found, "a.png").code == "damaged-member"


def test_a_bomb_is_never_inflated_beyond_what_it_announces(path, opened):
    forge(path, Part("a.png", bytes(32 << 20), method=8, size=1000))
    found = opened(path)
    tracemalloc.start()
    try:
        assert fault_of(found, "a.png").code == "oversized-member"
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1 << 20


PARTS = st.lists(
    st.builds(
        Part,
        name=st.one_of(
            st.sampled_from(["a.png", "A.png", "b/a.png", "b/", "x.zip", "../c", "._j"]),
            st.binary(max_size=6),
        ),
        data=st.binary(max_size=60),
        method=st.sampled_from([0, 8, 8, 9]),
        flags=st.sampled_from([0, 0, 0x800, 1, 8]),
        attributes=st.sampled_from([0, 0, LINK, FOLDER]),
        size=st.none() | st.integers(0, 2**32 - 1),
        packed_size=st.none() | st.integers(0, 300),
        offset=st.none() | st.integers(0, 300),
        local_extra=st.binary(max_size=5),
    ),
    max_size=4,
)
EDITS = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6)


def visit(path):
    """Open a zip and read all of it; only ReadError may come out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("isiceval.sources.archive.MAX_MEMBER_BYTES", 4096)
        found = open_source(path)
    assert found.names == tuple(sorted(set(found.names)))
    for name in found.names:
        assert found.size(name) >= 0
        check_answer(found, name, *answer(lambda n: found.head(n, 20), name))
        check_answer(found, name, *answer(found.read, name))


def answer(read, name):
    try:
        return read(name), None
    except ReadError as error:
        return b"", error


def check_answer(found, name, data, error):
    assert len(data) <= 4096
    if error is not None:
        assert error.problem.where == name
        assert name not in found.refused or error.problem in found.problems


@settings(deadline=None)
@given(parts=PARTS, edits=EDITS, kept=st.none() | st.integers(0, 600))
def test_whatever_the_bytes_only_read_errors_come_out(tmp_path_factory, parts, edits, kept):
    path = tmp_path_factory.getbasetemp() / "fuzz.zip"
    content = bytearray(forge(path, *parts).read_bytes())
    for place, value in edits:
        content[place % len(content)] = value
    path.write_bytes(content[:kept])
    visit(path)


@settings(deadline=None)
@given(content=st.binary(max_size=80))
def test_any_bytes_at_all(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "fuzz.zip"
    path.write_bytes(content)
    visit(path)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8})?\.png", fullmatch=True),
        st.tuples(st.binary(max_size=200), st.sampled_from([0, 8])),
        max_size=5,
    )
)
def test_agrees_with_zipfile_on_honest_zips(tmp_path_factory, contents):
    path = tmp_path_factory.getbasetemp() / "honest.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, (data, method) in contents.items():
            archive.writestr(name, data, method)
    found = open_source(path)
    assert found.problems == ()
    assert {name: found.read(name) for name in found.names} == {
        name: data for name, (data, _) in contents.items()
    }
