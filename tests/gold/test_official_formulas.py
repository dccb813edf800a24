"""Every number that the official code answered on tables, superpixels and attribute masks.

The formulas alone are asked, without tasks or pipeline: inputs are read, turned into arrays and
handed to isiceval.metrics. Recorded nulls must be undefined here; where the official code
computes nothing (average precision and AUC of one image) nothing is compared.
"""

import json
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isiceval.metrics import counts as overlap
from isiceval.metrics.counts import FORMULAS, normalise, resize_nearest
from isiceval.model import Counts
from isiceval.readers.csv.table import read_table, read_truth_table
from isiceval.readers.superpixels import read_superpixels, read_truth_superpixels
from isiceval.tasks.task import CsvFormat
from tests.builders import (
    auc,
    average_classes,
    balanced_accuracy,
    count_class,
    measure_class,
    measure_specificity,
    partial_auc,
    pool,
    trapezoid_average_precision,
)

OFFICIAL = Path(__file__).parents[2] / "fixtures" / "golden" / "official"
TOLERANCE = 1e-12
EXCLUDED = "ISIC_0035068"  # the official scorer gives it weight 0
OFFICIAL_NAMES = {"average_precision": "ap", "auc_above_sensitivity": "auc_sens_80"}
CLASSES_2018 = ("MEL", "NV", "BCC", "AKIEC", "BKL", "DF", "VASC")
CLASSES_2019 = ("MEL", "NV", "BCC", "AK", "BKL", "DF", "VASC", "SCC", "UNK")
CLASSES_MILK10K = (
    "AKIEC",
    "BCC",
    "BEN_OTH",
    "BKL",
    "DF",
    "INF",
    "MAL_OTH",
    "MEL",
    "NV",
    "SCCKA",
    "VASC",
)
FEATURES_2017 = ("pigment_network", "negative_network", "milia_like_cyst", "streaks")
LAYOUTS = {
    "2016-3": CsvFormat(columns=("malignant",), header="none", strict=False),
    "2016-3B": CsvFormat(columns=("malignant",), header="none", strict=False),
    "2017-3": CsvFormat(
        key="image_id",
        columns=("melanoma", "seborrheic_keratosis"),
        header="optional",
        strict=False,
    ),
    "2018-3": CsvFormat(columns=CLASSES_2018, warn_official=True),
    "2019-1": CsvFormat(columns=CLASSES_2019, warn_official=True),
    "2020": CsvFormat(columns=("malignant",), warn_official=True),
    "2024": CsvFormat(key="isic_id", columns=("target",)),
    "milk10k": CsvFormat(
        key="lesion_id", columns=CLASSES_MILK10K, id_pattern="IL_[0-9]{7}", warn_official=True
    ),
}


@cache
def read_tables(folder):
    """Return truth, confidences and truth table; rows in the order of the truth."""
    layout = LAYOUTS[folder]
    (truth_path,) = (OFFICIAL / folder / "truth").iterdir()
    truth = read_truth_table(truth_path.read_bytes(), layout=layout, name=truth_path.name)
    data = (OFFICIAL / folder / "prediction" / "submission.csv").read_bytes()
    table, faults = read_table(data, layout=layout, name="submission.csv", expected=truth.ids)
    assert {fault.code for fault in faults} <= {"adjusted-id", "hard-labels"}
    return truth.values > 0.5, table.values, truth


def answer_binary(truth, confidence, *, sensitivities):
    """Return what the code of 2016 and 2017 says about one class."""
    counts = count_class(truth, confidence)
    return {
        **{name: FORMULAS[name](counts) for name in ("accuracy", "sensitivity", "specificity")},
        "average_precision": trapezoid_average_precision(truth, confidence),
        "area_under_roc": auc(truth, confidence),
        **{
            name: measure_specificity(truth, confidence, sensitivity=value)
            for name, value in sensitivities.items()
        },
    }


def answer_2016(folder):
    truth, confidence, _ = read_tables(folder)
    wanted = {f"spec_at_sens_{value}": value for value in (0.95, 0.98, 0.99)}
    values = answer_binary(truth[:, 0], confidence[:, 0], sensitivities=wanted)
    return {
        (kind, name): value for kind in ("aggregate", "average") for name, value in values.items()
    }


def answer_2017():
    truth, confidence, _ = read_tables("2017-3")
    wanted = {f"spec_at_sens_{percent}": percent / 100 for percent in (82, 89, 95)}
    classes = {
        name: answer_binary(truth[:, place], confidence[:, place], sensitivities=wanted)
        for place, name in enumerate(LAYOUTS["2017-3"].columns)
    }
    classes["mean"] = average_classes(classes.values())
    return {
        (kind, f"{metric}_{name}"): value
        for kind in ("aggregate", "average")
        for name, values in classes.items()
        for metric, value in values.items()
    }


def answer_today(folder, ranking):
    """Return what the official scorer in use today says about a table."""
    truth, confidence, table = read_tables(folder)
    ones = np.ones(len(truth))
    weights = table.weights.get("score_weight", ones) * (np.array(table.ids) != EXCLUDED)
    validation = table.weights.get("validation_weight", ones) * (np.array(table.ids) != EXCLUDED)
    classes = {
        name: rename(
            measure_class(truth[:, place], confidence[:, place], weights=weights, undefined=1.0)
        )
        for place, name in enumerate(table.columns)
    }
    macro = average_classes(classes.values())
    balanced = balanced_accuracy(truth, confidence, weights=weights)
    answers = {
        **{
            (f"per_category {metric}", name): value
            for name, values in classes.items()
            for metric, value in values.items()
        },
        **{("macro_average", metric): value for metric, value in macro.items()},
        ("aggregate", "balanced_accuracy"): balanced,
        ("overall", ""): {**macro, "balanced_accuracy": balanced}[ranking],
    }
    answers["validation", ""] = rank_by(ranking, truth, confidence, validation)
    return answers


def rename(values):
    return {OFFICIAL_NAMES.get(name, name): value for name, value in values.items()}


def rank_by(ranking, truth, confidence, weights):
    if ranking == "balanced_accuracy":
        return balanced_accuracy(truth, confidence, weights=weights)
    values = [
        rename(measure_class(known, given, weights=weights, undefined=1.0))
        for known, given in zip(truth.T, confidence.T, strict=True)
    ]
    return average_classes(values)[ranking]


def answer_superpixels(folder, features):
    """Return per-image and pooled values, and the mean of the rows that have a value."""
    truths, predictions = {}, {}
    for path in sorted((OFFICIAL / folder / "truth").iterdir()):
        image = path.stem.removesuffix("_features")
        known = read_truth_superpixels(path.read_bytes(), features=features, name=path.name)
        n_superpixels = len(known[features[0]])
        data = (OFFICIAL / folder / "prediction" / path.name).read_bytes()
        given, faults = read_superpixels(
            data, features=features, name=path.name, n_expected=n_superpixels
        )
        assert faults == ()
        truths[image], predictions[image] = known, given
    answers = {}
    for feature in features:
        pooled = [np.concatenate([v[feature] for v in of.values()]) for of in (truths, predictions)]
        answers |= {
            (f"aggregate_{feature}", metric): value
            for metric, value in answer_binary(*pooled, sensitivities={}).items()
        }
        for image, known in truths.items():
            counts = count_class(known[feature], predictions[image][feature])
            for metric in ("accuracy", "sensitivity", "specificity"):
                answers[f"{image}_{feature}", metric] = FORMULAS[metric](counts)
    return answers | average_rows(answers)


def average_rows(answers):
    rows = {}
    for (row, metric), value in answers.items():
        rows.setdefault(row, {})[metric] = value
    metrics = next(iter(rows.values()))
    filled = [{metric: row.get(metric, math.nan) for metric in metrics} for row in rows.values()]
    return {("average", metric): value for metric, value in average_classes(filled).items()}


def iter_masks(folder):
    for path in sorted((OFFICIAL / folder / "truth").iterdir()):
        truth = np.asarray(Image.open(path).convert("L")) > 128
        prediction = np.asarray(Image.open(OFFICIAL / folder / "prediction" / path.name)) > 128
        yield path.stem, truth, prediction


def count_masks(truth, prediction):
    return Counts(
        tp=int((truth & prediction).sum()),
        fp=int((~truth & prediction).sum()),
        fn=int((truth & ~prediction).sum()),
        tn=int((~truth & ~prediction).sum()),
    )


def answer_pooled_masks():
    pooled = {}
    for name, truth, prediction in iter_masks("2016-2B"):
        counts = count_masks(resize_nearest(truth), resize_nearest(prediction))
        feature = name.rpartition("_")[2]
        pooled[feature] = pooled.get(feature, Counts(tp=0, fp=0, fn=0, tn=0)) + counts
    metrics = ("accuracy", "sensitivity", "specificity", "jaccard", "dice")
    answers = {
        (f"collection_{feature}", metric): getattr(overlap, metric)(counts)
        for feature, counts in pooled.items()
        for metric in metrics
    }
    return answers | average_rows(answers)


@cache
def normalise_attributes():
    attributes = {}
    for name, truth, prediction in iter_masks("2018-2"):
        attribute = name.partition("_attribute_")[2]
        attributes.setdefault(attribute, []).append(normalise(count_masks(truth, prediction)))
    return attributes


def answer_attributes_today():
    pooled = {name: pool(parts) for name, parts in normalise_attributes().items()}
    pooled["micro_average"] = pool(pooled.values())
    answers = {
        (name, metric): FORMULAS[metric](counts)
        for name, counts in pooled.items()
        for metric in ("jaccard", "dice")
    }
    return answers | {("overall", ""): answers["micro_average", "jaccard"]}


def answer_attributes_2018():
    everything = [part for parts in normalise_attributes().values() for part in parts]
    return {("aggregate", "jaccard"): FORMULAS["jaccard"](pool(everything))}


def answer_2024():
    truth, confidence, _ = read_tables("2024")
    return {("overall", ""): partial_auc(truth[:, 0], confidence[:, 0])}


# folder, whose answer, how many numbers it holds (nulls included), how to compute them
ANSWERS = (
    ("2016-2", "y2016", 75, lambda: answer_superpixels("2016-2", ("globules", "streaks"))),
    ("2016-2B", "y2016", 15, answer_pooled_masks),
    ("2016-3", "y2016", 16, lambda: answer_2016("2016-3")),
    ("2016-3B", "y2016", 16, lambda: answer_2016("2016-3B")),
    ("2017-2", "y2017", 133, lambda: answer_superpixels("2017-2", FEATURES_2017)),
    ("2017-3", "y2017", 48, answer_2017),
    ("2018-2", "v5_8_0", 13, answer_attributes_today),
    ("2018-2", "y2018", 1, answer_attributes_2018),
    ("2018-3", "v5_8_0", 75, lambda: answer_today("2018-3", "balanced_accuracy")),
    ("2019-1", "v5_8_0", 93, lambda: answer_today("2019-1", "balanced_accuracy")),
    ("2020", "v5_8_0", 21, lambda: answer_today("2020", "auc")),
    ("2024", "note", 1, answer_2024),
    ("milk10k", "v5_8_0", 111, lambda: answer_today("milk10k", "dice")),
)


def read_recorded(folder, key):
    """Return (row, metric) to value for every number of one recorded answer."""
    text = (OFFICIAL / folder / "official.json").read_text(encoding="utf-8")
    return dict(iter_recorded(json.loads(text)[key]))


def iter_recorded(answer):
    for name, value in answer.items():
        if name == "rows":
            yield from iter_rows(value)
        elif name == "per_category":
            for metric, classes in value.items():
                yield from ((((f"per_category {metric}", c), v)) for c, v in classes.items())
        elif isinstance(value, dict):
            yield from (((name, metric), number) for metric, number in value.items())
        elif name != "scorer":
            yield (name, ""), value


def iter_rows(rows):
    for row in rows:
        for metric in row["metrics"]:
            skipped = metric["name"] in {"average_precision", "area_under_roc"}
            if not (skipped and row["dataset"].startswith("ISIC_")):
                yield (row["dataset"], metric["name"]), metric["value"]


@pytest.mark.parametrize(("folder", "key", "n_numbers", "answer"), ANSWERS)
def test_every_recorded_number_is_reproduced(folder, key, n_numbers, answer, record_property):
    recorded, answered = read_recorded(folder, key), answer()
    assert len(recorded) == n_numbers
    assert set(recorded) == set(answered)
    undefined = {place for place, value in recorded.items() if value is None}
    assert undefined == {place for place, value in answered.items() if math.isnan(value)}
    differences = {
        place: abs(answered[place] - value)
        for place, value in recorded.items()
        if value is not None
    }
    record_property("largest difference", float(max(differences.values())))
    assert {place: d for place, d in differences.items() if d > TOLERANCE} == {}
