import os
import sys

import pytest

from isiceval.errors import UsageError
from isiceval.sources.opening import list_submissions, open_source


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return path


def test_a_folder_without_masks_holds_submissions(tmp_path):
    touch(tmp_path / "b" / "ISIC_0000001.png")
    for name in ("a.zip", "c.json", "odd.7z", "teams.csv", "README.md", ".hidden", "Thumbs.db"):
        touch(tmp_path / name)
    assert list(list_submissions([tmp_path])) == ["a.zip", "b", "c.json", "odd.7z"]


def test_a_folder_with_masks_is_a_submission(tmp_path):
    touch(tmp_path / "ISIC_0000001.png")
    touch(tmp_path / "more" / "ISIC_0000002.png")
    assert list_submissions([tmp_path]) == {tmp_path.name: tmp_path}


def test_an_empty_folder_is_a_submission_to_be_refused_later(tmp_path):
    assert list_submissions([tmp_path]) == {tmp_path.name: tmp_path}


def test_two_of_one_name_are_told_apart_by_path(tmp_path):
    first, second = touch(tmp_path / "a" / "x.zip"), touch(tmp_path / "b" / "x.zip")
    assert list_submissions([first, second]) == {
        first.as_posix(): first,
        second.as_posix(): second,
    }


def test_one_given_twice_is_usage(tmp_path):
    first = touch(tmp_path / "x.zip")
    with pytest.raises(UsageError, match="given twice"):
        list_submissions([first, first])


def test_none_is_usage(tmp_path):
    with pytest.raises(UsageError, match="no submission to rank"):
        list_submissions([])
    with pytest.raises(UsageError, match="there is no submission"):
        list_submissions([tmp_path / "gone.zip"])


def test_truth_and_teams_beside_tables_are_no_submissions(tmp_path):
    for name in ("a.csv", "truth.csv", "teams.csv", "notes.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / "link.csv").symlink_to(tmp_path / "truth.csv")
    beside = [tmp_path / "truth.csv", tmp_path / "teams.csv"]
    found = list_submissions([tmp_path], tables=True, others=beside)
    assert list(found) == ["a.csv", "link.csv"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_link_in_a_folder_of_submissions_is_not_followed(tmp_path):
    (tmp_path / "sent" / "honest").mkdir(parents=True)
    link, lost = tmp_path / "sent" / "mallory", tmp_path / "sent" / "lost.zip"
    link.symlink_to(tmp_path / "sent" / "honest")
    lost.symlink_to(tmp_path / "nothing.zip")
    os.mkfifo(tmp_path / "sent" / "pipe.csv")
    found = list_submissions([tmp_path / "sent"], tables=True)
    assert list(found) == ["honest", "lost.zip", "mallory", "pipe.csv"]
    (problem,) = open_source(found["pipe.csv"]).problems
    assert problem.detail == "is neither a file nor a folder"
    for name in ("lost.zip", "mallory"):
        container = open_source(found[name])
        assert (container.name, container.names) == (name, ())
        assert [problem.code for problem in container.problems] == ["symbolic-link"]
    assert list_submissions([link]) == {"mallory": link}
