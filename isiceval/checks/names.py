"""Rules on names: which file answers for which image."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from isiceval.checks.evidence import Evidence
from isiceval.checks.registry import Finding, rule

UNOPENED = frozenset({"not-a-submission", "unreadable-zip"})
OFFICIAL_ID = re.compile(r"ISIC_([0-9]{7})")
NUMBER = re.compile(r"(?=([0-9]{7}))")


@rule("missing-prediction", "error")
def missing_prediction(evidence: Evidence) -> Iterator[Finding]:
    """An expected image has no prediction.

    Every image of the task needs a mask, also those without a lesion in the prediction (a mask
    that is all 0). The official scorer stops at the first image it misses; here all are named.
    Nothing is said of single images where the submission could not be opened, is empty or holds
    several submissions.

    Fix: add a mask for the image, named by its id.
    """
    if not evidence.names or any(fault.code in UNOPENED for fault in evidence.problems):
        return
    if evidence.list_submissions():
        return
    for image in evidence.pairing.missing:
        yield Finding(image, *_say_missing(evidence, image))


def _say_missing(evidence: Evidence, image: str) -> tuple[str, str]:
    if evidence.form == "memory":
        return "there is no array for this image", f'add a mask under the key "{image}"'
    return "there is no file for this image", f"add {_name_file(evidence, image)}"


def _name_file(evidence: Evidence, image: str) -> str:
    naming = evidence.task.naming
    name, replaced = re.subn(naming.image, lambda _: image, naming.example, count=1)
    return name if replaced else f"{image}.png"


@rule("duplicate-prediction", "error")
def duplicate_prediction(evidence: Evidence) -> Iterator[Finding]:
    """Several files answer for the same image.

    Only one of them can be scored, and isiceval does not choose. Of two files of the same name
    in two folders the official scorer takes the last one without a word; of two files of
    different names it takes neither and refuses the submission.

    Fix: keep one file for the image and remove the others.
    """
    noun, fix = "files", ""
    if evidence.form == "memory":
        noun, fix = "keys", "keep one key for the image and remove the others"
    if evidence.list_submissions():
        return
    for image, found in evidence.pairing.duplicates.items():
        yield Finding(image, f"{len(found)} {noun} for one image: {', '.join(found)}", fix)


@rule("unexpected-file", "warning")
def unexpected_file(evidence: Evidence) -> Iterator[Finding]:
    """A file belongs to no expected image.

    It is not scored. The official server looks only for the seven digits of an image id
    anywhere in a file name: a stray file that holds them counts as one more file for that image
    there, and the submission is refused for having several. Other files it passes over.

    Fix: leave the file out; if it is a mask, name it by the id of its image.
    """
    if evidence.list_submissions():
        return
    numbers = _index_numbers(evidence)
    for name in evidence.pairing.unexpected:
        yield Finding(name, *_say_unexpected(evidence, name, numbers))


def _index_numbers(evidence: Evidence) -> dict[str, str]:
    found = ((OFFICIAL_ID.fullmatch(image), image) for image in evidence.expected)
    return {match[1]: image for match, image in found if match}


def _say_unexpected(evidence: Evidence, name: str, numbers: Mapping[str, str]) -> tuple[str, str]:
    if evidence.form == "memory":
        return "this key is the id of no expected image", "leave it out or correct the id"
    digits = NUMBER.findall(PurePosixPath(name).stem)
    image = next((numbers[number] for number in digits if number in numbers), None)
    if image is None:
        example = evidence.task.naming.example
        return "belongs to no expected image", f"leave it out; a mask is named like {example}"
    if image in evidence.pairing.missing:
        return f"holds the number of {image}, which is missing", (
            f"if it is that mask, name it {_name_file(evidence, image)}; else leave it out"
        )
    return f"holds the number of {image}; the official server would refuse two files for it", (
        "leave it out"
    )
