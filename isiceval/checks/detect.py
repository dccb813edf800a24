"""Rules that compute something: each function yields the places where one rule is broken.

``rules.toml`` says which function belongs to which rule, and has all texts. No function looks at
a pixel of the truth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import NamedTuple

from isiceval.checks.evidence import Evidence
from isiceval.model import MaskInfo
from isiceval.numbers import count, format_percent, join_first

# JPEG at usual quality moves black and white by less than this many grey values.
LOSSY_NOISE = 24


class Match(NamedTuple):
    """A place where a rule is broken.

    ``values`` fill the placeholders of the rule's texts; ``detail`` and ``fix`` are keys of its
    ``details`` and ``fixes``, where it has several.
    """

    where: str
    values: Mapping[str, object] = MappingProxyType({})
    detail: str = ""
    fix: str = ""


def find_empty_submission(evidence: Evidence) -> Iterator[Match]:
    """Find a submission without any file that could be a prediction."""
    if not evidence.names and not evidence.problems:
        places = {"zip": "the zip", "folder": "the folder", "memory": "the mapping"}
        values = {
            "place": places.get(evidence.form, "the submission"),
            "ignored": count(len(evidence.ignored), "system file"),
        }
        yield Match(evidence.submission, values, "ignored" if evidence.ignored else "")


def find_several_submissions(evidence: Evidence) -> Iterator[Match]:
    """Find folders or zips that each look like a submission."""
    if found := evidence.list_submissions():
        values = {"n": len(found), "names": join_first(found, first=4), "task": evidence.task.id}
        yield Match(evidence.submission, values)


def find_nested_zips(evidence: Evidence) -> Iterator[Match]:
    """Find zips in the submission, unless they are submissions themselves."""
    if not evidence.list_submissions():
        for problem in evidence.iter_problems():
            if problem.code == "nested-zip":
                key = "folder" if evidence.form == "folder" else ""
                yield Match(problem.where, {"found": problem.detail}, fix=key)


def find_missing_predictions(evidence: Evidence) -> Iterator[Match]:
    """Find expected images without a file; none where the whole submission is unreadable."""
    unopened = {"not-a-submission", "unreadable-zip"} & {one.code for one in evidence.problems}
    if evidence.names and not unopened and not evidence.list_submissions():
        fix = "" if evidence.pairing.matched or evidence.form == "memory" else "none-matched"
        for image in evidence.pairing.missing:
            yield Match(image, {"image": image, "file": _name_file(evidence, image)}, fix=fix)


def find_duplicate_predictions(evidence: Evidence) -> Iterator[Match]:
    """Find images for which several files were sent."""
    if not evidence.list_submissions():
        for image, names in evidence.pairing.duplicates.items():
            yield Match(image, {"n": len(names), "names": ", ".join(names)})


def find_unexpected_files(evidence: Evidence) -> Iterator[Match]:
    """Find files of no expected image; some hold the number of one, which the server looks for."""
    if evidence.list_submissions():
        return
    images = {
        image[5:]: image for image in evidence.expected if re.fullmatch("ISIC_[0-9]{7}", image)
    }
    example = {"example": evidence.task.naming.example}
    for name in evidence.pairing.unexpected:
        # The server takes seven digits anywhere in a name; a lookahead finds overlapping ones.
        numbers = re.findall("(?=([0-9]{7}))", PurePosixPath(name).stem)
        image = next((images[number] for number in numbers if number in images), "")
        if not image or evidence.form == "memory":
            yield Match(name, example)
        else:
            key = "missing" if image in evidence.pairing.missing else "present"
            values = {"image": image, "file": _name_file(evidence, image)}
            yield Match(name, values, detail=key, fix=key)


def _name_file(evidence: Evidence, image: str) -> str:
    naming = evidence.task.naming
    name, replaced = re.subn(naming.image, lambda _: image, naming.example, count=1)
    return name if replaced else f"{image}.png"


def find_wrong_formats(evidence: Evidence) -> Iterator[Match]:
    """Find files that are no PNG; the fix depends on what they are."""
    for problem in evidence.iter_problems():
        if problem.code == "wrong-format":
            keys = ("jpeg", "lfs", "html", "shortcut")
            key = next((key for key in keys if key in problem.detail.lower()), "")
            yield Match(problem.where, {"found": problem.detail}, fix=key)


def find_wrong_modes(evidence: Evidence) -> Iterator[Match]:
    """Find images that are not 8-bit grey, unless a problem of the same file explains it.

    With lenient reading such images are converted; what is left has no mask although it was read.
    """
    for reading in evidence.readings:
        codes = {problem.code for problem in reading.problems}
        if evidence.form == "memory" or reading.mode in ("", "1", "L"):
            continue
        explained = "wrong-format" in codes
        if evidence.lenient:
            converted = reading.foreground is not None or not reading.sha256
            damaged = bool(codes - {"trailing-data", "odd-chunks"})
            explained = converted or damaged or _has_wrong_size(evidence, reading)
        if not explained:
            deep = reading.mode.startswith("I")
            detail, fix = ("I;16", "16-bit") if deep else (reading.mode, "grey")
            yield Match(reading.name, {"mode": reading.mode}, detail=detail, fix=fix)


def find_wrong_sizes(evidence: Evidence) -> Iterator[Match]:
    """Find masks that do not have the size of their image."""
    for reading in evidence.readings:
        found, expected = reading.size, evidence.expected.get(reading.image)
        if found and expected and found != expected:
            values = {
                "found": found,
                "expected": expected,
                "found_shape": f"({found.height}, {found.width})",
                "expected_shape": f"({expected.height}, {expected.width})",
            }
            key = "swapped" if found == expected.swapped else ""
            yield Match(reading.name, values, detail=key, fix=key)


def _has_wrong_size(evidence: Evidence, reading: MaskInfo) -> bool:
    expected = evidence.expected.get(reading.image)
    return bool(reading.size and expected and reading.size != expected)


def find_shifted_masks(evidence: Evidence) -> Iterator[Match]:
    """Find masks that have the size of the next image, or of the previous one.

    Reported once, where at least three masks and at least half of those of a wrong size do, and
    their sizes differ.
    """
    wrong = [reading for reading in evidence.readings if _has_wrong_size(evidence, reading)]
    images = sorted(evidence.expected)
    fitting: dict[str, list[MaskInfo]] = {}
    for side, step in (("next", 1), ("previous", -1)):
        sizes = {image: evidence.expected[beside] for image, beside in pairwise(images[::step])}
        fitting[side] = [reading for reading in wrong if reading.size == sizes.get(reading.image)]
    side, found = max(fitting.items(), key=lambda item: len(item[1]))
    # One or two masks can have the size of a neighbouring image by chance.
    if len(found) >= max(3, len(wrong) / 2) and len({r.size for r in found}) > 1:
        first = min(reading.image for reading in found)
        values = {"n": len(found), "n_wrong": len(wrong), "side": side, "first": first}
        yield Match(evidence.submission, values)


def find_refused_grey_masks(evidence: Evidence) -> Iterator[Match]:
    """Find masks of more than two values where the task refuses them."""
    for reading in evidence.readings:
        if _is_refused(evidence, reading):
            values = {"values": _describe_values(reading), "limit": evidence.task.threshold}
            yield Match(reading.name, values)


def _is_refused(evidence: Evidence, reading: MaskInfo) -> bool:
    converted = evidence.lenient and reading.foreground is not None
    return evidence.task.grey == "refuse" and len(reading.values) > 2 and not converted


def find_odd_values(evidence: Evidence) -> Iterator[Match]:
    """Find masks of other values than 0 and 255, and what the threshold makes of them."""
    threshold = evidence.task.threshold
    for reading in evidence.readings:
        if _has_odd_values(evidence, reading) and not _is_refused(evidence, reading):
            low, high, n_values = reading.values[0], reading.values[-1], len(reading.values)
            # Of two values the higher one is the lesion; a soft mask is cut where the task cuts it.
            limit = low if n_values == 2 else 0 if high <= threshold else threshold
            described = {"values": _describe_values(reading), "threshold": threshold}
            values = {**described, "high": high, "limit": limit}
            effect = _find_effect(evidence, reading)
            yield Match(reading.name, values, detail=effect, fix="scale" if high <= 1 else "")


def _has_odd_values(evidence: Evidence, reading: MaskInfo) -> bool:
    # Lenient reading takes the grey of colour images; a palette holds indices, not grey values.
    colours = evidence.lenient and reading.mode in ("RGB", "RGBA", "LA")
    grey = reading.mode == "L" or colours or (evidence.form == "memory" and reading.mode != "1")
    return grey and not {0, 255}.issuperset(reading.values)


def _find_effect(evidence: Evidence, reading: MaskInfo) -> str:
    low, high = reading.values[0], reading.values[-1]
    threshold, official = evidence.task.threshold, evidence.task.grey == "refuse"
    if official or (reading.foreground and high <= threshold):
        if len(reading.values) == 1:
            return "only-lesion" if reading.foreground else "only-background"
        return "rescaled" if official else "rescaled-here"
    if high <= threshold or low > threshold:
        return "all-background" if high <= threshold else "all-lesion"
    if len(reading.values) == 2:
        return "two"
    noisy = all(v <= LOSSY_NOISE or v >= 255 - LOSSY_NOISE for v in reading.values)
    return "lossy" if noisy else ""


def _describe_values(reading: MaskInfo) -> str:
    values = reading.values
    if len(values) == 1:
        return f"the only value is {values[0]}"
    if len(values) == 2:
        return f"values are {values[0]} and {values[1]}"
    return f"{len(values)} grey values from {values[0]} to {values[-1]}"


def find_empty_masks(evidence: Evidence) -> Iterator[Match]:
    """Find masks without lesion; masks of attributes, one per label, may be empty."""
    for reading in evidence.readings:
        odd = _has_odd_values(evidence, reading)
        if reading.foreground == 0 and not odd and not evidence.task.labels:
            yield Match(reading.name)


def find_full_masks(evidence: Evidence) -> Iterator[Match]:
    """Find masks that are all lesion."""
    for reading in evidence.readings:
        full = reading.size is not None and reading.foreground == reading.size.pixels
        if full and not _has_odd_values(evidence, reading):
            yield Match(reading.name)


def find_inverted_masks(evidence: Evidence) -> Iterator[Match]:
    """Find masks where more than half of the border and of the image are lesion."""
    for reading in evidence.readings:
        if reading.size and reading.foreground and reading.border:
            share = reading.foreground / reading.size.pixels
            if reading.border > 0.5 and 0.5 < share < 1:
                shares = {"border": format_percent(reading.border), "image": format_percent(share)}
                yield Match(reading.name, shares)


def find_several_regions(evidence: Evidence) -> Iterator[Match]:
    """Find masks of several regions where the task asks for one."""
    for reading in evidence.readings:
        if evidence.task.one_region and (reading.regions or 0) > 1:
            yield Match(reading.name, {"n": reading.regions})


def find_holes(evidence: Evidence) -> Iterator[Match]:
    """Find masks with holes where the task asks for a region without."""
    for reading in evidence.readings:
        if evidence.task.one_region and reading.holes:
            yield Match(reading.name, {"holes": count(reading.holes, "hole")})
