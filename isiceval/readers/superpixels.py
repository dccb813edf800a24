"""Superpixel JSON to vectors, and the superpixel PNG that says which pixel belongs to which."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isiceval.errors import IsicevalError
from isiceval.model import Problem, Size
from isiceval.readers.csv.cells import MISSING_WORDS, SLACK, convert_text
from isiceval.readers.csv.findings import Findings, pick_errors, quote
from isiceval.readers.png.chunks import parse_png
from isiceval.tasks.layout import SuperpixelLayout

__all__ = [
    "SuperpixelLayout",
    "Superpixels",
    "count_superpixels",
    "decode_labels",
    "mask_superpixels",
    "read_superpixels",
    "read_truth_superpixels",
]

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
NEAR = 0.6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Superpixels:
    """The confidences of one image: per feature an array of shape (superpixels,), NaN: unread."""

    image: str
    values: Mapping[str, Floats] = field(default_factory=dict)


def read_superpixels(
    data: bytes,
    *,
    layout: SuperpixelLayout,
    image: str,
    name: str,
    n_expected: int | None = None,
) -> tuple[Superpixels, tuple[Problem, ...]]:
    """Read a superpixel JSON and everything that is odd about it.

    ``n_expected`` is the number of superpixels of the image, from the truth or from
    :func:`count_superpixels`. A feature is in the result where it could be read as a list of
    that length. The codes of the faults are explained in ``table_faults.toml``.
    """
    findings = Findings(name)
    document = _parse(data, findings)
    values = {}
    if document is not None:
        places = _place_features(document, layout, findings)
        for feature, key in places.items():
            vector = _read_vector(document[key], feature, layout, n_expected, findings)
            if vector is not None:
                values[feature] = vector
        _compare_lengths(values, n_expected, findings)
    return Superpixels(image=image, values=values), findings.to_faults()


def read_truth_superpixels(
    data: bytes, *, layout: SuperpixelLayout, image: str, name: str
) -> Superpixels:
    """Read the truth of one image; IsicevalError for its first fault, which is the organiser's."""
    superpixels, faults = read_superpixels(data, layout=layout.for_truth(), image=image, name=name)
    errors = pick_errors(faults)
    if errors:
        raise IsicevalError(f"the truth {errors[0].where}: {errors[0].detail}")
    return superpixels


def _parse(data: bytes, findings: Findings) -> dict[str, Any] | None:
    try:
        text = data.decode("utf-8-sig")
        document = json.loads(text, object_pairs_hook=lambda pairs: _collect(pairs, findings))
    except (ValueError, RecursionError) as error:
        findings.add("not-json", _explain(error, data), line=getattr(error, "lineno", None))
        return None
    if not isinstance(document, dict):
        kind = "a list" if isinstance(document, list) else "a single value"
        findings.add("not-an-object", f"the file holds {kind}")
        return None
    return document


def _explain(error: Exception, data: bytes) -> str:
    if not data.strip():
        return "the file is empty"
    match error:
        case UnicodeDecodeError():
            return "the file is not UTF-8 text"
        case RecursionError():
            return "the file is nested too deeply"
        case json.JSONDecodeError():
            return f"{error.msg} (column {error.colno})"
    return "a number has too many digits"


def _collect(pairs: Sequence[tuple[str, Any]], findings: Findings) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for key, value in pairs:
        if key in document:
            findings.add("duplicate-feature", f"{quote(key)} stands twice", subject=key)
        else:
            document[key] = value
    return document


def _place_features(
    document: Mapping[str, Any], layout: SuperpixelLayout, findings: Findings
) -> dict[str, str]:
    """Find the key under which each feature stands."""
    places = {feature: feature for feature in layout.features if feature in document}
    for key in document:
        if key not in places:
            feature = _guess_feature(key, [f for f in layout.features if f not in places])
            if feature:
                places[feature] = key
                words = f"{quote(key)} should be {quote(feature)}"
                findings.add("misspelt-feature", words, subject=key)
            else:
                findings.add("ignored-feature", f"{quote(key)} is not asked for", subject=key)
    for feature in layout.features:
        if feature not in places:
            findings.add("missing-feature", f"{quote(feature)} is missing", subject=feature)
    return places


def _guess_feature(key: str, missing: Sequence[str]) -> str | None:
    plain = key.strip().casefold().replace(" ", "_").replace("-", "_")
    return next(iter(get_close_matches(plain, missing, n=1, cutoff=NEAR)), None)


def _read_vector(
    entries: Any,
    feature: str,
    layout: SuperpixelLayout,
    n_expected: int | None,
    findings: Findings,
) -> Floats | None:
    if not isinstance(entries, list):
        findings.add("not-an-array", f"{feature} is not an array", subject=feature)
        return None
    vector = _convert_all(entries)
    if vector is None:
        numbers = [_read_entry(e, at, feature, findings) for at, e in enumerate(entries)]
        vector = np.array(numbers, dtype=np.float64)
    checked = _check_labels if layout.labels else _check_range
    vector = checked(vector, feature, layout, findings)
    if n_expected is not None and len(vector) != n_expected:
        words = f"{feature} has {len(vector):,} values, the image has {n_expected:,} superpixels"
        findings.add("wrong-length", words, subject=feature)
        return None
    return vector


def _convert_all(entries: Sequence[Any]) -> Floats | None:
    if not set(map(type, entries)) <= {int, float}:
        return None
    try:
        vector = np.array(entries, dtype=np.float64)
    except OverflowError:
        return None
    return vector if np.isfinite(vector).all() else None


def _compare_lengths(
    values: Mapping[str, Floats], n_expected: int | None, findings: Findings
) -> None:
    lengths = {feature: len(vector) for feature, vector in values.items()}
    if n_expected is None and len(set(lengths.values())) > 1:
        said = ", ".join(f"{feature} has {n:,}" for feature, n in lengths.items())
        findings.add("wrong-length", f"the features differ in length: {said}")


def _read_entry(entry: Any, at: int, feature: str, findings: Findings) -> float:
    if type(entry) in {int, float}:
        number = _to_float(entry)
        code = "nan-value" if math.isnan(number) else "infinite-value"
        said = str(number)
    elif isinstance(entry, str):
        number, said = convert_text(entry), quote(entry)
        code = "nan-value" if entry.strip().lower() in MISSING_WORDS else "not-a-number"
        if math.isfinite(number):
            findings.add("text-number", f"{feature}[{at}] is the text {said}", subject=feature)
    else:
        number, code, said = math.nan, "not-a-number", _name_kind(entry)
    if math.isfinite(number):
        return number
    findings.add(code, f"{feature}[{at}] is {said}", subject=feature)
    return math.nan


def _name_kind(entry: Any) -> str:
    if isinstance(entry, list | dict):
        return "a list" if isinstance(entry, list) else "an object"
    return json.dumps(entry)


def _to_float(entry: float) -> float:
    try:
        return float(entry)
    except OverflowError:
        return math.inf


def _check_range(
    vector: Floats, feature: str, _layout: SuperpixelLayout, findings: Findings
) -> Floats:
    outside = (vector < 0) | (vector > 1)
    far = (vector < -SLACK) | (vector > 1 + SLACK)
    for code, said, wrong in (
        ("out-of-range", "outside [0, 1]", far),
        ("clipped-value", "clipped to [0, 1]", outside & ~far),
    ):
        if wrong.any():
            words = f"{_name_entries(vector, feature, wrong)} {said}"
            findings.add(code, words, subject=feature)
    return np.where(far, np.nan, np.clip(vector, 0.0, 1.0))


def _check_labels(
    vector: Floats, feature: str, layout: SuperpixelLayout, findings: Findings
) -> Floats:
    wrong = ~np.isin(vector, layout.labels) & ~np.isnan(vector)
    if wrong.any():
        labels = ", ".join(f"{label:g}" for label in layout.labels)
        words = f"{_name_entries(vector, feature, wrong)} none of {labels}"
        findings.add("not-a-label", words, subject=feature)
    return np.where(wrong, np.nan, vector)


def _name_entries(vector: Floats, feature: str, wrong: NDArray[np.bool_]) -> str:
    at = np.flatnonzero(wrong).tolist()
    first = f"{feature}[{at[0]}] = {float(vector[at[0]])!r}"
    return f"{first} is" if len(at) == 1 else f"{first} and {len(at) - 1:,} more are"


def decode_labels(data: bytes, *, name: str, size: Size | None = None) -> Labels:
    """Decode a superpixel PNG to the number of the superpixel of each pixel.

    Returns an array of shape (rows, columns): R + 256 G + 65536 B of the 8-bit RGB image, red
    lowest. Raises IsicevalError where the file is no such image, has another ``size``, or
    leaves out a number between 0 and its highest: superpixel files are the organiser's.
    Source: rules of ISIC 2016 task 2 and 2017 task 2.
    """
    mode, pixels = _decode_png(data, name)
    if mode != "RGB":
        raise IsicevalError(f"the superpixels {name} must be an RGB image, its mode is {mode}")
    labels: Labels = pixels.astype(np.int64) @ np.array([1, 1 << 8, 1 << 16])
    found = Size(labels.shape[1], labels.shape[0])
    if size is not None and found != size:
        raise IsicevalError(f"the superpixels {name} are {found}, the image is {size}")
    n_found = len(np.unique(labels))
    if n_found != count_superpixels(labels):
        left_out = count_superpixels(labels) - n_found
        raise IsicevalError(f"the superpixels {name} leave out {left_out:,} numbers")
    return labels


def _decode_png(data: bytes, name: str) -> tuple[str, NDArray[np.uint8]]:
    from PIL import Image

    damage = parse_png(data).damage
    if damage:
        raise IsicevalError(f"the superpixels {name} cannot be read as PNG: {damage[0]}")
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            return image.mode, np.asarray(image)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise IsicevalError(f"the superpixels {name} cannot be read as PNG: {error}") from error


def count_superpixels(labels: Labels) -> int:
    """Return the number of superpixels: one more than the highest label.

    >>> count_superpixels(np.array([[0, 0], [1, 2]]))
    3
    """
    return int(np.max(labels)) + 1


def mask_superpixels(
    labels: Labels, values: Floats, *, threshold: float = 0.5
) -> NDArray[np.bool_]:
    """Return the mask of the pixels whose superpixel has a confidence above ``threshold``.

    >>> mask_superpixels(np.array([[0, 0], [1, 2]]), np.array([0.1, 0.9, 0.5])).tolist()
    [[False, False], [True, False]]
    """
    chosen: NDArray[np.bool_] = (values > threshold)[labels]
    return chosen
