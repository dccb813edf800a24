"""Made evidence for the rules: a fine submission of three masks, changed at will."""

import dataclasses
from collections.abc import Callable

import pytest

from isiceval.checks.evidence import Evidence
from isiceval.checks.rules import check_submission
from isiceval.model import FileMatch, MaskInfo, Problem, Size
from isiceval.tasks.task import find_task

IMAGES = ("ISIC_0000001", "ISIC_0000002", "ISIC_0000003")
SIZE = Size(40, 30)


@pytest.fixture
def make_reading() -> Callable[..., MaskInfo]:
    """Return a builder of readings: a plain binary mask unless changed."""

    def build(image: str = IMAGES[0], **changes) -> MaskInfo:
        reading = MaskInfo(
            image=image,
            name=f"{image}_segmentation.png",
            sha256="0" * 64,
            format="PNG",
            mode="L",
            size=SIZE,
            values=(0, 255),
            foreground=300,
            border=0.0,
            regions=1,
            holes=0,
        )
        return dataclasses.replace(reading, **changes)

    return build


@pytest.fixture
def make_evidence(make_reading) -> Callable[..., Evidence]:
    """Return a builder of evidence: readings given stand in for those of the same image."""

    def build(*readings: MaskInfo, **changes) -> Evidence:
        given = {reading.image: reading for reading in readings}
        images = sorted({*IMAGES, *given})
        readings_of_all = tuple(given.get(image) or make_reading(image) for image in images)
        names = {reading.image: reading.name for reading in readings_of_all}
        evidence = Evidence(
            task=find_task("2018/1"),
            submission="masks",
            form="folder",
            names=tuple(names.values()),
            pairing=FileMatch(matched=names),
            expected=dict.fromkeys(images, SIZE),
            readings=readings_of_all,
        )
        return dataclasses.replace(evidence, **changes)

    return build


@pytest.fixture
def find_problems() -> Callable[..., tuple[Problem, ...]]:
    """Return a function that checks evidence and picks the problems of one code."""

    def find(code: str, evidence: Evidence) -> tuple[Problem, ...]:
        return tuple(p for p in check_submission(evidence) if p.code == code)

    return find
