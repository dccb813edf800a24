"""Superpixel JSON to vectors; how many superpixels a superpixel PNG has."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from typing import Any

import numpy as np

from isiceval.checks.evidence import MAX_COMPARED, MAX_TEXTS, ProblemCollector, quote
from isiceval.checks.rules import list_errors
from isiceval.errors import IsicevalError
from isiceval.model import Problem
from isiceval.numbers import join_first
from isiceval.readers.csv.table import MISSING_WORDS, Floats, find_outside, parse_number
from isiceval.readers.png.chunks import parse_png
from isiceval.readers.png.decode import decode_other

# How alike (difflib's ratio) a name must be to a missing feature to be read as it: the rules of
# 2017 say "network" for pigment_network (0.64) and "milia-like cysts" for milia_like_cyst.
MISSPELT = 0.6


def read_superpixels(
    data: bytes,
    *,
    features: Sequence[str],
    name: str,
    n_expected: int | None = None,
    labels: Sequence[float] = (),
) -> tuple[Mapping[str, Floats], tuple[Problem, ...]]:
    """Read the superpixel JSON of an image: for each feature an array of confidences in [0, 1].

    ``n_expected`` is the number of superpixels of the image, from the truth or from
    :func:`count_superpixels`; ``labels`` are the only values there may be, where it has any.
    Returns an array of shape (superpixels,) for each feature that could be read as a list of that
    length, NaN where an entry could not, and everything that is wrong with the file.
    """
    problems = ProblemCollector(name)
    document = _parse_json(data, problems)
    if document is None:
        return {}, problems.list_problems()
    values: dict[str, Floats] = {}
    for feature, key in _find_features(document, features, problems).items():
        if not isinstance(document[key], list):
            problems.add("not-an-array", f"{feature} is not an array", subject=feature)
            continue
        vector = _read_vector(document[key], feature, labels, problems)
        if n_expected in (None, len(vector)):
            values[feature] = vector
        else:
            found = f"{feature} has {len(vector):,} values"
            detail = f"{found}, the image has {n_expected:,} superpixels"
            problems.add("wrong-length", detail, subject=feature)
    if len({len(vector) for vector in values.values()}) > 1:
        lengths = ", ".join(f"{feature} has {len(vector):,}" for feature, vector in values.items())
        problems.add("wrong-length", f"the features differ in length: {lengths}")
    return values, problems.list_problems()


def read_truth_superpixels(
    data: bytes, *, features: Sequence[str], name: str
) -> Mapping[str, Floats]:
    """Read the truth of one image; IsicevalError for its first error, which is the organiser's."""
    values, problems = read_superpixels(data, features=features, name=name, labels=(0.0, 1.0))
    errors = list_errors(problems)
    if errors:
        raise IsicevalError(f"the truth {errors[0].where}: {errors[0].detail}")
    return values


def _parse_json(data: bytes, problems: ProblemCollector) -> dict[str, Any] | None:
    """Return the object in the file; None, and a problem, where there is none.

    By the standard library, since msgspec reports neither keys that are there twice nor NaN.
    """

    def collect(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                problems.add("duplicate-feature", f"{quote(key)} is there twice", subject=key)
            found.setdefault(key, value)
        return found

    try:
        document = json.loads(data.decode("utf-8-sig"), object_pairs_hook=collect)
    except RecursionError:
        problems.add("not-json", "the file is nested too deeply")
    except UnicodeDecodeError:
        problems.add("not-json", "the file is not UTF-8 text")
    except json.JSONDecodeError as error:
        empty = not data.strip()
        detail = "the file is empty" if empty else f"{error.msg} (column {error.colno})"
        problems.add("not-json", detail, error.lineno)
    except ValueError:
        problems.add("not-json", "a number has too many digits")
    else:
        if isinstance(document, dict):
            return document
        kind = "a list" if isinstance(document, list) else "a single value"
        problems.add("not-an-object", f"the file holds {kind}")
    return None


def _find_features(
    document: Mapping[str, Any], features: Sequence[str], problems: ProblemCollector
) -> dict[str, str]:
    """Return the key of each feature that is in the file."""
    keys = {feature: feature for feature in features if feature in document}
    others = [key for key in document if key not in keys]
    ignored = []
    for key in others[:MAX_COMPARED]:
        folded = key.strip().casefold().replace(" ", "_").replace("-", "_")
        missing = [feature for feature in features if feature not in keys]
        near = get_close_matches(folded, missing, n=1, cutoff=MISSPELT)
        if near:
            keys[near[0]] = key
            detail = f"{quote(key)} should be {quote(near[0])}"
            problems.add("misspelt-feature", detail, subject=key)
        else:
            ignored.append(key)
    ignored += others[MAX_COMPARED:]
    if ignored:
        listed = join_first([*map(quote, ignored)], first=MAX_TEXTS)
        problems.add("ignored-feature", f"unknown: {listed}")
    for feature in features:
        if feature not in keys:
            problems.add("missing-feature", f"{quote(feature)} is missing", subject=feature)
    return keys


def _read_vector(
    entries: list[Any], feature: str, labels: Sequence[float], problems: ProblemCollector
) -> Floats:
    vector = np.full(1, np.nan)
    if set(map(type, entries)) <= {int, float}:
        with suppress(OverflowError):
            vector = np.array(entries, dtype=np.float64)
    if not np.isfinite(vector).all():
        numbers = [_read_entry(entry, at, feature, problems) for at, entry in enumerate(entries)]
        vector = np.array(numbers, dtype=np.float64)
    if labels:
        wrong = ~np.isin(vector, labels) & ~np.isnan(vector)
        listed = ", ".join(f"{label:g}" for label in labels)
        found = [("not-a-label", f"none of {listed}", wrong)]
    else:
        wrong, near = find_outside(vector)
        found = [
            ("out-of-range", "outside [0, 1]", wrong),
            ("clipped-value", "clipped to [0, 1]", near),
        ]
    for code, what, flags in found:
        at = np.flatnonzero(flags).tolist()
        if at:
            first = f"{feature}[{at[0]}] = {float(vector[at[0]])!r}"
            others = "is" if len(at) == 1 else f"and {len(at) - 1:,} more are"
            problems.add(code, f"{first} {others} {what}", subject=feature)
    return np.where(wrong, np.nan, vector if labels else np.clip(vector, 0.0, 1.0))


def _read_entry(entry: Any, at: int, feature: str, problems: ProblemCollector) -> float:
    """Return the number that an entry is or spells; NaN, and a problem, where it is none."""
    where = f"{feature}[{at}] is"
    if type(entry) in (int, float):
        try:
            number = float(entry)
        except OverflowError:  # an integer beyond the largest float
            number = math.inf
        code = "nan-value" if math.isnan(number) else "infinite-value"
        what = str(number)
    elif isinstance(entry, str):
        number, what = parse_number(entry), quote(entry)
        code = "nan-value" if entry.strip().lower() in MISSING_WORDS else "not-a-number"
        if math.isfinite(number):
            problems.add("text-number", f"{where} the text {what}", subject=feature)
    else:
        number, code = math.nan, "not-a-number"
        kinds = {"list": "a list", "dict": "an object"}
        what = kinds.get(type(entry).__name__) or json.dumps(entry)
    if math.isfinite(number):
        return number
    problems.add(code, f"{where} {what}", subject=feature)
    return math.nan


def count_superpixels(data: bytes, *, name: str) -> int:
    """Count the superpixels of a superpixel PNG: one more than the highest number in it.

    The number of a pixel's superpixel is R + 256 G + 65536 B of an 8-bit RGB image. Raises
    IsicevalError where the file is no such image, or leaves out a number between 0 and its
    highest: superpixel files are the organiser's. Source: rules of ISIC 2016 task 2 and 2017
    task 2.
    """
    png = parse_png(data)
    if png.header is None or png.damage:
        raise IsicevalError(f"the superpixels {name} cannot be read as PNG: {png.damage[0]}")
    mode = png.header.mode
    if mode != "RGB":
        raise IsicevalError(f"the superpixels {name} must be an RGB image, its mode is {mode}")
    pixels = decode_other(png, png.header)
    if pixels.array is None:
        raise IsicevalError(f"the superpixels {name} cannot be read as PNG: {pixels.damage[0]}")
    numbers = np.unique(pixels.array.astype(np.int64) @ np.array([1, 1 << 8, 1 << 16]))
    n_superpixels = int(numbers[-1]) + 1
    if len(numbers) != n_superpixels:
        left_out = n_superpixels - len(numbers)
        raise IsicevalError(f"the superpixels {name} leave out {left_out:,} numbers")
    return n_superpixels
