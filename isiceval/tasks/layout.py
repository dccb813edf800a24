"""What a classification CSV and a superpixel JSON must look like, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Header = Literal["required", "optional", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLayout:
    """What a classification CSV must look like.

    ``key`` names the column of ids, ``columns`` those of confidences, in the order of the
    results; ``synonyms`` maps other names for them to ours, and those of them in
    ``unofficial`` deserve a warning, because the official scorer does not read them.
    ``labels``: the only values there may be (hard labels); empty for confidences in [0, 1].
    ``words``: words that stand for a number in the truth, in small letters.
    ``weights`` and ``texts``: columns that may be there too, of weights and of text.
    ``one_class``: the highest confidence of a row is its diagnosis.
    ``distribution``: a row should add up to about 1.
    ``strict``: ids, columns and fields beyond the expected ones are errors; else they are
    ignored with a warning, and an id is found by its number, as in 2016 and 2017.
    ``foretell``: say what isic-challenge-scoring would refuse although it can be read here.
    """

    key: str = "image"
    columns: tuple[str, ...]
    synonyms: Mapping[str, str] = field(default_factory=dict)
    unofficial: tuple[str, ...] = ()
    header: Header = "required"
    id_pattern: str = r"ISIC_[0-9]{7}"
    labels: tuple[float, ...] = ()
    words: Mapping[str, float] = field(default_factory=dict)
    weights: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    one_class: bool = False
    distribution: bool = False
    strict: bool = True
    foretell: bool = False

    @property
    def required(self) -> tuple[str, ...]:
        """Return the columns without which there is no table."""
        return (self.key, *self.columns)

    @property
    def known(self) -> tuple[str, ...]:
        """Return all columns that there may be."""
        return (*self.required, *self.weights, *self.texts)

    def for_submission(self) -> TableLayout:
        """Return the layout of a submission: numbers alone, whatever words the truth may use."""
        return replace(self, words={})

    def for_truth(self) -> TableLayout:
        """Return the layout of the truth beside this one: hard labels, weights where given."""
        return replace(
            self,
            labels=self.labels or (0.0, 1.0),
            weights=("score_weight", "validation_weight"),
            texts=self.texts or ("patient_id",),
            unofficial=(),
            one_class=False,
            distribution=False,
            strict=True,
            foretell=False,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SuperpixelLayout:
    """What a superpixel JSON must look like: an array of confidences in [0, 1] per feature."""

    features: tuple[str, ...]
    labels: tuple[float, ...] = ()

    def for_truth(self) -> SuperpixelLayout:
        """Return the layout of the truth: 0 and 1 alone."""
        return replace(self, labels=(0.0, 1.0))
