"""Rules on the submission as a whole: is it a folder or zip that can be read, and only that?"""

from __future__ import annotations

from collections.abc import Iterator

from isiceval.checks.evidence import Evidence
from isiceval.checks.registry import Finding, find_faults, rule

MANY = 4


@rule("not-a-submission", "error")
def not_a_submission(evidence: Evidence) -> Iterator[Finding]:
    """The submission is neither a folder nor a zip file.

    A submission is one folder of PNG masks, or one zip file of them. Other archives (rar, 7z,
    tar.gz) and single images are not read, neither here nor by the official server.

    Fix: give the folder that holds the masks, or zip that folder and give the .zip file.
    """
    return find_faults(evidence, "not-a-submission")


@rule("unreadable-zip", "error")
def unreadable_zip(evidence: Evidence) -> Iterator[Finding]:
    """The zip file is damaged or cut off and cannot be opened.

    A zip keeps its list of files at its end, so an upload that stopped early leaves a file
    without the list. Nothing in it can be trusted then, and nothing in it is checked.

    Fix: make the zip again, or copy it again, and see that both copies have the same size.
    """
    return find_faults(evidence, "unreadable-zip")


@rule("empty-submission", "error")
def empty_submission(evidence: Evidence) -> Iterator[Finding]:
    """The submission holds no mask at all.

    Files that operating systems leave behind (.DS_Store, Thumbs.db, the __MACOSX folder) do not
    count. The official scorer would name only the first image that it misses.

    Fix: put one mask for each expected image into the submission.
    """
    if evidence.names or evidence.problems:
        return
    place = {"zip": "the zip", "folder": "the folder", "memory": "the mapping"}
    kept = f"{place.get(evidence.form, 'the submission')} holds no mask"
    ignored = len(evidence.ignored)
    if ignored:
        kept += f", only {ignored} system {'file' if ignored == 1 else 'files'}"
        kept += f" that {'is' if ignored == 1 else 'are'} ignored"
    fix = "pass a mapping from image id to array" if evidence.form == "memory" else ""
    yield Finding(evidence.submission, kept, fix)


@rule("several-submissions", "error")
def several_submissions(evidence: Evidence) -> Iterator[Finding]:
    """The submission holds several submissions.

    Folders in it hold the same images, or it holds several zips. Only one of them can be scored
    at a time, and isiceval does not choose. Nothing else is said of their files.

    Fix: give one of the folders or zips; isiceval leaderboard scores and ranks all of them.
    """
    found = evidence.list_submissions()
    if found:
        more = f" and {len(found) - MANY} more" if len(found) > MANY else ""
        names = f"{', '.join(found[:MANY])}{more}"
        fix = f"give one of them, or rank them all: isiceval leaderboard {evidence.task.id} FOLDER"
        message = f"seems to hold {len(found)} submissions: {names}"
        yield Finding(evidence.submission, message, fix)


@rule("encrypted-member", "error")
def encrypted_member(evidence: Evidence) -> Iterator[Finding]:
    """A file in the zip is locked with a password.

    Nobody at the other end knows the password. The official scorer breaks off at such a zip
    with an internal failure and does not say why.

    Fix: make the zip again without a password.
    """
    return find_faults(evidence, "encrypted-member")


@rule("unsupported-compression", "error")
def unsupported_compression(evidence: Evidence) -> Iterator[Finding]:
    """A file in the zip is compressed by a method that is not read here.

    The methods read are the two that every zip program knows: stored and deflated. Windows
    Explorer turns to Deflate64 for very large archives; some programs offer LZMA, bzip2 or
    Zstandard.

    Fix: make the zip again with the usual method (Deflate): python -m zipfile -c masks.zip masks/
    """
    return find_faults(evidence, "unsupported-compression")


@rule("nested-zip", "error")
def nested_zip(evidence: Evidence) -> Iterator[Finding]:
    """The submission holds a zip file.

    A zip inside is not opened. The official scorer says only that there is no matching
    submission for the images in it.

    Fix: zip the masks, not the zip: unpack the inner zip and submit what is in it.
    """
    if evidence.list_submissions():
        return iter(())
    inside = "unpack it in the folder, or give the zip instead of the folder"
    fix = inside if evidence.form == "folder" else ""
    return (found._replace(fix=fix) for found in find_faults(evidence, "nested-zip"))


@rule("overlapping-members", "error")
def overlapping_members(evidence: Evidence) -> Iterator[Finding]:
    """Files in the zip share the same bytes of it.

    No zip program writes this. It is how a small file is made to unpack to an enormous one, and
    some versions of Python unpack it without a word.

    Fix: make the zip again with an ordinary zip program.
    """
    return find_faults(evidence, "overlapping-members")


@rule("duplicate-member", "error")
def duplicate_member(evidence: Evidence) -> Iterator[Finding]:
    """The zip holds two files of the same name.

    Names that differ only in capitals, or in how an accent is written, count as the same: on
    many computers they are one file. Which of the two is read depends on the program; the
    official scorer takes the last one without a word.

    Fix: make a new zip instead of adding to the old one, with each file in it once.
    """
    return find_faults(evidence, "duplicate-member")


@rule("unsafe-name", "error")
def unsafe_name(evidence: Evidence) -> Iterator[Finding]:
    """A file in the zip has a name that leads out of the zip.

    Names that start with / or a drive letter, or that hold .., point to other places on the
    computer that unpacks them.

    Fix: zip from inside the folder of masks, so that names are plain: cd masks; zip ../masks.zip *
    """
    return find_faults(evidence, "unsafe-name")


@rule("symbolic-link", "error")
def symbolic_link(evidence: Evidence) -> Iterator[Finding]:
    """A file of the submission is a link to somewhere else.

    A zip then holds the name of a place on your computer and not the mask. Links in a folder
    are followed only as long as they stay inside the submission.

    Fix: put the mask itself in place of the link (zip follows links unless told -y).
    """
    return find_faults(evidence, "symbolic-link")


@rule("too-many-members", "error")
def too_many_members(evidence: Evidence) -> Iterator[Finding]:
    """The submission holds far more files than any task expects.

    The limit keeps a hostile zip from filling the memory; no honest submission comes near it.

    Fix: submit the masks alone, one for each expected image.
    """
    return find_faults(evidence, "too-many-members")


@rule("oversized-member", "error")
def oversized_member(evidence: Evidence) -> Iterator[Finding]:
    """A file, or all files together, unpack to far more bytes than masks need.

    The bytes are counted while they are read, because the size that a zip announces may be
    wrong. The limits leave masks of ordinary size plenty of room.

    Fix: save masks as 8-bit grey PNG at the size of their image, and submit nothing else.
    """
    return find_faults(evidence, "oversized-member")


@rule("damaged-member", "error")
def damaged_member(evidence: Evidence) -> Iterator[Finding]:
    """A file in the zip is damaged: its bytes do not fit its checksum, or some are missing.

    The zip was damaged on its way or written by a program that stopped early. What can still
    be read of the mask is not what you made.

    Fix: make the zip again and check it before you send it: python -m zipfile -t masks.zip
    """
    return find_faults(evidence, "damaged-member")
