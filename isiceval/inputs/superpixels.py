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
from isiceval.inputs.cells import MISSING_WORDS, SLACK
from isiceval.inputs.findings import Findings, pick_errors, quote
from isiceval.inputs.layout import SuperpixelLayout
from isiceval.model import Fault, Size

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
) -> tuple[Superpixels, tuple[Fault, ...]]:
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
    if not data.strip():
        findings.add("not-json", "the file is empty")
        return None
    try:
        text = data.decode("utf-8-sig")
        document = json.loads(text, object_pairs_hook=lambda pairs: _collect(pairs, findings))
    except UnicodeDecodeError:
        findings.add("not-json", "the file is not UTF-8 text")
        return None
    except RecursionError:
        findings.add("not-json", "the file is nested too deeply")
        return None
    except json.JSONDecodeError as error:
        findings.add("not-json", f"{error.msg} (column {error.colno})", line=error.lineno)
        return None
    except ValueError:
        findings.add("not-json", "a number has too many digits")
        return None
    if not isinstance(document, dict):
        kind = "a list" if isinstance(document, list) else "a single value"
        findings.add("not-an-object", f"the file holds {kind}")
        return None
    return document


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
    numbers = [_read_entry(e, at, feature, findings) for at, e in enumerate(entries)]
    vector = np.array(numbers, dtype=np.float64)
    checked = _check_labels if layout.labels else _check_range
    vector = checked(vector, feature, layout, findings)
    if n_expected is not None and len(vector) != n_expected:
        words = f"{feature} has {len(vector):,} values, the image has {n_expected:,} superpixels"
        findings.add("wrong-length", words, subject=feature)
        return None
    return vector


def _compare_lengths(
    values: Mapping[str, Floats], n_expected: int | None, findings: Findings
) -> None:
    lengths = {feature: len(vector) for feature, vector in values.items()}
    if n_expected is None and len(set(lengths.values())) > 1:
        said = ", ".join(f"{feature} has {n:,}" for feature, n in lengths.items())
        findings.add("wrong-length", f"the features differ in length: {said}")


def _read_entry(entry: Any, at: int, feature: str, findings: Findings) -> float:
    if type(entry) in (int, float):
        return _require_finite(_to_float(entry), at, feature, findings)
    code, number = "not-a-number", math.nan
    said = {None: "null", True: "true", False: "false"}.get(entry) if _is_flat(entry) else "a list"
    if isinstance(entry, str):
        said, number = quote(entry), _convert(entry)
        code = _name_text(entry, number)
    findings.add(code, f"{feature}[{at}] is {said}", subject=feature)
    return number


def _is_flat(entry: Any) -> bool:
    return not isinstance(entry, list | dict)


def _name_text(entry: str, number: float) -> str:
    if entry.strip().lower() in MISSING_WORDS:
        return "nan-value"
    return "text-number" if math.isfinite(number) else "not-a-number"


def _convert(text: str) -> float:
    try:
        return float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        return math.nan


def _to_float(entry: float) -> float:
    try:
        return float(entry)
    except OverflowError:
        return math.inf


def _require_finite(number: float, at: int, feature: str, findings: Findings) -> float:
    if math.isfinite(number):
        return number
    code = "nan-value" if math.isnan(number) else "infinite-value"
    findings.add(code, f"{feature}[{at}] is {number}", subject=feature)
    return math.nan


def _check_range(
    vector: Floats, feature: str, _layout: SuperpixelLayout, findings: Findings
) -> Floats:
    outside = (vector < 0) | (vector > 1)
    far = (vector < -SLACK) | (vector > 1 + SLACK)
    _tell("out-of-range", "outside [0, 1]", far, vector, feature, findings)
    _tell("clipped-value", "clipped to [0, 1]", outside & ~far, vector, feature, findings)
    return np.where(far, np.nan, np.clip(vector, 0.0, 1.0))


def _check_labels(
    vector: Floats, feature: str, layout: SuperpixelLayout, findings: Findings
) -> Floats:
    wrong = ~np.isin(vector, layout.labels) & ~np.isnan(vector)
    labels = ", ".join(f"{label:g}" for label in layout.labels)
    _tell("not-a-label", f"none of {labels}", wrong, vector, feature, findings)
    return np.where(wrong, np.nan, vector)


def _tell(
    code: str,
    said: str,
    wrong: NDArray[np.bool_],
    vector: Floats,
    feature: str,
    findings: Findings,
) -> None:
    at = np.flatnonzero(wrong).tolist()
    if at:
        more = f", and so are {len(at) - 1:,} more" if len(at) > 1 else ""
        words = f"{feature}[{at[0]}] = {float(vector[at[0]])!r} is {said}{more}"
        findings.add(code, words, subject=feature)


def decode_labels(data: bytes, *, name: str, size: Size | None = None) -> Labels:
    """Decode a superpixel PNG to the number of the superpixel of each pixel.

    Returns an array of shape (rows, columns): R + 256 G + 65536 B of the 8-bit RGB image, red
    lowest. Raises IsicevalError where the file is no such image, has another ``size``, or
    leaves out a number between 0 and its highest: superpixel files are the organiser's.
    Source: rules of ISIC 2016 task 2 and 2017 task 2.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            mode, pixels = image.mode, np.asarray(image)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise IsicevalError(f"the superpixels {name} cannot be read as PNG: {error}") from error
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


def count_superpixels(labels: Labels) -> int:
    """Return the number of superpixels: one more than the highest label.

    >>> count_superpixels(np.array([[0, 0], [1, 2]]))
    3
    """
    return int(labels.max()) + 1


def mask_superpixels(
    labels: Labels, values: Floats, *, threshold: float = 0.5
) -> NDArray[np.bool_]:
    """Return the mask of the pixels whose superpixel has a confidence above ``threshold``.

    >>> mask_superpixels(np.array([[0, 0], [1, 2]]), np.array([0.1, 0.9, 0.5])).tolist()
    [[False, False], [True, False]]
    """
    chosen: NDArray[np.bool_] = (values > threshold)[labels]
    return chosen
